// Lesson 8: the complete tutorial server, and the page that talks to it.
//
//     08-tutorial-server [--inspect] [PORT] [FOLDER]      default 9504 and web, the folder with the pages
//
// With --inspect it serves this machine only, and /inspector.html shows every frame that goes over the wire.
#include <charconv>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <system_error>

#include <duplex/duplex.hpp>

#include "inspector.hpp"

namespace {

// #region port
/// The port in the first argument: 9504 when there is none, 0 for any free one.
std::uint16_t port_from(int argc, char** argv) {
    std::uint16_t     port  = 9504;
    const char* const text  = argc > 1 ? argv[1] : "9504";
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), port);
    if (error != std::errc() || *end != '\0')
        throw std::invalid_argument(std::string("not a port: ") + text + "; a port is a number from 0 to 65535");
    return port;
}
// #endregion port

// #region serve
void serve(std::uint16_t port, const char* folder, bool inspect) {
    duplex::server server(inspect ? "127.0.0.1" : "0.0.0.0", port);

    // #region handlers
    server.on_open([](duplex::server& ws, const duplex::request& request) {
        std::cout << request << std::endl;
        ws.push(request.fd, "welcome to harvie's home !\n");
    });
    server.on_message([](duplex::server& ws, const duplex::message& message) {
        std::cout << "receive from " << message.fd << ':' << duplex::escaped(message.data)
                  << ",opcode:" << message.opcode << ",fin:" << message.finish << std::endl;
        ws.push(message.fd, "get it message !");
    });
    server.on_close([](duplex::server&, const duplex::close_event& event) {
        std::cout << "client " << event.fd << " closed" << std::endl;
    });
    // #endregion handlers

    // #region page
    // A plain HTTP request on the same port gets a file of the folder: the page.
    server.on_request(
        [folder](duplex::server&, const duplex::request& request) { return duplex::serve_file(folder, request); });
    // #endregion page
    server.on_error([](duplex::server&, duplex::connection_id fd, std::string_view what) {
        std::cerr << "client " << fd << ": " << what << std::endl;
    });

    std::optional<tutorial::inspector> inspector;
    if (inspect) inspector.emplace(server);

    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    std::cerr << "note: any web page may connect; options.allowed_origins limits that" << std::endl;
    if (inspect)
        std::cerr << "note: http://127.0.0.1:" << server.port() << "/inspector.html shows every frame of every "
                  << "connection; only this machine can connect, and only that page can look" << std::endl;
    server.start();
}
// #endregion serve

}  // namespace

int main(int argc, char** argv) {
    const bool inspect = argc > 1 && std::string_view(argv[1]) == "--inspect";
    if (inspect) --argc, ++argv;
    try {
        serve(port_from(argc, argv), argc > 2 ? argv[2] : "web", inspect);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
