// Wrong: writes the close code low byte first (RFC 6455 §5.5.1: network byte order).
#include "wrong_server.hpp"

class turns_close_code : public wrong::server {
    bool on_close(const duplex::close_status& status) override {
        std::string payload = duplex::close_payload({status.code, {}});
        std::reverse(payload.begin(), payload.end());
        send(wrong::opcode::close, payload);
        return true;
    }
};

int main(int argc, char** argv) { turns_close_code().serve({argv, argv + argc}); }
