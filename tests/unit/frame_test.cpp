// Tests of frame.hpp.
#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <duplex/frame.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace test::literals;
using duplex::apply_mask;
using duplex::decode_header;
using duplex::decoded_header;
using duplex::encode_header;
using duplex::frame_header;
using duplex::masking_key;
using duplex::opcode;
using duplex::violation;

namespace {

constexpr masking_key key{'\x37', '\xfa', '\x21', '\x3d'};

constexpr bool decodes(std::string_view bytes, const frame_header& header, std::size_t size) {
    return decode_header(bytes) == duplex::decode_result(decoded_header{header, size});
}

constexpr bool encodes(const frame_header& header, std::string_view bytes) {
    return encode_header(header).view() == bytes;
}

/// The section of the rule that a header breaks, or "none".
constexpr std::string_view broken_section(std::string_view bytes) {
    const auto  result = decode_header(bytes);
    const auto* broken = std::get_if<violation>(&result);
    return broken ? broken->section : "none";
}

constexpr bool needs_more(std::string_view bytes) {
    return std::holds_alternative<duplex::need_more_t>(decode_header(bytes));
}

template <std::size_t Size>
constexpr bool unmasks(std::string_view payload, const char (&text)[Size], masking_key with = key) {
    std::array<char, Size - 1> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = payload[i];
    apply_mask(bytes, with);
    return std::string_view(bytes.data(), bytes.size()) == std::string_view(text, Size - 1);
}

std::string some_bytes(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 37 + 11);
    return out;
}

std::string as_masked_by_library(std::string payload, masking_key with, std::size_t offset = 0) {
    apply_mask(payload, with, offset);
    return payload;
}

}  // namespace

TEST_CASE("an unmasked Hello is decoded (RFC 6455 §5.7)") {
    INFO("81: FIN is set and the opcode is 1. 05: no mask, and 5 bytes of payload. So the header takes 2 bytes.");
    STATIC_REQUIRE(decodes("81 05 48 65 6c 6c 6f"_hex, {.opcode = opcode::text, .length = 5}, 2));
}

TEST_CASE("a masked Hello is decoded and unmasked (RFC 6455 §5.7)") {
    INFO("85: the mask bit, and 5 bytes of payload. The masking key follows, so the header takes 6 bytes.");
    STATIC_REQUIRE(decodes("81 85 37 fa 21 3d 7f 9f 4d 51 58"_hex,
                           {.masked = true, .opcode = opcode::text, .length = 5, .key = key}, 6));
    STATIC_REQUIRE(unmasks("7f 9f 4d 51 58"_hex, "Hello"));
}

TEST_CASE("a Hello in two fragments is decoded (RFC 6455 §5.7)") {
    STATIC_REQUIRE(decodes("01 03 48 65 6c"_hex, {.fin = false, .opcode = opcode::text, .length = 3}, 2));
    STATIC_REQUIRE(decodes("80 02 6c 6f"_hex, {.opcode = opcode::continuation, .length = 2}, 2));
}

TEST_CASE("a ping and its masked pong are decoded (RFC 6455 §5.7)") {
    STATIC_REQUIRE(decodes("89 05 48 65 6c 6c 6f"_hex, {.opcode = opcode::ping, .length = 5}, 2));
    STATIC_REQUIRE(decodes("8a 85 37 fa 21 3d 7f 9f 4d 51 58"_hex,
                           {.masked = true, .opcode = opcode::pong, .length = 5, .key = key}, 6));
}

TEST_CASE("the headers of 256 bytes and of 64 KiB are decoded (RFC 6455 §5.7)") {
    STATIC_REQUIRE(decodes("82 7e 01 00"_hex, {.opcode = opcode::binary, .length = 256}, 4));
    STATIC_REQUIRE(decodes("82 7f 00 00 00 00 00 01 00 00"_hex, {.opcode = opcode::binary, .length = 65536}, 10));
}

TEST_CASE("a header is written as RFC 6455 §5.7 shows") {
    STATIC_REQUIRE(encodes({.opcode = opcode::text, .length = 5}, "81 05"_hex));
    STATIC_REQUIRE(encodes({.masked = true, .length = 5, .key = key}, "81 85 37 fa 21 3d"_hex));
    STATIC_REQUIRE(encodes({.fin = false, .length = 3}, "01 03"_hex));
    STATIC_REQUIRE(encodes({.opcode = opcode::continuation, .length = 2}, "80 02"_hex));
    STATIC_REQUIRE(encodes({.opcode = opcode::ping, .length = 5}, "89 05"_hex));
    STATIC_REQUIRE(encodes({.opcode = opcode::binary, .length = 256}, "82 7e 01 00"_hex));
    STATIC_REQUIRE(encodes({.opcode = opcode::binary, .length = 65536}, "82 7f 00 00 00 00 00 01 00 00"_hex));
}

