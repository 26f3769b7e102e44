// Wrong: does not answer a ping (RFC 6455 §5.5.2).
#include "wrong_server.hpp"

class ignores_ping : public wrong::server {
    void on_ping(const std::string&) override {}
};

int main(int argc, char** argv) { ignores_ping().serve({argv, argv + argc}); }
