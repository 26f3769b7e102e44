// Wrong: answers each fragment as if it were a message (RFC 6455 §5.4).
#include "wrong_server.hpp"

class answers_fragments : public wrong::server {
    void on_data(const wrong::frame_header&, const std::string& payload) override {
        send(wrong::opcode::text, payload);
    }

    // No message is ever unfinished here, so a continuation is as good as a beginning.
    std::optional<wrong::violation> judge(const wrong::frame_header& header) override {
        wrong::frame_header beginning = header;
        if (header.opcode == wrong::opcode::continuation) beginning.opcode = wrong::opcode::text;
        return server::judge(beginning);
    }
};

int main(int argc, char** argv) { answers_fragments().serve({argv, argv + argc}); }
