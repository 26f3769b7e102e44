// transcript.hpp: the language of the *.wire files (docs/wire.md): a text becomes steps, and bytes that were
// received are held against what a step expects. Nothing here knows a socket.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <duplex/frame.hpp>
#include <duplex/http.hpp>

namespace wire {

/// What one byte may be.
struct byte_range {
    std::uint8_t first = 0x00, last = 0xff;

    bool holds(char c) const {
        return first <= static_cast<std::uint8_t>(c) && static_cast<std::uint8_t>(c) <= last;
    }
};

inline byte_range exactly(int byte) { return {static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte)}; }

/// What a row of bytes may be: `81 05 .. "llo"`.
struct pattern {
    std::vector<byte_range> bytes;
    bool                    rest_of_frame = false;  ///< it ends in `*`: the frame may go on
};

/// What to say when the first wrong byte is one of `first` to `last`.
struct hint {
    std::size_t            first = 0, last = SIZE_MAX;
    std::optional<pattern> found;  ///< and only when these bytes were received there
    std::string            text;
};

enum class step_kind { open, send, expect, status, field, body, eof };

/// One line of a transcript, with the hints below it.
struct step {
    step_kind         kind{};
    std::size_t       line = 0;    ///< its number in the file
    std::string       source{};    ///< the line as it is written
    std::string       text{};      ///< the path, the bytes to send, or what is expected of an HTTP answer
    pattern           expected{};  ///< the bytes to receive
    std::vector<hint> hints{};
};

struct transcript {
    std::string       file;
    std::string       title;  ///< its first comment
    std::vector<step> steps;
};

/// A transcript that is not in the language. what() begins with `file:line: `.
struct syntax_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// #region parse
[[noreturn]] inline void reject(const std::string& why) { throw std::invalid_argument(why); }

/// Takes a number from the front of `text`, of at most `digits` digits.
inline std::size_t take_number(std::string_view& text, int base = 10, std::size_t digits = 8) {
    std::size_t            value = 0;
    const std::string_view front = text.substr(0, digits);
    const auto             end   = std::from_chars(front.data(), front.data() + front.size(), value, base).ptr;
    if (end == front.data()) reject("expected a number, not '" + std::string(text) + "'");
    text.remove_prefix(static_cast<std::size_t>(end - front.data()));
    return value;
}

/// Reads `81 05 "text" .. ×3 *`.
inline pattern parse_bytes(std::string_view text) {
    constexpr std::string_view times = "×", any = "..";
    constexpr std::size_t      most = 16 << 20;
    pattern                    out;
    std::vector<byte_range>    item;  // what `×` repeats
    while (!(text = duplex::trimmed(text)).empty()) {
        if (out.rest_of_frame) reject("nothing may follow *");
        if (text.starts_with(times)) {
            text.remove_prefix(times.size());
            const std::size_t count = take_number(text);
            if (item.empty() || count == 0 || count > most / item.size())
                reject("× repeats the byte or the text before it, once to 16 MiB");
            for (std::size_t i = 1; i < count; ++i) out.bytes.insert(out.bytes.end(), item.begin(), item.end());
            item.clear();
            continue;
        }
        item.clear();
        if (text.starts_with('"')) {
            text.remove_prefix(1);
            if (text.find('"') == text.npos) reject("a text ends in \"");
            for (const char c : duplex::cut(text, '"')) item.push_back(exactly(c));
        } else if (text.starts_with(any)) {
            text.remove_prefix(any.size());
            item.push_back({});
        } else if (text.starts_with('*')) {
            text.remove_prefix(1);
            out.rest_of_frame = true;
        } else {
            const std::size_t left = text.size();
            const std::string here(text.substr(0, text.find(' ')));
            const std::size_t byte =
                std::isxdigit(static_cast<unsigned char>(text[0])) ? take_number(text, 16, 2) : 0;
            if (left - text.size() != 2) reject("'" + here + "' is neither two hex digits, \"text\", .. nor *");
            item.push_back(exactly(static_cast<int>(byte)));
        }
        out.bytes.insert(out.bytes.end(), item.begin(), item.end());
    }
    if (out.bytes.empty() && !out.rest_of_frame) reject("expected bytes");
    return out;
}

/// Bytes to send are known, all of them.
inline std::string parse_bytes_to_send(std::string_view text) {
    const pattern parsed = parse_bytes(text);
    std::string   out;
    for (const byte_range& byte : parsed.bytes) {
        if (byte.first != byte.last) reject("bytes to send cannot be ..");
        out += static_cast<char>(byte.first);
    }
    if (parsed.rest_of_frame) reject("bytes to send cannot be *");
    return out;
}

/// Reads what stands behind `hint`: `: text`, `1: text`, `2-6: text` or `2-6 = 7f 9f 4d 51 58: text`.
inline hint parse_hint(std::string_view text) {
    hint       out;
    const auto colon = text.find(": ");
    if (colon == text.npos)
        reject("a hint is `hint 2-6 = 7f 9f: text`; the position and the bytes may be left out");
    out.text               = duplex::trimmed(text.substr(colon + 1));
    std::string_view where = duplex::trimmed(text.substr(0, colon));
    if (where.empty()) return out;
    out.first = out.last = take_number(where);
    if (where.starts_with('-')) {
        where.remove_prefix(1);
        out.last = take_number(where);
    }
    where = duplex::trimmed(where);
    if (where.empty()) return out;
    if (!where.starts_with('=')) reject("a position is followed by `: text` or by `= bytes: text`");
    out.found = parse_bytes(where.substr(1));
    if (out.last < out.first || out.found->bytes.size() != out.last - out.first + 1)
        reject("a hint names as many bytes as it has positions");
    return out;
}

