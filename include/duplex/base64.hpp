// base64.hpp: bytes as letters, digits, + and /.                   RFC 4648 §4                Lesson 3
//
// Three bytes are 24 bits, and 24 bits are four letters of six bits each. `=` fills up the last four.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace duplex {

namespace detail {
inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

/// `bytes` in base64, with padding.
template <std::size_t Size>
constexpr std::array<char, (Size + 2) / 3 * 4> base64(const std::array<char, Size>& bytes) {
    std::array<char, (Size + 2) / 3 * 4> text{};
    for (std::size_t i = 0, out = 0; i < Size; i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < Size ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            text[out++] = i + k <= Size ? detail::base64_alphabet[bits >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

/// How many bytes `text` stands for; nothing when it is not base64 with padding. The unused bits of the last
/// letter may be anything: the key in RFC 6455 §4.1's own example has them set.
constexpr std::optional<std::size_t> base64_decoded_size(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) text.remove_suffix(1), ++padding;
    for (const char c : text)
        if (detail::base64_alphabet.find(c) == std::string_view::npos) return std::nullopt;
    return (text.size() + padding) / 4 * 3 - padding;
}

}  // namespace duplex
