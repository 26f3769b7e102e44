// UTF-8: the validator agrees with a slow decoder that knows code points only, after every piece.
//
// Input: 4 bytes of cuts, then text.
#include <string_view>

#include <duplex/close_code.hpp>
#include <duplex/utf8.hpp>

#include "fuzz/fuzz.hpp"
#include "unit/slow_utf8.hpp"

using fuzz::require;

void one_input(fuzz::input in) {
    const fuzz::cuts cuts(in);

    duplex::utf8_validator validator;
    std::size_t            size = 0;
    for (const auto& piece : cuts.of(in.rest())) {
        const bool possible = validator.feed({piece.data(), piece.size()});
        size += piece.size();
        const auto expected = test::slow_utf8(in.rest().substr(0, size));
        require(possible == (expected != test::utf8::broken), "text is refused when nothing can make it valid");
        require(validator.complete() == (expected == test::utf8::whole),
                "text is complete at the end of a character");
    }

    const auto whole = fuzz::whole(in.rest());
    const bool valid = duplex::is_utf8({whole[0].data(), whole[0].size()});
    require(valid == (test::slow_utf8(in.rest()) == test::utf8::whole), "whole text is judged as its pieces are");
    const auto reason = duplex::cut_at_character(in.rest(), 123);
    require(reason.size() <= 123 && in.rest().starts_with(reason), "text that was cut is short, and a front");
    if (valid) require(duplex::is_utf8(reason), "valid text is cut between characters");
}
