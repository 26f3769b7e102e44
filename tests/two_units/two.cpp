#include <duplex/duplex.hpp>

bool other_unit_can_listen();

bool other_unit_can_listen() {
    duplex::server server("127.0.0.1", 0);
    return server.port() != 0;
}
