// connection.hpp: one connection from its first byte to its last.   RFC 6455 §4, §7            Lesson 6
//
//     opening ──101──► open ──our close──► closing
//        │              │ their close, or a broken rule │ their close
//        │ HTTP answer  ▼                               ▼
//        └────────► last_words ──all written──► draining ──end of their bytes, or 5 s──► closed
//
// This is the only place where bytes meet a stream. That is a template parameter (stream.hpp has the TCP one), so that
// a test can use one in memory that fails on purpose; the owner is an abstract host.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// Three functions are missing: handle, flush and said_all. The rest is the library's.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/error.hpp>

#include <duplex/events.hpp>
#include <duplex/handshake.hpp>
#include <duplex/loop.hpp>
#include <duplex/options.hpp>
#include <duplex/outbox.hpp>
#include <duplex/receiver.hpp>
#include <duplex/stream.hpp>
#include <duplex/tap.hpp>

namespace duplex {

/// What a connection asks of its owner. What stands for a handler of the user may throw; see `guarded`.
class host {
public:
    virtual const options&     settings() const                  = 0;
    virtual bool               stopping() const                  = 0;
    virtual connection_id      next_id()                         = 0;
    virtual loop&              home_of(connection_id id)         = 0;
    virtual response           answer(const request& asked)      = 0;  ///< a plain HTTP request
    virtual handshake_decision decide(const request& asked)      = 0;  ///< a request for an upgrade
    virtual void               opened(const request& asked)      = 0;
    virtual void               deliver(const message& whole)     = 0;
    virtual void               ended(const close_event& event)   = 0;
    virtual void failed(connection_id id, std::string_view what) = 0;  ///< tells on_error; never throws
    virtual void gone()                                          = 0;  ///< a socket is closed

    /// How much of each payload an observer of this connection wants to see; nothing when there is no observer.
    virtual std::optional<std::size_t> watches(const request&) const { return std::nullopt; }
    virtual void                       saw(const wire_event&) {}

    /// Calls a handler of the user. What it throws goes to on_error, and no further.
    /// @returns whether it came back without throwing
    template <class Call>
    bool guarded(connection_id id, std::string_view who, Call&& call) {
        try {
            call();
            return true;
        } catch (const std::exception& error) {
            failed(id, std::string(who) + " threw: " + error.what());
        } catch (...) {
            failed(id, std::string(who) + " threw");
        }
        return false;
    }

protected:
    ~host() = default;
};

/// The most bytes that may wait for one peer.
inline std::size_t queue_limit(const options& limits) {
    return std::max(limits.send_queue, limits.max_message + max_header_size);
}

template <class Stream>
class connection final : public any_connection, public std::enable_shared_from_this<connection<Stream>> {
public:
    /// @param peer the address of the other side, as requests show it
    connection(Stream stream, host& owner, loop& home, std::string peer = {})
        : stream_(std::move(stream)),
          host_(owner),
          options_(owner.settings()),
          loop_(home),
          opening_(std::make_unique<opening>(
              head_limits{options_.max_head, options_.max_fields, options_.max_target})) {
        opening_->request.peer = std::move(peer);
    }

    /// Begins to read the request.
    void start() {
        loop_.add(this->shared_from_this());
        deadline_ = loop::clock::now() + options_.handshake_timeout;
        turn();
    }

    /// Answers 503 whatever the peer asks: there are connections enough.
    void start_refused() {
        loop_.add(this->shared_from_this());
        refuse({"15.6.4", "this server has as many connections as it allows", 503, 9110});
        turn();
    }

    push_result push(std::string_view data, opcode code, bool finish) override {
        if (state_ != state::open) return push_result::not_open;
        return enqueue(data, code, finish);
    }

    void broadcast(const shared_frame& frame) override {
        if (state_ != state::open) return;
        const auto result = leave_soon(out().share(frame, handed()));
        if (!result) loop_.count.skipped += 1;
        if (options_.slow_reader == slow_reader::close && result.reason() == push_result::queue_full)
            disconnect(close_code::policy_violation, "this peer does not read fast enough");
    }

