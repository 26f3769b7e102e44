// Frames that a hostile or a broken client sends, with a canary beside them. Lesson: 9
#include <chrono>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/canary.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using namespace test::literals;
using test::client_frame;
using test::client_header;
using test::close_with;
using test::frame;
using test::open_client;
using test::running_server;
using test::text;

namespace {

void echo(duplex::server& ws, const duplex::message& message) {
    ws.push(message.fd, message.data, message.opcode);
}

/// A server that echoes, and a canary on it.
struct stage {
    explicit stage(duplex::options options = {}) : server(std::move(options)) {
        server.on_message = echo;
        server.start();
        canary.emplace(server->port());
    }
    ~stage() {
        const auto& report = canary->leave();
        CHECK(report.fault == "");
        std::cout << report << '\n';
    }

    running_server              server;
    std::optional<test::canary> canary;
};

/// One byte of header, the byte of length with the mask bit, and what follows.
std::string header(unsigned first, unsigned length, std::string_view more = {}) {
    return std::string{static_cast<char>(first), static_cast<char>(0x80 + length)}.append(more);
}

}  // namespace

TEST_CASE("a frame that is wrong is refused from its header, before any of its payload") {
    struct row {
        std::string what, bytes;
        unsigned    code;
    };
    std::vector<row> rows{
        {"no mask", "\x81\x05", 1002},
        {"no mask on a close frame", "\x88\x02", 1002},
        {"a ping without FIN", header(0x09, 5), 1002},
        {"a ping of 126 bytes", header(0x89, 126), 1002},
        {"a close frame in the 64-bit form", header(0x88, 127), 1002},
        {"a continuation of nothing", client_header(0x80, 5), 1002},
        {"a continuation of nothing, not the last", client_header(0x00, 5), 1002},
        {"text inside a message", client_frame(0x01, "Hel") + client_header(0x81, 2), 1002},
        {"binary inside a message", client_frame(0x01, "Hel") + client_header(0x02, 2), 1002},
        {"125 in 16 bits", header(0x81, 126, "00 7d 00 00 00 00"_hex), 1002},
        {"0 in 16 bits", header(0x82, 126, "00 00 00 00 00 00"_hex), 1002},
        {"65535 in 64 bits", header(0x82, 127, "00 00 00 00 00 00 ff ff 00 00 00 00"_hex), 1002},
        {"2^63", header(0x82, 127, "80 00 00 00 00 00 00 00 00 00 00 00"_hex), 1002},
        {"2^64 - 1", header(0x82, 127, "ff ff ff ff ff ff ff ff 00 00 00 00"_hex), 1002},
        {"2^62", client_header(0x82, std::uint64_t{1} << 62), 1009},
        {"one byte more than allowed", client_header(0x81, 1001), 1009},
        {"one byte more in the second fragment",
         client_frame(0x01, std::string(600, 'x')) + client_header(0x80, 401), 1009},
    };
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
        rows.push_back({"opcode " + std::to_string(opcode), header(0x80 + opcode, 5), 1002});
    for (const unsigned bits : {0x40u, 0x20u, 0x10u, 0x70u})
        for (const unsigned first : {0x81u, 0x88u, 0x89u})
            rows.push_back({"reserved bits " + std::to_string(bits >> 4), client_header(first + bits, 5), 1002});
    stage                 here({.max_message = 1000});
    duplex::connection_id fd = 1;
    for (const auto& [what, bytes, code] : rows) {
        INFO(what);
        open_client client(here.server);
        client.send(bytes);
        CHECK(client.read_frame().payload.starts_with(close_with(code, "RFC 6455 §")));
        CHECK(client.read_to_end() == "");
        CHECK(here.server.wait_for_close(++fd).code == code);
        CHECK(here.server.wait_for_error(fd).text.starts_with("RFC 6455 §"));
    }
    CHECK(here.server->stats().violations == rows.size());
}

