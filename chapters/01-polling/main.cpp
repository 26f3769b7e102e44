// Lesson 1: a notice board whose readers ask for news again and again.
//
//     01-polling [PORT] [FOLDER]     9504 unless given, 0 for any free one; the folder that holds the page
//     POST /news?text=TEXT           puts up a note: 201 and its id
//     GET  /news?since=ID            the notes after that id, a line each: ID POSTED TEXT
//     GET  /cost                     what asking for news has cost so far, in JSON
//
// POSTED is in milliseconds since 1970, so that a reader can tell how late the news is. Calls to a socket wait
// until they are done, so each peer has a thread. Ctrl+C may end the program anywhere: there is nothing to save.
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <asio.hpp>
#include <duplex/files.hpp>
#include <duplex/http.hpp>

using asio::ip::tcp;

/// The notes, and what it has cost to deliver them. Many threads use it, so every access takes the lock.
class notice_board {
public:
    // #region notes
    /// @returns the id of the new note: 1, 2, 3 …
    std::uint64_t add(const std::string& text) {
        const std::lock_guard lock(mutex_);
        const std::uint64_t   id = ++last_id_;
        const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
        lines_[id]     = std::to_string(id) + ' ' + std::to_string(now) + ' ' + text + '\n';
        if (lines_.size() > 1000) lines_.erase(lines_.begin());  // or peers could fill the memory
        return id;
    }

    /// The notes after `since`, a line each; empty when there are none.
    std::string after(std::uint64_t since) {
        const std::lock_guard lock(mutex_);
        if (since > last_id_) since = 0;  // an id from before this program was restarted
        std::string news;
        for (auto line = lines_.upper_bound(since); line != lines_.end(); ++line) news += line->second;
        return news;
    }
    // #endregion notes

    // #region count
    /// Takes down what one request for news has cost: the bytes of both heads, and the news it brought.
    void count(std::size_t header_bytes, const std::string& news) {
        const std::lock_guard lock(mutex_);
        requests_ += 1;
        header_bytes_ += header_bytes;
        payload_bytes_ += news.size();
        notes_ += static_cast<std::uint64_t>(std::count(news.begin(), news.end(), '\n'));
    }
    // #endregion count

    std::string cost() {
        const std::lock_guard lock(mutex_);
        return "{\"requests\": " + std::to_string(requests_) + ", \"notes\": " + std::to_string(notes_) +
               ", \"header_bytes\": " + std::to_string(header_bytes_) +
               ", \"payload_bytes\": " + std::to_string(payload_bytes_) + "}\n";
    }

private:
    std::mutex                           mutex_;
    std::map<std::uint64_t, std::string> lines_;  // by id
    std::uint64_t last_id_ = 0, requests_ = 0, notes_ = 0, header_bytes_ = 0, payload_bytes_ = 0;
};

// #region answer
duplex::response answer_to(duplex::request_parser& head, notice_board& board,
                           const std::filesystem::path& folder) {
    const auto& request = head.request();
    if (request.path() == "/cost") return duplex::response(200, board.cost(), "application/json");
    if (request.path() == "/news" && request.method == "POST") {
        std::string text = request.query("text").value_or("");
        // A line break in a note would make two of it.
        std::replace_if(text.begin(), text.end(), duplex::is_control_character, ' ');
        return duplex::response(201, std::to_string(board.add(text)) + '\n');
    }
    if (request.path() != "/news" || request.method != "GET") return duplex::serve_file(folder, request);
    // Without a number, strtoull says 0, and after 0 come all notes.
    const auto since  = std::strtoull(request.query("since").value_or("").c_str(), nullptr, 10);
    auto       answer = duplex::response(200, board.after(since)).header("Cache-Control", "no-cache");
    board.count(head.size() + duplex::to_bytes(answer, false).size(), answer.body());
    return answer;
}
// #endregion answer

// #region serve
/// Reads one request and answers it. Whatever goes wrong with this peer ends its thread and nothing else.
void serve(tcp::socket peer, notice_board& board, const std::filesystem::path& folder) try {
    duplex::request_parser parser;
    std::array<char, 4096> buffer;
    auto                   state = parser.incomplete;
    while (state == parser.incomplete) {
        std::string_view bytes(buffer.data(), peer.read_some(asio::buffer(buffer)));
        state = parser.feed(bytes);
    }
    const auto answer = state == parser.refused ? duplex::refusal(parser.why()) : answer_to(parser, board, folder);
    asio::write(peer, asio::buffer(duplex::to_bytes(answer, parser.request().method != "HEAD")));
    // Who closes while something is unread resets the connection, and a reset can overtake the answer.
    peer.shutdown(tcp::socket::shutdown_send);
    while (true) peer.read_some(asio::buffer(buffer));
} catch (const std::exception&) {  // mostly the end of the stream: the peer has left
}
// #endregion serve

// #region main
/// Waits for a peer and gives it a thread of its own.
void accept_one(tcp::acceptor& acceptor, notice_board& board, const std::filesystem::path& folder) try {
    std::thread(serve, acceptor.accept(), std::ref(board), folder).detach();
} catch (const std::exception& error) {
    std::cerr << "cannot take one more peer until others leave: " << error.what() << std::endl;
    std::this_thread::sleep_for(std::chrono::seconds(1));
}

int main(int argc, char* argv[]) {
    const std::string_view      number = argc > 1 ? argv[1] : "9504";
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/01-polling/web";
    std::uint16_t               port   = 0;
    const auto [end, wrong]            = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 01-polling [PORT] [FOLDER]" << std::endl;
        return 2;
    }
    try {
        asio::io_context io;  // every socket of Asio belongs to one; calls that wait need no more of it
        tcp::acceptor    acceptor(io, {tcp::v4(), port});
        notice_board     board;
        std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << '/' << std::endl;
        while (true) accept_one(acceptor, board, folder);
    } catch (const std::system_error& error) {
        const bool taken = error.code() == asio::error::address_in_use;
        std::cerr << "cannot listen on 0.0.0.0:" << port << ": "
                  << (taken ? "address already in use; is another server running? try another port" : error.what())
                  << std::endl;
        return 1;
    }
}
// #endregion main