    void hand_over(std::string frame) override {
        if (state_ == state::open) {
            out().hand_over(std::move(frame));
            leave_soon(push_result::queued);
        } else {
            loop_.count.frames_queued += 1;
            loop_.count.frames_discarded += 1;
        }
        take_turn_later();  // reading may have waited for it: see paused
    }

    void disconnect(std::uint16_t code, std::string_view why) override {
        if (state_ != state::open) return;
        say_close(code, why);
        enter(state::closing);
        work_->unsaid = work_->out.size();
        end_with(code, std::string(cut_at_character(why, max_control_payload - 2)), ended_by::server);
    }

    void stop() override {
        if (state_ == state::opening) return close();
        disconnect(close_code::going_away, "this server is stopping");
    }

    void abort() override { fail(ended_by::timeout); }

    // Deadlines are plain values that are looked at now and then: no timer per connection to set and to cancel.
    void tick(loop::clock::time_point now) override {
        if (state_ == state::closed) return;
        const bool heard = std::exchange(heard_, false), progress = std::exchange(progress_, false);
        if (state_ == state::open && (heard || paused())) alive(now);
        if (work_) {
            if (std::exchange(work_->whole, false) || !work_->in.in_message() || paused()) work_->message_at = now;
            if (progress || work_->out.empty())
                work_->progress_at = now;
            else if (now - work_->progress_at >= options_.write_timeout)
                return fail(ended_by::timeout);
        }
        switch (state_) {
            case state::opening:
                if (now >= deadline_) {
                    if (opening_->parser.size() == 0) return close();  // a browser that connected in advance
                    refuse({"15.5.9", "a request head must be complete in time", 408, 9110});
                    flush();
                }
                break;
            case state::open:
                if (work_ && options_.message_timeout.count() > 0 &&
                    now - work_->message_at >= options_.message_timeout) {
                    const violation late{"10.4", "a message must be complete in time",
                                         close_code::policy_violation};
                    break_off(late);
                    host_.failed(id_, describe(late));
                    flush();
                } else if (pinged_ && now >= deadline_) {
                    fail(ended_by::timeout);
                } else if (!pinged_ && now >= deadline_ - options_.ping_timeout) {
                    pinged_   = true;
                    deadline_ = now + options_.ping_timeout;
                    push({}, opcode::ping, true);
                } else if (!heard && !progress) {
                    rest();
                }
                break;
            case state::closing:
                if (work_->unsaid == 0 && now >= deadline_) fail(ended_by::timeout);
                break;
            case state::draining:
                if (now >= deadline_) close();
                break;
            case state::last_words:
            case state::closed: break;
        }
    }

    void turn() override {
        turn_is_due_ = false;
        or_go([this] {
            flush();
            read();
        });
    }

private:
    enum class state : std::uint8_t { opening, open, closing, last_words, draining, closed };

    // What is only needed while there is something to do. A peer that is silent does not hold it; see rest.
    struct workspace {
        explicit workspace(const options& limits) : in(limits.max_message), out(queue_limit(limits)) {}

        receiver                in;
        outbox                  out;
        std::string             kept;                 // was read, and has to wait until the peer reads
        bool                    whole       = false;  // since the last tick, a message was complete
        std::size_t             pending     = 0;      // frames as last told to the books
        std::size_t             unsaid      = 0;      // while closing, bytes up to the end of our close frame
        loop::clock::time_point progress_at = loop::clock::now(), message_at = progress_at;
    };

    // What is only needed until the connection is open.
    struct opening {
        explicit opening(head_limits limits) : parser(limits) {}
        request_parser  parser;
        duplex::request request;
    };

    static constexpr int       unexpected_status = 500;
    static constexpr violation unexpected{"7.4.1", "the server met an unexpected condition",
                                          close_code::internal_error};

    // Called when there is something to read; until then it keeps the connection alive.
    struct readable_handler {
        std::shared_ptr<connection> me;
        operation_memory*           memory;

        using allocator_type = operation_allocator<void>;
        allocator_type get_allocator() const { return allocator_type(*memory); }

        void operator()(std::error_code error) {
            me->waiting_to_read_ = false;
            if (!error) me->or_go([this] { me->read(); });
        }
    };

