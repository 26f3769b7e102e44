// sha1.hpp: the SHA-1 digest.                                      RFC 3174                   Lesson 3
//
// The opening handshake needs SHA-1 once per connection. It is no secret there and protects nothing: it only
// shows that the server has understood the request (RFC 6455 §10.8). Do not use it where security matters.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// What SHA-1 computes matters for WebSocket, how does not. Delete your copy of this file and ours stands in.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace duplex {

namespace detail {

/// The five words that SHA-1 stirs, block after block (RFC 3174 §6.1).
struct sha1_state {
    std::array<std::uint32_t, 5> word{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

    constexpr void stir(const std::array<std::uint8_t, 64>& block) {
        // TODO: RFC 3174 §6.1: make 80 words of the 16 in `block`, then stir a, b, c, d, e with them 80 times.
    }
};

}  // namespace detail

/// The SHA-1 digest of `text`: 20 bytes.
constexpr std::array<char, 20> sha1(std::string_view text) {
    // TODO: cut `text` into blocks of 64 bytes, pad the last one (RFC 3174 §4), stir a sha1_state with each
    // block, and write its five words as 20 bytes, high byte first.
    return {};
}

}  // namespace duplex
