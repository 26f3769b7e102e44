// Tests of how connections end, seen from both sides (RFC 6455 §7). Lesson: 6
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace test::literals;
using duplex::ended_by;
using test::client_frame;
using test::close_with;
using test::event;
using test::frame;
using test::open_client;
using test::running_server;
using test::text;

namespace {

void check_end(const event& end, unsigned code, std::string_view reason, bool clean, ended_by by) {
    CHECK(end.code == code);
    CHECK(end.text == reason);
    CHECK(end.clean == clean);
    CHECK(end.by == by);
}

}  // namespace

TEST_CASE("a close frame is answered with its code, reported with its reason, and then TCP ends") {
    running_server server;
    server.start();
    duplex::connection_id fd = 0;
    for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u,
                                3000u, 3999u, 4000u, 4999u}) {
        open_client client(server);
        client.send_close(code, "so long");
        CHECK(client.read_frame() == frame{0x88, close_with(code)});
        CHECK(client.read_to_end() == "");
        check_end(server.wait_for_close(++fd), code, "so long", true, ended_by::peer);
    }
}

TEST_CASE("an empty close frame is answered with an empty one and reported as 1005") {
    running_server server;
    server.start();
    open_client client(server);
    client.send(client_frame(0x88, ""));
    CHECK(client.read_frame() == frame{0x88, ""});
    CHECK(client.read_to_end() == "");
    check_end(server.wait_for_close(), 1005, "", true, ended_by::peer);
}

TEST_CASE("a close frame that breaks a rule is answered with the rule") {
    struct row {
        std::string payload;
        unsigned    code;
        std::string rule;
    };
    std::vector<row> rows{
        {"\x03", 1002, "RFC 6455 §5.5.1: a close frame is empty or begins with a code of two bytes"},
        {close_with(1000, "\xff"), 1007, "RFC 6455 §5.5.1: the reason of a close frame is UTF-8"}};
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 2999u, 5000u, 65535u})
        rows.push_back({close_with(code), 1002, "RFC 6455 §7.4: this close code must not be sent"});
    running_server server;
    server.start();
    duplex::connection_id fd = 0;
    for (const auto& [payload, code, rule] : rows) {
        INFO(test::in_hex(payload));
        open_client client(server);
        client.send(client_frame(0x88, payload));
        CHECK(client.read_frame() == frame{0x88, close_with(code, rule)});
        CHECK(client.read_to_end() == "");
        check_end(server.wait_for_close(++fd), code, rule, false, ended_by::error);
        CHECK(server.wait_for_error(fd).text == rule);
    }
    CHECK(server->stats().violations == rows.size());
}

TEST_CASE("frames that break a rule are answered with the rule, and nothing of them is delivered") {
    struct row {
        std::string bytes;
        unsigned    code;
        std::string rule;
    };
    const row rows[] = {
        {"\x81\x05Hello", 1002, "RFC 6455 §5.1: a client must mask its frames"},
        {client_frame(0xc1, "x"), 1002,
         "RFC 6455 §5.2: a reserved bit must be 0 unless an extension gives it a meaning"},
        {client_frame(0x83, "x"), 1002, "RFC 6455 §5.2: the opcode must be one that is defined"},
        {client_frame(0x8b, "x"), 1002, "RFC 6455 §5.2: the opcode must be one that is defined"},
        {client_frame(0x09, "x"), 1002, "RFC 6455 §5.5: a control frame must not be fragmented"},
        {client_frame(0x89, std::string(126, 'x')), 1002,
         "RFC 6455 §5.5: a control frame carries at most 125 bytes"},
        {client_frame(0x80, "x"), 1002, "RFC 6455 §5.4: a continuation frame needs a message that has begun"},
        {client_frame(0x01, "x") + client_frame(0x81, "y"), 1002,
         "RFC 6455 §5.4: a message must end before the next one begins"},
        {std::string("81 fe 00 7d 00 00 00 00"_hex), 1002, "RFC 6455 §5.2: the length must use the fewest bytes"},
        {std::string("81 ff 00 00 00 00 00 00 ff ff 00 00 00 00"_hex), 1002,
         "RFC 6455 §5.2: the length must use the fewest bytes"},
        {std::string("81 ff 80 00 00 00 00 00 00 00 00 00 00 00"_hex), 1002,
         "RFC 6455 §5.2: the highest bit of a 64-bit length must be 0"},
        {std::string("82 ff 40 00 00 00 00 00 00 00 00 00 00 00"_hex), 1009,
         "RFC 6455 §7.4.1: the message is larger than this server allows"},
        {client_frame(0x02, std::string(600, 'x')) + test::client_header(0x80, 401), 1009,
         "RFC 6455 §7.4.1: the message is larger than this server allows"},
        {client_frame(0x81, "\xc0\x80"), 1007, "RFC 6455 §8.1: a text message must be UTF-8"},
        {client_frame(0x01, "\xed\xa0"), 1007, "RFC 6455 §8.1: a text message must be UTF-8"},
        {client_frame(0x01, "\xe2\x82") + client_frame(0x80, ""), 1007,
         "RFC 6455 §8.1: a text message must be UTF-8"},
    };
    running_server server({.max_message = 1000});
    server.start();
    duplex::connection_id fd = 0;
    for (const auto& [bytes, code, rule] : rows) {
        INFO(test::in_hex(bytes.substr(0, 20)));
        open_client client(server);
        client.send(bytes + client_frame(0x81, "this is not heard"));
        CHECK(client.read_frame() == frame{0x88, close_with(code, rule)});
        CHECK(client.read_to_end() == "");
        check_end(server.wait_for_close(++fd), code, rule, false, ended_by::error);
        CHECK(server.wait_for_error(fd).text == rule);
    }
    CHECK(server->stats().violations == std::size(rows));
    CHECK(server.count(event::message) == 0);
}

