// utf8.hpp: is this text UTF-8?                                    RFC 3629, RFC 6455 §8.1    Lesson 5
//
// A text message must be UTF-8, and it comes in pieces: a character may be cut in two by a fragment or by
// TCP. So the check is a small machine that remembers where in a character it stands:
//
//     character          bytes                      the machine, which always counts what is still to come
//     U+0000  … U+007F   00..7F                     begin
//     U+0080  … U+07FF   C2..DF 80..BF              begin → one more → begin
//     U+0800  … U+FFFF   E0 A0..BF 80..BF           begin → after E0 → one more → begin
//                        E1..EF 80..BF 80..BF       begin → two more → one more → begin
//                        ED 80..9F 80..BF           (A0..BF would be surrogates: never in UTF-8)
//     U+10000 … U+10FFFF F0 90..BF, F1..F3, F4 80..8F, then two more
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace duplex {

namespace detail {

// A state is how far its six bits lie from the right end of a row: see utf8_rows.
enum utf8_state : std::uint64_t {
    begin      = 0,
    broken     = 6,
    one_more   = 12,
    two_more   = 18,
    three_more = 24,
    after_e0   = 30,
    after_ed   = 36,
    after_f0   = 42,
    after_f4   = 48
};

// #region machine
/// The machine, as one would write it down.
constexpr utf8_state utf8_next(utf8_state state, unsigned byte) {
    const auto in = [=](unsigned first, unsigned last) { return byte >= first && byte <= last; };
    switch (state) {
        case begin:
            if (byte < 0x80) return begin;
            if (in(0xc2, 0xdf)) return one_more;
            if (byte == 0xe0) return after_e0;
            if (byte == 0xed) return after_ed;
            if (in(0xe1, 0xef)) return two_more;
            if (byte == 0xf0) return after_f0;
            if (in(0xf1, 0xf3)) return three_more;
            if (byte == 0xf4) return after_f4;
            return broken;
        case one_more: return in(0x80, 0xbf) ? begin : broken;
        case two_more: return in(0x80, 0xbf) ? one_more : broken;
        case three_more: return in(0x80, 0xbf) ? two_more : broken;
        case after_e0: return in(0xa0, 0xbf) ? one_more : broken;
        case after_ed: return in(0x80, 0x9f) ? one_more : broken;
        case after_f0: return in(0x90, 0xbf) ? two_more : broken;
        case after_f4: return in(0x80, 0x8f) ? two_more : broken;
        case broken: break;
    }
    return broken;
}
// #endregion machine

// #region rows
/// The same machine as a table: the row of a byte holds, for each of the nine states, six bits that name the
/// next one. To step is to shift the row by the state; no branch, no multiplication, one load.
inline constexpr std::array<std::uint64_t, 256> utf8_rows = [] {
    std::array<std::uint64_t, 256> rows{};
    for (unsigned byte = 0; byte < 256; ++byte)
        for (std::uint64_t state = begin; state <= after_f4; state += 6)
            rows[byte] |= static_cast<std::uint64_t>(utf8_next(static_cast<utf8_state>(state), byte)) << state;
    return rows;
}();
// #endregion rows

}  // namespace detail

// #region validator
/// Checks UTF-8 that comes in pieces.
///
///     utf8_validator text;
///     if (!text.feed(first) || !text.feed(second) || !text.complete()) refuse with 1007
class utf8_validator {
public:
    /// @returns false as soon as nothing that follows could make the bytes so far valid, and from then on
    constexpr bool feed(std::string_view bytes) {
        const char*       at    = bytes.data();
        const char* const end   = at + bytes.size();
        std::uint64_t     state = state_;
        while (at != end) {
            // Most text is ASCII for long stretches: eight bytes without a high bit need no machine.
            if (!std::is_constant_evaluated() && (state & 63) == detail::begin) {
                while (end - at >= 8 && is_ascii(at)) at += 8;
                // What is left is less than a word: the last word of all covers it.
                if (end - at < 8 && bytes.size() >= 8 && is_ascii(end - 8)) break;
            }
            // The shift takes its amount modulo 64, and the row's higher bits are other states: so only the
            // low six bits of `state` count, and nothing need be masked off between two bytes.
            const char* const stop = end - at > 16 ? at + 16 : end;
            for (; at != stop; ++at) state = detail::utf8_rows[static_cast<std::uint8_t>(*at)] >> (state & 63);
        }
        state_ = static_cast<std::uint8_t>(state & 63);
        return state_ != detail::broken;
    }

    /// Whether the bytes so far end at the end of a character.
    constexpr bool complete() const { return state_ == detail::begin; }

private:
    // Whether none of the eight bytes there has its high bit set.
    static bool is_ascii(const char* eight) {
        std::uint64_t word;
        std::memcpy(&word, eight, 8);
        return (word & 0x8080808080808080) == 0;
    }

    std::uint8_t state_ = detail::begin;
};
// #endregion validator

/// Whether `text` is UTF-8 from beginning to end.
constexpr bool is_utf8(std::string_view text) {
    utf8_validator validator;
    return validator.feed(text) && validator.complete();
}

}  // namespace duplex
