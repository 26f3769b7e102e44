// load: starts a server, puts one kind of load on it, checks every byte that comes back, and says what it cost.
//
//     load echo       [--connections N] [--depth N] [--size BYTES] [--binary] [--raw] [--think MILLISECONDS]
//                     [--work ROUNDS] [TIME] -- SERVER ARGUMENT...
//     load broadcast  [--connections N] [--size BYTES] [--binary] [TIME] -- SERVER ARGUMENT...
//     load handshakes [--connections N] [TIME] -- SERVER ARGUMENT...
//     load idle       [--connections N] [--settle SECONDS] -- SERVER ARGUMENT...
//
//     TIME is  --seconds S [--warm-up S]   or  --messages N: so many, however long it takes
//     --think lets each peer pause between an answer and its next message, --work expects the answers of lesson 13,
//     and --heap LIBRARY counts the server's heap, with libheap-counter.so, which costs a little time.
//
// One line of JSON on standard output. Processor time is the server's, between the same two moments as the rest.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "measurement.hpp"
#include "server_process.hpp"
#include "traffic.hpp"

namespace bench {
namespace {

struct plan {
    std::string_view scenario;
    std::size_t      connections = 1;
    std::size_t      depth       = 1;  // messages of one connection that are under way at a time
    std::size_t      size        = 20;
    bool             binary      = false;
    bool             raw         = false;
    double           seconds     = 2;
    double           warm_up     = 0.3;
    std::uint64_t    messages    = 0;  // 0: as many as fit into `seconds`
    double           settle      = 3;
    double           think       = 0;  // milliseconds between an answer and the next message
    std::size_t      work        = 0;  // rounds of SHA-1 that the server does for a message; 0: it echoes
    std::string_view heap{};           // the library that counts the server's heap, or nothing
    char**           server = nullptr;
};

/// Without an answer for this long something is lost for ever.
constexpr int patience_ms = 30'000;

// ---- the way in

/// The descriptors that are ready, with the numbers under which they were added. Edge-triggered.
class poller {
public:
    poller() : fd_(static_cast<int>(check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))) {}
    ~poller() { close(fd_); }
    poller(const poller&)            = delete;
    poller& operator=(const poller&) = delete;

