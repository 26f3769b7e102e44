// A frame header: nothing is read beyond its bytes, one that is understood is written the same way, and more
// bytes never change what fewer have said. Masking is the plain loop of RFC 6455 §5.3.
//
// Input: 1 byte of offset, then bytes.
#include <algorithm>
#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include <duplex/frame.hpp>

#include "fuzz/fuzz.hpp"

using duplex::decode_header;
using duplex::decoded_header;
using fuzz::require;

namespace {

void check_header(std::string_view bytes) {
    const auto whole = decode_header(bytes);
    if (bytes.size() >= duplex::max_header_size)
        require(!std::holds_alternative<duplex::need_more_t>(whole), "14 bytes are enough for any header");
    for (std::size_t size = 0; size < bytes.size() && size <= duplex::max_header_size; ++size) {
        const std::vector<char> block(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        const auto              part = decode_header({block.data(), block.size()});
        if (!std::holds_alternative<duplex::need_more_t>(part))
            require(part == whole, "more bytes do not change what a header said");
    }
    if (const auto* broken = std::get_if<duplex::violation>(&whole))
        require(broken->code == 1002, "a broken header is answered with 1002");
    if (const auto* found = std::get_if<decoded_header>(&whole)) {
        require(encode_header(found->header).view() == bytes.substr(0, found->size),
                "a header is written as it was read");
        require(found->header.length >> 63 == 0, "a length has 63 bits");
    }
}

void check_mask(std::string_view bytes, std::size_t offset) {
    duplex::masking_key key{};
    std::copy_n(bytes.begin(), std::min<std::size_t>(bytes.size(), 4), key.begin());
    std::vector<char> fast(bytes.begin(), bytes.end()), slow = fast;
    duplex::apply_mask(fast, key, offset);
    for (std::size_t i = 0; i < slow.size(); ++i) slow[i] = static_cast<char>(slow[i] ^ key[(i + offset) % 4]);
    require(fast == slow, "masking whole words is masking byte by byte");
}

}  // namespace

void one_input(fuzz::input in) {
    const std::size_t offset = in.choice();
    const auto        block  = fuzz::whole(in.rest());
    check_header({block[0].data(), block[0].size()});
    check_mask(in.rest(), offset);
}
