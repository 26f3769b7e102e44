// Tests of on_wire: what an observer is shown is what went over the wire. Lesson: 8
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using duplex::direction;
using duplex::opcode;
using duplex::wire_event;
using test::client_frame;
using test::client_header;
using test::open_client;
using test::raw_client;
using test::running_server;
using test::server_frame;
using test::text;
using namespace test::literals;

namespace {

/// A frame that a splitter has shown.
struct shown {
    std::string   bytes;
    std::uint64_t size = 0;

    friend bool operator==(const shown&, const shown&) = default;
};

/// What a splitter shows of `stream` when it comes in pieces of `step` bytes and then ends.
std::vector<shown> split(std::string_view stream, std::size_t step, std::size_t most = 4096) {
    std::vector<shown>     out;
    duplex::frame_splitter splitter(most);
    const auto             show = [&](std::string_view bytes, std::uint64_t size) {
        out.push_back({std::string(bytes), size});
    };
    for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size())))
        splitter.feed(stream.substr(0, step), show);
    splitter.end(show);
    return out;
}

/// Frames of every form, as a client sends them.
std::vector<std::string> all_forms() {
    std::vector<std::string> frames;
    for (const std::size_t length : std::initializer_list<std::size_t>{0, 1, 125, 126, 127, 300, 65535, 65536})
        frames.push_back(client_frame(0x82, std::string(length, 'x')));
    frames.push_back(client_frame(0x01, "frag"));
    frames.push_back(client_frame(0x89, "?"));
    frames.push_back(client_frame(0x80, "ments"));
    frames.push_back(server_frame(0x81, "unmasked"));
    frames.push_back(client_frame(0x88, ""));
    return frames;
}

/// A server that writes down what on_wire shows it.
class watched_server : public running_server {
public:
    explicit watched_server(duplex::wire_options shown = {}, duplex::options options = {})
        : running_server(std::move(options)) {
        (*this)->on_wire(
            [this](duplex::server&, const wire_event& event) {
                const std::scoped_lock lock(mutex_);
                seen_.push_back(event);
            },
            std::move(shown));
    }

    /// What was shown of connection `fd`, one way. Complete once on_close has been called.
    std::vector<shown> seen(direction way, duplex::connection_id fd = 1) {
        std::vector<shown> out;
        for (const auto& each : seen())
            if (each.fd == fd && each.direction == way) out.push_back({each.bytes, each.size});
        return out;
    }
    std::vector<wire_event> seen() {
        const std::scoped_lock lock(mutex_);
        return seen_;
    }

private:
    std::mutex              mutex_;
    std::vector<wire_event> seen_;
};

std::vector<shown> whole(const std::vector<std::string>& frames) {
    std::vector<shown> out;
    for (const auto& frame : frames) out.push_back({frame, frame.size()});
    return out;
}

std::string joined(const std::vector<std::string>& frames) {
    std::string out;
    for (const auto& frame : frames) out += frame;
    return out;
}

}  // namespace

