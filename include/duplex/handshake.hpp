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

// #region accept_key
/// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2). A server that answers with it
/// has read the request as a WebSocket handshake; one that only echoes what it is sent cannot know it.
///
/// @param key 24 characters; others are cut or read as if filled with zero bytes
constexpr std::array<char, 28> accept_key(std::string_view key) {
    constexpr std::string_view         guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<char, 24 + guid.size()> text{};
    std::copy_n(key.begin(), std::min<std::size_t>(key.size(), 24), text.begin());
    std::copy(guid.begin(), guid.end(), text.begin() + 24);
    return base64(sha1({text.data(), text.size()}));
}
// #endregion accept_key

// #region asks_for_upgrade
/// Whether a request wants to become a WebSocket connection. HTTP/1.0 cannot ask (RFC 9110 §7.8).
inline bool asks_for_upgrade(const http_request& request) {
    return request.minor_version > 0 && request.has_token("Upgrade", "websocket") &&
           request.has_token("Connection", "Upgrade");
}
// #endregion asks_for_upgrade

/// One extension that a client offers, with its parameters: `permessage-deflate; client_max_window_bits`.
struct extension_offer {
    std::string                                      name;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< name and value, the value may be empty
};

/// The extensions in the fields Sec-WebSocket-Extensions, in the client's order (RFC 6455 §9.1).
/// @returns nothing when they break the grammar
inline std::optional<std::vector<extension_offer>> extension_offers(const http_request& request) {
    std::vector<extension_offer> offers;
    for (const auto& field : request.fields) {
        if (!equal_ignoring_case(field.name, "Sec-WebSocket-Extensions")) continue;
        std::string_view rest = field.value;
        const auto       skip = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size())); };
        const auto       take = [&](char c) { return rest.starts_with(c) && (rest.remove_prefix(1), true); };
        const auto       next = [&](char c) { return skip(), take(c) && (skip(), true); };
        const auto       word = [&] {
            const auto text = rest.substr(0, rest.find_first_of(" \t,;=\""));
            rest.remove_prefix(text.size());
            return std::string(text);
        };
        do {
            while (next(',')) {
            }  // empty items of a list are ignored (RFC 9110 §5.6.1)
            if (rest.empty()) break;
            extension_offer offer{word(), {}};
            if (!is_token(offer.name)) return std::nullopt;
            while (next(';')) {
                std::string name = word(), value;
                if (!is_token(name)) return std::nullopt;
                if (next('=')) {
                    const bool quoted = take('"');  // what stands in quotes is a token too, without spaces
                    value             = word();
                    if (!is_token(value) || (quoted && !take('"'))) return std::nullopt;
                }
                offer.parameters.emplace_back(std::move(name), std::move(value));
            }
            offers.push_back(std::move(offer));
        } while (next(','));
        if (!rest.empty()) return std::nullopt;
    }
    return offers;
}

// #region judge_upgrade
/// The first rule that a request for an upgrade breaks, or nothing when it may be answered with 101
/// (RFC 6455 §4.2.1). The code of the violation is an HTTP status.
inline std::optional<violation> judge_upgrade(const http_request& request) {
    if (request.method != "GET") return violation{"4.1", "the method of an opening handshake is GET", 405};
    // A body would be read as frames.
    if (request.has_body()) return violation{"4.1", "an opening handshake has no body", 400};
    if (request.count("Sec-WebSocket-Version") != 1 || request.header("Sec-WebSocket-Version") != "13")
        return violation{"4.4", "this server speaks version 13 of the WebSocket protocol", 426};
    const auto key = request.header("Sec-WebSocket-Key");
    if (request.count("Sec-WebSocket-Key") != 1 || key->size() != 24 || base64_decoded_size(*key) != 16)
        return violation{"4.2.1", "Sec-WebSocket-Key is 16 bytes in base64, once", 400};
    if (!extension_offers(request))
        return violation{"9.1", "Sec-WebSocket-Extensions does not follow its grammar", 400};
    return std::nullopt;
}
// #endregion judge_upgrade

/// The answer to a request that broke a rule of the handshake, with the fields that go with its status.
inline response handshake_refusal(const violation& broken) {
    response answer = refusal(broken);
    if (broken.code == 405) answer.header("Allow", "GET");
    if (broken.code == 426)  // says how to ask instead (RFC 9110 §15.5.22, RFC 6455 §4.4)
        answer.header("Upgrade", "websocket")
            .header("Connection", "Upgrade, close")
            .header("Sec-WebSocket-Version", "13");
    return answer;
}

// #region choose_subprotocol
/// The first sub-protocol in the client's order that the server supports (RFC 6455 §1.9); empty for none.
/// A browser fails the connection when it asked for some and gets none that it asked for.
inline std::string choose_subprotocol(const http_request& request, std::span<const std::string_view> supported) {
    std::string chosen;
    request.any_item("Sec-WebSocket-Protocol", [&](std::string_view offered) {
        const bool match = std::find(supported.begin(), supported.end(), offered) != supported.end();
        if (match) chosen = offered;
        return match;
    });
    return chosen;
}
// #endregion choose_subprotocol

// #region is_same_origin
/// Whether the page that makes this request came from this server: its Origin names the same host and port.
/// Other programs than browsers send no Origin, or any they like: the check protects users of browsers from
/// other sites' pages, not the server from programs (RFC 6455 §10.2).
inline bool is_same_origin(const http_request& request) {
    std::string_view origin = request.header("Origin").value_or("");
    const auto       scheme = origin.find("://");
    return scheme != origin.npos &&
           equal_ignoring_case(origin.substr(scheme + 3), request.header("Host").value_or(""));
}
// #endregion is_same_origin

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

// #region switching_protocols
/// The 101 that ends the opening handshake (RFC 6455 §4.2.2).
///
/// @param request one that judge_upgrade has found right
/// @param more    fields to add, such as the chosen sub-protocol
inline response switching_protocols(const http_request& request, std::span<const http_field> more = {}) {
    const auto accept = accept_key(request.header("Sec-WebSocket-Key").value_or(""));
    response   answer(101);
    answer.header("Upgrade", "websocket").header("Connection", "Upgrade");
    answer.header("Sec-WebSocket-Accept", {accept.data(), accept.size()});
    for (const auto& field : more) answer.header(field.name, field.value);
    return answer;
}
// #endregion switching_protocols

}  // namespace duplex
