// Tests of broadcast: to all that are open, without waiting for the slowest. Lesson: 7
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using duplex::opcode;
using duplex::push_result;
using test::frame;
using test::open_client;
using test::running_server;
using test::text;

TEST_CASE("a broadcast reaches all that are open, from a handler and from elsewhere") {
    running_server server({.threads = 2});
    server.on_message = [](duplex::server& ws, const duplex::message& message) { ws.broadcast(message.data); };
    server.start();
    std::vector<open_client> clients;
    for (int i = 0; i < 5; ++i) clients.emplace_back(server);
    for (duplex::connection_id fd = 1; fd <= 5; ++fd) server.wait_for(test::event::open, fd);
    test::raw_client visitor(server->port());  // not open: it has not asked to be

    const std::string large(5000, 'x');
    for (const auto& message : {std::string("small"), large}) {
        CHECK(server->broadcast(message));
        CHECK(server->broadcast(message, opcode::binary));
        CHECK(server->broadcast("?", opcode::ping));
        for (auto& client : clients) {
            CHECK(client.read_frame() == text(message));
            CHECK(client.read_frame() == frame{0x82, message});
            CHECK(client.read_frame() == frame{0x89, "?"});
        }
        clients[0].send_text(message);
        for (auto& client : clients) CHECK(client.read_frame() == text(message));
    }
}

TEST_CASE("a broadcast to nobody is no error") {
    running_server server;
    server.start();
    CHECK(server->broadcast("is anybody there?"));
}

TEST_CASE("a broadcast of what must not be sent is refused") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK(server->broadcast("", opcode::close).reason() == push_result::invalid_opcode);
    CHECK(server->broadcast("", opcode::continuation).reason() == push_result::invalid_opcode);
    CHECK(server->broadcast("", static_cast<opcode>(7)).reason() == push_result::invalid_opcode);
    CHECK(server->broadcast(std::string(126, 'x'), opcode::ping).reason() == push_result::too_big);
    CHECK(server->broadcast("\xff").reason() == push_result::invalid_utf8);
    CHECK(server->broadcast("fine"));
    CHECK(client.read_frame() == text("fine"));
}

TEST_CASE("a broadcast leaves out whoever is in the middle of a message, and counts it") {
    running_server server;
    server.start();
    open_client busy(server), idle(server);
    server.on_loop([&] { return server->push(1, "begun", opcode::text, false); });
    server.on_loop([&] { return server->broadcast("news"); });
    server.on_loop([&] { return server->push(1, "over", opcode::continuation); });
    CHECK(busy.read_frame() == frame{0x01, "begun"});
    CHECK(busy.read_frame() == frame{0x80, "over"});
    CHECK(idle.read_frame() == text("news"));
    CHECK(server->stats().skipped == 1);
    CHECK(server->broadcast("more"));
    CHECK(busy.read_frame() == text("more"));
}

TEST_CASE("a slow reader misses messages, and nobody waits for it") {
    running_server server({.max_message = 20'000, .send_queue = 50'000});
    server.start();
    open_client       slow(server, 4096), quick(server);
    const std::string block(10'000, 'x');
    int               sent = 0;
    while (server->stats().skipped == 0 && sent < 10'000) {
        CHECK(server->broadcast(block));
        ++sent;
        CHECK(quick.read_frame() == text(block));
        CHECK(server->buffered(1) <= 50'000);
    }
    CHECK(server->stats().skipped == 1);
    server->broadcast("end");
    CHECK(quick.read_frame() == text("end"));
    for (int i = 0; i < sent - 1; ++i) CHECK(slow.read_frame() == text(block));
}

TEST_CASE("a slow reader is closed with 1008 when that is asked for") {
    running_server server(
        {.max_message = 20'000, .send_queue = 50'000, .slow_reader = duplex::slow_reader::close});
    server.start();
    open_client       slow(server, 4096), quick(server);
    const std::string block(10'000, 'x');
    while (server->is_established(1)) {
        CHECK(server->broadcast(block));
        CHECK(quick.read_frame() == text(block));
    }
    frame last;
    do last = slow.read_frame();
    while (last == text(block));
    CHECK(last == frame{0x88, test::close_with(1008, "this peer does not read fast enough")});
    slow.send_close(1008);
    const auto end = server.wait_for_close(1);
    CHECK(end.code == 1008);
    CHECK(end.clean);
    CHECK(end.by == duplex::ended_by::server);
    server->broadcast("end");
    CHECK(quick.read_frame() == text("end"));
}
