// Tests of a server on a loop that its program already has. Lesson: 13
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <duplex/duplex.hpp>

#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/running_server.hpp"

using namespace std::chrono_literals;
using test::text;

TEST_CASE("a server on the program's own loop: start returns at once, and the loop goes on after stop") {
    const auto descriptors = test::open_descriptors();
    {
        std::vector<std::string> story;
        asio::io_context         context;
        asio::steady_timer       unrelated(context, 24h);
        duplex::server           server(context, "127.0.0.1", 0, {.threads = 7});
        server.on_message([&](duplex::server& ws, const duplex::message& message) {
            story.emplace_back(message.data);
            ws.push(message.fd, message.data);
            if (message.data == "stop") ws.stop();
        });
        server.on_close([&](duplex::server&, const duplex::close_event& end) {
            story.push_back("closed " + std::to_string(end.code));
            asio::post(context, [&] {
                story.push_back("the loop goes on");
                unrelated.cancel();
            });
        });
        unrelated.async_wait([&](std::error_code) { story.push_back("the timer of the program"); });
        server.every(1h, [] {});
        server.start();
        story.push_back("start has returned");

        const auto  port = server.port();
        std::thread peer([port] {
            test::raw_client client(port);
            client.open();
            client.send_text("Hello");
            client.read_frame();
            client.send_text("stop");
            client.read_frame();
            client.read_frame();
            client.send_close(1001);
        });
        context.run();
        peer.join();
        CHECK(story == std::vector<std::string>{"start has returned", "Hello", "stop", "closed 1001",
                                                "the loop goes on", "the timer of the program"});
        test::check_books(server.stats());
        CHECK(server.stats().open == 0);
    }
    CHECK(test::open_descriptors() == descriptors);
}

TEST_CASE("what comes after the stop does not keep the program's loop running") {
    asio::io_context context;
    duplex::server   server(context, "127.0.0.1", 0);
    int              calls = 0;
    server.start();
    server.stop();
    context.run();
    asio::post(context, [&] {
        server.every(1ms, [&] { ++calls; });
        server.after(1ms, [&] { ++calls; });
        server.stop();
    });
    context.restart();
    context.run_for(std::chrono::seconds(test::patience));
    CHECK(context.stopped());
    CHECK(calls == 0);
}
