// Lesson 7, the comparison: one board whose news goes out by polling, by long polling and by push, side by side.
//
//     07-push-compare [PORT] [FOLDER]     9504 unless given; the folder with compare.html. For this machine only.
//     GET  /poll?since=ID     the notes after that id, a line each: ID POSTED
//     GET  /wait?since=ID     the same, but the answer waits for news, 20 seconds at most
//     ws://127.0.0.1:PUSH/    tells each new note; PUSH is a port of its own, which /cost names
//     POST /news              puts up a note: 201 and its id
//     GET  /cost              what each way has cost so far, in JSON
//
// The server of this library answers a plain request at once. So /wait needs a few lines of its own; everything
// runs on one loop and needs no lock.
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <asio.hpp>
#include <duplex/files.hpp>
#include <duplex/server.hpp>

using asio::ip::tcp;

struct cost {
    std::uint64_t requests = 0, notes = 0, bytes_up = 0, bytes_down = 0;
};

std::string json(const cost& way) {
    return "{\"requests\": " + std::to_string(way.requests) + ", \"notes\": " + std::to_string(way.notes) +
           ", \"up\": " + std::to_string(way.bytes_up) + ", \"down\": " + std::to_string(way.bytes_down) + "}";
}

std::uint64_t lines(const std::string& news) {
    return static_cast<std::uint64_t>(std::count(news.begin(), news.end(), '\n'));
}

/// One plain request, from its first byte to its answer.
struct visit {
    tcp::socket            socket;
    asio::steady_timer     patience{socket.get_executor()};
    duplex::request_parser parser{};
    std::array<char, 4096> buffer{};
};

