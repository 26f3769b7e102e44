// Tests of what a message costs: in the steady state, no allocation. Lesson: 14
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"
#include "support/thread_heap.hpp"

namespace {

/// A server that echoes and counts what it allocates, and notes nothing else.
class counted_server {
public:
    explicit counted_server(duplex::options options = {}) : server_("127.0.0.1", 0, options) {
        server_.on_message([this](duplex::server& ws, const duplex::message& message) {
            if (message.data == "begin") counted_ = test::thread_heap.pieces;
            if (message.data == "end") counted_ = test::thread_heap.pieces - counted_;
            message.data == "broadcast" ? ws.broadcast(std::string_view(large_))
                                        : ws.push(message.fd, message.data);
        });
        thread_ = std::thread([this] { server_.start(); });
    }
    ~counted_server() {
        server_.stop();
        thread_.join();
    }
    counted_server(const counted_server&)            = delete;
    counted_server& operator=(const counted_server&) = delete;

    duplex::server& get() { return server_; }

    /// Bytes that the server's thread holds now.
    std::ptrdiff_t held() {
        std::promise<std::ptrdiff_t> told;
        server_.post([&] { told.set_value(test::thread_heap.live); });
        return told.get_future().get();
    }

    /// Allocations while `client` plays `times` times, after it has done so often enough to be in its stride.
    template <class Play>
    std::ptrdiff_t during(test::raw_client& client, int times, Play play) {
        const auto say = [&](const char* word) {
            client.send_text(word);
            while (client.read_frame() != test::text(word)) {
            }
        };
        for (int i = 0; i < 100; ++i) play();
        say("begin");
        for (int i = 0; i < times; ++i) play();
        say("end");
        return counted_;
    }

private:
    const std::string           large_ = std::string(10'000, 'x');
    duplex::server              server_;
    std::atomic<std::ptrdiff_t> counted_{0};
    std::thread                 thread_;
};

}  // namespace

TEST_CASE("an echo costs no allocation: small, in fragments, and large") {
    counted_server   server;
    test::raw_client client(server.get().port());
    client.open();
    const auto echo = [&](const std::string& frames, const std::string& message) {
        return server.during(client, 100, [&] {
            client.send(frames);
            CHECK(client.read_frame() == test::text(message));
        });
    };
    CHECK(echo(test::client_frame(0x81, "Hello"), "Hello") == 0);
    CHECK(echo(test::client_frame(0x01, "Hel") + test::client_frame(0x80, "lo"), "Hello") == 0);
    const std::string large(64 * 1024, 'x');
    CHECK(echo(test::client_frame(0x81, large), large) == 0);
    CHECK(server.during(client, 100, [&] {
        client.send(test::client_frame(0x89, "ping"));
        client.read_frame();
    }) == 0);
}

TEST_CASE("a broadcast is encoded once, not once for each receiver") {
    counted_server                server;
    std::vector<test::raw_client> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(server.get().port());
    for (auto& client : clients) client.open();
    constexpr int times = 100;
    const auto    count = server.during(clients[0], times, [&] {
        clients[0].send_text("broadcast");
        for (auto& client : clients) CHECK(client.read_frame().payload.size() == 10'000);
    });
    // One for the text of the frame, one for what counts its owners.
    CHECK(count >= times);
    CHECK(count <= 3 * times);
}

TEST_CASE("a peer that has spoken and is silent holds at most 600 bytes") {
    constexpr std::ptrdiff_t peers = 200, at_most = 600;
    // That a message has 40 ms only serves to let the deadlines be looked at every 10 ms.
    counted_server server({.message_timeout = std::chrono::milliseconds(40)});
    {
        test::raw_client first(server.get().port());  // what is allocated once is allocated for it
        first.open();
        first.send_text("Hello");
        first.read_frame();
    }
    while (server.get().stats().open > 0) server.held();

    const std::ptrdiff_t          before = server.held();
    std::vector<test::raw_client> clients;
    for (int i = 0; i < peers; ++i) {
        clients.emplace_back(server.get().port());
        clients.back().open();
        clients.back().send_text("Hello");
        CHECK(clients.back().read_frame() == test::text("Hello"));
    }
    const auto     too_late = std::chrono::steady_clock::now() + std::chrono::seconds(test::patience);
    std::ptrdiff_t each     = 0;
    do each = (server.held() - before) / peers;
    while (each > at_most && std::chrono::steady_clock::now() < too_late);
    CHECK(each <= at_most);
    WARN("a silent peer holds " << each << " bytes");
}

TEST_CASE("a peer whose message finds no memory has to go, and others stay") {
    test::running_server server({.max_message = 16 << 20, .threads = 2});
    server.on_open    = [](auto&, auto&) { test::largest_piece = 1 << 20; };
    server.on_message = [](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data);
    };
    server.start();
    std::vector<test::open_client> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back(server);
    try {
        clients[0].send(test::client_header(0x82, 4 << 20) + std::string(4 << 20, 'x'));
    } catch (const std::system_error&) {  // it had to go before it had said all
    }
    clients[0].wait_for_end();
    const auto end = server.wait_for_close(1);
    CHECK(end.code == 1006);
    CHECK(end.by == duplex::ended_by::error);
    for (std::size_t i = 1; i < clients.size(); ++i) {
        clients[i].send_text("still here");
        CHECK(clients[i].read_frame() == test::text("still here"));
    }
}

TEST_CASE("a peer that has broken a rule and stays holds no more than a silent one") {
    constexpr std::ptrdiff_t peers = 20, at_most = 1000;
    counted_server           server;
    {
        test::raw_client first(server.get().port());  // what is allocated once is allocated for it
        first.open();
        first.send("\x81\x05");
        first.read_to_end();
    }
    while (server.get().stats().open > 0) server.held();

    const std::ptrdiff_t          before = server.held();
    std::vector<test::raw_client> clients;
    for (int i = 0; i < peers; ++i) {
        clients.emplace_back(server.get().port());
        clients.back().open();
        clients.back().send(test::client_frame(0x02, std::string(1'000'000, 'x')) + "\x81\x05");
        CHECK(clients.back().read_frame().payload.starts_with(test::close_with(1002)));
        CHECK(clients.back().read_to_end() == "");
    }
    CHECK((server.held() - before) / peers <= at_most);
}

TEST_CASE("a handshake for which there is no memory was none, and others stay") {
    test::running_server server({.threads = 2});
    server->on_handshake([](duplex::server& ws, const duplex::request& request) {
        if (request.path() == "/no-memory") {
            ws.post([] { test::largest_piece = SIZE_MAX; });
            test::largest_piece = 100;
        }
        return duplex::handshake_decision::accept();
    });
    server.start();
    test::open_client stays(server);
    for (int i = 0; i < 4; ++i) {  // on both loops
        test::raw_client none(server->port());
        none.send(test::upgrade_request("/no-memory"));
        none.wait_for_end();
    }
    CHECK(server->push(1, "still here"));
    CHECK(stays.read_frame() == test::text("still here"));
    CHECK(server->connections() == std::vector<duplex::connection_id>{1});
}
