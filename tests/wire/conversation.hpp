// conversation.hpp: plays the steps of a transcript over one connection, and reports the first that fails.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <duplex/handshake.hpp>
#include <duplex/trace.hpp>

#include "peer.hpp"
#include "transcript.hpp"

namespace wire {

/// How the bytes to send are cut. TCP may cut them anywhere, so a server must not notice.
enum class way { as_written, byte_by_byte, glued };

/// A server did not do what a step expects. what() is the report.
struct failure : std::runtime_error {
    failure(std::size_t at, const std::string& report) : std::runtime_error(report), line(at) {}
    std::size_t line;
};

using lines = std::vector<std::string>;

// #region report
/// One line for each frame in `bytes`.
inline lines traces(std::string_view bytes) {
    lines out;
    while (!bytes.empty()) {
        out.push_back(duplex::trace(bytes, 16));
        const auto  decoded = duplex::decode_header(bytes);
        const auto* frame   = std::get_if<duplex::decoded_header>(&decoded);
        if (!frame || frame->header.length > bytes.size() - frame->size) break;
        bytes.remove_prefix(frame->size + static_cast<std::size_t>(frame->header.length));
    }
    return out;
}

/// Up to 16 bytes of a pattern in hex, beginning at byte `from`.
inline std::string row(const pattern& bytes, std::size_t from) {
    const std::size_t end = std::min(from + 16, bytes.bytes.size());
    std::string       out = from > 0 ? "…" : "";
    for (std::size_t i = from; i < end; ++i) {
        const byte_range byte = bytes.bytes[i];
        const char       c    = static_cast<char>(byte.first);
        if (!out.empty()) out += ' ';
        out += byte.first == byte.last ? duplex::hex({&c, 1}) : "..";
    }
    return out + (end < bytes.bytes.size() ? " …" : bytes.rest_of_frame ? " *" : "");
}

/// What a step expects above what came, and a caret below the first difference.
struct comparison {
    std::string expected, received;
    std::size_t column = std::string::npos;  ///< of the caret; without one, what is expected is not there at all
    lines       meaning{};                   ///< what came, as frames or as the head of an answer
};
// #endregion report

class conversation {
public:
    conversation(std::uint16_t port, std::chrono::milliseconds patience, way how)
        : peer_(port, patience), host_("127.0.0.1:" + std::to_string(port)), way_(how) {}

    // #region play
    void play(const step& now) {
        last_ = &now;
        if (now.kind == step_kind::open) return open(now);
        if (now.kind == step_kind::send) return send(now, now.text);
        flush();
        answered_ = true;
        switch (now.kind) {
            case step_kind::status: return expect_status(now, now.text);
            case step_kind::field: return expect_field(now, now.text);
            case step_kind::body: return expect_body(now);
            case step_kind::eof: return expect_end(now);
            default: return expect_bytes(now);
        }
    }

    /// Half-closes and reads to the end.
    void finish() {
        flush();
        peer_.shut_down_sending();
        expect_end(*last_);
    }
    // #endregion play

private:
    // #region send
    void open(const step& now) {
        send(now, "GET " + now.text + " HTTP/1.1\r\nHost: " + host_ + "\r\nUpgrade: websocket\r\n" +
                      "Connection: Upgrade\r\nSec-WebSocket-Key: " + std::string(key) +
                      "\r\nSec-WebSocket-Version: 13\r\n\r\n");
        opening_ = &now;
        if (way_ != way::glued) flush();
    }

    void send(const step& now, std::string_view bytes) {
        if (answered_) {
            sent_lines_.clear();
            sent_frames_.clear();
            answered_ = false;
        }
        if (upgraded_ || opening_)
            sent_frames_ += bytes;
        else
            sent_lines_.push_back(now.source);

        if (way_ == way::glued)
            waiting_ += bytes;
        else if (way_ == way::as_written)
            peer_.send(bytes);
        else
            for (const char& byte : bytes) peer_.send({&byte, 1});
    }

    void flush() {
        peer_.send(waiting_);
        waiting_.clear();
        if (opening_) expect_handshake(*opening_);
        opening_ = nullptr;
    }
    // #endregion send

