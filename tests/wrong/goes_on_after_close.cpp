// Wrong: takes a close frame for one more frame and goes on (RFC 6455 §5.5.1).
#include "wrong_server.hpp"

class goes_on_after_close : public wrong::server {
    bool on_close(const duplex::close_status&) override { return false; }
};

int main(int argc, char** argv) { goes_on_after_close().serve({argv, argv + argc}); }
