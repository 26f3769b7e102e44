// Tests of http.hpp.
#include <string>
#include <string_view>
#include <vector>

#include <duplex/http.hpp>

#include "support/catch.hpp"
#include "unit/cuts.hpp"

using namespace std::string_literals;
using namespace std::string_view_literals;
using duplex::head_limits;
using duplex::http_request;
using duplex::request_parser;
using duplex::response;

namespace {

/// What the parser made of some bytes.
struct outcome {
    request_parser::progress progress = request_parser::incomplete;
    std::size_t              taken    = 0;  // up to and with the byte that decided
    duplex::violation        why;
    http_request             request;

    friend bool operator==(const outcome& a, const outcome& b) {
        const auto same = [](const duplex::http_field& x, const duplex::http_field& y) {
            return x.name == y.name && x.value == y.value;
        };
        return a.progress == b.progress && a.taken == b.taken && a.why == b.why &&
               a.request.method == b.request.method && a.request.target == b.request.target &&
               a.request.minor_version == b.request.minor_version &&
               std::equal(a.request.fields.begin(), a.request.fields.end(), b.request.fields.begin(),
                          b.request.fields.end(), same);
    }
};

outcome parse(test::pieces& pieces, head_limits limits) {
    request_parser parser(limits);
    outcome        result;
    for (const auto& piece : pieces) {
        std::string_view bytes(piece.data(), piece.size());
        result.progress = parser.feed(bytes);
        result.taken += piece.size() - bytes.size();
        if (result.progress != request_parser::incomplete) break;
        REQUIRE(bytes.empty());
    }
    REQUIRE(parser.size() == result.taken);
    result.why     = parser.why();
    result.request = parser.request();
    return result;
}

outcome parse(std::string_view bytes, head_limits limits = {}) {
    return test::however_cut(bytes, [=](test::pieces& pieces) { return parse(pieces, limits); });
}

/// For bytes too many to be cut at every place.
outcome parse_whole(std::string_view bytes, head_limits limits = {}) {
    test::pieces one{{bytes.begin(), bytes.end()}};
    return parse(one, limits);
}

http_request parsed(std::string_view bytes) {
    INFO("request_parser::feed should say `complete` at the empty line that ends this head:\n" << bytes);
    const outcome result = parse(bytes);
    REQUIRE(result.progress == request_parser::complete);
    return result.request;
}

http_request with_target(std::string_view target) { return {"GET", std::string(target), 1, {}}; }

http_request with_fields(std::vector<duplex::http_field> fields) { return {"GET", "/", 1, std::move(fields)}; }

/// "RFC 9112 §2.2" of a whole description.
std::string rule(const duplex::violation& why) {
    const std::string text = describe(why);
    return text.substr(0, text.find(':'));
}

}  // namespace

