// server.hpp: the public face: a WebSocket server with callbacks and push.                    Lesson 6
//
//     duplex::server server("0.0.0.0", 9504);
//     server.on_message([](duplex::server& ws, const duplex::message& message) { ws.push(message.fd, "got it"); });
//     server.start();
//
// This is the only place that knows several connections. Whatever a call needs of one is done on its loop:
// directly when the caller runs there, else handed over.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// Three functions are missing: push, broadcast and accept. The rest is the library's.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <duplex/connection.hpp>
#include <duplex/events.hpp>
#include <duplex/loop.hpp>
#include <duplex/options.hpp>

namespace duplex {

/// Listening has failed; what() says where, why, and what to try.
class listen_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class server : private host {
public:
    using open_handler      = std::function<void(server&, const request&)>;
    using message_handler   = std::function<void(server&, const message&)>;
    using close_handler     = std::function<void(server&, const close_event&)>;
    using request_handler   = std::function<response(server&, const request&)>;
    using handshake_handler = std::function<handshake_decision(server&, const request&)>;
    using error_handler     = std::function<void(server&, connection_id, std::string_view)>;
    using wire_handler      = std::function<void(server&, const wire_event&)>;

    /// Listens at once; connections wait until `start`.
    /// @param address an IP address; "0.0.0.0" for all of IPv4, "::" for all, "127.0.0.1" for this machine only
    /// @param port    0 for any free one; see port()
    /// @throws listen_error when the address cannot be used, std::system_error when there are no resources
    server(std::string_view address, std::uint16_t port, options settings = {})
        : options_(bounded(std::move(settings))) {
        for (std::size_t i = 0; i < options_.threads; ++i) {
            // One thread runs a loop and uses its sockets, so Asio need not lock them.
            contexts_.push_back(std::make_unique<asio::io_context>(ASIO_CONCURRENCY_HINT_UNSAFE_IO));
            loops_.push_back(std::make_unique<loop>(*contexts_.back(), tick_period()));
        }
        listen(address, port);
    }

    /// The same on a loop of the caller's, which one thread runs; `start` then returns at once, and the server
    /// must live until `context.run()` has returned. options::threads is ignored. Do not run the context from within
    /// a handler: the next read would write over what `message.data` shows.
    server(asio::io_context& context, std::string_view address, std::uint16_t port, options settings = {})
        : options_(bounded(std::move(settings))) {
        loops_.push_back(std::make_unique<loop>(context, tick_period()));
        listen(address, port);
    }

    virtual ~server()                = default;
    server(const server&)            = delete;
    server& operator=(const server&) = delete;

    // Each returns the handler that was set before, so that a new one can call it.

    /// A connection is open: push to `request.fd`.
    open_handler on_open(open_handler handler) { return set(open_, std::move(handler)); }
    /// A whole message has come.
    message_handler on_message(message_handler handler) { return set(message_, std::move(handler)); }
    /// An open connection has ended; exactly once for each on_open.
    close_handler on_close(close_handler handler) { return set(close_, std::move(handler)); }
    /// A plain HTTP request. Unset, it is answered with 426 and a sentence that says what to open instead.
    request_handler on_request(request_handler handler) { return set(request_, std::move(handler)); }
    /// Asked before the 101: accept or refuse. Unset, every handshake that breaks no rule is accepted.
    handshake_handler on_handshake(handshake_handler handler) { return set(handshake_, std::move(handler)); }
    /// A peer broke a rule, or a handler threw. The id is 0 when there is no connection yet.
    error_handler on_error(error_handler handler) { return set(error_, std::move(handler)); }
    /// Each frame of each connection, both ways, as it was on the wire; soon after it went. For looking, not for
    /// serving: every frame is copied for it.
    wire_handler on_wire(wire_handler handler, wire_options shown = {}) {
        wire_handler before = set(wire_, std::move(handler));
        wire_options_       = std::move(shown);
        return before;
    }

    /// Queues a message, or one fragment of it, for one connection. From any thread; fragments only from handlers
    /// on the connection's own loop. `data` is copied before push returns.
    ///
    /// @param code   text (must be UTF-8), binary, ping or pong (at most 125 bytes); continuation for the second
    ///               and later fragments of a message. To close, use disconnect.
    /// @param finish false when fragments of the same message follow
    push_result push(connection_id fd, std::string_view data, opcode code = opcode::text, bool finish = true) {
        // TODO: outbox::judge first. On the connection's own loop (loop_of, here) find its control block and push.
        // From another thread: look it up, ask whether it is open and whether there is room, count the bytes as
        // handed, and post the encoded frame to its loop, which hands it over.
        return push_result::no_such_connection;
    }

