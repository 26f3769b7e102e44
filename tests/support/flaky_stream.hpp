// flaky_stream.hpp: a stream in memory that does what a test says, also what a network does on a bad day.
//
// A `line` is the network between a connection and its test: what the peer sends, what has come out, how much
// the kernel takes. Each read, write or wait is one step, and the line can be told at which step something
// goes wrong. Nothing happens by itself: handlers run when the test polls the io_context.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

namespace test {

/// What goes wrong at a step, and the word for it.
enum class mishap {
    none,
    reset,  ///< this step fails, and every later one
    end,    ///< the peer sends no more: a read meets the end of input; other steps go well
    cut,    ///< a read brings one byte, a write takes one byte
    busy    ///< a read brings nothing now, a write takes nothing now; a wait goes well
};

inline std::ostream& operator<<(std::ostream& out, mishap what) {
    constexpr const char* words[] = {"none", "reset", "end", "cut", "busy"};
    return out << words[static_cast<int>(what)];
}

class line {
public:
    explicit line(asio::io_context& context) : context_(&context) {}

    /// Something goes wrong at step `step`, counted from 1.
    void fail_at(int step, mishap what) { step_ = step, mishap_ = what; }

    /// Whether the step at which something was to go wrong has been reached.
    bool has_failed() const { return steps_ >= step_; }

    int steps() const { return steps_; }

    /// The peer sends `bytes`: one read brings at most these.
    void send(std::string_view bytes) {
        input_.emplace_back(bytes);
        proceed();
    }

    /// The peer has no more to say.
    void end() {
        ended_ = true;
        proceed();
    }

    /// From now on the kernel takes `bytes` more, and then no more.
    void take_only(std::size_t bytes) {
        room_ = bytes;
        proceed();
    }

    const std::string& output() const { return output_; }      ///< all that has been written
    bool               finished() const { return finished_; }  ///< sending was shut down
    bool               closed() const { return closed_; }
    bool               waits() const { return on_readable_ != nullptr; }  ///< for something to read

private:
    friend class flaky_stream;
    using wait_handler = std::function<void(std::error_code)>;

    // Counts a step, and returns what goes wrong with it.
    mishap step() {
        if (mishap_ == mishap::reset && steps_ >= step_) return mishap::reset;
        return ++steps_ == step_ ? mishap_ : mishap::none;
    }

    void proceed() {
        if (!input_.empty() || ended_) complete(on_readable_, {});
        if (room_ > 0) complete(on_writable_, {});
    }

    // Handlers are called by the io_context, never from within the call that they belong to.
    void complete(wait_handler& handler, std::error_code error) {
        if (handler) asio::post(*context_, [=, done = std::exchange(handler, nullptr)] { done(error); });
    }

    std::size_t read(std::span<char> into, std::error_code& error) {
        const mishap what = step();
        if (what == mishap::end) ended_ = true, input_.clear();
        if (what == mishap::reset)
            error = asio::error::connection_reset;
        else if (what == mishap::busy)
            error = asio::error::would_block;
        else if (input_.empty())
            error = ended_ ? asio::error::eof : std::error_code(asio::error::would_block);
        if (error) return 0;
        std::string& next = input_.front();
        const auto   size = std::min({next.size(), into.size(), what == mishap::cut ? 1 : SIZE_MAX});
        std::copy_n(next.data(), size, into.data());
        next.erase(0, size);
        if (next.empty()) input_.pop_front();
        return size;
    }

    std::size_t write(std::span<const std::string_view> pieces, std::error_code& error) {
        const mishap what = step();
        std::size_t  left = what == mishap::cut    ? std::min<std::size_t>(room_, 1)
                            : what == mishap::busy ? 0
                                                   : room_;
        if (closed_) error = asio::error::bad_descriptor;
        if (what == mishap::reset) error = asio::error::connection_reset;
        if (error) return 0;
        std::size_t count = 0;
        for (const auto& piece : pieces) {
            const auto taken = piece.substr(0, left);
            output_ += taken;
            count += taken.size();
            left -= taken.size();
        }
        if (room_ != SIZE_MAX) room_ -= count;
        if (count == 0) error = asio::error::would_block;
        return count;
    }

    void cancel() {
        complete(on_readable_, asio::error::operation_aborted);
        complete(on_writable_, asio::error::operation_aborted);
    }

    asio::io_context*       context_;
    std::deque<std::string> input_;
    std::string             output_;
    wait_handler            on_readable_, on_writable_;
    std::size_t             room_     = SIZE_MAX;
    int                     steps_    = 0;
    int                     step_     = 0;
    mishap                  mishap_   = mishap::none;
    bool                    ended_    = false;
    bool                    finished_ = false;
    bool                    closed_   = false;
};

/// The end of a line that a connection holds: the members of duplex::tcp_stream.
class flaky_stream {
public:
    explicit flaky_stream(std::shared_ptr<line> to) : line_(std::move(to)) {}

    std::size_t read(std::span<char> into, std::error_code& error) { return line_->read(into, error); }

    template <class Handler>
    void async_wait_readable(Handler&& handler) {
        line_->on_readable_ = std::forward<Handler>(handler);
        if (line_->step() == mishap::reset) return line_->complete(line_->on_readable_, {});  // the read will tell
        line_->proceed();
    }
    template <class Handler>
    void async_wait_writable(Handler&& handler) {
        line_->on_writable_ = std::forward<Handler>(handler);
        if (line_->step() == mishap::reset)
            return line_->complete(line_->on_writable_, {});  // the write will tell
        line_->proceed();
    }
    std::size_t write(std::span<const std::string_view> pieces, std::error_code& error) {
        return line_->write(pieces, error);
    }
    void shutdown_send() { line_->finished_ = true; }
    void close() { line_->closed_ = true, line_->cancel(); }

    using detached = std::shared_ptr<line>;
    detached detach(std::error_code&) { return line_; }
    flaky_stream(asio::io_context& context, detached from) : flaky_stream(std::move(from)) {
        line_->context_ = &context;
    }

private:
    std::shared_ptr<line> line_;
};

}  // namespace test
