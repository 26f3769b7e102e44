// Tests of base64.hpp.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <duplex/base64.hpp>

#include "support/catch.hpp"

using duplex::base64;
using duplex::base64_decoded_size;

namespace {

/// `text` without its final zero, as the array that base64 takes.
template <std::size_t Size>
constexpr std::array<char, Size - 1> bytes(const char (&text)[Size]) {
    std::array<char, Size - 1> out{};
    for (std::size_t i = 0; i + 1 < Size; ++i) out[i] = text[i];
    return out;
}

template <std::size_t Size>
constexpr bool encodes(const char (&text)[Size], std::string_view expected) {
    const auto encoded = base64(bytes(text));
    return std::string_view(encoded.data(), encoded.size()) == expected;
}

}  // namespace

TEST_CASE("base64 encodes the examples of RFC 4648 §10") {
    INFO("\"f\" is 8 bits: Z holds 6 of them, g the other 2, and == says that two letters are missing");
    STATIC_REQUIRE(encodes("", ""));
    STATIC_REQUIRE(encodes("f", "Zg=="));
    STATIC_REQUIRE(encodes("fo", "Zm8="));
    STATIC_REQUIRE(encodes("foo", "Zm9v"));
    STATIC_REQUIRE(encodes("foob", "Zm9vYg=="));
    STATIC_REQUIRE(encodes("fooba", "Zm9vYmE="));
    STATIC_REQUIRE(encodes("foobar", "Zm9vYmFy"));
}

TEST_CASE("base64 uses each of its 64 letters") {
    STATIC_REQUIRE(
        encodes("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f"
                "\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
}

TEST_CASE("the size of what base64 stands for is known without decoding it") {
    STATIC_REQUIRE(base64_decoded_size("") == 0u);
    STATIC_REQUIRE(base64_decoded_size("Zg==") == 1u);
    STATIC_REQUIRE(base64_decoded_size("Zm8=") == 2u);
    STATIC_REQUIRE(base64_decoded_size("Zm9v") == 3u);
    STATIC_REQUIRE(base64_decoded_size("Zm9vYg==") == 4u);
    STATIC_REQUIRE(base64_decoded_size("dGhlIHNhbXBsZSBub25jZQ==") == 16u);
    STATIC_REQUIRE(base64_decoded_size("AAAAAAAAAAAAAAAAAAAAAAA=") == 17u);
    STATIC_REQUIRE(base64_decoded_size("AAAAAAAAAAAAAAAAAAAAAAAA") == 18u);
}

TEST_CASE("unused bits of the last letter may be set, as in the key of RFC 6455 §4.1") {
    STATIC_REQUIRE(base64_decoded_size("AQIDBAUGBwgJCgsMDQ4PEC==") == 16u);
}

TEST_CASE("what is not base64 stands for nothing") {
    const char* const text = GENERATE("Z", "Zg", "Zg=", "Zm9vY",
                                      "====", "Z===", "=Zg=", "Z=g=", "Zg==Zg==", "Zm9v=", "Zg= ", " Zg=", "Zm-v",
                                      "Zm_v", "Zm\n=", "Z\xc3\xa4=", "Zm9*");
    CAPTURE(text);
    REQUIRE(base64_decoded_size(text) == std::nullopt);
}

TEST_CASE("a zero byte is not base64") {
    REQUIRE(base64_decoded_size(std::string_view("Zm\0v", 4)) == std::nullopt);
}

TEST_CASE("every byte but the 64 letters is refused") {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        const char        c = static_cast<char>(byte);
        const std::string text{'A', c, 'A', 'A'};
        REQUIRE(base64_decoded_size(text).has_value() == (letters.find(c) != letters.npos));
    }
}