    auto self() { return this->shared_from_this(); }

    // Whether frames are still read. Once the closing handshake is done or a rule is broken, nothing more counts.
    bool listening() const { return state_ == state::open || state_ == state::closing; }

    workspace& work() {
        if (!work_) work_ = std::make_unique<workspace>(options_);
        return *work_;
    }
    receiver& in() { return work().in; }
    outbox&   out() { return work().out; }

    // Does what the peer's bytes ask for. When there is no memory for it this peer has to go, and the others stay.
    template <class Work>
    void or_go(Work work) {
        try {
            work();
        } catch (const std::bad_alloc&) {
            busy_ = false;
            fail(ended_by::error);
        }
    }

    // Bytes that other threads have been promised room for.
    std::size_t handed() const { return control_ ? control_->handed.load(std::memory_order_relaxed) : 0; }

    // Whether the peer has to read before it is heard: half the queue is full, or an answer as long as what comes next,
    // of which there may be `more` bytes here, would find no room.
    bool paused(std::size_t more) const {
        if (!work_ || work_->out.size() + handed() == 0) return false;
        const std::size_t most    = std::max(options_.max_message, max_control_payload);
        const std::size_t longest = std::min(work_->in.expected() + more, most) + max_header_size;
        return work_->out.size() > options_.send_queue / 2 || !work_->out.has_room(longest, handed());
    }
    bool paused() const { return paused(work_ ? work_->kept.size() : 0); }

    void read() {
        if (waiting_to_read_ || state_ == state::closed || paused()) return;
        if (work_ && !work_->kept.empty()) {
            std::string kept = std::exchange(work_->kept, {});
            return hear_and_answer([&] { hear(kept); });
        }
        // The rest of a large frame goes straight into its message; everything else into the buffer of the loop.
        const auto room = work_ && !tap_ && state_ == state::open ? work_->in.room() : std::span<char>{};
        const std::span<char> into = room.empty() ? loop_.buffer() : room;

        std::error_code   error;
        const std::size_t count = stream_.read(into, error);
        if (error == asio::error::would_block) return wait_until_readable();
        if (error == asio::error::eof) return on_end_of_input();
        if (error) return fail(ended_by::error);

        heard_ = true;
        loop_.count.bytes_received += count;
        hear_and_answer([&] { room.empty() ? consume(into.first(count)) : handle(in().filled(count)); });
    }

    // What handlers push to this connection while it is heard leaves in one write, afterwards.
    template <class Hear>
    void hear_and_answer(Hear hear_it) {
        busy_ = true;
        hear_it();
        busy_ = false;
        flush();
        take_turn_later();  // for the next read
    }

    void wait_until_readable() {
        waiting_to_read_ = true;
        stream_.async_wait_readable(readable_handler{self(), &waiting_memory_});
    }

    void alive(loop::clock::time_point now) {
        deadline_ = now + options_.ping_interval + options_.ping_timeout;
        pinged_   = false;
    }

    // A silent peer holds no memory but its name.
    void rest() {
        if (work_ && work_->out.empty() && !work_->out.in_message() && work_->in.idle() && work_->kept.empty())
            work_.reset();
    }

    void on_end_of_input() {
        if (state_ == state::opening || state_ == state::draining) return close();
        // They have finished without a close frame, but may still read what is queued.
        input_ended_ = true;
        if (state_ == state::open) end_with(close_code::abnormal, {}, ended_by::peer);
        if (state_ == state::closing) return fail(ended_by::peer);
        enter(state::last_words);
        flush();
    }

    void consume(std::span<char> bytes) {
        if (state_ == state::opening) return read_request(bytes);
        if (tap_ && listening()) [[unlikely]]
            tap_->received.feed({bytes.data(), bytes.size()}, show(direction::received));
        hear(bytes);
    }

    void hear(std::span<char> bytes) {
        while (listening()) {
            if (!bytes.empty() && paused(bytes.size())) {
                flush();  // the kernel may take what waits, or say that the peer is gone
                if (!listening()) return;
                if (paused(bytes.size())) return keep(bytes);
            }
            const received event = in().next(bytes);
            if (event.what == received::nothing) return;
            handle(event);
        }
        // In any other state the peer may talk on; nobody listens.
    }

