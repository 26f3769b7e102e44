// raw_client.hpp: the other end of a connection, which sends any bytes it likes and waits for what comes.
//
// Written without the library, so that a mistake there cannot hide here. Every wait ends after `patience` with
// an exception: it fails a test that would hang, and never decides one.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/bytes.hpp"

namespace test {

inline constexpr int patience = 20;  // seconds

/// A frame as a server sends it.
struct frame {
    unsigned    first = 0;  ///< FIN, reserved bits and opcode: 0x81 is a text message in one frame
    std::string payload;

    friend bool          operator==(const frame&, const frame&) = default;
    friend std::ostream& operator<<(std::ostream& out, const frame& shown) {
        return out << std::hex << shown.first << std::dec << ' ' << shown.payload.size() << " \""
                   << shown.payload.substr(0, 80) << '"';
    }
};

/// A whole frame that a server sends, its payload under 64 KiB.
inline std::string server_frame(unsigned first, std::string_view payload) {
    std::string bytes{static_cast<char>(first)};
    if (payload.size() < 126) {
        bytes += static_cast<char>(payload.size());
    } else {
        bytes += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size() & 0xff)};
    }
    return bytes.append(payload);
}

inline frame text(std::string_view payload) { return {0x81, std::string(payload)}; }

/// The payload of a close frame.
inline std::string close_with(unsigned code, std::string_view reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)}.append(reason);
}

/// A request for an upgrade, with the key of RFC 6455 §1.3; `more` is further fields, each with its line end.
inline std::string upgrade_request(std::string_view target = "/", std::string_view more = {}) {
    std::string request = "GET ";
    request.append(target).append(
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    return request.append(more).append("\r\n");
}

class raw_client {
public:
    /// @param receive_buffer bytes that the kernel keeps for this client, about; 0 is its default
    explicit raw_client(std::uint16_t port, int receive_buffer = 0) : raw_client() {
        if (receive_buffer > 0) set(SOL_SOCKET, SO_RCVBUF, receive_buffer);
        set(IPPROTO_TCP, TCP_NODELAY, 1);  // one send is one segment
        set(SOL_SOCKET, SO_RCVTIMEO, timeval{patience, 0});
        set(SOL_SOCKET, SO_SNDTIMEO, timeval{patience, 0});
        sockaddr_in address{};
        address.sin_family      = AF_INET;
        address.sin_port        = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
    ~raw_client() { close(); }
    raw_client(raw_client&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
    raw_client& operator=(raw_client&&) = delete;

    void send(std::string_view bytes) {
        while (!bytes.empty())
            bytes.remove_prefix(check(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)));
    }
    void send_text(std::string_view message) { send(client_frame(0x81, message)); }
    void send_close(unsigned code, std::string_view reason = {}) {
        send(client_frame(0x88, close_with(code, reason)));
    }

    /// Upgrades. @returns the head of the answer
    std::string open(std::string_view target = "/", std::string_view more = {}) {
        send(upgrade_request(target, more));
        return read_head();
    }

    /// A head, with the empty line that ends it.
    std::string read_head() {
        while (received_.find("\r\n\r\n") == received_.npos) must_receive();
        return take(received_.find("\r\n\r\n") + 4);
    }

    std::string read(std::size_t size) {
        while (received_.size() < size) must_receive();
        return take(size);
    }

    frame read_frame() {
        const std::string start  = read(2);
        std::uint64_t     length = static_cast<std::uint8_t>(start[1]);
        if (length > 127) throw std::runtime_error("a server must not mask (RFC 6455 §5.1)");
        if (length > 125) {
            const std::string more = read(length == 126 ? 2 : 8);
            length                 = 0;
            for (const char c : more) length = length << 8 | static_cast<std::uint8_t>(c);
        }
        return {static_cast<std::uint8_t>(start[0]), read(length)};
    }

    /// All bytes until the server has no more to say; a reset is an exception.
    std::string read_to_end() {
        while (receive()) {
        }
        return take(received_.size());
    }

    /// Waits until the server has ended the connection, in whatever way.
    void wait_for_end() {
        try {
            read_to_end();
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::connection_reset) throw;
        }
    }

    /// Has no more to say, but listens.
    void half_close() { ::shutdown(socket_, SHUT_WR); }

    /// Leaves without a word: the server sees a reset.
    void reset() {
        set(SOL_SOCKET, SO_LINGER, linger{1, 0});
        close();
    }

    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

private:
    raw_client() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) { check(socket_); }

    template <class Number>
    static std::size_t check(Number result) {
        if (result >= 0) return static_cast<std::size_t>(result);
        if (errno == EAGAIN) throw std::runtime_error("the server keeps the test waiting");
        throw std::system_error(errno, std::generic_category());
    }

    template <class Value>
    void set(int level, int option, const Value& value) {
        check(::setsockopt(socket_, level, option, &value, sizeof value));
    }

    bool receive() {
        char              bytes[65536];
        const std::size_t size = check(::recv(socket_, bytes, sizeof bytes, 0));
        received_.append(bytes, size);
        return size > 0;
    }

    void must_receive() {
        if (!receive()) throw std::runtime_error("the server ended the connection");
    }

    std::string take(std::size_t size) {
        std::string taken = received_.substr(0, size);
        received_.erase(0, size);
        return taken;
    }

    int         socket_;
    std::string received_;  // and not taken yet
};

}  // namespace test
