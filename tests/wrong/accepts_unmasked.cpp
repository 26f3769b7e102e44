// Wrong: takes frames that are not masked (RFC 6455 §5.1).
#include "wrong_server.hpp"

class accepts_unmasked : public wrong::server {
    std::optional<wrong::violation> judge(const wrong::frame_header& header) override {
        wrong::frame_header masked = header;
        masked.masked              = true;
        return server::judge(masked);
    }
};

int main(int argc, char** argv) { accepts_unmasked().serve({argv, argv + argc}); }
