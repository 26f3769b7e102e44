// Tests of utf8.hpp.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <duplex/utf8.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "unit/cuts.hpp"
#include "unit/slow_utf8.hpp"

using namespace test::literals;
using duplex::is_utf8;
using duplex::utf8_validator;

namespace {

test::utf8 judged(std::string_view bytes) {
    utf8_validator validator;
    if (!validator.feed(bytes)) return test::utf8::broken;
    return validator.complete() ? test::utf8::whole : test::utf8::cut;
}

/// The number of the byte with which a validator that is fed one at a time says no; 0 when it never does.
constexpr std::size_t refused_at(std::string_view bytes) {
    utf8_validator validator;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (!validator.feed(bytes.substr(i, 1))) return i + 1;
    return 0;
}

/// Compares with the slow decoder; keeps the first difference, since millions of assertions would take long.
class comparison {
public:
    void judge(std::string_view bytes) {
        ++count_;
        if (different_.empty() && judged(bytes) != test::slow_utf8(bytes)) different_ = test::in_hex(bytes);
    }
    std::size_t count() const { return count_; }
    std::string different() const { return different_; }

private:
    std::size_t count_ = 0;
    std::string different_;
};

char byte(unsigned value) { return static_cast<char>(value); }

}  // namespace

TEST_CASE("the examples of RFC 3629 §7 are UTF-8") {
    STATIC_REQUIRE(is_utf8("41 e2 89 a2 ce 91 2e"_hex));        // A, not identical to, Alpha, .
    STATIC_REQUIRE(is_utf8("ed 95 9c ea b5 ad ec 96 b4"_hex));  // the Korean word hangugeo
    STATIC_REQUIRE(is_utf8("e6 97 a5 e6 9c ac e8 aa 9e"_hex));  // the Japanese word nihongo
    STATIC_REQUIRE(is_utf8("ef bb bf f0 a3 8e b4"_hex));        // a signature and U+233B4
}

TEST_CASE("the first and the last character of each length are UTF-8 (RFC 3629 §3)") {
    STATIC_REQUIRE(is_utf8(""));
    STATIC_REQUIRE(is_utf8("00"_hex));
    STATIC_REQUIRE(is_utf8("7f"_hex));
    STATIC_REQUIRE(is_utf8("c2 80"_hex));
    STATIC_REQUIRE(is_utf8("df bf"_hex));
    STATIC_REQUIRE(is_utf8("e0 a0 80"_hex));
    STATIC_REQUIRE(is_utf8("ed 9f bf"_hex));
    STATIC_REQUIRE(is_utf8("ee 80 80"_hex));
    STATIC_REQUIRE(is_utf8("ef bf bf"_hex));
    STATIC_REQUIRE(is_utf8("f0 90 80 80"_hex));
    STATIC_REQUIRE(is_utf8("f4 8f bf bf"_hex));
}

TEST_CASE("text is refused with the byte after which nothing can make it valid") {
    INFO("refused_at feeds one byte at a time and counts them; 0: feed never said no. 80 goes on with a character "
         "that has not begun, so no text begins with it");
    STATIC_REQUIRE(refused_at("80"_hex) == 1);  // a continuation of nothing
    STATIC_REQUIRE(refused_at("ff"_hex) == 1);
    STATIC_REQUIRE(refused_at("fe"_hex) == 1);
    STATIC_REQUIRE(refused_at("c0 80"_hex) == 1);  // over-long: C0 and C1 begin nothing
    STATIC_REQUIRE(refused_at("c1 bf"_hex) == 1);
    STATIC_REQUIRE(refused_at("e0 80 80"_hex) == 2);  // over-long
    STATIC_REQUIRE(refused_at("e0 9f bf"_hex) == 2);
    STATIC_REQUIRE(refused_at("f0 80 80 80"_hex) == 2);
    STATIC_REQUIRE(refused_at("f0 8f bf bf"_hex) == 2);
    STATIC_REQUIRE(refused_at("ed a0 80"_hex) == 2);  // surrogates
    STATIC_REQUIRE(refused_at("ed bf bf"_hex) == 2);
    STATIC_REQUIRE(refused_at("f4 90 80 80"_hex) == 2);  // beyond U+10FFFF
    STATIC_REQUIRE(refused_at("f5 80 80 80"_hex) == 1);
    STATIC_REQUIRE(refused_at("f8 88 80 80 80"_hex) == 1);     // five bytes
    STATIC_REQUIRE(refused_at("fc 84 80 80 80 80"_hex) == 1);  // six
    STATIC_REQUIRE(refused_at("e2 41"_hex) == 2);              // cut by a letter
    STATIC_REQUIRE(refused_at("e2 82 41"_hex) == 3);
    STATIC_REQUIRE(refused_at("f0 9f 98 41"_hex) == 4);
    STATIC_REQUIRE(refused_at("e2 82 ac 80"_hex) == 4);  // one continuation too many
    STATIC_REQUIRE(refused_at("ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64"_hex) == 13);
}

