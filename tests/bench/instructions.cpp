// instructions: fixed conversations, for a tool that counts instructions.
//
//     instructions CONVERSATION MESSAGES
//     instructions tools 0     what the numbers depend on besides our code
//
//     receiver    20 bytes of text are read and judged, and the echo is encoded into the outbox
//     connection  the same through a whole connection, over a stream in memory
//     pipelined   the same, sixteen messages in one read
//     large       64 KiB of binary through a whole connection, in reads of 16 KiB
//
// instructions.py runs each under callgrind with two numbers of messages: the difference is what messages cost.
#include <charconv>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gnu/libc-version.h>
#include <asio/io_context.hpp>
#include <asio/version.hpp>

#include <duplex/connection.hpp>

#include "support/flaky_stream.hpp"
#include "support/raw_client.hpp"

namespace {

void expect(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

std::string masked_frame(duplex::opcode code, std::string payload) {
    constexpr duplex::masking_key key{'\x37', '\xfa', '\x21', '\x3d'};
    duplex::apply_mask(payload, key);
    const duplex::frame_header header{.masked = true, .opcode = code, .length = payload.size(), .key = key};
    return std::string(duplex::encode_header(header).view()) + payload;
}

// ---- without a connection

void receive(std::size_t messages) {
    const std::string frame = masked_frame(duplex::opcode::text, std::string(20, 'a'));
    std::string       copy;
    duplex::receiver  in(1 << 20);
    duplex::outbox    out(1 << 20);
    for (std::size_t i = 0; i < messages; ++i) {
        copy = frame;
        std::span<char> bytes(copy);
        const auto      event = in.next(bytes);
        out.push(event.data, event.opcode, true);
        expect(out.size() == 22, "the echo of 20 bytes must be 22 bytes");
        out.written(out.size());
    }
}

// ---- a whole connection

/// The least that a connection needs of an owner. It echoes.
class echo_host final : public duplex::host {
public:
    explicit echo_host(duplex::loop& home) : home_(home) {}

    const duplex::options&     settings() const override { return options_; }
    bool                       stopping() const override { return false; }
    duplex::connection_id      next_id() override { return 1; }
    duplex::loop&              home_of(duplex::connection_id) override { return home_; }
    duplex::response           answer(const duplex::request&) override { return duplex::response(404, ""); }
    duplex::handshake_decision decide(const duplex::request&) override {
        return duplex::handshake_decision::accept();
    }
    void opened(const duplex::request&) override {}
    void deliver(const duplex::message& whole) override {
        home_.find_here(whole.fd)->connection->push(whole.data, whole.opcode, true);
    }
    void ended(const duplex::close_event&) override {}
    void failed(duplex::connection_id, std::string_view what) override {
        throw std::runtime_error(std::string(what));
    }
    void gone() override {}

private:
    duplex::options options_;
    duplex::loop&   home_;
};

/// Sends `reads` again and again until `messages` have come back.
void converse(const std::vector<std::string>& reads, std::size_t messages_in_them, std::size_t answer,
              std::size_t messages) {
    asio::io_context context(1);
    duplex::loop     home(context, std::chrono::hours(1));
    echo_host        owner(home);
    const auto       peer = std::make_shared<test::line>(context);
    const auto       run  = [&] {
        context.restart();
        context.poll();
    };
    std::make_shared<duplex::connection<test::flaky_stream>>(test::flaky_stream(peer), owner, home)->start();
    peer->send(test::upgrade_request());
    run();
    const std::size_t before = peer->output().size();
    for (std::size_t sent = 0; sent < messages; sent += messages_in_them) {
        for (const auto& bytes : reads) {
            peer->send(bytes);
            run();
        }
    }
    expect(peer->output().size() == before + messages * answer, "not every message has come back");
    home.for_each([](duplex::any_connection& each) { each.abort(); });
    run();
}

std::vector<std::string> cut(const std::string& bytes, std::size_t size) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < bytes.size(); i += size) pieces.push_back(bytes.substr(i, size));
    return pieces;
}

void run(std::string_view conversation, std::size_t messages) {
    const std::string small = masked_frame(duplex::opcode::text, std::string(20, 'a'));
    const std::string large = masked_frame(duplex::opcode::binary, std::string(64 * 1024, '\xff'));
    if (conversation == "tools") {
        std::cout << "g++ " << __VERSION__ << ", glibc " << gnu_get_libc_version() << ", Asio " << ASIO_VERSION
                  << std::endl;
        return;
    }
    if (conversation == "receiver") return receive(messages);
    if (conversation == "connection") return converse({small}, 1, 22, messages);
    if (conversation == "pipelined") {
        std::string sixteen;
        for (int i = 0; i < 16; ++i) sixteen += small;
        return converse({sixteen}, 16, 22, messages);
    }
    if (conversation == "large") return converse(cut(large, 16 * 1024), 1, 10 + 64 * 1024, messages);
    throw std::invalid_argument("there is no such conversation");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::size_t            messages = 0;
        const std::string_view number   = argc == 3 ? argv[2] : "";
        if (std::from_chars(number.data(), number.data() + number.size(), messages).ec != std::errc())
            throw std::invalid_argument("usage: instructions CONVERSATION MESSAGES");
        run(argv[1], messages);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
