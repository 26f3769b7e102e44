// Tests of every limit and timeout of options.hpp over real sockets. Lesson: 9
//
// The deadlines are made short, and each case waits for what follows from one; when exactly it follows is
// tested on a clock of our own in connection_test.cpp.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/descriptors.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using duplex::ended_by;
using duplex::opcode;
using test::client_frame;
using test::close_with;
using test::frame;
using test::open_client;
using test::raw_client;
using test::running_server;
using test::text;

namespace {

void echo(duplex::server& ws, const duplex::message& message) {
    ws.push(message.fd, message.data, message.opcode);
}

}  // namespace

TEST_CASE("no_delay: what is accepted sends small messages at once, or waits, as it is told") {
    // Looks at a socket between accept and its first read.
    struct observed : duplex::server {
        using server::server;
        void adopt(duplex::tcp_socket socket, std::string peer, bool has_room) override {
            asio::ip::tcp::no_delay option;
            socket.get_option(option);
            no_delay = option.value();
            server::adopt(std::move(socket), std::move(peer), has_room);
        }
        std::optional<bool> no_delay;
    };
    for (const bool wanted : {true, false}) {
        observed    server("127.0.0.1", 0, {.no_delay = wanted});
        std::thread serving([&] { server.start(); });
        raw_client  client(server.port());
        client.open();
        server.stop();
        serving.join();
        CHECK(server.no_delay == wanted);
    }
}

TEST_CASE("handshake_timeout: silence is answered with silence, half a head with 408") {
    running_server server({.handshake_timeout = 50ms});
    server.start();
    raw_client silent(server->port()), half(server->port());
    half.send("GET / HTTP/1.1\r\nHost:");
    CHECK(silent.read_to_end() == "");
    CHECK(half.read_head().starts_with("HTTP/1.1 408 "));
    CHECK(half.read_to_end() == "RFC 9110 §15.5.9: a request head must be complete in time\n");
}

TEST_CASE("ping_interval: a silent peer is pinged, ping_timeout: it is left when it does not answer") {
    running_server server({.ping_interval = 40ms, .ping_timeout = 400ms});
    server.start();
    open_client answers(server), ignores(server);
    for (int i = 0; i < 3; ++i) {
        CHECK(answers.read_frame() == frame{0x89, ""});
        answers.send(client_frame(0x8a, ""));
    }
    CHECK(ignores.read_frame() == frame{0x89, ""});
    while (server->is_established(2)) {
        CHECK(answers.read_frame() == frame{0x89, ""});
        answers.send(client_frame(0x8a, ""));
    }
    const auto end = server.wait_for_close(2);
    CHECK(end.code == 1006);
    CHECK(end.by == ended_by::timeout);
    CHECK(server->is_established(1));
    CHECK(ignores.read_to_end() == "");
}

TEST_CASE("write_timeout: a peer that reads nothing is left, and what waited for it is discarded") {
    running_server server({.ping_interval = 1h, .write_timeout = 50ms});
    server.start();
    open_client client(server, 4096);
    CHECK(server->push(1, std::string(20'000'000, 'x')));
    const auto end = server.wait_for_close();
    CHECK(end.code == 1006);
    CHECK(end.by == ended_by::timeout);
    server.stop();
    CHECK(server->stats().frames_discarded == 1);
}

TEST_CASE("close_timeout: a peer that does not answer a close is left, whatever else it sends") {
    running_server server({.close_timeout = 50ms});
    server.start();
    open_client client(server);
    CHECK(server->disconnect(1, 4000));
    client.send_text("I do not listen");
    CHECK(client.read_frame() == frame{0x88, close_with(4000)});
    const auto end = server.wait_for_close();
    CHECK(end.code == 1006);
    CHECK(end.by == ended_by::timeout);
    client.wait_for_end();
    CHECK(server.count(test::event::message) == 0);
}

TEST_CASE("close_timeout: a peer that keeps its half of the socket is left too") {
    running_server server({.close_timeout = 50ms});
    server.start();
    open_client client(server);
    client.send_close(1000);
    CHECK(client.read_frame() == frame{0x88, close_with(1000)});
    CHECK(server.wait_for_close().clean);
    while (server->stats().open > 0) server.on_loop([] { return 0; });
}

TEST_CASE("message_timeout: a message that is never completed is refused with 1008") {
    running_server server({.message_timeout = 50ms});
    server.on_message = echo;
    server.start();
    open_client client(server);
    client.send_text("quick");
    CHECK(client.read_frame() == text("quick"));
    client.send(client_frame(0x01, "slow"));
    CHECK(client.read_frame() ==
          frame{0x88, close_with(1008, "RFC 6455 §10.4: a message must be complete in time")});
    CHECK(client.read_to_end() == "");
    CHECK(server.wait_for_close().code == 1008);
}

TEST_CASE("max_message: exactly that is delivered, one byte more is refused") {
    running_server server({.max_message = 1000});
    server.on_message = echo;
    server.start();
    const std::string most(1000, 'x');
    {
        open_client client(server);
        client.send_text(most);
        CHECK(client.read_frame() == text(most));
        client.send(client_frame(0x01, most.substr(1)) + client_frame(0x80, "x"));
        CHECK(client.read_frame() == text(most));
        client.send(test::client_header(0x81, 1001));  // refused from the header: nothing more has to come
        CHECK(client.read_frame().payload.starts_with(close_with(1009)));
    }
    {
        open_client client(server);
        client.send(client_frame(0x01, most) + test::client_header(0x80, 1));
        CHECK(client.read_frame().payload.starts_with(close_with(1009)));
    }
}

