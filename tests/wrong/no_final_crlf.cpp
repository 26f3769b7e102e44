// Wrong: ends the head of its answer behind the last field, without the empty line (RFC 9112 §2.1).
#include "wrong_server.hpp"

class no_final_crlf : public wrong::server {
    std::string handshake(const duplex::http_request& request) override {
        const std::string right = server::handshake(request);
        return right.substr(0, right.size() - 2);
    }
};

int main(int argc, char** argv) { no_final_crlf().serve({argv, argv + argc}); }
