// Lesson 10: a chat with rooms, nicknames, a list of who is here, and a history of which nobody misses anything.
//
//     10-chat-room [PORT] [FOLDER] [HISTORY]     HISTORY: the file that keeps what is said over a restart
//     ws://…/?room=ROOM&name=NAME&key=KEY&since=ID     enters; is told the last 50 messages, if later than that id
//
// A peer sends `say TEXT` or `typing`. It is told lines with tabs between their parts: `message ID NAME TEXT`,
// `here NAME NAME …`, `typing NAME`, `too-fast TEXT`.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>

#include <duplex/duplex.hpp>

#include "history.hpp"

using namespace std::chrono_literals;

// #region member
struct member {
    std::string                           room, name, key;
    std::chrono::steady_clock::time_point paid{};

    /// What a peer sends costs it a second, and it can save five: five at once, then one each second.
    bool may_speak() {
        const auto now = std::chrono::steady_clock::now();
        paid           = std::max(paid, now - 5s);
        if (now - paid < 1s) return false;
        paid += 1s;
        return true;
    }
};
using members = std::map<duplex::connection_id, member>;
// #endregion member

// #region tell
void tell(duplex::server& ws, const members& here, const std::string& room, const std::string& line) {
    for (const auto& [fd, each] : here)
        if (each.room == room && ws.push(fd, line).reason() == duplex::push_result::queue_full)
            ws.disconnect(fd, 1013, "you do not read fast enough; come back, and you will have missed nothing");
}

void tell_who_is_here(duplex::server& ws, const members& here, const std::string& room) {
    std::string names = "here";
    for (const auto& [fd, each] : here)
        if (each.room == room) names += '\t' + each.name;
    tell(ws, here, room, names + '\n');
}
// #endregion tell

// #region enter
void enter(duplex::server& ws, members& here, history& said, const duplex::request& request) {
    const auto   value = [&](auto name) { return request.query(name).value_or(""); };
    const member guest{value("room"), value("name"), value("key")};
    for (const auto& name : {guest.room, guest.name})
        if (name.empty() || name.size() > 60 || !duplex::is_utf8(name) ||
            std::ranges::any_of(name, duplex::is_control_character))
            return void(ws.disconnect(request.fd, 4000, "room and name are 1 to 60 bytes of UTF-8, in one line"));
    const auto same = std::ranges::find_if(
        here, [&](const auto& each) { return each.second.room == guest.room && each.second.name == guest.name; });
    if (same != here.end()) {
        if (same->second.key != guest.key) return void(ws.disconnect(request.fd, 4001, "somebody has this name"));
        // The same page has come back before its old connection was found dead.
        ws.disconnect(same->first, 4002, "you have come in again");
        here.erase(same);
    }
    here[request.fd] = guest;
    // Without a number, strtoull says 0, and after 0 come all messages that are kept.
    const auto missed = said.after(guest.room, std::strtoull(value("since").c_str(), nullptr, 10));
    if (!missed.empty()) ws.push(request.fd, missed);
    tell_who_is_here(ws, here, guest.room);
}
// #endregion enter

// #region hear
void hear(duplex::server& ws, members& here, history& said, const duplex::message& message) {
    auto&       speaker = here.at(message.fd);  // after disconnect comes no message any more
    std::string line(message.data);
    std::ranges::replace_if(line, duplex::is_control_character, ' ');
    std::string_view text = line;
    const auto       verb = duplex::cut(text, ' ');
    if (message.opcode != duplex::opcode::text || (verb != "say" && verb != "typing"))
        return void(ws.disconnect(message.fd, 4003, "say TEXT, or typing"));
    if (speaker.may_speak())
        tell(ws, here, speaker.room,
             verb == "say" ? said.add(speaker.room, speaker.name, text) : "typing\t" + speaker.name + '\n');
    else if (verb == "say")
        ws.push(message.fd, "too-fast\t" + std::string(text) + '\n');
}
// #endregion hear

// #region serve
void serve(std::uint16_t port, const std::filesystem::path& folder, const std::string& kept) {
    // Only our own page may enter in the name of somebody who visits other pages too.
    duplex::server server("0.0.0.0", port, {.max_message = 2000, .allowed_origins = {"same-origin"}});
    history        said(kept);
    members        here;

    server.on_open([&](duplex::server& ws, const duplex::request& request) { enter(ws, here, said, request); });
    server.on_message([&](duplex::server& ws, const duplex::message& message) { hear(ws, here, said, message); });
    server.on_close([&](duplex::server& ws, const duplex::close_event& event) {
        const auto gone = here.extract(event.fd);  // nothing when enter has refused or replaced it
        if (gone) tell_who_is_here(ws, here, gone.mapped().room);
    });
    server.on_request([&](duplex::server&, const duplex::request& request) {
        const auto own = duplex::serve_file(folder, request);
        return own.status() == 404 ? duplex::serve_file("web", request) : own;  // what all pages share
    });
    server.stop_on({SIGINT, SIGTERM});
    std::cout << "listening on http://127.0.0.1:" << server.port() << '/' << std::endl;
    server.start();
}
// #endregion serve

// #region main
int main(int argc, char* argv[]) try {
    const std::string_view number = argc > 1 ? argv[1] : "9504";
    std::uint16_t          port   = 0;
    const auto [end, wrong]       = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 10-chat-room [PORT] [FOLDER] [HISTORY]" << std::endl;
        return 2;
    }
    serve(port, argc > 2 ? argv[2] : "chapters/10-chat-room/web", argc > 3 ? argv[3] : "");
} catch (const std::exception& error) {  // a port in use, mostly: listen_error says what to do about it
    std::cerr << error.what() << std::endl;
    return 1;
}
// #endregion main
