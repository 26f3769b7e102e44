// A request head: the same is understood however it is cut, within its limits, and nothing strange gets through.
//
// Input: 1 byte of limits (even: small ones), 4 of cuts, then what a peer sends.
#include <algorithm>
#include <sstream>
#include <string>

#include <duplex/events.hpp>
#include <duplex/http.hpp>

#include "fuzz/fuzz.hpp"
#include "unit/slow_utf8.hpp"

using duplex::head_limits;
using duplex::http_request;
using duplex::request_parser;
using fuzz::require;

namespace {

struct outcome {
    request_parser::progress progress = request_parser::incomplete;
    std::size_t              size     = 0;
    duplex::violation        why{};
    http_request             request{};
};

outcome parse(fuzz::pieces pieces, head_limits limits) {
    request_parser parser(limits);
    outcome        end;
    std::size_t    given = 0, left = 0;
    for (const auto& piece : pieces) {
        std::string_view bytes(piece.data(), piece.size());
        end.progress = parser.feed(bytes);
        given += piece.size();
        left = bytes.size();
        if (end.progress != request_parser::incomplete) break;
        require(bytes.empty(), "while a head is incomplete, all bytes are taken");
    }
    end.size    = parser.size();
    end.why     = parser.why();
    end.request = parser.request();
    require(end.size + left == given, "each byte is taken once or left");
    return end;
}

/// A request in the shortest form that means the same.
std::string written(const http_request& request) {
    std::string bytes =
        request.method + ' ' + request.target + " HTTP/1." + std::to_string(request.minor_version) + "\r\n";
    for (const auto& field : request.fields) bytes += field.name + ':' + field.value + "\r\n";
    return bytes + "\r\n";
}

bool no_control_characters(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return !duplex::is_control_character(c) || c == '\t'; });
}

void check_request(const http_request& request, head_limits limits) {
    require(duplex::is_token(request.method), "a method is a token");
    require(!request.target.empty() && request.target.size() <= limits.target, "a target is within its limit");
    require(no_control_characters(request.target) && request.target.find(' ') == std::string::npos,
            "a target holds neither spaces nor control characters");
    require(request.fields.size() <= limits.fields, "there are no more fields than allowed");
    for (const auto& field : request.fields) {
        require(duplex::is_token(field.name), "a field name is a token");
        require(no_control_characters(field.value), "a value holds no control characters");
        require(field.value == duplex::trimmed(field.value), "a value is trimmed");
    }
    require(request.count("Host") <= 1, "there is one Host at most");
}

// What a handler may ask of any request.
void use_request(const http_request& asked) {
    static_cast<void>(asked.query("since"));
    static_cast<void>(asked.cookie("name"));
    static_cast<void>(asked.has_body());
    require(asked.path().size() <= asked.target.size(), "a path is a part of its target");
    asked.any_item("Accept", [](std::string_view item) {
        require(!item.empty() && item == duplex::trimmed(item), "the items of a list are trimmed and not empty");
        return false;
    });

    duplex::request request;
    static_cast<http_request&>(request) = asked;
    std::ostringstream out;
    out << request;
    const std::string text = out.str();
    require(test::slow_utf8(text) == test::utf8::whole, "a printed request is UTF-8");
    require(std::none_of(text.begin(), text.end(),
                         [](char c) { return duplex::is_control_character(c) && c != '\n'; }),
            "a printed request holds no control characters but its own line ends");
}

}  // namespace

void one_input(fuzz::input in) {
    const auto       limits = in.choice() % 2 == 0 ? head_limits{200, 3, 20} : head_limits{};
    const fuzz::cuts cuts(in);

    const outcome whole = parse(fuzz::whole(in.rest()), limits), cut = parse(cuts.of(in.rest()), limits);
    require(whole.progress == cut.progress && whole.size == cut.size && whole.why == cut.why,
            "a head is judged the same however it is cut");
    if (whole.progress == request_parser::refused) {
        const auto code = whole.why.code;
        require(code == 400 || code == 414 || code == 431 || code == 505, "a refusal has a status of its own");
        return;
    }
    require(whole.size <= limits.bytes, "a head is within its limit");
    if (whole.progress != request_parser::complete) return;

    check_request(whole.request, limits);
    require(written(whole.request) == written(cut.request), "a head says the same however it is cut");
    const outcome again = parse(fuzz::whole(written(whole.request)), limits);
    require(again.progress == request_parser::complete && written(again.request) == written(whole.request),
            "a request that is written down is read as the same request");
    use_request(whole.request);
}