TEST_CASE("a length is written in the fewest bytes, high byte first") {
    STATIC_REQUIRE(encodes({.length = 0}, "81 00"_hex));
    STATIC_REQUIRE(encodes({.length = 125}, "81 7d"_hex));
    STATIC_REQUIRE(encodes({.length = 126}, "81 7e 00 7e"_hex));
    STATIC_REQUIRE(encodes({.length = 127}, "81 7e 00 7f"_hex));
    STATIC_REQUIRE(encodes({.length = 65535}, "81 7e ff ff"_hex));
    STATIC_REQUIRE(encodes({.length = 65536}, "81 7f 00 00 00 00 00 01 00 00"_hex));
    STATIC_REQUIRE(encodes({.length = 0x0123456789abcdef}, "81 7f 01 23 45 67 89 ab cd ef"_hex));
    STATIC_REQUIRE(encodes({.masked = true, .length = 0x7fffffffffffffff, .key = key},
                           "81 ff 7f ff ff ff ff ff ff ff 37 fa 21 3d"_hex));
}

TEST_CASE("each reserved bit has its place in the first byte") {
    STATIC_REQUIRE(encodes({.rsv1 = true}, "c1 00"_hex));
    STATIC_REQUIRE(encodes({.rsv2 = true}, "a1 00"_hex));
    STATIC_REQUIRE(encodes({.rsv3 = true}, "91 00"_hex));
    STATIC_REQUIRE(decodes("c1 00"_hex, {.rsv1 = true}, 2));
    STATIC_REQUIRE(decodes("a1 00"_hex, {.rsv2 = true}, 2));
    STATIC_REQUIRE(decodes("91 00"_hex, {.rsv3 = true}, 2));
}

TEST_CASE("what was written is read again, and nothing less than all of it is enough") {
    const auto length = GENERATE(as<std::uint64_t>{}, 0, 1, 125, 126, 127, 255, 256, 65535, 65536, 0xffffffff,
                                 0x100000000, 0x7fffffffffffffff);
    for (unsigned first = 0; first < 256; ++first)
        for (const bool masked : {false, true}) {
            frame_header header{.fin    = (first & 0x80) != 0,
                                .rsv1   = (first & 0x40) != 0,
                                .rsv2   = (first & 0x20) != 0,
                                .rsv3   = (first & 0x10) != 0,
                                .masked = masked,
                                .opcode = static_cast<opcode>(first & 0x0f),
                                .length = length};
            if (masked) header.key = key;
            if (name(header.opcode) == "reserved") continue;
            if (is_control(header.opcode) && (!header.fin || length > duplex::max_control_payload)) continue;
            CAPTURE(first, masked, length);

            const std::string bytes(encode_header(header).view());
            REQUIRE(decodes(bytes, header, bytes.size()));
            REQUIRE(decodes(bytes + "payload", header, bytes.size()));
            for (std::size_t less = 0; less < bytes.size(); ++less) {
                const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(less));
                REQUIRE(needs_more({cut.data(), cut.size()}));
            }
        }
}

TEST_CASE("a header of a client agrees with one written by hand") {
    const auto length = GENERATE(as<std::uint64_t>{}, 0, 125, 126, 65535, 65536, 0x4000000000000000);
    const auto bytes  = test::client_header(0x82, length);
    CHECK(decodes(bytes, {.masked = true, .opcode = opcode::binary, .length = length, .key = key}, bytes.size()));
}

TEST_CASE("an opcode that is not defined is refused with its first two bytes (RFC 6455 §5.2)") {
    for (unsigned code = 0; code < 16; ++code) {
        CAPTURE(code);
        const bool        defined = code <= 2 || (code >= 8 && code <= 10);
        const std::string bytes{static_cast<char>(0x80 + code), '\0'};
        CHECK(broken_section(bytes) == (defined ? "none" : "5.2"));
        CHECK(needs_more(bytes.substr(0, 1)));
    }
}

TEST_CASE("a fragmented control frame is refused (RFC 6455 §5.5)") {
    STATIC_REQUIRE(broken_section("08 00"_hex) == "5.5");
    STATIC_REQUIRE(broken_section("09 80"_hex) == "5.5");
    STATIC_REQUIRE(broken_section("0a 00"_hex) == "5.5");
}

TEST_CASE("a control frame over 125 bytes is refused before its length is complete (RFC 6455 §5.5)") {
    STATIC_REQUIRE(broken_section("89 7d"_hex) == "none");
    STATIC_REQUIRE(broken_section("89 7e"_hex) == "5.5");
    STATIC_REQUIRE(broken_section("88 7f"_hex) == "5.5");
    STATIC_REQUIRE(broken_section("8a fe"_hex) == "5.5");
    STATIC_REQUIRE(broken_section("89 7e 00 05"_hex) == "5.5");
}

