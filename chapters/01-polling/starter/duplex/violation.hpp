// violation.hpp: a rule that a peer broke, and how to tell them.                              Lesson 1
//
// Every refusal in this library is one of these values, so every refusal can say which rule it rests on:
// in the body of an HTTP answer, in the reason of a close frame, and to on_error.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace duplex {

/// A broken rule. The texts are literals: a violation owns nothing and can be made in a constant expression.
struct violation {
    std::string_view section;      ///< where the rule is written, for example "5.1"
    std::string_view sentence;     ///< the rule, in one sentence without a full stop
    std::uint16_t    code = 1002;  ///< the answer: an HTTP status before the 101, a close code after it
    std::uint16_t    rfc  = 6455;  ///< the document that holds the section

    friend constexpr bool operator==(const violation&, const violation&) = default;
};

/// The violation as people read it: `RFC 6455 §5.1: a client must mask its frames`.
inline std::string describe(const violation& broken) {
    // TODO: put the parts together: RFC, the number, " §", the section, ": ", the sentence.
    return {};
}

}  // namespace duplex
