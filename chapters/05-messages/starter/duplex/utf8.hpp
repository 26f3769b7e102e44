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
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// The picture above is the machine. Begin with a plain one: `switch` and comparisons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace duplex {

/// Checks UTF-8 that comes in pieces.
///
///     utf8_validator text;
///     if (!text.feed(first) || !text.feed(second) || !text.complete()) refuse with 1007
class utf8_validator {
public:
    /// @returns false as soon as nothing that follows could make the bytes so far valid, and from then on
    constexpr bool feed(std::string_view bytes) {
        // TODO: go on where the bytes of the last call ended. Which bytes may come next depends on where in a
        // character one stands: RFC 3629 §4 has the grammar. A machine with nine states will do: begin, broken,
        // one, two or three more bytes to come, and what follows E0, ED, F0 and F4. Once broken, it stays so.
        return true;
    }

    /// Whether the bytes so far end at the end of a character.
    constexpr bool complete() const {
        // TODO: only at the end of a character.
        return true;
    }

private:
    // TODO: where in a character the bytes so far end.
};

/// Whether `text` is UTF-8 from beginning to end.
constexpr bool is_utf8(std::string_view text) {
    utf8_validator validator;
    return validator.feed(text) && validator.complete();
}

}  // namespace duplex
