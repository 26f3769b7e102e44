// growth: a server with few peers or with many, a short message or a long one, for a tool that counts instructions.
//
//     growth CONVERSATION SIZE     prints how many units of work were done while `metered` ran
//
//     turns      SIZE peers; one after the other sends 20 bytes and gets its echo; a unit is a message
//     together   the same, but all of them send, and only then the server looks
//     push       SIZE peers; a handler pushes 20 bytes to one after the other; a unit is a push
//     hand-over  the same, pushed by a thread that is not the loop's
//     broadcast  SIZE peers, who all get 128 bytes that one of them has sent; a unit is a delivery
//     head       a request line of SIZE KiB without a space and without an end; a unit is a KiB
//     frame      a message of SIZE KiB in one frame; a unit is a KiB
//     fragments  the same message with a fragment for each byte
//
// growth.py runs each under callgrind with two sizes: a unit must cost the same with both.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <asio/io_context.hpp>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/flaky_stream.hpp"
#include "support/raw_client.hpp"

namespace bench {

/// The instructions of `work` are counted, and no others: growth.py gives this name to callgrind.
[[gnu::noinline]] void metered(const std::function<void()>& work) { work(); }

void expect(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

/// A server and its peers in memory, all on this thread. The server is never started, so its clock does not tick:
/// a tick costs something for each connection, and how many fall into a conversation depends on the machine.
class crowd {
public:
    explicit crowd(std::size_t peers) : server_(context_, "127.0.0.1", 0, {.max_message = 16 << 20}) {
        using connection = duplex::connection<test::flaky_stream>;
        for (std::size_t i = 0; i < peers; ++i) {
            lines_.push_back(std::make_shared<test::line>(context_));
            std::make_shared<connection>(test::flaky_stream(lines_.back()), owner(), home())->start();
            lines_.back()->send(test::upgrade_request());
        }
        run();
        expect(server_.connections().size() == peers, "not every peer has got its upgrade");
    }
    ~crowd() {
        home().for_each([](duplex::any_connection& each) { each.abort(); });
        run();
    }
    crowd(const crowd&)            = delete;
    crowd& operator=(const crowd&) = delete;

    duplex::server& server() { return server_; }
    std::size_t     size() const { return lines_.size(); }

    /// Turns an endless count into one peer after the other; the first has the id 1.
    test::line&           peer(std::size_t count) { return *lines_[count % size()]; }
    duplex::connection_id id(std::size_t count) const { return count % size() + 1; }

    /// Lets the server do all that there is to do.
    void run() {
        context_.restart();
        context_.poll();
    }

    /// Bytes that all peers have got.
    std::size_t received() const {
        std::size_t sum = 0;
        for (const auto& line : lines_) sum += line->output().size();
        return sum;
    }

private:
    // The server as its connections see it. Only a cast in C's notation reaches a private base.
    duplex::host& owner() { return (duplex::host&)server_; }
    duplex::loop& home() { return owner().home_of(1); }

    asio::io_context                         context_{1};
    duplex::server                           server_;
    std::vector<std::shared_ptr<test::line>> lines_;
};

}  // namespace bench

namespace {

using bench::crowd, bench::expect, bench::metered;

constexpr std::size_t messages = 10'000;
const std::string     small(20, 'a');

/// Calls `work(i)` for i = 0, 1, … so often that each peer has its part once, so that nothing happens for the first
/// time any more; then `messages` times, metered. Each must send a peer `small`.
std::size_t converse(crowd& all, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = 0; i < all.size(); ++i) work(i);
    all.run();
    const std::size_t before = all.received();
    metered([&] {
        for (std::size_t i = 0; i < messages; ++i) work(i);
    });
    expect(all.received() == before + messages * (2 + small.size()), "not every message has arrived");
    return messages;
}

std::size_t echo(std::size_t peers, bool together) {
    crowd all(peers);
    all.server().on_message(
        [](duplex::server& ws, const duplex::message& message) { ws.push(message.fd, message.data); });
    const std::string frame = test::client_frame(0x81, small);
    return converse(all, [&](std::size_t i) {
        all.peer(i).send(frame);
        if (!together || (i + 1) % all.size() == 0) all.run();
    });
}

std::size_t push(std::size_t peers) {
    crowd all(peers);
    return converse(all, [&](std::size_t i) {
        all.server().post([&all, i] { all.server().push(all.id(i), small); });
        all.run();
    });
}

std::size_t hand_over(std::size_t peers) {
    crowd all(peers);
    return converse(all, [&](std::size_t i) {
        all.server().push(all.id(i), small);  // only within run() is this thread the loop's
        all.run();
    });
}

std::size_t broadcast(std::size_t peers) {
    constexpr std::size_t times = 10;
    crowd                 all(peers);
    all.server().on_message(
        [](duplex::server& ws, const duplex::message& message) { ws.broadcast(message.data); });
    const std::string frame  = test::client_frame(0x81, std::string(128, 'a'));
    const auto        to_all = [&] {
        all.peer(0).send(frame);
        all.run();
    };
    to_all();
    const std::size_t before = all.received();
    metered([&] {
        for (std::size_t i = 0; i < times; ++i) to_all();
    });
    expect(all.received() == before + times * peers * (4 + 128), "not every peer has got every broadcast");
    return times * peers;
}

std::size_t head(std::size_t kib) {
    const std::string      line(kib * 1024, 'a');
    duplex::request_parser parser({.bytes = line.size()});
    metered([&] {
        std::string_view rest = line;
        expect(parser.feed(rest) == duplex::request_parser::incomplete, "the line is refused");
    });
    return kib;
}

// The first message of its connection: it pays for all the memory that it needs.
std::size_t receive(const std::string& frames, std::size_t kib) {
    crowd       all(1);
    std::size_t received = 0;
    all.server().on_message(
        [&](duplex::server&, const duplex::message& message) { received = message.data.size(); });
    metered([&] {
        constexpr std::size_t at_a_time = 16 * 1024;
        for (std::size_t sent = 0; sent < frames.size(); sent += at_a_time) {
            all.peer(0).send(std::string_view(frames).substr(sent, at_a_time));
            all.run();
        }
    });
    expect(received == kib * 1024, "the message has not arrived");
    return kib;
}

std::string in_fragments(std::size_t bytes) {
    std::string frames = test::client_frame(0x01, "a");
    for (std::size_t i = 2; i < bytes; ++i) frames += test::client_frame(0x00, "a");
    return frames += test::client_frame(0x80, "a");
}

std::size_t run(std::string_view conversation, std::size_t size) {
    if (conversation == "turns") return echo(size, false);
    if (conversation == "together") return echo(size, true);
    if (conversation == "push") return push(size);
    if (conversation == "hand-over") return hand_over(size);
    if (conversation == "broadcast") return broadcast(size);
    if (conversation == "head") return head(size);
    if (conversation == "frame") return receive(test::client_frame(0x81, std::string(size * 1024, 'a')), size);
    if (conversation == "fragments") return receive(in_fragments(size * 1024), size);
    throw std::invalid_argument("there is no such conversation");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::size_t            size   = 0;
        const std::string_view number = argc == 3 ? argv[2] : "";
        std::from_chars(number.data(), number.data() + number.size(), size);
        if (size == 0) throw std::invalid_argument("usage: growth CONVERSATION SIZE");
        std::cout << run(argv[1], size) << std::endl;
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
