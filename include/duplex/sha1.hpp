// sha1.hpp: the SHA-1 digest.                                      RFC 3174                   Lesson 3
//
// The opening handshake needs SHA-1 once per connection. It is no secret there and protects nothing: it only
// shows that the server has understood the request (RFC 6455 §10.8). Do not use it where security matters.
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
        std::array<std::uint32_t, 80> w{};
        for (std::size_t t = 0; t < 16; ++t)
            for (std::size_t i = 0; i < 4; ++i) w[t] = w[t] << 8 | block[4 * t + i];
        for (std::size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

        auto [a, b, c, d, e] = word;
        for (std::size_t t = 0; t < 80; ++t) {
            const std::uint32_t mix  = t < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                                       : t < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                                       : t < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                                : (b ^ c ^ d) + 0xCA62C1D6;
            const std::uint32_t next = std::rotl(a, 5) + mix + e + w[t];
            e                        = d;
            d                        = c;
            c                        = std::rotl(b, 30);
            b                        = a;
            a                        = next;
        }
        word = {word[0] + a, word[1] + b, word[2] + c, word[3] + d, word[4] + e};
    }
};

}  // namespace detail

/// The SHA-1 digest of `text`: 20 bytes.
constexpr std::array<char, 20> sha1(std::string_view text) {
    detail::sha1_state           state;
    std::array<std::uint8_t, 64> block{};
    std::size_t                  filled = 0;
    const auto                   add    = [&](std::uint8_t byte) {
        block[filled++] = byte;
        if (filled == block.size()) state.stir(block), filled = 0;
    };

    for (const char c : text) add(static_cast<std::uint8_t>(c));
    // The padding: a one bit, zeros up to the last eight bytes of a block, and the length in bits (§4).
    add(0x80);
    while (filled != 56) add(0);
    for (int shift = 56; shift >= 0; shift -= 8)
        add(static_cast<std::uint8_t>(std::uint64_t{text.size()} * 8 >> shift));

    std::array<char, 20> digest{};
    for (std::size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<char>(state.word[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

}  // namespace duplex