/// A close frame as a server sends it: unmasked, with this code and any reason (RFC 6455 §5.5.1).
inline pattern close_frame(std::string_view text) {
    const int code = static_cast<int>(take_number(text, 10, 5));
    if (!text.empty() || code > 0xffff) reject("a close code is one number of 16 bits");
    return {{exactly(0x88), {2, duplex::max_control_payload}, exactly(code >> 8), exactly(code & 0xff)}, true};
}

/// Reads one line that is neither empty nor a comment nor a hint.
inline step parse_step(std::string_view line) {
    step out;
    out.source      = line;
    const auto take = [&](std::string_view word) {
        const bool here = line == word || (line.starts_with(word) && line[word.size()] == ' ');
        if (here) line = duplex::trimmed(line.substr(word.size()));
        return here;
    };
    const auto text = [&](step_kind kind) { out.kind = kind, out.text = line; };

    if (take("open")) {
        text(step_kind::open);
        if (!line.starts_with('/')) reject("open is followed by a path: open /");
    } else if (take(">>")) {
        text(step_kind::send);
        out.text += "\r\n";
    } else if (take(">")) {
        out.kind = step_kind::send;
        out.text = parse_bytes_to_send(line);
    } else if (take("<<")) {
        if (take("status")) {
            text(step_kind::status);
            if (take_number(line) > 999 || !line.empty()) reject("a status is one number of three digits");
        } else if (take("header")) {
            text(step_kind::field);
            if (line.find(": ") == line.npos) reject("a header is `Name: value`");
        } else if (take("body contains")) {
            text(step_kind::body);
        } else {
            reject("<< is followed by status, header or body contains");
        }
    } else if (take("<")) {
        out.kind     = step_kind::expect;
        out.expected = parse_bytes(line);
    } else if (take("close")) {
        out.kind     = step_kind::expect;
        out.expected = close_frame(line);
    } else if (line == "eof") {
        out.kind = step_kind::eof;
    } else {
        reject("'" + std::string(line) + "' is none of open, >, <, >>, <<, close, eof and hint");
    }
    return out;
}

/// Reads a transcript.
/// @throws syntax_error
inline transcript parse(std::istream& in, const std::string& file) {
    transcript  out{file, {}, {}};
    bool        has_status = false;  // in the conversation so far
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        if (text.ends_with('\r')) text.pop_back();
        const std::string_view line = duplex::trimmed(text);
        if (line.empty()) continue;
        if (line.starts_with('#')) {
            if (out.title.empty()) out.title = duplex::trimmed(line.substr(1));
            continue;
        }
        try {
            if (line.starts_with("hint")) {
                if (out.steps.empty()) reject("a hint stands below the line it is for");
                out.steps.back().hints.push_back(parse_hint(line.substr(4)));
                continue;
            }
            step parsed = parse_step(line);
            parsed.line = number;
            if (parsed.kind == step_kind::open) has_status = false;
            if (parsed.kind == step_kind::status) has_status = true;
            if ((parsed.kind == step_kind::field || parsed.kind == step_kind::body) && !has_status)
                reject("what is expected of an answer begins with << status");
            out.steps.push_back(std::move(parsed));
        } catch (const std::invalid_argument& error) {
            throw syntax_error(file + ':' + std::to_string(number) + ": " + error.what());
        }
    }
    if (out.steps.empty()) throw syntax_error(file + ":1: there is no step in this transcript");
    return out;
}
// #endregion parse

// #region match
/// What a comparison found.
struct match_result {
    enum { whole, needs_more, wrong } state;
    std::size_t at;  ///< whole: the bytes taken; needs_more: the bytes there are; wrong: the first wrong byte
};

/// Holds the front of `received` against `expected`. It says `wrong` at the first byte that cannot be right.
inline match_result match(const pattern& expected, std::string_view received) {
    const std::size_t here = std::min(expected.bytes.size(), received.size());
    for (std::size_t i = 0; i < here; ++i)
        if (!expected.bytes[i].holds(received[i])) return {match_result::wrong, i};
    if (here < expected.bytes.size()) return {match_result::needs_more, received.size()};
    if (!expected.rest_of_frame) return {match_result::whole, here};

    const auto decoded = duplex::decode_header(received);
    if (std::holds_alternative<duplex::need_more_t>(decoded)) return {match_result::needs_more, received.size()};
    const auto* frame = std::get_if<duplex::decoded_header>(&decoded);
    if (!frame) return {match_result::wrong, 0};
    if (frame->header.masked) return {match_result::wrong, 1};  // no server masks (RFC 6455 §5.1)
    const std::uint64_t end = frame->size + frame->header.length;
    if (end < here) return {match_result::wrong, static_cast<std::size_t>(end)};
    if (received.size() < end) return {match_result::needs_more, received.size()};
    return {match_result::whole, static_cast<std::size_t>(end)};
}

/// The first hint for a wrong byte at `at` in `received`; nothing when none fits.
inline const hint* choose_hint(const std::vector<hint>& hints, std::size_t at, std::string_view received) {
    const auto fits = [&](const hint& each) {
        if (at < each.first || at > each.last) return false;
        return !each.found || (received.size() > each.last &&
                               match(*each.found, received.substr(each.first)).state == match_result::whole);
    };
    const auto found = std::find_if(hints.begin(), hints.end(), fits);
    return found == hints.end() ? nullptr : &*found;
}
// #endregion match

}  // namespace wire
