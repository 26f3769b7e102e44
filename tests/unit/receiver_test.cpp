// Tests of receiver.hpp.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <duplex/receiver.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "unit/cuts.hpp"

using namespace std::string_literals;
using namespace test::literals;
using duplex::received;
using duplex::receiver;
using test::client_frame;
using test::client_header;

namespace {

// First bytes: FIN and opcode.
constexpr unsigned text = 0x81, binary = 0x82, close_frame = 0x88, ping = 0x89, pong = 0x8a;
constexpr unsigned first_text = 0x01, first_binary = 0x02, more = 0x00, last = 0x80;
constexpr unsigned rsv1 = 0x40;

using events = std::vector<std::string>;

/// An event as one reads it: `text "Hello"`, `close 1000 "bye"`, `refused 1002 RFC 6455 §5.1`.
std::string words(const received& event) {
    const auto quoted = [](std::string_view data) { return " \"" + std::string(data) + '"'; };
    switch (event.what) {
        case received::nothing: return "nothing";
        case received::message: return std::string(name(event.opcode)) + quoted(event.data);
        case received::ping: return "ping" + quoted(event.data);
        case received::pong: return "pong" + quoted(event.data);
        case received::close: return "close " + std::to_string(event.status.code) + quoted(event.status.reason);
        case received::refused: {
            const std::string why = describe(event.why);
            return "refused " + std::to_string(event.why.code) + ' ' + why.substr(0, why.find(':'));
        }
    }
    return "unknown";
}

/// A receiver that is given bytes and says everything it has to say about them.
class listener {
public:
    explicit listener(std::size_t max_message = 1000, duplex::message_extension* extension = nullptr)
        : bound_(std::min(max_message, SIZE_MAX - 125) + 125), receiver_(max_message, extension) {}

    events hear(std::span<char> bytes) {
        events said;
        while (true) {
            const received event = receiver_.next(bytes);
            ++calls_;
            REQUIRE(receiver_.capacity() <= bound_);
            if (event.what == received::nothing) break;
            said.push_back(words(event));
        }
        REQUIRE(bytes.empty());
        return said;
    }
    events hear(std::string bytes) { return hear(std::span(bytes)); }

    std::size_t calls() const { return calls_; }
    receiver*   operator->() { return &receiver_; }

private:
    std::size_t bound_;  // a message, and a control frame in pieces behind its fragments
    std::size_t calls_ = 0;
    receiver    receiver_;
};

/// What is heard of `bytes`, however they are cut.
events heard(std::string_view bytes, std::size_t max_message = 1000,
             duplex::message_extension* extension = nullptr) {
    return test::however_cut(bytes, [=](test::pieces& pieces) {
        listener listener(max_message, extension);
        events   all;
        for (auto& piece : pieces)
            for (auto& event : listener.hear(piece)) all.push_back(std::move(event));
        return all;
    });
}

/// What is heard of `bytes` in pieces of one size, for conversations too long to be cut at every place.
events heard_in_pieces_of(std::size_t size, std::string_view bytes, std::size_t max_message) {
    listener listener(max_message);
    events   all;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
        for (auto& event : listener.hear(std::string(bytes.substr(0, size)))) all.push_back(std::move(event));
    return all;
}

/// The same, but what the receiver makes room for is put there directly, as a connection does.
events heard_with_room(std::size_t size, std::string_view bytes, std::size_t max_message) {
    receiver receiver(max_message);
    events   all;
    while (!bytes.empty()) {
        const auto room = receiver.room();
        const auto part = bytes.substr(0, room.empty() ? size : std::min(size, room.size()));
        bytes.remove_prefix(part.size());
        if (room.empty()) {
            std::string     copy(part);
            std::span<char> rest(copy);
            for (auto event = receiver.next(rest); event.what != received::nothing; event = receiver.next(rest))
                all.push_back(words(event));
        } else {
            std::copy(part.begin(), part.end(), room.begin());
            if (const auto event = receiver.filled(part.size()); event.what != received::nothing)
                all.push_back(words(event));
        }
    }
    return all;
}

/// Printable text whose every part is recognisable.
std::string some_text(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += std::to_string(i) + ',';
    out.resize(size);
    return out;
}

std::string close_with(unsigned code, std::string_view reason = "") {
    return client_frame(close_frame,
                        (std::string{static_cast<char>(code >> 8), static_cast<char>(code)} += reason));
}

struct row {
    std::string what, bytes;
    events      expected;
};

void check(const std::vector<row>& rows, std::size_t max_message = 1000,
           duplex::message_extension* extension = nullptr) {
    for (const auto& [what, bytes, expected] : rows) {
        INFO(what);
        CHECK(heard(bytes, max_message, extension) == expected);
    }
}

}  // namespace

