// Tests of violation.hpp.
#include <string>

#include <duplex/violation.hpp>

#include "support/catch.hpp"

using duplex::violation;

TEST_CASE("a violation reads as its document, its section and its sentence") {
    const violation unmasked{"5.1", "a client must mask its frames"};
    REQUIRE(describe(unmasked) == "RFC 6455 §5.1: a client must mask its frames");

    const violation bare_lf{"2.2", "a line must end in CR LF", 400, 9112};
    REQUIRE(describe(bare_lf) == "RFC 9112 §2.2: a line must end in CR LF");
}

TEST_CASE("a violation is one of RFC 6455 and closes with 1002 unless it says otherwise") {
    STATIC_REQUIRE(violation{"5.1", "a sentence"}.rfc == 6455);
    STATIC_REQUIRE(violation{"5.1", "a sentence"}.code == 1002);
}

TEST_CASE("two violations are equal when all their parts are") {
    constexpr violation rule{"3", "a sentence", 400, 9112};
    STATIC_REQUIRE(rule == violation{"3", "a sentence", 400, 9112});
    STATIC_REQUIRE(rule != violation{"4", "a sentence", 400, 9112});
    STATIC_REQUIRE(rule != violation{"3", "another one", 400, 9112});
    STATIC_REQUIRE(rule != violation{"3", "a sentence", 431, 9112});
    STATIC_REQUIRE(rule != violation{"3", "a sentence", 400, 6455});
}
