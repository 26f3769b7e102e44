// lws [--broadcast]: a server on libwebsockets that echoes, or sends every message to all who are connected.
//
// It asks for one write per "writable" callback, and so does this program.
#include <cstddef>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <libwebsockets.h>

namespace {

struct message {
    std::string        bytes = std::string(LWS_PRE, '\0');  // the library writes the frame header in front
    lws_write_protocol kind  = LWS_WRITE_TEXT;
};

struct session {
    std::shared_ptr<message>             coming = std::make_shared<message>();
    std::deque<std::shared_ptr<message>> waiting;
};

struct server_state {
    bool                              broadcast = false;
    std::unordered_map<lws*, session> all;
};

void queue(lws* wsi, session& to, const std::shared_ptr<message>& what) {
    to.waiting.push_back(what);
    lws_callback_on_writable(wsi);
}

void receive(server_state& state, lws* wsi, const void* data, std::size_t size) {
    session& from = state.all.at(wsi);
    from.coming->bytes.append(static_cast<const char*>(data), size);
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0) return;
    const auto whole = std::exchange(from.coming, std::make_shared<message>());
    whole->kind      = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    if (!state.broadcast) return queue(wsi, from, whole);
    for (auto& [other, to] : state.all) queue(other, to, whole);
}

bool write_next(lws* wsi, session& to) {
    if (to.waiting.empty()) return true;
    const auto        next = to.waiting.front();
    const std::size_t size = next->bytes.size() - LWS_PRE;
    to.waiting.pop_front();
    auto* const begin = reinterpret_cast<unsigned char*>(next->bytes.data()) + LWS_PRE;
    if (lws_write(wsi, begin, size, next->kind) < static_cast<int>(size)) return false;
    if (!to.waiting.empty()) lws_callback_on_writable(wsi);
    return true;
}

int callback(lws* wsi, lws_callback_reasons reason, void*, void* data, std::size_t size) {
    auto& state = *static_cast<server_state*>(lws_context_user(lws_get_context(wsi)));
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED: state.all[wsi]; return 0;
        case LWS_CALLBACK_CLOSED: state.all.erase(wsi); return 0;
        case LWS_CALLBACK_RECEIVE: receive(state, wsi, data, size); return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE: return write_next(wsi, state.all.at(wsi)) ? 0 : -1;
        default: return lws_callback_http_dummy(wsi, reason, nullptr, data, size);
    }
}

}  // namespace

int main(int argc, char** argv) {
    server_state state;
    state.broadcast = argc > 1 && std::string_view(argv[1]) == "--broadcast";
    lws_set_log_level(0, nullptr);

    const lws_protocols       protocols[] = {{"messages", callback, 0, 64 * 1024, 0, nullptr, 0},
                                             {nullptr, nullptr, 0, 0, 0, nullptr, 0}};
    lws_context_creation_info info{};
    info.port      = 0;
    info.iface     = "127.0.0.1";
    info.protocols = protocols;
    info.user      = &state;
    info.options   = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;

    lws_context* const context = lws_create_context(&info);
    lws_vhost* const   host    = context ? lws_create_vhost(context, &info) : nullptr;
    if (!host) {
        std::cerr << "libwebsockets cannot listen" << std::endl;
        return 1;
    }
    std::cout << "listening on http://127.0.0.1:" << lws_get_vhost_listen_port(host) << '/' << std::endl;
    while (lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
}
