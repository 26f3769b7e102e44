// Tests of stop: from everywhere, gracefully, and always within its deadline. Lesson: 8
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using duplex::ended_by;
using test::close_with;
using test::event;
using test::frame;
using test::open_client;
using test::running_server;
using test::text;

namespace {

const frame going_away{0x88, close_with(1001, "this server is stopping")};

}  // namespace

TEST_CASE("stop from another thread says 1001 to all and lets start return") {
    running_server server;
    server.start();
    open_client one(server), two(server);
    server->stop();
    for (auto* client : {&one, &two}) {
        CHECK(client->read_frame() == going_away);
        client->send_close(1001);
        CHECK(client->read_to_end() == "");
        client->close();
    }
    server.join();
    for (const duplex::connection_id fd : {1u, 2u}) {
        const auto end = server.wait_for_close(fd);
        CHECK(end.code == 1001);
        CHECK(end.clean);
        CHECK(end.by == ended_by::server);
    }
}

TEST_CASE("stop is allowed in every handler") {
    for (const std::string from : {"open", "message", "close", "error", "handshake", "request"}) {
        INFO(from);
        running_server server;
        const auto     stop_if = [&](const char* here) {
            if (from == here) server->stop();
        };
        server.on_open    = [&](auto&, auto&) { stop_if("open"); };
        server.on_message = [&](auto&, auto&) { stop_if("message"); };
        server.on_close   = [&](auto&, auto&) { stop_if("close"); };
        server.on_error   = [&](auto&, auto, auto) { stop_if("error"); };
        server->on_handshake([&](auto&, auto&) {
            stop_if("handshake");
            return duplex::handshake_decision::accept();
        });
        server->on_request([&](auto&, auto&) {
            stop_if("request");
            return duplex::response(200, "bye\n");
        });
        server.start();
        test::raw_client client(server->port());
        client.send(from == "request" ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : test::upgrade_request());
        if (from == "message") client.send_text("stop");
        if (from == "close") client.send_close(1000);
        if (from == "error") client.send("\x81\x05Hello");
        client.read_head();
        client.half_close();
        client.wait_for_end();
        server.join();
    }
}

TEST_CASE("a signal stops the server") {
    running_server server;
    server->stop_on({SIGUSR1, SIGUSR2});
    server.start();
    open_client client(server);
    REQUIRE(::raise(SIGUSR2) == 0);
    CHECK(client.read_frame() == going_away);
    client.send_close(1001);
    client.close();
    server.join();
}

TEST_CASE("what was queued leaves before the close frame") {
    running_server server;
    server.start();
    open_client       client(server, 4096);
    const std::string large(900'000, 'x');
    CHECK(server->push(1, large));
    CHECK(server->push(1, "and this"));
    server->stop();
    CHECK(client.read_frame() == text(large));
    CHECK(client.read_frame() == text("and this"));
    CHECK(client.read_frame() == going_away);
    client.send_close(1001);
    client.close();
    server.join();
}

TEST_CASE("stop comes back within its deadline, whatever 200 peers do") {
    for (const std::size_t threads : {1u, 3u}) {
        running_server server({.threads = threads});
        server.start();
        std::vector<open_client> clients;
        for (int i = 0; i < 200; ++i) clients.emplace_back(server);
        test::raw_client silent(server->port());
        server->stop(300ms);
        for (std::size_t i = 0; i < clients.size(); ++i) {
            CHECK(clients[i].read_frame() == going_away);
            if (i % 2 == 0) clients[i].send_close(1001);
        }
        server.join();  // ends, or the test does not
        const auto events = server.events();
        const auto closed = [&](bool clean) {
            return std::count_if(events.begin(), events.end(), [=](const event& each) {
                return each.what == event::close && each.clean == clean && each.code == (clean ? 1001 : 1006) &&
                       each.by == (clean ? ended_by::server : ended_by::timeout);
            });
        };
        CHECK(closed(true) + closed(false) == 200);
        CHECK(closed(false) >= 100);
        CHECK(server->stats().open == 0);
    }
}

TEST_CASE("stopping does not wait for a plain request that is being answered, nor for half a head") {
    running_server server;
    server.start();
    test::raw_client half(server->port());
    half.send("GET / HT");
    open_client there(server);  // so the other one has been accepted
    server->stop();
    CHECK(half.read_to_end() == "");
    CHECK(there.read_frame() == going_away);
    there.send_close(1001);
    there.close();
    server.join();
}

TEST_CASE("stop may be called twice, before start, and after the end") {
    {
        running_server server;
        server->stop();
        server->stop();
        server.start();
        server.join();
        server->stop();
    }
    duplex::server never_started("127.0.0.1", 0);
    never_started.stop();
}

TEST_CASE("after stop nobody is accepted any more") {
    running_server server;
    server.start();
    const auto port = server->port();
    server.stop();
    CHECK_THROWS_AS(test::raw_client(port), std::system_error);
}

TEST_CASE("a server starts once, and its handlers are set before") {
    running_server server;
    server.start();
    open_client client(server);
    CHECK_THROWS_AS(server->start(), std::logic_error);
    CHECK_THROWS_AS(server->on_open({}), std::logic_error);
    CHECK_THROWS_AS(server->on_message({}), std::logic_error);
    CHECK_THROWS_AS(server->on_close({}), std::logic_error);
    CHECK_THROWS_AS(server->on_request({}), std::logic_error);
    CHECK_THROWS_AS(server->on_handshake({}), std::logic_error);
    CHECK_THROWS_AS(server->on_error({}), std::logic_error);
}

TEST_CASE("a port that is taken is explained") {
    duplex::server first("127.0.0.1", 0);
    const auto     address = "127.0.0.1:" + std::to_string(first.port());
    CHECK_THROWS_WITH(
        duplex::server("127.0.0.1", first.port()),
        "cannot listen on " + address + ": address already in use; is another server running? try another port");
    CHECK_THROWS_AS(duplex::server("127.0.0.1", first.port()), duplex::listen_error);
    CHECK_THROWS_WITH(
        duplex::server("192.0.2.1", 0),
        "cannot listen on 192.0.2.1:0: this machine does not have that address; try 0.0.0.0 or 127.0.0.1");
    CHECK_THROWS_WITH(duplex::server("nowhere", 0),
                      "cannot listen on nowhere:0: this is not an IP address; try 0.0.0.0 or 127.0.0.1");
}

TEST_CASE("asked again, stop ends sooner, and never later") {
    running_server server;
    server.start();
    open_client client(server);
    server->stop(1h);
    CHECK(client.read_frame() == going_away);
    server->stop(0s);
    server->stop(2h);
    server.join();
    CHECK(server.wait_for_close().by == ended_by::timeout);
}

TEST_CASE("the signals of stop_on are given back with the stop, so that a second one ends the process") {
    const auto handler = [] {
        struct sigaction now {};
        CHECK(::sigaction(SIGUSR1, nullptr, &now) == 0);
        return now.sa_handler;
    };
    running_server server;
    server->stop_on({SIGUSR1});
    server.start();
    server.on_loop([] { return 0; });
    CHECK(handler() != SIG_DFL);
    std::raise(SIGUSR1);
    server.join();
    CHECK(handler() == SIG_DFL);
}