TEST_CASE("a character that is cut may go on, but is not complete") {
    for (const std::string_view whole :
         {"c2 80"_hex, "e2 82 ac"_hex, "ed 9f bf"_hex, "f0 9f 98 80"_hex, "f4 8f bf bf"_hex})
        for (std::size_t size = 1; size < whole.size(); ++size) {
            CAPTURE(test::in_hex(whole), size);
            CHECK(judged(whole.substr(0, size)) == test::utf8::cut);
            CHECK_FALSE(is_utf8(whole.substr(0, size)));
        }
}

TEST_CASE("a validator that has refused refuses for good") {
    utf8_validator validator;
    CHECK_FALSE(validator.feed("\xff"));
    CHECK_FALSE(validator.feed("plain text, long enough for eight bytes at a time"));
    CHECK_FALSE(validator.feed(""));
    CHECK_FALSE(validator.complete());
}

TEST_CASE("a new validator is complete, and stays so without bytes") {
    utf8_validator validator;
    CHECK(validator.complete());
    CHECK(validator.feed(""));
    CHECK(validator.feed({}));
    CHECK(validator.complete());
}

TEST_CASE("text is judged the same wherever it is cut") {
    const auto judge = [](test::pieces& pieces) {
        utf8_validator validator;
        bool           good = true;
        for (const auto& piece : pieces) good = validator.feed({piece.data(), piece.size()});
        return good && validator.complete();
    };
    const std::string good =
        "long plain text, then \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 and \xe4\xbd\xa0\xe5\xa5\xbd, and plain text "
        "again";
    CHECK(test::however_cut(good, judge));
    CHECK_FALSE(test::however_cut(good + "\xc3", judge));
    CHECK_FALSE(test::however_cut(good + "\xed\xa0\x80" + good, judge));
}

TEST_CASE("all sequences of one, two and three bytes are judged as the slow decoder judges them") {
    comparison all;
    for (unsigned first = 0; first < 256; ++first) {
        std::array<char, 3> bytes{byte(first)};
        all.judge({bytes.data(), 1});
        for (unsigned second = 0; second < 256; ++second) {
            bytes[1] = byte(second);
            all.judge({bytes.data(), 2});
            for (unsigned third = 0; third < 256; ++third) {
                bytes[2] = byte(third);
                all.judge({bytes.data(), 3});
            }
        }
    }
    CHECK(all.count() == 256 + 256 * 256 + 256 * 256 * 256);
    CHECK(all.different() == "");
}

TEST_CASE("sequences of four bytes around every boundary are judged as the slow decoder judges them") {
    constexpr unsigned last[] = {0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    comparison         all;
    for (unsigned first = 0xe0; first < 256; ++first)
        for (unsigned second = 0; second < 256; ++second)
            for (const unsigned third : last)
                for (const unsigned fourth : last) {
                    const std::array<char, 4> bytes{byte(first), byte(second), byte(third), byte(fourth)};
                    all.judge({bytes.data(), 4});
                }
    CHECK(all.different() == "");
}

TEST_CASE("every character of Unicode is UTF-8, every surrogate is not") {
    std::size_t wrong = 0;
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        if (is_utf8(test::utf8_of(point)) == surrogate) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("one byte is found in plain text of every length, at every place and alignment") {
    for (std::size_t alignment = 0; alignment < 8; ++alignment)
        for (std::size_t length = 0; length <= 40; ++length) {
            CAPTURE(alignment, length);
            alignas(8) std::array<char, 48> memory;
            memory.fill('\xff');  // what lies before and behind must not be read as text
            const std::span<char>  here = std::span(memory).subspan(alignment, length);
            const std::string_view text(here.data(), here.size());
            std::fill(here.begin(), here.end(), 'a');
            REQUIRE(is_utf8(text));
            for (std::size_t at = 0; at < length; ++at) {
                CAPTURE(at);
                here[at] = '\xff';
                REQUIRE_FALSE(is_utf8(text));
                here[at] = '\x80';
                REQUIRE_FALSE(is_utf8(text));
                here[at] = 'a';
                if (at + 1 == length) continue;
                here[at] = '\xc3', here[at + 1] = '\xa4';
                REQUIRE(is_utf8(text));
                here[at] = 'a', here[at + 1] = 'a';
            }
        }
}
