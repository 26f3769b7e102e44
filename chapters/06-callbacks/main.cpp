// Lesson 6: the message echo of lesson 5, for many peers in one thread.
//
//     06-callbacks [PORT] [FOLDER]     9504 unless given, 0 for any free one; the folder that holds the page
//
// Nothing here waits for a peer. The program says what to do when one has come, has spoken or has left, and the
// server calls it then, one call at a time.
#include <charconv>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <string_view>

#include <duplex/files.hpp>
#include <duplex/server.hpp>
#include <duplex/trace.hpp>

// #region quoted
/// Data fit to be printed: long data is cut, and control characters are made visible. A terminal would obey them.
std::string quoted(std::string_view data) {
    const auto shown = duplex::cut_at_character(data, 64);
    return std::to_string(data.size()) + " bytes \"" + duplex::escaped(shown) + (shown == data ? "\"" : "…\"");
}
// #endregion quoted

// #region serve
void serve(std::uint16_t port, const std::filesystem::path& folder) {
    duplex::server server("0.0.0.0", port);
    std::size_t    here = 0;  // peers; all handlers run in one thread, so it needs no lock

    // #region open
    server.on_open([&](duplex::server&, const duplex::request& request) {
        std::cout << request.fd << ": open, " << ++here << " here" << std::endl;
    });
    // #endregion open
    // #region message
    server.on_message([](duplex::server& ws, const duplex::message& message) {
        std::cout << message.fd << ": " << name(message.opcode) << " message, " << quoted(message.data)
                  << std::endl;
        // push does not wait until the peer has read it. It queues, and the queue has a bound.
        if (const auto result = ws.push(message.fd, message.data, message.opcode); !result)
            std::cout << message.fd << ": no echo, " << result.reason() << std::endl;
    });
    // #endregion message
    // #region close
    server.on_close([&](duplex::server&, const duplex::close_event& event) {
        std::cout << event.fd << ": closed with " << event.code << ", " << --here << " here" << std::endl;
    });
    // #endregion close
    // #region page
    server.on_request(
        [&](duplex::server&, const duplex::request& request) { return duplex::serve_file(folder, request); });
    // #endregion page

    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();  // calls the handlers, until a signal asks it to stop
}
// #endregion serve

// #region main
int main(int argc, char* argv[]) {
    const std::string_view      number = argc > 1 ? argv[1] : "9504";
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/06-callbacks/web";
    std::uint16_t               port   = 0;
    const auto [end, wrong]            = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 06-callbacks [PORT] [FOLDER]" << std::endl;
        return 2;
    }
    try {
        serve(port, folder);
    } catch (const std::exception& error) {  // a port in use, mostly: listen_error says what to do about it
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
// #endregion main
