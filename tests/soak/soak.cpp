// soak.cpp: hostile peers by the hundred, for as long as one likes, beside a canary; counts what they cost.
//
//     soak [--small] [--seconds N] [SCENE...]     N seconds for each scene, 10 unless told otherwise
//
// The tests run it with --small, which takes fewer peers. A scene is played again and again, each time with a
// server of its own, and fails when a law does not hold: see scene.hpp, and `play` below.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <list>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "soak/heap.hpp"
#include "soak/scene.hpp"
#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/raw_client.hpp"

using namespace std::chrono_literals;
using soak::require;
using soak::scene;
using test::client_frame;
using test::client_header;
using test::raw_client;

namespace {

bool small = false;

/// Lets each client send `bytes` over and over, on a thread of its own, until the server has had enough of it.
void send_until_refused(std::vector<std::pair<raw_client, std::string>>& floods) {
    std::vector<std::thread> threads;
    for (auto& flood : floods)
        threads.emplace_back([&flood] {
            try {
                for (;;) flood.first.send(flood.second);
            } catch (const std::system_error&) {  // the server has closed the connection
            }
            flood.first.close();
        });
    for (auto& thread : threads) thread.join();
}

// ---- the scenes

/// What `all` cost the server until it has had enough of them.
void flood(scene& here, std::vector<std::pair<raw_client, std::string>> all) {
    const std::size_t before = heap::live();  // what the clients hold is not the server's
    heap::forget_peak();
    send_until_refused(all);
    const std::size_t each = (heap::peak() - before) / all.size();
    std::cout << "  " << all.size() << " peers cost " << each << " bytes of heap each; "
              << here.allowed_for_a_peer() << " are allowed" << std::endl;
    require(each <= here.allowed_for_a_peer(), "a peer costs no more than a message, a queue and 64 KiB");
}

/// Peers that send this over and over and read no answer. The limits are low, so that they are soon reached.
void flood_unread(std::string_view what, std::size_t limit) {
    scene here({.max_message = limit, .write_timeout = 500ms, .send_queue = limit});
    std::vector<std::pair<raw_client, std::string>> all;
    for (int i = 0; i < (small ? 10 : 60); ++i) all.emplace_back(here.open(4096), what);
    flood(here, std::move(all));
}

std::string many(std::string_view frame) {
    std::string all;
    while (all.size() < 60'000) all += frame;
    return all;
}

void pings() { flood_unread(many(client_frame(0x89, std::string(125, 'x'))), 65'536); }
void messages() { flood_unread(many(client_frame(0x82, std::string(700, 'x'))), 65'536); }
void large_messages() { flood_unread(client_frame(0x82, std::string(1 << 20, 'x')), 1 << 20); }

/// Fragments without end: of one byte, until the message is too large, or of none, until their time is over.
void fragments(std::string_view payload) {
    scene                                           here({.close_timeout = 500ms, .message_timeout = 500ms});
    std::vector<std::pair<raw_client, std::string>> all;
    for (int i = 0; i < (small ? 6 : 40); ++i) {
        all.emplace_back(here.open(), many(client_frame(0x00, payload)));
        all.back().first.send(client_frame(0x02, ""));
    }
    flood(here, std::move(all));
}

void single_fragments() { fragments("x"); }
void empty_fragments() { fragments(""); }

/// Handshakes that come byte by byte and never end.
void drips() {
    const std::size_t     peers = small ? 100 : 500;
    scene                 here({.handshake_timeout = 500ms});
    std::list<raw_client> all;
    for (std::size_t i = 0; i < peers; ++i) all.emplace_back(here->port());
    const std::string request = test::upgrade_request('/' + std::string(2000, 'x'));
    std::size_t       refused = 0;
    for (std::size_t at = 0; !all.empty(); at = std::min(at + 1, request.size() - 5)) {
        std::this_thread::sleep_for(10ms);
        std::erase_if(all, [&](raw_client& client) {
            try {
                client.send(request.substr(at, 1));
                return false;
            } catch (const std::system_error&) {
                ++refused;
                return true;
            }
        });
    }
    require(refused == peers, "a handshake ends at its deadline, however it drips");
}

/// One receiver of a broadcast reads nothing.
void slow_reader() {
    const std::size_t peers = small ? 100 : 1000;
    scene here({.max_message = 8192, .ping_interval = 1h, .write_timeout = 1h, .send_queue = 64 * 1024});
    std::vector<raw_client> all;
    for (std::size_t i = 0; i < peers; ++i) all.push_back(here.open(i == 0 ? 4096 : 0));
    const std::string padding(8000, 'x');
    int               number = 0;
    while (here->stats().skipped == 0) {
        require(bool(here->broadcast(std::to_string(number) + padding, duplex::opcode::binary)),
                "a broadcast is fine");
        for (std::size_t i = 1; i < peers; ++i)
            require(all[i].read_frame().payload == std::to_string(number) + padding, "others get each broadcast");
        ++number;
    }
    std::cout << "  1 of " << peers << " read nothing and missed broadcast " << number << std::endl;
}

/// Peers that come and go in every ugly way.
void ugly() {
    const int         rounds = small ? 40 : 230;  // of 44 connections
    scene             here({.handshake_timeout = 100ms});
    const std::string hello = client_frame(0x81, "Hello"), upgrade = test::upgrade_request();
    const std::string ways[] = {"",
                                "GET / HT",
                                "nonsense\r\n\r\n",
                                upgrade,
                                upgrade + hello,
                                upgrade + hello.substr(0, 1),
                                upgrade + hello.substr(0, 7),
                                upgrade + client_frame(0x01, "begun"),
                                upgrade + client_header(0x82, 100'000) + std::string(40'000, 'x'),
                                upgrade + client_frame(0x89, "?") + client_frame(0x88, ""),
                                upgrade + "\x81\x05Hello" + hello};
    for (int round = 0; round < rounds; ++round) {
        std::vector<raw_client> silent;  // until the end of the round
        for (const auto& bytes : ways) {
            raw_client(here->port()).send(bytes);
            raw_client resets(here->port()), ends(here->port());
            resets.send(bytes);
            resets.reset();
            ends.send(bytes);
            ends.half_close();
            ends.wait_for_end();
            silent.emplace_back(here->port());
            silent.back().send(bytes);
        }
    }
}

const std::pair<std::string_view, void (*)()> scenes[] = {{"pings", pings},
                                                          {"messages", messages},
                                                          {"large-messages", large_messages},
                                                          {"single-fragments", single_fragments},
                                                          {"empty-fragments", empty_fragments},
                                                          {"drips", drips},
                                                          {"slow-reader", slow_reader},
                                                          {"ugly", ugly}};

/// Plays a scene once to warm up, since the first thread and the first file leave memory behind for the next, and
/// then until its time is over.
void play(std::string_view name, void (*play_once)(), std::chrono::seconds time) {
    const auto begin = std::chrono::steady_clock::now();
    std::cout << name << std::endl;
    play_once();
    const auto descriptors = test::open_descriptors();
    const auto memory      = heap::live();
    do {
        play_once();
        const auto left = static_cast<std::ptrdiff_t>(heap::live()) - static_cast<std::ptrdiff_t>(memory);
        std::cout << "  descriptors before " << descriptors << ", after " << test::open_descriptors()
                  << "; bytes of heap left behind " << left << std::endl;
        require(test::open_descriptors() == descriptors, "as many descriptors are open as before");
        require(left <= 4096, "no memory is left behind");
    } while (std::chrono::steady_clock::now() - begin < time);
}

void run(int argc, char** argv) {
    std::chrono::seconds          time{10};
    std::vector<std::string_view> chosen;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--small")
            small = true;
        else if (argument == "--seconds" && i + 1 < argc)
            time = std::chrono::seconds(std::stoi(argv[++i]));
        else
            chosen.push_back(argument);
    }
    test::allow_descriptors(4096);
    for (const auto& [name, play_once] : scenes)
        if (chosen.empty() || std::count(chosen.begin(), chosen.end(), name) > 0) play(name, play_once, time);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
