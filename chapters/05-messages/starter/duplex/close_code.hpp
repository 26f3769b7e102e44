// close_code.hpp: why a connection ends, in two bytes.             RFC 6455 §7.1.5, §7.4      Lesson 5
//
// The payload of a close frame is empty, or a code (16 bits, high byte first) and a reason in UTF-8.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// The names and meanings of the codes are a table and are here already.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <duplex/frame.hpp>
#include <duplex/utf8.hpp>

namespace duplex {

/// The codes that RFC 6455 §7.4.1 and the IANA registry define.
namespace close_code {
inline constexpr std::uint16_t normal           = 1000;
inline constexpr std::uint16_t going_away       = 1001;  ///< a page was left, a server stops
inline constexpr std::uint16_t protocol_error   = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t no_status        = 1005;  ///< never sent: the close frame held no code
inline constexpr std::uint16_t abnormal        = 1006;  ///< never sent: the connection ended without a close frame
inline constexpr std::uint16_t invalid_payload = 1007;  ///< text that is not UTF-8
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big          = 1009;
inline constexpr std::uint16_t internal_error   = 1011;
}  // namespace close_code

/// Whether a close frame may carry `code` (§7.4). 1004 has no meaning; 1005, 1006 and 1015 are only reported,
/// never sent; 1016 to 2999 are for later versions of the protocol; 3000 to 4999 are for applications.
constexpr bool is_sendable_close_code(unsigned code) {
    // TODO: 1000 to 1003, 1007 to 1014, 3000 to 4999 (RFC 6455 §7.4). Why not the others?
    return true;
}

/// What a code means, in a few words; empty for one that has no fixed meaning.
constexpr std::string_view meaning(std::uint16_t code) {
    switch (code) {
        case 1000: return "normal closure";
        case 1001: return "going away";
        case 1002: return "protocol error";
        case 1003: return "unsupported data";
        case 1005: return "no code was sent";
        case 1006: return "the connection ended without a close frame";
        case 1007: return "the text was not UTF-8";
        case 1008: return "policy violation";
        case 1009: return "message too big";
        case 1010: return "an extension is missing";
        case 1011: return "internal error";
        case 1012: return "service restart";
        case 1013: return "try again later";
        case 1014: return "bad gateway";
        case 1015: return "TLS failed";
        default: return "";
    }
}

/// The longest front of `text` that is at most `most` bytes and does not end inside a character.
constexpr std::string_view cut_at_character(std::string_view text, std::size_t most) {
    // TODO: a byte 10xxxxxx goes on with a character that has begun before it: so do not cut in front of one.
    return text;
}

/// What a close frame says. A frame without a payload says 1005.
struct close_status {
    std::uint16_t    code = close_code::no_status;
    std::string_view reason{};

    friend constexpr bool operator==(const close_status&, const close_status&) = default;
};

/// Reads the payload of a close frame.
/// @returns code and reason, a view into `payload`; or a violation: 1002 for one byte or a code that must not
///          be sent, 1007 for a reason that is not UTF-8
constexpr std::variant<close_status, violation> parse_close(std::string_view payload) {
    // TODO: empty is 1005. One byte is refused (RFC 6455 §5.5.1). Two bytes are the code, high byte first; judge
    // it (§7.4). The rest is the reason; it must be UTF-8 (1007). is_utf8 helps.
    return close_status{};
}

/// The payload of a close frame; empty for 1005. A reason over 123 bytes is cut at a character.
inline std::string close_payload(const close_status& status) {
    // TODO: the other direction. Without a code (1005) there is no payload, and so no reason. The payload has at
    // most max_control_payload bytes, and the code takes two of them.
    return {};
}

}  // namespace duplex
