// Tests of handshake.hpp.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/handshake.hpp>

#include "support/catch.hpp"

using namespace std::string_literals;
using namespace std::string_view_literals;
using duplex::handshake_decision;
using duplex::http_field;
using duplex::http_request;
using duplex::judge_upgrade;
using duplex::response;

namespace {

/// The opening handshake of RFC 6455 §1.2.
http_request example() {
    return {"GET",
            "/chat",
            1,
            {{"Host", "server.example.com"},
             {"Upgrade", "websocket"},
             {"Connection", "Upgrade"},
             {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
             {"Origin", "http://example.com"},
             {"Sec-WebSocket-Protocol", "chat, superchat"},
             {"Sec-WebSocket-Version", "13"}}};
}

http_request without(std::string_view name, http_request request = example()) {
    std::erase_if(request.fields, [=](const http_field& field) { return field.name == name; });
    return request;
}

http_request with(std::string name, std::string value, http_request request = example()) {
    request.fields.push_back({std::move(name), std::move(value)});
    return request;
}

/// The example with another value in the field `name`.
http_request instead(const std::string& name, std::string value) {
    return with(name, std::move(value), without(name));
}

http_request as_method(std::string method) {
    http_request request = example();
    request.method       = std::move(method);
    return request;
}

http_request with_extensions(std::vector<std::string> values) {
    http_request request = example();
    for (auto& value : values) request.fields.push_back({"Sec-WebSocket-Extensions", std::move(value)});
    return request;
}

/// Offers as one text: "a; x=1; y | b".
std::string text_of(const std::vector<duplex::extension_offer>& offers) {
    std::string text;
    for (const auto& offer : offers) {
        text += (text.empty() ? "" : " | ") + offer.name;
        for (const auto& [name, value] : offer.parameters)
            text += "; " + name + (value.empty() ? "" : "=") + value;
    }
    return text;
}

std::string_view header_of(const response& answer, std::string_view name) {
    for (const auto& field : answer.fields())
        if (field.name == name) return field.value;
    return "none";
}

constexpr bool accepts(std::string_view key, std::string_view expected) {
    const auto accept = duplex::accept_key(key);
    return std::string_view(accept.data(), accept.size()) == expected;
}

}  // namespace

TEST_CASE("the key of RFC 6455 §1.3 is accepted with the value given there") {
    INFO("the key and the GUID behind it; their SHA-1, which is 20 bytes; these in base64 (RFC 6455 §4.2.2)");
    STATIC_REQUIRE(accepts("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

TEST_CASE("a key of another length is cut to 24 characters or filled up with zero bytes") {
    STATIC_REQUIRE(accepts("dGhlIHNhbXBsZSBub25jZQ==x", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    STATIC_REQUIRE(duplex::accept_key("dGhl") ==
                   duplex::accept_key("dGhl\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv));
    STATIC_REQUIRE(duplex::accept_key("") != duplex::accept_key("dGhl"));
}

TEST_CASE("the handshake of RFC 6455 §1.2 asks for an upgrade and breaks no rule") {
    CHECK(asks_for_upgrade(example()));
    CHECK(judge_upgrade(example()) == std::nullopt);
}

TEST_CASE("the tokens of an upgrade count in any case of letters and in a list") {
    CHECK(asks_for_upgrade(instead("Upgrade", "WebSocket")));
    CHECK(asks_for_upgrade(instead("Upgrade", "h2c, websocket")));
    CHECK(asks_for_upgrade(instead("Connection", "keep-alive, Upgrade")));
    CHECK(asks_for_upgrade(instead("Connection", "UPGRADE")));
    CHECK(asks_for_upgrade(with("connection", "upgrade", instead("Connection", "keep-alive"))));
}

TEST_CASE("a request that lacks a token of an upgrade is a plain request") {
    CHECK_FALSE(asks_for_upgrade(without("Upgrade")));
    CHECK_FALSE(asks_for_upgrade(without("Connection")));
    CHECK_FALSE(asks_for_upgrade(instead("Upgrade", "xwebsocket")));
    CHECK_FALSE(asks_for_upgrade(instead("Upgrade", "websocket2")));
    CHECK_FALSE(asks_for_upgrade(instead("Connection", "notupgrade")));
    CHECK_FALSE(asks_for_upgrade(instead("Connection", "keep-alive")));
}

TEST_CASE("HTTP/1.0 cannot ask for an upgrade (RFC 9110 §7.8)") {
    auto request          = example();
    request.minor_version = 0;
    CHECK_FALSE(asks_for_upgrade(request));
}

TEST_CASE("an upgrade that breaks a rule is refused with its status and its rule") {
    const auto key = [](std::string value) { return instead("Sec-WebSocket-Key", std::move(value)); };
    struct row {
        std::string_view what;
        http_request     request;
        int              status;
        std::string_view section;
    };
    const row rows[] = {
        {"POST", as_method("POST"), 405, "4.1"},
        {"HEAD", as_method("HEAD"), 405, "4.1"},
        {"get in small letters", as_method("get"), 405, "4.1"},
        {"a length", with("Content-Length", "5"), 400, "4.1"},
        {"a transfer coding", with("Transfer-Encoding", "chunked"), 400, "4.1"},
        {"no version", without("Sec-WebSocket-Version"), 426, "4.4"},
        {"version 8", instead("Sec-WebSocket-Version", "8"), 426, "4.4"},
        {"version 99", instead("Sec-WebSocket-Version", "99"), 426, "4.4"},
        {"version 013", instead("Sec-WebSocket-Version", "013"), 426, "4.4"},
        {"a list of versions", instead("Sec-WebSocket-Version", "13, 8"), 426, "4.4"},
        {"two versions", with("Sec-WebSocket-Version", "13"), 426, "4.4"},
        {"no key", without("Sec-WebSocket-Key"), 400, "4.2.1"},
        {"two keys", with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), 400, "4.2.1"},
        {"an empty key", key(""), 400, "4.2.1"},
        {"23 characters", key("dGhlIHNhbXBsZSBub25jZQ="), 400, "4.2.1"},
        {"25 characters", key("dGhlIHNhbXBsZSBub25jZQ==="), 400, "4.2.1"},
        {"15 bytes", key("dGhlIHNhbXBsZSBub25j"), 400, "4.2.1"},
        {"17 bytes", key("dGhlIHNhbXBsZSBub25jZTE="), 400, "4.2.1"},
        {"18 bytes", key("dGhlIHNhbXBsZSBub25jZTEy"), 400, "4.2.1"},
        {"a character that is not base64", key("dGhlIHNhbXBsZSBub25jZ-=="), 400, "4.2.1"},
        {"a key with a space", key("dGhl IHNhbXBsZSBub25jZ=="), 400, "4.2.1"},
        {"extensions that break their grammar", with("Sec-WebSocket-Extensions", "permessage-deflate;;;="), 400,
         "9.1"},
    };
    for (const auto& [what, request, status, section] : rows) {
        INFO(what);
        const auto broken = judge_upgrade(request);
        REQUIRE(broken);
        CHECK(broken->code == status);
        CHECK(broken->section == section);
        CHECK(broken->rfc == 6455);
        CHECK(handshake_refusal(*broken).status() == status);
        CHECK(handshake_refusal(*broken).body() == describe(*broken) + "\n");
    }
}

TEST_CASE("a body of no bytes does not spoil an upgrade") {
    CHECK(judge_upgrade(with("Content-Length", "0")) == std::nullopt);
}

TEST_CASE("a key whose unused bits are set is a key: it is the one of RFC 6455 §4.1") {
    CHECK(judge_upgrade(instead("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==")) == std::nullopt);
}

TEST_CASE("a refusal says what to do instead") {
    const auto not_allowed = duplex::handshake_refusal({"4.1", "a sentence", 405});
    CHECK(header_of(not_allowed, "Allow") == "GET");
    CHECK(header_of(not_allowed, "Upgrade") == "none");

    const auto required = duplex::handshake_refusal({"4.4", "a sentence", 426});
    CHECK(header_of(required, "Upgrade") == "websocket");
    CHECK(header_of(required, "Connection") == "Upgrade, close");
    CHECK(header_of(required, "Sec-WebSocket-Version") == "13");
    CHECK(header_of(required, "Allow") == "none");

    const auto bad = duplex::handshake_refusal({"4.2.1", "a sentence", 400});
    CHECK(header_of(bad, "Upgrade") == "none");
    CHECK(header_of(bad, "Allow") == "none");
}

TEST_CASE("extensions are offered in lists, each with its parameters") {
    struct row {
        std::vector<std::string> values;
        std::string_view         offers;
    };
    const row rows[] = {
        {{}, ""},
        {{""}, ""},
        {{"a"}, "a"},
        {{"permessage-deflate; client_max_window_bits"}, "permessage-deflate; client_max_window_bits"},
        {{"a;x=1;y=\"2\", b ;\tz = 3"}, "a; x=1; y=2 | b; z=3"},
        {{"a; x=1, a"}, "a; x=1 | a"},
        {{"a", "b; x", "c"}, "a | b; x | c"},
        {{",a,, b,"}, "a | b"},
        {{" , "}, ""},
        {{"constructor"}, "constructor"},
    };
    for (const auto& [values, expected] : rows) {
        CAPTURE(values);
        const auto offers = extension_offers(with_extensions(values));
        REQUIRE(offers);
        CHECK(text_of(*offers) == expected);
    }
}

TEST_CASE("extensions that break the grammar of RFC 6455 §9.1 are no offers") {
    const auto value = GENERATE("permessage-deflate;;;=", ";", "=", "a;", "a; ;b", "a;=1", "a;x=", "a;x=;y", "a b",
                                "a=1", "a;x y", "a;x=1 2", "a;x==1", "a;x=\"", "a;x=\"1", "a;x=\"\"", "a;x=1\"",
                                "a;x=\"1\"2", "\"a\"", "a;\"x\"", "a;x=\"1,2\"", "a;x=\"1;2\"", "a/b", "a;x=(",
                                "\xc3\xa4", "a,;", "a;x=\" 1\"", "a;x=\"1 \"");
    CAPTURE(value);
    CHECK(extension_offers(with_extensions({value})) == std::nullopt);
    CHECK(extension_offers(with_extensions({"a", value})) == std::nullopt);
}

TEST_CASE("100 parameters are as legal as one") {
    std::string value = "a";
    for (int i = 0; i < 100; ++i) value += ";x" + std::to_string(i) + "=1";
    const auto offers = extension_offers(with_extensions({value}));
    REQUIRE(offers);
    REQUIRE(offers->size() == 1);
    CHECK(offers->front().parameters.size() == 100);
    CHECK(judge_upgrade(with_extensions({value})) == std::nullopt);
}

TEST_CASE("the client's order decides between sub-protocols") {
    const std::array supported{"superchat"sv, "chat"sv};
    const auto       choose = [&](std::string offered) {
        return choose_subprotocol(instead("Sec-WebSocket-Protocol", std::move(offered)), supported);
    };
    CHECK(choose("chat, superchat") == "chat");
    CHECK(choose("superchat, chat") == "superchat");
    CHECK(choose("other, chat") == "chat");
    CHECK(choose(",, chat, chat") == "chat");
    CHECK(choose("other") == "");
    CHECK(choose("CHAT") == "");  // the names are compared as they are (RFC 6455 §11.5)
    CHECK(choose("chatter") == "");
    CHECK(choose("") == "");
    CHECK(choose_subprotocol(without("Sec-WebSocket-Protocol"), supported) == "");
    CHECK(choose_subprotocol(with("Sec-WebSocket-Protocol", "superchat", instead("Sec-WebSocket-Protocol", "x")),
                             supported) == "superchat");
    CHECK(choose_subprotocol(example(), {}) == "");
}

TEST_CASE("a sub-protocol is found at the end of a list of 50 KB") {
    const std::array supported{"chat"sv};
    std::string      offered;
    while (offered.size() < 50'000) offered += "a,,";
    CHECK(choose_subprotocol(instead("Sec-WebSocket-Protocol", offered + "chat"), supported) == "chat");
    CHECK(choose_subprotocol(instead("Sec-WebSocket-Protocol", std::string(50'000, ',')), supported) == "");
}

TEST_CASE("a page comes from this server when its origin names the same host and port") {
    struct row {
        std::string origin, host;
        bool        same;
    };
    const row rows[] = {
        {"http://a.example", "a.example", true},
        {"https://a.example:8080", "a.example:8080", true},
        {"http://A.example", "a.EXAMPLE", true},
        {"http://a.example", "b.example", false},
        {"http://a.example:8080", "a.example", false},
        {"http://a.example", "a.example:8080", false},
        {"http://a.example.evil", "a.example", false},
        {"http://evil.a.example", "a.example", false},
        {"a.example", "a.example", false},
        {"null", "null", false},
        {"", "a.example", false},
    };
    for (const auto& [origin, host, same] : rows) {
        CAPTURE(origin, host);
        CHECK(duplex::is_same_origin({"GET", "/", 1, {{"Host", host}, {"Origin", origin}}}) == same);
    }
    CHECK_FALSE(duplex::is_same_origin({"GET", "/", 1, {{"Host", "a.example"}}}));
}

TEST_CASE("a decision to accept may name a sub-protocol and add fields") {
    const auto plain = handshake_decision::accept();
    CHECK(plain.accepted());
    CHECK(plain.answer().status() == 101);
    CHECK(plain.answer().fields().empty());

    const auto chosen = handshake_decision::accept("chat").header("Set-Cookie", "id=1");
    CHECK(header_of(chosen.answer(), "Sec-WebSocket-Protocol") == "chat");
    CHECK(header_of(chosen.answer(), "Set-Cookie") == "id=1");
}

TEST_CASE("a decision to refuse carries the answer") {
    const auto decision = handshake_decision::refuse(response(401, "log in first\n"));
    CHECK_FALSE(decision.accepted());
    CHECK(decision.answer().status() == 401);
    CHECK(decision.answer().body() == "log in first\n");
}

TEST_CASE("a decision takes no field that could begin another one") {
    CHECK_THROWS_AS(handshake_decision::accept("chat\r\nX: y"), std::invalid_argument);
    CHECK_THROWS_AS(handshake_decision::accept().header("X", "a\r\nY: b"), std::invalid_argument);
}

TEST_CASE("101 switches protocols as RFC 6455 §1.3 shows") {
    CHECK(to_bytes(switching_protocols(example())) ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "\r\n");
}

TEST_CASE("101 carries the fields of the decision") {
    const auto decision = handshake_decision::accept("chat").header("Set-Cookie", "id=1");
    const auto bytes    = to_bytes(switching_protocols(example(), decision.answer().fields()));
    CHECK(bytes.ends_with("xOo=\r\nSec-WebSocket-Protocol: chat\r\nSet-Cookie: id=1\r\n\r\n"));
}
