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

// #region frame_header
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
// #endregion frame_header

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

// #region decode
/// Reads a frame header from the front of `bytes`.
///
/// It judges what is wrong for any frame; whether a mask or a reserved bit is right depends on who sent it,
/// and is judged by the receiver.
///
/// @returns the header and its size in bytes (2 to 14); or `need_more` when `bytes` ends inside it;
///          or a `violation` that names the rule. Never reads past `bytes`.
constexpr decode_result decode_header(std::string_view bytes) {
    if (bytes.size() < 2) return need_more;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };

    // #region bits
    decoded_header result;
    frame_header&  header = result.header;
    header.fin            = byte(0) & 0x80;
    header.rsv1           = byte(0) & 0x40;
    header.rsv2           = byte(0) & 0x20;
    header.rsv3           = byte(0) & 0x10;
    header.opcode         = static_cast<opcode>(byte(0) & 0x0f);
    header.masked         = byte(1) & 0x80;
    header.length         = byte(1) & 0x7f;
    // #endregion bits

    if (is_reserved(header.opcode)) return violation{"5.2", "the opcode must be one that is defined"};
    if (is_control(header.opcode)) {
        if (!header.fin) return violation{"5.5", "a control frame must not be fragmented"};
        if (header.length > max_control_payload)
            return violation{"5.5", "a control frame carries at most 125 bytes"};
    }

    // #region length
    // 126 and 127 are no lengths: they say that the length follows, in 16 or in 64 bits, high byte first.
    const std::size_t more = header.length == 126 ? 2 : header.length == 127 ? 8 : 0;
    result.size            = 2 + more + (header.masked ? 4 : 0);
    if (bytes.size() < result.size) return need_more;
    if (more > 0) {
        header.length = 0;
        for (std::size_t i = 0; i < more; ++i) header.length = header.length << 8 | byte(2 + i);
        if (header.length >> 63) return violation{"5.2", "the highest bit of a 64-bit length must be 0"};
        // A length that fits in fewer bytes must be written in fewer: two encodings of one length would let
        // two parsers disagree about where the next frame begins.
        if (header.length < (more == 2 ? 126u : 65536u))
            return violation{"5.2", "the length must use the fewest bytes"};
    }
    if (header.masked)
        for (std::size_t i = 0; i < 4; ++i) header.key[i] = bytes[2 + more + i];
    // #endregion length
    return result;
}
// #endregion decode

/// A header as bytes: `view()` is what goes on the wire.
struct encoded_header {
    std::array<char, max_header_size> bytes{};
    std::size_t                       size = 0;

    constexpr std::string_view view() const { return {bytes.data(), size}; }
};

// #region encode
/// Writes a frame header in the fewest bytes.
constexpr encoded_header encode_header(const frame_header& header) {
    encoded_header out;
    const auto     put = [&](unsigned byte) { out.bytes[out.size++] = static_cast<char>(byte); };

    put((header.fin ? 0x80u : 0u) | (header.rsv1 ? 0x40u : 0u) | (header.rsv2 ? 0x20u : 0u) |
        (header.rsv3 ? 0x10u : 0u) | static_cast<unsigned>(header.opcode));
    const unsigned mask_bit = header.masked ? 0x80 : 0;
    int            bits     = 0;
    if (header.length < 126) {
        put(mask_bit | static_cast<unsigned>(header.length));
    } else if (header.length < 65536) {
        put(mask_bit | 126);
        bits = 16;
    } else {
        put(mask_bit | 127);
        bits = 64;
    }
    while (bits > 0) put(static_cast<unsigned>(header.length >> (bits -= 8) & 0xff));
    if (header.masked)
        for (const char c : header.key) put(static_cast<std::uint8_t>(c));
    return out;
}
// #endregion encode

// #region mask
/// Masks or unmasks `payload` in place: doing it twice restores it (§5.3).
///
/// @param offset where in the frame's payload these bytes begin, for a payload that comes in pieces
constexpr void apply_mask(std::span<char> payload, masking_key key, std::size_t offset = 0) {
    std::size_t i = 0;
    if (!std::is_constant_evaluated()) {
        // Eight bytes a turn. The key repeats every four, so it fits twice, turned to where we begin.
        std::array<char, 8> twice{};
        for (std::size_t k = 0; k < 8; ++k) twice[k] = key[(offset + k) % 4];
        std::uint64_t key_word, word;
        std::memcpy(&key_word, twice.data(), 8);
        for (; i + 8 <= payload.size(); i += 8) {
            std::memcpy(&word, payload.data() + i, 8);
            word ^= key_word;
            std::memcpy(payload.data() + i, &word, 8);
        }
    }
    for (; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[(offset + i) % 4]);
}
// #endregion mask

}  // namespace duplex
