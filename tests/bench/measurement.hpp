// measurement.hpp: what a load generator measures, and when.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "server_process.hpp"

namespace bench {

using steady = std::chrono::steady_clock;

class measurement {
public:
    explicit measurement(const server_process& server) : server_(server) {}

    void begin() {
        delays_.clear();
        count_     = 0;
        began_     = steady::now();
        allocated_ = allocations();
        slept_     = server_.sleeps();
        own_       = own_cpu_seconds();
        cpu_       = server_.cpu_seconds();
    }
    void end() {
        cpu_       = server_.cpu_seconds() - cpu_;
        own_       = own_cpu_seconds() - own_;
        wall_      = std::chrono::duration<double>(steady::now() - began_).count();
        slept_     = server_.sleeps() - slept_;
        allocated_ = allocations() - allocated_;
    }

    /// Something came back whole, `delay` after it was asked for.
    void add(steady::duration delay) {
        count_ += 1;
        delays_.push_back(std::chrono::duration<float, std::micro>(delay).count());
    }
    std::uint64_t count() const { return count_; }

    std::string json() {
        std::string text = "\"messages\": " + std::to_string(count_) + field("wall_seconds", wall_) +
                           field("server_cpu_seconds", cpu_) + field("load_cpu_seconds", own_) +
                           field("per_wall_second", per(wall_)) + field("per_server_cpu_second", per(cpu_)) +
                           field("sleeps_per_message", per_message(slept_));
        if (server_.heap()) text += field("allocations_per_message", per_message(allocated_));
        std::sort(delays_.begin(), delays_.end());
        const auto delay_at = [&](double share) {
            const auto place = static_cast<std::size_t>(share * static_cast<double>(delays_.size() - 1));
            return delays_.empty() ? 0.0 : static_cast<double>(delays_[place]);
        };
        text += field("p50_us", delay_at(0.5)) + field("p90_us", delay_at(0.9));
        text += field("p99_us", delay_at(0.99)) + field("p99.9_us", delay_at(0.999));
        return text;
    }

    static std::string field(const char* name, double value) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), ", \"%s\": %.6g", name, value);
        return text.data();
    }

private:
    std::uint64_t allocations() const { return server_.heap() ? server_.heap()->allocations.load() : 0; }

    /// What the load generator itself has cost so far.
    static double own_cpu_seconds() {
        timespec time{};
        check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), "reading the own processor time");
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }

    double per(double seconds) const { return seconds > 0 ? static_cast<double>(count_) / seconds : 0; }
    double per_message(std::uint64_t all) const {
        return count_ > 0 ? static_cast<double>(all) / static_cast<double>(count_) : 0;
    }

    const server_process& server_;
    std::uint64_t         count_ = 0, allocated_ = 0, slept_ = 0;
    std::vector<float>    delays_;  // microseconds
    steady::time_point    began_;
    double                cpu_ = 0, own_ = 0, wall_ = 0;
};

/// Tells when the warm-up is over, and when there has been enough.
class course {
public:
    /// So many messages, however long they take.
    course(measurement& measured, std::uint64_t messages) : measured_(measured), messages_(messages) { begin(); }

    /// So much time, after a warm-up.
    course(measurement& measured, double warm_up, double length)
        : measured_(measured), warm_up_(seconds(warm_up)), length_(seconds(length)) {}

    /// Call it now and then. @returns false as soon as nothing new should be asked for.
    bool goes_on() {
        const auto now = steady::now();
        if (!measuring_ && !over_ && now - start_ >= warm_up_) begin();
        if (measuring_ && (messages_ > 0 ? measured_.count() >= messages_ : now - start_ >= warm_up_ + length_)) {
            measured_.end();
            measuring_ = false;
            over_      = true;
        }
        return !over_;
    }

    void add(steady::duration delay) {
        if (measuring_) measured_.add(delay);
    }

private:
    static steady::duration seconds(double s) {
        return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(s));
    }
    void begin() {
        measuring_ = true;
        measured_.begin();
    }

    measurement&       measured_;
    std::uint64_t      messages_ = 0;  // 0: time decides
    steady::time_point start_    = steady::now();
    steady::duration   warm_up_{}, length_{};
    bool               measuring_ = false, over_ = false;
};

}  // namespace bench
