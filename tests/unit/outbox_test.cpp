// Tests of outbox.hpp.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <duplex/outbox.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace test::literals;
using duplex::encode_frame;
using duplex::opcode;
using duplex::outbox;
using duplex::push_result;

namespace {

constexpr std::size_t plenty = 1 << 24;

using views = std::array<std::string_view, outbox::max_pieces>;

/// What a socket gets that takes at most `most` bytes.
std::string written_by(outbox& box, std::size_t most, std::size_t* frames = nullptr) {
    views       storage;
    std::string bytes;
    for (const auto view : box.front(storage)) bytes += view.substr(0, most - bytes.size());
    const auto left = box.written(bytes.size());
    if (frames) *frames += left;
    return bytes;
}

/// Everything, `most` bytes at a time.
std::string drained(outbox& box, std::size_t most = plenty, std::size_t* frames = nullptr) {
    std::string bytes;
    while (!box.empty()) bytes += written_by(box, most, frames);
    return bytes;
}

std::string some_text(std::size_t size, char first = 'a') {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(first + static_cast<int>(i % 23));
    return out;
}

duplex::shared_frame shared(std::string_view payload) {
    return std::make_shared<const std::string>(encode_frame(opcode::text, payload));
}

push_result push(outbox& box, std::string_view data, opcode code = opcode::text, bool finish = true) {
    return box.push(data, code, finish);
}

}  // namespace

// ---- frames

TEST_CASE("a server's frames are those of RFC 6455 §5.7") {
    CHECK(test::in_hex(encode_frame(opcode::text, "Hello")) == "81 05 48 65 6c 6c 6f");
    CHECK(test::in_hex(encode_frame(opcode::text, "Hel", false)) == "01 03 48 65 6c");
    CHECK(test::in_hex(encode_frame(opcode::continuation, "lo")) == "80 02 6c 6f");
    CHECK(test::in_hex(encode_frame(opcode::pong, "")) == "8a 00");
    const auto large = some_text(65536);
    CHECK(encode_frame(opcode::binary, large) == std::string("82 7f 00 00 00 00 00 01 00 00"_hex) + large);
}

// ---- what may leave

TEST_CASE("what a server must not send is refused before anything else is asked") {
    struct row {
        std::string_view         what, data;
        opcode                   code;
        bool                     finish;
        push_result::reason_code answer;
    };
    const std::string longest(125, 'p'), too_long(126, 'p');
    const row         rows[] = {
                {"text", "Hello", opcode::text, true, push_result::queued},
                {"empty text", "", opcode::text, true, push_result::queued},
                {"text that is not UTF-8", "\xff", opcode::text, true, push_result::invalid_utf8},
                {"text cut inside a character", "\xe2\x82", opcode::text, true, push_result::invalid_utf8},
                {"a fragment of text cut inside a character", "\xe2\x82", opcode::text, false, push_result::queued},
                {"binary of any bytes", "\xff", opcode::binary, true, push_result::queued},
                {"a continuation of any bytes", "\xac", opcode::continuation, true, push_result::queued},
                {"a ping", "", opcode::ping, true, push_result::queued},
                {"a ping of 125 bytes", longest, opcode::ping, true, push_result::queued},
                {"a ping of 126 bytes", too_long, opcode::ping, true, push_result::too_big},
                {"a pong of 126 bytes", too_long, opcode::pong, true, push_result::too_big},
                {"a fragment of a ping", "", opcode::ping, false, push_result::invalid_opcode},
                {"close, which is for disconnect", "", opcode::close, true, push_result::invalid_opcode},
                {"opcode 3", "", static_cast<opcode>(3), true, push_result::invalid_opcode},
                {"opcode 15", "", static_cast<opcode>(15), true, push_result::invalid_opcode},
                {"what does not fit in four bits", "", static_cast<opcode>(0x81), true, push_result::invalid_opcode},
    };
    for (const auto& [what, data, code, finish, answer] : rows) {
        INFO(what);
        CHECK(outbox::judge(data, code, finish) == answer);
    }
}

