// micro: how fast the two inner loops are, unmasking and UTF-8, beside the plainest way to write each.
//
// Prints one Markdown table: GB/s of payload, the best of several turns, since whatever disturbs a turn only
// makes it slower.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <duplex/frame.hpp>
#include <duplex/utf8.hpp>

namespace {

// Lets the compiler believe that somebody looks at the value.
template <class T>
void look_at(T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

// ---- the plain ways

void unmask_bytewise(std::span<char> payload, duplex::masking_key key) {
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
}

// A branch for each length of a character, as the table of RFC 3629 §4 says it.
bool is_utf8_with_branches(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const std::uint8_t first  = byte(i);
        const std::size_t  length = first < 0x80   ? 1
                                    : first < 0xc2 ? 0
                                    : first < 0xe0 ? 2
                                    : first < 0xf0 ? 3
                                    : first < 0xf5 ? 4
                                                   : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((byte(i + k) & 0xc0) != 0x80) return false;
        const std::uint8_t second = length > 1 ? byte(i + 1) : 0;
        if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
        if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
        i += length;
    }
    return true;
}

// ---- texts

std::string repeated(std::string_view pattern, std::size_t size) {
    std::string text;
    while (text.size() + pattern.size() <= size) text += pattern;
    return text.append(size - text.size(), '.');
}

constexpr std::string_view ascii   = "a sentence of plain letters, as most protocols on this wire send ";
constexpr std::string_view chinese = "服务器发送了一条消息";
constexpr std::string_view mixed   = "{\"name\": \"张三\", \"café\": 12, \"smile\": \"😀\"} ";

// ---- measuring

/// GB/s of `work()`, which handles `size` bytes.
template <class Work>
double speed(std::size_t size, Work work) {
    using clock                 = std::chrono::steady_clock;
    constexpr std::size_t much  = 16 << 20;
    const std::size_t     calls = std::max<std::size_t>(much / size, 1);
    double                best  = 0;
    for (int turn = 0; turn < 20; ++turn) {
        const auto start = clock::now();
        for (std::size_t i = 0; i < calls; ++i) work();
        const std::chrono::duration<double> taken = clock::now() - start;
        best = std::max(best, static_cast<double>(calls * size) / taken.count() * 1e-9);
    }
    return best;
}

double unmasking(std::size_t size, void (*unmask)(std::span<char>, duplex::masking_key)) {
    std::string payload = repeated(ascii, size);
    return speed(size, [&] {
        unmask(payload, {'\x37', '\xfa', '\x21', '\x3d'});
        look_at(payload);
    });
}

double checking(std::size_t size, std::string_view pattern, bool (*is_utf8)(std::string_view)) {
    const std::string text = repeated(pattern, size);
    bool              all  = true;
    const double      best = speed(size, [&] {
        look_at(text);
        all = is_utf8(text) && all;
        look_at(all);
    });
    if (!all) throw std::logic_error("a good text was called bad");
    return best;
}

void row(const char* what, const char* how, double small, double large) {
    std::printf("| %s | %s | %.1f | %.1f |\n", what, how, small, large);
}

}  // namespace

int main() {
    constexpr std::size_t small = 1 << 10, large = 1 << 20;
    const auto words = [](std::span<char> payload, duplex::masking_key key) { duplex::apply_mask(payload, key); };
    const auto dfa   = [](std::string_view text) { return duplex::is_utf8(text); };

    std::puts("| | | 1 KiB, GB/s | 1 MiB, GB/s |\n| --- | --- | ---: | ---: |");
    row("unmasking", "byte by byte", unmasking(small, unmask_bytewise), unmasking(large, unmask_bytewise));
    row("unmasking", "`apply_mask`", unmasking(small, words), unmasking(large, words));
    for (const auto& [name, pattern] :
         {std::pair{"UTF-8, ASCII", ascii}, {"UTF-8, Chinese", chinese}, {"UTF-8, mixed", mixed}}) {
        row(name, "branches", checking(small, pattern, is_utf8_with_branches),
            checking(large, pattern, is_utf8_with_branches));
        row(name, "`is_utf8`", checking(small, pattern, dfa), checking(large, pattern, dfa));
    }
}
