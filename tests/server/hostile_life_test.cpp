// What hostile peers do with an open connection, while others want to be served. Lesson: 9
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/canary.hpp"
#include "support/catch.hpp"
#include "support/descriptors.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using test::client_frame;
using test::close_with;
using test::open_client;
using test::raw_client;
using test::running_server;
using test::text;

namespace {

void echo(duplex::server& ws, const duplex::message& message) {
    ws.push(message.fd, message.data, message.opcode);
}

}  // namespace

TEST_CASE("between two turns of a peer each other peer is read once at most") {
    constexpr std::size_t floods = 4, most_of_a_read = 64 * 1024;
    std::uint64_t         before = 0, worst = 0, own = 0;
    running_server        server({.max_message = 1000});
    server.on_message = [&](duplex::server& ws, const duplex::message& message) {
        if (message.fd != 1) return;
        const auto now = ws.stats().bytes_received;
        if (now != before && own > 0) worst = std::max(worst, now - before);
        before = now;
        ++own;
    };
    // All of it lies in the kernel before the server reads its first byte, so that nobody is ever waited for.
    const std::string message = client_frame(0x82, std::string(994, 'x'));
    std::string       much;
    while (much.size() < 300'000) much += message;
    std::vector<raw_client> clients;
    for (std::size_t i = 0; i < 1 + floods; ++i) {
        clients.emplace_back(server->port());
        clients.back().send(test::upgrade_request() + much + client_frame(0x88, close_with(1000)));
    }
    server.start();
    for (auto& client : clients) {
        client.read_head();
        CHECK(client.read_frame() == test::frame{0x88, close_with(1000)});
        CHECK(client.read_to_end() == "");
    }
    clients.clear();
    server.stop();
    CHECK(own == much.size() / message.size());
    // A read of its own is part of it.
    CHECK(worst > 0);
    CHECK(worst <= (1 + floods) * most_of_a_read);
}

TEST_CASE("peers that leave in every ugly way take nothing with them") {
    running_server server({.handshake_timeout = 100ms});
    server.on_message = echo;
    server.start();
    test::canary      canary(server->port());
    const auto        hello  = client_frame(0x81, "Hello");
    const auto        large  = test::client_header(0x82, 100'000) + std::string(40'000, 'x');
    const std::string ways[] = {"",
                                "GET / HT",
                                test::upgrade_request(),
                                test::upgrade_request() + hello,
                                test::upgrade_request() + hello.substr(0, 1),
                                test::upgrade_request() + hello.substr(0, 7),
                                test::upgrade_request() + client_frame(0x01, "begun"),
                                test::upgrade_request() + large,
                                test::upgrade_request() + client_frame(0x89, "?") + client_frame(0x88, ""),
                                test::upgrade_request() + "\x81\x05Hello" + hello,
                                "nonsense\r\n\r\n"};
    for (int round = 0; round < 5; ++round) {
        std::vector<raw_client> left_open;
        for (const auto& bytes : ways) {
            for (const int how : {0, 1, 2, 3}) {
                raw_client client(server->port());
                client.send(bytes);
                if (how == 0) client.reset();
                if (how == 1) client.half_close(), client.wait_for_end();
                if (how == 2) client.close();
                if (how == 3) left_open.push_back(std::move(client));
            }
        }
    }
    CHECK(canary.leave().fault == "");
    std::cout << canary.leave() << '\n';
}

TEST_CASE("stop says 1001 to a thousand peers, half of whom never answer") {
    constexpr std::size_t many = 1000;
    test::allow_descriptors(2 * many + 100);
    running_server server;
    server.start();
    std::vector<open_client> clients;
    for (std::size_t i = 0; i < many; ++i) clients.emplace_back(server);
    for (duplex::connection_id fd = 1; fd <= many; ++fd) server.wait_for(test::event::open, fd);
    server->stop(1s);
    for (std::size_t i = 0; i < many; ++i) {
        CHECK(clients[i].read_frame().payload.starts_with(close_with(1001)));
        if (i % 2 == 0) clients[i].send_close(1001);
    }
    server.join();
    CHECK(server.count(test::event::close) == static_cast<std::ptrdiff_t>(many));
    const auto all = server.events();
    CHECK(std::count_if(all.begin(), all.end(), [](const test::event& each) {
              return each.what == test::event::close && each.clean;
          }) <= static_cast<std::ptrdiff_t>(many / 2));
}
