// Wrong: throws away what came in one piece with the handshake. TCP has no pieces.
#include "wrong_server.hpp"

class loses_glued_frame : public wrong::server {
    std::string behind_the_head(std::string_view) override { return {}; }
};

int main(int argc, char** argv) { loses_glued_frame().serve({argv, argv + argc}); }