TEST_CASE("text that is not UTF-8 is refused as soon as it cannot become so, binary is not") {
    const std::string never[] = {
        "\xff",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80", "\xf0\x80\x80", "\xf5",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88",         "\xfc",         "\x80",         "\xe2\x28",
        "ok\xfe",       "\xe2\x82\x41",     "\xf0\x9f\x98\x28", "\xed\xbf\xbf"};
    stage here;
    for (const auto& bytes : never) {
        INFO(test::in_hex(bytes));
        open_client early(here.server), late(here.server), binary(here.server);
        // The message has not ended, nor has its frame: what has come is enough.
        early.send(client_header(0x01, 100) + test::masked(bytes));
        CHECK(early.read_frame().payload.starts_with(close_with(1007)));
        late.send(client_frame(0x81, bytes));
        CHECK(late.read_frame().payload.starts_with(close_with(1007)));
        binary.send(client_frame(0x82, bytes));
        CHECK(binary.read_frame() == frame{0x82, bytes});
    }
    for (const std::string cut : {"\xc3", "\xe2\x82", "\xf0\x9f\x98"}) {
        INFO(test::in_hex(cut));
        open_client client(here.server);
        client.send(client_frame(0x01, "x" + cut) + client_frame(0x80, ""));
        CHECK(client.read_frame().payload.starts_with(close_with(1007)));
    }
}

TEST_CASE("a character may be cut anywhere, by fragments and by TCP") {
    stage             here;
    open_client       client(here.server);
    const std::string word = "κόσμε 𝄞";
    for (std::size_t at = 0; at <= word.size(); ++at) {
        client.send(client_frame(0x01, word.substr(0, at)) + client_frame(0x00, "") +
                    client_frame(0x80, word.substr(at)));
        CHECK(client.read_frame() == text(word));
    }
    for (const char byte : client_frame(0x81, word)) client.send({&byte, 1});
    CHECK(client.read_frame() == text(word));
}

TEST_CASE("every length and every masking key is unmasked") {
    stage       here;
    open_client client(here.server);
    std::string all;
    for (std::size_t length = 0; length <= 70; ++length)
        for (const auto& key : {"00 00 00 00"_hex, "ff ff ff ff"_hex, "80 01 fe 7f"_hex})
            all += client_frame(0x81, std::string(length, 'x'), key);
    client.send(all);
    for (std::size_t length = 0; length <= 70; ++length)
        for (int key = 0; key < 3; ++key) CHECK(client.read_frame() == text(std::string(length, 'x')));
}

TEST_CASE("what is unusual and legal is delivered") {
    stage       here;
    open_client client(here.server);
    for (const std::size_t length : {125u, 126u, 127u, 65'535u, 65'536u}) {
        client.send_text(std::string(length, 'x'));
        CHECK(client.read_frame() == text(std::string(length, 'x')));
    }
    client.send(client_frame(0x01, "") + client_frame(0x00, "Hel") + client_frame(0x00, "") +
                client_frame(0x00, "lo") + client_frame(0x80, ""));
    CHECK(client.read_frame() == text("Hello"));
    client.send(client_frame(0x8a, "nobody asked") + client_frame(0x81, ""));
    CHECK(client.read_frame() == text(""));
}

TEST_CASE("1000 frames in one segment are answered in order") {
    stage       here;
    open_client client(here.server);
    std::string all;
    for (int i = 0; i < 1000; ++i) all += client_frame(0x81, std::to_string(i));
    client.send(all);
    for (int i = 0; i < 1000; ++i) CHECK(client.read_frame() == text(std::to_string(i)));
}

TEST_CASE("fragments without end cost their bytes and end at the limit") {
    constexpr int many = 1'000'000;
    stage         here({.max_message = 50'000});
    std::string   empty, single;
    for (int i = 0; i < many; ++i) empty += client_frame(0x00, ""), single += client_frame(0x00, "x");
    open_client patient(here.server), greedy(here.server);
    patient.send(client_frame(0x02, "") + empty);
    // One byte a fragment: refused with the first that is too much, while the peer is still sending.
    greedy.send(client_frame(0x02, "") + single);
    CHECK(greedy.read_frame().payload.starts_with(close_with(1009)));
    patient.send(client_frame(0x80, "the end"));
    CHECK(patient.read_frame() == frame{0x82, "the end"});
}

TEST_CASE("who announces a message and then falls silent is pinged and left") {
    stage       here({.ping_interval = 40ms, .ping_timeout = 40ms});
    open_client client(here.server);
    client.send(client_header(0x82, 1 << 20) + "begun");
    CHECK(client.read_frame() == frame{0x89, ""});
    const auto end = here.server.wait_for_close(2);
    CHECK(end.code == 1006);
    CHECK(end.by == duplex::ended_by::timeout);
    CHECK(client.read_to_end() == "");
}

TEST_CASE("a flood of pongs is passed over") {
    stage       here;
    open_client client(here.server);
    std::string flood;
    for (int i = 0; i < 20'000; ++i) flood += client_frame(0x8a, "x");
    client.send(flood + client_frame(0x81, "Hello"));
    CHECK(client.read_frame() == text("Hello"));
}