TEST_CASE("a message may be pushed in fragments, and nothing but control frames between them (RFC 6455 §5.4)") {
    outbox box(plenty);
    CHECK(push(box, "lo", opcode::continuation) == push_result::invalid_opcode);
    CHECK(push(box, "H", opcode::text, false) == push_result::queued);
    CHECK(push(box, "new", opcode::text) == push_result::unfinished_message);
    CHECK(push(box, "new", opcode::binary, false) == push_result::unfinished_message);
    CHECK(box.share(shared(encode_frame(opcode::binary, "all"))) == push_result::unfinished_message);
    CHECK(push(box, "p", opcode::ping) == push_result::queued);
    CHECK(push(box, "el", opcode::continuation, false) == push_result::queued);
    CHECK(push(box, "lo", opcode::continuation) == push_result::queued);
    CHECK(push(box, "lo", opcode::continuation) == push_result::invalid_opcode);
    CHECK(push(box, "new") == push_result::queued);
    CHECK(drained(box) == encode_frame(opcode::text, "H", false) + encode_frame(opcode::ping, "p") +
                              encode_frame(opcode::continuation, "el", false) +
                              encode_frame(opcode::continuation, "lo") + encode_frame(opcode::text, "new"));
}

TEST_CASE("the fragments of a text are UTF-8 together, and what is refused changes nothing") {
    outbox box(plenty);
    CHECK(push(box, "\xff", opcode::text, false) == push_result::invalid_utf8);
    CHECK(push(box, "\xe2", opcode::text, false) == push_result::queued);
    CHECK(push(box, "!", opcode::continuation, false) == push_result::invalid_utf8);
    CHECK(push(box, "\x82", opcode::continuation, true) ==
          push_result::invalid_utf8);  // it would end in a character
    CHECK(push(box, "\x82", opcode::continuation, false) == push_result::queued);
    CHECK(push(box, "\xac", opcode::continuation, true) == push_result::queued);
    CHECK(drained(box) == encode_frame(opcode::text, "\xe2", false) +
                              encode_frame(opcode::continuation, "\x82", false) +
                              encode_frame(opcode::continuation, "\xac"));

    CHECK(push(box, "\xff", opcode::binary, false) == push_result::queued);
    CHECK(push(box, "\xff", opcode::continuation) == push_result::queued);
}

TEST_CASE("a message from another thread waits until the unfinished one ends, a control frame does not") {
    outbox box(plenty);
    CHECK_FALSE(box.in_message());
    push(box, "a", opcode::text, false);
    CHECK(box.in_message());
    box.hand_over(encode_frame(opcode::text, "first"));
    box.hand_over(encode_frame(opcode::ping, "p"));
    box.hand_over(encode_frame(opcode::binary, "second"));
    CHECK(box.frames() == 4);
    const auto begun = encode_frame(opcode::text, "a", false) + encode_frame(opcode::ping, "p");
    CHECK(box.size() == begun.size());
    CHECK(drained(box) == begun);
    CHECK(box.empty());
    CHECK(box.frames() == 2);

    push(box, "b", opcode::continuation);
    CHECK_FALSE(box.in_message());
    CHECK(box.frames() == 3);
    CHECK(drained(box) == encode_frame(opcode::continuation, "b") + encode_frame(opcode::text, "first") +
                              encode_frame(opcode::binary, "second"));
    CHECK(box.frames() == 0);
}

TEST_CASE("a message from another thread joins the queue when none is unfinished") {
    outbox box(plenty);
    push(box, "a");
    box.hand_over(encode_frame(opcode::text, "b"));
    CHECK(drained(box) == encode_frame(opcode::text, "a") + encode_frame(opcode::text, "b"));
}

// ---- the bound

