// raw-asio: every byte that comes goes back, in the plainest way Asio has. No protocol.
#include <array>
#include <cstddef>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

namespace {

using asio::ip::tcp;

class session : public std::enable_shared_from_this<session> {
public:
    explicit session(tcp::socket socket) : socket_(std::move(socket)) { socket_.set_option(tcp::no_delay(true)); }

    void read() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [me = shared_from_this()](std::error_code error, std::size_t n) {
                                    if (!error) me->write(n);
                                });
    }

private:
    void write(std::size_t count) {
        asio::async_write(socket_, asio::buffer(buffer_, count),
                          [me = shared_from_this()](std::error_code error, std::size_t) {
                              if (!error) me->read();
                          });
    }

    tcp::socket                 socket_;
    std::array<char, 64 * 1024> buffer_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&](std::error_code error, tcp::socket socket) {
        if (!error) std::make_shared<session>(std::move(socket))->read();
        accept(acceptor);
    });
}

}  // namespace

int main() {
    asio::io_context context(1);
    tcp::acceptor    acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    acceptor.listen(4096);
    std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << '/' << std::endl;
    accept(acceptor);
    context.run();
}
