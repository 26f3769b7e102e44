// events.hpp: what a server tells your handlers, and what it answers to your calls.           Lesson 6
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include <duplex/close_code.hpp>
#include <duplex/frame.hpp>
#include <duplex/http.hpp>
#include <duplex/trace.hpp>

namespace duplex {

/// Names a connection: 1, 2, 3 … per server and never used again, so an old one can only name nobody. It is
/// called `fd` in members, as in the tutorial this follows, but it is no file descriptor.
using connection_id = std::uint64_t;

/// The request that opened a connection, or a plain HTTP request; then its `fd` is 0.
struct request : http_request {
    connection_id fd = 0;
    std::string   peer;  ///< "127.0.0.1:50000"
};

/// A readable dump over several lines; everything that came from the peer is escaped.
inline std::ostream& operator<<(std::ostream& out, const request& request) {
    // TODO: the tests show its form: number and peer, the request line, each field; then the query, decoded, if
    // there is one; then the cookies. `cut` takes a list apart. All of it comes from a stranger: `escaped`.
    return out;
}

/// A whole message; its fragments have been joined.
struct message {
    connection_id    fd = 0;
    std::string_view data{};                 ///< valid until the handler returns; text is UTF-8
    duplex::opcode   opcode = opcode::text;  ///< text or binary: that of the first fragment
    bool             finish = true;          ///< always true on receipt
};

/// Who ended a connection.
enum class ended_by {
    peer,    ///< it sent a close frame, or ended its side of TCP without one
    server,  ///< disconnect or stop was called
    error,   ///< a rule was broken, a handler threw, or the network failed
    timeout  ///< one of the deadlines of `options` has passed
};

constexpr std::string_view name(ended_by who) {
    // TODO: the word for each.
    return "";
}

inline std::ostream& operator<<(std::ostream& out, ended_by who) { return out << name(who); }

/// The end of a connection; comes exactly once per on_open.
struct close_event {
    connection_id fd   = 0;
    std::uint16_t code = close_code::abnormal;  ///< of the first close frame that was sent or received; else 1006
    std::string   reason;
    bool          clean = false;  ///< a close frame went each way (RFC 6455 §7.1.4)
    ended_by      by    = ended_by::error;
};

/// What became of a push. True means: queued, in order. It does not mean that the peer has received it; only
/// the peer can tell, in a message of its own.
class push_result {
public:
    enum reason_code {
        queued,
        no_such_connection,  ///< it never was, or it is gone
        not_open,            ///< it is still in the handshake, or already closing
        queue_full,          ///< the peer does not read fast enough; see options::send_queue
        too_big,             ///< a control frame of more than 125 bytes (RFC 6455 §5.5)
        invalid_utf8,        ///< opcode text with bytes that are no UTF-8 (RFC 6455 §5.6)
        invalid_opcode,      ///< close (use disconnect), a reserved one, or a continuation of nothing
        unfinished_message,  ///< a message pushed with finish = false has not ended yet (RFC 6455 §5.4)
        wrong_thread         ///< fragments can only be pushed from the connection's own loop
    };

    constexpr push_result(reason_code reason = queued) : reason_(reason) {}  // NOLINT: a reason is a result

    constexpr explicit    operator bool() const {
        // TODO: true when it was queued.
        return false;
    }
    constexpr reason_code reason() const { return reason_; }

    friend constexpr bool operator==(push_result, push_result) = default;

private:
    reason_code reason_;
};

constexpr std::string_view name(push_result::reason_code reason) {
    // TODO: the word as it is written above.
    return "";
}

inline std::ostream& operator<<(std::ostream& out, push_result::reason_code reason) { return out << name(reason); }

/// Counts since the server began. While nothing is under way:
///     accepted == open + closed,   opened == established + ended,
///     frames_queued == frames_written + frames_discarded + frames_pending
struct stats {
    std::uint64_t accepted         = 0;  ///< TCP connections
    std::uint64_t open             = 0;  ///< of these, still there, in whatever state
    std::uint64_t closed           = 0;
    std::uint64_t requests         = 0;  ///< plain HTTP requests answered by on_request or with 426
    std::uint64_t refused          = 0;  ///< requests that broke a rule, and handshakes that were refused
    std::uint64_t opened           = 0;  ///< calls of on_open
    std::uint64_t established      = 0;  ///< of these, not ended yet
    std::uint64_t ended            = 0;  ///< calls of on_close
    std::uint64_t messages         = 0;  ///< calls of on_message
    std::uint64_t violations       = 0;  ///< connections ended because the peer broke a rule
    std::uint64_t bytes_received   = 0;
    std::uint64_t bytes_sent       = 0;
    std::uint64_t frames_queued    = 0;
    std::uint64_t frames_written   = 0;
    std::uint64_t frames_discarded = 0;  ///< queued for a connection that ended before they left
    std::uint64_t frames_pending   = 0;
    std::uint64_t skipped          = 0;  ///< receivers that a broadcast left out
};

}  // namespace duplex
