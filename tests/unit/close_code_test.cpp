// Tests of close_code.hpp.
#include <string>
#include <string_view>
#include <variant>

#include <duplex/close_code.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace test::literals;
using duplex::close_payload;
using duplex::close_status;
using duplex::cut_at_character;
using duplex::parse_close;
using duplex::violation;

namespace {

constexpr bool says(std::string_view payload, std::uint16_t code, std::string_view reason) {
    return parse_close(payload) == std::variant<close_status, violation>(close_status{code, reason});
}

constexpr violation broken(std::string_view payload) { return std::get<violation>(parse_close(payload)); }

std::string payload_of(unsigned code, std::string_view reason = "") {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code)} += reason;
}

}  // namespace

TEST_CASE("a close frame carries the codes that RFC 6455 §7.4 and the IANA registry allow, and no others") {
    INFO("may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999");
    for (unsigned code = 0; code <= 0xffff; ++code) {
        const bool allowed =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        CAPTURE(code);
        REQUIRE(duplex::is_sendable_close_code(code) == allowed);
        REQUIRE(std::holds_alternative<close_status>(parse_close(payload_of(code))) == allowed);
    }
}

TEST_CASE("an empty close frame says 1005") { STATIC_REQUIRE(says("", 1005, "")); }

TEST_CASE("a close frame is a code, high byte first, and a reason") {
    STATIC_REQUIRE(says("03 e8"_hex, 1000, ""));
    STATIC_REQUIRE(says("03 e9 62 79 65"_hex, 1001, "bye"));
    STATIC_REQUIRE(says("13 87"_hex, 4999, ""));
    STATIC_REQUIRE(says("03 e8 e2 82 ac"_hex, 1000, "\xe2\x82\xac"));
}

TEST_CASE("a close frame of one byte is refused with 1002 (RFC 6455 §5.5.1)") {
    STATIC_REQUIRE(broken("03"_hex).code == 1002);
    STATIC_REQUIRE(broken("03"_hex).section == "5.5.1");
}

TEST_CASE("a code that must not be sent is refused with 1002 (RFC 6455 §7.4)") {
    const auto code = GENERATE(0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 2999u, 5000u, 65535u);
    CAPTURE(code);
    CHECK(broken(payload_of(code)).code == 1002);
    CHECK(broken(payload_of(code)).section == "7.4");
    CHECK(describe(broken(payload_of(code, "reason"))).starts_with("RFC 6455 §7.4: "));
}

TEST_CASE("a reason that is not UTF-8 is refused with 1007 (RFC 6455 §5.5.1)") {
    STATIC_REQUIRE(broken("03 e8 ff"_hex).code == 1007);
    STATIC_REQUIRE(broken("03 e8 ed a0 80"_hex).code == 1007);
    STATIC_REQUIRE(broken("03 e8 62 e2 82"_hex).code == 1007);
    STATIC_REQUIRE(broken("03 e8 ff"_hex).section == "5.5.1");
    STATIC_REQUIRE(broken("03 ec ff"_hex).code == 1002);  // a wrong code is wrong before its reason is read
}

TEST_CASE("what close_payload writes, parse_close reads") {
    const auto code   = GENERATE(as<std::uint16_t>{}, 1000, 1002, 1014, 3000, 4999);
    const auto reason = GENERATE("", "bye", "\xe5\x86\x8d\xe8\xa7\x81");
    CHECK(says(close_payload({code, reason}), code, reason));
    CHECK(close_payload({code, reason}) == payload_of(code, reason));
}

TEST_CASE("a close frame without a code has no payload, and so no reason") {
    CHECK(close_payload({}) == "");
    CHECK(close_payload({duplex::close_code::no_status, "bye"}) == "");
}

TEST_CASE("a reason is cut at a character so that the frame has at most 125 bytes (RFC 6455 §5.5)") {
    CHECK(close_payload({1000, std::string(123, 'a')}) == payload_of(1000, std::string(123, 'a')));
    CHECK(close_payload({1000, std::string(124, 'a')}) == payload_of(1000, std::string(123, 'a')));
    CHECK(close_payload({1000, std::string(121, 'a') + "\xe2\x82\xac"}) ==
          payload_of(1000, std::string(121, 'a')));
    CHECK(close_payload({1000, std::string(120, 'a') + "\xe2\x82\xac!"}) ==
          payload_of(1000, std::string(120, 'a') + "\xe2\x82\xac"));
}

TEST_CASE("text is cut before the character that does not fit") {
    constexpr std::string_view text   = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";  // 1, 2, 3, 4 and 1 bytes
    constexpr std::size_t      fits[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t most = 0; most < std::size(fits); ++most) {
        CAPTURE(most);
        CHECK(cut_at_character(text, most) == text.substr(0, fits[most]));
    }
    STATIC_REQUIRE(cut_at_character("", 0) == "");
    STATIC_REQUIRE(cut_at_character("80 80 80"_hex, 2) == "");  // no character begins anywhere
}

TEST_CASE("the codes have the numbers of RFC 6455 §7.4.1") {
    namespace codes = duplex::close_code;
    STATIC_REQUIRE(codes::normal == 1000);
    STATIC_REQUIRE(codes::going_away == 1001);
    STATIC_REQUIRE(codes::protocol_error == 1002);
    STATIC_REQUIRE(codes::unsupported_data == 1003);
    STATIC_REQUIRE(codes::no_status == 1005);
    STATIC_REQUIRE(codes::abnormal == 1006);
    STATIC_REQUIRE(codes::invalid_payload == 1007);
    STATIC_REQUIRE(codes::policy_violation == 1008);
    STATIC_REQUIRE(codes::too_big == 1009);
    STATIC_REQUIRE(codes::internal_error == 1011);
}

TEST_CASE("each code with a fixed meaning says it, and no other does") {
    STATIC_REQUIRE(duplex::meaning(1000) == "normal closure");
    STATIC_REQUIRE(duplex::meaning(1006) == "the connection ended without a close frame");
    STATIC_REQUIRE(duplex::meaning(1009) == "message too big");
    for (unsigned code = 0; code <= 0xffff; ++code) {
        CAPTURE(code);
        const bool fixed = code >= 1000 && code <= 1015 && code != 1004;
        REQUIRE(duplex::meaning(static_cast<std::uint16_t>(code)).empty() != fixed);
    }
}
