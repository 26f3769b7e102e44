// traffic.hpp: the bytes of a benchmark's messages, and the way to a server.
//
// Message n of a connection is a number, n in eight hexadecimal digits, and a body that is always the same. So
// what must come back is known to the last byte without keeping it, and a lost, doubled or overtaken message
// shows in its number.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <duplex/frame.hpp>

#include "../../chapters/13-many-cores/work.hpp"
#include "server_process.hpp"

namespace bench {

/// The example of RFC 6455 §1.3: a key, and the answer that proves that the server has understood it.
inline constexpr std::string_view upgrade_request =
    "GET / HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";
inline constexpr std::string_view accept_value = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Whether `bytes` is a whole answer to `upgrade_request`. Throws when it is a wrong one.
inline bool is_upgraded(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    if (!bytes.starts_with("HTTP/1.1 101 ") || bytes.find(accept_value) == std::string_view::npos ||
        end + 4 != bytes.size())
        throw std::runtime_error("not the answer to an upgrade: " + std::string(bytes));
    return true;
}

/// A message cut in two: a short head that is different for each, and the body.
struct message_bytes {
    static constexpr std::size_t digits = 8;

    std::array<char, duplex::max_header_size + digits> head{};
    std::size_t                                        head_size = 0;

    void put(std::string_view bytes) {
        std::copy(bytes.begin(), bytes.end(), head.begin() + static_cast<std::ptrdiff_t>(head_size));
        head_size += bytes.size();
    }
    std::string_view view() const { return {head.data(), head_size}; }
};

/// What is sent, and what must come back.
class traffic {
public:
    /// @param size   bytes of payload, at least 8
    /// @param binary binary messages, of all byte values; else text
    /// @param raw    for an echo that is no WebSocket server: sent is what a WebSocket server would answer
    /// @param work   0 for an echo; else the server of lesson 13 does so many rounds of work for each message
    traffic(std::size_t size, bool binary, bool raw, std::size_t work = 0) : raw_(raw) {
        if (size < message_bytes::digits) throw std::invalid_argument("a message has at least 8 bytes");
        opcode_ = binary ? duplex::opcode::binary : duplex::opcode::text;
        size_   = size;
        for (std::size_t i = message_bytes::digits; i < size; ++i)
            plain_ += static_cast<char>(binary ? i * 7 : 'a' + i % 26);
        sent_ = plain_;
        if (!raw_) duplex::apply_mask(sent_, key, message_bytes::digits);
        // The work is done here once for each message that can come, and not again while anything is measured.
        for (std::uint64_t number = 0; work > 0 && number < worked_numbers; ++number) {
            const auto digits = digits_of(number);
            answers_.push_back(many_cores::worked(std::string(digits.begin(), digits.end()) + plain_, work));
        }
    }

    message_bytes request(std::uint64_t number) const {
        return raw_ ? reply(number) : bytes(answers_.empty() ? number : number % worked_numbers, true);
    }
    message_bytes reply(std::uint64_t number) const {
        if (answers_.empty()) return bytes(number, false);
        message_bytes result;
        result.put(duplex::encode_header({.length = answers_[0].size()}).view());
        return result;
    }

    std::string_view request_body() const { return sent_; }
    std::string_view reply_body(std::uint64_t number) const {
        return answers_.empty() ? std::string_view(plain_) : answers_[number % worked_numbers];
    }

private:
    static constexpr duplex::masking_key key{'\x37', '\xfa', '\x21', '\x3d'};
    static constexpr std::uint64_t       worked_numbers = 64;  // then they begin again

    static std::array<char, message_bytes::digits> digits_of(std::uint64_t number) {
        std::array<char, message_bytes::digits> text{};
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = "0123456789abcdef"[number >> (28 - 4 * i) & 15];
        return text;
    }

    message_bytes bytes(std::uint64_t number, bool masked) const {
        message_bytes result;
        result.put(
            duplex::encode_header({.fin = true, .masked = masked, .opcode = opcode_, .length = size_, .key = key})
                .view());
        auto text = digits_of(number);
        if (masked) duplex::apply_mask(text, key);
        result.put({text.data(), text.size()});
        return result;
    }

    bool                     raw_;
    duplex::opcode           opcode_{};
    std::size_t              size_ = 0;
    std::string              plain_, sent_;
    std::vector<std::string> answers_;  // none for an echo
};

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family      = AF_INET;
    address.sin_port        = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Begins a connection; it need not be complete when the function returns.
inline int begin_connection(std::uint16_t port) {
    const int fd =
        static_cast<int>(check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
    const int on = 1;
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    const sockaddr_in address = loopback(port);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS)
        check(-1, "connect");
    return fd;
}

/// Closes with a reset, so that thousands of connections leave no port behind in TIME_WAIT.
inline void end_connection(int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

}  // namespace bench
