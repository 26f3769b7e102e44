// cuts.hpp: TCP may cut bytes anywhere, and it must make no difference.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace test {

/// Each piece is a block of memory of its own size, so that AddressSanitizer sees a read beyond its end.
using pieces = std::vector<std::vector<char>>;

/// Plays `bytes` whole, cut in two at every place, and one byte at a time; fails when the results differ.
///
/// @param play takes `pieces&` and returns what came of them
/// @returns what came of the whole
template <class Play>
auto however_cut(std::string_view bytes, Play play) {
    const auto piece = [](std::string_view part) { return std::vector<char>(part.begin(), part.end()); };

    pieces     one{piece(bytes)};
    const auto whole = play(one);
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        pieces two{piece(bytes.substr(0, at)), piece(bytes.substr(at))};
        INFO("cut before byte " << at);
        REQUIRE(play(two) == whole);
    }
    pieces single;
    for (std::size_t at = 0; at < bytes.size(); ++at) single.push_back(piece(bytes.substr(at, 1)));
    INFO("one byte at a time");
    REQUIRE(play(single) == whole);
    return whole;
}

}  // namespace test
