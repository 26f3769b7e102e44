// Wrong: hangs up at a close frame without one of its own (RFC 6455 §5.5.1).
#include "wrong_server.hpp"

class never_answers_close : public wrong::server {
    bool on_close(const duplex::close_status&) override { return true; }
};

int main(int argc, char** argv) { never_answers_close().serve({argv, argv + argc}); }
