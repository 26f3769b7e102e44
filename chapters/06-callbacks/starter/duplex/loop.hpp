// loop.hpp: one event loop: its connections, its timers, its way in for other threads.       Lesson 6
//
// A loop is one io_context that is run by exactly one thread. A connection lives and dies on its loop, so its
// state needs no lock. What other threads may touch is small and marked: the control blocks, and `post`.
// Lesson 6 needs `add`, `later` and the tick; lesson 13 reads the rest.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// Three functions are missing: remove, later and start. The rest is the library's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <duplex/events.hpp>
#include <duplex/outbox.hpp>

namespace duplex {

using timer_id = std::uint64_t;

/// A connection as its loop and its server see it, whatever kind of stream it runs on. All of it is called on
/// the loop of the connection, and none of it calls a handler of the user.
class any_connection {
public:
    virtual ~any_connection() = default;

    virtual push_result push(std::string_view data, opcode code, bool finish) = 0;
    virtual void        broadcast(const shared_frame& frame)                  = 0;
    virtual void        hand_over(std::string frame)                          = 0;  ///< pushed by another thread
    virtual void        disconnect(std::uint16_t code, std::string_view why)  = 0;
    virtual void        tick(std::chrono::steady_clock::time_point now)       = 0;  ///< looks at the deadlines
    virtual void        turn()  = 0;  ///< writes and reads; see later
    virtual void        stop()  = 0;  ///< begins to end
    virtual void        abort() = 0;  ///< ends at once

    std::size_t place = 0;  ///< where the loop keeps it
};

/// What threads other than its own may know of a connection, and change: with the directory's lock.
struct control_block {
    enum phase { handshaking, open, closing };

    std::atomic<phase>       state{handshaking};
    std::atomic<std::size_t> queued{0};             ///< bytes in the outbox, written by the connection's loop
    std::atomic<std::size_t> handed{0};             ///< bytes on their way here from other threads
    any_connection*          connection = nullptr;  ///< only for the connection's loop

