// Nothing is wrong here: this one passes, so what the others fail is their own mistake.
#include "wrong_server.hpp"

int main(int argc, char** argv) { wrong::server().serve({argv, argv + argc}); }
