// Wrong: waits for as many bytes as a header announces, however many (RFC 6455 §10.4).
#include "wrong_server.hpp"

class no_length_limit : public wrong::server {
    std::optional<wrong::violation> judge(const wrong::frame_header& header) override {
        wrong::frame_header small = header;
        small.length              = 0;
        return server::judge(small);
    }
};

int main(int argc, char** argv) { no_length_limit().serve({argv, argv + argc}); }
