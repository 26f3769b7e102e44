// trace.hpp: frames and texts as people read them.                 RFC 6455 §5.2              Lesson 4
//
//     81 85  37 fa 21 3d  7f 9f 4d 51 58   FIN text masked len 5 "Hello"
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <duplex/frame.hpp>

namespace duplex {

/// `bytes` in hex, a space between: "81 05 48".
inline std::string hex(std::string_view bytes) {
    // TODO: two lower-case digits for each byte, a space between.
    return {};
}

/// `text` fit to be printed: control characters, quotes, backslashes and bytes that are no UTF-8 become `\n`,
/// `\"`, `\x1b` …, so that a peer cannot send a terminal its orders. Characters of all scripts stay.
inline std::string escaped(std::string_view text) {
    // TODO: printable ASCII and whole UTF-8 characters stay. Write \n, \r, \t, \" and \\ for these five, and \x with
    // two hex digits for each other byte. U+0080 to U+009F are control characters too.
    // The empty text is the only one that is safe without a look.
    return {};
}

/// What a header says, in words: "FIN text masked len 5".
inline std::string describe(const frame_header& header) {
    // TODO: FIN, RSV1, RSV2, RSV3 when they are set, then name(opcode), `masked`, and `len` with the length.
    return {};
}

/// One line about the frame at the front of `bytes`: its header, its masking key and its payload in hex, then
/// the same in words. Longer payloads are cut to `most` bytes; what is missing or broken is said.
inline std::string trace(std::string_view bytes, std::size_t most = 32) {
    // TODO: the header, the masking key and the payload in hex, two spaces between them; three spaces; describe();
    // for text the payload in quotes, for close its code and reason. decode_header does most of the work.
    return {};
}

}  // namespace duplex