    /// Queues a message for every open connection; encoded once, shared by all. A connection whose queue is full,
    /// or that is in the middle of a fragmented message, is left out and counted in stats().skipped. (A ping may stand
    /// inside a fragmented message.)
    /// From any thread. The result says only whether the message may be sent at all.
    push_result broadcast(std::string_view data, opcode code = opcode::text) {
        // TODO: judge, encode once, and give the shared frame to each connection of each loop, on that loop.
        return push_result::queued;
    }

    /// Begins the closing handshake; on_close follows, and no further on_message. From any thread.
    /// @param code   1000 to 1003, 1007 to 1014, 3000 to 4999 (RFC 6455 §7.4)
    /// @param reason UTF-8; over 123 bytes it is cut at a character
    /// @returns false when there is no such open connection, or code or reason must not be sent
    bool disconnect(connection_id fd, std::uint16_t code = close_code::normal, std::string_view reason = {}) {
        if (!is_sendable_close_code(code) || !is_utf8(reason) || !is_established(fd)) return false;
        loop&      home = loop_of(fd);
        const auto end  = [&home, fd](std::uint16_t with, std::string_view why) {
            if (control_block* const control = home.find_here(fd)) control->connection->disconnect(with, why);
        };
        if (home.here())
            end(code, reason);
        else
            home.post([end, code, why = std::string(reason)] { end(code, why); });
        return true;
    }

    /// Whether `fd` names a connection that is open, neither in its handshake nor closing. From any thread.
    bool is_established(connection_id fd) const {
        return loop_of(fd).look_up(
            fd, false, [](const control_block& control) { return control.state == control_block::open; });
    }

    /// The open connections at this moment, in no order. From any thread.
    std::vector<connection_id> connections() const {
        std::vector<connection_id> ids;
        for (const auto& home : loops_) home->list_open(ids);
        return ids;
    }

    /// Bytes that wait for `fd` and that the kernel has not taken yet; 0 when there is no such connection. From
    /// any thread.
    std::size_t buffered(connection_id fd) const {
        return loop_of(fd).look_up(fd, std::size_t{0},
                                   [](const control_block& control) { return control.buffered(); });
    }

    /// The port it listens on.
    std::uint16_t port() const { return port_; }

    /// What has happened so far. From any thread; exact when nothing is under way.
    duplex::stats stats() const {
        duplex::stats sum;
        for (const auto& home : loops_) {
            const counters& count = home->count;
            sum.accepted += count.accepted.get();
            sum.closed += count.closed.get();
            sum.requests += count.requests.get();
            sum.refused += count.refused.get();
            sum.opened += count.opened.get();
            sum.ended += count.ended.get();
            sum.messages += count.messages.get();
            sum.violations += count.violations.get();
            sum.bytes_received += count.bytes_received.get();
            sum.bytes_sent += count.bytes_sent.get();
            sum.frames_queued += count.frames_queued.get();
            sum.frames_written += count.frames_written.get();
            sum.frames_discarded += count.frames_discarded.get();
            sum.frames_pending += count.frames_pending.get();
            sum.skipped += count.skipped.get();
        }
        sum.open        = alive_;
        sum.established = sum.opened - sum.ended;
        return sum;
    }

    /// Calls `f()` once after `delay`, on the loop of the calling handler, else on the first. From any thread.
    template <class F>
    timer_id after(loop::clock::duration delay, F&& f) {
        return add_timer(delay, {}, std::forward<F>(f));
    }

    /// Calls `f()` every `period`, which must be more than 0, likewise.
    template <class F>
    timer_id every(loop::clock::duration period, F&& f) {
        if (period <= loop::clock::duration::zero())
            throw std::invalid_argument("every needs a period of more than 0");
        return add_timer(period, period, std::forward<F>(f));
    }

    /// From the timer's own loop: its function will not be called any more. From elsewhere: soon.
    void cancel(timer_id id) {
        loop& home = *loops_[id % loops_.size()];
        home.here() ? home.cancel_timer(id) : home.post([&home, id] { home.cancel_timer(id); });
    }

    /// Calls `f()` soon, on the loop of the calling handler, else on the first; never from within `post`. From
    /// any thread. It also orders: what one thread posts and pushes to one loop happens in that order.
    template <class F>
    void post(F&& f) {
        current().post([this, f = std::forward<F>(f)]() mutable { guarded(0, "post", f); });
    }

    /// Serves until `stop`; with threads > 1 on that many threads, this one among them.
    /// @throws std::logic_error the second time, std::system_error when there are no resources
    void start() {
        if (started_.exchange(true)) throw std::logic_error("a server can be started once");
        for (const auto& home : loops_) home->start();
        accept();
        if (contexts_.empty()) return;  // the caller runs the loop

        std::mutex         mutex;
        std::exception_ptr failure;
        const auto         or_end_all = [&](auto work) {
            try {
                work();
            } catch (...) {
                const std::scoped_lock lock(mutex);
                failure = std::current_exception();
                for (const auto& context : contexts_) context->stop();
            }
        };
        std::vector<std::thread> threads;
        or_end_all([&] {
            for (std::size_t i = 1; i < contexts_.size(); ++i)
                threads.emplace_back([&, i] { or_end_all([&] { contexts_[i]->run(); }); });
            contexts_[0]->run();
        });
        for (auto& thread : threads) thread.join();
        if (failure) std::rethrow_exception(failure);
    }

