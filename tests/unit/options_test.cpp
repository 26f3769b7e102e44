// Tests of options.hpp.
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <duplex/options.hpp>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using duplex::options;

TEST_CASE("the defaults are those that the documentation promises") {
    const options defaults;
    CHECK(defaults.max_message == 1'048'576);
    CHECK(defaults.max_head == 8192);
    CHECK(defaults.max_fields == 100);
    CHECK(defaults.max_target == 4096);
    CHECK(defaults.handshake_timeout == 10s);
    CHECK(defaults.ping_interval == 20s);
    CHECK(defaults.ping_timeout == 20s);
    CHECK(defaults.write_timeout == 20s);
    CHECK(defaults.close_timeout == 5s);
    CHECK(defaults.message_timeout == 0s);
    CHECK(defaults.send_queue == 1'048'576);
    CHECK(defaults.slow_reader == duplex::slow_reader::skip);
    CHECK(defaults.max_connections == 10'000);
    CHECK(defaults.allowed_origins.empty());
    CHECK_FALSE(defaults.require_origin);
    CHECK(defaults.no_delay);
    CHECK(defaults.reuse_address);
    CHECK(defaults.threads == 1);
}

// The order is part of the interface: this does not compile when two members change places.
TEST_CASE("members can be named in their order, and the rest keep their defaults") {
    const options every{.max_message       = 1,
                        .max_head          = 2,
                        .max_fields        = 3,
                        .max_target        = 4,
                        .handshake_timeout = 5ms,
                        .ping_interval     = 6ms,
                        .ping_timeout      = 7ms,
                        .write_timeout     = 8ms,
                        .close_timeout     = 9ms,
                        .message_timeout   = 10ms,
                        .send_queue        = 11,
                        .slow_reader       = duplex::slow_reader::close,
                        .max_connections   = 12,
                        .allowed_origins   = {"https://example.com"},
                        .require_origin    = true,
                        .no_delay          = false,
                        .reuse_address     = false,
                        .threads           = 13};
    CHECK(every.max_message == 1);
    CHECK(every.threads == 13);

    const options some{.max_message = 4 << 20, .threads = 2};
    CHECK(some.max_message == 4'194'304);
    CHECK(some.threads == 2);
    CHECK(some.max_head == options{}.max_head);
    CHECK(some.close_timeout == options{}.close_timeout);
}

TEST_CASE("a server keeps options that no sum overflows, and others as they are") {
    const auto always = std::chrono::milliseconds::max();
    const auto most   = duplex::bounded({.max_message       = SIZE_MAX,
                                         .handshake_timeout = always,
                                         .ping_interval     = always,
                                         .ping_timeout      = always,
                                         .write_timeout     = always,
                                         .close_timeout     = always,
                                         .message_timeout   = always,
                                         .send_queue        = SIZE_MAX,
                                         .max_connections   = SIZE_MAX,
                                         .threads           = 0});
    for (const auto each : {most.handshake_timeout, most.ping_interval, most.ping_timeout, most.write_timeout,
                            most.close_timeout, most.message_timeout})
        CHECK(each == 87'600h);
    for (const auto each : {most.max_message, most.send_queue, most.max_connections}) CHECK(each == SIZE_MAX / 4);
    CHECK(most.threads == 1);

    const auto kept =
        duplex::bounded({.max_message = 5, .ping_timeout = 6ms, .close_timeout = -1ms, .threads = 7});
    CHECK(kept.max_message == 5);
    CHECK(kept.ping_interval == 20s);
    CHECK(kept.ping_timeout == 6ms);
    CHECK(kept.close_timeout == 0ms);
    CHECK(kept.threads == 7);
}