TEST_CASE("a peer that has broken a rule and keeps talking still gets to read why") {
    running_server server;
    server.start();
    open_client client(server);
    client.send("\x81\x05Hello" + client_frame(0x82, std::string(1'000'000, 'x')));
    CHECK(client.read_frame().payload.starts_with(close_with(1002)));
    CHECK(client.read_to_end() == "");
}

TEST_CASE("what follows a close frame is not heard, and a message that had begun is dropped") {
    running_server server;
    server.start();
    open_client client(server);
    client.send(client_frame(0x01, "begun") + client_frame(0x88, close_with(1001)) + client_frame(0x80, "over") +
                client_frame(0x81, "more") + client_frame(0x88, close_with(1000)));
    CHECK(client.read_frame() == frame{0x88, close_with(1001)});
    CHECK(client.read_to_end() == "");
    check_end(server.wait_for_close(), 1001, "", true, ended_by::peer);
    CHECK(server.count(event::message) == 0);
}

TEST_CASE("who leaves without a close frame has ended abnormally") {
    running_server server;
    server.start();
    for (duplex::connection_id fd = 1; fd <= 4; ++fd) {
        open_client client(server);
        if (fd % 2 == 0) client.send(client_frame(0x01, "begun"));
        fd <= 2 ? client.half_close() : client.reset();
        if (fd <= 2) CHECK(client.read_to_end() == "");
        check_end(server.wait_for_close(fd), 1006, "", false, fd <= 2 ? ended_by::peer : ended_by::error);
    }
}

TEST_CASE("who leaves right after the request was there exactly once, or never") {
    running_server server;
    server.start();
    for (int i = 0; i < 20; ++i) {
        test::raw_client client(server->port());
        client.send(test::upgrade_request());
        i % 2 == 0 ? client.half_close() : client.reset();
        if (i % 2 == 0) client.wait_for_end();
    }
    open_client last(server);  // those before it have been accepted by now; the books are checked at the end
}

TEST_CASE("what is queued still leaves to a peer that has only stopped sending") {
    running_server server;
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data);
    };
    server.start();
    open_client       client(server, 4096);
    const std::string large(1'000'000, 'x');
    client.send_text(large);
    client.half_close();
    CHECK(client.read_frame() == text(large));
    CHECK(client.read_to_end() == "");
    CHECK(server.wait_for_close().code == 1006);
}

TEST_CASE("disconnect sends code and reason, and the peer's answer makes the end clean") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(server->disconnect(1, 4000, "enough"));
    CHECK(client.read_frame() == frame{0x88, close_with(4000, "enough")});
    CHECK_FALSE(server->is_established(1));
    CHECK_FALSE(server->disconnect(1));
    client.send_text("too late");
    client.send_close(1000, "as you like");
    CHECK(client.read_to_end() == "");
    check_end(server.wait_for_close(), 4000, "enough", true, ended_by::server);
    CHECK(server.count(event::message) == 0);
}

TEST_CASE("a peer that answers a disconnect by leaving has not answered") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(server->disconnect(1));
    CHECK(client.read_frame() == frame{0x88, close_with(1000)});
    client.half_close();
    CHECK(client.read_to_end() == "");
    check_end(server.wait_for_close(), 1006, "", false, ended_by::peer);
}

TEST_CASE("disconnect refuses what a close frame must not say") {
    running_server server;
    server.start();
    open_client client(server);
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000})
        CHECK_FALSE(server->disconnect(1, static_cast<std::uint16_t>(code)));
    CHECK_FALSE(server->disconnect(1, 1000, "\xff"));
    CHECK(server->is_established(1));
    CHECK(server->push(1, "still here"));
    CHECK(client.read_frame() == text("still here"));
}

