// http.hpp: the head of an HTTP/1.1 request, and a response.       RFC 9110, RFC 9112         Lesson 1
//
//     GET /news?since=3 HTTP/1.1\r\n        method SP target SP version
//     Host: 127.0.0.1:9504\r\n              name ":" value
//     \r\n                                  an empty line ends the head
//
// Nothing here knows a socket: bytes in, values out. TCP may cut the bytes anywhere, so the parser takes
// them in pieces of any size, and refuses a line when it is complete, or earlier when it must not go on.
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

// #region characters
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
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [=](char c) {
        return is_digit(c) || is_letter(c) || marks.find(c) != marks.npos;
    });
}

/// Without the spaces and tabs at both ends (RFC 9110 §5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts `text` at the first `mark`: returns what stands before it and leaves in `text` what stands behind it.
constexpr std::string_view cut(std::string_view& text, char mark) {
    const auto             at     = std::min(text.find(mark), text.size());
    const std::string_view before = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return before;
}

/// What Host may say: a name or an address, and perhaps a port (RFC 9110 §7.2, RFC 3986 §3.2.2).
constexpr bool is_host(std::string_view text) {
    const bool bracketed = text.starts_with('[');  // an address of IPv6
    if (bracketed && text.find(']') == text.npos) return false;
    std::string_view name = cut(text, bracketed ? ']' : ':');
    if (bracketed) name.remove_prefix(1);
    if (bracketed && !cut(text, ':').empty()) return false;
    const std::string_view marks = bracketed ? ":." : "-._~%!$&'()*+,;=";
    return !name.empty() && std::all_of(text.begin(), text.end(), is_digit) &&
           std::all_of(name.begin(), name.end(),
                       [=](char c) { return is_digit(c) || is_letter(c) || marks.find(c) != marks.npos; });
}
// #endregion characters

/// `%41` becomes `A`; a `%` without two hex digits behind it stays. With `plus_is_space`, as in the query
/// part that a browser's form makes, `+` becomes a space.
inline std::string percent_decoded(std::string_view text, bool plus_is_space = false) {
    const auto value = [](char c) {
        return is_digit(c) ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && value(text[i + 1]) >= 0 && value(text[i + 2]) >= 0) {
            out += static_cast<char>(value(text[i + 1]) * 16 + value(text[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
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
        for (const auto& field : fields)
            if (equal_ignoring_case(field.name, name)) return field.value;
        return std::nullopt;
    }

    /// How many fields have this name.
    std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](const auto& field) {
            return equal_ignoring_case(field.name, name);
        }));
    }

    /// Calls `use` with each item of a comma-separated list, which may be spread over several fields of one
    /// name (RFC 9110 §5.3). Empty items are left out; `use` returns true to stop.
    /// @returns whether `use` stopped it
    template <class Use>
    bool any_item(std::string_view name, Use use) const {
        for (const auto& field : fields) {
            if (!equal_ignoring_case(field.name, name)) continue;
            for (std::string_view rest = field.value; !rest.empty();) {
                const std::string_view item = trimmed(cut(rest, ','));
                if (!item.empty() && use(item)) return true;
            }
        }
        return false;
    }

    /// Whether a list field holds `token`: `Connection: keep-alive, Upgrade` holds "upgrade".
    bool has_token(std::string_view name, std::string_view token) const {
        return any_item(name, [=](std::string_view item) { return equal_ignoring_case(item, token); });
    }

    /// The target without its query, as it was sent: not decoded.
    std::string_view path() const {
        std::string_view rest = target;
        // A proxy may send the whole URI (RFC 9112 §3.2.2): `GET http://host/path`.
        const auto scheme = rest.find("://");
        if (scheme != rest.npos && scheme > 0 && std::all_of(rest.begin(), rest.begin() + scheme, is_letter)) {
            rest.remove_prefix(scheme + 3);
            rest.remove_prefix(std::min(rest.find_first_of("/?#"), rest.size()));
            if (!rest.starts_with('/')) return "/";
        }
        return cut(rest, '?');
    }

    /// The decoded value of `name` in the query: "3" for `since` in `/news?since=3`.
    std::optional<std::string> query(std::string_view name) const {
        std::string_view rest = target;
        cut(rest, '?');
        while (!rest.empty()) {
            std::string_view pair = cut(rest, '&');
            if (percent_decoded(cut(pair, '='), true) == name) return percent_decoded(pair, true);
        }
        return std::nullopt;
    }

    /// The value of a cookie, as the browser sent it.
    std::optional<std::string_view> cookie(std::string_view name) const {
        for (std::string_view rest = header("Cookie").value_or(""); !rest.empty();) {
            std::string_view pair = cut(rest, ';');
            if (trimmed(cut(pair, '=')) == name) return trimmed(pair);
        }
        return std::nullopt;
    }

    /// Whether a body follows the head.
    bool has_body() const {
        const auto length = header("Content-Length");
        return count("Transfer-Encoding") > 0 || (length && length->find_first_not_of('0') != length->npos);
    }
};

