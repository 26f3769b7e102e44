// stream.hpp: a TCP socket, cut down to the calls that a connection needs.                    Lesson 6
//
// A connection knows its stream by these calls only: read what is there, write what is taken, wait for more of
// either, finish, close. So a test can put a stream in memory in this one's place, and TLS its own.
#pragma once

#include <unistd.h>

#include <array>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <duplex/outbox.hpp>

namespace duplex {

/// A socket that knows at compile time what its handlers run on: an asio::ip::tcp::socket finds out each time.
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

/// A TCP socket with the few calls that a connection needs.
class tcp_stream {
public:
    explicit tcp_stream(tcp_socket socket) : socket_(std::move(socket)) {
        std::error_code ignored;  // a socket that fails here fails again at its first read, where it is handled
        socket_.non_blocking(true, ignored);
    }

    /// Reads what has come, in one system call; would_block when nothing has.
    std::size_t read(std::span<char> into, std::error_code& error) {
        return socket_.read_some(asio::buffer(into.data(), into.size()), error);
    }

    template <class Handler>
    void async_wait_readable(Handler&& handler) {
        socket_.async_wait(tcp_socket::wait_read, std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_wait_writable(Handler&& handler) {
        socket_.async_wait(tcp_socket::wait_write, std::forward<Handler>(handler));
    }

    /// Writes what the kernel takes at once, in one system call.
    std::size_t write(std::span<const std::string_view> pieces, std::error_code& error) {
        if (pieces.size() == 1) return socket_.write_some(asio::buffer(pieces[0].data(), pieces[0].size()), error);
        std::array<asio::const_buffer, outbox::max_pieces> buffers;
        for (std::size_t i = 0; i < pieces.size(); ++i)
            buffers[i] = asio::buffer(pieces[i].data(), pieces[i].size());
        return socket_.write_some(std::span(buffers).first(pieces.size()), error);
    }

    void shutdown_send() {
        std::error_code ignored;
        socket_.shutdown(tcp_socket::shutdown_send, ignored);
    }
    void close() {
        std::error_code ignored;
        socket_.close(ignored);
    }

    /// A socket on its way to another loop. Its stream is made anew there: a loop's sockets are its thread's alone. If
    /// none is made, the socket is closed.
    class detached {
    public:
        detached() = default;
        detached(asio::ip::tcp protocol, tcp_socket::native_handle_type handle)
            : protocol_(protocol), handle_(handle) {}
        detached(detached&& other) noexcept
            : protocol_(other.protocol_), handle_(std::exchange(other.handle_, none)) {}
        detached& operator=(detached&&) = delete;
        ~detached() {
            if (handle_ != none) ::close(handle_);
        }

        /// Makes it a socket of `context`.
        /// @throws std::system_error when that has no room for it
        tcp_socket attach(asio::io_context& context) {
            tcp_socket socket(context, protocol_, handle_);
            handle_ = none;
            return socket;
        }

    private:
        static constexpr tcp_socket::native_handle_type none = -1;

        asio::ip::tcp                  protocol_ = asio::ip::tcp::v4();
        tcp_socket::native_handle_type handle_   = none;
    };

    /// Lets go of the socket; nothing may be under way on it.
    detached detach(std::error_code& error) {
        const auto here = socket_.local_endpoint(error);
        if (error) return {};
        return {here.protocol(), socket_.release(error)};
    }

    tcp_stream(asio::io_context& context, detached from) : tcp_stream(from.attach(context)) {}

private:
    tcp_socket socket_;
};

/// Memory for one operation that is under way. A connection that has nothing to read waits for it, and all its waits
/// use the same place one after the other: so a message costs no allocation.
class operation_memory {
public:
    void* allocate(std::size_t size) {
        if (used_ || size > sizeof place_) return ::operator new(size);
        used_ = true;
        return &place_;
    }

    void deallocate(void* memory) {
        if (memory != &place_) return ::operator delete(memory);
        used_ = false;
    }

private:
    alignas(std::max_align_t) std::array<std::byte, 96> place_;
    bool used_ = false;
};

/// How Asio gets at that memory: it asks the handler of an operation for an allocator.
template <class T>
struct operation_allocator {
    using value_type = T;

    explicit operation_allocator(operation_memory& place) : memory(&place) {}
    template <class U>
    operation_allocator(const operation_allocator<U>& other) : memory(other.memory) {}  // NOLINT: as allocators do

    T*   allocate(std::size_t count) { return static_cast<T*>(memory->allocate(count * sizeof(T))); }
    void deallocate(T* place, std::size_t) { memory->deallocate(place); }

    template <class U>
    bool operator==(const operation_allocator<U>& other) const {
        return memory == other.memory;
    }

    operation_memory* memory;
};

}  // namespace duplex