// ---- messages

TEST_CASE("the masked examples of RFC 6455 §5.7 are heard") {
    INFO("next() is given a whole frame: it should unmask the payload and hand out a message");
    CHECK(heard("81 85 37 fa 21 3d 7f 9f 4d 51 58"_hex) == events{R"(text "Hello")"});
    CHECK(heard("8a 85 37 fa 21 3d 7f 9f 4d 51 58"_hex) == events{R"(pong "Hello")"});
}

TEST_CASE("the other examples of RFC 6455 §5.7 are heard when a client masks them") {
    CHECK(heard(client_frame(first_text, "Hel") + client_frame(last, "lo")) == events{R"(text "Hello")"});
    CHECK(heard(client_frame(ping, "Hello")) == events{R"(ping "Hello")"});
    CHECK(heard(client_frame(binary, some_text(256))) == events{"binary \"" + some_text(256) + '"'});
    const auto large = client_frame(binary, some_text(65536));
    CHECK(heard_in_pieces_of(large.size(), large, 65536) == events{"binary \"" + some_text(65536) + '"'});
}

TEST_CASE("fragments become one message with the opcode of the first (RFC 6455 §5.4)") {
    check({
        {"two", client_frame(first_text, "Hel") + client_frame(last, "lo"), {R"(text "Hello")"}},
        {"three",
         client_frame(first_binary, "a") + client_frame(more, "b") + client_frame(last, "c"),
         {R"(binary "abc")"}},
        {"empty ones around text",
         client_frame(first_text, "") + client_frame(more, "a") + client_frame(more, "") + client_frame(last, ""),
         {R"(text "a")"}},
        {"nothing but empty ones", client_frame(first_text, "") + client_frame(last, ""), {R"(text "")"}},
        {"two messages",
         client_frame(first_text, "a") + client_frame(last, "b") + client_frame(first_binary, "c") +
             client_frame(last, "d"),
         {R"(text "ab")", R"(binary "cd")"}},
        {"one in a frame behind it",
         client_frame(first_text, "a") + client_frame(last, "b") + client_frame(text, "c"),
         {R"(text "ab")", R"(text "c")"}},
        {"another key for each",
         client_frame(first_text, "ab", "12 34 56 78"_hex) + client_frame(last, "cd", "ff 00 80 7f"_hex),
         {R"(text "abcd")"}},
        {"one that does not end", client_frame(first_text, "a") + client_frame(more, "b"), {}},
    });
}

TEST_CASE("control frames between fragments are heard at once and do not disturb the message (RFC 6455 §5.4)") {
    check(
        {
            {"a ping",
             client_frame(first_text, "Hel") + client_frame(ping, "are you there?") + client_frame(last, "lo"),
             {R"(ping "are you there?")", R"(text "Hello")"}},
            {"an empty ping",
             client_frame(first_text, "Hel") + client_frame(ping, "") + client_frame(last, "lo"),
             {R"(ping "")", R"(text "Hello")"}},
            {"several",
             client_frame(first_text, "H") + client_frame(ping, "1") + client_frame(pong, "22") +
                 client_frame(more, "el") + client_frame(ping, "333") + client_frame(last, "lo"),
             {R"(ping "1")", R"(pong "22")", R"(ping "333")", R"(text "Hello")"}},
            {"one between the bytes of a character",
             client_frame(first_text, "\xe2\x82") + client_frame(ping, "\xff") + client_frame(last, "\xac"),
             {"ping \"\xff\"", "text \"\xe2\x82\xac\""}},
            {"one that is larger than the message",
             client_frame(first_text, "H") + client_frame(ping, std::string(125, 'p')) + client_frame(last, "i"),
             {"ping \"" + std::string(125, 'p') + '"', R"(text "Hi")"}},
        },
        20);
}

