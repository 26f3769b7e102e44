// Requests that a hostile or a broken client sends, with a canary beside them. Lesson: 9
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/canary.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::string_literals;
using test::client_frame;
using test::raw_client;
using test::running_server;
using test::text;
using test::upgrade_request;

namespace {

const std::string request = upgrade_request();
const std::string line = "GET / HTTP/1.1\r\n", host = "Host: 127.0.0.1\r\n";
const std::string key     = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                  version = "Sec-WebSocket-Version: 13\r\n";
const std::string upgrade = "Upgrade: websocket\r\n", connection = "Connection: Upgrade\r\n";

/// The request for an upgrade with one part of it changed.
std::string instead(std::string_view part, std::string_view other) {
    std::string changed = request;
    return changed.replace(changed.find(part), part.size(), other);
}
std::string with(std::string_view more) { return upgrade_request("/", more); }

void echo(duplex::server& ws, const duplex::message& message) {
    ws.push(message.fd, message.data, message.opcode);
}

/// A server that echoes, and a canary on it.
struct stage {
    stage() {
        server.on_message = echo;
        server.start();
        canary.emplace(server->port());
    }
    ~stage() {
        const auto& report = canary->leave();
        CHECK(report.fault == "");
        std::cout << report << '\n';
    }

    /// All that is answered to `bytes`.
    std::string answer_to(std::string_view bytes) {
        raw_client client(server->port());
        client.send(bytes);
        return client.read_to_end();
    }

    running_server              server;
    std::optional<test::canary> canary;
};

}  // namespace

