// wire: plays transcripts against any WebSocket server and shows the first byte that is wrong.
//
//     wire chapters/04-framing/*.wire -- ./my-server {port}     starts the server, and ends it afterwards
//     wire chapters/04-framing/*.wire --port 9504               plays against one that runs
//
// docs/wire.md has the language. It exits with 0 when all transcripts passed, 1 when one failed, 2 when none
// could be played: a wrong argument, a transcript that is not in the language, no server.
#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conversation.hpp"
#include "peer.hpp"
#include "transcript.hpp"

namespace {

constexpr std::string_view usage =
    "usage: wire [--patience SECONDS] FILE... -- SERVER [ARGUMENT...]   {port} in them is a free port\n"
    "       wire [--patience SECONDS] FILE... --port PORT\n";

struct arguments {
    std::vector<std::string>  files;
    std::vector<std::string>  command;
    std::uint16_t             port = 0;
    std::chrono::milliseconds patience{5000};  // this long may a server be silent
};

std::optional<arguments> parse_arguments(const std::vector<std::string>& words) {
    arguments  out;
    const auto number = [&](std::size_t i, std::size_t most) -> std::size_t {
        std::string_view  text  = i < words.size() ? std::string_view(words[i]) : "";
        const std::size_t value = text.empty() ? 0 : wire::take_number(text);
        return text.empty() && value <= most ? value : 0;
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--port") {
            out.port = static_cast<std::uint16_t>(number(++i, 65535));
        } else if (words[i] == "--patience") {
            out.patience = std::chrono::seconds(number(++i, 3600));
        } else if (words[i] == "--") {
            out.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        } else {
            out.files.push_back(words[i]);
        }
    }
    const bool one_server = out.command.empty() != (out.port == 0);
    if (out.files.empty() || !one_server || out.patience.count() == 0) return std::nullopt;
    return out;
}

wire::transcript read(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw wire::syntax_error(file + ":1: cannot read this file");
    return wire::parse(in, file);
}

/// Each `open` begins a conversation of its own, on a new connection.
void play(const wire::transcript& script, std::uint16_t port, std::chrono::milliseconds patience, wire::way how) {
    std::optional<wire::conversation> talk;
    for (const wire::step& step : script.steps) {
        if (talk && step.kind == wire::step_kind::open) {
            talk->finish();
            talk.reset();
        }
        if (!talk) talk.emplace(port, patience, how);
        talk->play(step);
    }
    talk->finish();
}

/// Plays a transcript in all three ways, up to the first that fails.
bool passes(const wire::transcript& script, std::uint16_t port, std::chrono::milliseconds patience) {
    using enum wire::way;
    for (const auto& [how, name] :
         {std::pair{as_written, "as written"}, {byte_by_byte, "byte by byte"}, {glued, "glued"}}) {
        try {
            play(script, port, patience, how);
        } catch (const wire::failure& failed) {
            std::cout << "FAILED " << script.file << ':' << failed.line << " (" << name << "): " << script.title
                      << '\n'
                      << failed.what() << std::endl;
            return false;
        }
    }
    std::cout << "passed " << script.file << ": " << script.title << std::endl;
    return true;
}

int run(const arguments& wanted) {
    std::vector<wire::transcript> scripts;
    for (const std::string& file : wanted.files) scripts.push_back(read(file));

    std::optional<wire::server_process> server;
    const std::uint16_t                 port = wanted.port != 0 ? wanted.port : wire::free_port();
    if (!wanted.command.empty()) server.emplace(wanted.command, port);

    std::size_t failed = 0;
    for (const wire::transcript& script : scripts) failed += passes(script, port, wanted.patience) ? 0 : 1;
    if (failed > 0) std::cout << failed << " of " << scripts.size() << " transcripts failed" << std::endl;
    return failed > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto wanted = parse_arguments({argv + 1, argv + argc});
        if (wanted) return run(*wanted);
        std::cerr << usage;
    } catch (const std::invalid_argument&) {
        std::cerr << usage;
    } catch (const std::exception& error) {
        std::cerr << "wire: " << error.what() << '\n';
    }
    return 2;
}
