// The opening handshake: whatever a request asks for, it is judged, and the answer is one well-formed response.
//
// Input: what a peer sends.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/handshake.hpp>

#include "fuzz/fuzz.hpp"

using duplex::http_request;
using duplex::response;
using fuzz::require;

namespace {

// A head that ends early, or has more lines than fields, would let a peer write a part of our answer.
void check_answer(const response& answer) {
    const std::string bytes = to_bytes(answer);
    const auto        end   = bytes.find("\r\n\r\n");
    require(end != bytes.npos, "a response has a head");
    const bool has_body = answer.status() != 101;
    require(bytes.size() == end + 4 + (has_body ? answer.body().size() : 0), "a head ends where its body begins");
    std::size_t lines = 0;
    for (std::size_t at = 0; at < end; at = bytes.find("\r\n", at) + 2) ++lines;
    const std::size_t expected = 1 + answer.fields().size() + has_body + !answer.has("Connection");
    require(lines == expected, "a head has a line for each field");
}

std::string written(const std::vector<duplex::extension_offer>& offers) {
    std::string list;
    for (const auto& offer : offers) {
        list += list.empty() ? offer.name : ", " + offer.name;
        for (const auto& [name, value] : offer.parameters)
            list += "; " + name + (value.empty() ? "" : "=" + value);
    }
    return list;
}

void check_extensions(const http_request& request) {
    const auto offers = extension_offers(request);
    if (!offers) return;
    http_request again;
    again.fields    = {{"Sec-WebSocket-Extensions", written(*offers)}};
    const auto same = extension_offers(again);
    require(same && written(*same) == written(*offers),
            "offers that are written down are read as the same offers");
}

void check_subprotocol(const http_request& request) {
    constexpr std::array<std::string_view, 2> supported{"chat", "superchat"};
    const std::string                         chosen = choose_subprotocol(request, supported);
    if (!chosen.empty())
        require(request.any_item("Sec-WebSocket-Protocol", [&](auto item) { return item == chosen; }),
                "a chosen sub-protocol was offered");
    check_answer(duplex::handshake_decision::accept(chosen).answer());
}

// A careless handler may put what a peer sent into its answer.
void check_reflection(std::string_view anything) {
    const bool harmful = std::any_of(anything.begin(), anything.end(),
                                     [](char c) { return duplex::is_control_character(c) && c != '\t'; });
    bool       refused = false;
    try {
        check_answer(duplex::handshake_decision::accept(anything).header("X-Echo", anything).answer());
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    require(refused == harmful, "a value is refused when it holds control characters, and only then");
}

void check_origin(const http_request& request) {
    if (!is_same_origin(request)) return;
    const std::string_view origin = *request.header("Origin"), host = *request.header("Host");
    require(origin.size() > host.size() &&
                duplex::equal_ignoring_case(origin.substr(origin.size() - host.size()), host),
            "a page of the same origin names this host");
}

}  // namespace

void one_input(fuzz::input in) {
    check_reflection(in.rest().substr(0, 100));

    duplex::request_parser parser;
    std::string_view       bytes = in.rest();
    if (parser.feed(bytes) != duplex::request_parser::complete) return;
    const http_request& request = parser.request();

    check_extensions(request);
    check_subprotocol(request);
    check_origin(request);
    if (!asks_for_upgrade(request)) return;
    require(request.minor_version > 0, "HTTP/1.0 cannot ask for an upgrade");
    if (const auto broken = judge_upgrade(request)) {
        require(broken->code == 400 || broken->code == 405 || broken->code == 426, "a refusal is 400, 405 or 426");
        check_answer(handshake_refusal(*broken));
        return;
    }
    require(request.method == "GET" && !request.has_body(), "an upgrade is a GET without a body");
    require(duplex::base64_decoded_size(*request.header("Sec-WebSocket-Key")) == 16, "a key is 16 bytes");
    const response answer = switching_protocols(request);
    require(answer.status() == 101 && answer.has("Sec-WebSocket-Accept"), "an upgrade is answered with its key");
    check_answer(answer);
}
