// bytes.hpp: bytes as tests write and read them.
//
// Written without the library, so that a mistake there cannot hide here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace test {

/// A few bytes that the source holds in hex.
struct bytes {
    std::array<char, 32> data{};
    std::size_t          size = 0;

    constexpr operator std::string_view() const { return {data.data(), size}; }  // NOLINT: it is one that owns
};

inline namespace literals {

/// `"81 05 48"_hex` is three bytes, also in a constant expression. Spaces are for the eye.
consteval bytes operator""_hex(const char* text, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    bytes                      out;
    std::size_t                half = 0;
    for (const char c : std::string_view(text, size)) {
        if (c == ' ') continue;
        const std::size_t digit = digits.find(c);
        if (digit == digits.npos) throw "a byte is written as two lower-case hex digits";
        char& byte = out.data[half / 2];
        byte       = static_cast<char>(static_cast<std::uint8_t>(byte) * 16 + static_cast<int>(digit));
        ++half;
    }
    if (half % 2 != 0) throw "a byte is written as two lower-case hex digits";
    out.size = half / 2;
    return out;
}

}  // namespace literals

/// Bytes as one reads them: "81 05 48".
inline std::string in_hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string                out;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (!out.empty()) out += ' ';
        out += digits[byte / 16];
        out += digits[byte % 16];
    }
    return out;
}

/// The masking key of the examples in RFC 6455 §5.7.
inline constexpr bytes rfc_key = "37 fa 21 3d"_hex;

/// The header of a frame that a client sends, its length in the fewest bytes.
///
/// @param first FIN, reserved bits and opcode: 0x81 is a text message in one frame
inline std::string client_header(unsigned first, std::uint64_t length, std::string_view key = rfc_key) {
    const unsigned form  = length < 126 ? static_cast<unsigned>(length) : length < 65536 ? 126 : 127;
    const int      extra = form < 126 ? 0 : form == 126 ? 2 : 8;
    std::string    header{static_cast<char>(first), static_cast<char>(0x80 + form)};
    for (int i = extra - 1; i >= 0; --i) header += static_cast<char>(length >> (8 * i));
    return header += key;
}

/// `payload` as it looks behind a masking key.
inline std::string masked(std::string_view payload, std::string_view key = rfc_key) {
    std::string out(payload);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ key[i % 4]);
    return out;
}

/// A whole frame that a client sends.
inline std::string client_frame(unsigned first, std::string_view payload, std::string_view key = rfc_key) {
    return client_header(first, payload.size(), key) + masked(payload, key);
}

}  // namespace test
