// Tests of after, every, cancel and post. Lesson: 6
//
// No case waits for a time to pass: each waits for a call, and checks the order of calls.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <duplex/duplex.hpp>

#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using test::event;
using test::open_client;
using test::running_server;

namespace {

/// Words that any thread may say, and one waits for.
class words {
public:
    void say(std::string word) {
        const std::scoped_lock lock(mutex_);
        said_.push_back(std::move(word));
        changed_.notify_all();
    }
    /// The first `count` words.
    std::vector<std::string> first(std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(test::patience), [&] { return said_.size() >= count; }))
            throw std::runtime_error("a word that the test waits for does not come");
        return {said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(count)};
    }

private:
    std::mutex               mutex_;
    std::condition_variable  changed_;
    std::vector<std::string> said_;
};

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("timers are called in the order in which they are due") {
    words          said;
    running_server server;
    server->after(30ms, [&] { said.say("late"); });
    server->after(10ms, [&] { said.say("early"); });
    server->after(0ms, [&] { said.say("now"); });
    server.start();
    CHECK(said.first(3) == list{"now", "early", "late"});
}

TEST_CASE("every calls again and again until it is cancelled, also by itself") {
    words            said;
    running_server   server;
    int              calls = 0;
    duplex::timer_id id    = 0;
    server.start();
    server.on_loop([&] {
        id = server->every(1ms, [&] {
            said.say(std::to_string(++calls));
            if (calls < 3) return;
            server->cancel(id);
            server->after(20ms, [&] { said.say("end"); });  // far longer than the period
        });
        return 0;
    });
    CHECK(said.first(4) == list{"1", "2", "3", "end"});
}

TEST_CASE("every keeps to its periods, and leaves out what was missed") {
    using clock    = duplex::loop::clock;
    const auto due = [](int expiry, int now) {
        return duplex::loop::next_due(clock::time_point(expiry * 1s), 10s, clock::time_point(now * 1s));
    };
    CHECK(due(100, 100) == clock::time_point(110s));
    CHECK(due(100, 103) == clock::time_point(110s));
    CHECK(due(100, 99) == clock::time_point(110s));
    CHECK(due(100, 111) == clock::time_point(120s));
    CHECK(due(100, 100'003) == clock::time_point(100'010s));
}

TEST_CASE("a timer that was cancelled is not called, not even when it is due already") {
    words          said;
    running_server server;
    server.start();
    server.on_loop([&] {
        const auto one = server->after(0ms, [&] { said.say("cancelled"); });
        const auto two = server->every(1ms, [&] { said.say("cancelled"); });
        server->cancel(one);
        server->cancel(two);
        server->cancel(two);
        server->cancel(0);
        server->cancel(12345);
        server->after(10ms, [&] { said.say("end"); });
        return 0;
    });
    CHECK(said.first(1) == list{"end"});
    const auto id = server->after(1h, [&] { said.say("cancelled"); });
    server->cancel(id);
    server->after(0ms, [&] { said.say("end"); });
    CHECK(said.first(2) == list{"end", "end"});
}

TEST_CASE("what can only be moved may be called later") {
    words          said;
    running_server server;
    server.start();
    const auto carried = [&](const char* word) {
        return [&, owned = std::make_unique<std::string>(word)]() mutable {
            said.say(std::exchange(*owned, "again"));
        };
    };
    server->post(carried("post"));
    CHECK(said.first(1) == list{"post"});
    server->after(0ms, carried("after"));
    CHECK(said.first(2) == list{"post", "after"});
    const auto id = server->every(1ms, carried("every"));
    CHECK(said.first(4) == list{"post", "after", "every", "again"});
    server->cancel(id);
}

