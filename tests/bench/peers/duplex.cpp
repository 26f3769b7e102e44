// duplex [--broadcast]: our server; echoes, or sends every message to all who are connected.
//
// Like tests/echo_server.cpp, and with room for as many idle peers as the machine allows.
#include <cstddef>
#include <iostream>
#include <string_view>

#include <duplex/duplex.hpp>

int main(int argc, char** argv) {
    const bool      broadcast = argc > 1 && std::string_view(argv[1]) == "--broadcast";
    duplex::options options;
    options.max_message     = 64 << 20;
    options.max_connections = 1'000'000;
    duplex::server server("127.0.0.1", 0, options);
    server.on_message([broadcast](duplex::server& ws, const duplex::message& message) {
        if (broadcast)
            ws.broadcast(message.data, message.opcode);
        else
            ws.push(message.fd, message.data, message.opcode);
    });
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}
