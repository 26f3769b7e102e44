// slow_utf8.hpp: what RFC 3629 says about UTF-8, computed from code points instead of looked up byte by byte.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace test {

enum class utf8 { whole, cut, broken };

/// Whether `bytes` are whole characters, or end inside one that can still become right, or can never be UTF-8.
inline utf8 slow_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto lead = static_cast<std::uint8_t>(bytes.front());
        const int  ones = std::countl_one(lead);
        if (ones == 1 || ones > 4) return utf8::broken;
        const std::size_t size = ones == 0 ? 1 : static_cast<std::size_t>(ones);

        // The smallest and the largest code point that the bytes so far leave possible.
        std::uint32_t low = lead & (0xffu >> (ones + 1)), high = low;
        for (std::size_t i = 1; i < size; ++i) {
            const bool here = i < bytes.size();
            const auto byte = here ? static_cast<std::uint8_t>(bytes[i]) : 0x80u;
            if ((byte & 0xc0) != 0x80) return utf8::broken;
            low  = low << 6 | (byte & 0x3f);
            high = high << 6 | (here ? byte & 0x3f : 0x3fu);
        }
        constexpr std::uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
        const bool possible = high >= shortest[size] && low <= 0x10ffff && !(low >= 0xd800 && high <= 0xdfff);
        if (!possible) return utf8::broken;
        if (bytes.size() < size) return utf8::cut;
        bytes.remove_prefix(size);
    }
    return utf8::whole;
}

/// A code point in UTF-8, by the table of RFC 3629 §3.
inline std::string utf8_of(std::uint32_t point) {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace test
