// Tests of what the longest messages cost, counted on the server's thread.
//
// Not in tests/server: sixteen million fragments take a sanitizer minutes.
#include <algorithm>
#include <cstddef>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <duplex/duplex.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/thread_heap.hpp"

using test::heap_use;

namespace {

constexpr std::size_t longest = 16 << 20;

/// A server that notes what its thread asks of the heap from "begin" to the next message.
class counted_server {
public:
    counted_server() : server_("127.0.0.1", 0, {.max_message = longest}) {
        server_.on_message([this](duplex::server& ws, const duplex::message& message) {
            heap_use& heap = test::thread_heap;
            if (message.data == "begin") {
                heap.peak = heap.live;
                before_   = heap;
            } else {
                whole_ =
                    message.data.size() == longest && message.data.find_first_not_of('a') == message.data.npos;
                used_.set_value({heap.pieces - before_.pieces, heap.bytes - before_.bytes,
                                 heap.live - before_.live, heap.peak - before_.live});
            }
            ws.push(message.fd, "done");
        });
        thread_ = std::thread([this] { server_.start(); });
    }
    ~counted_server() {
        server_.stop();
        thread_.join();
    }
    counted_server(const counted_server&)            = delete;
    counted_server& operator=(const counted_server&) = delete;

    /// What a message of `longest` times 'a' asks for, which `send` sends.
    template <class Send>
    heap_use during(Send send) {
        test::raw_client client(server_.port());
        client.open();
        client.send_text("begin");
        client.read_frame();
        send(client);
        client.read_frame();
        const heap_use used = used_.get_future().get();
        CHECK(whole_);
        return used;
    }

private:
    duplex::server         server_;
    heap_use               before_;
    bool                   whole_ = false;
    std::promise<heap_use> used_;  // of the message, and with it `whole_`
    std::thread            thread_;
};

// The buffer grows by half, with what has come. So all the buffers before the last are together at most three times
// the message; while one is copied into the next there are two of them, and at the end there is one.
void check(const heap_use& used) {
    constexpr std::ptrdiff_t once = longest, little = 128 << 10;
    CHECK(used.pieces <= 40);
    CHECK(used.bytes <= 4 * once + little);
    CHECK(used.peak <= 2 * once + little);
    CHECK(used.live <= once + little);
    CHECK(used.peak >= once);  // else nobody has counted
    WARN("16 MiB: " << used.pieces << " allocations of " << used.bytes / 1024 << " KiB in all, at most "
                    << used.peak / 1024 << " KiB at a time");
}

}  // namespace

TEST_CASE("16 MiB in one frame take memory in proportion") {
    counted_server server;
    check(server.during(
        [](test::raw_client& client) { client.send(test::client_frame(0x81, std::string(longest, 'a'))); }));
}

TEST_CASE("16 MiB in fragments of one byte take memory in proportion") {
    constexpr std::size_t at_a_time = 2048;
    const std::string     fragment  = test::client_frame(0x00, "a");
    std::string           many;
    for (std::size_t i = 0; i < at_a_time; ++i) many += fragment;

    counted_server server;
    check(server.during([&](test::raw_client& client) {
        client.send(test::client_frame(0x01, "a"));
        for (std::size_t left = longest - 2, now = 0; left > 0; left -= now) {
            now = std::min(left, at_a_time);
            client.send(std::string_view(many).substr(0, now * fragment.size()));
        }
        client.send(test::client_frame(0x80, "a"));
    }));
}
