#include <duplex/duplex.hpp>
#include <iostream>

int main() {
    duplex::server server("127.0.0.1", 0);
    server.on_message([](duplex::server& ws, const duplex::message& message) { ws.push(message.fd, message.data); });
    std::cout << "bound to port " << server.port() << std::endl;
}