    // The buffer of the loop is needed for others.
    void keep(std::span<const char> bytes) { work_->kept.assign(bytes.data(), bytes.size()); }

    void handle(const received& event) {
        // TODO: what the peer has said. A message is counted and goes to host_.deliver, guarded; if that throws,
        // break off with `unexpected`. A ping is answered by a pong with the same payload (RFC 6455 §5.5.2). A
        // close frame has a function of its own. What was refused is counted, broken off with its rule, and told
        // to host_.failed.
    }

    void read_request(std::span<char> bytes) {
        std::string_view rest(bytes.data(), bytes.size());
        switch (opening_->parser.feed(rest)) {
            case request_parser::incomplete: return;
            case request_parser::refused: return refuse(opening_->parser.why());
            case request_parser::complete: break;
        }
        request& asked                    = opening_->request;
        static_cast<http_request&>(asked) = std::move(opening_->parser.request());

        if (!asks_for_upgrade(asked)) return answer_plainly(asked);
        if (const auto broken = judge_upgrade(asked)) return refuse(*broken);
        if (const auto broken = judge_origin(asked)) return refuse(*broken);
        id_ = asked.fd = host_.next_id();

        loop& home = host_.home_of(id_);
        if (&home == &loop_) return open(bytes.last(rest.size()));
        move_to(home, std::string(rest));
    }

    std::optional<violation> judge_origin(const http_request& asked) const {
        if (options_.allowed_origins.empty()) return std::nullopt;
        const auto origin = asked.header("Origin");
        if (!origin && !options_.require_origin) return std::nullopt;
        for (const auto& allowed : options_.allowed_origins)
            if (allowed == "same-origin" ? is_same_origin(asked) : origin == allowed) return std::nullopt;
        return violation{"10.2", "pages of this origin must not connect here", 403};
    }

    void answer_plainly(const request& asked) {
        if (asked.has_body()) return refuse({"15.5.14", "this server reads no request bodies", 413, 9110});
        loop_.count.requests += 1;
        response answer(unexpected_status, "the server met an unexpected condition\n");
        host_.guarded(0, "on_request", [&] { answer = host_.answer(asked); });
        respond(answer);
    }

    void open(std::span<char> behind_the_request) {
        const request& asked = opening_->request;
        control_             = &loop_.enlist(id_, *this);

        auto decision =
            handshake_decision::refuse(response(unexpected_status, "the server met an unexpected condition\n"));
        host_.guarded(id_, "on_handshake", [&] {
            auto answer = host_.decide(asked);
            for (const auto& field : answer.answer().fields())
                if (answer.accepted() && equal_ignoring_case(field.name, "Sec-WebSocket-Protocol") &&
                    !asked.any_item(field.name, [&](std::string_view offered) { return offered == field.value; }))
                    throw std::invalid_argument("the client did not offer this sub-protocol (RFC 6455 §4.2.2)");
            decision = std::move(answer);
        });
        if (!decision.accepted() || host_.stopping()) {
            loop_.count.refused += 1;
            loop_.delist(std::exchange(id_, 0));
            control_ = nullptr;
            return respond(decision.accepted()
                               ? response(503, "this server is stopping\n").header("Retry-After", "1")
                               : decision.answer());
        }
        const std::string head = to_bytes(switching_protocols(asked, decision.answer().fields()));
        if (const auto most = host_.watches(asked))
            tap_ = std::make_unique<tap>(tap{frame_splitter(*most), frame_splitter(*most), head.size()});
        out().add(head, 0);
        enter(state::open);
        alive(loop::clock::now());
        loop_.count.opened += 1;
        // A handler that throws ends its own connection and nothing else.
        if (!host_.guarded(id_, "on_open", [&] { host_.opened(asked); })) break_off(unexpected);
        opening_.reset();
        consume(behind_the_request);
    }