    // #region frames
    void expect_bytes(const step& now) {
        std::string& received = peer_.received;
        match_result result   = match(now.expected, received);
        while (result.state == match_result::needs_more && peer_.receive()) result = match(now.expected, received);
        if (result.state != match_result::whole) fail_at_byte(now, now.expected, result.at);
        closed_ = closed_ || exactly(0x88).holds(received[0]);
        received.erase(0, result.at);
    }

    // Before a server ends a connection it may say why: so one close frame is passed over where the
    // transcript has had none.
    void expect_end(const step& now) {
        static const pattern farewell{{exactly(0x88)}, true};
        const std::string&   received = peer_.received;
        while (true) {
            const auto result  = match(farewell, received);
            const bool allowed = upgraded_ && !closed_ && result.state != match_result::wrong;
            if (!received.empty() && !(allowed && result.at == received.size())) fail_at_byte(now, {}, 0);
            if (peer_.receive()) continue;
            if (peer_.ended() && (received.empty() || result.state == match_result::whole)) return;
            fail_at_byte(now, {}, received.size());
        }
    }

    [[noreturn]] void fail_at_byte(const step& now, const pattern& expected, std::size_t at) {
        // The rest of the answer helps to understand it. A server that sees us leave sends it and ends.
        constexpr std::size_t enough = 1 << 20;
        peer_.shut_down_sending();
        while (peer_.received.size() < enough && peer_.receive()) {
        }
        const std::string& received = peer_.received;
        pattern            actual;
        for (const char c : received) actual.bytes.push_back(exactly(static_cast<std::uint8_t>(c)));

        const std::size_t from = at < 12 ? 0 : at - 8;
        comparison        found{expected.bytes.empty() ? "the end of the connection" : row(expected, from),
                         received.empty() ? "nothing" : row(actual, from), 3 * (at - from) + (from > 0 ? 2 : 0)};
        if (upgraded_) found.meaning = traces(received);
        fail(now, found, at, received);
    }
    // #endregion frames

    // #region http
    // The handshake is judged by meaning: other fields, and other ways to write these, are as good.
    void expect_handshake(const step& now) {
        const auto text = [](const auto& array) { return std::string(array.begin(), array.end()); };
        expect_status(now, "101");
        expect_field(now, "Upgrade: websocket");
        expect_field(now, "Connection: Upgrade");
        expect_field(
            now, "Sec-WebSocket-Accept: " + text(duplex::accept_key(key)),
            answer_.header("Sec-WebSocket-Accept") == text(duplex::base64(duplex::sha1(key)))
                ? "this is the key alone, hashed; first append the GUID 258EAFA5-… to it (RFC 6455 §4.2.2)"
                : "it is base64(SHA-1(key + GUID)), 28 characters (RFC 6455 §4.2.2)");
        for (const std::string unasked : {"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"})
            if (answer_.count(unasked) > 0)
                fail(now, {.expected = "no " + unasked,
                           .received = "one, and the client offered none",
                           .meaning  = head_});
    }

    void expect_status(const step& now, std::string_view status) {
        read_head(now);
        read_body(now);
        if (status_ != status) fail_in_text(now, "status ", status, status_);
        upgraded_ = status == "101";
    }

    void expect_field(const step& now, std::string_view value, std::string_view otherwise = {}) {
        const std::string name(duplex::cut(value, ':'));
        const auto        received = answer_.header(name);
        value                      = duplex::trimmed(value);
        if (!received)
            fail(now, {.expected = name + ": " + std::string(value), .received = "no " + name, .meaning = head_});

        // Two fields are lists of tokens, in which case of letters, order and company do not matter.
        bool right = received == value;
        if (duplex::equal_ignoring_case(name, "Upgrade") || duplex::equal_ignoring_case(name, "Connection")) {
            duplex::http_request wanted;
            wanted.fields.push_back({name, std::string(value)});
            right = !wanted.any_item(name, [&](std::string_view item) { return !answer_.has_token(name, item); });
        }
        if (!right) fail_in_text(now, name + ": ", value, *received, otherwise);
    }

    void expect_body(const step& now) {
        if (body_.find(now.text) == body_.npos)
            fail(now, {.expected = "a body that contains " + now.text, .received = duplex::escaped(body_)});
    }

