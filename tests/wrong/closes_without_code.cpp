// Wrong: answers every close frame with an empty one, and so loses the code (RFC 6455 §5.5.1).
#include "wrong_server.hpp"

class closes_without_code : public wrong::server {
    bool on_close(const duplex::close_status&) override { return send(wrong::opcode::close, ""), true; }
};

int main(int argc, char** argv) { closes_without_code().serve({argv, argv + argc}); }