TEST_CASE("an empty outbox takes any one frame, then all of them must stay within the bound") {
    outbox box(100);
    CHECK(push(box, some_text(200)) == push_result::queued);
    CHECK(push(box, "") == push_result::queue_full);
    drained(box);

    CHECK(push(box, some_text(48)) == push_result::queued);  // 50 bytes with its header
    CHECK(push(box, some_text(49)) == push_result::queue_full);
    CHECK(box.share(shared(some_text(49))) == push_result::queue_full);
    CHECK(push(box, some_text(48)) == push_result::queued);
    CHECK(box.size() == 100);
    CHECK(push(box, "", opcode::ping) == push_result::queue_full);
    box.written(2);
    CHECK(push(box, "", opcode::ping) == push_result::queued);
}

TEST_CASE("a frame that was refused for want of room leaves nothing behind") {
    outbox box(100);
    push(box, some_text(90), opcode::binary);
    CHECK(push(box, some_text(90), opcode::text, false) == push_result::queue_full);
    CHECK(push(box, "end", opcode::continuation) == push_result::invalid_opcode);  // no message has begun
    CHECK(drained(box) == encode_frame(opcode::binary, some_text(90)));
}

TEST_CASE("bytes that are on their way from other threads count against the bound") {
    outbox box(100);
    CHECK(box.push(some_text(48), opcode::text, true, 51) == push_result::queue_full);
    CHECK(box.push(some_text(48), opcode::text, true, 50) == push_result::queued);
    CHECK(box.share(shared("a"), 48) == push_result::queue_full);
    CHECK(box.share(shared("a"), 47) == push_result::queued);
}

TEST_CASE("the end of a message finds room, however much waits for it") {
    outbox box(100);
    push(box, some_text(48), opcode::text, false);
    box.hand_over(encode_frame(opcode::text, some_text(80)));
    CHECK(box.size() == 50);
    CHECK(push(box, some_text(48), opcode::continuation) == push_result::queued);
    CHECK(box.size() == 50 + 50 + 82);
}

// ---- what is written

TEST_CASE("whatever the socket takes at a time, the same bytes leave") {
    const auto fill = [](outbox& box) {
        std::string expected;
        const auto  also = [&](const std::string& frame) { expected += frame; };
        for (const std::size_t size : {0u, 1u, 125u, 126u, 300u}) {
            push(box, some_text(size)), also(encode_frame(opcode::text, some_text(size)));
            const auto large = shared(some_text(1100 + size, 'b'));
            box.share(large), also(*large);
            const auto small = shared(some_text(size, 'c'));
            box.share(small), also(*small);
        }
        return expected;
    };
    for (std::size_t most = 1; most <= 200; ++most) {
        CAPTURE(most);
        outbox     box(plenty);
        const auto expected = fill(box);
        REQUIRE(box.size() == expected.size());
        std::size_t frames = 0;
        REQUIRE(drained(box, most, &frames) == expected);
        REQUIRE(frames == 15);
    }
}

TEST_CASE("a short first write of every size leaves the rest as it was") {
    const auto large = shared(some_text(1100));
    const auto a = encode_frame(opcode::text, "before"), b = encode_frame(opcode::text, "behind");
    const auto expected = a + *large + b;
    for (std::size_t first = 0; first <= expected.size(); ++first) {
        CAPTURE(first);
        outbox box(plenty);
        push(box, "before");
        box.share(large);
        push(box, "behind");
        REQUIRE(written_by(box, first) == expected.substr(0, first));
        REQUIRE(box.size() == expected.size() - first);
        REQUIRE(drained(box) == expected.substr(first));
    }
}

TEST_CASE("small frames leave together, in one piece") {
    outbox box(plenty);
    for (int i = 0; i < 100; ++i) push(box, "Hello");
    box.share(shared("all"));
    views storage;
    CHECK(box.front(storage).size() == 1);
    CHECK(box.front(storage)[0].size() == 100 * 7 + 5);
}

TEST_CASE("at most 16 pieces are shown at a time") {
    outbox      box(plenty);
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        const auto frame = shared(some_text(1024));
        box.share(frame);
        expected += *frame;
    }
    views storage;
    CHECK(box.front(storage).size() == 16);
    CHECK(drained(box) == expected);
    CHECK(box.front(storage).empty());
}

