// The language of the *.wire files: what is read, what matches, and which hint is chosen.
#include <sstream>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "wire/transcript.hpp"

using namespace std::literals;

namespace {

wire::step only_step(const std::string& text) {
    std::istringstream in(text);
    const auto         script = wire::parse(in, "a.wire");
    REQUIRE(script.steps.size() == 1);
    return script.steps[0];
}

bool matches(std::string_view expected, std::string_view received) {
    const auto result = wire::match(wire::parse_bytes(expected), received);
    return result.state == wire::match_result::whole && result.at == received.size();
}

std::size_t first_wrong(std::string_view expected, std::string_view received) {
    const auto result = wire::match(wire::parse_bytes(expected), received);
    REQUIRE(result.state == wire::match_result::wrong);
    return result.at;
}

bool needs_more(std::string_view expected, std::string_view received) {
    const auto result = wire::match(wire::parse_bytes(expected), received);
    return result.state == wire::match_result::needs_more && result.at == received.size();
}

/// The text of the hint that a transcript with these lines of hints gives.
std::string hint_for(const std::string& hints, std::size_t at, std::string_view received) {
    const wire::step step  = only_step("< 81 05 \"Hello\"\n" + hints);
    const auto*      found = wire::choose_hint(step.hints, at, received);
    return found ? found->text : "none";
}

}  // namespace

TEST_CASE("bytes are hex, text, and repetitions of the item before") {
    CHECK(wire::parse_bytes_to_send("81 05  48 65 6c 6c 6f") == "\x81\x05Hello");
    CHECK(wire::parse_bytes_to_send("8105 4A 4b") == "\x81\x05JK");
    CHECK(wire::parse_bytes_to_send("81 05 \"Hel\" \"lo\"") == "\x81\x05Hello");
    CHECK(wire::parse_bytes_to_send("00 ff×3 \"ab\"×2") == "\0\xff\xff\xff"s + "abab");
    CHECK(wire::parse_bytes_to_send("\"# × .. *\" ×1") == "# × .. *");
    CHECK(wire::parse_bytes_to_send("61 ×65536").size() == 65536);
}

TEST_CASE("expected bytes may be any byte") {
    CHECK(matches("81 .. \"Hi\"", "\x81\x02Hi"));
    CHECK(matches("81 ..×3", "\x81\x02Hi"));
    CHECK(first_wrong("81 .. \"Hi\"", "\x81\x02Ho") == 3);
}

TEST_CASE("a wrong byte is found before the others have come") {
    CHECK(first_wrong("81 05 \"Hello\"", "\x81\x85") == 1);
    CHECK(needs_more("81 05 \"Hello\"", ""));
    CHECK(needs_more("81 05 \"Hello\"", "\x81\x05Hel"));
}

TEST_CASE("* is the rest of a frame, in each of the three length forms") {
    CHECK(matches("81 *", "\x81\x05Hello"));
    CHECK(matches("81 *", "\x81\x00"sv));
    CHECK(matches("81 05 \"Hello\" *", "\x81\x05Hello"));
    CHECK(matches("82 *", "\x82\x7e\x00\x7e"s + std::string(126, 'a')));
    CHECK(matches("82 *", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'a')));
    CHECK(needs_more("81 *", "\x81"));
    CHECK(needs_more("81 *", "\x81\x05Hell"));
    CHECK(wire::match(wire::parse_bytes("81 *"), "\x81\x01Hnext").at == 3);
}

TEST_CASE("* does not hide a frame that is masked, broken or too short") {
    CHECK(first_wrong("81 *", "\x81\x81\x01\x02\x03\x04H") == 1);
    CHECK(first_wrong("83 *", "\x83\x00"sv) == 0);
    CHECK(first_wrong("81 01 \"Hello\" *", "\x81\x01Hello") == 3);
}

TEST_CASE("close is a frame with that code and any reason") {
    const wire::pattern expected = only_step("close 1002\n").expected;
    const auto          state = [&](std::string_view received) { return wire::match(expected, received).state; };
    CHECK(state("\x88\x02\x03\xea") == wire::match_result::whole);
    CHECK(state("\x88\x05\x03\xea"
                "bye") == wire::match_result::whole);
    CHECK(state("\x88\x05\x03\xea"
                "by") == wire::match_result::needs_more);
    CHECK(state("\x88\x02\x03\xe8") == wire::match_result::wrong);
    CHECK(state("\x88\x00"sv) == wire::match_result::wrong);
    CHECK(state("\x88\x82\x03\xea") == wire::match_result::wrong);
}

TEST_CASE("a hint is chosen by the place of the first wrong byte") {
    const auto hints = "hint 1: masked\nhint 2-6: payload\n";
    CHECK(hint_for(hints, 1, "\x81\x85") == "masked");
    CHECK(hint_for(hints, 2, "\x81\x05X") == "payload");
    CHECK(hint_for(hints, 6, "\x81\x05HellX") == "payload");
    CHECK(hint_for(hints, 0, "\x82") == "none");
    CHECK(hint_for(hints, 7, "\x81\x05Hello") == "none");
    CHECK(hint_for("hint: anything\n", 3, "\x81\x05HX") == "anything");
}

TEST_CASE("a hint with bytes is chosen only when exactly these were received there") {
    const auto hints = "hint 2-4 = 7f .. 4d: not unmasked\nhint 2-4: something else\n";
    CHECK(hint_for(hints, 2, "\x81\x05\x7f\x9f\x4d") == "not unmasked");
    CHECK(hint_for(hints, 2, "\x81\x05\x7f\x9f\x4e") == "something else");
    CHECK(hint_for(hints, 2, "\x81\x05\x7f\x9f") == "something else");
    CHECK(hint_for(hints, 2, "\x81\x05") == "something else");
}

TEST_CASE("a colon inside the bytes or the text of a hint does not cut it") {
    CHECK(hint_for("hint 0-1 = \"a:\": see RFC 6455 §5.2: lengths\n", 0, "a:") == "see RFC 6455 §5.2: lengths");
}

TEST_CASE("a transcript keeps its title, and the numbers and texts of its lines") {
    std::istringstream in("# the title\r\n# more\n\n  open /chat  \n>> GET / HTTP/1.1\n>>\n<< status 426\neof\n");
    const auto         script = wire::parse(in, "a.wire");
    CHECK(script.title == "the title");
    REQUIRE(script.steps.size() == 5);
    CHECK(script.steps[0].kind == wire::step_kind::open);
    CHECK(script.steps[0].text == "/chat");
    CHECK(script.steps[0].line == 4);
    CHECK(script.steps[1].text == "GET / HTTP/1.1\r\n");
    CHECK(script.steps[2].text == "\r\n");
    CHECK(script.steps[3].kind == wire::step_kind::status);
    CHECK(script.steps[3].text == "426");
    CHECK(script.steps[4].kind == wire::step_kind::eof);
    CHECK(script.steps[4].source == "eof");
}
