// running_server.hpp: a server on a thread of its own, which remembers what its handlers were told.
//
// When it ends it stops the server and checks the books: that is part of every test. Declare it before its
// clients, so that these have left by then.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/catch.hpp"
#include "support/descriptors.hpp"
#include "support/raw_client.hpp"

namespace test {

/// What must hold of the numbers of a server when nothing is under way.
inline void check_books(const duplex::stats& stats) {
    CHECK(stats.accepted == stats.open + stats.closed);
    CHECK(stats.opened == stats.established + stats.ended);
    CHECK(stats.frames_queued == stats.frames_written + stats.frames_discarded + stats.frames_pending);
    CHECK(stats.frames_pending == 0);
}

/// Something that a handler was told.
struct event {
    enum kind { open, message, close, error };

    kind                  what = open;
    duplex::connection_id fd   = 0;
    std::string           text{};  ///< a message, the reason of a close, what on_error was told
    duplex::opcode        opcode = duplex::opcode::text;
    std::uint16_t         code   = 0;
    bool                  clean  = false;
    duplex::ended_by      by     = duplex::ended_by::error;
};

class running_server {
public:
    explicit running_server(duplex::options options = {})
        : descriptors_(open_descriptors()),
          server_(std::in_place, "127.0.0.1", std::uint16_t{0}, std::move(options)) {
        server_->on_open([this](duplex::server& ws, const duplex::request& request) {
            note({.what = event::open, .fd = request.fd, .text = request.target});
            if (on_open) on_open(ws, request);
        });
        server_->on_message([this](duplex::server& ws, const duplex::message& message) {
            note({.what   = event::message,
                  .fd     = message.fd,
                  .text   = std::string(message.data),
                  .opcode = message.opcode});
            if (on_message) on_message(ws, message);
        });
        server_->on_close([this](duplex::server& ws, const duplex::close_event& end) {
            note({.what  = event::close,
                  .fd    = end.fd,
                  .text  = end.reason,
                  .code  = end.code,
                  .clean = end.clean,
                  .by    = end.by});
            if (on_close) on_close(ws, end);
        });
        server_->on_error([this](duplex::server& ws, duplex::connection_id fd, std::string_view what) {
            note({.what = event::error, .fd = fd, .text = std::string(what)});
            if (on_error) on_error(ws, fd, what);
        });
    }

    ~running_server() {
        stop();
        check_books(server_->stats());
        std::map<duplex::connection_id, int> balance;
        for (const auto& each : events_) {
            if (each.what == event::open) CHECK(++balance[each.fd] == 1);
            if (each.what == event::message) CHECK(balance[each.fd] == 1);
            if (each.what == event::close) CHECK(--balance[each.fd] == 0);
        }
        for (const auto& [fd, count] : balance) CHECK(count == 0);
        server_.reset();
        CHECK(open_descriptors() == descriptors_);
    }
    running_server(const running_server&)            = delete;
    running_server& operator=(const running_server&) = delete;

    /// Handlers of the test, called after the event was noted. Set them before `start`.
    duplex::server::open_handler    on_open;
    duplex::server::message_handler on_message;
    duplex::server::close_handler   on_close;
    duplex::server::error_handler   on_error;

    /// @returns this, so that a test may write `server.start()->port()`
    duplex::server* start() {
        thread_ = std::thread([this] { server_->start(); });
        return &*server_;
    }

    /// Asks the server to stop and waits until it has.
    void stop() {
        if (!thread_.joinable()) return;
        server_->stop();
        join();
    }

    /// Waits until the server has stopped.
    void join() { thread_.join(); }

    duplex::server* operator->() { return &*server_; }

    /// The first event that `matches`; waits until there is one.
    template <class Matches>
    event wait_for(Matches matches) {
        std::unique_lock lock(mutex_);
        auto             found = events_.end();
        const auto       there = [&] {
            found = std::find_if(events_.begin(), events_.end(), matches);
            return found != events_.end();
        };
        if (!changed_.wait_for(lock, std::chrono::seconds(patience), there))
            throw std::runtime_error("an event that the test waits for does not come");
        return *found;
    }
    event wait_for(event::kind what, duplex::connection_id fd = 1) {
        return wait_for([=](const event& each) { return each.what == what && each.fd == fd; });
    }
    event wait_for_close(duplex::connection_id fd = 1) { return wait_for(event::close, fd); }
    event wait_for_error(duplex::connection_id fd = 1) { return wait_for(event::error, fd); }

    std::vector<event> events() {
        const std::scoped_lock lock(mutex_);
        return events_;
    }
    std::ptrdiff_t count(event::kind what) {
        const auto all = events();
        return std::count_if(all.begin(), all.end(), [=](const event& each) { return each.what == what; });
    }

    /// Calls `f()` on the first loop and waits for its result.
    template <class F>
    auto on_loop(F f) {
        using result = decltype(f());
        auto task    = std::make_shared<std::packaged_task<result()>>(std::move(f));
        auto done    = task->get_future();
        server_->post([task] { (*task)(); });
        if (done.wait_for(std::chrono::seconds(patience)) != std::future_status::ready)
            throw std::runtime_error("the loop does not come to what the test posted");
        return done.get();
    }

private:
    void note(event happened) {
        const std::scoped_lock lock(mutex_);
        events_.push_back(std::move(happened));
        changed_.notify_all();
    }

    std::ptrdiff_t                descriptors_;
    std::optional<duplex::server> server_;
    std::thread                   thread_;
    std::mutex                    mutex_;
    std::condition_variable       changed_;
    std::vector<event>            events_;
};

/// A client of `server` that has upgraded, and its number.
struct open_client : raw_client {
    explicit open_client(running_server& server, int receive_buffer = 0, std::string_view target = "/")
        : raw_client(server->port(), receive_buffer) {
        if (!open(target).starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no upgrade");
    }
};

}  // namespace test