TEST_CASE("what a timer or a post throws is told to on_error, and the timer goes on") {
    words          said;
    running_server server;
    int            calls = 0;
    server.start();
    server->post([] { throw std::runtime_error("a"); });
    CHECK(server.wait_for([](const event& each) { return each.text == "post threw: a"; }).fd == 0);
    server->post([] { throw 42; });
    CHECK(server.wait_for([](const event& each) { return each.text == "post threw"; }).fd == 0);
    server->after(0ms, [] { throw std::runtime_error("b"); });
    server.wait_for([](const event& each) { return each.text == "a timer threw: b"; });
    const auto id = server->every(1ms, [&] {
        said.say(std::to_string(++calls));
        throw std::runtime_error("c");
    });
    CHECK(said.first(2) == list{"1", "2"});
    server->cancel(id);
}

TEST_CASE("post is never called from within post, and keeps the order of its thread") {
    words          said;
    running_server server;
    server.start();
    server.on_loop([&] {
        server->post([&] {
            said.say("first");
            server->post([&] { said.say("third"); });
            said.say("second");
        });
        return 0;
    });
    CHECK(said.first(3) == list{"first", "second", "third"});

    open_client client(server);
    server->push(1, "pushed");
    server->post([&] { server->push(1, "posted"); });
    server->push(1, "pushed again");
    CHECK(client.read_frame() == test::text("pushed"));
    CHECK(client.read_frame() == test::text("posted"));
    CHECK(client.read_frame() == test::text("pushed again"));
}

TEST_CASE("timers and posts of a handler run on its loop") {
    words          said;
    running_server server({.threads = 2});
    server.on_message = [&](duplex::server& ws, const duplex::message&) {
        const auto here = std::this_thread::get_id();
        const auto same = [&said, here](std::string word) {
            return [&said, here, word] { said.say(std::this_thread::get_id() == here ? word : "elsewhere"); };
        };
        ws.post(same("post"));
        ws.after(0ms, same("after"));
    };
    server.start();
    open_client one(server), two(server);
    for (auto* client : {&one, &two}) {
        client->send_text("go");
    }
    auto heard = said.first(4);
    std::sort(heard.begin(), heard.end());
    CHECK(heard == list{"after", "after", "post", "post"});
}

TEST_CASE("a period must be more than nothing") {
    running_server server;
    CHECK_THROWS_AS(server->every(0ms, [] {}), std::invalid_argument);
    CHECK_THROWS_AS(server->every(-1ms, [] {}), std::invalid_argument);
    server.start();
}

TEST_CASE("timers end with the server") {
    const auto     alive = std::make_shared<int>();
    running_server server({.threads = 2});
    server->every(1ms, [alive] {});
    server->after(1h, [alive] {});
    server.start();
    server.on_loop([&] {
        server->after(1h, [alive] {});
        return 0;
    });
    server.stop();
    CHECK(alive.use_count() == 1);
}

TEST_CASE("a loop that was held up looks at its deadlines one tick later") {
    struct ticked final : duplex::any_connection {
        duplex::push_result push(std::string_view, duplex::opcode, bool) override { return {}; }
        void                broadcast(const duplex::shared_frame&) override {}
        void                hand_over(std::string) override {}
        void                disconnect(std::uint16_t, std::string_view) override {}
        void                tick(duplex::loop::clock::time_point) override { ++ticks; }
        void                turn() override {}
        void                stop() override {}
        void                abort() override {}

        int ticks = 0;
    };
    asio::io_context context;
    duplex::loop     loop(context, 10ms);
    const auto       connection = std::make_shared<ticked>();
    loop.add(connection);
    loop.start();
    context.run_one();
    CHECK(connection->ticks == 1);
    const auto held_up = [] {
        for (const auto end = duplex::loop::clock::now() + 50ms; duplex::loop::clock::now() < end;) {
        }
    };
    held_up();
    context.run_one();
    CHECK(connection->ticks == 1);
    context.run_one();
    CHECK(connection->ticks == 2);
    // Not twice in a row: else a loop that is always late would never look.
    held_up();
    context.run_one();
    held_up();
    context.run_one();
    CHECK(connection->ticks == 3);
}
