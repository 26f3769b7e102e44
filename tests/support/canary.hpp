// canary.hpp: the client that behaves, while others do not.
//
// It sends numbered messages to an echo, one after another, and waits for each to come back. A server that lets
// a hostile peer get in the way of others loses one, turns two round, or leaves it without an answer. Its messages
// are text; what is broadcast meanwhile is binary, and it does not mind.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/raw_client.hpp"

namespace test {

class canary {
public:
    /// What has become of it. The delay is for people: no test asserts a time.
    struct report {
        std::size_t               echoes = 0;
        std::chrono::microseconds worst{};  ///< between a message and its echo
        std::string               fault{};  ///< empty when all is well

        friend std::ostream& operator<<(std::ostream& out, const report& shown) {
            return out << "canary: " << shown.echoes << " echoes, the slowest after " << shown.worst.count()
                       << " µs" << (shown.fault.empty() ? "" : "; ") << shown.fault;
        }
    };

    explicit canary(std::uint16_t port, std::string_view target = "/") : client_(port) {
        if (!client_.open(target).starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no upgrade");
        thread_ = std::thread([this] { sing(); });
    }
    ~canary() { leave(); }
    canary(const canary&)            = delete;
    canary& operator=(const canary&) = delete;

    /// Waits for the echo that is due, and leaves.
    const report& leave() {
        leaving_ = true;
        if (thread_.joinable()) thread_.join();
        client_.close();
        return report_;
    }

private:
    // At least one message is sent after all that was done before `leave`.
    void sing() {
        try {
            for (bool last = false; !last;) {
                last                      = leaving_;
                const std::string message = std::to_string(report_.echoes);
                const auto        sent    = std::chrono::steady_clock::now();
                client_.send_text(message);
                frame got;
                do got = client_.read_frame();
                while (got.first == 0x82);
                if (got != text(message)) throw std::runtime_error("the wrong echo came back");
                report_.worst = std::max(report_.worst, std::chrono::duration_cast<std::chrono::microseconds>(
                                                            std::chrono::steady_clock::now() - sent));
                ++report_.echoes;
            }
        } catch (const std::exception& error) {
            report_.fault = error.what();
        }
    }

    raw_client        client_;
    report            report_;
    std::atomic<bool> leaving_{false};
    std::thread       thread_;
};

}  // namespace test
