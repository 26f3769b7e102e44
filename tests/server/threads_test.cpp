// Tests of a server with several loops: who runs where, and what may happen at the same time. Lesson: 13
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using duplex::connection_id;
using duplex::opcode;
using test::open_client;
using test::running_server;
using test::text;

TEST_CASE("connection n lives on loop (n - 1) mod threads, from on_handshake to on_close") {
    for (const std::size_t threads : {2u, 3u, 4u}) {
        std::mutex                                         mutex;
        std::map<connection_id, std::set<std::thread::id>> seen;
        running_server                                     server({.threads = threads});
        const auto                                         note = [&](connection_id fd) {
            const std::scoped_lock lock(mutex);
            seen[fd].insert(std::this_thread::get_id());
        };
        server->on_handshake([&](duplex::server&, const duplex::request& request) {
            note(request.fd);
            return duplex::handshake_decision::accept();
        });
        server.on_open    = [&](duplex::server&, const duplex::request& request) { note(request.fd); };
        server.on_message = [&](duplex::server&, const duplex::message& message) { note(message.fd); };
        server.on_close   = [&](duplex::server&, const duplex::close_event& end) { note(end.fd); };
        server.start();
        constexpr connection_id count = 12;
        for (connection_id fd = 1; fd <= count; ++fd) {
            test::raw_client client(server->port());
            // The frames behind the request move with the connection.
            client.send(test::upgrade_request() + test::client_frame(0x81, "glued"));
            client.read_head();
            client.send_text("later");
            client.send_close(1000);
            CHECK(client.read_frame() == test::frame{0x88, test::close_with(1000)});
            server.wait_for_close(fd);
        }
        server.stop();
        CHECK(server.count(test::event::message) == 2 * count);
        std::set<std::thread::id> all;
        for (connection_id fd = 1; fd <= count; ++fd) {
            CHECK(seen[fd].size() == 1);
            CHECK(seen[fd] == seen[(fd - 1) % threads + 1]);
            all.insert(seen[fd].begin(), seen[fd].end());
        }
        CHECK(all.size() == threads);
    }
}

TEST_CASE("the handlers of one connection never run at the same time") {
    constexpr int                   clients = 6, messages = 200;
    std::array<std::atomic<int>, 7> inside{};
    std::atomic<bool>               overlapped{false};
    running_server                  server({.threads = 4});
    server.on_message = [&](duplex::server& ws, const duplex::message& message) {
        if (++inside[message.fd] != 1) overlapped = true;
        ws.push(message.fd, message.data);
        --inside[message.fd];
    };
    server.start();
    std::vector<open_client> all;
    for (int i = 0; i < clients; ++i) all.emplace_back(server);
    for (int i = 0; i < messages; ++i)
        for (auto& client : all) client.send_text(std::to_string(i));
    for (auto& client : all)
        for (int i = 0; i < messages; ++i) REQUIRE(client.read_frame() == text(std::to_string(i)));
    CHECK_FALSE(overlapped);
}

TEST_CASE("a message can be passed from any loop to any other, in order") {
    running_server server({.threads = 3});
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        for (const connection_id fd : ws.connections()) ws.push(fd, message.data);
    };
    server.start();
    std::vector<open_client> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back(server);
    for (connection_id fd = 1; fd <= 3; ++fd) server.wait_for(test::event::open, fd);
    for (auto& from : clients)
        for (int i = 0; i < 100; ++i) from.send_text(std::to_string(&from - clients.data()) + std::to_string(i));
    for (auto& to : clients) {
        std::array<int, 3> next{};
        for (int i = 0; i < 300; ++i) {
            const auto        got    = to.read_frame();
            const std::size_t sender = static_cast<std::size_t>(got.payload.at(0) - '0');
            REQUIRE(got.payload.substr(1) == std::to_string(next.at(sender)++));
        }
    }
}

TEST_CASE("eight threads push, broadcast, disconnect and ask at random, and each one's order is kept") {
    constexpr std::size_t threads = 8, clients = 10;
    constexpr int         rounds = 300;
    running_server        server({.send_queue = 64 << 20, .threads = 3});
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data, opcode::binary);
    };
    server.start();
    std::vector<open_client> all;
    for (std::size_t i = 0; i < clients; ++i) all.emplace_back(server);
    for (connection_id fd = 1; fd <= clients; ++fd) server.wait_for(test::event::open, fd);

    // Each client reads until its end and remembers, for each thread, whether the numbers came in order.
    std::vector<std::thread>  readers;
    std::array<bool, clients> in_order;
    in_order.fill(true);
    for (std::size_t i = 0; i < clients; ++i)
        readers.emplace_back([&, i] {
            std::array<int, threads> last;
            last.fill(-1);
            for (;;) {
                const auto got = all[i].read_frame();
                if (got.first == 0x88) break;
                if (got.first != 0x81) continue;
                const auto sender = static_cast<std::size_t>(got.payload.at(0) - '0');
                const int  number = std::stoi(got.payload.substr(1));
                if (number <= last.at(sender)) in_order[i] = false;
                last.at(sender) = number;
            }
            all[i].send_close(1000);
            all[i].wait_for_end();
            all[i].close();
        });

    std::vector<std::thread> writers;
    for (std::size_t who = 0; who < threads; ++who)
        writers.emplace_back([&, who] {
            std::mt19937 random(static_cast<unsigned>(who));
            for (int number = 0; number < rounds; ++number) {
                const std::string   message = std::to_string(who) + std::to_string(number);
                const connection_id fd      = random() % clients + 1;
                switch (random() % 8) {
                    case 0: server->broadcast(message); break;
                    case 1: server->buffered(fd), server->is_established(fd); break;
                    case 2: server->stats(), server->connections(); break;
                    case 3:
                        server->post([&server, fd, message] { server->push(fd, "9" + message, opcode::binary); });
                        break;
                    case 4:
                        if (number > rounds / 2 && fd % 2 == 0) server->disconnect(fd, 4000, "at random");
                        break;
                    default: server->push(fd, message);
                }
            }
            if (who == 0) server->stop();
        });
    for (auto& writer : writers) writer.join();
    for (auto& reader : readers) reader.join();
    server.join();
    for (const bool kept : in_order) CHECK(kept);
    CHECK(server.count(test::event::close) == clients);
}

TEST_CASE("when a thread cannot be made, start says so and ends those that were made") {
    pthread_attr_t before, huge;
    REQUIRE(::pthread_getattr_default_np(&before) == 0);
    REQUIRE(::pthread_attr_init(&huge) == 0);
    REQUIRE(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50) == 0);
    duplex::server server("127.0.0.1", 0, {.threads = 3});
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
    CHECK_THROWS_AS(server.start(), std::system_error);
    ::pthread_setattr_default_np(&before);
}