TEST_CASE("names are compared without regard to ASCII case, and to no other") {
    STATIC_REQUIRE(duplex::equal_ignoring_case("Sec-WebSocket-Key", "sec-websocket-KEY"));
    STATIC_REQUIRE_FALSE(duplex::equal_ignoring_case("Key", "Keys"));
    STATIC_REQUIRE_FALSE(duplex::equal_ignoring_case("[", "{"));
    STATIC_REQUIRE_FALSE(duplex::equal_ignoring_case("@", "`"));
    STATIC_REQUIRE_FALSE(duplex::equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("a token is made of letters, digits and the marks of RFC 9110 §5.6.2") {
    constexpr std::string_view allowed =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    INFO("is_token says yes when all characters are among these, and there is one at least:\n" << allowed);
    STATIC_REQUIRE(duplex::is_token(allowed));
    STATIC_REQUIRE_FALSE(duplex::is_token(""));
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        const char c = static_cast<char>(byte);
        CHECK(duplex::is_token({&c, 1}) == (allowed.find(c) != allowed.npos));
    }
}

TEST_CASE("trimming takes off spaces and tabs at both ends only") {
    STATIC_REQUIRE(duplex::trimmed(" \ta b\t ") == "a b");
    STATIC_REQUIRE(duplex::trimmed(" \t ") == "");
    STATIC_REQUIRE(duplex::trimmed("") == "");
    STATIC_REQUIRE(duplex::trimmed("\na\r") == "\na\r");
}

TEST_CASE("cutting takes what stands before a mark and leaves what stands behind it") {
    std::string_view rest = "a,b,";
    CHECK(duplex::cut(rest, ',') == "a");
    CHECK(rest == "b,");
    CHECK(duplex::cut(rest, ',') == "b");
    CHECK(rest == "");
    CHECK(duplex::cut(rest, ',') == "");
    rest = "no mark";
    CHECK(duplex::cut(rest, ',') == "no mark");
    CHECK(rest == "");
}

TEST_CASE("percent decoding decodes once and leaves what is not encoded") {
    struct row {
        std::string_view text, decoded;
    };
    constexpr row rows[] = {
        {"", ""},          {"abc", "abc"},   {"%41%42c", "ABc"},
        {"%2e%2E", ".."},  {"%00", "\0"sv},  {"%e4%bD%a0", "\xe4\xbd\xa0"},
        {"%2541", "%41"},  {"%", "%"},       {"%4", "%4"},
        {"a%4", "a%4"},    {"%4g", "%4g"},   {"%g4", "%g4"},
        {"%%41", "%A"},    {"% 41", "% 41"}, {"a+b", "a+b"},
        {"%41", "A"},      {"%@0", "%@0"},   {"%/0", "%/0"},
        {"%:0", "%:0"},    {"%`0", "%`0"},   {"%-1", "%-1"},
        {"x%ff", "x\xff"},
    };
    for (const auto& [text, decoded] : rows) {
        CAPTURE(text);
        CHECK(duplex::percent_decoded(text) == decoded);
    }
    CHECK(duplex::percent_decoded("a+b%2bc", true) == "a b+c");
}

TEST_CASE("a field is found in any case of letters, the first of its name") {
    const auto request = with_fields({{"X-Name", "first"}, {"x-name", "second"}, {"Other", ""}});
    CHECK(request.header("X-NAME") == "first");
    CHECK(request.header("other") == "");
    CHECK(request.header("X-Nam") == std::nullopt);
    CHECK(request.count("x-Name") == 2);
    CHECK(request.count("missing") == 0);
}

TEST_CASE("the items of a list come in order, without the empty ones, until the caller has enough") {
    const auto  request = with_fields({{"List", " a,, b ,"}, {"Other", "x"}, {"list", "c,d"}});
    std::string seen;
    CHECK_FALSE(request.any_item("List", [&](std::string_view item) { return seen += item, false; }));
    CHECK(seen == "abcd");
    seen.clear();
    CHECK(request.any_item("List", [&](std::string_view item) { return seen += item, item == "c"; }));
    CHECK(seen == "abc");
}

TEST_CASE("a token is found in a list, in any case of letters and over several fields") {
    const auto value = GENERATE("upgrade", "Upgrade", "UPGRADE", "keep-alive, Upgrade", "keep-alive,upgrade",
                                "\tupgrade ,x", ",, upgrade", "x,\t Upgrade\t,y");
    CAPTURE(value);
    CHECK(with_fields({{"Connection", value}}).has_token("connection", "Upgrade"));
    CHECK(with_fields({{"Connection", "close"}, {"connection", value}}).has_token("Connection", "upgrade"));
    CHECK_FALSE(with_fields({{"Other", value}}).has_token("Connection", "upgrade"));
}

TEST_CASE("a part of a word is not a token") {
    const auto value =
        GENERATE("notupgrade", "upgraded", "up grade", "upgrade x", "upgrade;q=1", "\"upgrade\"", "", ",", " ");
    CAPTURE(value);
    CHECK_FALSE(with_fields({{"Connection", value}}).has_token("Connection", "upgrade"));
}

TEST_CASE("a list of 50 KB is walked once") {
    std::string value;
    while (value.size() < 50'000) value += "a,,";
    std::size_t calls = 0, bytes = 0;
    with_fields({{"List", value}}).any_item("List", [&](std::string_view item) {
        ++calls;
        bytes += item.size();
        return false;
    });
    CHECK(calls == value.size() / 3);
    CHECK(bytes == value.size() / 3);
}

TEST_CASE("a path is the target without its query, not decoded") {
    struct row {
        std::string_view target, path;
    };
    constexpr row rows[] = {
        {"/", "/"},
        {"/news", "/news"},
        {"/news?since=3", "/news"},
        {"/a?b?c", "/a"},
        {"/?x", "/"},
        {"/%61/../b", "/%61/../b"},
        {"//host/a", "//host/a"},
        {"/a://b/c", "/a://b/c"},
        {"/go?to=http://x/y", "/go"},
        {"*", "*"},
        {"", ""},
        {"http://example.com/a/b?c", "/a/b"},
        {"http://example.com", "/"},
        {"ws://example.com:80/chat", "/chat"},
        {"http://example.com?x=/secret", "/"},
        {"http://example.com#/secret", "/"},
        {"x?u=http://a/secret", "x"},
        {"?://a/secret", ""},
        {"://a/secret", "://a/secret"},
    };
    for (const auto& [target, path] : rows) {
        CAPTURE(target);
        CHECK(with_target(target).path() == path);
    }
}

TEST_CASE("a host is a name or an address, and perhaps a port (RFC 9110 §7.2)") {
    for (const auto* host : {"a", "example.com", "example.com:80", "127.0.0.1:9504", "[::1]", "[::1]:9504",
                             "[::ffff:127.0.0.1]:1", "my_host", "a-b.c", "a:", "%61"})
        CHECK(duplex::is_host(host));
    for (const auto* host : {"", " ", "a b", "a/b", "user@a", "a:b", "a:80:90", ":80", "[::1", "[]", "[::1]a",
                             "[::1]80", "[::1]:a", "<script>", "\xc3\xa4", "a\"b", "a#b", "a?b", "::1"})
        CHECK_FALSE(duplex::is_host(host));
}

TEST_CASE("a query gives the decoded value of the first parameter of a name") {
    const auto request = with_target("/news?since=3&text=a%20b+c&empty=&bare&n%61me=x&since=4&eq=a=b");
    CHECK(request.query("since") == "3");
    CHECK(request.query("text") == "a b c");
    CHECK(request.query("empty") == "");
    CHECK(request.query("bare") == "");
    CHECK(request.query("name") == "x");
    CHECK(request.query("eq") == "a=b");
    CHECK(request.query("missing") == std::nullopt);
    CHECK(with_target("/news").query("since") == std::nullopt);
    CHECK(with_target("http://a/b?c=d").query("c") == "d");
}

TEST_CASE("a cookie is found by its whole name") {
    const auto request = with_fields({{"Cookie", "id=1; theme = dark ;token=a=b; bare"}});
    CHECK(request.cookie("id") == "1");
    CHECK(request.cookie("theme") == "dark");
    CHECK(request.cookie("token") == "a=b");
    CHECK(request.cookie("bare") == "");
    CHECK(request.cookie("them") == std::nullopt);
    CHECK(request.cookie("ID") == std::nullopt);
    CHECK(with_fields({}).cookie("id") == std::nullopt);
}

TEST_CASE("a body follows when a length above zero or a transfer coding says so") {
    CHECK_FALSE(with_fields({}).has_body());
    CHECK_FALSE(with_fields({{"Content-Length", "0"}}).has_body());
    CHECK_FALSE(with_fields({{"Content-Length", "000"}}).has_body());
    CHECK(with_fields({{"content-length", "1"}}).has_body());
    CHECK(with_fields({{"Content-Length", "10"}}).has_body());
    CHECK(with_fields({{"Transfer-Encoding", "chunked"}}).has_body());
}

TEST_CASE("a request head becomes method, target, version and fields") {
    const auto request =
        parsed("GET /news?since=3 HTTP/1.1\r\nHost: 127.0.0.1:9504\r\nX-Empty:\r\nX-Tabs:\t a\tb \t\r\n\r\n");
    CHECK(request.method == "GET");
    CHECK(request.target == "/news?since=3");
    CHECK(request.minor_version == 1);
    REQUIRE(request.fields.size() == 3);
    CHECK(request.fields[0].name == "Host");
    CHECK(request.fields[0].value == "127.0.0.1:9504");
    CHECK(request.fields[1].value == "");
    CHECK(request.fields[2].value == "a\tb");
}

TEST_CASE("bytes behind a head are left for whoever reads next") {
    const auto head   = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"s;
    const auto result = parse(head + "\x81\x80\0\0\0\0"s);
    CHECK(result.progress == request_parser::complete);
    CHECK(result.taken == head.size());
}

TEST_CASE("a head that has not ended is incomplete") {
    CHECK(parse("").progress == request_parser::incomplete);
    CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\n\r").progress == request_parser::incomplete);
}

TEST_CASE("one empty line before the request line is forgiven (RFC 9112 §2.2)") {
    CHECK(parsed("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").target == "/");
}

TEST_CASE("a later minor version is read as HTTP/1.1 is (RFC 9110 §2.5)") {
    const auto digit = GENERATE('1', '2', '9');
    CHECK(parsed("GET / HTTP/1."s + digit + "\r\nHost: a\r\n\r\n").minor_version == digit - '0');
}

TEST_CASE("HTTP/1.0 needs no Host") { CHECK(parsed("GET / HTTP/1.0\r\n\r\n").minor_version == 0); }

TEST_CASE("bytes beyond ASCII may stand in a target and in a value") {
    const auto request = parsed("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\nX: \xe4\r\n\r\n");
    CHECK(request.target == "/\xc3\xa4");
    CHECK(request.header("X") == "\xe4");
}

TEST_CASE("the same Content-Length twice is one number (RFC 9110 §8.6)") {
    CHECK(parsed("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n").has_body());
}

// Every row ends with the byte that cannot be right: the parser must not wait for another one.
TEST_CASE("a head that breaks a rule is refused at the byte that breaks it") {
    const auto line = "GET / HTTP/1.1\r\n"s, host = line + "Host: a\r\n";
    struct row {
        std::string      what, bytes;
        int              status;
        std::string_view rule;
    };
    const row rows[] = {
        {"the first byte of a TLS hello", "\x16", 400, "RFC 9110 §5.5"},
        {"NUL in the method", "GE\0"s, 400, "RFC 9110 §5.5"},
        {"a line that ends in LF alone", "GET / HTTP/1.1\n", 400, "RFC 9112 §2.2"},
        {"a field that ends in LF alone", line + "Host: a\n", 400, "RFC 9112 §2.2"},
        {"LF at once", "\n", 400, "RFC 9112 §2.2"},
        {"CR and no LF", "GET / HTTP/1.1\rH", 400, "RFC 9112 §2.2"},
        {"CR CR", "GET / HTTP/1.1\r\r", 400, "RFC 9112 §2.2"},
        {"CR inside a value", line + "Host: a\rb", 400, "RFC 9112 §2.2"},
        {"a second empty line before the request line", "\r\n\r\n", 400, "RFC 9112 §3.1"},
        {"no method", " / HTTP/1.1\r\n", 400, "RFC 9112 §3.1"},
        {"a method that is no token", "G@T / HTTP/1.1\r\n", 400, "RFC 9112 §3.1"},
        {"a method beyond ASCII", "G\xc3\x8bT / HTTP/1.1\r\n", 400, "RFC 9112 §3.1"},
        {"a method and nothing else", "GET\r\n", 400, "RFC 9112 §3"},
        {"two spaces before the target", "GET  / HTTP/1.1\r\n", 400, "RFC 9112 §3"},
        {"a tab in the target", "GET /a\tb HTTP/1.1\r\n", 400, "RFC 9112 §3"},
        {"no version", "GET /\r\n", 400, "RFC 9112 §2.3"},
        {"a space in the target", "GET /a b HTTP/1.1\r\n", 400, "RFC 9112 §2.3"},
        {"a space behind the version", "GET / HTTP/1.1 \r\n", 400, "RFC 9112 §2.3"},
        {"HTTP misspelled", "GET / HTPP/1.1\r\n", 400, "RFC 9112 §2.3"},
        {"HTTP in small letters", "GET / http/1.1\r\n", 400, "RFC 9112 §2.3"},
        {"no dot in the version", "GET / HTTP/1,1\r\n", 400, "RFC 9112 §2.3"},
        {"a major version that is no digit", "GET / HTTP/x.1\r\n", 400, "RFC 9112 §2.3"},
        {"a minor version that is no digit", "GET / HTTP/1.x\r\n", 400, "RFC 9112 §2.3"},
        {"two digits of minor version", "GET / HTTP/1.10\r\n", 400, "RFC 9112 §2.3"},
        {"another major version", "GET / HTTP/0.9\r\n", 505, "RFC 9110 §15.6.6"},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n", 505, "RFC 9110 §15.6.6"},
        {"a field folded with a space", host + " b\r\n", 400, "RFC 9112 §5.2"},
        {"a field folded with a tab", host + "\tb\r\n", 400, "RFC 9112 §5.2"},
        {"a space before the colon", line + "Host : a\r\n", 400, "RFC 9112 §5"},
        {"an empty name", host + ": a\r\n", 400, "RFC 9112 §5"},
        {"no colon", host + "name\r\n", 400, "RFC 9112 §5"},
        {"a name of two words", host + "na me: a\r\n", 400, "RFC 9112 §5"},
        {"a name beyond ASCII", host + "n\xc3\xa4me: a\r\n", 400, "RFC 9112 §5"},
        {"NUL in a value", host + "X: a\0"s, 400, "RFC 9110 §5.5"},
        {"ESC in a value", host + "X: \x1b", 400, "RFC 9110 §5.5"},
        {"DEL in a value", host + "X: \x7f", 400, "RFC 9110 §5.5"},
        {"no Host", line + "\r\n", 400, "RFC 9112 §3.2"},
        {"an empty Host", line + "Host:\r\n\r\n", 400, "RFC 9112 §3.2"},
        {"a Host that is none", line + "Host: a b\r\n\r\n", 400, "RFC 9112 §3.2"},
        {"two Hosts", host + "host: a\r\n\r\n", 400, "RFC 9112 §3.2"},
        {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "RFC 9112 §3.2"},
        {"a length and a transfer coding", host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
         "RFC 9112 §6.1"},
        {"two lengths", host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "RFC 9112 §6.3"},
        {"a list of lengths", host + "Content-Length: 5, 5\r\n\r\n", 400, "RFC 9112 §6.3"},
        {"an empty length", host + "Content-Length:\r\n\r\n", 400, "RFC 9112 §6.3"},
        {"a length below zero", host + "Content-Length: -1\r\n\r\n", 400, "RFC 9112 §6.3"},
        {"a length with a sign", host + "Content-Length: +1\r\n\r\n", 400, "RFC 9112 §6.3"},
        {"a length in hex", host + "Content-Length: 0x5\r\n\r\n", 400, "RFC 9112 §6.3"},
    };
    for (const auto& [what, bytes, status, section] : rows) {
        INFO(what);
        const auto result = parse(bytes + "more");
        CHECK(result.progress == request_parser::refused);
        CHECK(result.taken == bytes.size());
        CHECK(result.why.code == status);
        CHECK(rule(result.why) == section);
    }
}

TEST_CASE("every control character but HTAB is refused wherever it stands in a head") {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (c == '\r' || c == '\n') continue;  // they end lines
        CAPTURE(byte);
        const bool control = (byte < 0x20 && c != '\t') || byte == 0x7f;
        const auto result  = parse_whole("GET / HTTP/1.1\r\nHost: a\r\nX: "s + c + "\r\n\r\n");
        CHECK(result.progress == (control ? request_parser::refused : request_parser::complete));
    }
}

TEST_CASE("a head may be as large as its limit and not one byte larger") {
    const auto        head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"s;
    const head_limits limit{.bytes = head.size()}, less{.bytes = head.size() - 1};
    CHECK(parse(head, limit).progress == request_parser::complete);

    const auto result = parse(head, less);
    CHECK(result.progress == request_parser::refused);
    CHECK(result.taken == head.size());
    CHECK(result.why.code == 431);
    CHECK(rule(result.why) == "RFC 6585 §5");
}

TEST_CASE("a line without an end is refused while it is read") {
    const auto start  = GENERATE(""s, "GET /"s, "GET / HTTP/1.1\r\nHost: "s);
    const auto result = parse(start + std::string(200, 'a'), {.bytes = 64, .target = 100});
    CHECK(result.progress == request_parser::refused);
    CHECK(result.taken == 65);
    CHECK(result.why.code == 431);
}

TEST_CASE("a head may have as many fields as its limit and not one more") {
    const auto line = "GET / HTTP/1.1\r\nHost: a\r\n"s;
    CHECK(parse(line + "A: 1\r\nB: 2\r\n\r\n", {.fields = 3}).progress == request_parser::complete);

    const auto result = parse(line + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", {.fields = 3});
    CHECK(result.progress == request_parser::refused);
    CHECK(result.taken == line.size() + 18);
    CHECK(result.why.code == 431);
    CHECK(rule(result.why) == "RFC 6585 §5");
}

TEST_CASE("a target may be as long as its limit and is refused at the first byte beyond") {
    CHECK(parse("GET /2345 HTTP/1.1\r\nHost: a\r\n\r\n", {.target = 5}).progress == request_parser::complete);

    const auto result = parse("GET /23456", {.target = 5});
    CHECK(result.progress == request_parser::refused);
    CHECK(result.taken == 10);
    CHECK(result.why.code == 414);
    CHECK(rule(result.why) == "RFC 9110 §15.5.15");
}

TEST_CASE("unless told otherwise a head has 8 KiB, 100 fields and a target of 4 KiB") {
    const auto long_value = [](std::size_t size) {
        const auto begin = "GET / HTTP/1.1\r\nHost: a\r\nX: "s;
        return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
    };
    CHECK(parse_whole(long_value(8192)).progress == request_parser::complete);
    CHECK(parse_whole(long_value(8193)).why.code == 431);

    const auto fields = [](int count) {
        auto head = "GET / HTTP/1.1\r\nHost: a\r\n"s;
        for (int i = 1; i < count; ++i) head += "X: y\r\n";
        return head + "\r\n";
    };
    CHECK(parse_whole(fields(100)).progress == request_parser::complete);
    CHECK(parse_whole(fields(101)).why.code == 431);

    const auto target = [](std::size_t size) {
        return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    CHECK(parse_whole(target(4096)).progress == request_parser::complete);
    CHECK(parse_whole(target(4097)).why.code == 414);
}

TEST_CASE("a response says its length, its type and that the connection closes") {
    CHECK(to_bytes(response(200, "hello\n")) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\nConnection: "
          "close\r\n\r\nhello\n");
    CHECK(to_bytes(response(200, "{}", "application/json")) ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    CHECK(to_bytes(response(404)) == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("fields of a response leave in the order they were added") {
    CHECK(to_bytes(response(200).header("A", "1").header("B", "").header("a", "2\t3")) ==
          "HTTP/1.1 200 OK\r\nA: 1\r\nB: \r\na: 2\t3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a response that names its Connection keeps it") {
    CHECK(to_bytes(response(426).header("connection", "Upgrade, close")) ==
          "HTTP/1.1 426 Upgrade Required\r\nconnection: Upgrade, close\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a response has one Content-Length, and it is right") {
    CHECK(to_bytes(response(200, "hello").header("content-length", "4")).find("4") == std::string::npos);
    CHECK(to_bytes(response(204).header("Content-Length", "4")) ==
          "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("the answer to HEAD is the answer to GET without its body") {
    const response answer(200, "hello\n");
    CHECK(to_bytes(answer, false) + "hello\n" == to_bytes(answer));
}

TEST_CASE("101, 204 and 304 have neither a body nor a length (RFC 9110 §6.4.1)") {
    const int  status = GENERATE(101, 204, 304);
    const auto bytes  = to_bytes(response(status, "body"));
    CAPTURE(status, bytes);
    CHECK(bytes.find("Content-Length") == bytes.npos);
    CHECK(bytes.ends_with("\r\n\r\n"));
}

TEST_CASE("a response field that could begin another one is refused") {
    response   answer(200);
    const auto name = GENERATE("", "Set Cookie", "X:", "X\r\nY", "X\n", "N\xc3\xa4me");
    CHECK_THROWS_AS(answer.header(name, "value"), std::invalid_argument);
    const auto value = GENERATE("a\r\nSet-Cookie: b"sv, "a\n", "a\r", "a\0"sv, "\x1b[31m", "\x7f");
    CHECK_THROWS_AS(answer.header("X-Name", value), std::invalid_argument);
    CHECK_THROWS_AS(response(200, "body", value), std::invalid_argument);
    CHECK(answer.fields().empty());
}

TEST_CASE("a response knows which fields it has, in any case of letters") {
    const auto answer = response(200).header("X-Name", "value");
    CHECK(answer.has("x-name"));
    CHECK_FALSE(answer.has("x-nam"));
    CHECK(answer.status() == 200);
    CHECK(answer.body() == "");
    REQUIRE(answer.fields().size() == 1);
    CHECK(answer.fields()[0].value == "value");
}

TEST_CASE("the words behind a status are those of RFC 9110 §15") {
    struct row {
        int              status;
        std::string_view words;
    };
    constexpr row rows[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (const auto& [status, words] : rows) CHECK(duplex::reason_phrase(status) == words);
    CHECK_FALSE(duplex::reason_phrase(299).empty());
}

TEST_CASE("a refusal says the broken rule in its body") {
    const auto answer = duplex::refusal({"2.2", "a line must end in CR LF", 400, 9112});
    CHECK(answer.status() == 400);
    CHECK(answer.body() == "RFC 9112 §2.2: a line must end in CR LF\n");
}
