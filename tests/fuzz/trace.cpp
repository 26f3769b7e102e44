// Frames and texts for people: what is printed is UTF-8 without control characters, and nothing is lost by it.
//
// Input: 1 byte that says how much of a payload to show, then the bytes of a frame.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <duplex/trace.hpp>

#include "fuzz/fuzz.hpp"
#include "unit/slow_utf8.hpp"

using fuzz::require;

namespace {

void check_printable(std::string_view text) {
    require(test::slow_utf8(text) == test::utf8::whole, "what is printed is UTF-8");
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        require(byte >= 0x20 && byte != 0x7f, "what is printed holds no control characters");
        if (byte == 0xc2) require(static_cast<std::uint8_t>(text[i + 1]) >= 0xa0, "nor those of C1");
    }
}

/// The bytes that `escaped` was given.
std::string restored(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text[0] != '\\') {
            out += text[0];
            text.remove_prefix(1);
        } else if (text[1] == 'x') {
            unsigned byte = 0;
            std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
            out += static_cast<char>(byte);
            text.remove_prefix(4);
        } else {
            out += text[1] == 'n' ? '\n' : text[1] == 'r' ? '\r' : text[1] == 't' ? '\t' : text[1];
            text.remove_prefix(2);
        }
    }
    return out;
}

}  // namespace

void one_input(fuzz::input in) {
    const std::size_t most    = in.choice();
    const auto        block   = fuzz::whole(in.rest());
    const std::string escaped = duplex::escaped({block[0].data(), block[0].size()});
    check_printable(escaped);
    require(restored(escaped) == in.rest(), "what was escaped can be restored");
    check_printable(duplex::trace({block[0].data(), block[0].size()}, most));
}
