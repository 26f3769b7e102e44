// wrong_server.hpp: a small message echo on blocking sockets that is right. Each program beside it overrides
// one step and is thereby wrong in one classic way; the transcripts must find it and say what it is.
//
// It serves one peer after another, which is all that the checker needs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <asio.hpp>
#include <duplex/close_code.hpp>
#include <duplex/frame.hpp>
#include <duplex/handshake.hpp>
#include <duplex/utf8.hpp>

namespace wrong {

using duplex::frame_header, duplex::opcode, duplex::violation;

class server {
public:
    virtual ~server() = default;

    /// Runs until it is ended. @param arguments the port to listen on, 0 for any free one
    void serve(std::span<char*> arguments) {
        const int               port = arguments.size() > 1 ? std::atoi(arguments[1]) : 0;
        asio::io_context        io;
        asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
        std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << '/' << std::endl;
        while (true) {
            asio::ip::tcp::socket peer = acceptor.accept();
            socket_                    = &peer;
            input_.clear();
            end_message();
            try {
                talk();
            } catch (const std::exception&) {
                // The peer has left, or this server cannot go on with it. The next one is not concerned.
            }
        }
    }

protected:
    // ---- the steps to be wrong in

    virtual std::string accept_key(std::string_view key) {
        const auto accept = duplex::accept_key(key);
        return {accept.begin(), accept.end()};
    }

    /// The bytes of the answer to the opening handshake.
    virtual std::string handshake(const duplex::http_request& request) {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: " +
               accept_key(*request.header("Sec-WebSocket-Key")) + "\r\n\r\n";
    }

    /// What came behind the head, in the same piece.
    virtual std::string behind_the_head(std::string_view bytes) { return std::string(bytes); }

    virtual frame_header read_header() {
        std::string bytes;
        while (true) {
            const auto result = duplex::decode_header(bytes);
            if (const auto* broken = std::get_if<violation>(&result)) throw *broken;
            if (const auto* done = std::get_if<duplex::decoded_header>(&result)) return done->header;
            bytes += read(1);
        }
    }

    /// The rule that this header breaks, before any of its payload is read.
    virtual std::optional<violation> judge(const frame_header& header) {
        if (!header.masked) return violation{"5.1", "a client must mask its frames"};
        if (header.rsv1 || header.rsv2 || header.rsv3) return violation{"5.2", "no extension was negotiated"};
        if (header.length > max_message - message_.size())
            return violation{"7.4.1", "the message is too big", duplex::close_code::too_big};
        const bool continues = header.opcode == opcode::continuation;
        if (!is_control(header.opcode) && continues != in_message())
            return violation{"5.4", "a message begins once and ends before the next one"};
        return std::nullopt;
    }

    virtual std::string encode(opcode code, std::string_view payload) {
        std::string bytes(duplex::encode_header({.opcode = code, .length = payload.size()}).view());
        return bytes += payload;
    }

    virtual void on_data(const frame_header& header, const std::string& payload) {
        if (header.opcode != opcode::continuation) {
            message_opcode_ = header.opcode;
            text_           = {};
        }
        message_ += payload;
        const bool is_text = message_opcode_ == opcode::text;
        if (is_text && (!text_.feed(payload) || (header.fin && !text_.complete())))
            throw violation{"8.1", "text is UTF-8", duplex::close_code::invalid_payload};
        if (!header.fin) return;
        send(message_opcode_, message_);
        end_message();
    }

    virtual void on_ping(const std::string& payload) { send(opcode::pong, payload); }

    /// @returns whether the conversation is over
    virtual bool on_close(const duplex::close_status& status) {
        send(opcode::close, duplex::close_payload({status.code, {}}));
        return true;
    }

    // ---- what the steps are made of

    static constexpr std::uint64_t max_message = 1 << 20;

    bool in_message() const { return message_opcode_ != opcode::continuation; }

    void send(opcode code, std::string_view payload) { write(encode(code, payload)); }

    void write(std::string_view bytes) { asio::write(*socket_, asio::buffer(bytes)); }

    /// Exactly `size` bytes. Memory grows with what comes.
    std::string read(std::uint64_t size) {
        while (input_.size() < size) receive();
        const std::string bytes = input_.substr(0, static_cast<std::size_t>(size));
        input_.erase(0, bytes.size());
        return bytes;
    }

private:
    void end_message() {
        message_.clear();
        message_opcode_ = opcode::continuation;
    }

    void receive() {
        char bytes[16384];
        input_.append(bytes, socket_->read_some(asio::buffer(bytes)));
    }

    void talk() {
        if (!shake_hands()) return leave();
        try {
            while (!answer_frame()) {
            }
        } catch (const violation& broken) {
            send(opcode::close, duplex::close_payload({broken.code, describe(broken)}));
        }
        leave();
    }

    /// @returns whether frames follow
    bool shake_hands() {
        duplex::request_parser parser;
        auto                   progress = duplex::request_parser::incomplete;
        std::string_view       rest;
        while (progress == duplex::request_parser::incomplete) {
            input_.clear();
            receive();
            rest     = input_;
            progress = parser.feed(rest);
        }
        const duplex::http_request& request = parser.request();
        std::optional<violation>    broken;
        if (progress == duplex::request_parser::refused)
            broken = parser.why();
        else if (!asks_for_upgrade(request))
            broken = violation{"4.2.1", "this server speaks WebSocket", 426};
        else
            broken = judge_upgrade(request);
        if (broken) {
            write(to_bytes(handshake_refusal(*broken)));
            return false;
        }
        write(handshake(request));
        input_ = behind_the_head(std::string(rest));
        return true;
    }

    /// @returns whether the conversation is over
    bool answer_frame() {
        const frame_header header = read_header();
        if (const auto broken = judge(header)) throw *broken;
        std::string payload = read(header.length);
        if (header.masked) duplex::apply_mask(payload, header.key);
        switch (header.opcode) {
            case opcode::ping: return on_ping(payload), false;
            case opcode::pong: return false;
            case opcode::close: {
                const auto status = duplex::parse_close(payload);
                if (const auto* broken = std::get_if<violation>(&status)) throw *broken;
                return on_close(std::get<duplex::close_status>(status));
            }
            default: return on_data(header, payload), false;
        }
    }

    // Closing with unread input would destroy what was just sent.
    void leave() {
        socket_->shutdown(asio::ip::tcp::socket::shutdown_send);
        while (true) receive();
    }

    asio::ip::tcp::socket* socket_ = nullptr;
    std::string            input_;                                  // received and not read
    opcode                 message_opcode_ = opcode::continuation;  // of the message that has begun, if one has
    std::string            message_;
    duplex::utf8_validator text_;
};

}  // namespace wrong
