// options.hpp: every limit and every timeout of a server.          RFC 6455 §10.4             Lesson 6
//
// A peer can be slow, greedy, broken or gone. Each bound here answers the question what happens then, and
// lesson 9 shows each of them act. The defaults suit a small server; the order of the members is part of the
// interface, so that designated initialisers can name some and leave the rest:
//
//     duplex::server server("0.0.0.0", 9504, {.max_message = 4 << 20, .threads = 2});
//
// To say never, or as many as you like, take a value as large as you like: see bounded.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// The values are yours to choose; the test names those of the library. Read its reasons when they differ.
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
    // TODO: a limit for one message, over all its fragments.
    /// The most bytes of one message, over all its fragments; a larger one is answered with 1009.
    std::size_t max_message = 0;

    // TODO: three limits for a request head; a browser with many cookies must stay below them.
    /// The most bytes of a request head; 431. Browsers stay under 2 KiB, cookies may add some more.
    std::size_t max_head = 0;
    /// The most fields of a request head; 431.
    std::size_t max_fields = 0;
    /// The most bytes of a request target; 414.
    std::size_t max_target = 0;

    // TODO: the timeouts. Too short, and slow lines fail; too long, and the dead hold their place.
    /// From accept to the end of the request head, in total: one byte now and then does not extend it. 408, or
    /// silence towards a peer that has sent nothing.
    std::chrono::milliseconds handshake_timeout{0};
    /// After this much silence the server sends a Ping, which also keeps proxies from giving up (many do at 60 s).
    std::chrono::milliseconds ping_interval{0};
    /// After the Ping, this long without a single byte from the peer ends the connection. When the kernel was full
    /// of our bytes and has room again, that counts as life too: then somebody reads.
    std::chrono::milliseconds ping_timeout{0};
    /// With something to send, this long without one byte accepted by the kernel ends the connection.
    std::chrono::milliseconds write_timeout{0};
    /// From our last bytes, a close frame or an HTTP answer, until the socket is closed whatever the peer does. What is
    /// queued before them has the time that write_timeout gives it.
    std::chrono::milliseconds close_timeout{0};
    /// From the first byte of a message to its last; 0 is off, since a large message on a slow line is legal. 1008.
    std::chrono::milliseconds message_timeout{0};

    // TODO: how much may wait for a peer that does not read.
    /// The most bytes waiting for one peer, Pongs included. An empty queue takes any one frame; otherwise
    /// what waits stays within max(send_queue, max_message + 14), or push says queue_full.
    std::size_t send_queue = 0;
    /// What a broadcast does with a peer whose queue is full.
    duplex::slow_reader slow_reader = slow_reader::skip;

    // TODO: how many at a time.
    /// The most connections at a time; further ones are answered with 503.
    std::size_t max_connections = 0;

    /// The web pages that may connect, as origins such as "https://example.com"; others get 403. "same-origin"
    /// stands for pages that this server served itself. Empty: every page on the web that a user of yours
    /// visits can connect with that user's cookies, also to a server on localhost (RFC 6455 §10.2).
    std::vector<std::string> allowed_origins{};
    /// With allowed_origins set: whether a request without an Origin, which no browser makes, gets 403 too.
    bool require_origin = false;

    // TODO: what suits small messages, and a server that is started again.
    /// TCP_NODELAY: send small messages at once instead of waiting for the peer's acknowledgement.
    bool no_delay = false;
    /// SO_REUSEADDR: listen again at once after a restart, while old connections still time out.
    bool reuse_address = false;

    // TODO: how many, unless somebody wants more.
    /// Loops, each with its own thread and its own connections.
    std::size_t threads = 0;
};

/// The options as a server keeps them: at least one thread, and nothing so large that a sum with it overflows. Ten
/// years are as good as never.
inline options bounded(options settings) {
    // TODO: no timeout under 0 or over 87,600 hours; no number of bytes or connections over SIZE_MAX / 4.
    return settings;
}

}  // namespace duplex
