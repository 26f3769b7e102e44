// Tests of sha1.hpp.
#include <string>

#include <duplex/sha1.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace test::literals;
using duplex::sha1;

namespace {

constexpr bool digest_is(std::string_view text, std::string_view expected) {
    const auto digest = sha1(text);
    return std::string_view(digest.data(), digest.size()) == expected;
}

std::string digest_of(std::string_view text) {
    const auto digest = sha1(text);
    return test::in_hex({digest.data(), digest.size()});
}

}  // namespace

TEST_CASE("sha1 computes the examples of RFC 3174 §7.3") {
    STATIC_REQUIRE(digest_is("abc", "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d"_hex));
    STATIC_REQUIRE(digest_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                             "84983e44 1c3bd26e baae4aa1 f95129e5 e54670f1"_hex));
    REQUIRE(digest_of(std::string(1'000'000, 'a')) ==
            test::in_hex("34aa973c d4c4daa4 f61eeb2b dbad2731 6534016f"_hex));
    std::string repeated;
    for (int i = 0; i < 80; ++i) repeated += "01234567";
    REQUIRE(digest_of(repeated) == test::in_hex("dea356a2 cddd90c7 a7ecedc5 ebb56393 4f460452"_hex));
}

TEST_CASE("sha1 of no bytes is known too") {
    STATIC_REQUIRE(digest_is("", "da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709"_hex));
}

// The padding changes its shape where the length no longer fits in the same block, and at each full block.
TEST_CASE("sha1 pads every length around the ends of its blocks") {
    struct row {
        std::size_t length;
        test::bytes digest;
    };
    static constexpr row rows[] = {
        {54, "31045e7b b077ff8d 188a776b 196b9803 88735dbb"_hex},
        {55, "cef734ba 81a02447 9e09eb5a 75b6ddae 62e6abf1"_hex},
        {56, "90130536 7c259952 f4e7af83 23f480d5 9f81335b"_hex},
        {57, "025ecbd5 d70f8fb3 c5457cd9 6bab13fd a305dc59"_hex},
        {63, "0ddc4e0c ccd9a128 50deb5ab b0853a44 25559fec"_hex},
        {64, "bb2fa3ee 7afb9f54 c6dfb5d0 21f14b1f fe40c163"_hex},
        {65, "78c741dd c482e4cd f8c474a0 876347a0 905b6233"_hex},
        {119, "43003203 94f7ee23 9bcdce7d 3b8bcee1 73a0cd5c"_hex},
        {120, "ceb28216 39c4b6dc b10bce0e 522ca2e6 08ce056d"_hex},
        {128, "150fa3fb dc899bd0 b8f95a9f b6027f56 4d953762"_hex},
    };
    for (const auto& [length, digest] : rows) {
        CAPTURE(length);
        REQUIRE(digest_of(std::string(length, 'x')) == test::in_hex(digest));
    }
}

TEST_CASE("sha1 takes bytes of every value") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    REQUIRE(digest_of(all) == test::in_hex("4916d6bd b7f78e68 03698cab 32d1586e a457dfc8"_hex));
}