class comparison {
public:
    comparison(asio::io_context& io, std::uint16_t port, std::filesystem::path folder)
        : folder_(std::move(folder)),
          acceptor_(io, {asio::ip::address_v4::loopback(), port}),
          push_(io, "127.0.0.1", 0, {.allowed_origins = own_origins()}) {
        count_push();
        push_.start();
        accept();
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    std::vector<std::string> own_origins() const {
        const auto number = std::to_string(port());
        return {"http://127.0.0.1:" + number, "http://localhost:" + number};
    }

    std::string after(std::uint64_t since) {
        std::string news;
        for (auto note = notes_.upper_bound(since); note != notes_.end(); ++note) news += note->second;
        return news;
    }

    // #region put_up
    /// A note is told by push, and to those who wait. Who polls finds it when it asks.
    std::uint64_t put_up() {
        const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
        const auto id  = ++last_id_;
        notes_[id]     = std::to_string(id) + ' ' + std::to_string(now) + '\n';
        if (notes_.size() > 1000) notes_.erase(notes_.begin());
        push_.broadcast(notes_[id]);
        push_cost_.notes += push_.connections().size();
        for (const auto& each : std::exchange(waiting_, {})) tell(each, wait_cost_);
        return id;
    }
    // #endregion put_up

    // #region push
    void count_push() {
        push_.on_open([this](duplex::server&, const duplex::request& request) {
            auto head = request.method + ' ' + request.target + " HTTP/1.1\r\n";
            for (const auto& [name, value] : request.fields)
                head.append(name).append(": ").append(value).append("\r\n");
            push_cost_.requests += 1;
            push_cost_.bytes_up += head.size() + 2;
            push_cost_.bytes_down += to_bytes(duplex::switching_protocols(request), false).size();
        });
        // Each frame of the WebSocket, as it was on the wire.
        push_.on_wire([this](duplex::server&, const duplex::wire_event& frame) {
            (frame.direction == duplex::direction::sent ? push_cost_.bytes_down : push_cost_.bytes_up) +=
                frame.size;
        });
    }
    // #endregion push

    // #region plain
    void accept() {
        acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
            if (!error) read(std::make_shared<visit>(visit{std::move(socket)}));
            if (error != asio::error::operation_aborted) accept();
        });
    }

    void read(const std::shared_ptr<visit>& visit) {
        visit->socket.async_read_some(asio::buffer(visit->buffer),
                                      [this, visit](std::error_code error, auto size) {
                                          if (error) return;  // the peer has left
                                          std::string_view bytes(visit->buffer.data(), size);
                                          const auto       state = visit->parser.feed(bytes);
                                          if (state == duplex::request_parser::incomplete) return read(visit);
                                          if (state == duplex::request_parser::refused)
                                              return answer(visit, duplex::refusal(visit->parser.why()));
                                          route(visit);
                                      });
    }

    void route(const std::shared_ptr<visit>& visit) {
        const auto& request = visit->parser.request();
        if (request.path() == "/poll") return asked(visit, poll_cost_), tell(visit, poll_cost_);
        if (request.path() == "/wait") return asked(visit, wait_cost_), hold(visit);
        if (request.path() == "/cost") return answer(visit, duplex::response(200, costs(), "application/json"));
        if (request.path() == "/news" && request.method == "POST")
            return answer(visit, duplex::response(201, std::to_string(put_up()) + '\n'));
        answer(visit, duplex::serve_file(folder_, request));
    }
    // #endregion plain

    void asked(const std::shared_ptr<visit>& visit, cost& way) {
        way.requests += 1;
        way.bytes_up += visit->parser.size();
    }

    // #region hold
    static std::uint64_t since(visit& visit) {
        return std::strtoull(visit.parser.request().query("since").value_or("").c_str(), nullptr, 10);
    }

    void hold(const std::shared_ptr<visit>& visit) {
        if (since(*visit) < last_id_) return tell(visit, wait_cost_);
        waiting_.push_back(visit);
        visit->patience.expires_after(std::chrono::seconds(20));
        visit->patience.async_wait([this, visit](std::error_code) {
            if (std::erase(waiting_, visit) > 0) tell(visit, wait_cost_);  // else it has been told in the meantime
        });
    }
    // #endregion hold

    void tell(const std::shared_ptr<visit>& visit, cost& way) {
        const auto news  = after(since(*visit));
        const auto reply = duplex::response(200, news).header("Cache-Control", "no-store");
        way.notes += lines(news);
        way.bytes_down += to_bytes(reply).size();
        answer(visit, reply);
    }

    void answer(const std::shared_ptr<visit>& visit, const duplex::response& reply) {
        visit->patience.cancel();
        const auto bytes =
            std::make_shared<std::string>(to_bytes(reply, visit->parser.request().method != "HEAD"));
        // Both live until the answer has left; then nobody holds the visit, and its socket is closed.
        asio::async_write(visit->socket, asio::buffer(*bytes), [visit, bytes](std::error_code, std::size_t) {});
    }

    std::string costs() const {
        return "{\"port\": " + std::to_string(push_.port()) + ", \"newest\": " + std::to_string(last_id_) +
               ", \"poll\": " + json(poll_cost_) + ", \"wait\": " + json(wait_cost_) +
               ", \"push\": " + json(push_cost_) + "}\n";
    }

    std::filesystem::path                folder_;
    std::map<std::uint64_t, std::string> notes_;
    std::uint64_t                        last_id_ = 0;
    cost                                 poll_cost_, wait_cost_, push_cost_;
    std::vector<std::shared_ptr<visit>>  waiting_;
    tcp::acceptor                        acceptor_;
    duplex::server                       push_;
};

int main(int argc, char* argv[]) {
    const std::string_view number = argc > 1 ? argv[1] : "9504";
    std::uint16_t          port   = 0;
    const auto [end, wrong]       = std::from_chars(number.data(), number.data() + number.size(), port);
    if (wrong != std::errc() || *end != '\0') {
        std::cerr << "usage: 07-push-compare [PORT] [FOLDER]" << std::endl;
        return 2;
    }
    try {
        asio::io_context io;
        comparison       all(io, port, argc > 2 ? argv[2] : "web");
        asio::signal_set signals(io, SIGINT, SIGTERM);
        signals.async_wait([&](std::error_code, int) { io.stop(); });  // there is nothing to save
        std::cout << "listening on http://127.0.0.1:" << all.port() << '/' << std::endl;
        io.run();
    } catch (const std::system_error& error) {
        const bool taken = error.code() == asio::error::address_in_use;
        std::cerr << "cannot listen on 127.0.0.1:" << port << ": "
                  << (taken ? "address already in use; is another server running? try another port" : error.what())
                  << std::endl;
        return 1;
    }
}