    void add(int fd, std::size_t number) {
        epoll_event event{};
        event.events   = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.u64 = number;
        check(epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }

    /// @param until when there is something else to do; without it, to wait too long is a failure
    std::span<const epoll_event> wait(std::optional<steady::time_point> until = {}) {
        const int  most  = static_cast<int>(events_.size());
        const long count = check(
            until ? wait_until(*until, most) : epoll_wait(fd_, events_.data(), most, patience_ms), "epoll_wait");
        if (count == 0 && !until) throw std::runtime_error("the server has stopped to answer");
        return std::span(events_).first(static_cast<std::size_t>(count));
    }

private:
    // epoll_wait counts in milliseconds, and a message must not wait for the next of them.
    int wait_until(steady::time_point until, int most) {
        const auto     left    = std::max(until - steady::now(), steady::duration::zero());
        const auto     seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        const timespec limit{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
        return epoll_pwait2(fd_, events_.data(), most, &limit, nullptr);
    }

    int                          fd_;
    std::array<epoll_event, 512> events_{};
};

void await(int fd, short what) {
    pollfd waiting{fd, what, 0};
    if (check(poll(&waiting, 1, patience_ms), "poll") == 0) throw std::runtime_error("the server does not answer");
}

void read_upgrade(int fd) {
    std::string answer;
    while (!is_upgraded(answer)) {
        await(fd, POLLIN);
        std::array<char, 4096> bytes;
        const long             count = check(recv(fd, bytes.data(), bytes.size(), 0), "reading an answer");
        if (count == 0) throw std::runtime_error("the server has refused a connection: " + answer);
        answer.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

/// Opens connections and, unless `raw`, performs the opening handshake on each: every step for a hundred at a
/// time, since on a busy machine one after another would mean to wait for the server ten thousand times.
std::vector<int> open_connections(std::uint16_t port, std::size_t count, bool raw) {
    constexpr std::size_t at_once = 100;
    std::vector<int>      all;
    while (all.size() < count) {
        const std::size_t first = all.size();
        while (all.size() < std::min(count, first + at_once)) all.push_back(begin_connection(port));
        const auto batch = std::span(all).subspan(first);
        for (const int fd : batch) {
            await(fd, POLLOUT);
            if (!raw) check(send(fd, upgrade_request.data(), upgrade_request.size(), MSG_NOSIGNAL), "asking");
        }
        for (const int fd : batch)
            if (!raw) read_upgrade(fd);
    }
    return all;
}

// ---- echo and broadcast

class conversations {
public:
    conversations(const plan& p, const server_process& server)
        : traffic_(p.size, p.binary, p.raw, p.work),
          depth_(p.depth),
          think_(std::chrono::duration_cast<steady::duration>(std::chrono::duration<double, std::milli>(p.think))),
          broadcast_(p.scenario == "broadcast"),
          buffer_(256 * 1024) {
        for (const int fd : open_connections(server.port(), p.connections, p.raw)) {
            poller_.add(fd, peers_.size());
            peers_.emplace_back(fd, p.depth);
        }
    }
    ~conversations() {
        for (const auto& each : peers_) end_connection(each.fd);
    }
    conversations(const conversations&)            = delete;
    conversations& operator=(const conversations&) = delete;

    /// Until the course is over and every message that was sent has come back.
    void run(course& time) {
        bool more = time.goes_on();
        if (think_ > steady::duration::zero()) think_first();
        for (auto& each : speakers()) write(each, more ? allowed(each) : 0);
        while (more || returned_ < expected()) {
            for (const auto& event : thinking_.empty() ? poller_.wait() : poller_.wait(thinking_.front().until)) {
                peer& each = peers_[event.data.u64];
                if (event.events & ~static_cast<unsigned>(EPOLLOUT)) read(each, time);
                if (!broadcast_) write(each, more ? allowed(each) : each.begun());
            }
            for (const auto now = steady::now(); !thinking_.empty() && thinking_.front().until <= now;) {
                peer& each = *thinking_.front().who;
                thinking_.pop_front();
                each.thoughts -= 1;
                write(each, more ? allowed(each) : each.begun());
            }
            // The next message of a broadcast waits until everybody has heard the one before.
            if (broadcast_) write(peers_[0], more ? returned_ / peers_.size() + depth_ : peers_[0].begun());
            more = more && time.goes_on();
        }
    }

private:
    struct peer {
        peer(int descriptor, std::size_t depth) : fd(descriptor), sent_at(depth) {}

        /// Messages of which at least the first byte was written.
        std::uint64_t begun() const { return sent + (send_offset > 0 ? 1 : 0); }

        int                             fd;
        std::uint64_t                   sent = 0, received = 0;               // whole messages
        std::uint64_t                   thoughts    = 0;                      // messages that are not due yet
        std::size_t                     send_offset = 0, receive_offset = 0;  // in the one that has begun
        std::vector<steady::time_point> sent_at;                              // of the last `depth` messages
    };

    /// Until `until` this peer does not say its next message.
    struct thought {
        steady::time_point until;
        peer*              who;
    };

    /// How many messages a peer may have sent by now.
    std::uint64_t allowed(const peer& each) const { return each.received + depth_ - each.thoughts; }

    /// Peers that all began at once would go on to speak at once: so each pauses for another part of its first pause.
    void think_first() {
        const auto now = steady::now();
        for (std::size_t i = 0; i < peers_.size() * depth_; ++i) {
            peer& each = peers_[i % peers_.size()];
            each.thoughts += 1;
            thinking_.push_back({now + think_ * i / (peers_.size() * depth_), &each});
        }
    }

    std::span<peer> speakers() { return std::span(peers_).first(broadcast_ ? 1 : peers_.size()); }

    std::uint64_t expected() {
        std::uint64_t sum = 0;
        for (const auto& each : speakers()) sum += each.begun();
        return broadcast_ ? sum * peers_.size() : sum;
    }

    /// Writes on, as much as possible in one system call, until `allowed` messages are written.
    void write(peer& to, std::uint64_t allowed) {
        constexpr std::size_t              at_once = 32;
        std::array<message_bytes, at_once> messages;
        std::array<iovec, 2 * at_once>     pieces;
        const auto                         now = steady::now();
        while (to.sent < allowed) {
            const auto  count = static_cast<std::size_t>(std::min<std::uint64_t>(allowed - to.sent, at_once));
            std::size_t used = 0, skip = to.send_offset, offered = 0;
            for (std::size_t i = 0; i < count; ++i) {
                messages[i] = traffic_.request(to.sent + i);
                for (std::string_view piece : {messages[i].view(), traffic_.request_body()}) {
                    const std::size_t dropped = std::min(skip, piece.size());
                    skip -= dropped;
                    piece.remove_prefix(dropped);
                    if (!piece.empty()) pieces[used++] = {const_cast<char*>(piece.data()), piece.size()};
                    offered += piece.size();
                }
                if (i > 0 || to.send_offset == 0) to.sent_at[(to.sent + i) % depth_] = now;
            }
            msghdr message{};
            message.msg_iov      = pieces.data();
            message.msg_iovlen   = used;
            const ssize_t result = sendmsg(to.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (result < 0 && errno == EAGAIN) return;
            const auto        written = static_cast<std::size_t>(check(result, "writing to the server"));
            const std::size_t whole   = messages[0].head_size + traffic_.request_body().size();
            to.sent += (to.send_offset + written) / whole;
            to.send_offset = (to.send_offset + written) % whole;
            if (written < offered) return;
        }
    }

    void read(peer& from, course& time) {
        for (;;) {
            const ssize_t result = recv(from.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
            if (result < 0 && errno == EAGAIN) return;
            const auto count = static_cast<std::size_t>(check(result, "reading from the server"));
            if (count == 0) throw std::runtime_error("the server has closed a connection");
            compare(from, {buffer_.data(), count}, time);
            if (count < buffer_.size()) return;
        }
    }

    /// Each byte must be the one that was sent.
    void compare(peer& from, std::string_view bytes, course& time) {
        const auto now = steady::now();
        while (!bytes.empty()) {
            const message_bytes next = traffic_.reply(from.received);
            const auto          body = traffic_.reply_body(from.received);
            const bool          head = from.receive_offset < next.head_size;
            const auto          rest =
                head ? next.view().substr(from.receive_offset) : body.substr(from.receive_offset - next.head_size);
            const std::size_t here = std::min(rest.size(), bytes.size());
            if (bytes.substr(0, here) != rest.substr(0, here))
                throw std::runtime_error("message " + std::to_string(from.received) + " of descriptor " +
                                         std::to_string(from.fd) + " came back wrong, at byte " +
                                         std::to_string(from.receive_offset) + " or behind it");
            bytes.remove_prefix(here);
            from.receive_offset += here;
            if (from.receive_offset < next.head_size + body.size()) continue;
            const peer& speaker = broadcast_ ? peers_[0] : from;
            time.add(now - speaker.sent_at[from.received % depth_]);
            from.receive_offset = 0;
            from.received += 1;
            returned_ += 1;
            if (think_ == steady::duration::zero()) continue;
            from.thoughts += 1;
            thinking_.push_back({now + think_, &from});
        }
    }

    traffic             traffic_;
    std::size_t         depth_;
    steady::duration    think_;
    bool                broadcast_;
    std::uint64_t       returned_ = 0;  // messages, over all connections
    std::vector<char>   buffer_;
    std::vector<peer>   peers_;
    std::deque<thought> thinking_;  // the next to end is the first
    poller              poller_;
};

// ---- handshakes

/// Opens connections and closes each as soon as it is upgraded, `connections` at a time.
void shake_hands(const plan& p, const server_process& server, course& time) {
    struct attempt {
        int                fd = -1;
        steady::time_point began;
        bool               asked = false;
        std::string        answer;
    };
    std::vector<attempt> attempts(p.connections);
    poller               ready;
    const auto           begin = [&](std::size_t i) {
        attempts[i] = {begin_connection(server.port()), steady::now(), false, {}};
        ready.add(attempts[i].fd, i);
    };

    std::size_t under_way = attempts.size();
    for (std::size_t i = 0; i < attempts.size(); ++i) begin(i);
    for (bool more = true; under_way > 0; more = more && time.goes_on()) {
        for (const auto& event : ready.wait()) {
            attempt& each = attempts[event.data.u64];
            if (!each.asked && event.events & EPOLLOUT) {
                each.asked = true;
                check(send(each.fd, upgrade_request.data(), upgrade_request.size(), MSG_NOSIGNAL), "asking");
            }
            if (!(event.events & EPOLLIN)) continue;
            std::array<char, 4096> bytes;
            const long count = check(recv(each.fd, bytes.data(), bytes.size(), 0), "reading an answer");
            each.answer.append(bytes.data(), static_cast<std::size_t>(count));
            if (count == 0) throw std::runtime_error("the server has refused a connection: " + each.answer);
            if (!is_upgraded(each.answer)) continue;
            time.add(steady::now() - each.began);
            end_connection(each.fd);
            more ? begin(event.data.u64) : void(--under_way);
        }
    }
}

// ---- idle

/// Each of many peers says one thing and is silent. @returns fields about the server's memory then.
std::string stay_idle(const plan& p, const server_process& server) {
    const auto say_one_thing = [&](conversations& peers, std::size_t connections) {
        measurement ignored(server);
        course      time(ignored, connections);
        peers.run(time);
        std::this_thread::sleep_for(std::chrono::duration<double>(p.settle));
    };
    const auto heap = [&] { return server.heap() ? server.heap()->bytes.load() : 0; };

    plan one        = p;
    one.connections = 1;
    conversations first(one, server);  // what the server needs once is not counted
    say_one_thing(first, 1);
    const std::size_t  resident_before = server.resident_bytes();
    const std::int64_t heap_before     = heap();

    conversations peers(p, server);
    say_one_thing(peers, p.connections);
    const auto per_peer = [&](auto before, auto after) {
        return (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(p.connections);
    };
    std::string result =
        "\"messages\": " + std::to_string(p.connections) +
        measurement::field("resident_per_peer", per_peer(resident_before, server.resident_bytes()));
    if (server.heap()) result += measurement::field("heap_per_peer", per_peer(heap_before, heap()));
    return result;
}

// ---- the command line

constexpr std::string_view usage =
    "usage: load echo|broadcast|handshakes|idle [--connections N] [--depth N] [--size BYTES] [--binary] [--raw]\n"
    "            [--think MILLISECONDS] [--work ROUNDS] [--seconds S] [--warm-up S] [--messages N] [--settle S]\n"
    "            [--heap LIBRARY]\n"
    "            -- SERVER ARGUMENT...";

template <class Number>
Number number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0)
        throw std::invalid_argument(std::string(usage));
    return number;
}

plan plan_from(int argc, char** argv) {
    plan p;
    if (argc < 2) throw std::invalid_argument(std::string(usage));
    p.scenario = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string_view option = argv[i];
        const auto             value  = [&] { return std::string_view(i + 1 < argc ? argv[++i] : ""); };
        if (option == "--connections") {
            p.connections = number_from<std::size_t>(value());
        } else if (option == "--depth") {
            p.depth = number_from<std::size_t>(value());
        } else if (option == "--size") {
            p.size = number_from<std::size_t>(value());
        } else if (option == "--binary") {
            p.binary = true;
        } else if (option == "--raw") {
            p.raw = true;
        } else if (option == "--seconds") {
            p.seconds = number_from<double>(value());
        } else if (option == "--warm-up") {
            p.warm_up = number_from<double>(value());
        } else if (option == "--messages") {
            p.messages = number_from<std::uint64_t>(value());
        } else if (option == "--settle") {
            p.settle = number_from<double>(value());
        } else if (option == "--think") {
            p.think = number_from<double>(value());
        } else if (option == "--work") {
            p.work = number_from<std::size_t>(value());
        } else if (option == "--heap") {
            p.heap = value();
        } else if (option == "--" && i + 1 < argc) {
            p.server = argv + i + 1;
            break;
        } else {
            throw std::invalid_argument(std::string(usage));
        }
    }
    const bool known =
        p.scenario == "echo" || p.scenario == "broadcast" || p.scenario == "handshakes" || p.scenario == "idle";
    if (p.scenario != "echo" && (p.think > 0 || p.work > 0)) throw std::invalid_argument(std::string(usage));
    if (!known || !p.server || p.connections == 0 || p.depth == 0) throw std::invalid_argument(std::string(usage));
    return p;
}

/// Thousands of connections need as many descriptors, here and in the server, which inherits the limit.
void allow_many_descriptors() {
    rlimit limit{};
    check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

course course_of(const plan& p, measurement& measured) {
    return p.messages > 0 ? course(measured, p.messages) : course(measured, p.warm_up, p.seconds);
}

void run(const plan& p) {
    allow_many_descriptors();
    server_process server(p.server, std::string(p.heap));
    std::string    result;
    if (p.scenario == "idle") {
        result = stay_idle(p, server);
    } else {
        measurement measured(server);
        if (p.scenario == "handshakes") {
            course time = course_of(p, measured);
            shake_hands(p, server, time);
        } else {
            conversations peers(p, server);
            course        time = course_of(p, measured);
            peers.run(time);
            server.ask_to_end();  // before its peers leave: who counts its calls counts messages, not farewells
        }
        result = measured.json();
    }
    std::cout << "{\"scenario\": \"" << p.scenario << "\", \"connections\": " << p.connections
              << ", \"depth\": " << p.depth << ", \"size\": " << p.size << ", " << result << "}" << std::endl;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    try {
        bench::run(bench::plan_from(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "load: " << error.what() << std::endl;
        return 1;
    }
}
