// Tests of trace.hpp.
#include <cstdint>
#include <string>
#include <string_view>

#include <duplex/trace.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "unit/slow_utf8.hpp"

using namespace std::string_literals;
using namespace test::literals;
using duplex::escaped;
using duplex::frame_header;
using duplex::opcode;
using duplex::trace;

namespace {

/// Whether a terminal would print `text` and do nothing else: UTF-8 without control characters, of which
/// U+0080 to U+009F are two bytes.
bool is_harmless(std::string_view text) {
    if (test::slow_utf8(text) != test::utf8::whole) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return false;
        if (byte == 0xc2 && static_cast<std::uint8_t>(text[i + 1]) < 0xa0) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("bytes are written in hex with a space between") {
    CHECK(duplex::hex("") == "");
    CHECK(duplex::hex("81 05 48"_hex) == "81 05 48");
    CHECK(duplex::hex("00 0f f0 ff"_hex) == "00 0f f0 ff");
}

TEST_CASE("the examples of RFC 6455 §5.7 read as one line each") {
    CHECK(trace("81 05 48 65 6c 6c 6f"_hex) == R"(81 05  48 65 6c 6c 6f   FIN text len 5 "Hello")");
    CHECK(trace("81 85 37 fa 21 3d 7f 9f 4d 51 58"_hex) ==
          R"(81 85  37 fa 21 3d  7f 9f 4d 51 58   FIN text masked len 5 "Hello")");
    CHECK(trace("01 03 48 65 6c"_hex) == R"(01 03  48 65 6c   text len 3 "Hel")");
    CHECK(trace("80 02 6c 6f"_hex) == "80 02  6c 6f   FIN continuation len 2");
    CHECK(trace("89 05 48 65 6c 6c 6f"_hex) == "89 05  48 65 6c 6c 6f   FIN ping len 5");
    CHECK(trace("8a 85 37 fa 21 3d 7f 9f 4d 51 58"_hex) ==
          "8a 85  37 fa 21 3d  7f 9f 4d 51 58   FIN pong masked len 5");
    CHECK(trace("82 7e 01 00"_hex, 0) == "82 7e 01 00 …   FIN binary len 256 (256 bytes are missing)");
    CHECK(trace("82 7f 00 00 00 00 00 01 00 00"_hex, 0) ==
          "82 7f 00 00 00 00 00 01 00 00 …   FIN binary len 65536 (65536 bytes are missing)");
}

TEST_CASE("an empty frame has no payload to show") {
    CHECK(trace("81 00"_hex) == R"(81 00   FIN text len 0 "")");
    CHECK(trace("81 80 37 fa 21 3d"_hex) == R"(81 80  37 fa 21 3d   FIN text masked len 0 "")");
    CHECK(trace("88 00"_hex) == "88 00   FIN close len 0");
}

TEST_CASE("a close frame shows its code and its reason") {
    CHECK(trace("88 02 03 e8"_hex) == R"(88 02  03 e8   FIN close len 2 code 1000 "")");
    CHECK(trace("88 05 03 e9 62 79 65"_hex) == R"(88 05  03 e9 62 79 65   FIN close len 5 code 1001 "bye")");
    CHECK(trace("88 82 37 fa 21 3d 34 12"_hex) ==
          R"(88 82  37 fa 21 3d  34 12   FIN close masked len 2 code 1000 "")");
    CHECK(trace("88 01 03"_hex) == "88 01  03   FIN close len 1");
    CHECK(trace("88 03 ff ff 0a"_hex) == R"(88 03  ff ff 0a   FIN close len 3 code 65535 "\n")");
}

TEST_CASE("a long payload is cut to the bytes that were asked for") {
    const auto frame =
        "\x81\x06"
        "abcdef"s;
    CHECK(trace(frame, 6) == R"(81 06  61 62 63 64 65 66   FIN text len 6 "abcdef")");
    CHECK(trace(frame, 2) == R"(81 06  61 62 …   FIN text len 6 "ab…")");
    CHECK(
        trace("\x82\x21"s + std::string(33, 'x')) ==
        "82 21  78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 …"
        "   FIN binary len 33");
}

TEST_CASE("a payload that has not all come is shown as far as it has") {
    CHECK(trace("81 05 48 65"_hex) == R"(81 05  48 65 …   FIN text len 5 "He…" (3 bytes are missing))");
    CHECK(trace("81 05"_hex) == R"(81 05 …   FIN text len 5 "…" (5 bytes are missing))");
    CHECK(trace("81 85 37 fa 21 3d 7f"_hex) ==
          R"(81 85  37 fa 21 3d  7f …   FIN text masked len 5 "H…" (4 bytes are missing))");
}

TEST_CASE("bytes behind the frame are not part of it") {
    CHECK(trace("81 01 48 81 01 49"_hex) == R"(81 01  48   FIN text len 1 "H")");
}

TEST_CASE("a header that has not ended is shown as such") {
    CHECK(trace("") == "   (the header is not complete)");
    CHECK(trace("81"_hex) == "81   (the header is not complete)");
    CHECK(trace("81 fe 01"_hex) == "81 fe 01   (the header is not complete)");
}

TEST_CASE("a header that breaks a rule names it") {
    CHECK(trace("83 00 11"_hex) == "83 00 11   RFC 6455 §5.2: the opcode must be one that is defined");
    CHECK(trace("09 02 11 22"_hex, 3) == "09 02 11   RFC 6455 §5.5: a control frame must not be fragmented");
}

TEST_CASE("a header in words says each bit that is set") {
    CHECK(describe(frame_header{.length = 5}) == "FIN text len 5");
    CHECK(describe(frame_header{.fin = false, .opcode = opcode::continuation}) == "continuation len 0");
    CHECK(describe(frame_header{.rsv1 = true, .rsv2 = true, .rsv3 = true, .masked = true}) ==
          "FIN RSV1 RSV2 RSV3 text masked len 0");
}

TEST_CASE("text is escaped where it could harm, and nowhere else") {
    CHECK(escaped("") == "");
    CHECK(escaped("Hello, world!") == "Hello, world!");
    CHECK(escaped("a\nb\rc\td") == R"(a\nb\rc\td)");
    CHECK(escaped(R"(say "hi" \o/)") == R"(say \"hi\" \\o/)");
    CHECK(escaped("\x1b[2J") == R"(\x1b[2J)");
    CHECK(escaped("\0\x07\x7f"s) == R"(\x00\x07\x7f)");
    CHECK(escaped("\xc2\x9b"
                  "2J") == R"(\xc2\x9b2J)");  // U+009B begins an order to a terminal, as ESC [ does
    CHECK(escaped("\xc3\xa4 \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80") ==
          "\xc3\xa4 \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80");
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
    CHECK(escaped("\xff\xfe") == R"(\xff\xfe)");
    CHECK(escaped("\x80") == R"(\x80)");
    CHECK(escaped("\xc0\xaf") == R"(\xc0\xaf)");
    CHECK(escaped("\xe0\x9f\xbf") == R"(\xe0\x9f\xbf)");
    CHECK(escaped("\xed\xa0\x80") == R"(\xed\xa0\x80)");
    CHECK(escaped("\xf0\x8f\xbf\xbf") == R"(\xf0\x8f\xbf\xbf)");
    CHECK(escaped("\xf4\x90\x80\x80") == R"(\xf4\x90\x80\x80)");
    CHECK(escaped("\xe2\x82") == R"(\xe2\x82)");
    CHECK(escaped("\xe2\x82z") == R"(\xe2\x82z)");
    CHECK(escaped("\xe2\n") == R"(\xe2\n)");
}

TEST_CASE("every character of Unicode that is no control character, quote or backslash stays as it is") {
    std::size_t changed = 0;
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        if (point >= 0xd800 && point <= 0xdfff) continue;
        const bool special     = point < 0x20 || (point >= 0x7f && point < 0xa0) || point == '"' || point == '\\';
        const std::string text = test::utf8_of(point);
        if ((escaped(text) == text) == special) ++changed;
    }
    CHECK(changed == 0);
}

TEST_CASE("whatever comes in, what comes out is UTF-8 without control characters") {
    std::string harmful;
    const auto  judge = [&](const std::string& text) {
        if (harmful.empty() && !is_harmless(escaped(text))) harmful = test::in_hex(text);
    };
    const auto byte = [](unsigned value) { return static_cast<char>(value); };
    for (unsigned first = 0; first < 256; ++first)
        for (unsigned second = 0; second < 256; ++second) judge({byte(first), byte(second)});
    // Longer characters, cut and whole, with each second byte and the bounds of the others.
    constexpr unsigned bounds[] = {0x0a, 0x22, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0};
    for (unsigned first = 0xe0; first < 256; ++first)
        for (unsigned second = 0; second < 256; ++second)
            for (const unsigned third : bounds) {
                judge({byte(first), byte(second), byte(third)});
                for (const unsigned fourth : bounds) judge({byte(first), byte(second), byte(third), byte(fourth)});
            }
    CHECK(harmful == "");
}

TEST_CASE("a trace holds no control character whatever the frame holds") {
    for (unsigned first = 0; first < 256; ++first) {
        std::string frame{static_cast<char>(first), '\x20'};
        for (int i = 0; i < 32; ++i) frame += static_cast<char>(i * 8 + static_cast<int>(first) % 8);
        CAPTURE(test::in_hex(frame));
        REQUIRE(is_harmless(trace(frame)));
    }
}
