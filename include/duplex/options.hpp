// options.hpp: every limit and every timeout of a server.          RFC 6455 §10.4             Lesson 6
//
// A peer can be slow, greedy, broken or gone. Each bound here answers the question what happens then, and
// lesson 9 shows each of them act. The defaults suit a small server; the order of the members is part of the
// interface, so that designated initialisers can name some and leave the rest:
//
//     duplex::server server("0.0.0.0", 9504, {.max_message = 4 << 20, .threads = 2});
//
// To say never, or as many as you like, take a value as large as you like: see bounded.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace duplex {

/// What happens to a peer that does not read what is broadcast to it.
enum class slow_reader {
    skip,  ///< it misses the message; stats().skipped counts it
    close  ///< it is closed with 1008
};

struct options {
    /// The most bytes of one message, over all its fragments; a larger one is answered with 1009.
    std::size_t max_message = 1 << 20;

    /// The most bytes of a request head; 431. Browsers stay under 2 KiB, cookies may add some more.
    std::size_t max_head = 8192;
    /// The most fields of a request head; 431.
    std::size_t max_fields = 100;
    /// The most bytes of a request target; 414.
    std::size_t max_target = 4096;

    /// From accept to the end of the request head, in total: one byte now and then does not extend it. 408, or
    /// silence towards a peer that has sent nothing.
    std::chrono::milliseconds handshake_timeout{10'000};
    /// After this much silence the server sends a Ping, which also keeps proxies from giving up (many do at 60 s).
    std::chrono::milliseconds ping_interval{20'000};
    /// After the Ping, this long without a single byte from the peer ends the connection. When the kernel was full
    /// of our bytes and has room again, that counts as life too: then somebody reads.
    std::chrono::milliseconds ping_timeout{20'000};
    /// With something to send, this long without one byte accepted by the kernel ends the connection.
    std::chrono::milliseconds write_timeout{20'000};
    /// From our last bytes, a close frame or an HTTP answer, until the socket is closed whatever the peer does. What is
    /// queued before them has the time that write_timeout gives it.
    std::chrono::milliseconds close_timeout{5'000};
    /// From the first byte of a message to its last; 0 is off, since a large message on a slow line is legal. 1008.
    std::chrono::milliseconds message_timeout{0};

    // #region send_queue
    /// The most bytes waiting for one peer, Pongs included. An empty queue takes any one frame; otherwise
    /// what waits stays within max(send_queue, max_message + 14), or push says queue_full.
    std::size_t send_queue = 1 << 20;
    /// What a broadcast does with a peer whose queue is full.
    duplex::slow_reader slow_reader = slow_reader::skip;
    // #endregion send_queue

    /// The most connections at a time; further ones are answered with 503.
    std::size_t max_connections = 10'000;

    /// The web pages that may connect, as origins such as "https://example.com"; others get 403. "same-origin"
    /// stands for pages that this server served itself. Empty: every page on the web that a user of yours
    /// visits can connect with that user's cookies, also to a server on localhost (RFC 6455 §10.2).
    std::vector<std::string> allowed_origins{};
    /// With allowed_origins set: whether a request without an Origin, which no browser makes, gets 403 too.
    bool require_origin = false;

    /// TCP_NODELAY: send small messages at once instead of waiting for the peer's acknowledgement.
    bool no_delay = true;
    /// SO_REUSEADDR: listen again at once after a restart, while old connections still time out.
    bool reuse_address = true;

    /// Loops, each with its own thread and its own connections.
    std::size_t threads = 1;
};

/// The options as a server keeps them: at least one thread, and nothing so large that a sum with it overflows. Ten
/// years are as good as never.
inline options bounded(options settings) {
    constexpr std::chrono::milliseconds at_once{0}, never = std::chrono::hours(10 * 365 * 24);
    for (auto* each : {&settings.handshake_timeout, &settings.ping_interval, &settings.ping_timeout,
                       &settings.write_timeout, &settings.close_timeout, &settings.message_timeout})
        *each = std::clamp(*each, at_once, never);
    for (auto* each : {&settings.max_message, &settings.send_queue, &settings.max_connections})
        *each = std::min<std::size_t>(*each, SIZE_MAX / 4);
    settings.threads = std::max<std::size_t>(settings.threads, 1);
    return settings;
}

}  // namespace duplex
