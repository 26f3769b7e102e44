// The umbrella header in two translation units of one program. It links only if every function of the
// library that is not a template is inline.
#include <duplex/duplex.hpp>

bool other_unit_can_listen();

int main() {
    duplex::server server("127.0.0.1", 0);
    return server.port() != 0 && other_unit_can_listen() ? 0 : 1;
}
