// threads.cpp: eight threads that push, broadcast, disconnect and stop at random, while clients come and go, beside a
// canary; built with ThreadSanitizer.
//
//     threads [SECONDS]     10 unless told otherwise
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <barrier>
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
#include "support/canary.hpp"
#include "support/descriptors.hpp"
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

/// Goes on for a while, and then, when `all_have` gone on for so long, a little longer: now the server may be stopped.
template <class Barrier>
void write_at_random(duplex::server& server, std::size_t who, unsigned seed, Barrier& all_have) {
    constexpr int begin_to_stop = 2000, end = 2200;
    std::mt19937  random(seed);
    const auto    some_id = [&] { return random() % 30 + 2; };  // 1 is the canary
    for (int number = 0; number < end; ++number) {
        if (number == begin_to_stop) all_have.arrive_and_wait();
        if (number > begin_to_stop && random() % 100 == 0) server.stop(std::chrono::seconds(2));
        const std::string message = std::to_string(who) + std::to_string(number);
        switch (random() % 10) {
            case 0: server.broadcast(message, duplex::opcode::binary); break;
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
    server.on_message(
        [](duplex::server& ws, const duplex::message& message) { ws.push(message.fd, message.data); });
    std::vector<std::thread> threads;
    threads.emplace_back([&] { server.start(); });
    test::canary canary(server.port());
    std::barrier all_have(writers, [&]() noexcept { canary.leave(); });
    for (std::size_t i = 0; i < readers; ++i) threads.emplace_back([&] { read_until_the_end(server.port()); });
    for (std::size_t i = 0; i < writers; ++i)
        threads.emplace_back([&, i] { write_at_random(server, i, seed + static_cast<unsigned>(i), all_have); });
    for (auto& thread : threads) thread.join();
    const auto stats = server.stats();
    std::cout << "  " << stats.opened << " connections, " << stats.frames_written << " frames written, "
              << stats.frames_discarded << " discarded; " << canary.leave() << std::endl;
    require(canary.leave().fault.empty(), "the canary gets each echo, in order");
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
    std::cout << "once to warm up" << std::endl;
    play(seed);
    const auto descriptors = test::open_descriptors();
    do {
        seed += static_cast<unsigned>(writers);
        std::cout << "seed " << seed << std::endl;
        play(seed);
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        std::cout << "  descriptors before " << descriptors << ", after " << test::open_descriptors()
                  << "; memory at most " << used.ru_maxrss << " KiB" << std::endl;
        require(test::open_descriptors() == descriptors, "as many descriptors are open as before");
    } while (std::chrono::steady_clock::now() - begin < time);
}