    // The id decides the loop, and it is known only now. Lesson 13.
    void move_to(loop& home, std::string rest) {
        std::error_code error;
        auto            socket = stream_.detach(error);
        if (error) return close();  // the peer has left meanwhile
        home.post([&home, &owner = host_, socket = std::move(socket), opened = std::move(opening_), id = id_,
                   rest = std::move(rest)]() mutable {
            std::shared_ptr<connection> moved;
            try {
                moved = std::make_shared<connection>(Stream(home.context(), std::move(socket)), owner, home);
                home.add(moved);
            } catch (const std::exception&) {  // this loop's reactor has no room for it
                home.count.closed += 1;
                return owner.gone();
            }
            moved->opening_ = std::move(opened);
            moved->id_      = id;
            moved->or_go([&] {
                moved->busy_ = true;
                moved->open(rest);
                moved->busy_ = false;
            });
            moved->turn();
        });
        state_ = state::closed;
        loop_.post([me = self()] { me->loop_.remove(*me); });
    }

    void refuse(const violation& broken) {
        loop_.count.refused += 1;
        response answer = handshake_refusal(broken);
        if (broken.code == 503) answer.header("Retry-After", "1");
        respond(answer);
        host_.failed(id_, describe(broken));
    }

    void respond(const response& answer) {
        // HEAD asks for no body, also when the rest of the head was refused or never came.
        const bool for_head = opening_->request.method == "HEAD" || opening_->parser.request().method == "HEAD";
        out().add(to_bytes(answer, !for_head), 0);
        enter(state::last_words);
    }

    // Writes what the kernel takes, all that waits in one system call; what it refuses waits until it takes more.
    void flush() {
        // TODO: offer the stream what out().front shows, until the outbox is empty or the stream takes less than
        // it was offered; then wait until it is writable. would_block is no error; any other error ends the
        // connection. Count bytes_sent and frames_written, and publish(). After the last words of all: said_all().
    }

    // `count` more bytes have left. Once our close frame is among them, the peer has close_timeout to answer it.
    void wait_for_answer(std::size_t count) {
        if (work_->unsaid == 0) return;
        work_->unsaid -= std::min(work_->unsaid, count);
        if (work_->unsaid == 0) deadline_ = loop::clock::now() + options_.close_timeout;
    }

    void wait_until_writable() {
        waiting_to_write_ = true;
        stream_.async_wait_writable([me = self()](std::error_code error) {
            me->waiting_to_write_ = false;
            // While the kernel has room it takes bytes also for a peer that is gone: that proves nothing. But it
            // was full, and has room again: somebody reads.
            if (!error) me->heard_ = true;
            if (me->state_ != state::closed) me->turn();
        });
    }

    push_result enqueue(std::string_view data, opcode code, bool finish) {
        return leave_soon(out().push(data, code, finish, handed()));
    }

    // What is pushed while this connection's own input is handled leaves with the rest of it, see hear_and_answer; what
    // others push leaves after all that is ready now, see loop::later; what is large leaves at once.
    push_result leave_soon(push_result result) {
        constexpr std::size_t much = 64 * 1024;
        if (!result) return result;
        loop_.count.frames_queued += 1;
        outbox& queue = out();
        if (queue.borrows() || queue.size() >= much) {
            flush();
            queue.settle();
        } else {
            publish();
            take_turn_later();
        }
        return result;
    }

    void take_turn_later() {
        if (!busy_ && !std::exchange(turn_is_due_, true)) loop_.later(self());
    }

    // Tells the other threads, and the books, what waits.
    void publish() {
        if (!work_) return;
        const std::size_t frames = work_->out.frames();
        if (control_) control_->queued.store(work_->out.buffered(), std::memory_order_relaxed);
        loop_.count.frames_pending += frames - std::exchange(work_->pending, frames);
    }

    void enter(state next) {
        state_ = next;
        if (control_) control_->state = next == state::open ? control_block::open : control_block::closing;
        if (next != state::open && work_) loop_.count.frames_discarded += work_->out.finish();
        if (tap_ && !listening()) tap_->received.end(show(direction::received));
        if (tap_ && next == state::closed) tap_->sent.end(show(direction::sent));
    }