    /// Asks the server to end, and returns at once: no more accepting, 1001 to all, queues flushed, on_close for
    /// each, timers cancelled; then `start` returns. What is not done by the deadline is cut off. From any
    /// thread, and from handlers. Asked again, it can end sooner, not later.
    void stop(loop::clock::duration deadline = std::chrono::seconds(5)) {
        loops_[0]->post([this, deadline] {
            const bool first = !stopping_.exchange(true);
            if (first) take_leave();
            if (alive_ > 0) return cut_off_after(deadline);
            if (first) finish();
        });
    }

    /// Calls `stop` when one of these signals comes, such as SIGINT and SIGTERM. The next one ends the process, as it
    /// does without this.
    void stop_on(std::initializer_list<int> signals) {
        signals_.emplace(loops_[0]->context());
        for (const int number : signals) signals_->add(number);
        signals_->async_wait([this](std::error_code error, int) {
            if (!error) stop();
        });
    }

protected:
    /// Makes a connection of an accepted socket; tls_server puts another stream around it.
    virtual void adopt(tcp_socket socket, std::string peer, bool has_room) {
        const auto adopted = std::make_shared<connection<tcp_stream>>(
            tcp_stream(std::move(socket)), static_cast<host&>(*this), *loops_[0], std::move(peer));
        has_room ? adopted->start() : adopted->start_refused();
    }

private:
    // No others are let in, and all that are here are told to go.
    void take_leave() {
        std::error_code ignored;
        acceptor_->close(ignored);
        signals_.reset();
        retry_.reset();
        for (const auto& home : loops_)
            home->post([&home = *home] { home.for_each([](any_connection& each) { each.stop(); }); });
    }

    // Whoever is still here then goes at once. The last of the time is for that, and for calling on_close.
    void cut_off_after(loop::clock::duration deadline) {
        asio::steady_timer sooner(
            loops_[0]->context(),
            deadline - std::min<loop::clock::duration>(deadline / 10, std::chrono::milliseconds(100)));
        if (deadline_ && deadline_->expiry() <= sooner.expiry()) return;
        deadline_.emplace(std::move(sooner));
        deadline_->async_wait([this](std::error_code error) {
            if (error) return;
            for (const auto& home : loops_)
                home->post([&home = *home] { home.for_each([](any_connection& each) { each.abort(); }); });
        });
    }

