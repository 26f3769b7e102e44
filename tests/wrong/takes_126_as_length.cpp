// Wrong: takes the seven bits as the length, even when they say that it follows (RFC 6455 §5.2).
#include "wrong_server.hpp"

class takes_126_as_length : public wrong::server {
    wrong::frame_header read_header() override {
        const std::string   start = read(2);
        wrong::frame_header header{.fin    = (start[0] & 0x80) != 0,
                                   .masked = (start[1] & 0x80) != 0,
                                   .opcode = static_cast<wrong::opcode>(start[0] & 0x0f),
                                   .length = static_cast<std::uint64_t>(start[1] & 0x7f)};
        if (header.masked) std::memcpy(header.key.data(), read(4).data(), 4);
        return header;
    }

    std::string encode(wrong::opcode code, std::string_view payload) override {
        const std::string bytes{static_cast<char>(0x80 | static_cast<int>(code)),
                                static_cast<char>(payload.size())};
        return bytes + std::string(payload);
    }
};

int main(int argc, char** argv) { takes_126_as_length().serve({argv, argv + argc}); }
