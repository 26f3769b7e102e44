// threads.cpp: eight threads that push, broadcast, disconnect and at last stop, at random, while clients come and
// go; built with ThreadSanitizer.
//
//     threads [SECONDS]     10 unless told otherwise
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/raw_client.hpp"

namespace {

constexpr std::size_t writers = 8, readers = 6;

/// Says what does not hold, and ends.
void require(bool holds, const char* law) {
    if (holds) return;
    std::cerr << "this does not hold: " << law << std::endl;
    std::exit(1);
}

/// Connects again and again, and looks whether what each writer sends comes in the writer's order.
void read_until_the_end(std::uint16_t port) {
    try {
        for (;;) {
            test::raw_client client(port);
            client.send(test::upgrade_request());
            client.read_head();
            std::array<int, writers> last;
            last.fill(-1);
            for (;;) {
                const auto got = client.read_frame();
                if (got.first == 0x88) break;
                const auto writer = static_cast<std::size_t>(got.payload.at(0) - '0');
                const int  number = std::stoi(got.payload.substr(1));
                require(number > last.at(writer), "what a thread sends arrives in its order");
                last.at(writer) = number;
            }
            client.send_close(1000);
        }
    } catch (const std::exception&) {  // there is nobody to connect to any more
    }
}

void write_at_random(duplex::server& server, std::size_t who, unsigned seed) {
    std::mt19937 random(seed);
    const auto   some_id = [&] { return random() % 30 + 1; };
    for (int number = 0; number < 2000; ++number) {
        const std::string message = std::to_string(who) + std::to_string(number);
        switch (random() % 10) {
            case 0: server.broadcast(message); break;
            case 1: server.stats(), server.connections(), server.buffered(some_id()); break;
            case 2: server.after(std::chrono::milliseconds(random() % 3), [] {}); break;
            case 3:
                if (random() % 20 == 0) server.disconnect(some_id(), 4000, "at random");
                break;
            default: server.push(some_id(), message);
        }
    }
    server.stop(std::chrono::seconds(2));
}

void play(unsigned seed) {
    duplex::server           server("127.0.0.1", 0, {.threads = 3});
    std::atomic<std::size_t> opens{0}, closes{0};
    server.on_open([&](duplex::server&, const duplex::request&) { ++opens; });
    server.on_close([&](duplex::server&, const duplex::close_event&) { ++closes; });
    std::vector<std::thread> threads;
    threads.emplace_back([&] { server.start(); });
    for (std::size_t i = 0; i < readers; ++i) threads.emplace_back([&] { read_until_the_end(server.port()); });
    for (std::size_t i = 0; i < writers; ++i)
        threads.emplace_back([&, i] { write_at_random(server, i, seed + static_cast<unsigned>(i)); });
    for (auto& thread : threads) thread.join();
    const auto stats = server.stats();
    std::cout << "  " << stats.opened << " connections, " << stats.frames_written << " frames written, "
              << stats.frames_discarded << " discarded" << std::endl;
    require(opens == closes && stats.opened == stats.ended, "each on_open has its on_close");
    require(stats.accepted == stats.closed, "each connection is closed");
    require(stats.frames_queued == stats.frames_written + stats.frames_discarded && stats.frames_pending == 0,
            "each frame was written or discarded");
}

}  // namespace

int main(int argc, char** argv) {
    const std::chrono::seconds time(argc > 1 ? std::stoi(argv[1]) : 10);
    const auto                 begin = std::chrono::steady_clock::now();
    unsigned                   seed  = 1;
    do {
        std::cout << "seed " << seed << std::endl;
        play(seed);
        seed += static_cast<unsigned>(writers);
    } while (std::chrono::steady_clock::now() - begin < time);
}
