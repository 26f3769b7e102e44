// frame.hpp: one WebSocket frame, to and from bytes.               RFC 6455 §5.2, §5.3        Lesson 4
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     |F|R|R|R| opcode|M| length (7)  |  length, 16 or 64 bits more   |
//     |I|S|S|S|  (4)  |A|             |  when the 7 bits say 126, 127 |
//     |N|V|V|V|       |S|             |                               |
//     | |1|2|3|       |K|             |                               |
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     |  masking key, 4 bytes, if MASK |  payload ...                 |
//     +--------------------------------+------------------------------+
//
// Nothing here knows a socket: bytes in, values out.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include <duplex/violation.hpp>

namespace duplex {

/// What a frame is for (§5.2). From 8 on they are control frames.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(opcode code) { return static_cast<unsigned>(code) >= 8; }

/// 3 to 7 and 11 to 15 have no meaning yet (§5.2). More does not fit in four bits, and is never right either.
constexpr bool is_reserved(opcode code) {
    return static_cast<unsigned>(code) > 10 || (static_cast<unsigned>(code) & 7) > 2;
}

/// The opcode's name, for people: "text". A reserved opcode is "reserved".
constexpr std::string_view name(opcode code) {
    switch (code) {
        case opcode::continuation: return "continuation";
        case opcode::text: return "text";
        case opcode::binary: return "binary";
        case opcode::close: return "close";
        case opcode::ping: return "ping";
        case opcode::pong: return "pong";
    }
    return "reserved";
}

/// An opcode prints as its number: text prints 1.
inline std::ostream& operator<<(std::ostream& out, opcode code) { return out << static_cast<unsigned>(code); }

/// Four bytes that a client chooses anew for each frame (§5.3).
using masking_key = std::array<char, 4>;

/// What a frame says about itself before its payload begins.
struct frame_header {
    bool           fin    = true;   ///< the last frame of its message
    bool           rsv1   = false;  ///< reserved for extensions, like rsv2 and rsv3
    bool           rsv2   = false;
    bool           rsv3   = false;
    bool           masked = false;  ///< always true from a client, never from a server (§5.1)
    duplex::opcode opcode = opcode::text;
    std::uint64_t  length = 0;  ///< payload, in bytes; up to 2^63 - 1
    masking_key    key{};

    friend constexpr bool operator==(const frame_header&, const frame_header&) = default;
};

/// The longest a header can be: 2 bytes, 8 of length, 4 of masking key.
inline constexpr std::size_t max_header_size = 14;

/// The most a control frame may carry, in bytes (§5.5).
inline constexpr std::size_t max_control_payload = 125;

/// The answer of decode_header when the bytes end inside the header.
struct need_more_t {
    friend constexpr bool operator==(need_more_t, need_more_t) = default;
};
inline constexpr need_more_t need_more{};

/// A header and how many bytes it took.
struct decoded_header {
    frame_header header;
    std::size_t  size = 0;

    friend constexpr bool operator==(const decoded_header&, const decoded_header&) = default;
};

using decode_result = std::variant<need_more_t, decoded_header, violation>;

/// Reads a frame header from the front of `bytes`.
///
/// It judges what is wrong for any frame; whether a mask or a reserved bit is right depends on who sent it,
/// and is judged by the receiver.
///
/// @returns the header and its size in bytes (2 to 14); or `need_more` when `bytes` ends inside it;
///          or a `violation` that names the rule. Never reads past `bytes`.
constexpr decode_result decode_header(std::string_view bytes) {
    // TODO: read the two first bytes bit by bit, as the picture above shows. 126 and 127 are no lengths: they
    // say that 16 or 64 bits follow, high byte first. Behind that come the four bytes of the masking key.
    // Refuse an opcode that is not defined (RFC 6455 §5.2), a control frame without FIN or with more than
    // 125 bytes (§5.5), a length that is longer than it must be or has its highest bit set (§5.2).
    return need_more;
}

/// A header as bytes: `view()` is what goes on the wire.
struct encoded_header {
    std::array<char, max_header_size> bytes{};
    std::size_t                       size = 0;

    constexpr std::string_view view() const { return {bytes.data(), size}; }
};

/// Writes a frame header in the fewest bytes.
constexpr encoded_header encode_header(const frame_header& header) {
    // TODO: the same in the other direction, with the length in the fewest bytes.
    return {};
}

/// Masks or unmasks `payload` in place: doing it twice restores it (§5.3).
///
/// @param offset where in the frame's payload these bytes begin, for a payload that comes in pieces
constexpr void apply_mask(std::span<char> payload, masking_key key, std::size_t offset = 0) {
    // TODO: byte i of the frame's payload is XORed with byte i mod 4 of the key (RFC 6455 §5.3). `payload` begins
    // at byte `offset` of it. One byte at a time will do; faster can come when it is right.
}

}  // namespace duplex