    void read_head(const step& now) {
        std::size_t end;
        while ((end = peer_.received.find("\r\n\r\n")) == std::string::npos) {
            if (peer_.receive()) continue;
            fail(now,
                 {.expected = "an empty line at the end of the head",
                  .received = peer_.received.empty() ? "nothing" : "none",
                  .meaning  = split(peer_.received)},
                 0, {}, "a head ends with an empty line: CR LF behind the CR LF of its last line (RFC 9112 §2.1)");
        }
        const std::string head = peer_.received.substr(0, end);
        peer_.received.erase(0, end + 4);
        head_   = split(head);
        answer_ = {};
        for (std::string_view rest = head; !rest.empty();) {
            std::string_view line = duplex::cut(rest, '\n');
            if (line.ends_with('\r')) line.remove_suffix(1);
            const std::string name(duplex::cut(line, ':'));
            answer_.fields.push_back({name, std::string(duplex::trimmed(line))});
        }
        const bool http = head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 ");
        status_         = http ? head.substr(9, 3) : duplex::escaped(head.substr(0, head.find('\r')));
    }

    // Without a length, a body goes on to the end of the connection (RFC 9112 §6.3).
    void read_body(const step& now) {
        body_.clear();
        if (status_.starts_with('1') || status_ == "204" || status_ == "304") return;
        const auto  text = answer_.header("Content-Length");
        std::size_t size = SIZE_MAX;
        if (text) std::from_chars(text->data(), text->data() + text->size(), size);
        while (peer_.received.size() < size && peer_.receive()) {
        }
        if (!peer_.ended() && peer_.received.size() < size)
            fail(now, {.expected = "a body", .received = "no end of it", .meaning = head_}, 0, {},
                 "a body needs a Content-Length, or the connection ends behind it (RFC 9112 §6.3)");
        body_ = peer_.received.substr(0, size);
        peer_.received.erase(0, size);
    }

    static lines split(std::string_view head) {
        lines out;
        while (!head.empty()) out.push_back(duplex::escaped(duplex::cut(head, '\n')));
        return out;
    }

    [[noreturn]] void fail_in_text(const step& now, const std::string& name, std::string_view expected,
                                   std::string_view received, std::string_view otherwise = {}) {
        const auto at = static_cast<std::size_t>(
            std::mismatch(expected.begin(), expected.end(), received.begin(), received.end()).first -
            expected.begin());
        fail(now, {name + std::string(expected), name + duplex::escaped(received), name.size() + at, head_}, at,
             received, otherwise);
    }
    // #endregion http

    // #region fail
    /// @param at, received what the hints of the step are chosen by
    /// @param otherwise    the hint when the step has none that fits
    [[noreturn]] void fail(const step& now, const comparison& found, std::size_t at = 0,
                           std::string_view received = {}, std::string_view otherwise = {}) const {
        std::string report;
        const auto  add = [&](std::string_view label, const std::string& text) {
            const std::string margin = "  " + std::string(label) + std::string(10 - label.size(), ' ');
            ((report += margin) += text) += '\n';
        };
        const auto list = [&](std::string_view label, const lines& texts) {
            for (const std::string& text : texts) {
                add(label, text);
                label = "";
            }
        };
        lines sent = sent_lines_;
        for (const std::string& frame : traces(sent_frames_)) sent.push_back(frame);
        list("sent", sent);
        add("expected", found.expected);
        add("received", found.received);
        if (found.column != std::string::npos) add("", std::string(found.column, ' ') + '^');
        list("which is", found.meaning);
        if (!peer_.ending().empty() && at == received.size()) add("then", peer_.ending());
        if (const hint* chosen = choose_hint(now.hints, at, received))
            add("hint", chosen->text);
        else if (!otherwise.empty())
            add("hint", std::string(otherwise));
        throw failure(now.line, report);
    }
    // #endregion fail

    static constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";  // of RFC 6455 §1.3

    connection  peer_;
    std::string host_;
    way         way_;
    const step* last_     = nullptr;
    const step* opening_  = nullptr;  // its answer was not read yet
    bool        upgraded_ = false;    // frames follow
    bool        closed_   = false;    // the server has sent its close frame

    std::string waiting_;     // sent with the next flush
    lines       sent_lines_;  // since the last answer, for the report
    std::string sent_frames_;
    bool        answered_ = false;

    lines                head_;  // of the last HTTP answer
    std::string          status_;
    duplex::http_request answer_;  // its fields; a request has the same
    std::string          body_;
};

}  // namespace wire
