// inspector.hpp: what `--inspect` adds to the tutorial server: one more WebSocket, for web/inspector.html.   Lesson 8
//
// The page is shown every frame that goes over the wire, and may ask the server to speak. A message is one line:
//
//     known 3 /path                                    connection 3 was open before the page came
//     open 3 /path                                     connection 3 has opened
//     frame 3 received 1700000000000 11 81 85 37 …     when (ms since 1970), the size of the frame, its bytes
//     frame 3 sent …                                   what the server answers
//     frame 3 unasked …                                what the server says of itself: no repetition will bring it
//     close 3 1000 peer                                the code, and who ended it
//
// and from the page: `ping 3`, `fragments 3`, `close 3`, and `raw 81 00 …` for the careless client below.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <duplex/duplex.hpp>

namespace tutorial {

/// A client that sends whatever it is told, right or wrong. It lives in the server's own process and never reads:
/// the kernel keeps what comes, and the inspector shows it. So it needs no loop, and never waits.
class careless_client {
public:
    /// @throws std::system_error when there are no more sockets
    explicit careless_client(std::uint16_t port) {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        socket_.non_blocking(true);
        send(
            "GET /careless HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    }

    /// What the kernel has no room for is lost; a frame that is cut off is a lesson too.
    void send(std::string_view bytes) {
        std::error_code ignored;
        socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
    }

    /// As duplex::request::peer tells it.
    std::string address() const { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

private:
    asio::io_context      context_;
    asio::ip::tcp::socket socket_{context_};
};

/// Shows a server's frames to the inspector page. It must live as long as the server runs, on one thread.
class inspector {
public:
    static constexpr std::string_view path = "/inspector";

    /// Puts itself before the handlers that the server has: they see all connections but the inspector's own.
    explicit inspector(duplex::server& server) : server_(server) {
        server.on_wire([this](duplex::server&, const duplex::wire_event& event) { show(event); },
                       {.own_path = std::string(path)});
        server.on_handshake([before = server.on_handshake({})](duplex::server& ws, const duplex::request& asked) {
            if (asked.path() == path) return judge(asked);
            return before ? before(ws, asked) : duplex::handshake_decision::accept();
        });
        server.on_open([this, before = server.on_open({})](duplex::server& ws, const duplex::request& asked) {
            if (asked.path() == path) return welcome(asked.fd);
            if (careless_ && asked.peer == careless_->address()) careless_fd_ = asked.fd;
            const auto& added = open_.try_emplace(asked.fd, connection{printable(asked.target), {}}).first;
            tell(line("open", *added));
            if (before) before(ws, asked);
        });
        server.on_message(
            [this, before = server.on_message({})](duplex::server& ws, const duplex::message& message) {
                if (watchers_.contains(message.fd)) return obey(message);
                if (before) before(ws, message);
            });
        server.on_close(
            [this, before = server.on_close({})](duplex::server& ws, const duplex::close_event& event) {
                if (watchers_.erase(event.fd) > 0) return;
                open_.erase(event.fd);
                if (event.fd == careless_fd_) careless_.reset();
                tell("close " + std::to_string(event.fd) + ' ' + std::to_string(event.code) + ' ' +
                     std::string(name(event.by)));
                if (before) before(ws, event);
            });
    }
    inspector(const inspector&)            = delete;
    inspector& operator=(const inspector&) = delete;

private:
    struct connection {
        std::string             target;
        std::deque<std::string> unasked;  // frames of the page's commands that have not left yet
    };

    // Who may read along: a page that this server served itself. Any other page that the user visits could connect
    // too, for it runs on this machine; its Origin gives it away. A page whose own name was made to lead here has
    // the Origin right, and the Host wrong.
    static duplex::handshake_decision judge(const duplex::request& asked) {
        const auto host = asked.header("Host").value_or("");
        const auto here = [&](std::string_view name) {
            return host == name || (host.starts_with(name) && host[name.size()] == ':');
        };
        if ((here("localhost") || here("127.0.0.1") || here("[::1]")) && is_same_origin(asked))
            return duplex::handshake_decision::accept();
        return duplex::handshake_decision::refuse(duplex::refusal(
            {"10.2", "the inspector is for its own page, opened as localhost, 127.0.0.1 or [::1]", 403}));
    }

    // The target on one line, and still one that a client may send: other bytes than visible ASCII as %XX.
    static std::string printable(std::string_view target) {
        std::string out;
        for (const char c : target) {
            if (c > ' ' && c < '\x7f')
                out += c;
            else
                (out += '%') += duplex::hex({&c, 1});
        }
        return out;
    }

    static std::string line(std::string_view                                          verb,
                            const std::pair<const duplex::connection_id, connection>& opened) {
        return std::string(verb) + ' ' + std::to_string(opened.first) + ' ' + opened.second.target;
    }

    void welcome(duplex::connection_id fd) {
        watchers_.insert(fd);
        for (const auto& opened : open_) server_.push(fd, line("known", opened));
    }

    void tell(const std::string& line) {
        for (const auto fd : watchers_)
            if (!server_.push(fd, line)) server_.disconnect(fd, 1008, "this page does not read fast enough");
    }

    void show(const duplex::wire_event& event) {
        const auto found = open_.find(event.fd);
        const bool sent  = event.direction == duplex::direction::sent;
        bool       asked = true;
        if (sent && found != open_.end()) {
            auto& unasked = found->second.unasked;
            asked         = (event.bytes[0] & 0x0f) != static_cast<int>(duplex::opcode::ping);
            if (!unasked.empty() && unasked.front() == event.bytes) {
                unasked.pop_front();
                asked = false;
            }
        }
        tell("frame " + std::to_string(event.fd) + (sent ? asked ? " sent " : " unasked " : " received ") +
             std::to_string(event.time.count()) + ' ' + std::to_string(event.size) + ' ' +
             duplex::hex(event.bytes));
    }

    // Does what the page asks for; a page that speaks another language is shown out.
    void obey(const duplex::message& message) {
        std::string_view rest = message.data;
        const auto       verb = duplex::cut(rest, ' ');
        if (!(verb == "raw" ? send_raw(rest) : speak(verb, rest)))
            server_.disconnect(message.fd, 1008, "this is no command of the inspector");
    }

    bool speak(std::string_view verb, std::string_view number) {
        duplex::connection_id fd = 0;
        if (std::from_chars(number.data(), number.data() + number.size(), fd).ec != std::errc()) return false;
        if (verb == "ping") {
            push(fd, "are you there?", duplex::opcode::ping);
        } else if (verb == "fragments") {
            push(fd, "one message, ", duplex::opcode::text, false);
            push(fd, "three ", duplex::opcode::continuation, false);
            push(fd, "fragments", duplex::opcode::continuation);
        } else if (verb == "close") {
            const duplex::close_status status{4000, "you asked for it"};
            if (server_.disconnect(fd, status.code, status.reason))
                expect(fd, duplex::encode_frame(duplex::opcode::close, duplex::close_payload(status)));
        } else {
            return false;
        }
        return true;  // a connection that has gone meanwhile is no mistake of the page's
    }

    void push(duplex::connection_id fd, std::string_view data, duplex::opcode code, bool finish = true) {
        if (server_.push(fd, data, code, finish)) expect(fd, duplex::encode_frame(code, data, finish));
    }

    void expect(duplex::connection_id fd, std::string frame) {
        if (const auto found = open_.find(fd); found != open_.end())
            found->second.unasked.push_back(std::move(frame));
    }

    bool send_raw(std::string_view hex) {
        constexpr std::size_t most = 4096;
        std::string           bytes;
        while (!hex.empty()) {
            const auto   digits = duplex::cut(hex, ' ');
            std::uint8_t byte   = 0;
            const auto   read   = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
            if (read.ec != std::errc() || digits.size() != 2 || read.ptr != digits.data() + 2) return false;
            bytes += static_cast<char>(byte);
        }
        if (bytes.empty() || bytes.size() > most) return false;
        if (!careless_) careless_.emplace(server_.port());
        careless_->send(bytes);
        return true;
    }

    duplex::server&                             server_;
    std::set<duplex::connection_id>             watchers_;
    std::map<duplex::connection_id, connection> open_;  // all but the watchers
    std::optional<careless_client>              careless_;
    duplex::connection_id                       careless_fd_ = 0;
};

}  // namespace tutorial