    std::size_t buffered() const { return queued + handed; }
};

/// A number that one thread counts and any thread reads.
class counter {
public:
    void operator+=(std::uint64_t more) {
        value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// What a loop counts; see `stats`.
struct counters {
    counter accepted, closed, requests, refused, opened, ended, messages, violations, bytes_received, bytes_sent,
        frames_queued, frames_written, frames_discarded, frames_pending, skipped;
};

class loop {
public:
    using clock = std::chrono::steady_clock;

    /// @param context run by one thread only
    /// @param tick    how often the deadlines of connections are looked at
    loop(asio::io_context& context, clock::duration tick) : context_(context), tick_(context), period_(tick) {}

    asio::io_context& context() { return context_; }

    /// Where a connection of this loop reads to. What it has read lies here only until its handlers have returned:
    /// so one buffer serves all, and it stays in the processor's cache.
    std::span<char> buffer() { return {buffer_.get(), buffer_size}; }

    /// Whether the caller runs on this loop's thread.
    bool here() const { return context_.get_executor().running_in_this_thread(); }

    /// Calls `f` on the loop's thread, soon, never from within `post`. For any thread.
    template <class F>
    void post(F&& f) {
        asio::post(context_, std::forward<F>(f));
    }

    void add(std::shared_ptr<any_connection> connection) {
        connection->place = connections_.size();
        connections_.push_back(std::move(connection));
    }

    void remove(any_connection& connection) {
        // TODO: connections_[connection.place] goes. Put the last one in its place, and tell it where it is now:
        // so nothing else has to move.
    }

    template <class Use>
    void for_each(Use use) {
        for (const auto& connection : connections_) use(*connection);
    }

    // Who is called what. Only the loop's own thread changes it, with the lock; so that thread reads it without, and
    // others with it.
    control_block& enlist(connection_id id, any_connection& connection) {
        const std::scoped_lock lock(directory_mutex_);
        control_block&         control = directory_[id];
        control.connection             = &connection;
        return control;
    }

    void delist(connection_id id) {
        const std::scoped_lock lock(directory_mutex_);
        directory_.erase(id);
    }

    /// For this loop's thread.
    control_block* find_here(connection_id id) {
        const auto found = directory_.find(id);
        return found == directory_.end() ? nullptr : &found->second;
    }

    /// Calls `use(control block)` if there is one of that id. For any thread.
    /// @returns what `use` returned, or `otherwise`
    template <class Use, class Result>
    Result look_up(connection_id id, Result otherwise, Use use) {
        std::unique_lock lock(directory_mutex_, std::defer_lock);
        if (!here()) lock.lock();
        const auto found = directory_.find(id);
        return found == directory_.end() ? otherwise : use(found->second);
    }

    /// Calls `use(id, control block)` for each connection that has an id. On the loop's own thread.
    template <class Use>
    void for_each_listed(Use use) const {
        for (const auto& [id, control] : directory_) use(id, control);
    }

    /// The ids of open connections. For any thread.
    void list_open(std::vector<connection_id>& ids) const {
        const std::scoped_lock lock(directory_mutex_);
        for_each_listed([&](connection_id id, const control_block& control) {
            if (control.state == control_block::open) ids.push_back(id);
        });
    }

    /// Gives `connection` its turn after all that is ready now. What many handlers push to it until then leaves
    /// in one write, and by then its next bytes have often arrived, so that its next read finds them at once.
    void later(std::shared_ptr<any_connection> connection) {
        // TODO: add it to turns_, and post take_turns once for all that gather there until it runs.
    }

    /// Calls `f` after `delay` and then, with a period that is not 0, again and again.
    void add_timer(timer_id id, clock::duration delay, clock::duration period, std::function<void()> f) {
        if (finished_) return;
        timer& made = timers_.try_emplace(id, context_, period, std::move(f)).first->second;
        made.alarm.expires_after(delay);
        wait(id, made);
    }

    void cancel_timer(timer_id id) { timers_.erase(id); }

    /// When a timer is due again that was due at `due`: a whole number of periods later, so it does not drift, and not
    /// before `now`: what was missed while the loop had no time is left out.
    static constexpr clock::time_point next_due(clock::time_point due, clock::duration period,
                                                clock::time_point now) {
        const auto missed = now > due ? (now - due) / period : 0;
        return due + (missed + 1) * period;
    }

    /// Begins to tick. When the loop was held up, by a handler or by the machine, bytes may have come in time and lie
    /// there unread: then they have one tick more to be looked at before any deadline is.
    void start() {
        // TODO: let tick_ expire after period_. Then, unless finished_, call tick(now) of each connection, and
        // start again.
    }

    /// Ends ticking and all timers; then nothing of the loop itself keeps its io_context running.
    void finish() {
        finished_ = true;
        timers_.clear();
        tick_.cancel();
    }

    counters count;

private:
    struct timer {
        timer(asio::io_context& context, clock::duration every, std::function<void()> call)
            : alarm(context), period(every), f(std::make_shared<std::function<void()>>(std::move(call))) {}

        asio::steady_timer                     alarm;
        clock::duration                        period;
        std::shared_ptr<std::function<void()>> f;  // shared, since it may cancel its own timer
    };

    void wait(timer_id id, timer& waiting) {
        waiting.alarm.async_wait([this, id](std::error_code) {
            const auto found = timers_.find(id);
            if (found == timers_.end()) return;  // cancelled, perhaps after it had expired
            const auto f      = found->second.f;
            const bool repeat = found->second.period != clock::duration::zero();
            if (!repeat) timers_.erase(found);
            (*f)();
            if (!repeat || !timers_.contains(id)) return;
            timer& next = timers_.at(id);
            next.alarm.expires_at(next_due(next.alarm.expiry(), next.period, clock::now()));
            wait(id, next);
        });
    }

    void take_turns() {
        turning_.swap(turns_);
        for (const auto& connection : turning_) connection->turn();
        turning_.clear();
    }

    static constexpr std::size_t buffer_size = 64 * 1024;

    asio::io_context&                            context_;
    asio::steady_timer                           tick_;
    clock::duration                              period_;
    bool                                         finished_ = false;
    bool                                         held_up_  = false;
    std::unique_ptr<char[]>                      buffer_   = std::make_unique_for_overwrite<char[]>(buffer_size);
    std::vector<std::shared_ptr<any_connection>> connections_;
    std::vector<std::shared_ptr<any_connection>> turns_, turning_;
    std::unordered_map<timer_id, timer>          timers_;

    mutable std::mutex                               directory_mutex_;
    std::unordered_map<connection_id, control_block> directory_;
};

}  // namespace duplex
