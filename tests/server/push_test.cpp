// Tests of push: what it queues, what it refuses, and why. Lesson: 7
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using duplex::connection_id;
using duplex::opcode;
using duplex::push_result;
using test::frame;
using test::open_client;
using test::running_server;
using test::text;

namespace {

const std::string not_utf8 = "\xc0\x80";

/// Pushes in the middle of nothing: from the connection's own loop.
push_result push_here(running_server& server, connection_id fd, std::string data, opcode code = opcode::text,
                      bool finish = true) {
    return server.on_loop([&] { return server->push(fd, data, code, finish); });
}

}  // namespace

TEST_CASE("what is pushed arrives in order, with its opcode") {
    running_server server;
    server.start();
    open_client client(server);
    for (int round = 0; round < 2; ++round) {
        const auto push = [&](std::string data, opcode code = opcode::text) {
            return round == 0 ? push_here(server, 1, data, code) : server->push(1, data, code);
        };
        CHECK(push("Hello"));
        CHECK(push(not_utf8, opcode::binary));
        CHECK(push("?", opcode::ping));
        CHECK(push("!", opcode::pong));
        CHECK(push(""));
        CHECK(push(std::string(200'000, 'x')));
        CHECK(client.read_frame() == text("Hello"));
        CHECK(client.read_frame() == frame{0x82, not_utf8});
        CHECK(client.read_frame() == frame{0x89, "?"});
        CHECK(client.read_frame() == frame{0x8a, "!"});
        CHECK(client.read_frame() == text(""));
        CHECK(client.read_frame() == text(std::string(200'000, 'x')));
    }
}

TEST_CASE("what on_open pushes follows the handshake") {
    running_server server;
    server.on_open = [](duplex::server& ws, const duplex::request& request) { ws.push(request.fd, "welcome"); };
    server.start();
    open_client client(server);
    CHECK(client.read_frame() == text("welcome"));
}

TEST_CASE("nobody is called 0, -1 or 2^63, nor what was never given") {
    running_server server;
    server.start();
    for (const connection_id nobody :
         {connection_id{0}, ~connection_id{0}, connection_id{1} << 63, connection_id{1}}) {
        CHECK(server->push(nobody, "x").reason() == push_result::no_such_connection);
        CHECK(push_here(server, nobody, "x").reason() == push_result::no_such_connection);
        CHECK_FALSE(server->is_established(nobody));
        CHECK_FALSE(server->disconnect(nobody));
        CHECK(server->buffered(nobody) == 0);
    }
}

TEST_CASE("what must not be sent is refused, and nothing of it leaves") {
    running_server server;
    server.start();
    open_client client(server);
    const auto  refused = [&](auto push) {
        CHECK(push("", opcode::close, true).reason() == push_result::invalid_opcode);
        CHECK(push("", static_cast<opcode>(3), true).reason() == push_result::invalid_opcode);
        CHECK(push("", static_cast<opcode>(11), true).reason() == push_result::invalid_opcode);
        CHECK(push("", static_cast<opcode>(0x81), true).reason() == push_result::invalid_opcode);
        CHECK(push("", opcode::ping, false).reason() == push_result::invalid_opcode);
        CHECK(push(std::string(126, 'x'), opcode::ping, true).reason() == push_result::too_big);
        CHECK(push(std::string(126, 'x'), opcode::pong, true).reason() == push_result::too_big);
        CHECK(push(not_utf8, opcode::text, true).reason() == push_result::invalid_utf8);
    };
    refused([&](std::string data, opcode code, bool finish) { return server->push(1, data, code, finish); });
    refused([&](std::string data, opcode code, bool finish) { return push_here(server, 1, data, code, finish); });
    CHECK(push_here(server, 1, "", opcode::continuation).reason() == push_result::invalid_opcode);
    CHECK(push_here(server, 1, "", opcode::continuation, false).reason() == push_result::invalid_opcode);
    CHECK(server->push(1, std::string(125, 'x'), opcode::ping));
    CHECK(client.read_frame() == frame{0x89, std::string(125, 'x')});
}

TEST_CASE("fragments are for the connection's own loop") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(server->push(1, "begun", opcode::text, false).reason() == push_result::wrong_thread);
    CHECK(server->push(1, "over", opcode::continuation).reason() == push_result::wrong_thread);
    CHECK(server->push(1, "whole"));
    CHECK(client.read_frame() == text("whole"));
}

TEST_CASE("a connection is pushed to after its handshake and before its end") {
    running_server           server;
    std::vector<push_result> results;
    bool                     established_in_handshake = true;
    server->on_handshake([&](duplex::server& ws, const duplex::request& request) {
        results.push_back(ws.push(request.fd, "too early"));
        established_in_handshake = ws.is_established(request.fd);
        return duplex::handshake_decision::accept();
    });
    server.on_message = [&](duplex::server& ws, const duplex::message& message) {
        ws.disconnect(message.fd);
        results.push_back(ws.push(message.fd, "too late"));
    };
    server.on_close = [&](duplex::server& ws, const duplex::close_event& end) {
        results.push_back(ws.push(end.fd, "far too late"));
    };
    server.start();
    open_client client(server);
    client.send_text("go");
    CHECK(client.read_frame() == frame{0x88, test::close_with(1000)});
    CHECK(server->push(1, "too late").reason() == push_result::not_open);
    client.send_close(1000);
    CHECK(client.read_to_end() == "");
    server.wait_for_close();
    server.stop();
    CHECK_FALSE(established_in_handshake);
    CHECK(results ==
          std::vector<push_result>{push_result::not_open, push_result::not_open, push_result::no_such_connection});
    CHECK(server->push(1, "x").reason() == push_result::no_such_connection);
}

TEST_CASE("a message can be pushed in fragments, with control frames between them") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(push_here(server, 1, "Hel", opcode::text, false));
    CHECK(push_here(server, 1, "?", opcode::ping));
    CHECK(server->push(1, "!", opcode::pong));
    CHECK(push_here(server, 1, "", opcode::continuation, false));
    CHECK(push_here(server, 1, "lo", opcode::continuation));
    CHECK(push_here(server, 1, "next"));
    CHECK(client.read_frame() == frame{0x01, "Hel"});
    CHECK(client.read_frame() == frame{0x89, "?"});
    CHECK(client.read_frame() == frame{0x8a, "!"});
    CHECK(client.read_frame() == frame{0x00, ""});
    CHECK(client.read_frame() == frame{0x80, "lo"});
    CHECK(client.read_frame() == text("next"));
}

TEST_CASE("while a message is unfinished, other messages are refused or wait for its end") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(push_here(server, 1, "begun", opcode::binary, false));
    CHECK(push_here(server, 1, "other").reason() == push_result::unfinished_message);
    CHECK(push_here(server, 1, "other", opcode::text, false).reason() == push_result::unfinished_message);
    CHECK(server->push(1, "waits"));
    CHECK(server->push(1, "waits too"));
    CHECK(server->buffered(1) > 0);
    CHECK(push_here(server, 1, "over", opcode::continuation));
    CHECK(push_here(server, 1, "follows"));
    CHECK(client.read_frame() == frame{0x02, "begun"});
    CHECK(client.read_frame() == frame{0x80, "over"});
    CHECK(client.read_frame() == text("waits"));
    CHECK(client.read_frame() == text("waits too"));
    CHECK(client.read_frame() == text("follows"));
}

TEST_CASE("a character may be cut between fragments, but not at the end") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(push_here(server, 1, "\xe2\x82", opcode::text, false));
    CHECK(push_here(server, 1, "x", opcode::continuation).reason() == push_result::invalid_utf8);
    CHECK(push_here(server, 1, "", opcode::continuation).reason() == push_result::invalid_utf8);
    CHECK(push_here(server, 1, "\xac", opcode::continuation));
    CHECK(push_here(server, 1, not_utf8, opcode::text, false).reason() == push_result::invalid_utf8);
    CHECK(client.read_frame() == frame{0x01, "\xe2\x82"});
    CHECK(client.read_frame() == frame{0x80, "\xac"});
}

TEST_CASE("the queue of a peer that does not read is bounded, and empties when it reads") {
    running_server server({.max_message = 20'000, .send_queue = 100'000});
    server.start();
    open_client       client(server, 4096);
    const std::string block(10'000, 'x');
    std::size_t       queued = 0;
    push_result       result;
    do {
        result = push_here(server, 1, block, opcode::binary);
        if (result) ++queued;
    } while (result && queued < 10'000);
    CHECK(result.reason() == push_result::queue_full);
    CHECK(server->push(1, block, opcode::binary).reason() == push_result::queue_full);
    CHECK(server->buffered(1) > 100'000 - 10'004);
    CHECK(server->buffered(1) <= 100'000);
    for (std::size_t i = 0; i < queued; ++i) CHECK(client.read_frame() == frame{0x82, block});
    CHECK(push_here(server, 1, "again"));
    CHECK(client.read_frame() == text("again"));
}

TEST_CASE("an empty queue takes any one frame") {
    running_server server({.max_message = 1000, .send_queue = 1000});
    server.start();
    open_client       client(server, 4096);
    const std::string enormous(20'000'000, 'x');  // more than the kernel takes for a peer that does not read
    CHECK(push_here(server, 1, enormous));
    CHECK(server->buffered(1) > 1000);
    CHECK(push_here(server, 1, "too much").reason() == push_result::queue_full);
    CHECK(server->push(1, "too much").reason() == push_result::queue_full);
    CHECK(client.read_frame() == text(enormous));
}

TEST_CASE("what waits for the end of a message is bounded, and cannot keep that end from being pushed") {
    running_server server({.max_message = 1000, .send_queue = 10'000});
    server.start();
    open_client       client(server);
    const std::string block(990, 'x');
    CHECK(push_here(server, 1, "begun", opcode::text, false));
    std::size_t waiting = 0;
    while (waiting < 1000 && server->push(1, block)) {
        ++waiting;
        server.on_loop([] { return 0; });  // it has been handed over by now
    }
    CHECK(waiting == 10);
    CHECK(push_here(server, 1, "over", opcode::continuation));
    CHECK(client.read_frame() == frame{0x01, "begun"});
    CHECK(client.read_frame() == frame{0x80, "over"});
    for (std::size_t i = 0; i < waiting; ++i) CHECK(client.read_frame() == text(block));
}

TEST_CASE("pushes to a peer that has just left harm nobody") {
    running_server server;
    server.start();
    open_client stays(server);
    for (connection_id fd = 2; fd < 12; ++fd) {
        open_client leaves(server);
        server.on_loop([&] {
            leaves.reset();
            for (int i = 0; i < 20; ++i) server->push(fd, std::string(20'000, 'x'));
            return 0;
        });
        CHECK(server.wait_for_close(fd).code == 1006);
        CHECK(server->push(fd, "x").reason() == push_result::no_such_connection);
    }
    CHECK(server->push(1, "still here"));
    CHECK(stays.read_frame() == text("still here"));
}
