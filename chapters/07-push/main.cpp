// Lesson 7: the notice board of lessons 1 and 2, which tells its readers instead of being asked.
//
//     07-push [PORT] [FOLDER] [SECONDS]     how often it tells the number of readers: 10 unless given, 0 for never
//     ws://…/?since=ID         a reader: is told the notes after that id, then each new one; without since only new
//     POST /news?text=TEXT     puts up a note: 201 and its id; so does a line of standard input
//     GET  /cost               what telling the news has cost so far, in JSON
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <thread>

#include <duplex/files.hpp>
#include <duplex/server.hpp>

// #region board
/// The notes, and what it has cost to deliver them. Only the thread of the server's loop uses it: no lock.
class notice_board {
public:
    /// @returns the id of the new note: 1, 2, 3 …
    std::uint64_t add(const std::string& text) {
        const std::uint64_t id = ++last_id_;
        const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
        lines_[id]     = std::to_string(id) + ' ' + std::to_string(now) + ' ' + text + '\n';
        if (lines_.size() > 1000) lines_.erase(lines_.begin());  // or peers could fill the memory
        return id;
    }

    /// The notes after `since`, a line each; empty when there are none.
    std::string after(std::uint64_t since) {
        if (since > last_id_) since = 0;  // an id from before this program was restarted
        std::string news;
        for (auto line = lines_.upper_bound(since); line != lines_.end(); ++line) news += line->second;
        return news;
    }

    /// Takes down what an opening handshake has cost: the bytes of both heads.
    void count_handshake(const duplex::request& request) {
        auto head = request.method + ' ' + request.target + " HTTP/1.1\r\n";
        for (const auto& [name, value] : request.fields)
            head.append(name).append(": ").append(value).append("\r\n");
        requests_ += 1;
        header_bytes_ += (head + "\r\n" + to_bytes(switching_protocols(request), false)).size();
    }

    /// Takes down what it has cost to tell `news` to so many readers: a frame header and the news each time.
    void count_told(std::uint64_t readers, const std::string& news) {
        header_bytes_ += readers * duplex::encode_header({.length = news.size()}).size;
        payload_bytes_ += readers * news.size();
        notes_ += readers * static_cast<std::uint64_t>(std::count(news.begin(), news.end(), '\n'));
    }

    std::string cost() {
        return "{\"requests\": " + std::to_string(requests_) + ", \"notes\": " + std::to_string(notes_) +
               ", \"header_bytes\": " + std::to_string(header_bytes_) +
               ", \"payload_bytes\": " + std::to_string(payload_bytes_) + "}\n";
    }

private:
    std::map<std::uint64_t, std::string> lines_;  // by id
    std::uint64_t last_id_ = 0, requests_ = 0, notes_ = 0, header_bytes_ = 0, payload_bytes_ = 0;
};
// #endregion board

// #region put_up
/// Puts up a note and tells it to all readers, in the thread of the loop. @returns its id; 0 when it is not UTF-8
std::uint64_t put_up(duplex::server& server, notice_board& board, std::string text) {
    if (!duplex::is_utf8(text)) return 0;  // it could not be sent as text
    // A line break in a note would make two of it.
    std::replace_if(text.begin(), text.end(), duplex::is_control_character, ' ');
    const auto id   = board.add(text);
    const auto news = board.after(id - 1);
    server.broadcast(news);
    board.count_told(server.connections().size(), news);  // who cannot keep up is closing and no longer among them
    return id;
}
// #endregion put_up

// #region answer
duplex::response answer_to(const duplex::request& request, duplex::server& server, notice_board& board,
                           const std::filesystem::path& folder) {
    if (request.path() == "/cost") return duplex::response(200, board.cost(), "application/json");
    if (request.path() != "/news" || request.method != "POST") return duplex::serve_file(folder, request);
    const auto id = put_up(server, board, request.query("text").value_or(""));
    return id > 0 ? duplex::response(201, std::to_string(id) + '\n') : duplex::response(400, "a note is UTF-8\n");
}
// #endregion answer

// #region serve
void serve(std::uint16_t port, const std::filesystem::path& folder, std::chrono::seconds period) {
    // A reader that cannot keep up is closed. It comes back, says since when, and so misses nothing.
    const duplex::options settings{.slow_reader = duplex::slow_reader::close};
    // Shared with the thread below, which may still wait for a line when this function has returned.
    const auto      shared = std::make_shared<duplex::server>("0.0.0.0", port, settings);
    const auto      board  = std::make_shared<notice_board>();
    duplex::server& server = *shared;

    // #region newcomer
    server.on_open([&](duplex::server& ws, const duplex::request& request) {
        board->count_handshake(request);
        const auto since = request.query("since");
        // Without a number, strtoull says 0, and after 0 come all notes.
        const auto missed = since ? board->after(std::strtoull(since->c_str(), nullptr, 10)) : "";
        if (!missed.empty() && ws.push(request.fd, missed)) board->count_told(1, missed);
    });
    // #endregion newcomer
    server.on_request([&](duplex::server& ws, const duplex::request& request) {
        return answer_to(request, ws, *board, folder);
    });
    // #region timer
    const auto tell = [&] { server.broadcast("readers: " + std::to_string(server.connections().size()) + '\n'); };
    if (period.count() > 0) server.every(period, tell);
    // #endregion timer
    // #region thread
    std::signal(SIGTTIN, SIG_IGN);  // in the background of a shell, reading then fails and stops nothing else
    std::thread([shared, board] {
        for (std::string line; std::getline(std::cin, line);)
            shared->post([&server = *shared, &board = *board, line] { put_up(server, board, line); });
    }).detach();
    // #endregion thread

    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}
// #endregion serve

// #region main
int main(int argc, char* argv[]) {
    const std::string_view      number = argc > 1 ? argv[1] : "9504";
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/07-push/web";
    const std::chrono::seconds  period(argc > 3 ? std::atoi(argv[3]) : 10);
    std::uint16_t               port = 0;
    const auto [end, wrong]          = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 07-push [PORT] [FOLDER] [SECONDS]" << std::endl;
        return 2;
    }
    try {
        serve(port, folder, period);
    } catch (const std::exception& error) {  // a port in use, mostly: listen_error says what to do about it
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
// #endregion main