TEST_CASE("many small fragments cost what they weigh") {
    running_server server({.max_message = 1000});
    server.on_message = echo;
    server.start();
    open_client client(server);
    std::string fragments = client_frame(0x01, "");
    for (int i = 0; i < 10'000; ++i) fragments += client_frame(0x00, "");
    client.send(fragments + client_frame(0x80, "x"));
    CHECK(client.read_frame() == text("x"));
}

TEST_CASE("send_queue: a flood of pings from a peer that does not read stays bounded, and others are served") {
    running_server server({.max_message = 1000, .write_timeout = 300ms, .send_queue = 50'000});
    server.on_message = echo;
    server.start();
    open_client flooder(server, 4096), canary(server);
    std::string flood;
    for (int i = 0; i < 500; ++i) flood += client_frame(0x89, std::string(125, 'x'));
    std::thread thread([&] {
        try {
            for (;;) flooder.send(flood);
        } catch (const std::system_error&) {  // the server has had enough
        }
    });
    std::size_t peak   = 0;
    int         number = 0;
    while (server->is_established(1)) {
        canary.send_text(std::to_string(number));
        CHECK(canary.read_frame() == text(std::to_string(number)));
        peak = std::max(peak, server->buffered(1));
        ++number;
    }
    thread.join();
    CHECK(peak > 0);
    CHECK(peak <= 50'000);
    CHECK(server.wait_for_close(1).by == ended_by::timeout);
}

TEST_CASE("max_connections: one more is told to come again") {
    running_server server({.max_connections = 2});
    server.start();
    {
        open_client one(server), two(server);
        raw_client  three(server->port());
        const auto  head = three.read_head();
        CHECK(head.starts_with("HTTP/1.1 503 "));
        CHECK(head.find("\r\nRetry-After: 1\r\n") != head.npos);
        CHECK(three.read_to_end() == "RFC 9110 §15.6.4: this server has as many connections as it allows\n");
    }
    while (server->stats().open > 0) server.on_loop([] { return 0; });
    open_client again(server);
    CHECK(server->is_established(3));
}

TEST_CASE("max_connections: as many as one likes") {
    running_server server({.max_connections = SIZE_MAX});
    server.start();
    std::vector<open_client> clients;
    for (int i = 0; i < 100; ++i) clients.emplace_back(server);
    CHECK(server->connections().size() == 100);
}

TEST_CASE("a timeout as long as one likes is none") {
    const auto     always = std::chrono::milliseconds::max();
    running_server server({.handshake_timeout = always,
                           .ping_interval     = always,
                           .ping_timeout      = always,
                           .write_timeout     = always,
                           .close_timeout     = 40ms,  // so that the deadlines are looked at every 10 ms
                           .message_timeout   = always});
    server.on_message = echo;
    server.start();
    open_client client(server), gone(server);
    gone.send_close(1000);
    server.wait_for_close(2);
    client.send_text("Hello");
    CHECK(client.read_frame() == text("Hello"));
    // Whoever keeps the socket after its close is left at a deadline: so they have been looked at.
    while (server->stats().open > 1) server.on_loop([] { return 0; });
    client.send_text("still here");
    CHECK(client.read_frame() == text("still here"));
}

TEST_CASE("max_connections: a crowd of refused ones is left at once, and the server goes on") {
    running_server server({.max_connections = 1});
    server.start();
    open_client             first(server);
    std::vector<raw_client> crowd;
    for (int i = 0; i < 100; ++i) crowd.emplace_back(server->port());
    int refused = 0;
    for (auto& client : crowd) {
        const auto all = client.read_to_end();
        if (all.empty()) continue;
        CHECK(all.starts_with("HTTP/1.1 503 "));
        ++refused;
    }
    CHECK(refused >= 64);
    CHECK(server->push(1, "still here"));
    CHECK(first.read_frame() == text("still here"));
}

TEST_CASE("when no descriptor is free, the server goes on and accepts later") {
    running_server server;
    server.on_message = echo;
    server.start();
    open_client canary(server);
    raw_client  waits = [&] {
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        const int lowest_free = ::dup(0);
        ::close(lowest_free);
        rlimit none   = before;
        none.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;  // the client gets the last one
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
        raw_client last = [&] {
            for (;;) try {
                    return raw_client(server->port());
                } catch (const std::system_error& error) {  // ThreadSanitizer opens a file of its own now and then
                    if (error.code() != std::errc::too_many_files_open) throw;
                }
        }();
        // Whoever is served after the connection was made is served after accept has failed.
        for (int i = 0; i < 5; ++i) {
            canary.send_text("still here");
            canary.read_frame();
        }
        const auto accepted = server->stats().accepted;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        CHECK(accepted == 1);
        return last;
    }();
    CHECK(waits.open().starts_with("HTTP/1.1 101 "));
}

TEST_CASE("a thousand who connect at once are all served") {
    constexpr int many = 1000;
    test::allow_descriptors(2 * many + 100);
    running_server server;
    server.on_message = echo;
    server.start();
    std::vector<raw_client> clients;
    for (int i = 0; i < many; ++i) clients.emplace_back(server->port());
    for (auto& client : clients) client.send(test::upgrade_request() + client_frame(0x81, "Hello"));
    for (auto& client : clients) {
        CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
        CHECK(client.read_frame() == text("Hello"));
    }
}
