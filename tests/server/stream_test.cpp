// Tests of stream.hpp over a pair of sockets. Lesson: 13
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <duplex/stream.hpp>

#include "support/catch.hpp"
#include "support/descriptors.hpp"

using duplex::tcp_stream;

namespace {

/// Two ends of one TCP connection.
struct ends {
    explicit ends(asio::io_context& context) : far(context) {
        const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
        asio::ip::tcp::acceptor       acceptor(context, any);
        far.connect(acceptor.local_endpoint());
        near.emplace(acceptor.accept(context));
    }

    std::string read_from_far(std::size_t size) {
        std::string     bytes(size, ' ');
        std::error_code error;
        bytes.resize(far.read_some(asio::buffer(bytes), error));
        return error == asio::error::eof ? "the end" : bytes;
    }

    asio::ip::tcp::socket     far;
    std::optional<tcp_stream> near;
};

std::error_code write(tcp_stream& stream, std::string_view text) {
    std::error_code        error;
    const std::string_view pieces[] = {text.substr(0, 1), text.substr(1)};
    CHECK(stream.write(pieces, error) == text.size());
    return error;
}

}  // namespace

TEST_CASE("a read that finds nothing says so, and a wait tells when there is something") {
    asio::io_context     context;
    ends                 both(context);
    std::array<char, 10> buffer{};
    std::error_code      error;
    CHECK(both.near->read(buffer, error) == 0);
    CHECK(error == asio::error::would_block);
    std::string told;
    both.near->async_wait_readable([&](std::error_code failed) {
        CHECK_FALSE(failed);
        std::error_code none;
        told.assign(buffer.data(), both.near->read(buffer, none));
    });
    both.far.write_some(asio::buffer("Hello", 5));
    context.run();
    CHECK(told == "Hello");
}

TEST_CASE("what is written in pieces arrives as one, and then the end") {
    asio::io_context context;
    ends             both(context);
    CHECK_FALSE(write(*both.near, "Hello"));
    both.near->shutdown_send();
    CHECK(both.read_from_far(5) == "Hello");
    CHECK(both.read_from_far(5) == "the end");
}

TEST_CASE("a socket that moves to another loop goes on there") {
    asio::io_context context, other;
    ends             both(context);
    std::error_code  error;
    auto             socket = both.near->detach(error);
    REQUIRE_FALSE(error);
    tcp_stream moved(other, std::move(socket));
    CHECK_FALSE(write(moved, "Hello"));
    CHECK(both.read_from_far(5) == "Hello");
    moved.close();
    CHECK(both.read_from_far(5) == "the end");
}

TEST_CASE("a socket that was detached and never arrives anywhere is closed") {
    const auto before = test::open_descriptors();
    {
        asio::io_context context;
        ends             both(context);
        std::error_code  error;
        {
            auto lost = both.near->detach(error);
            REQUIRE_FALSE(error);
            both.near.reset();
            const auto holder = std::move(lost);
        }
        CHECK(both.read_from_far(5) == "the end");
    }
    CHECK(test::open_descriptors() == before);
}
