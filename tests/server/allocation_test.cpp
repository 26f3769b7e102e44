// Tests of what a message costs: in the steady state, no allocation. Lesson: 14
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <future>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

namespace {

// Each thread counts for itself; only the server's is asked.
thread_local std::size_t allocations = 0;
thread_local std::size_t live        = 0;  // bytes; what other threads free for this one does not matter here

}  // namespace

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    void* const memory = std::malloc(size == 0 ? 1 : size);
    ++allocations;
    live += ::malloc_usable_size(memory);
    return memory;
}
void* operator new(std::size_t size) {
    if (void* const memory = operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    live -= ::malloc_usable_size(memory);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace {

/// A server that echoes and counts what it allocates, and notes nothing else.
class counted_server {
public:
    explicit counted_server(duplex::options options = {}) : server_("127.0.0.1", 0, options) {
        server_.on_message([this](duplex::server& ws, const duplex::message& message) {
            if (message.data == "begin") counted_ = allocations;
            if (message.data == "end") counted_ = allocations - counted_;
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
    std::size_t held() {
        std::promise<std::size_t> told;
        server_.post([&] { told.set_value(live); });
        return told.get_future().get();
    }

    /// Allocations while `client` plays `times` times, after it has done so often enough to be in its stride.
    template <class Play>
    std::size_t during(test::raw_client& client, int times, Play play) {
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
    const std::string        large_ = std::string(10'000, 'x');
    duplex::server           server_;
    std::atomic<std::size_t> counted_{0};
    std::thread              thread_;
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
    constexpr std::size_t times = 100;
    const auto            count = server.during(clients[0], times, [&] {
        clients[0].send_text("broadcast");
        for (auto& client : clients) CHECK(client.read_frame().payload.size() == 10'000);
    });
    // One for the text of the frame, one for what counts its owners.
    CHECK(count >= times);
    CHECK(count <= 3 * times);
}

TEST_CASE("a peer that has spoken and is silent holds at most 600 bytes") {
    constexpr std::size_t peers = 200, at_most = 600;
    // That a message has 40 ms only serves to let the deadlines be looked at every 10 ms.
    counted_server server({.message_timeout = std::chrono::milliseconds(40)});
    {
        test::raw_client first(server.get().port());  // what is allocated once is allocated for it
        first.open();
        first.send_text("Hello");
        first.read_frame();
    }
    while (server.get().stats().open > 0) server.held();

    const std::size_t             before = server.held();
    std::vector<test::raw_client> clients;
    for (std::size_t i = 0; i < peers; ++i) {
        clients.emplace_back(server.get().port());
        clients.back().open();
        clients.back().send_text("Hello");
        CHECK(clients.back().read_frame() == test::text("Hello"));
    }
    const auto  too_late = std::chrono::steady_clock::now() + std::chrono::seconds(test::patience);
    std::size_t each     = 0;
    do each = (server.held() - before) / peers;
    while (each > at_most && std::chrono::steady_clock::now() < too_late);
    CHECK(each <= at_most);
    WARN("a silent peer holds " << each << " bytes");
}
