// trace.hpp: frames and texts as people read them.                 RFC 6455 §5.2              Lesson 4
//
//     81 85  37 fa 21 3d  7f 9f 4d 51 58   FIN text masked len 5 "Hello"
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
    constexpr std::string_view digits = "0123456789abcdef";
    std::string                out;
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (!out.empty()) out += ' ';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

namespace detail {

/// How many bytes the character at the front of `text` takes when it is safe to print as it is; else 0.
inline std::size_t printable_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u; };
    const auto lead = byte(0);
    if (lead < 0x80) return lead < 0x20 || lead == 0x7f || lead == '"' || lead == '\\' ? 0 : 1;
    // C2 80 to C2 9F are control characters too. E0 below A0 and F0 below 90 are over-long, ED above 9F is a
    // surrogate, F4 above 8F is beyond Unicode.
    const std::size_t size  = lead >= 0xc2 && lead < 0xe0   ? 2
                              : lead >= 0xe0 && lead < 0xf0 ? 3
                              : lead >= 0xf0 && lead < 0xf5 ? 4
                                                            : 0;
    const unsigned    least = lead == 0xc2 || lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned    most  = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < size; ++i)
        if (byte(i) < (i == 1 ? least : 0x80u) || byte(i) > (i == 1 ? most : 0xbfu)) return 0;
    return size;
}

}  // namespace detail

/// `text` fit to be printed: control characters, quotes, backslashes and bytes that are no UTF-8 become `\n`,
/// `\"`, `\x1b` …, so that a peer cannot send a terminal its orders. Characters of all scripts stay.
inline std::string escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t      size = detail::printable_size(text);
        const std::string_view here = text.substr(0, std::max<std::size_t>(size, 1));
        text.remove_prefix(here.size());
        if (size > 0)
            out += here;
        else if (here == "\n")
            out += "\\n";
        else if (here == "\r")
            out += "\\r";
        else if (here == "\t")
            out += "\\t";
        else if (here == "\"" || here == "\\")
            (out += '\\') += here;
        else
            (out += "\\x") += hex(here);
    }
    return out;
}

/// What a header says, in words: "FIN text masked len 5".
inline std::string describe(const frame_header& header) {
    std::string out;
    if (header.fin) out += "FIN ";
    if (header.rsv1) out += "RSV1 ";
    if (header.rsv2) out += "RSV2 ";
    if (header.rsv3) out += "RSV3 ";
    out += name(header.opcode);
    if (header.masked) out += " masked";
    return out += " len " + std::to_string(header.length);
}

// #region trace
/// One line about the frame at the front of `bytes`: its header, its masking key and its payload in hex, then
/// the same in words. Longer payloads are cut to `most` bytes; what is missing or broken is said.
inline std::string trace(std::string_view bytes, std::size_t most = 32) {
    const auto result = decode_header(bytes);
    if (std::holds_alternative<need_more_t>(result)) return hex(bytes) + "   (the header is not complete)";
    if (const auto* broken = std::get_if<violation>(&result))
        return hex(bytes.substr(0, most)) + "   " + describe(*broken);

    const auto& [header, size] = std::get<decoded_header>(result);
    const std::size_t key_size = header.masked ? 4 : 0;
    std::string       out      = hex(bytes.substr(0, size - key_size));
    if (header.masked) out += "  " + hex(bytes.substr(size - key_size, 4));

    const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(header.length, bytes.size() - size));
    const std::size_t shown = std::min(here, most);
    std::string       payload(bytes.substr(size, shown));
    if (shown > 0) out += "  " + hex(payload);
    if (shown < header.length) out += " …";
    if (header.masked) apply_mask(payload, header.key);

    out += "   " + describe(header);
    if (header.opcode == opcode::text) out += " \"" + escaped(payload) + (shown < header.length ? "…\"" : "\"");
    if (header.opcode == opcode::close && shown >= 2) {
        const auto code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
        out += " code " + std::to_string(code) + " \"" + escaped(std::string_view(payload).substr(2)) + '"';
    }
    if (here < header.length) out += " (" + std::to_string(header.length - here) + " bytes are missing)";
    return out;
}
// #endregion trace

}  // namespace duplex
