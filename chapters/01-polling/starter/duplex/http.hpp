// http.hpp: the head of an HTTP/1.1 request, and a response.       RFC 9110, RFC 9112         Lesson 1
//
//     GET /news?since=3 HTTP/1.1\r\n        method SP target SP version
//     Host: 127.0.0.1:9504\r\n              name ":" value
//     \r\n                                  an empty line ends the head
//
// Nothing here knows a socket: bytes in, values out. TCP may cut the bytes anywhere, so the parser takes
// them in pieces of any size, and refuses a line when it is complete, or earlier when it must not go on.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// The small and the tedious is here already: letters, tables, accessors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/violation.hpp>

namespace duplex {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Field names and the tokens of WebSocket are compared without regard to ASCII case (RFC 9110 §5.1).
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

constexpr bool is_control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// What names are made of (RFC 9110 §5.6.2).
constexpr bool is_token(std::string_view text) {
    // TODO: true when `text` is not empty and holds only letters, digits and these marks:
    // !#$%&'*+-.^_`|~ (RFC 9110 §5.6.2).
    return false;
}

/// Without the spaces and tabs at both ends (RFC 9110 §5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
    // TODO: take spaces and tabs off both ends (RFC 9110 §5.6.3).
    return text;
}

/// Cuts `text` at the first `mark`: returns what stands before it and leaves in `text` what stands behind it.
constexpr std::string_view cut(std::string_view& text, char mark) {
    // TODO: stop at `mark`. This takes everything, as if there were none.
    return std::exchange(text, {});
}

/// What Host may say: a name or an address, and perhaps a port (RFC 9110 §7.2, RFC 3986 §3.2.2).
constexpr bool is_host(std::string_view text) {
    // TODO: letters, digits and -._~%!$&'()*+,;= or, in brackets, an address of IPv6; then perhaps a colon and digits.
    return false;
}

/// `%41` becomes `A`; a `%` without two hex digits behind it stays. With `plus_is_space`, as in the query
/// part that a browser's form makes, `+` becomes a space.
inline std::string percent_decoded(std::string_view text, bool plus_is_space = false) {
    // TODO: RFC 3986 §2.1: go through `text` once; what a `%` has produced is not looked at again.
    return std::string(text);
}

/// One line of a head: `name: value`.
struct http_field {
    std::string name;
    std::string value;
};

/// A request without its body. It owns its text, so it may be copied and kept.
struct http_request {
    std::string             method;             ///< "GET"
    std::string             target;             ///< as it was sent: "/news?since=3"
    int                     minor_version = 1;  ///< the 1 of HTTP/1.1
    std::vector<http_field> fields;             ///< in the order they came

    /// The value of the first field of this name in any case of letters; nothing when there is none.
    std::optional<std::string_view> header(std::string_view name) const {
        // TODO: look through `fields` with equal_ignoring_case (RFC 9110 §5.1).
        return std::nullopt;
    }

    /// How many fields have this name.
    std::size_t count(std::string_view name) const {
        // TODO: the same, but count them all.
        return 0;
    }

    /// Calls `use` with each item of a comma-separated list, which may be spread over several fields of one
    /// name (RFC 9110 §5.3). Empty items are left out; `use` returns true to stop.
    /// @returns whether `use` stopped it
    template <class Use>
    bool any_item(std::string_view name, Use use) const {
        // TODO: for each field of this name: cut its value at commas, trim each item, leave out the empty
        // ones (RFC 9110 §5.6.1), and hand the others to `use`.
        return false;
    }

    /// Whether a list field holds `token`: `Connection: keep-alive, Upgrade` holds "upgrade".
    bool has_token(std::string_view name, std::string_view token) const {
        return any_item(name, [=](std::string_view item) { return equal_ignoring_case(item, token); });
    }

    /// The target without its query, as it was sent: not decoded.
    std::string_view path() const {
        // TODO: what stands before the `?`. Then think of a whole URI, as a proxy sends it (RFC 9112 §3.2.2).
        return target;
    }

    /// The decoded value of `name` in the query: "3" for `since` in `/news?since=3`.
    std::optional<std::string> query(std::string_view name) const {
        // TODO: behind the `?` stand pairs `name=value`, an `&` between; decode both with plus_is_space.
        return std::nullopt;
    }

    /// The value of a cookie, as the browser sent it.
    std::optional<std::string_view> cookie(std::string_view name) const {
        // TODO: pairs `name=value` again, a `;` and a space between (RFC 6265 §4.2.1).
        return std::nullopt;
    }

    /// Whether a body follows the head.
    bool has_body() const {
        // TODO: a Transfer-Encoding, or a Content-Length that is not zero (RFC 9112 §6.3).
        return false;
    }
};

