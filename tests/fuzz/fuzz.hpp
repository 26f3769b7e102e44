// fuzz.hpp: what the targets of libFuzzer share.
//
// A target is one file that defines `one_input`. It is called with inputs that libFuzzer makes up, millions of
// them, and says what must be true whatever the input is. AddressSanitizer and UndefinedBehaviorSanitizer watch.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace fuzz {

/// Ends the program, and so lets libFuzzer keep the input, when a law does not hold.
inline void require(bool holds, const char* law) {
    if (holds) return;
    std::fprintf(stderr, "this does not hold: %s\n", law);
    std::abort();
}

/// An input, taken from the front.
class input {
public:
    explicit input(std::string_view bytes) : rest_(bytes) {}

    /// The next byte, a choice of the fuzzer; 0 when there is none.
    std::uint8_t choice() {
        if (rest_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

/// Each piece is a block of memory of its own size, so that AddressSanitizer sees a read beyond its end.
using pieces = std::vector<std::vector<char>>;

inline pieces whole(std::string_view bytes) { return {std::vector<char>(bytes.begin(), bytes.end())}; }

/// Where to cut, chosen by the next four bytes of the input: they say how long the pieces are, less one, over
/// and over. Four zeros cut into single bytes.
class cuts {
public:
    explicit cuts(input& from) {
        for (auto& length : lengths_) length = from.choice() + std::size_t{1};
    }

    pieces of(std::string_view bytes) const {
        pieces all;
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, lengths_[all.size() % lengths_.size()]);
            all.emplace_back(piece.begin(), piece.end());
            bytes.remove_prefix(piece.size());
        }
        return all;
    }

private:
    std::array<std::size_t, 4> lengths_{};
};

}  // namespace fuzz

void one_input(fuzz::input in);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    one_input(fuzz::input({reinterpret_cast<const char*>(data), size}));
    return 0;
}
