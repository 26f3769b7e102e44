// handshake.hpp: the opening handshake, seen from the server.      RFC 6455 §4                Lesson 3
//
//     GET / HTTP/1.1                                  HTTP/1.1 101 Switching Protocols
//     Host: 127.0.0.1:9504                            Upgrade: websocket
//     Upgrade: websocket                       ─►     Connection: Upgrade
//     Connection: Upgrade                             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
//     Sec-WebSocket-Version: 13
//
// After the empty line behind the 101, the same connection carries frames. Bytes in, values out.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// handshake_decision is bookkeeping for lesson 6 and is here already.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/base64.hpp>
#include <duplex/http.hpp>
#include <duplex/sha1.hpp>

namespace duplex {

/// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2). A server that answers with it
/// has read the request as a WebSocket handshake; one that only echoes what it is sent cannot know it.
///
/// @param key 24 characters; others are cut or read as if filled with zero bytes
constexpr std::array<char, 28> accept_key(std::string_view key) {
    // TODO: the key, then the text 258EAFA5-E914-47DA-95CA-C5AB0DC85B11, then sha1 of both, then base64 of its
    // 20 bytes (RFC 6455 §4.2.2).
    return {};
}

/// Whether a request wants to become a WebSocket connection. HTTP/1.0 cannot ask (RFC 9110 §7.8).
inline bool asks_for_upgrade(const http_request& request) {
    // TODO: HTTP/1.1, the token `websocket` in Upgrade and the token `Upgrade` in Connection. Both fields are
    // lists; http_request::has_token reads them.
    return false;
}

/// One extension that a client offers, with its parameters: `permessage-deflate; client_max_window_bits`.
struct extension_offer {
    std::string                                      name;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< name and value, the value may be empty
};

/// The extensions in the fields Sec-WebSocket-Extensions, in the client's order (RFC 6455 §9.1).
/// @returns nothing when they break the grammar
inline std::optional<std::vector<extension_offer>> extension_offers(const http_request& request) {
    // TODO: read `name; parameter; parameter=value, name …` (RFC 6455 §9.1). A value may stand in quotes. Refuse
    // what does not follow the grammar; a server that knows no extension must still read it.
    return std::vector<extension_offer>{};
}

/// The first rule that a request for an upgrade breaks, or nothing when it may be answered with 101
/// (RFC 6455 §4.2.1). The code of the violation is an HTTP status.
inline std::optional<violation> judge_upgrade(const http_request& request) {
    // TODO: RFC 6455 §4.2.1, in this order: another method than GET (405), a body (400), another version than
    // 13 (426, §4.4), a key that is not 16 bytes in base64 or not there once (400), bad extensions (400).
    // base64_decoded_size tells how many bytes a key stands for.
    return std::nullopt;
}

/// The answer to a request that broke a rule of the handshake, with the fields that go with its status.
inline response handshake_refusal(const violation& broken) {
    // TODO: a 405 says `Allow: GET`; a 426 says Upgrade, Connection and Sec-WebSocket-Version.
    return refusal(broken);
}

/// The first sub-protocol in the client's order that the server supports (RFC 6455 §1.9); empty for none.
/// A browser fails the connection when it asked for some and gets none that it asked for.
inline std::string choose_subprotocol(const http_request& request, std::span<const std::string_view> supported) {
    // TODO: go through the client's list with any_item; stop at the first name that is in `supported`.
    return {};
}

/// Whether the page that makes this request came from this server: its Origin names the same host and port.
/// Other programs than browsers send no Origin, or any they like: the check protects users of browsers from
/// other sites' pages, not the server from programs (RFC 6455 §10.2).
inline bool is_same_origin(const http_request& request) {
    // TODO: compare what stands behind `://` in Origin with Host. This refuses everyone.
    return false;
}

/// What on_handshake answers: accept, perhaps with a sub-protocol and more fields, or refuse with a response.
///
///     return duplex::handshake_decision::accept("chat");
///     return duplex::handshake_decision::refuse(duplex::response(401, "log in first\n"));
class handshake_decision {
public:
    /// @param subprotocol one that the client offered, or empty for none
    static handshake_decision accept(std::string_view subprotocol = {}) {
        handshake_decision decision;
        if (!subprotocol.empty()) decision.header("Sec-WebSocket-Protocol", subprotocol);
        return decision;
    }

    static handshake_decision refuse(response answer) {
        handshake_decision decision;
        decision.accepted_ = false;
        decision.answer_   = std::move(answer);
        return decision;
    }

    /// Adds a field to the answer, for example Set-Cookie.
    /// @throws std::invalid_argument as response::header does
    handshake_decision& header(std::string_view name, std::string_view value) {
        answer_.header(name, value);
        return *this;
    }

    bool            accepted() const { return accepted_; }
    const response& answer() const { return answer_; }

private:
    handshake_decision() : answer_(101) {}

    bool     accepted_ = true;
    response answer_;
};

/// The 101 that ends the opening handshake (RFC 6455 §4.2.2).
///
/// @param request one that judge_upgrade has found right
/// @param more    fields to add, such as the chosen sub-protocol
inline response switching_protocols(const http_request& request, std::span<const http_field> more = {}) {
    // TODO: status 101 with Upgrade, Connection, Sec-WebSocket-Accept and the fields in `more`.
    return response(101);
}

}  // namespace duplex