TEST_CASE("a length that is longer than it must be is refused (RFC 6455 §5.2)") {
    STATIC_REQUIRE(broken_section("82 7e 00 00"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7e 00 7d"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7e 00 7e"_hex) == "none");
    STATIC_REQUIRE(broken_section("82 7f 00 00 00 00 00 00 00 00"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7f 00 00 00 00 00 00 ff ff"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7f 00 00 00 00 00 01 00 00"_hex) == "none");
}

TEST_CASE("a length with its highest bit set is refused (RFC 6455 §5.2)") {
    STATIC_REQUIRE(broken_section("82 7f 80 00 00 00 00 00 00 00"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7f ff ff ff ff ff ff ff ff"_hex) == "5.2");
    STATIC_REQUIRE(broken_section("82 7f 7f ff ff ff ff ff ff ff"_hex) == "none");
}

TEST_CASE("what a header breaks closes with 1002 and is described with its section") {
    for (const auto bytes :
         {"83 00"_hex, "09 00"_hex, "89 7e"_hex, "82 7e 00 00"_hex, "82 7f 80 00 00 00 00 00 00 00"_hex}) {
        CAPTURE(test::in_hex(bytes));
        const auto broken = std::get<violation>(decode_header(bytes));
        CHECK(broken.code == 1002);
        CHECK(describe(broken).starts_with("RFC 6455 §5."));
    }
}

TEST_CASE("a mask of zeros changes nothing") {
    STATIC_REQUIRE(unmasks("48 65 6c 6c 6f"_hex, "Hello", masking_key{}));
    const auto payload = some_bytes(70);
    CHECK(as_masked_by_library(payload, masking_key{}) == payload);
}

TEST_CASE("every length is masked at every alignment and from every offset as byte for byte") {
    const auto payload = some_bytes(70);
    for (std::size_t length = 0; length <= payload.size(); ++length)
        for (std::size_t alignment = 0; alignment < 8; ++alignment)
            for (std::size_t offset = 0; offset < 9; ++offset) {
                CAPTURE(length, alignment, offset);
                const auto turned   = std::string(offset % 4, '\0') + payload.substr(0, length);
                const auto expected = test::masked(turned).substr(offset % 4);

                alignas(8) std::array<char, 88> memory;
                memory.fill('#');
                const std::span<char> here = std::span(memory).subspan(alignment, length);
                std::copy_n(payload.begin(), length, here.begin());
                apply_mask(here, key, offset);
                REQUIRE(std::string_view(here.data(), length) == expected);

                const auto untouched = [](char c) { return c == '#'; };
                REQUIRE(std::all_of(memory.data(), here.data(), untouched));
                REQUIRE(std::all_of(here.data() + length, memory.data() + memory.size(), untouched));
            }
}

TEST_CASE("masking in pieces is masking the whole") {
    const auto payload = some_bytes(70);
    const auto whole   = as_masked_by_library(payload, key);
    for (std::size_t first = 0; first <= payload.size(); ++first)
        for (std::size_t second = first; second <= payload.size(); ++second) {
            CAPTURE(first, second);
            REQUIRE(as_masked_by_library(payload.substr(0, first), key) +
                        as_masked_by_library(payload.substr(first, second - first), key, first) +
                        as_masked_by_library(payload.substr(second), key, second) ==
                    whole);
        }
    CHECK(as_masked_by_library(whole, key) == payload);
}

TEST_CASE("an offset beyond 32 bits turns the key as a small one does") {
    const auto payload = some_bytes(20);
    CHECK(as_masked_by_library(payload, key, 0x100000003) == as_masked_by_library(payload, key, 3));
}

TEST_CASE("an opcode has a name for people and prints as its number") {
    STATIC_REQUIRE(name(opcode::continuation) == "continuation");
    STATIC_REQUIRE(name(opcode::text) == "text");
    STATIC_REQUIRE(name(opcode::binary) == "binary");
    STATIC_REQUIRE(name(opcode::close) == "close");
    STATIC_REQUIRE(name(opcode::ping) == "ping");
    STATIC_REQUIRE(name(opcode::pong) == "pong");
    STATIC_REQUIRE(name(static_cast<opcode>(3)) == "reserved");
    STATIC_REQUIRE(name(static_cast<opcode>(15)) == "reserved");

    std::ostringstream out;
    out << opcode::text << ' ' << opcode::pong;
    CHECK(out.str() == "1 10");
}

TEST_CASE("control frames are those from 8 on") {
    for (unsigned code = 0; code < 16; ++code) CHECK(is_control(static_cast<opcode>(code)) == (code >= 8));
}
