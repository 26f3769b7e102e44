// Tests of events.hpp.
#include <sstream>
#include <string>
#include <type_traits>

#include <duplex/events.hpp>

#include "support/catch.hpp"

using duplex::ended_by;
using duplex::push_result;
using duplex::request;

namespace {

template <class Value>
std::string printed(const Value& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

request asked(std::string target, std::vector<duplex::http_field> fields = {}) {
    return {{"GET", std::move(target), 1, std::move(fields)}, 7, "127.0.0.1:50000"};
}

}  // namespace

TEST_CASE("a request prints its number, its peer and its request line") {
    CHECK(printed(asked("/")) == "request fd 7 from 127.0.0.1:50000\n  GET / HTTP/1.1");
}

TEST_CASE("a request prints its fields, its query and its cookies, decoded") {
    CHECK(printed(asked("/chat?room=a%20b+c&%6e=1&bare&eq=a=b",
                        {{"Host", "127.0.0.1:9504"}, {"Cookie", "id=1; theme=dark; bare"}, {"X-Empty", ""}})) ==
          "request fd 7 from 127.0.0.1:50000\n"
          "  GET /chat?room=a%20b+c&%6e=1&bare&eq=a=b HTTP/1.1\n"
          "  Host: 127.0.0.1:9504\n"
          "  Cookie: id=1; theme=dark; bare\n"
          "  X-Empty: \n"
          "  query:\n"
          "    room = a b c\n"
          "    n = 1\n"
          "    bare = \n"
          "    eq = a=b\n"
          "  cookies:\n"
          "    id = 1\n"
          "    theme = dark\n"
          "    bare = ");
}

TEST_CASE("what a peer sent is escaped when a request is printed") {
    auto request   = asked("/\xff?a=%1b[2J&%0A=%22", {{"X",
                                                       "\xc2\x9b"
                                                         "1m"},
                                                      {"Cookie", "a=\xfe"}});
    request.method = "G\"T";
    CHECK(printed(request) ==
          "request fd 7 from 127.0.0.1:50000\n"
          "  G\\\"T /\\xff?a=%1b[2J&%0A=%22 HTTP/1.1\n"
          "  X: \\xc2\\x9b1m\n"
          "  Cookie: a=\\xfe\n"
          "  query:\n"
          "    a = \\x1b[2J\n"
          "    \\n = \\\"\n"
          "  cookies:\n"
          "    a = \\xfe");
}

TEST_CASE("a request owns its text") {
    std::string target = "/a target that is long enough to be allocated";
    request     copy;
    {
        const request original = asked(target);
        copy                   = original;
    }
    CHECK(copy.target == target);
    CHECK(copy.path() == target);
}

TEST_CASE("a plain request has no number") { CHECK(request{}.fd == 0); }

TEST_CASE("a message is whole text unless it says otherwise") {
    STATIC_REQUIRE(duplex::message{}.opcode == duplex::opcode::text);
    STATIC_REQUIRE(duplex::message{}.finish);
    STATIC_REQUIRE(duplex::message{}.data.empty());
}

TEST_CASE("a connection that ends without a word ended abnormally") {
    const duplex::close_event event;
    CHECK(event.code == 1006);
    CHECK(event.reason == "");
    CHECK_FALSE(event.clean);
    CHECK(event.by == ended_by::error);
}

TEST_CASE("who ended a connection prints as a word") {
    STATIC_REQUIRE(name(ended_by::peer) == "peer");
    STATIC_REQUIRE(name(ended_by::server) == "server");
    STATIC_REQUIRE(name(ended_by::error) == "error");
    STATIC_REQUIRE(name(ended_by::timeout) == "timeout");
    STATIC_REQUIRE(name(static_cast<ended_by>(4)).empty());
    CHECK(printed(ended_by::timeout) == "timeout");
}

TEST_CASE("a push is true when it was queued, and tells its reason when not") {
    STATIC_REQUIRE(push_result{});
    STATIC_REQUIRE(push_result{}.reason() == push_result::queued);
    STATIC_REQUIRE_FALSE(push_result{push_result::queue_full});
    STATIC_REQUIRE(push_result{push_result::queue_full}.reason() == push_result::queue_full);
    STATIC_REQUIRE(push_result{push_result::too_big} == push_result::too_big);
    STATIC_REQUIRE(push_result{push_result::too_big} != push_result::not_open);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<push_result, bool>);
}

TEST_CASE("the reason of a push prints as the word it is written with") {
    STATIC_REQUIRE(name(push_result::queued) == "queued");
    STATIC_REQUIRE(name(push_result::no_such_connection) == "no_such_connection");
    STATIC_REQUIRE(name(push_result::not_open) == "not_open");
    STATIC_REQUIRE(name(push_result::queue_full) == "queue_full");
    STATIC_REQUIRE(name(push_result::too_big) == "too_big");
    STATIC_REQUIRE(name(push_result::invalid_utf8) == "invalid_utf8");
    STATIC_REQUIRE(name(push_result::invalid_opcode) == "invalid_opcode");
    STATIC_REQUIRE(name(push_result::unfinished_message) == "unfinished_message");
    STATIC_REQUIRE(name(push_result::wrong_thread) == "wrong_thread");
    STATIC_REQUIRE(name(static_cast<push_result::reason_code>(9)).empty());
    CHECK(printed(push_result::invalid_utf8) == "invalid_utf8");
}