TEST_CASE("a stream is cut into the same frames however it comes") {
    const auto frames = all_forms();
    const auto stream = joined(frames);
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{512}, stream.size()}) {
        CAPTURE(step);
        CHECK(split(stream, step, 100'000) == whole(frames));
    }
}

TEST_CASE("a long payload is cut, and its length stays known") {
    const std::string head = client_header(0x82, 70'000);
    for (const std::size_t step : std::initializer_list<std::size_t>{1, 5000, 80'000}) {
        CAPTURE(step);
        const auto all = split(head + std::string(70'000, 'x') + client_frame(0x89, "?"), step, 10);
        CHECK(all == std::vector<shown>{{head + std::string(10, 'x'), head.size() + 70'000},
                                        {client_frame(0x89, "?"), 7}});
    }
    CHECK(split(client_frame(0x82, "0123456789"), 80, 10) == whole({client_frame(0x82, "0123456789")}));
    CHECK(split(client_frame(0x82, "x"), 80, 0) == std::vector<shown>{{client_header(0x82, 1), 7}});
}

TEST_CASE("what is left of a frame when the stream ends is shown as it is") {
    CHECK(split(client_header(0x81, 5) + "He", 80) == std::vector<shown>{{client_header(0x81, 5) + "He", 11}});
    CHECK(split("\x81", 80) == whole({"\x81"}));
    CHECK(split("", 80).empty());
}

TEST_CASE("behind a header that breaks a rule nothing is cut any more") {
    const std::string broken("83 00 81 00"_hex);
    CHECK(split(client_frame(0x81, "Hi") + broken + "and more", 80) ==
          whole({client_frame(0x81, "Hi"), broken + "and more"}));
    // In pieces: the header with what came along, and no more.
    CHECK(split(broken + "and more", 2) == whole({std::string("83 00"_hex)}));
    // The rule is broken in the eighth byte of a length, and only then seen to be.
    const std::string minimal("82 ff 00 00 00 00 00 00 ff ff 01 02 03 04"_hex);
    CHECK(split(minimal + "tail", 5) == whole({minimal + "t"}));
}

TEST_CASE("an observer is shown both ways of a conversation, in order, byte for byte") {
    watched_server server;
    server.on_open    = [](duplex::server& ws, const duplex::request& request) { ws.push(request.fd, "welcome"); };
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, "in ", opcode::text, false);
        ws.push(message.fd, "two", opcode::continuation);
        CHECK(message.data == "Hello");  // the observer's copy was made before it was unmasked, and not instead
    };
    server.start();
    const auto before = std::chrono::system_clock::now().time_since_epoch();

    open_client client(server);
    client.send(client_frame(0x01, "Hel") + client_frame(0x89, "?") + client_frame(0x80, "lo"));
    for (int i = 0; i < 4; ++i) client.read_frame();
    client.send_close(1000);
    client.read_to_end();
    server.wait_for_close();

    CHECK(server.seen(direction::received) ==
          whole({client_frame(0x01, "Hel"), client_frame(0x89, "?"), client_frame(0x80, "lo"),
                 client_frame(0x88, test::close_with(1000))}));
    CHECK(server.seen(direction::sent) ==
          whole({server_frame(0x81, "welcome"), server_frame(0x8a, "?"), server_frame(0x01, "in "),
                 server_frame(0x80, "two"), server_frame(0x88, test::close_with(1000))}));
    const auto all = server.seen();
    CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time < b.time; }));
    // A question stands before its answer.
    CHECK(all.front().direction == direction::sent);
    CHECK(all[1].direction == direction::received);
    CHECK(all.back().direction == direction::sent);
    // Rounded down to a millisecond.
    CHECK(all.front().time + std::chrono::milliseconds(1) > before);
    CHECK(all.back().time <= std::chrono::system_clock::now().time_since_epoch());
}

TEST_CASE("frames of every form are shown, also those that are read straight into their message") {
    watched_server server({.most_payload = 100'000});
    server.start();
    open_client client(server);
    // Without the frame that is not masked and the close: after these nothing is read.
    auto frames = all_forms();
    frames.erase(frames.end() - 2);
    client.send(joined(frames));
    client.read_to_end();
    server.wait_for_close();
    CHECK(server.seen(direction::received) == whole(frames));
}

TEST_CASE("an observer is shown what other threads push and what is broadcast") {
    watched_server server({.most_payload = 100'000});
    server.start();
    open_client       client(server);
    const std::string large(70'000, 'x');
    CHECK(server->push(1, "pushed"));
    CHECK(server->broadcast(std::string(2000, 'y')));
    CHECK(server->push(1, large, opcode::binary));
    CHECK(client.read_frame() == text("pushed"));
    CHECK(client.read_frame() == text(std::string(2000, 'y')));
    CHECK(client.read_frame().payload == large);
    client.send_close(1000);
    client.read_to_end();
    server.wait_for_close();
    const auto sent = server.seen(direction::sent);
    REQUIRE(sent.size() == 4);
    CHECK(sent[0] == whole({server_frame(0x81, "pushed")})[0]);
    CHECK(sent[1] == whole({server_frame(0x81, std::string(2000, 'y'))})[0]);
    CHECK(sent[2] == whole({std::string("82 7f 00 00 00 00 00 01 11 70"_hex) + large})[0]);
}

TEST_CASE("a frame that is refused before it is complete is shown before the refusal") {
    watched_server server;
    server.start();
    open_client       client(server);
    const std::string unmasked("81 05 48 65"_hex);
    client.send(unmasked);
    CHECK(client.read_frame().first == 0x88);
    client.close();
    server.wait_for_close();
    const auto all = server.seen();
    REQUIRE(all.size() == 2);
    CHECK(all[0].direction == direction::received);
    CHECK(all[0].bytes == unmasked);
    CHECK(all[0].size == 7);
    CHECK(all[1].direction == direction::sent);
    CHECK(duplex::trace(all[1].bytes, 125).find("code 1002 \"RFC 6455 §5.1: a client must mask") !=
          std::string::npos);
}

TEST_CASE("a frame that breaks off with the connection is shown as far as it came") {
    watched_server server;
    server.start();
    open_client client(server);
    client.send(client_header(0x82, 1000) + "only this");
    client.half_close();
    client.wait_for_end();
    server.wait_for_close();
    CHECK(server.seen(direction::received) == std::vector<shown>{{client_header(0x82, 1000) + "only this", 1008}});
}

TEST_CASE("the observer's own connections, plain requests and refused handshakes are not shown") {
    watched_server server({.own_path = "/tap"});
    server->on_handshake([](duplex::server&, const duplex::request& request) {
        return request.path() == "/no" ? duplex::handshake_decision::refuse(duplex::response(404))
                                       : duplex::handshake_decision::accept();
    });
    server.start();
    open_client own(server, 0, "/tap?x=1"), other(server, 0, "/tape");
    raw_client(server->port()).open("/no");
    for (auto* client : {&own, &other}) {
        client->send_text("Hello");
        client->send_close(1000);
        client->read_to_end();
    }
    server.wait_for_close(1);
    server.wait_for_close(2);
    for (const auto& event : server.seen()) CHECK(event.fd == 2);
    CHECK(server.seen(direction::received, 2).size() == 2);
}

TEST_CASE("an observer may push to whom it shows, and is never called inside push") {
    running_server server;
    bool           inside = false;
    int            pushed = 0;
    server->on_wire(
        [&](duplex::server& ws, const wire_event& event) {
            CHECK_FALSE(inside);
            inside = true;
            if (event.direction == direction::received && !(event.bytes[0] & 8)) {
                CHECK(ws.push(2, duplex::trace(event.bytes)));
                CHECK(ws.push(1, std::string(100'000, 'x')));  // large enough to leave at once
                ++pushed;
            }
            inside = false;
        },
        {.own_path = "/tap"});
    server.start();
    open_client shown(server), own(server, 0, "/tap");
    shown.send_text("Hello");
    CHECK(own.read_frame() == text("81 85  37 fa 21 3d  7f 9f 4d 51 58   FIN text masked len 5 \"Hello\""));
    CHECK(shown.read_frame().payload.size() == 100'000);
    CHECK(server.on_loop([&] { return pushed; }) == 1);
}

TEST_CASE("an observer that throws harms nobody, and on_error is told") {
    running_server server;
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data);
    };
    server->on_wire([](duplex::server&, const wire_event&) { throw std::runtime_error("looked away"); });
    server.start();
    open_client client(server);
    client.send_text("Hello");
    CHECK(client.read_frame() == text("Hello"));
    CHECK(server.wait_for_error().text == "on_wire threw: looked away");
    client.send_text("still here");
    CHECK(client.read_frame() == text("still here"));
}

TEST_CASE("with several threads each connection is shown whole and in order") {
    watched_server server({}, {.threads = 3});
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data);
    };
    server.start();
    std::vector<open_client> clients;
    for (int i = 0; i < 6; ++i) clients.emplace_back(server);
    std::vector<std::string> asked, answered;
    for (int i = 0; i < 20; ++i) {
        const std::string number = std::to_string(i);
        asked.push_back(client_frame(0x81, number));
        answered.push_back(server_frame(0x81, number));
        for (auto& client : clients) client.send_text(number);
    }
    asked.push_back(client_frame(0x88, ""));
    answered.push_back(server_frame(0x88, ""));
    for (auto& client : clients) {
        client.send(asked.back());
        client.read_to_end();
    }
    for (duplex::connection_id fd = 1; fd <= 6; ++fd) {
        server.wait_for_close(fd);
        CHECK(server.seen(direction::received, fd) == whole(asked));
        CHECK(server.seen(direction::sent, fd) == whole(answered));
    }
}

TEST_CASE("setting a handler returns the one before, so that a new one can call it") {
    duplex::server server("127.0.0.1", 0);
    CHECK_FALSE(server.on_open({}));
    int called = 0;
    CHECK_FALSE(server.on_message([&](duplex::server&, const duplex::message&) { ++called; }));
    const auto before = server.on_message({});
    REQUIRE(before);
    before(server, {});
    CHECK(called == 1);
    CHECK_FALSE(server.on_wire([](duplex::server&, const wire_event&) {}));
    CHECK(server.on_wire({}));
}
