#include <csignal>

#include <duplex/duplex.hpp>

int main() {
    duplex::server server("0.0.0.0", 9504);
    server.on_message([](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data, message.opcode);
    });
    server.stop_on({SIGINT, SIGTERM});
    server.start();
}
