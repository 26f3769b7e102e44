// Wrong: hashes the key alone, without the GUID behind it (RFC 6455 §4.2.2).
#include "wrong_server.hpp"

class no_guid : public wrong::server {
    std::string accept_key(std::string_view key) override {
        const auto accept = duplex::base64(duplex::sha1(key));
        return {accept.begin(), accept.end()};
    }
};

int main(int argc, char** argv) { no_guid().serve({argv, argv + argc}); }
