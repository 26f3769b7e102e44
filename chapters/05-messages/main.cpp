// Lesson 5: messages. Frames are put together, pings are answered, and a conversation ends with a reason.
//
//     05-messages [PORT] [FOLDER]     9504 unless given, 0 for any free one; the folder that holds the page
//
// Each message comes back as it is. Who breaks a rule is told which one, in a close frame.
#include <array>
#include <atomic>
#include <charconv>
#include <iostream>
#include <syncstream>
#include <thread>

#include <asio.hpp>
#include <duplex/files.hpp>
#include <duplex/handshake.hpp>
#include <duplex/receiver.hpp>
#include <duplex/trace.hpp>

using asio::ip::tcp;

/// Prints a line about a peer. Threads print at the same time, and osyncstream keeps their lines whole.
void print(std::uint64_t id, std::string_view text) {
    std::osyncstream(std::cout) << id << ": " << text << std::endl;
}

/// Sends the last bytes. Then it reads to the end: to close while something is unread would reset the connection.
void send_last(tcp::socket& peer, std::string_view bytes) {
    asio::write(peer, asio::buffer(bytes));
    peer.shutdown(tcp::socket::shutdown_send);
    std::array<char, 1024> rest;
    for (asio::error_code end; !end;) peer.read_some(asio::buffer(rest), end);
}

// #region frame
/// A whole frame from a server: in one piece and not masked.
std::string frame(duplex::opcode opcode, std::string_view payload) {
    const auto header = duplex::encode_header({.opcode = opcode, .length = payload.size()});
    return std::string(header.view()).append(payload);
}
// #endregion frame

// #region answer
/// Prints what the peer has said. @returns the frame that answers it; empty when nothing does
std::string answer(std::uint64_t id, const duplex::received& said) {
    // Long data is cut, and control characters are made visible: a terminal would obey them.
    const auto quoted = [](std::string_view data) {
        const auto shown = duplex::cut_at_character(data, 64);
        return std::to_string(data.size()) + " bytes \"" + duplex::escaped(shown) + (shown == data ? "\"" : "…\"");
    };
    const auto closing = [](duplex::close_status why) { return frame(duplex::opcode::close, close_payload(why)); };
    using duplex::received;
    switch (said.what) {
        case received::message:
            print(id, std::string(name(said.opcode)) + " message, " + quoted(said.data));
            return frame(said.opcode, said.data);
        case received::ping:
            print(id, "ping, " + quoted(said.data));
            return frame(duplex::opcode::pong, said.data);  // the same bytes (§5.5.3)
        case received::pong: print(id, "pong, " + quoted(said.data)); return {};
        case received::close:
            print(id, "close " + std::to_string(said.status.code) + ", reason of " + quoted(said.status.reason));
            return closing({said.status.code});  // the same code (§5.5.1)
        case received::refused:
            print(id, "refused with " + std::to_string(said.why.code) + ": " + duplex::describe(said.why));
            return closing({said.why.code, duplex::describe(said.why)});
        case received::nothing: break;
    }
    return {};
}
// #endregion answer

// #region converse
/// Answers what the peer says, first what came with the request, until one of both closes. Throws when it leaves.
void converse(tcp::socket& peer, std::uint64_t id, std::string first) {
    duplex::receiver            receiver(1024 * 1024);  // the most bytes of a message
    std::array<char, 16 * 1024> buffer;
    for (std::span<char> bytes = first;; bytes = {buffer.data(), peer.read_some(asio::buffer(buffer))}) {
        std::string reply;
        for (auto said = receiver.next(bytes); said.what != said.nothing; said = receiver.next(bytes)) {
            reply += answer(id, said);
            // After a close frame nothing more is said, and the server is the first to end the connection (§7.1.1).
            if (said.what == said.close || said.what == said.refused) return send_last(peer, reply);
        }
        asio::write(peer, asio::buffer(reply));
    }
}
// #endregion converse

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
    if (!duplex::asks_for_upgrade(request))
        return send_last(peer, duplex::to_bytes(duplex::serve_file(folder, request), request.method != "HEAD"));
    if (const auto broken = duplex::judge_upgrade(request))
        return send_last(peer, duplex::to_bytes(duplex::handshake_refusal(*broken)));

    asio::write(peer, asio::buffer(duplex::to_bytes(duplex::switching_protocols(request))));
    static std::atomic<std::uint64_t> last_id = 0;
    const std::uint64_t               id      = ++last_id;
    print(id, "the handshake is done");
    try {
        converse(peer, id, std::string(bytes));
    } catch (const std::system_error&) {
        print(id, "the peer has left");
    }
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
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/05-messages/web";
    std::uint16_t               port   = 0;
    const auto [end, wrong]            = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 05-messages [PORT] [FOLDER]" << std::endl;
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
