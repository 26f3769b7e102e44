// Echoes each message with its opcode. Other people's test suites and benchmarks run against it.
//
//     echo-server [PORT] [--threads N] [--max-message BYTES]
#include <charconv>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <duplex/duplex.hpp>

namespace {

template <class Number>
Number number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("not a number in range: " + std::string(text));
    return number;
}

void serve(int argc, char** argv) {
    std::uint16_t   port = 9504;
    duplex::options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument  = argv[i];
        const bool             has_value = i + 1 < argc;
        if (argument == "--threads" && has_value)
            options.threads = number_from<std::size_t>(argv[++i]);
        else if (argument == "--max-message" && has_value)
            options.max_message = number_from<std::size_t>(argv[++i]);
        else if (!argument.starts_with('-'))
            port = number_from<std::uint16_t>(argument);
        else
            throw std::invalid_argument("usage: echo-server [PORT] [--threads N] [--max-message BYTES]");
    }
    duplex::server server("0.0.0.0", port, options);
    server.on_message([](duplex::server& ws, const duplex::message& message) {
        ws.push(message.fd, message.data, message.opcode);
    });
    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        serve(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