/// How large a head may be. A peer can always send more: without a bound, memory is theirs to use.
struct head_limits {
    std::size_t bytes  = 8192;  ///< the whole head
    std::size_t fields = 100;
    std::size_t target = 4096;  ///< bytes of the request's target
};

// #region request_parser
/// Reads one request head, in pieces of any size.
///
///     request_parser parser;
///     while (parser.feed(bytes) == request_parser::incomplete) read more into bytes;
class request_parser {
public:
    enum progress { incomplete, complete, refused };

    explicit request_parser(head_limits limits = {}) : limits_(limits) {}

    // #region feed
    /// Takes bytes from the front of `bytes` until the head is complete or refused. What is left in `bytes`
    /// came behind the head and belongs to whoever reads next.
    progress feed(std::string_view& bytes) {
        while (!bytes.empty()) {
            const char c = bytes.front();
            bytes.remove_prefix(1);
            if (++size_ > limits_.bytes)
                return refuse({"5", "a request head must not be larger than this server allows", 431, 6585});

            if (c == '\n') {
                // A lone LF or CR is read as a line end by some and as data by others; an attacker uses the
                // difference. So only the pair ends a line (RFC 9112 §2.2).
                if (line_.empty() || line_.back() != '\r')
                    return refuse({"2.2", "a line must end in CR LF", 400, 9112});
                line_.pop_back();
                if (const auto done = end_of_line(); done != incomplete) return done;
                line_.clear();
                continue;
            }
            if (!line_.empty() && line_.back() == '\r')
                return refuse({"2.2", "a CR must be followed by LF", 400, 9112});
            if (is_control_character(c) && c != '\t' && c != '\r')
                return refuse({"5.5", "a head must not hold control characters", 400, 9110});
            line_ += c;
            // The target stands between the first two spaces; its end may never come.
            if (stage_ == request_line) {
                if (c == ' ')
                    ++spaces_;
                else if (spaces_ == 1 && ++target_size_ > limits_.target)
                    return refuse(target_too_long);
            }
        }
        return incomplete;
    }
    // #endregion feed

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

    progress end_of_line() {
        if (stage_ == request_line) {
            if (line_.empty() && size_ == 2)
                return incomplete;  // one empty line before it is forgiven (RFC 9112 §2.2)
            stage_ = field_lines;
            return parse_request_line();
        }
        return line_.empty() ? end_of_head() : parse_field();
    }