    void listen(std::string_view address, std::uint16_t port) {
        acceptor_.emplace(loops_[0]->context());
        try {
            const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address), port);
            acceptor_->open(endpoint.protocol());
            acceptor_->set_option(asio::ip::tcp::acceptor::reuse_address(options_.reuse_address));
            acceptor_->set_option(asio::ip::tcp::no_delay(options_.no_delay));  // accepted sockets inherit it
            acceptor_->bind(endpoint);
            acceptor_->listen();
            port_ = acceptor_->local_endpoint().port();
        } catch (const std::system_error& error) {
            throw listen_error(explain(address, port, error.code()));
        }
    }

    static std::string explain(std::string_view address, std::uint16_t port, std::error_code error) {
        const bool  v6   = address.find(':') != address.npos;
        std::string text = "cannot listen on " + (v6 ? '[' + std::string(address) + ']' : std::string(address)) +
                           ':' + std::to_string(port) + ": ";
        if (error == asio::error::address_in_use)
            return text + "address already in use; is another server running? try another port";
        if (error == asio::error::access_denied)
            return text + "permission denied; ports below 1024 need rights, try one above";
        if (error == std::error_code(EADDRNOTAVAIL, asio::error::get_system_category()))
            return text + "this machine does not have that address; try 0.0.0.0 or 127.0.0.1";
        if (error == asio::error::invalid_argument)
            return text + "this is not an IP address; try 0.0.0.0 or 127.0.0.1";
        return text + error.message();
    }

    void accept() {
        // TODO: async_accept. When one has come: count it, in accepted and in alive_; set no_delay; adopt it, as
        // one too many when there are max_connections already; and accept the next. An error: accept_later. When
        // stopping: no more.
    }

    static std::string to_text(const asio::ip::tcp::endpoint& peer) {
        const bool v6 = peer.address().is_v6();
        return (v6 ? "[" : "") + peer.address().to_string() + (v6 ? "]:" : ":") + std::to_string(peer.port());
    }

    // No descriptor is free, or no memory. To try again at once would find the same and burn the processor.
    void accept_later() {
        retry_.emplace(loops_[0]->context(), std::chrono::milliseconds(100));
        retry_->async_wait([this](std::error_code error) {
            if (!error) accept();
        });
    }

    const options& settings() const override { return options_; }
    bool           stopping() const override { return stopping_; }
    connection_id  next_id() override { return ++last_id_; }
    loop&          home_of(connection_id id) override { return loop_of(id); }

    response answer(const request& asked) override {
        if (request_) return request_(*this, asked);
        return handshake_refusal(
            {"15.5.22",
             "here lives a WebSocket server: open ws:// with this address in a page or a client, not http://", 426,
             9110});
    }
    handshake_decision decide(const request& asked) override {
        return handshake_ ? handshake_(*this, asked) : handshake_decision::accept();
    }
    void opened(const request& asked) override {
        if (open_) open_(*this, asked);
    }
    void deliver(const message& whole) override {
        if (message_) message_(*this, whole);
    }
    void ended(const close_event& event) override {
        if (close_) guarded(event.fd, "on_close", [&] { close_(*this, event); });
    }
    void failed(connection_id id, std::string_view what) override {
        if (!error_) return;
        try {
            error_(*this, id, what);
        } catch (...) {  // there is nobody left to tell
        }
    }
    std::optional<std::size_t> watches(const request& asked) const override {
        if (!wire_ || asked.path() == wire_options_.own_path) return std::nullopt;
        return wire_options_.most_payload;
    }
    void saw(const wire_event& event) override {
        guarded(event.fd, "on_wire", [&] { wire_(*this, event); });
    }
    void gone() override {
        if (--alive_ == 0 && stopping_) finish();
    }

    // The last connection has gone and no other will come. A loop of ours then ends at once; one of the
    // caller's goes on with what else the caller has on it.
    void finish() {
        for (const auto& home : loops_)
            home->post([this, &home = *home] {
                home.finish();
                if (&home == loops_[0].get()) deadline_.reset();
                if (!contexts_.empty()) home.context().stop();
            });
    }

    loop& loop_of(connection_id id) const { return *loops_[(id - 1) % loops_.size()]; }

    loop& current() {
        for (const auto& home : loops_)
            if (home->here()) return *home;
        return *loops_[0];
    }

    template <class F>
    timer_id add_timer(loop::clock::duration delay, loop::clock::duration period, F&& f) {
        loop&       home  = current();
        std::size_t index = 0;
        while (loops_[index].get() != &home) ++index;
        const timer_id id = ++last_timer_ * loops_.size() + index;
        // A std::function needs what can be copied; a shared pointer to what can only be moved can be.
        auto call = [this, shared = std::make_shared<std::decay_t<F>>(std::forward<F>(f))] {
            guarded(0, "a timer", *shared);
        };
        if (home.here())
            home.add_timer(id, delay, period, std::move(call));
        else
            home.post(
                [&home, id, delay, period, call = std::move(call)] { home.add_timer(id, delay, period, call); });
        return id;
    }

    template <class Handler>
    Handler set(Handler& member, Handler handler) {
        if (started_) throw std::logic_error("handlers are set before start()");
        return std::exchange(member, std::move(handler));
    }

    // Often enough that no deadline is much overdue, and not more often than once in 10 ms.
    loop::clock::duration tick_period() const {
        std::chrono::milliseconds shortest{4000};
        for (const auto each : {options_.handshake_timeout, options_.ping_interval, options_.ping_timeout,
                                options_.write_timeout, options_.close_timeout, options_.message_timeout})
            if (each.count() > 0) shortest = std::min(shortest, each);
        return std::max(shortest / 4, std::chrono::milliseconds(10));
    }

    options                                        options_;
    std::vector<std::unique_ptr<asio::io_context>> contexts_;  // none when the caller has one
    std::vector<std::unique_ptr<loop>>             loops_;
    std::optional<asio::ip::tcp::acceptor>         acceptor_;
    asio::ip::tcp::endpoint                        peer_;  // of the socket that was accepted last
    std::optional<asio::signal_set>                signals_;
    std::optional<asio::steady_timer>              retry_, deadline_;
    std::uint16_t                                  port_ = 0;
    std::atomic<bool>                              started_{false}, stopping_{false};
    std::atomic<std::size_t>                       alive_{0};  // connections that hold a socket
    std::atomic<connection_id>                     last_id_{0};
    std::atomic<timer_id>                          last_timer_{0};

    open_handler      open_;
    message_handler   message_;
    close_handler     close_;
    request_handler   request_;
    handshake_handler handshake_;
    error_handler     error_;
    wire_handler      wire_;
    wire_options      wire_options_;
};

}  // namespace duplex
