// Wrong: reads and writes the longer lengths as they lie in the memory of a PC, low byte first (RFC 6455 §5.2).
#include "wrong_server.hpp"

class little_endian : public wrong::server {
    static std::size_t more_bytes(std::uint64_t length) { return length == 126 ? 2 : length == 127 ? 8 : 0; }

    wrong::frame_header read_header() override {
        const std::string   start = read(2);
        wrong::frame_header header{.fin    = (start[0] & 0x80) != 0,
                                   .masked = (start[1] & 0x80) != 0,
                                   .opcode = static_cast<wrong::opcode>(start[0] & 0x0f),
                                   .length = static_cast<std::uint64_t>(start[1] & 0x7f)};
        if (const std::size_t more = more_bytes(header.length); more > 0) {
            header.length = 0;
            std::memcpy(&header.length, read(more).data(), more);
        }
        if (header.masked) std::memcpy(header.key.data(), read(4).data(), 4);
        return header;
    }

    std::string encode(wrong::opcode code, std::string_view payload) override {
        std::string       right = server::encode(code, payload);
        const std::size_t more  = more_bytes(static_cast<std::uint64_t>(right[1]));
        std::reverse(right.begin() + 2, right.begin() + 2 + static_cast<std::ptrdiff_t>(more));
        return right;
    }
};

int main(int argc, char** argv) { little_endian().serve({argv, argv + argc}); }