TEST_CASE("pings and pongs carry from 0 to 125 bytes") {
    for (const std::size_t size : {0u, 1u, 125u}) {
        CHECK(heard(client_frame(ping, std::string(size, 'p'))) ==
              events{"ping \"" + std::string(size, 'p') + '"'});
        CHECK(heard(client_frame(pong, std::string(size, 'p'))) ==
              events{"pong \"" + std::string(size, 'p') + '"'});
    }
}

TEST_CASE("every length from 0 to 70 is unmasked, with any key") {
    for (const auto key : {"00 00 00 00"_hex, "ff ff ff ff"_hex, "01 02 03 04"_hex})
        for (std::size_t size = 0; size <= 70; ++size) {
            CAPTURE(test::in_hex(key), size);
            CHECK(heard(client_frame(text, some_text(size), key)) == events{"text \"" + some_text(size) + '"'});
        }
}

TEST_CASE("a message around the bounds of the three length forms is heard, in one piece or many") {
    const std::size_t size  = GENERATE(125u, 126u, 127u, 65535u, 65536u, 65537u);
    const std::size_t piece = GENERATE(1u, 7u, 1000u, 4096u, 100'000u);
    CAPTURE(size, piece);
    const auto whole = client_frame(text, some_text(size));
    const auto two   = client_frame(first_text, some_text(size).substr(0, size / 3)) +
                     client_frame(last, some_text(size).substr(size / 3));
    const auto bytes = whole + two + client_frame(ping, "end");
    const auto said  = "text \"" + some_text(size) + '"';
    CHECK(heard_in_pieces_of(piece, bytes, 70'000) == events{said, said, R"(ping "end")"});
}

TEST_CASE("1000 frames in one segment are heard in order") {
    std::string bytes;
    events      expected;
    for (int i = 0; i < 1000; ++i) {
        bytes += client_frame(text, std::to_string(i));
        expected.push_back("text \"" + std::to_string(i) + '"');
    }
    CHECK(listener().hear(bytes) == expected);
}

TEST_CASE("a whole frame is handed out where it lies, without a copy or memory of its own") {
    for (const unsigned first : {text, binary, ping, pong}) {
        std::string     bytes = client_frame(first, "Hello") + client_frame(first, "again");
        std::span<char> rest(bytes);
        receiver        receiver(1000);
        const auto      one = receiver.next(rest);
        CHECK(static_cast<const void*>(one.data.data()) == bytes.data() + 6);
        CHECK(one.data == "Hello");
        const auto two = receiver.next(rest);
        CHECK(static_cast<const void*>(two.data.data()) == bytes.data() + 17);
        CHECK(two.data == "again");
        CHECK(receiver.capacity() == 0);
    }
}

// ---- what is refused

TEST_CASE("a frame that breaks a rule is refused with 1002 before its payload is read") {
    // Each row is a header alone, or the fewest bytes that tell. A message that was said before is still heard.
    std::vector<row> rows{
        {"a frame without a mask", std::string("81 05"_hex), {"refused 1002 RFC 6455 §5.1"}},
        {"a ping without a mask", std::string("89 00"_hex), {"refused 1002 RFC 6455 §5.1"}},
        {"RSV1", client_header(0xc1, 5), {"refused 1002 RFC 6455 §5.2"}},
        {"RSV2", client_header(0xa1, 5), {"refused 1002 RFC 6455 §5.2"}},
        {"RSV3", client_header(0x91, 5), {"refused 1002 RFC 6455 §5.2"}},
        {"RSV1 on a ping", client_header(0xc9, 5), {"refused 1002 RFC 6455 §5.2"}},
        {"a ping that is a fragment", std::string("09 80"_hex), {"refused 1002 RFC 6455 §5.5"}},
        {"a close that is a fragment", std::string("08 80"_hex), {"refused 1002 RFC 6455 §5.5"}},
        {"a ping of 126 bytes", std::string("89 fe"_hex), {"refused 1002 RFC 6455 §5.5"}},
        {"a close in the 64-bit form", std::string("88 ff"_hex), {"refused 1002 RFC 6455 §5.5"}},
        {"a continuation of nothing", client_header(last, 5), {"refused 1002 RFC 6455 §5.4"}},
        {"a fragment of nothing", client_header(more, 5), {"refused 1002 RFC 6455 §5.4"}},
        {"text inside a message",
         client_frame(first_text, "a") + client_header(text, 5),
         {"refused 1002 RFC 6455 §5.4"}},
        {"binary inside a message",
         client_frame(first_text, "") + client_header(first_binary, 5),
         {"refused 1002 RFC 6455 §5.4"}},
        {"a continuation of a message that has ended",
         client_frame(first_text, "a") + client_frame(last, "b") + client_header(last, 5),
         {R"(text "ab")", "refused 1002 RFC 6455 §5.4"}},
        {"5 bytes in the 16-bit form", std::string("81 fe 00 05 37 fa 21 3d"_hex), {"refused 1002 RFC 6455 §5.2"}},
        {"125 bytes in the 16-bit form",
         std::string("81 fe 00 7d 37 fa 21 3d"_hex),
         {"refused 1002 RFC 6455 §5.2"}},
        {"65535 bytes in the 64-bit form",
         std::string("81 ff 00 00 00 00 00 00 ff ff 37 fa 21 3d"_hex),
         {"refused 1002 RFC 6455 §5.2"}},
        {"2^63 bytes", client_header(binary, std::uint64_t{1} << 63), {"refused 1002 RFC 6455 §5.2"}},
    };
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
        rows.push_back({"opcode " + std::to_string(opcode),
                        {static_cast<char>(0x80 + opcode), '\x80'},
                        {"refused 1002 RFC 6455 §5.2"}});
    check(rows);
}

TEST_CASE("a message over the limit is refused with 1009 from its header") {
    const auto refused = "refused 1009 RFC 6455 §7.4.1"s;
    check(
        {
            {"the limit exactly", client_frame(text, some_text(300)), {"text \"" + some_text(300) + '"'}},
            {"one more", client_header(text, 301), {refused}},
            {"2^62 bytes", client_header(text, std::uint64_t{1} << 62), {refused}},
            {"the most that can be said", client_header(binary, 0x7fffffffffffffff), {refused}},
            {"the limit exactly in two fragments",
             client_frame(first_text, some_text(200)) + client_frame(last, some_text(100)),
             {"text \"" + some_text(200) + some_text(100) + '"'}},
            {"one more in two fragments",
             client_frame(first_text, some_text(200)) + client_header(last, 101),
             {refused}},
            {"2^62 bytes behind a fragment",
             client_frame(first_text, "a") + client_header(more, std::uint64_t{1} << 62),
             {refused}},
            {"one more behind a ping",
             client_frame(first_text, some_text(300)) + client_frame(ping, "p") + client_header(more, 1),
             {R"(ping "p")", refused}},
            {"each message anew",
             client_frame(first_text, some_text(300)) + client_frame(last, "") +
                 client_frame(text, some_text(300)),
             {"text \"" + some_text(300) + '"', "text \"" + some_text(300) + '"'}},
        },
        300);
}

TEST_CASE("without room for messages the empty one is heard, and control frames are") {
    check(
        {
            {"an empty message", client_frame(text, ""), {R"(text "")"}},
            {"a ping", client_frame(ping, "ping"), {R"(ping "ping")"}},
            {"one byte", client_header(text, 1), {"refused 1009 RFC 6455 §7.4.1"}},
        },
        0);
}

TEST_CASE("a limit larger than memory is still a limit") {
    check({{"2^63 - 1 bytes", client_header(text, 0x7fffffffffffffff), {}}}, SIZE_MAX);
    check({{"one more behind a byte",
            client_frame(first_text, "a") + client_header(last, 0x7fffffffffffffff),
            {"refused 1009 RFC 6455 §7.4.1"}}},
          SIZE_MAX);
}

// ---- text

TEST_CASE("text that is not UTF-8 is refused with 1007, binary with the same bytes is heard (RFC 6455 §8.1)") {
    const test::bytes bad[] = {
        "ff"_hex,          "c0 80"_hex,       "c1 bf"_hex,       "e0 80 80"_hex,       "f0 80 80 80"_hex,
        "f5 80 80 80"_hex, "ed a0 80"_hex,    "f4 90 80 80"_hex, "f8 88 80 80 80"_hex, "80"_hex,
        "e2 82"_hex,       "61 f0 9f 98"_hex, "e2 82 61"_hex};
    for (const auto bytes : bad) {
        CAPTURE(test::in_hex(bytes));
        const std::string payload = "good " + std::string(bytes);
        CHECK(heard(client_frame(text, payload)) == events{"refused 1007 RFC 6455 §8.1"});
        CHECK(heard(client_frame(first_text, payload) + client_frame(last, "")) ==
              events{"refused 1007 RFC 6455 §8.1"});
        CHECK(heard(client_frame(first_text, "good ") + client_frame(last, bytes)) ==
              events{"refused 1007 RFC 6455 §8.1"});
        CHECK(heard(client_frame(binary, payload)) == events{"binary \"" + payload + '"'});
    }
}

TEST_CASE("a character may be cut by fragments at each of its bytes") {
    const std::string_view characters = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    for (std::size_t at = 0; at <= characters.size(); ++at) {
        CAPTURE(at);
        CHECK(heard(client_frame(first_text, characters.substr(0, at)) +
                    client_frame(last, characters.substr(at))) ==
              events{"text \"" + std::string(characters) + '"'});
    }
}

TEST_CASE("text is refused with the byte that cannot be right, while more is still to come") {
    const auto before  = GENERATE(client_header(text, 100), client_header(first_text, 100),
                                  client_frame(first_text, "good") + client_header(last, 100));
    const auto payload = test::masked(
        "good \xe2\x82"
        "!");
    listener listener;
    CHECK(listener.hear(before + payload.substr(0, 7)).empty());
    CHECK(listener.hear(payload.substr(7)) == events{"refused 1007 RFC 6455 §8.1"});
}

TEST_CASE("what one text has left open does not spoil the next") {
    CHECK(heard(client_frame(binary, "\xe2\x82") + client_frame(text, "good")) ==
          events{"binary \"\xe2\x82\"", R"(text "good")"});
    CHECK(heard(client_frame(first_binary, "\xff") + client_frame(last, "\xff") + client_frame(text, "good")) ==
          events{"binary \"\xff\xff\"", R"(text "good")"});
}

// ---- the end

TEST_CASE("a close frame is heard with its code and its reason") {
    check({
        {"empty", client_frame(close_frame, ""), {R"(close 1005 "")"}},
        {"a code", close_with(1000), {R"(close 1000 "")"}},
        {"a code and a reason", close_with(4000, "bye"), {R"(close 4000 "bye")"}},
        {"the longest reason",
         close_with(1001, std::string(123, 'r')),
         {"close 1001 \"" + std::string(123, 'r') + '"'}},
        {"one byte", client_frame(close_frame, "\x03"), {"refused 1002 RFC 6455 §5.5.1"}},
        {"a reason that is not UTF-8", close_with(1000, "\xff"), {"refused 1007 RFC 6455 §5.5.1"}},
        {"a reason that is cut", close_with(1000, "\xe2\x82"), {"refused 1007 RFC 6455 §5.5.1"}},
    });
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 2999u, 5000u, 65535u}) {
        CAPTURE(code);
        CHECK(heard(close_with(code)) == events{"refused 1002 RFC 6455 §7.4"});
    }
    for (const unsigned code : {1000u, 1003u, 1007u, 1014u, 3000u, 4999u}) {
        CAPTURE(code);
        CHECK(heard(close_with(code)) == events{"close " + std::to_string(code) + " \"\""});
    }
}

TEST_CASE("close wins over a message that has not ended") {
    CHECK(heard(client_frame(first_text, "Hel") + close_with(1000)) == events{R"(close 1000 "")"});
    CHECK(heard(client_frame(first_text, "\xe2") + close_with(1000, "bye")) == events{R"(close 1000 "bye")"});
}

TEST_CASE("what follows a close or a refusal is taken and ignored") {
    const auto after =
        client_frame(text, "late") + close_with(1001) + client_frame(ping, "late") + "\x83\x00 garbage"s;
    CHECK(heard(close_with(1000) + after) == events{R"(close 1000 "")"});
    CHECK(heard(client_frame(text, "\xff") + after) == events{"refused 1007 RFC 6455 §8.1"});
    CHECK(heard(std::string("81 05"_hex) + after) == events{"refused 1002 RFC 6455 §5.1"});
    CHECK(heard(client_header(text, 1001) + after) == events{"refused 1009 RFC 6455 §7.4.1"});
}

// ---- memory and work

TEST_CASE(
    "100,000 one-byte fragments cost the memory of their bytes, and each byte is copied a few times at most") {
    constexpr std::size_t count = 100'000;
    listener              listener(count);
    std::size_t           capacity = 0, copied = 0;
    REQUIRE(listener.hear(client_frame(first_binary, "x")).empty());
    for (std::size_t i = 1; i < count; ++i) {
        REQUIRE(listener.hear(client_frame(more, "x")).empty());
        if (listener->capacity() != capacity) copied += std::exchange(capacity, listener->capacity());
    }
    CHECK(listener.calls() == count);
    CHECK(copied < 3 * count);
    CHECK(listener->capacity() <= count + 125);

    SECTION("the message is heard when it ends") {
        CHECK(listener.hear(client_frame(last, "")) == events{"binary \"" + std::string(count, 'x') + '"'});
    }
    SECTION("one byte more is refused") {
        CHECK(listener.hear(client_header(more, 1)) == events{"refused 1009 RFC 6455 §7.4.1"});
    }
}

TEST_CASE("100,000 fragments without a byte cost no memory") {
    std::string bytes = client_frame(first_text, "");
    for (int i = 0; i < 100'000; ++i) bytes += client_frame(more, "");
    listener listener;
    CHECK(listener.hear(bytes).empty());
    CHECK(listener.calls() == 1);
    CHECK(listener->capacity() == 0);
    CHECK(listener.hear(client_frame(last, "")) == events{R"(text "")"});
}

TEST_CASE("memory grows with the bytes that come, not with those that are announced") {
    listener listener(1 << 20);
    CHECK(listener.hear(client_header(binary, 1 << 20)).empty());
    CHECK(listener->capacity() <= 256);
    CHECK(listener.hear(std::string(10, 'x')).empty());
    CHECK(listener->capacity() <= 256);
    for (std::size_t size = 10; size < 100'000; size += 1000) {
        CHECK(listener.hear(std::string(1000, 'x')).empty());
        CHECK(listener->capacity() <= 1500 + size * 3 / 2);
    }
}

TEST_CASE("what is expected is what has come and what was announced, and nothing between messages") {
    receiver   receiver(1000);
    const auto hear = [&](std::string bytes) {
        std::span<char> rest(bytes);
        while (receiver.next(rest).what != received::nothing) {
        }
        return receiver.expected();
    };
    CHECK(receiver.expected() == 0);
    CHECK(hear(client_frame(first_binary, "Hel")) == 3);
    CHECK(hear(client_header(more, 500) + "x") == 503);
    CHECK(hear(std::string(499, 'x')) == 503);
    CHECK(hear(client_frame(ping, "?")) == 503);
    CHECK(hear(client_header(last, 100)) == 603);
    // While a message that was gathered is looked at, it is no longer expected.
    std::string     rest_of_it(100, 'x');
    std::span<char> rest(rest_of_it);
    CHECK(receiver.next(rest).what == received::message);
    CHECK(receiver.expected() == 0);
    CHECK(hear(client_frame(text, "whole")) == 0);
}

TEST_CASE("a message is under way from its first header to its last byte") {
    listener   listener;
    const auto in_message_after = [&](const std::string& bytes) {
        listener.hear(bytes);
        return listener->in_message();
    };
    CHECK_FALSE(listener->in_message());
    CHECK_FALSE(in_message_after(client_frame(text, "whole")));
    CHECK(in_message_after(client_header(text, 2)));
    CHECK(in_message_after("x"));
    CHECK_FALSE(in_message_after(test::masked(" !").substr(1)));
    CHECK(in_message_after(client_frame(first_text, "")));
    CHECK(in_message_after(client_frame(ping, "p")));
    CHECK_FALSE(in_message_after(client_frame(last, "")));
    CHECK_FALSE(in_message_after(client_header(ping, 2)));  // a control frame is no message
    CHECK_FALSE(in_message_after("pp"));
}

// ---- reading a large frame directly

TEST_CASE("there is room for the rest of a large frame and for nothing else") {
    listener listener(1 << 20);
    CHECK(listener->room().empty());
    listener.hear(client_header(binary, 16 * 1024 - 1));
    CHECK(listener->room().empty());  // not worth it
    listener.hear(std::string(16 * 1024 - 1, 'x'));
    CHECK(listener->room().empty());  // the frame has ended

    listener.hear(client_header(first_binary, 16 * 1024));
    CHECK_FALSE(listener->room().empty());
    listener.hear("x");
    CHECK(listener->room().empty());  // now too little is left
    listener.hear(std::string(16 * 1024 - 1, 'x'));
    listener.hear(client_header(ping, 100));
    CHECK(listener->room().empty());
    listener.hear(std::string(100, 'p'));
    listener.hear(client_header(last, 20'000));
    CHECK_FALSE(listener->room().empty());
}

TEST_CASE("room grows with what has come and never exceeds what the frame needs") {
    constexpr std::size_t size    = 1'000'000;
    const std::string     payload = test::masked(some_text(size));
    receiver              receiver(size);
    std::string           header = client_header(text, size);
    std::span<char>       rest(header);
    REQUIRE(receiver.next(rest).what == received::nothing);

    std::size_t come = 0;
    while (size - come >= 16 * 1024) {
        const auto room = receiver.room();
        REQUIRE_FALSE(room.empty());
        REQUIRE(room.size() <= size - come);
        REQUIRE(room.size() <= 256 * 1024);
        REQUIRE(receiver.capacity() <= come + come / 2 + 256);
        payload.copy(room.data(), room.size(), come);
        come += room.size();
        const auto event = receiver.filled(room.size());
        if (come < size) REQUIRE(event.what == received::nothing);
        if (come == size) REQUIRE(event.data == some_text(size));
    }
    if (come < size) {
        std::string     end = payload.substr(come);
        std::span<char> last_bytes(end);
        CHECK(receiver.next(last_bytes).data == some_text(size));
    }
    CHECK(receiver.capacity() == size);
}

TEST_CASE("it makes no difference whether a payload is read directly or given") {
    const auto large = some_text(50'000), character = "\xe2\x82\xac"s;
    const auto conversation = client_frame(text, large) +
                              client_frame(first_text, large + character.substr(0, 1)) +
                              client_frame(ping, "between") + client_frame(more, character.substr(1) + large) +
                              client_frame(pong, "") + client_frame(last, large) + client_frame(binary, large) +
                              client_frame(text, "small") + close_with(1000, "bye");
    const events      expected{"text \"" + large + '"',
                          R"(ping "between")",
                          R"(pong "")",
                          "text \"" + large + character + large + large + '"',
                          "binary \"" + large + '"',
                          R"(text "small")",
                          R"(close 1000 "bye")"};
    const std::size_t piece = GENERATE(1u, 13u, 1000u, 16'384u, 1'000'000u);
    CAPTURE(piece);
    CHECK(heard_in_pieces_of(piece, conversation, 200'000) == expected);
    CHECK(heard_with_room(piece, conversation, 200'000) == expected);
}

TEST_CASE("a byte that cannot be right is refused in the room too") {
    receiver        receiver(100'000);
    std::string     begin = client_header(text, 50'000) + test::masked("good");
    std::span<char> rest(begin);
    REQUIRE(receiver.next(rest).what == received::nothing);
    const auto room = receiver.room();
    REQUIRE_FALSE(room.empty());
    room.front() = '\x37' ^ '\xff';  // the first byte of the key stands here again
    CHECK(words(receiver.filled(1)) == "refused 1007 RFC 6455 §8.1");
    CHECK(words(receiver.next(rest)) == "nothing");
}

// ---- the seam for an extension

namespace {

/// Turns messages round. It refuses what begins with '!', and what is larger than the limit.
class reversal : public duplex::message_extension {
public:
    std::variant<std::string_view, duplex::violation> inflate(std::string_view data, std::size_t limit) override {
        ++calls;
        last_limit = limit;
        if (data.starts_with('!')) return duplex::violation{"7.2.2", "a toy's rule", 1007, 7692};
        reversed_.assign(data.rbegin(), data.rend());
        return std::string_view(reversed_);
    }
    std::optional<std::string_view> deflate(std::string_view data) override {
        reversed_.assign(data.rbegin(), data.rend());
        return std::string_view(reversed_);
    }

    int         calls      = 0;
    std::size_t last_limit = 0;

private:
    std::string reversed_;
};

}  // namespace

TEST_CASE("a message with RSV1 goes through the extension, one without does not") {
    reversal extension;
    check(
        {
            {"one frame", client_frame(rsv1 | text, "olleH"), {R"(text "Hello")"}},
            {"binary", client_frame(rsv1 | binary, "abc"), {R"(binary "cba")"}},
            {"empty", client_frame(rsv1 | text, ""), {R"(text "")"}},
            {"without RSV1", client_frame(text, "Hello"), {R"(text "Hello")"}},
            {"fragments are joined first",
             client_frame(rsv1 | first_text, "ol") + client_frame(more, "le") + client_frame(last, "H"),
             {R"(text "Hello")"}},
            {"a ping between them",
             client_frame(rsv1 | first_text, "ol") + client_frame(ping, "ping") + client_frame(last, "leH"),
             {R"(ping "ping")", R"(text "Hello")"}},
            {"each message for itself",
             client_frame(rsv1 | text, "ab") + client_frame(text, "ab") + client_frame(rsv1 | text, "ab"),
             {R"(text "ba")", R"(text "ab")", R"(text "ba")"}},
        },
        1000, &extension);
}

TEST_CASE("the extension is called once per message and told the limit") {
    reversal extension;
    listener listener(321, &extension);
    listener.hear(client_frame(rsv1 | first_text, "a") + client_frame(more, "b") + client_frame(last, "c"));
    CHECK(extension.calls == 1);
    CHECK(extension.last_limit == 321);
    listener.hear(client_frame(text, "plain"));
    CHECK(extension.calls == 1);
}

TEST_CASE("RSV1 belongs on the first frame of a message (RFC 7692 §6)") {
    reversal   extension;
    const auto refused = events{"refused 1002 RFC 6455 §5.2"};
    check(
        {
            {"on a continuation", client_frame(rsv1 | first_text, "a") + client_header(rsv1 | last, 1), refused},
            {"on a continuation of a plain message", client_frame(first_text, "a") + client_header(rsv1 | last, 1),
             refused},
            {"on a ping", client_header(rsv1 | ping, 0), refused},
            {"on a close", client_header(rsv1 | close_frame, 0), refused},
            {"with RSV2", client_header(0xe1, 0), refused},
            {"with RSV3", client_header(0xd1, 0), refused},
        },
        1000, &extension);
    check({{"without an extension", client_header(rsv1 | text, 0), refused}});
}

TEST_CASE("what the extension refuses is refused with its rule") {
    reversal extension;
    CHECK(heard(client_frame(rsv1 | text, "!"), 1000, &extension) == events{"refused 1007 RFC 7692 §7.2.2"});
    CHECK(heard(client_frame(rsv1 | first_text, "!") + client_frame(last, "a") + client_frame(text, "late"), 1000,
                &extension) == events{"refused 1007 RFC 7692 §7.2.2"});
}

TEST_CASE("text must be UTF-8 after the extension, not before it") {
    reversal extension;
    CHECK(heard(client_frame(rsv1 | text, "\xac\x82\xe2"), 1000, &extension) == events{"text \"\xe2\x82\xac\""});
    CHECK(heard(client_frame(rsv1 | first_text, "\xac\x82") + client_frame(last, "\xe2"), 1000, &extension) ==
          events{"text \"\xe2\x82\xac\""});
    CHECK(heard(client_frame(rsv1 | text, "\xe2\x82\xac"), 1000, &extension) ==
          events{"refused 1007 RFC 6455 §8.1"});
    CHECK(heard(client_frame(rsv1 | text, "\x82\xe2"), 1000, &extension) == events{"refused 1007 RFC 6455 §8.1"});
    CHECK(heard(client_frame(rsv1 | binary, "\xff"), 1000, &extension) == events{"binary \"\xff\""});
}

TEST_CASE("the limit holds for what is received, before the extension") {
    reversal extension;
    CHECK(heard(client_header(rsv1 | text, 301), 300, &extension) == events{"refused 1009 RFC 6455 §7.4.1"});
    CHECK(extension.calls == 0);
}
