// Lesson 3: the opening handshake, answered by hand, and the raw bytes that follow it.
//
//     03-handshake [PORT] [FOLDER]     9504 unless given, 0 for any free one; the folder that holds the page
//
// The program does not understand the bytes yet, so it only prints them. It prints nothing else of what a peer
// sends: a terminal obeys some bytes. Calls to a socket wait until they are done, so each peer has a thread.
// Ctrl+C may end the program anywhere: there is nothing to save.
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <iostream>
#include <syncstream>
#include <thread>

#include <asio.hpp>
#include <duplex/files.hpp>
#include <duplex/handshake.hpp>

using asio::ip::tcp;

// #region print
/// `bytes` in hex: "81 05 48".
std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string                text;
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (!text.empty()) text += ' ';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

/// Prints a line about a peer. Threads print at the same time, and osyncstream keeps their lines whole.
void print(std::uint64_t id, std::string_view text) {
    std::osyncstream(std::cout) << id << ": " << text << std::endl;
}
// #endregion print

/// Sends the last bytes. Then it reads to the end: to close while something is unread would reset the connection.
void send_last(tcp::socket& peer, std::string_view bytes) {
    asio::write(peer, asio::buffer(bytes));
    peer.shutdown(tcp::socket::shutdown_send);
    std::array<char, 1024> rest;
    for (asio::error_code end; !end;) peer.read_some(asio::buffer(rest), end);
}

// #region visitor
/// The answer to who wants a page: there is one, but not at the address that takes WebSocket connections.
std::string answer_to_visitor(const duplex::http_request& request, const std::filesystem::path& folder) {
    const duplex::violation not_here{
        "15.5.22", "this address takes WebSocket connections; open /index.html for a page that makes one", 426,
        9110};
    const bool at_root = request.path() == "/";
    const auto answer  = at_root ? duplex::handshake_refusal(not_here) : duplex::serve_file(folder, request);
    return duplex::to_bytes(answer, request.method != "HEAD");
}
// #endregion visitor

// #region serve
void serve(tcp::socket peer, const std::filesystem::path& folder) try {
    duplex::request_parser parser;
    std::array<char, 1024> buffer;
    std::string_view       bytes;
    auto                   state = parser.incomplete;
    while (state == parser.incomplete) {
        bytes = {buffer.data(), peer.read_some(asio::buffer(buffer))};
        state = parser.feed(bytes);  // takes the bytes of the head from the front
    }
    if (state == parser.refused) return send_last(peer, duplex::to_bytes(duplex::refusal(parser.why())));
    const auto& request = parser.request();
    if (!duplex::asks_for_upgrade(request)) return send_last(peer, answer_to_visitor(request, folder));
    if (const auto broken = duplex::judge_upgrade(request))
        return send_last(peer, duplex::to_bytes(duplex::handshake_refusal(*broken)));

    asio::write(peer, asio::buffer(duplex::to_bytes(duplex::switching_protocols(request))));
    static std::atomic<std::uint64_t> last_id = 0;
    const std::uint64_t               id      = ++last_id;
    print(id, "the handshake is done");

    // The first bytes may have come behind the head already; they count like those that are still to come.
    for (asio::error_code end; !end;) {
        if (!bytes.empty()) print(id, hex(bytes));
        bytes = {buffer.data(), peer.read_some(asio::buffer(buffer), end)};
    }
    print(id, "the peer has left");
} catch (const std::exception&) {  // the peer has left before it had asked or been answered
}
// #endregion serve

// #region main
/// Waits for a peer and gives it a thread of its own.
void accept_one(tcp::acceptor& acceptor, const std::filesystem::path& folder) try {
    std::thread(serve, acceptor.accept(), folder).detach();
} catch (const std::exception& error) {
    std::cerr << "cannot take one more peer until others leave: " << error.what() << std::endl;
    std::this_thread::sleep_for(std::chrono::seconds(1));
}

int main(int argc, char* argv[]) {
    const std::string_view      number = argc > 1 ? argv[1] : "9504";
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/03-handshake/web";
    std::uint16_t               port   = 0;
    const auto [end, wrong]            = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 03-handshake [PORT] [FOLDER]" << std::endl;
        return 2;
    }
    try {
        asio::io_context io;  // every socket of Asio belongs to one; calls that wait need no more of it
        tcp::acceptor    acceptor(io, {tcp::v4(), port});
        std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << '/' << std::endl;
        while (true) accept_one(acceptor, folder);
    } catch (const std::system_error& error) {
        const bool taken = error.code() == asio::error::address_in_use;
        std::cerr << "cannot listen on 0.0.0.0:" << port << ": "
                  << (taken ? "address already in use; is another server running? try another port" : error.what())
                  << std::endl;
        return 1;
    }
}
// #endregion main
