// Lesson 9: the tutorial server with its limits so low that you can see each of them act.
//
//     09-hostile-peers [PORT] [FOLDER] [NAME=VALUE...]    default 9504 and web, the folder with the pages
//
// NAME is an option of options.hpp and VALUE a number: bytes, or milliseconds, or 1 for yes and for `close`.
// The message `news` is told to everybody, 64 KiB of it; `GET /stats` tells what the server has counted.
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include <duplex/duplex.hpp>

namespace {

using namespace std::chrono_literals;

// #region limits
/// Far too low for a server that people use.
const duplex::options low{.max_message       = 1000,
                          .max_head          = 2000,
                          .max_fields        = 20,
                          .max_target        = 200,
                          .handshake_timeout = 2s,
                          .ping_interval     = 3s,
                          .ping_timeout      = 2s,
                          .write_timeout     = 3s,
                          .close_timeout     = 3s,
                          .message_timeout   = 2s,
                          .send_queue        = 256 * 1024,
                          .slow_reader       = duplex::slow_reader::close,
                          .max_connections   = 20,
                          .allowed_origins   = {"same-origin"}};
// #endregion limits

template <class Number>
Number number_from(std::string_view text, const std::string& what) {
    Number      number      = 0;
    const char* end         = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, number);
    if (failed == std::errc() && at == end) return number;
    throw std::invalid_argument("not a " + what + ": " + std::string(text) + "; a " + what +
                                " is a number from 0 to " + std::to_string(std::numeric_limits<Number>::max()));
}

// #region knobs
using duplex::options;
using knob = std::variant<std::size_t options::*, std::chrono::milliseconds options::*, bool options::*,
                          duplex::slow_reader options::*>;

const std::map<std::string_view, knob> knobs{{"max_message", &options::max_message},
                                             {"max_head", &options::max_head},
                                             {"max_fields", &options::max_fields},
                                             {"max_target", &options::max_target},
                                             {"handshake_timeout", &options::handshake_timeout},
                                             {"ping_interval", &options::ping_interval},
                                             {"ping_timeout", &options::ping_timeout},
                                             {"write_timeout", &options::write_timeout},
                                             {"close_timeout", &options::close_timeout},
                                             {"message_timeout", &options::message_timeout},
                                             {"send_queue", &options::send_queue},
                                             {"slow_reader", &options::slow_reader},
                                             {"max_connections", &options::max_connections},
                                             {"require_origin", &options::require_origin}};

/// Turns the one knob that `setting` names, as in "max_message=5".
void turn(options& settings, std::string_view setting) {
    const auto name  = duplex::cut(setting, '=');
    const auto found = knobs.find(name);
    if (found == knobs.end()) throw std::invalid_argument("no limit is called " + std::string(name));
    const auto value = number_from<std::uint32_t>(setting, "value of " + std::string(name));
    std::visit([&](auto member) { settings.*member = std::remove_reference_t<decltype(settings.*member)>(value); },
               found->second);
}
// #endregion knobs

// #region tell
/// Tells everybody. A peer that does not take it is dealt with as `slow_reader` says; the exercise asks for more.
void tell_all(duplex::server& ws, std::uint64_t number) {
    std::string news = "news " + std::to_string(number) + '\n';
    news.resize(64 * 1024, '.');
    ws.broadcast(news);
}
// #endregion tell

// #region stats
std::string stats(const duplex::server& ws) {
    const auto    count   = ws.stats();
    std::uint64_t waiting = 0;  // bytes, for all peers together
    for (const auto fd : ws.connections()) waiting += ws.buffered(fd);
    std::ostringstream text;
    text << "accepted " << count.accepted << "\nopen " << count.open << "\nrefused " << count.refused
         << "\nviolations " << count.violations << "\nskipped " << count.skipped << "\nwaiting " << waiting
         << '\n';
    return text.str();
}
// #endregion stats

void serve(std::uint16_t port, const char* folder, const options& settings) {
    duplex::server server("0.0.0.0", port, settings);
    std::uint64_t  told = 0;

    server.on_open([](duplex::server& ws, const duplex::request& request) {
        std::cout << request << std::endl;
        ws.push(request.fd, "welcome to harvie's home !\n");
    });
    server.on_message([&told](duplex::server& ws, const duplex::message& message) {
        std::cout << "receive from " << message.fd << ':' << duplex::escaped(message.data)
                  << ",opcode:" << message.opcode << ",fin:" << message.finish << std::endl;
        if (message.data == "news") tell_all(ws, ++told);
        ws.push(message.fd, "get it message !");
    });
    // #region ends
    server.on_close([](duplex::server&, const duplex::close_event& event) {
        std::cout << "client " << event.fd << " closed\n  code " << event.code << ", by " << event.by << std::endl;
    });
    server.on_error([](duplex::server&, duplex::connection_id fd, std::string_view what) {
        std::cerr << "client " << fd << ": " << what << std::endl;
    });
    // #endregion ends
    server.on_request([folder](duplex::server& ws, const duplex::request& request) {
        return request.path() == "/stats" ? duplex::response(200, stats(ws)) : duplex::serve_file(folder, request);
    });

    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}

}  // namespace

int main(int argc, char** argv) try {
    options settings = low;
    for (int i = 3; i < argc; ++i) turn(settings, argv[i]);
    serve(argc > 1 ? number_from<std::uint16_t>(argv[1], "port") : 9504, argc > 2 ? argv[2] : "web", settings);
} catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
}