/// How large a head may be. A peer can always send more: without a bound, memory is theirs to use.
struct head_limits {
    std::size_t bytes  = 8192;  ///< the whole head
    std::size_t fields = 100;
    std::size_t target = 4096;  ///< bytes of the request's target
};

/// Reads one request head, in pieces of any size.
///
///     request_parser parser;
///     while (parser.feed(bytes) == request_parser::incomplete) read more into bytes;
class request_parser {
public:
    enum progress { incomplete, complete, refused };

    explicit request_parser(head_limits limits = {}) : limits_(limits) {}

    /// Takes bytes from the front of `bytes` until the head is complete or refused. What is left in `bytes`
    /// came behind the head and belongs to whoever reads next.
    progress feed(std::string_view& bytes) {
        // TODO: take bytes one at a time from the front of `bytes`, count them in `size_`, gather them in
        // `line_`. At LF judge the line: the first is the request line, the others are fields, an empty one ends
        // the head. Refuse what cannot be right at the first byte that shows it: RFC 9112 §2.2 for line ends,
        // RFC 9110 §5.5 for control characters, `limits_` for what is too much (414, 431).
        // What stands here takes everything and never ends.
        size_ += bytes.size();
        bytes = {};
        return incomplete;
    }

    /// The request, once `feed` has said `complete`.
    http_request& request() { return request_; }

    /// The broken rule, once `feed` has said `refused`; its code is an HTTP status.
    const violation& why() const { return why_; }

    /// Bytes taken so far.
    std::size_t size() const { return size_; }

private:
    enum stage { request_line, field_lines };

    static constexpr violation target_too_long{
        "15.5.15", "a request target must not be longer than this server allows", 414, 9110};

    progress refuse(const violation& broken) {
        why_ = broken;
        return refused;
    }

    progress parse_request_line() {
        // TODO: cut `line_` at its two spaces into method, target and version, and judge each: RFC 9112 §3
        // for the line, §2.3 for the version, RFC 9110 §15.6.6 (505) for another one than HTTP/1.
        return incomplete;
    }

    progress parse_field() {
        // TODO: RFC 9112 §5: a name that is a token, a colon at once, a value between optional spaces.
        // A line that begins with a space would go on with the one before it; refuse it (§5.2).
        return incomplete;
    }

    // What can only be judged when all fields are there.
    progress end_of_head() {
        // TODO: judge what needs all fields: exactly one Host (RFC 9112 §3.2), and no two readings of where
        // a body ends (§6.1, §6.3).
        return complete;
    }

    head_limits  limits_;
    stage        stage_ = request_line;
    std::size_t  size_  = 0;
    std::string  line_;
    http_request request_;
    violation    why_;
};

/// The words that follow a status in the first line of a response; people read them, programs do not.
constexpr std::string_view reason_phrase(int status) {
    switch (status) {
        case 101: return "Switching Protocols";
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

/// An answer to a request.
///
///     return duplex::response(200, "hello\n").header("Cache-Control", "no-store");
class response {
public:
    explicit response(int status = 200, std::string body = {},
                      std::string_view content_type = "text/plain; charset=utf-8")
        : status_(status), body_(std::move(body)) {
        if (!body_.empty()) header("Content-Type", content_type);
    }

    /// Adds a field.
    /// @throws std::invalid_argument when the name is not a token or the value holds a control character: a
    ///         CR LF that came from a peer would begin a new field, or a new response (RFC 9110 §5.5)
    response& header(std::string_view name, std::string_view value) {
        // TODO: refuse a name that is no token and a value with a control character other than HTAB, with
        // std::invalid_argument; else keep the field. What stands here lets a peer write your headers.
        fields_.push_back({std::string(name), std::string(value)});
        return *this;
    }

    int                            status() const { return status_; }
    const std::string&             body() const { return body_; }
    const std::vector<http_field>& fields() const { return fields_; }

    bool has(std::string_view name) const {
        return std::any_of(fields_.begin(), fields_.end(),
                           [=](const auto& field) { return equal_ignoring_case(field.name, name); });
    }

private:
    int                     status_;
    std::vector<http_field> fields_;
    std::string             body_;
};

/// A response as bytes. One request per connection keeps the lessons short: unless the response says
/// otherwise, it says `Connection: close`. The answer to HEAD has the fields of the answer to GET, no body.
/// Content-Length is counted here, whatever the response says.
inline std::string to_bytes(const response& answer, bool with_body = true) {
    // TODO: the status line, the fields, Content-Length and Connection, an empty line, the body (RFC 9112 §4).
    // There is no body after a status below 200, 204 and 304 (RFC 9110 §6.4.1).
    return {};
}

/// The answer to a request that broke a rule: its status, and the rule in the body.
inline response refusal(const violation& broken) { return response(broken.code, describe(broken) + '\n'); }

}  // namespace duplex
