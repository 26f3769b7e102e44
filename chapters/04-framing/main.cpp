// Lesson 4: frames. Each is printed, byte for byte and in words; those with data come back as they are.
//
//     04-framing [PORT] [FOLDER]     9504 unless given, 0 for any free one; the folder that holds the page
//
// A frame is not a message yet, and control frames get no answer: lesson 5 does both. Who breaks a rule is cut off.
#include <array>
#include <atomic>
#include <charconv>
#include <iostream>
#include <syncstream>
#include <thread>

#include <asio.hpp>
#include <duplex/files.hpp>
#include <duplex/handshake.hpp>
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

// #region judge
/// The rule that a header breaks because a client has sent it to this server; decode_header knows the others.
std::optional<duplex::violation> judge(const duplex::frame_header& header) {
    if (!header.masked) return duplex::violation{"5.1", "a client must mask its frames"};
    if (header.rsv1 || header.rsv2 || header.rsv3) return duplex::violation{"5.2", "a reserved bit must be 0"};
    if (header.length > 1024 * 1024)  // without a bound, our memory would be theirs to use
        return duplex::violation{"7.4.1", "the payload is larger than this server allows", 1009};
    return std::nullopt;
}
// #endregion judge

// #region frame
/// Takes the frame at the front of `bytes` when it is whole, prints it, and adds its echo to `reply`.
/// @returns its header; or `need_more`; or the rule that it breaks
duplex::decode_result take_frame(std::uint64_t id, std::span<char>& bytes, std::string& reply) {
    const auto  result  = duplex::decode_header({bytes.data(), bytes.size()});
    const auto* decoded = std::get_if<duplex::decoded_header>(&result);
    if (!decoded) return result;
    const auto& [header, size] = *decoded;
    if (const auto broken = judge(header)) return *broken;
    if (bytes.size() - size < header.length) return duplex::need_more;
    const auto payload = bytes.subspan(size, header.length);
    print(id, "received " + duplex::trace({bytes.data(), size + payload.size()}));
    bytes = bytes.subspan(size + payload.size());
    if (!duplex::is_control(header.opcode)) {
        duplex::apply_mask(payload, header.key);  // the second time, after the client's: so it unmasks
        duplex::frame_header echo = header;
        echo.masked               = false;  // a server must not mask (§5.1)
        reply.append(duplex::encode_header(echo).view()).append(payload.data(), payload.size());
    }
    return result;
}
// #endregion frame

// #region converse
/// Echoes frames, first those that came with the request, until the peer breaks a rule. Throws when it leaves.
void converse(tcp::socket& peer, std::uint64_t id, std::string bytes) {
    std::array<char, 16 * 1024> buffer;
    while (true) {
        // One read may bring several frames, and one frame may need several reads.
        std::string           reply;
        std::span<char>       rest   = bytes;
        duplex::decode_result result = take_frame(id, rest, reply);
        while (std::holds_alternative<duplex::decoded_header>(result)) result = take_frame(id, rest, reply);
        if (const auto* broken = std::get_if<duplex::violation>(&result)) {
            const std::string_view head(rest.data(), std::min(rest.size(), duplex::max_header_size));
            print(id, "refused " + duplex::hex(head) + "   " + duplex::describe(*broken));
            return send_last(peer, reply);
        }
        asio::write(peer, asio::buffer(reply));
        bytes.erase(0, bytes.size() - rest.size());
        bytes.append(buffer.data(), peer.read_some(asio::buffer(buffer)));
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
    const std::filesystem::path folder = argc > 2 ? argv[2] : "chapters/04-framing/web";
    std::uint16_t               port   = 0;
    const auto [end, wrong]            = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 04-framing [PORT] [FOLDER]" << std::endl;
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