TEST_CASE("a long reason is cut at a character") {
    running_server server;
    server.start();
    open_client client(server);
    std::string reason(122, 'r');
    CHECK(server->disconnect(1, 1000, reason + "\xe2\x82\xac"));
    CHECK(client.read_frame() == frame{0x88, close_with(1000, reason)});
    client.send_close(1000);
    client.read_to_end();
    check_end(server.wait_for_close(), 1000, reason, true, ended_by::server);
}

TEST_CASE("any handler may disconnect, and no message follows") {
    running_server server;
    server.on_open = [](duplex::server& ws, const duplex::request& request) {
        if (request.target == "/open") ws.disconnect(request.fd, 4001);
    };
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.disconnect(message.fd, 4002);
    };
    server.on_close = [](duplex::server& ws, const duplex::close_event& end) { ws.disconnect(end.fd, 4003); };
    server.on_error = [](duplex::server& ws, duplex::connection_id fd, std::string_view) {
        ws.disconnect(fd, 4004);
    };
    server.start();
    {
        test::raw_client client(server->port());
        client.send(test::upgrade_request("/open") + client_frame(0x81, "one") + client_frame(0x81, "two"));
        client.read_head();
        CHECK(client.read_frame() == frame{0x88, close_with(4001)});
        client.send_close(4001);
        CHECK(client.read_to_end() == "");
        CHECK(server.wait_for_close(1).code == 4001);
        CHECK(server.count(event::message) == 0);
    }
    {
        open_client client(server);
        client.send(client_frame(0x81, "one") + client_frame(0x81, "two"));
        CHECK(client.read_frame() == frame{0x88, close_with(4002)});
        client.send_close(4002);
        CHECK(client.read_to_end() == "");
        CHECK(server.wait_for_close(2).code == 4002);
        CHECK(server.count(event::message) == 1);
    }
    {
        open_client client(server);
        client.send("\x81\x05Hello");
        CHECK(client.read_frame().payload.starts_with(close_with(1002)));
        CHECK(client.read_to_end() == "");
        CHECK(server.wait_for_close(3).code == 1002);
    }
}

TEST_CASE("the handlers of a connection are called in order: open, message, close") {
    running_server server;
    server.start();
    test::raw_client client(server->port());
    client.send(test::upgrade_request() + client_frame(0x81, "glued") + client_frame(0x88, ""));
    client.read_head();
    CHECK(client.read_frame() == frame{0x88, ""});
    server.wait_for_close();
    std::vector<event::kind> kinds;
    for (const auto& each : server.events()) kinds.push_back(each.what);
    CHECK(kinds == std::vector{event::open, event::message, event::close});
}

TEST_CASE("a handler that throws ends its own connection with 1011, and others live") {
    running_server server;
    server.on_open = [](duplex::server&, const duplex::request& request) {
        if (request.target == "/open") throw std::runtime_error("open");
        if (request.target == "/number") throw 42;
    };
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        if (message.data == "throw") throw std::runtime_error("message");
        ws.push(message.fd, message.data);
    };
    server.on_close = [](duplex::server&, const duplex::close_event& end) {
        if (end.fd == 4) throw std::runtime_error("close");
    };
    server.on_error = [](duplex::server&, duplex::connection_id, std::string_view) { throw 42; };
    server.start();
    open_client       other(server);
    const std::string rule = "RFC 6455 §7.4.1: the server met an unexpected condition";
    const auto told = [&](duplex::connection_id fd, const char* target, const char* message, const char* what) {
        open_client client(server, 0, target);
        if (message) client.send_text(message);
        CHECK(client.read_frame() == frame{0x88, close_with(1011, rule)});
        CHECK(client.read_to_end() == "");
        check_end(server.wait_for_close(fd), 1011, rule, false, ended_by::error);
        CHECK(server.wait_for_error(fd).text == what);
    };
    told(2, "/open", nullptr, "on_open threw: open");
    told(3, "/", "throw", "on_message threw: message");
    {
        open_client client(server);
        client.send_close(1000);
        CHECK(client.read_frame() == frame{0x88, close_with(1000)});
        CHECK(server.wait_for_error(4).text == "on_close threw: close");
    }
    told(5, "/number", nullptr, "on_open threw");
    other.send_text("still here");
    CHECK(other.read_frame() == text("still here"));
}

TEST_CASE("pings are answered at once, also inside a message, and pongs are ignored") {
    running_server server;
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data);
    };
    server.start();
    open_client client(server);
    client.send(client_frame(0x89, "") + client_frame(0x01, "Hel") + client_frame(0x89, std::string(125, 'p')) +
                client_frame(0x8a, "unasked") + client_frame(0x80, "lo"));
    CHECK(client.read_frame() == frame{0x8a, ""});
    CHECK(client.read_frame() == frame{0x8a, std::string(125, 'p')});
    CHECK(client.read_frame() == text("Hello"));
}
