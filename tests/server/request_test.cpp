// Tests of everything before the 101: plain requests, refusals, and who may upgrade. Lesson: 6
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using test::client_frame;
using test::event;
using test::open_client;
using test::raw_client;
using test::running_server;
using test::text;
using test::upgrade_request;

namespace {

/// All that the server answers to `bytes`, until it ends the connection.
std::string answer_to(running_server& server, std::string_view bytes) {
    raw_client client(server->port());
    client.send(bytes);
    return client.read_to_end();
}

std::string without(std::string text, std::string_view part) {
    return text.replace(text.find(part), part.size(), "");
}

void echo(duplex::server& ws, const duplex::message& message) { ws.push(message.fd, message.data); }

}  // namespace

TEST_CASE("without on_request a visitor is told what to open instead") {
    running_server server;
    server.start();
    CHECK(answer_to(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") ==
          "HTTP/1.1 426 Upgrade Required\r\nContent-Type: text/plain; charset=utf-8\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nContent-Length: 115\r\n\r\n"
          "RFC 9110 §15.5.22: here lives a WebSocket server: open ws:// with this address in a page or a client, "
          "not http://\n");
}

TEST_CASE("on_request answers plain requests, one per connection") {
    running_server           server;
    std::vector<std::string> seen;
    server->on_request([&](duplex::server&, const duplex::request& request) {
        seen.push_back(request.method + ' ' + request.target + ' ' + std::to_string(request.fd));
        return duplex::response(200, "hello\n");
    });
    server.start();
    const auto whole = answer_to(server, "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(whole.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(whole.find("\r\nContent-Length: 6\r\n") != whole.npos);
    CHECK(whole.ends_with("\r\n\r\nhello\n"));
    // Of a HEAD everything but the body comes (RFC 9110 §9.3.2); a second request is not looked at.
    CHECK(answer_to(server, "HEAD /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n") == whole.substr(0, whole.size() - 6));
    CHECK(answer_to(server, "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n") ==
          whole);
    server.stop();
    CHECK(seen == std::vector<std::string>{"GET /a?b=c 0", "HEAD /a?b=c 0", "GET /a?b=c 0"});
    CHECK(server->stats().requests == 3);
    CHECK(server->stats().opened == 0);
}

TEST_CASE("what is not quite an upgrade is a plain request") {
    running_server server;
    server->on_request([](duplex::server&, const duplex::request&) { return duplex::response(200, "plain\n"); });
    server.start();
    const std::string request = upgrade_request();
    const auto        instead = [&](std::string_view line, std::string_view other) {
        auto changed = request;
        return changed.replace(changed.find(line), line.size(), other);
    };
    for (const auto& bytes :
         {instead("HTTP/1.1", "HTTP/1.0"), without(request, "Upgrade: websocket\r\n"),
          without(request, "Connection: Upgrade\r\n"), instead("Upgrade: websocket", "Upgrade: xwebsocket"),
          instead("Connection: Upgrade", "Connection: notupgrade")}) {
        INFO(bytes);
        CHECK(answer_to(server, bytes).ends_with("\r\n\r\nplain\n"));
    }
}

TEST_CASE("what breaks a rule is refused with a status and the rule, and on_error hears it") {
    struct row {
        std::string bytes, status, rule;
    };
    const std::string request = upgrade_request();
    const auto        instead = [&](std::string_view line, std::string_view other) {
        auto changed = request;
        return changed.replace(changed.find(line), line.size(), other);
    };
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", version = "Sec-WebSocket-Version: 13";
    const row         rows[] = {
                {"\x16\x03\x01\x02\r\n\r\n", "400 ", "RFC 9"},
                {"GET / HTTP/1.1\r\n\r\n", "400 ", "RFC 9112 §3.2"},
                {"GET / HTTP/2.0\r\n\r\n", "505 ", "RFC 9110 §"},
                {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 ", "RFC 9110 §"},
                {"GET /" + std::string(4096, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414 ", "RFC "},
                {"GET / HTTP/1.1\r\nHost: " + std::string(8192, 'x'), "431 ", "RFC "},
                {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "413 ", "RFC 9110 §15.5.14"},
                {instead("GET", "POST"), "405 ", "RFC 6455 §4.1: the method of an opening handshake is GET"},
                {upgrade_request("/", "Content-Length: 5\r\n") + "Hello", "400 ",
                 "RFC 6455 §4.1: an opening handshake has no body"},
                {instead(version, "Sec-WebSocket-Version: 8"), "426 ", "RFC 6455 §4.4"},
                {without(request, version + "\r\n"), "426 ", "RFC 6455 §4.4"},
                {without(request, key + "\r\n"), "400 ", "RFC 6455 §4.2.1"},
                {instead(key, "Sec-WebSocket-Key: short"), "400 ", "RFC 6455 §4.2.1"},
                {upgrade_request("/", "Sec-WebSocket-Extensions: a;;;=\r\n"), "400 ", "RFC 6455 §9.1"},
    };
    running_server server;
    server.start();
    for (const auto& [bytes, status, rule] : rows) {
        INFO(bytes.substr(0, 100));
        const auto answer = answer_to(server, bytes);
        CHECK(answer.starts_with("HTTP/1.1 " + status));
        CHECK(answer.find("\r\n\r\n" + rule) != answer.npos);
        CHECK((answer.find("\r\nSec-WebSocket-Version: 13\r\n") != answer.npos) == (status == "426 "));
        CHECK((answer.find("\r\nAllow: GET\r\n") != answer.npos) == (status == "405 "));
        CHECK(server.events().back().fd == 0);
        CHECK(server.events().back().text.starts_with(rule));
    }
    server.stop();
    CHECK(server->stats().refused == std::size(rows));
    CHECK(server->stats().opened == 0);
}

TEST_CASE("the handshake of RFC 6455 §1.3 is answered with its accept key") {
    running_server server;
    server.start();
    raw_client client(server->port());
    CHECK(client.open("/chat") ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    CHECK(server.wait_for(event::open).text == "/chat");
}

TEST_CASE("a request and a frame are understood wherever TCP cuts them, also not at all") {
    running_server server;
    server.on_message = echo;
    server.start();
    const std::string bytes = upgrade_request() + client_frame(0x81, "Hello") + client_frame(0x89, "?");
    const auto        check = [&](raw_client& client) {
        CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
        CHECK(client.read_frame() == text("Hello"));
        CHECK(client.read_frame() == test::frame{0x8a, "?"});
    };
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        raw_client client(server->port());
        client.send(std::string_view(bytes).substr(0, at));
        client.send(std::string_view(bytes).substr(at));
        check(client);
    }
    raw_client client(server->port());
    for (const char byte : bytes) client.send({&byte, 1});
    check(client);
}

TEST_CASE("on_handshake accepts with a sub-protocol and more fields") {
    running_server server;
    server->on_handshake([](duplex::server&, const duplex::request& request) {
        constexpr std::array<std::string_view, 2> supported{"chat", "news"};
        return duplex::handshake_decision::accept(duplex::choose_subprotocol(request, supported))
            .header("Set-Cookie", "seen=yes");
    });
    server.start();
    raw_client one(server->port()), two(server->port());
    const auto chosen = one.open("/", "Sec-WebSocket-Protocol: other, news, chat\r\n");
    CHECK(chosen.find("\r\nSec-WebSocket-Protocol: news\r\n") != chosen.npos);
    CHECK(chosen.find("\r\nSet-Cookie: seen=yes\r\n") != chosen.npos);
    const auto none = two.open("/", "Sec-WebSocket-Protocol: other\r\n");
    CHECK(none.starts_with("HTTP/1.1 101 "));
    CHECK(none.find("Sec-WebSocket-Protocol") == none.npos);
}

TEST_CASE("a sub-protocol that the client did not offer is never named: 500 (RFC 6455 §4.2.2)") {
    running_server server;
    server->on_handshake(
        [](duplex::server&, const duplex::request&) { return duplex::handshake_decision::accept("chat"); });
    server.start();
    raw_client offers(server->port());
    CHECK(offers.open("/", "Sec-WebSocket-Protocol: news, chat\r\n").starts_with("HTTP/1.1 101 "));
    const auto refused = answer_to(server, upgrade_request("/"));
    CHECK(refused.starts_with("HTTP/1.1 500 "));
    CHECK(refused.find("Sec-WebSocket-Protocol") == refused.npos);
}

TEST_CASE("a refusal of HEAD carries no body (RFC 9110 §9.3.2)") {
    running_server server;
    server.start();
    const auto refused = answer_to(server, "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    const auto broken  = answer_to(server, "HEAD / HTTP/1.1\r\n\r\n");
    CHECK(broken.starts_with("HTTP/1.1 400 "));
    CHECK(broken.ends_with("\r\n\r\n"));
    CHECK(refused.starts_with("HTTP/1.1 413 "));
    CHECK(refused.ends_with("\r\n\r\n"));
}

TEST_CASE("on_handshake refuses before the 101, and its number is never used again") {
    running_server server;
    server->on_handshake([](duplex::server&, const duplex::request& request) {
        if (request.path() == "/in") return duplex::handshake_decision::accept();
        return duplex::handshake_decision::refuse(duplex::response(401, "log in first\n"));
    });
    server.start();
    const auto refused = answer_to(server, upgrade_request("/secret") + client_frame(0x81, "not heard"));
    CHECK(refused.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    CHECK(refused.ends_with("\r\n\r\nlog in first\n"));
    CHECK(server->connections().empty());
    open_client client(server, 0, "/in");
    CHECK(server.wait_for(event::open, 2).text == "/in");
    CHECK(server->connections() == std::vector<duplex::connection_id>{2});
    CHECK(server.count(event::open) == 1);
    CHECK(server->stats().refused == 1);
}

TEST_CASE("a handler that throws before the 101 is answered with 500") {
    running_server server;
    server->on_request([](duplex::server&, const duplex::request& request) -> duplex::response {
        if (request.target == "/number") throw 42;
        throw std::runtime_error("no");
    });
    server->on_handshake([](duplex::server&, const duplex::request& request) -> duplex::handshake_decision {
        if (request.target == "/number") throw 42;
        return duplex::handshake_decision::accept("bad\r\nname");  // response::header refuses it with an exception
    });
    server.start();
    for (const std::string target : {"/", "/number"}) {
        const auto plain = answer_to(server, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(plain.starts_with("HTTP/1.1 500 "));
        CHECK(plain.ends_with("\r\n\r\nthe server met an unexpected condition\n"));
        CHECK(server.events().back().text == (target == "/" ? "on_request threw: no" : "on_request threw"));
        CHECK(answer_to(server, upgrade_request(target)).starts_with("HTTP/1.1 500 "));
        CHECK(server.events().back().text.starts_with("on_handshake threw"));
    }
    CHECK(server.count(event::open) == 0);
}

TEST_CASE("allowed_origins decides which pages may connect") {
    const auto status = [](running_server& server, std::string_view origin) {
        raw_client client(server->port());
        return client.open("/", origin).substr(9, 3);
    };
    {
        running_server server({.allowed_origins = {"https://example.com", "same-origin"}});
        server.start();
        CHECK(status(server, "Origin: https://example.com\r\n") == "101");
        CHECK(status(server, "Origin: http://127.0.0.1\r\n") == "101");
        CHECK(status(server, "Origin: https://example.com.evil.example\r\n") == "403");
        CHECK(status(server, "Origin: http://example.com\r\n") == "403");
        CHECK(status(server, "Origin: null\r\n") == "403");
        CHECK(status(server, "") == "101");
    }
    {
        running_server server({.allowed_origins = {"https://example.com"}, .require_origin = true});
        server.start();
        CHECK(status(server, "Origin: http://127.0.0.1\r\n") == "403");
        CHECK(status(server, "") == "403");
        CHECK(server.wait_for_error(0).text == "RFC 6455 §10.2: pages of this origin must not connect here");
    }
    {
        running_server server;
        server.start();
        CHECK(status(server, "Origin: null\r\n") == "101");
    }
}

TEST_CASE("a request knows its peer and may be copied") {
    running_server               server;
    std::vector<duplex::request> kept;
    server.on_open = [&](duplex::server&, const duplex::request& request) { kept.push_back(request); };
    server.start();
    open_client client(server, 0, "/a?name=b");
    server.wait_for(event::open);
    client.close();
    server.stop();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].fd == 1);
    CHECK(kept[0].peer.starts_with("127.0.0.1:"));
    CHECK(kept[0].path() == "/a");
}
