// scene.hpp: a server with a canary on it, and what must be as before when hostile peers have gone.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <duplex/duplex.hpp>

#include "soak/heap.hpp"
#include "support/bytes.hpp"
#include "support/canary.hpp"
#include "support/raw_client.hpp"

namespace soak {

/// Says what does not hold, and ends: a soak that has failed has nothing more to tell.
inline void require(bool holds, std::string_view law) {
    if (holds) return;
    std::cerr << "this does not hold: " << law << std::endl;
    std::exit(1);
}

/// An echo on a thread of its own. Its end is the judgement: the canary, the books, descriptors, memory.
class scene {
public:
    explicit scene(duplex::options options = {}) : options_(std::move(options)) {
        server_.emplace("127.0.0.1", std::uint16_t{0}, options_);
        server_->on_open([this](duplex::server&, const duplex::request&) { ++opens_; });
        server_->on_close([this](duplex::server&, const duplex::close_event&) { ++closes_; });
        server_->on_message([](duplex::server& ws, const duplex::message& message) {
            ws.push(message.fd, message.data, message.opcode);
        });
        thread_ = std::thread([this] { server_->start(); });
        canary_.emplace(server_->port());
        calm_ = heap::live();
        heap::forget_peak();
    }
    scene(const scene&)            = delete;
    scene& operator=(const scene&) = delete;

    duplex::server* operator->() { return &*server_; }

    /// A client that has upgraded.
    test::raw_client open(int receive_buffer = 0) {
        test::raw_client client(server_->port(), receive_buffer);
        require(client.open().starts_with("HTTP/1.1 101 "), "a handshake is accepted");
        return client;
    }

    /// Bytes of heap that were added at the worst moment since the beginning.
    std::size_t grown() const { return heap::peak() - std::min(calm_, heap::peak()); }

    /// The most that a peer may cost: a message in the making, a full queue, and some change.
    std::size_t allowed_for_a_peer() const { return options_.max_message + options_.send_queue + 64 * 1024; }

    /// Ends the server. All clients but the canary must have left.
    ~scene() {
        const std::size_t most = grown();
        while (server_->stats().open > 1) std::this_thread::yield();
        std::promise<void> idle;  // the last of them lets go of its memory after it was counted
        server_->post([&] { idle.set_value(); });
        idle.get_future().wait();
        // The loop keeps its lists of peers, and Asio what it knows of a socket, for as many as there have been at a
        // time: some 250 bytes for each of a thousand. Of the peers themselves nothing is kept.
        require(heap::live() <= calm_ + 512 * 1024, "peers that have gone leave no memory behind");
        const auto report = canary_->leave();
        server_->stop();
        thread_.join();
        const auto stats = server_->stats();
        std::cout << "  " << stats.accepted << " connections, " << stats.bytes_received
                  << " bytes came; heap grew by " << most << " bytes at most; " << report << std::endl;
        require(report.fault.empty(), "the canary gets each echo, in order");
        require(opens_ == closes_, "each on_open has its on_close");
        require(stats.accepted == stats.closed && stats.open == 0, "each connection is closed");
        require(stats.opened == stats.ended && stats.established == 0, "each open connection has ended");
        require(stats.frames_queued == stats.frames_written + stats.frames_discarded,
                "each frame was written or discarded");
        require(stats.frames_pending == 0, "no frame is left");
    }

private:
    duplex::options               options_;
    std::optional<duplex::server> server_;
    std::thread                   thread_;
    std::optional<test::canary>   canary_;
    std::atomic<std::size_t>      opens_{0}, closes_{0};
    std::size_t                   calm_ = 0;
};

}  // namespace soak
