// base64.hpp: bytes as letters, digits, + and /.                   RFC 4648 §4                Lesson 3
//
// Three bytes are 24 bits, and 24 bits are four letters of six bits each. `=` fills up the last four.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
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
    // TODO: three bytes at a time make a number of 24 bits, and that makes four letters (RFC 4648 §4).
    // Where bytes are missing at the end, zeros stand in, and `=` for the letters that hold no bit of yours.
    return {};
}

/// How many bytes `text` stands for; nothing when it is not base64 with padding. The unused bits of the last
/// letter may be anything: the key in RFC 6455 §4.1's own example has them set.
constexpr std::optional<std::size_t> base64_decoded_size(std::string_view text) {
    // TODO: the length must be a multiple of four, `=` may stand only at the end and twice at most, and each
    // other character must be one of the 64.
    return std::nullopt;
}

}  // namespace duplex
