// Wrong: masks what it sends, as only a client does (RFC 6455 §5.1).
#include "wrong_server.hpp"

class masks_replies : public wrong::server {
    std::string encode(wrong::opcode code, std::string_view payload) override {
        const duplex::masking_key key{1, 2, 3, 4};
        std::string               masked(payload);
        duplex::apply_mask(masked, key);
        std::string bytes(
            duplex::encode_header({.masked = true, .opcode = code, .length = masked.size(), .key = key}).view());
        return bytes += masked;
    }
};

int main(int argc, char** argv) { masks_replies().serve({argv, argv + argc}); }