TEST_CASE("a large shared frame is not copied, and is let go when it has left") {
    const auto frame = shared(some_text(1024));
    outbox     box(plenty);
    push(box, "before");
    CHECK(box.share(frame) == push_result::queued);
    CHECK(frame.use_count() == 2);
    views      storage;
    const auto pieces = box.front(storage);
    REQUIRE(pieces.size() == 2);
    CHECK(static_cast<const void*>(pieces[1].data()) == frame->data());

    written_by(box, 8 + 100);
    const auto rest = box.front(storage);
    REQUIRE(rest.size() == 1);
    CHECK(static_cast<const void*>(rest[0].data()) == frame->data() + 100);
    CHECK(frame.use_count() == 2);
    push(box, "behind");  // so that the outbox does not run empty
    box.written(rest[0].size());
    CHECK(frame.use_count() == 1);
    CHECK_FALSE(box.empty());
}

TEST_CASE("a large payload is only borrowed until settle copies what is left of it") {
    std::string payload = some_text(20'000);
    const auto  frame   = encode_frame(opcode::binary, payload);
    const auto  first   = GENERATE(0u, 3u, 4u, 1000u, 20'003u);
    CAPTURE(first);

    outbox box(plenty);
    CHECK(push(box, payload, opcode::binary) == push_result::queued);
    CHECK(box.borrows());
    views storage;
    CHECK(static_cast<const void*>(box.front(storage)[1].data()) == payload.data());

    CHECK(written_by(box, first) == frame.substr(0, first));
    box.settle();
    CHECK_FALSE(box.borrows());
    std::fill(payload.begin(), payload.end(), '!');
    push(box, "behind");
    CHECK(drained(box) == frame.substr(first) + encode_frame(opcode::text, "behind"));
}

TEST_CASE("a payload that left whole was never copied") {
    const std::string payload = some_text(100'000);
    outbox            box(plenty);
    push(box, payload, opcode::binary);
    CHECK(drained(box) == encode_frame(opcode::binary, payload));
    CHECK_FALSE(box.borrows());
    CHECK(box.capacity() < 1024);
    box.settle();
    CHECK(box.empty());
}

TEST_CASE("neither small nor shared frames are borrowed") {
    outbox box(plenty);
    CHECK_FALSE(box.borrows());
    push(box, some_text(1000));
    CHECK_FALSE(box.borrows());
    box.share(shared(some_text(20'000)));
    CHECK_FALSE(box.borrows());
}

TEST_CASE("a large last fragment is copied when others wait behind it") {
    outbox      box(plenty);
    std::string payload = some_text(20'000);
    push(box, "a", opcode::text, false);
    box.hand_over(encode_frame(opcode::text, "waits"));
    push(box, payload, opcode::continuation);
    const auto expected = encode_frame(opcode::text, "a", false) + encode_frame(opcode::continuation, payload) +
                          encode_frame(opcode::text, "waits");
    std::fill(payload.begin(), payload.end(), '!');
    CHECK(drained(box) == expected);
}

TEST_CASE("bytes of an HTTP answer are no frame") {
    outbox box(plenty);
    box.add("HTTP/1.1 101 Switching Protocols\r\n\r\n", 0);
    push(box, "Hello");
    CHECK(box.frames() == 1);
    std::size_t frames = 0;
    drained(box, 10, &frames);
    CHECK(frames == 1);
}

// ---- the end

TEST_CASE("frames are counted also where the queue is never empty") {
    outbox box(plenty);
    push(box, "first");
    box.written(3);
    std::size_t left = 0;
    for (int i = 0; i < 100; ++i) {
        push(box, "other");
        left += box.written(7);
        CHECK(box.size() == 4);
    }
    CHECK(left >= 99);
    CHECK(box.frames() == 101 - left);
}

TEST_CASE("when nothing but a close frame follows, what waits behind an unfinished message is forgotten") {
    outbox box(plenty);
    CHECK(box.finish() == 0);
    push(box, "a", opcode::text, false);
    box.hand_over(encode_frame(opcode::text, "1"));
    box.hand_over(encode_frame(opcode::text, "2"));
    CHECK(box.finish() == 2);
    CHECK(box.frames() == 1);
    CHECK(drained(box) == encode_frame(opcode::text, "a", false));
    CHECK(push(box, "b", opcode::continuation) == push_result::invalid_opcode);
}

TEST_CASE("what is discarded is counted, with what waits behind an unfinished message") {
    outbox     box(plenty);
    const auto frame = shared(some_text(2000));
    CHECK(box.discard() == 0);
    push(box, "a");
    box.share(frame);
    push(box, "a", opcode::text, false);
    box.hand_over(encode_frame(opcode::text, "1"));
    CHECK(box.discard() == 4);
    CHECK(box.empty());
    CHECK(box.frames() == 0);
    CHECK(frame.use_count() == 1);
    CHECK(push(box, "new") == push_result::queued);
    CHECK(drained(box) == encode_frame(opcode::text, "new"));
}

// ---- a long life

namespace {

/// Pushes and writes at random, from a fixed seed, and compares with a plain string.
class long_life {
public:
    explicit long_life(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }

    void push_one(std::size_t largest) {
        const auto payload = some_text(below(largest), static_cast<char>('a' + below(3)));
        REQUIRE(box.push(payload, opcode::text, true) == push_result::queued);
        box.settle();
        added(encode_frame(opcode::text, payload));
    }
    void share_one(std::size_t largest) {
        const auto frame = shared(some_text(below(largest), 'd'));
        REQUIRE(box.share(frame) == push_result::queued);
        added(*frame);
    }
    void write(std::size_t most) {
        const auto bytes = written_by(box, most, &frames_written);
        REQUIRE(expected_.substr(begin_, bytes.size()) == bytes);
        begin_ += bytes.size();
        REQUIRE(box.size() == expected_.size() - begin_);
        REQUIRE(frames_queued == frames_written + box.frames());
        if (begin_ > 1 << 20) expected_.erase(0, std::exchange(begin_, 0));
    }
    void write_all() {
        while (!box.empty()) write(plenty);
    }

    outbox      box{plenty};
    std::size_t frames_queued = 0, frames_written = 0;
    std::size_t most_waiting = 0;

private:
    void added(const std::string& frame) {
        expected_ += frame;
        frames_queued += 1;
        most_waiting = std::max(most_waiting, box.size());
    }

    std::mt19937 random_;
    std::string  expected_;
    std::size_t  begin_ = 0;
};

}  // namespace

TEST_CASE("over a long life nothing is lost, doubled or turned round, and the books balance") {
    const auto seed = GENERATE(1u, 2u, 3u);
    CAPTURE(seed);
    long_life life(seed);
    for (int turn = 0; turn < 5'000; ++turn) {
        switch (life.below(4)) {
            case 0: life.push_one(400); break;
            case 1: life.push_one(life.below(50) == 0 ? 40'000 : 10); break;
            case 2: life.share_one(life.below(10) == 0 ? 5'000 : 200); break;
            default: life.write(life.below(4) == 0 ? plenty : life.below(2'000));
        }
    }
    life.write_all();
    CHECK(life.box.frames() == 0);
    CHECK(life.frames_written == life.frames_queued);
}

TEST_CASE("over a long life memory stays within one and a half times what has waited") {
    const auto seed = GENERATE(1u, 2u, 3u);
    CAPTURE(seed);
    long_life life(seed);
    for (int turn = 0; turn < 5'000; ++turn) {
        life.push_one(2'000);
        if (life.below(3) > 0) life.write(life.below(3'500));
        REQUIRE(life.box.capacity() <= life.most_waiting * 3 / 2 + 4096);
    }
}
