// websocketpp [--broadcast]: a server on WebSocket++ that echoes, or sends every message to all who are connected.
#include <iostream>
#include <memory>
#include <set>
#include <string_view>

#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

namespace {

using server = websocketpp::server<websocketpp::config::asio>;
using websocketpp::connection_hdl;

}  // namespace

int main(int argc, char** argv) {
    const bool broadcast = argc > 1 && std::string_view(argv[1]) == "--broadcast";
    server     ws;
    std::set<connection_hdl, std::owner_less<connection_hdl>> all;

    ws.clear_access_channels(websocketpp::log::alevel::all);
    ws.clear_error_channels(websocketpp::log::elevel::all);
    ws.init_asio();
    ws.set_max_message_size(64u << 20);
    ws.set_listen_backlog(4096);
    ws.set_tcp_post_init_handler([&](connection_hdl handle) {
        ws.get_con_from_hdl(handle)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay(true));
    });
    ws.set_open_handler([&](connection_hdl handle) { all.insert(handle); });
    ws.set_close_handler([&](connection_hdl handle) { all.erase(handle); });
    ws.set_message_handler([&](connection_hdl handle, server::message_ptr message) {
        websocketpp::lib::error_code error;  // a peer that has just left is no error here
        if (!broadcast) return ws.send(handle, message->get_payload(), message->get_opcode(), error);
        for (const auto& each : all) ws.send(each, message->get_payload(), message->get_opcode(), error);
    });

    ws.listen(boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    websocketpp::lib::asio::error_code error;
    std::cout << "listening on http://127.0.0.1:" << ws.get_local_endpoint(error).port() << '/' << std::endl;
    ws.start_accept();
    ws.run();
}