    progress parse_request_line() {
        std::string_view rest    = line_;
        request_.method          = cut(rest, ' ');
        request_.target          = cut(rest, ' ');
        std::string_view version = rest;
        if (!is_token(request_.method)) return refuse({"3.1", "a request begins with its method", 400, 9112});
        if (request_.target.empty() ||
            std::any_of(request_.target.begin(), request_.target.end(), is_control_character))
            return refuse({"3", "a request line is method, target and version, one space between", 400, 9112});
        if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
            !is_digit(version[7]))
            return refuse({"2.3", "a request line ends in HTTP/1.1", 400, 9112});
        if (version[5] != '1') return refuse({"15.6.6", "this server speaks HTTP/1.1", 505, 9110});
        request_.minor_version = version[7] - '0';
        return incomplete;
    }

    // #region parse_field
    progress parse_field() {
        if (line_.front() == ' ' || line_.front() == '\t')
            return refuse({"5.2", "a field must not be folded over lines", 400, 9112});
        if (request_.fields.size() == limits_.fields)
            return refuse({"5", "a request must not have more fields than this server allows", 431, 6585});
        std::string_view       value = line_;
        const std::string_view name  = cut(value, ':');
        if (name.size() == line_.size() || !is_token(name))
            return refuse({"5", "a field is a name, a colon at once, and a value", 400, 9112});
        request_.fields.push_back({std::string(name), std::string(trimmed(value))});
        return incomplete;
    }
    // #endregion parse_field

    // What can only be judged when all fields are there.
    progress end_of_head() {
        const auto hosts = request_.count("Host");
        if (hosts > 1 || (hosts == 0 && request_.minor_version > 0) ||
            (hosts == 1 && !is_host(*request_.header("Host"))))
            return refuse({"3.2", "a request must have exactly one Host, the name or the address of this server",
                           400, 9112});

        // Two readings of where a body ends let a request hide in another one (RFC 9112 §11.2).
        const auto length = request_.header("Content-Length");
        if (length && request_.count("Transfer-Encoding") > 0)
            return refuse({"6.1", "a request must not have both Content-Length and Transfer-Encoding", 400, 9112});
        for (const auto& field : request_.fields) {
            if (!equal_ignoring_case(field.name, "Content-Length")) continue;
            if (field.value != *length || field.value.empty() ||
                !std::all_of(field.value.begin(), field.value.end(), is_digit))
                return refuse({"6.3", "a Content-Length is one number", 400, 9112});
        }
        return complete;
    }

    head_limits  limits_;
    stage        stage_       = request_line;
    std::size_t  size_        = 0;
    std::size_t  spaces_      = 0;  // in the request line
    std::size_t  target_size_ = 0;
    std::string  line_;
    http_request request_;
    violation    why_;
};
// #endregion request_parser

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
        if (!is_token(name))
            throw std::invalid_argument(
                "a response field needs a name of letters, digits and dashes (RFC 9110 §5.1)");
        if (std::any_of(value.begin(), value.end(), [](char c) { return is_control_character(c) && c != '\t'; }))
            throw std::invalid_argument(
                "the value of a response field must not hold control characters (RFC 9110 §5.5)");
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

// #region to_bytes
/// A response as bytes. One request per connection keeps the lessons short: unless the response says
/// otherwise, it says `Connection: close`. The answer to HEAD has the fields of the answer to GET, no body.
/// Content-Length is counted here, whatever the response says.
inline std::string to_bytes(const response& answer, bool with_body = true) {
    const int   status = answer.status();
    std::string bytes  = "HTTP/1.1 " + std::to_string(status) + ' ';
    bytes += reason_phrase(status);
    bytes += "\r\n";
    const auto add = [&](std::string_view name, std::string_view value) {
        bytes.append(name).append(": ").append(value).append("\r\n");
    };
    for (const auto& field : answer.fields())
        if (!equal_ignoring_case(field.name, "Content-Length")) add(field.name, field.value);
    const bool never_has_body = status < 200 || status == 204 || status == 304;  // RFC 9110 §6.4.1
    if (!never_has_body) add("Content-Length", std::to_string(answer.body().size()));
    if (!answer.has("Connection")) add("Connection", "close");
    bytes += "\r\n";
    if (with_body && !never_has_body) bytes += answer.body();
    return bytes;
}
// #endregion to_bytes

/// The answer to a request that broke a rule: its status, and the rule in the body.
inline response refusal(const violation& broken) { return response(broken.code, describe(broken) + '\n'); }

}  // namespace duplex