TEST_CASE("a request that is wrong gets its status, its rule, and the end") {
    struct row {
        std::string what, bytes, status;
    };
    const std::vector<row> rows{
        {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"s, "400"},
        {"random bytes", "\x9e\x01\xff\x00\x33\x81\x0d\x0a"s, "400"},
        {"HTTP misspelled", instead("HTTP/1.1", "HTPP/1.1"), "400"},
        {"another major version", instead("HTTP/1.1", "HTTP/3.0"), "505"},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        {"POST", instead("GET", "POST"), "405"},
        {"OPTIONS", instead("GET", "OPTIONS"), "405"},
        {"no Host", instead(host, ""), "400"},
        {"two Hosts", with(host), "400"},
        {"an empty Host", instead(host, "Host: \r\n"), "400"},
        {"a Host that is none", instead(host, "Host: user@example.com\r\n"), "400"},
        {"no version", instead(version, ""), "426"},
        {"version 8", instead(version, "Sec-WebSocket-Version: 8\r\n"), "426"},
        {"version 99", instead(version, "Sec-WebSocket-Version: 99\r\n"), "426"},
        {"a list of versions", instead(version, "Sec-WebSocket-Version: 13, 8\r\n"), "426"},
        {"two versions", with(version), "426"},
        {"no key", instead(key, ""), "400"},
        {"a key of 23 characters", instead("ZQ==\r\n", "ZQ=\r\n"), "400"},
        {"a key of 25 characters", instead("ZQ==\r\n", "ZQ===\r\n"), "400"},
        {"a key that is no base64", instead("dGhl", "d*hl"), "400"},
        {"a key of 17 bytes", instead("ZQ==\r\n", "ZTE=\r\n"), "400"},
        {"a key with a space", instead("dGhl", "dG l"), "400"},
        {"two keys", with(key), "400"},
        {"a head over 8 KiB", with("X: " + std::string(4000, 'x') + "\r\nY: " + std::string(4200, 'y') + "\r\n"),
         "431"},
        {"a line over 8 KiB", with("X: " + std::string(8200, 'x') + "\r\n"), "431"},
        {"101 fields",
         [] {
             std::string fields;
             for (int i = 0; i < 96; ++i) fields += "X: y\r\n";
             return with(fields);
         }(),
         "431"},
        {"no line end ever", "GET" + std::string(8190, 'x'), "431"},
        {"a target over 4 KiB", upgrade_request('/' + std::string(4096, 'x')), "414"},
        {"a lone LF", "GET / HTTP/1.1\n" + host + "\r\n", "400"},
        {"a lone CR", line + "Host: a\rX: y\r\n\r\n", "400"},
        {"a folded field", with("X: a\r\n b\r\n"), "400"},
        {"a space before the colon", with("X : a\r\n"), "400"},
        {"an empty name", with(": a\r\n"), "400"},
        {"NUL in a value", with("X: a\0b\r\n"s), "400"},
        {"ESC in a value", with("X: \x1b[2J\r\n"), "400"},
        {"a body by its length", with("Content-Length: 6\r\n") + client_frame(0x81, ""), "400"},
        {"a body in chunks", with("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", "400"},
        {"a length and chunks", with("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"), "400"},
        {"two lengths", with("Content-Length: 0\r\nContent-Length: 6\r\n"), "400"},
        {"extensions that break their grammar", with("Sec-WebSocket-Extensions: permessage-deflate;;;=\r\n"),
         "400"},
        {"sub-protocols without end", with("Sec-WebSocket-Protocol: " + std::string(8200, ',') + "\r\n"), "431"},
    };
    stage here;
    for (const auto& [what, bytes, status] : rows) {
        INFO(what);
        const auto answer = here.answer_to(bytes);
        CHECK(answer.starts_with("HTTP/1.1 " + status + ' '));
        CHECK(answer.find("\r\n\r\nRFC ") != answer.npos);
        CHECK((answer.find("\r\nAllow: GET\r\n") != answer.npos) == (status == "405"));
        CHECK((answer.find("\r\nSec-WebSocket-Version: 13\r\n") != answer.npos) == (status == "426"));
        const auto rule = answer.substr(answer.find("\r\n\r\n") + 4);
        CHECK(here.server.wait_for([&](const test::event& each) { return each.text + '\n' == rule; }).fd == 0);
    }
    CHECK(here.server.count(test::event::error) == static_cast<std::ptrdiff_t>(rows.size()));
}

TEST_CASE("what is not an upgrade is told what would be one") {
    stage here;
    for (const auto& bytes :
         {line + host + "\r\n", instead(upgrade, ""), instead(connection, ""),
          instead(upgrade, "Upgrade: xwebsocket\r\n"), instead(connection, "Connection: notupgrade\r\n"),
          instead("HTTP/1.1", "HTTP/1.0")}) {
        INFO(bytes);
        const auto answer = here.answer_to(bytes);
        CHECK(answer.starts_with("HTTP/1.1 426 "));
        for (const auto* field : {"Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13"})
            CHECK(answer.find("\r\n"s + field + "\r\n") != answer.npos);
    }
}

TEST_CASE("a request that is unusual and right is accepted") {
    std::vector<std::string> requests{
        "\r\n" + request,
        instead(connection, "Connection: keep-alive, Upgrade\r\n"),
        instead(upgrade, "upgrade: WebSocket\r\n"),
        instead(connection, "CONNECTION: uPGRADE\r\n"),
        instead(connection, "Connection: keep-alive\r\nConnection: Upgrade\r\n"),
        instead(upgrade, "Upgrade: h2c\r\nUpgrade: websocket\r\n"),
        instead("dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEC=="),
        with("Content-Length: 0\r\n"),
        with("Sec-WebSocket-Protocol: ,a,,b,a" + std::string(4000, ',') + "\r\n"),
    };
    for (char minor = '2'; minor <= '9'; ++minor) requests.push_back(instead("HTTP/1.1", "HTTP/1."s + minor));
    stage here;
    for (const auto& bytes : requests) {
        INFO(bytes);
        raw_client client(here.server->port());
        client.send(bytes + client_frame(0x81, "Hello"));
        const auto head = client.read_head();
        CHECK(head.starts_with("HTTP/1.1 101 "));
        CHECK(head.find("Sec-WebSocket-Protocol") == head.npos);  // nobody agreed to one
        CHECK(client.read_frame() == text("Hello"));
    }
}

TEST_CASE("extensions that are well formed and unknown are not negotiated (RFC 6455 §5.8)") {
    std::string parameters = "a";
    for (int i = 0; i < 100; ++i) parameters += ";x" + std::to_string(i) + "=1";
    stage here;
    for (const auto& offered : {"constructor"s, "permessage-deflate; client_max_window_bits"s, parameters}) {
        INFO(offered);
        raw_client client(here.server->port());
        const auto head = client.open("/", "Sec-WebSocket-Extensions: " + offered + "\r\n");
        CHECK(head.starts_with("HTTP/1.1 101 "));
        CHECK(head.find("Sec-WebSocket-Extensions") == head.npos);
        client.send(client_frame(0xc1, "compressed?"));
        CHECK(client.read_frame().payload.starts_with(test::close_with(1002)));
    }
}

TEST_CASE("any target upgrades, and handlers see it as it was sent") {
    stage                 here;
    duplex::connection_id fd = 1;  // the canary's
    for (const std::string target :
         {"/%00", "/../../etc/passwd", "//", "/\xc3\xa4", "http://127.0.0.1/a?b=c", "*"}) {
        INFO(target);
        test::open_client client(here.server, 0, target);
        CHECK(here.server.wait_for(test::event::open, ++fd).text == target);
    }
}

TEST_CASE("a second request behind one that was refused is not looked at") {
    stage      here;
    const auto answer = here.answer_to(instead(version, "") + request + client_frame(0x81, "Hello"));
    CHECK(answer.starts_with("HTTP/1.1 426 "));
    CHECK(answer.rfind("HTTP/1.1 ") == 0);
}

TEST_CASE("a handshake that comes byte by byte beside others keeps nobody waiting") {
    stage                   here;
    std::vector<raw_client> slow;
    for (int i = 0; i < 20; ++i) slow.emplace_back(here.server->port());
    for (const char byte : request)
        for (auto& client : slow) client.send({&byte, 1});
    for (auto& client : slow) CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
}
