// Lesson 13: an echo on several loops, each with its own thread, and what these threads share.
//
//     13-many-cores [PORT] [FOLDER] [--threads N] [--work ROUNDS]      two threads and no work unless given
//
// With --work a message costs so many rounds of SHA-1, and its answer is the last digest. GET /loops tells what each
// loop has done.
#include <atomic>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <vector>

#include <duplex/duplex.hpp>

#include "work.hpp"

// #region of_one_loop
/// What belongs to one loop. Each has a cache line to itself: a core that writes to a line takes it away from the
/// others, whichever part of it they use.
struct alignas(64) of_one_loop {
    std::map<duplex::connection_id, std::uint64_t> said;  // messages of each peer; for this loop's handlers alone
    std::atomic<std::uint64_t>                     peers{0}, messages{0};  // they write these, and all may read
};
// #endregion of_one_loop

// #region of_all_loops
/// What belongs to all loops.
class of_all_loops {
public:
    void begin_handler() {
        const int now = ++running_;
        for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
        }
    }
    void end_handler() { --running_; }
    int  most_handlers() const { return most_; }

    struct conversation {
        duplex::connection_id fd   = 0;
        std::uint64_t         said = 0;
    };

    // Two values that belong together: of two atomics, a reader might see one before and one after a change.
    void end_conversation(conversation ended) {
        const std::scoped_lock lock(mutex_);
        if (ended.said > longest_.said) longest_ = ended;
    }
    conversation longest() {
        const std::scoped_lock lock(mutex_);
        return longest_;
    }

private:
    std::atomic<int> running_{0}, most_{0};
    std::mutex       mutex_;
    conversation     longest_;
};
// #endregion of_all_loops

std::string report(const std::vector<of_one_loop>& loops, of_all_loops& all) {
    std::ostringstream text;
    for (std::size_t i = 0; i < loops.size(); ++i)
        text << "loop " << i + 1 << ": " << loops[i].peers << " peers, " << loops[i].messages << " messages\n";
    const auto longest = all.longest();
    text << "most handlers at a time: " << all.most_handlers() << '\n'
         << "longest conversation: " << longest.said << " messages, peer " << longest.fd << '\n';
    return text.str();
}

struct arguments {
    std::uint16_t         port    = 9504;
    std::filesystem::path folder  = "chapters/13-many-cores/web";
    std::size_t           threads = 2, work = 0;
};

// #region serve
void serve(const arguments& given) {
    std::vector<of_one_loop> loops(given.threads);
    of_all_loops             all;
    duplex::server           server("0.0.0.0", given.port, {.threads = given.threads});

    // The server has put this peer on the loop of that number, and runs its handlers there and nowhere else.
    const auto own = [&](duplex::connection_id fd) -> of_one_loop& { return loops[(fd - 1) % loops.size()]; };

    server.on_open([&](duplex::server&, const duplex::request& request) { ++own(request.fd).peers; });
    server.on_message([&](duplex::server& ws, const duplex::message& message) {
        all.begin_handler();
        ++own(message.fd).said[message.fd];
        ++own(message.fd).messages;
        if (given.work == 0)
            ws.push(message.fd, message.data, message.opcode);
        else
            ws.push(message.fd, many_cores::worked(message.data, given.work));
        all.end_handler();
    });
    server.on_close([&](duplex::server&, const duplex::close_event& event) {
        --own(event.fd).peers;
        if (const auto gone = own(event.fd).said.extract(event.fd))
            all.end_conversation({event.fd, gone.mapped()});
    });
    server.on_request([&](duplex::server&, const duplex::request& request) {
        return request.path() == "/loops" ? duplex::response(200, report(loops, all))
                                          : duplex::serve_file(given.folder, request);
    });

    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}
// #endregion serve

template <class Number>
bool read(std::string_view text, Number& number) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    return wrong == std::errc() && end == text.data() + text.size();
}

std::optional<arguments> arguments_from(int argc, char* argv[]) {
    arguments given;
    int       place = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i], next = i + 1 < argc ? argv[i + 1] : "";
        bool                   understood = true;
        if (word == "--threads")
            understood = read(next, given.threads) && given.threads >= 1 && given.threads <= 256, ++i;
        else if (word == "--work")
            understood = read(next, given.work), ++i;
        else if (++place == 1)
            understood = read(word, given.port);
        else
            given.folder = word;
        if (!understood || place > 2) return std::nullopt;
    }
    return given;
}

int main(int argc, char* argv[]) try {
    const auto given = arguments_from(argc, argv);
    if (given) return serve(*given), 0;
    std::cerr << "usage: 13-many-cores [PORT] [FOLDER] [--threads 1…256] [--work ROUNDS]" << std::endl;
    return 2;
} catch (const std::exception& error) {  // a port in use, mostly: listen_error says what to do about it
    std::cerr << error.what() << std::endl;
    return 1;
}