    // Tells the observer of a frame: soon, and in order, since here may be inside a push.
    auto show(direction way) {
        return [this, way](std::string_view bytes, std::uint64_t size) {
            const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch());
            loop_.post([me = self(), event = wire_event{id_, way, time, std::string(bytes), size}] {
                me->host_.saw(event);
            });
        };
    }

    void say_close(std::uint16_t code, std::string_view why) {
        out().add(encode_frame(opcode::close, close_payload({code, why})), 1);
        loop_.count.frames_queued += 1;
        publish();
        take_turn_later();
    }

    // Keeps for on_close why the connection ends; the first reason is the reason.
    void end_with(std::uint16_t code, std::string reason, ended_by by) {
        if (!ending_)
            ending_ = std::make_unique<close_event>(close_event{id_, code, std::move(reason), false, by});
    }

    // Says why and listens no more: a rule was broken, or a handler threw.
    void break_off(const violation& why) {
        if (!listening()) return;
        if (state_ == state::open) say_close(why.code, describe(why));
        end_with(why.code, describe(why), ended_by::error);
        enter(state::last_words);
    }

    void on_close_frame(const close_status& status) {
        if (state_ == state::open) {
            say_close(status.code, {});  // the same code back, and not the reason (RFC 6455 §5.5.1)
            end_with(status.code, std::string(status.reason), ended_by::peer);
        }
        ending_->clean = true;
        enter(state::last_words);
    }

    // Our last byte is with the kernel. To close now, with bytes of the peer unread, would make the kernel send a
    // reset, and a reset makes the peer forget what it has not read yet: our close frame. So we only say that we
    // have finished, and read on until the peer has too (RFC 6455 §7.1.1).
    void said_all() {
        // TODO: do not close yet: unread bytes would turn our close frame into a reset (RFC 6455 §7.1.1). Enter
        // `draining`, end our direction, set the deadline, report(). If the peer has ended its direction too:
        // close().
    }

    // The network, or our patience, has failed: nothing can be said any more.
    void fail(ended_by by) {
        if (state_ == state::closed) return;
        if (state_ == state::opening && control_) {  // nobody has been told of it
            loop_.delist(id_);
            control_ = nullptr;
        }
        if (control_) {
            if (ending_ && ending_->by == ended_by::server) ending_.reset();  // we said close, they never answered
            end_with(close_code::abnormal, {}, by);
            ending_->clean = false;
        }
        close();
    }

    void close() {
        enter(state::closed);
        stream_.close();
        if (work_) loop_.count.frames_discarded += work_->out.discard();
        publish();
        report();
        loop_.count.closed += 1;
        loop_.post([me = self()] {
            me->loop_.remove(*me);
            me->host_.gone();
        });
    }

    // Lets on_close be called, once, and not from here: here may be inside a push.
    void report() {
        if (!control_) return;
        control_ = nullptr;
        loop_.post([me = self(), event = std::move(ending_)] {
            me->loop_.delist(me->id_);
            me->loop_.count.ended += 1;
            me->host_.ended(*event);
        });
    }

    Stream                       stream_;
    host&                        host_;
    const options&               options_;
    loop&                        loop_;
    connection_id                id_      = 0;
    control_block*               control_ = nullptr;  // from the request for an upgrade to on_close
    std::unique_ptr<opening>     opening_;
    std::unique_ptr<workspace>   work_;
    std::unique_ptr<close_event> ending_;
    std::unique_ptr<tap>         tap_;
    operation_memory             waiting_memory_;
    loop::clock::time_point      deadline_;  // of the state; while open, it is put off with every sign of life
    state                        state_            = state::opening;
    bool                         waiting_to_read_  = false;
    bool                         waiting_to_write_ = false;
    bool                         turn_is_due_      = false;
    bool                         busy_             = false;  // in the middle of this connection's own input
    bool                         input_ended_      = false;  // the peer has sent its FIN
    bool                         heard_    = false;  // since the last tick, a byte came, or the peer read one
    bool                         progress_ = false;  // since the last tick, the kernel took a byte
    bool                         pinged_   = false;
};

}  // namespace duplex
