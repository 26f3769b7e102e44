// work.hpp: what a message costs, as much as one likes, and an answer that shows that it was paid.    Lesson 13
//
// The server works with it, and the load generator knows by it what must come back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <duplex/base64.hpp>
#include <duplex/sha1.hpp>

namespace many_cores {

/// SHA-1 of `text`, SHA-1 of that, and so on: `rounds` times, at least once. Each round needs the one before, so
/// nothing can be left out.
/// @returns the last digest, in base64
inline std::string worked(std::string_view text, std::size_t rounds) {
    auto digest = duplex::sha1(text);
    while (--rounds > 0) digest = duplex::sha1({digest.data(), digest.size()});
    const auto letters = duplex::base64(digest);
    return {letters.data(), letters.size()};
}

}  // namespace many_cores
