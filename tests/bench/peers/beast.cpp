// beast [--broadcast]: a server on Boost.Beast that echoes, or sends every message to all who are connected.
//
// As Beast's own examples are built, with what makes it answer in one frame and at once.
#include <cstddef>
#include <deque>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace {

namespace beast = boost::beast;
using beast::error_code;
using boost::asio::ip::tcp;

class session;

struct server_state {
    boost::asio::io_context      context{1};
    bool                         broadcast = false;
    std::unordered_set<session*> all{};
};

class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, server_state& state) : stream_(std::move(socket)), state_(state) {
        stream_.next_layer().set_option(tcp::no_delay(true));
        stream_.auto_fragment(false);
        stream_.read_message_max(64u << 20);
    }
    ~session() { state_.all.erase(this); }

    void start() {
        stream_.async_accept([me = shared_from_this()](error_code error) {
            if (error) return;
            me->state_.all.insert(me.get());
            me->read();
        });
    }

private:
    void read() {
        stream_.async_read(buffer_, [me = shared_from_this()](error_code error, std::size_t) {
            if (error) return;
            me->stream_.text(me->stream_.got_text());
            me->state_.broadcast ? me->tell_all() : me->echo();
        });
    }

    void echo() {
        stream_.async_write(buffer_.data(), [me = shared_from_this()](error_code error, std::size_t) {
            if (error) return;
            me->buffer_.clear();
            me->read();
        });
    }

    void tell_all() {
        const auto text = std::make_shared<const std::string>(beast::buffers_to_string(buffer_.data()));
        buffer_.clear();
        for (session* each : state_.all) each->queue(text);
        read();
    }

    void queue(const std::shared_ptr<const std::string>& text) {
        waiting_.push_back(text);
        if (waiting_.size() == 1) write_next();
    }

    void write_next() {
        stream_.async_write(boost::asio::buffer(*waiting_.front()),
                            [me = shared_from_this()](error_code error, std::size_t) {
                                if (error) return;
                                me->waiting_.pop_front();
                                if (!me->waiting_.empty()) me->write_next();
                            });
    }

    beast::websocket::stream<tcp::socket>          stream_;
    server_state&                                  state_;
    beast::flat_buffer                             buffer_;
    std::deque<std::shared_ptr<const std::string>> waiting_;
};

void accept(tcp::acceptor& acceptor, server_state& state) {
    acceptor.async_accept([&](error_code error, tcp::socket socket) {
        if (!error) std::make_shared<session>(std::move(socket), state)->start();
        accept(acceptor, state);
    });
}

}  // namespace

int main(int argc, char** argv) {
    server_state state;
    state.broadcast = argc > 1 && std::string_view(argv[1]) == "--broadcast";
    tcp::acceptor acceptor(state.context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    acceptor.listen(4096);
    std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << '/' << std::endl;
    accept(acceptor, state);
    state.context.run();
}
