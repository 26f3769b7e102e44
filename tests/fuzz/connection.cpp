// A whole connection over a stream in memory: whatever the peer sends and whatever goes wrong, it ends once, the
// books balance, and how the bytes were cut makes no difference to what is answered.
//
// Input: 1 byte of settings, 1 of what goes wrong, 1 of the step at which it does, 4 of cuts, then what a peer
// sends. The handler obeys the first letter of a message, so that the peer can make the server do things.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/connection.hpp>

#include "fuzz/fuzz.hpp"
#include "support/flaky_stream.hpp"

using namespace std::chrono_literals;
using duplex::opcode;
using fuzz::require;
using test::mishap;

namespace {

using connection = duplex::connection<test::flaky_stream>;
using clock_type = duplex::loop::clock;

struct settings {
    explicit settings(fuzz::input& in) {
        const auto choice = in.choice();
        upgraded          = choice & 1;
        moves             = choice & 2;
        ticks             = choice & 4;
        is_full           = choice & 8;
        closes_slow       = choice & 16;
        tight             = choice & 32;
        what              = static_cast<mishap>(in.choice() % 5);
        step              = in.choice() + 1;
    }
    /// Whether the answers depend on the bytes alone.
    bool nothing_goes_wrong() const { return !ticks && !is_full && what == mishap::none; }

    bool   upgraded, moves, ticks, is_full, closes_slow, tight;
    mishap what;
    int    step;
};

const duplex::options limits{.max_message     = 2000,
                             .max_head        = 1000,
                             .ping_interval   = 3s,
                             .ping_timeout    = 2s,
                             .write_timeout   = 4s,
                             .message_timeout = 5s,
                             .send_queue      = 4000,
                             .allowed_origins = {"same-origin", "https://example.com"}};

/// The owner of one connection, which does what messages say.
class owner final : public duplex::host {
public:
    owner(duplex::loop& home, duplex::options options) : home_(home), options_(std::move(options)) {}

    const duplex::options& settings() const override { return options_; }
    bool                   stopping() const override { return false; }
    duplex::connection_id  next_id() override { return 1; }
    duplex::loop&          home_of(duplex::connection_id) override { return home_; }
    duplex::response       answer(const duplex::request& asked) override {
        if (asked.path() == "/throw") throw std::runtime_error("on_request");
        return duplex::response(200, "hello\n");
    }
    duplex::handshake_decision decide(const duplex::request& asked) override {
        if (asked.path() == "/throw") throw std::runtime_error("on_handshake");
        if (asked.path() == "/refuse") return duplex::handshake_decision::refuse(duplex::response(401, "no\n"));
        return duplex::handshake_decision::accept();
    }
    void opened(const duplex::request&) override { said += "open "; }
    void deliver(const duplex::message& whole) override {
        require(said.starts_with("open ") && ends == 0, "messages come between open and close");
        require(whole.data.size() <= options_.max_message, "a message is within its limit");
        said.append(whole.data) += ' ';
        obey(whole);
    }
    void ended(const duplex::close_event& event) override {
        ++ends;
        said += "close " + std::to_string(event.code) + ' ' + event.reason;
    }
    void failed(duplex::connection_id, std::string_view what) override { said.append(what) += ' '; }
    void gone() override { ++gone_count; }

    std::string said;  ///< all that handlers were told
    int         ends = 0, gone_count = 0;

private:
    // The first letter says what to do. Whoever asks for nothing but echoes gets them all.
    void obey(const duplex::message& whole) {
        duplex::control_block* const control = home_.find_here(1);
        require(control != nullptr, "a connection that delivers is listed");
        duplex::any_connection& it = *control->connection;
        switch (whole.data.empty() ? 0 : whole.data.front()) {
            case 'b':
                it.broadcast(std::make_shared<const std::string>(encode_frame(opcode::binary, whole.data)));
                break;
            case 'd': it.disconnect(4000, whole.data.substr(0, 1)); break;
            case 'f': it.push(whole.data, opcode::binary, false); break;
            case 'h': it.hand_over(encode_frame(opcode::binary, whole.data)); break;
            case 'l': it.push(whole.data, opcode::continuation, true); break;
            case 's': it.stop(); break;
            case 't': throw std::runtime_error("on_message");
            default:
                const bool queued(it.push(whole.data, whole.opcode, true));
                if (only_echoes_) require(queued, "an answer as long as its question finds room");
                return;
        }
        only_echoes_ = false;
    }

    duplex::loop&   home_;
    duplex::options options_;
    bool            only_echoes_ = true;
};

struct outcome {
    std::string said, sent;
    bool        operator==(const outcome&) const = default;
};

const std::string upgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

void check_books(const duplex::loop& entrance, const duplex::loop& home, int ends, std::size_t sent) {
    const auto sum = [&](duplex::counter duplex::counters::*which) {
        return (entrance.count.*which).get() + (home.count.*which).get();
    };
    using counts = duplex::counters;
    require(sum(&counts::closed) == 1, "a connection is closed once");
    require(sum(&counts::opened) == sum(&counts::ended), "each on_open has its on_close");
    require(sum(&counts::ended) == static_cast<std::uint64_t>(ends), "on_close is counted");
    require(sum(&counts::bytes_sent) == sent, "each byte is counted");
    require(sum(&counts::frames_queued) == sum(&counts::frames_written) + sum(&counts::frames_discarded),
            "a frame is written or discarded");
    require(sum(&counts::frames_pending) == 0, "no frame is left");
}

/// A connection that only its loop keeps.
std::weak_ptr<connection> begin(const std::shared_ptr<test::line>& line, owner& who, duplex::loop& where) {
    const auto begun = std::make_shared<connection>(test::flaky_stream(line), who, where);
    begun->start();
    return begun;
}

outcome play(const settings& how, const fuzz::pieces& pieces) {
    static asio::io_context context;  // to make one takes longer than to play
    duplex::loop            entrance{context, 1s}, home{context, 1s};
    duplex::options         options = limits;
    if (how.closes_slow) options.slow_reader = duplex::slow_reader::close;
    if (how.tight) options.max_message = options.send_queue = 300;
    owner      who(home, options);
    const auto line = std::make_shared<test::line>(context);
    if (how.what != mishap::none) line->fail_at(how.step, how.what);

    const auto run = [&] { context.restart(), context.poll(); };
    const auto all = [&](auto use) {
        for (duplex::loop* each : {&entrance, &home}) each->for_each(use), run();
    };
    auto       now     = clock_type::now();
    const auto subject = begin(line, who, how.moves ? entrance : home);
    run();

    if (how.upgraded) line->send(upgrade), run();
    if (how.is_full) line->take_only(100);
    for (const auto& piece : pieces) {
        line->send({piece.data(), piece.size()});
        run();
        if (how.ticks) all([now = now += 1s](duplex::any_connection& each) { each.tick(now); });
        if (const auto* control = home.find_here(1))
            require(control->buffered() <= 2 * queue_limit(options), "what waits is bounded");
    }
    line->end();
    run();
    all([](duplex::any_connection& each) { each.abort(); });

    require(subject.expired(), "a connection that has ended is no more");
    require(line->closed() && who.gone_count == 1, "its socket is closed, and its owner told so, once");
    require(home.find_here(1) == nullptr, "its name is forgotten");
    check_books(entrance, home, who.ends, line->output().size());
    return {who.said, line->output()};
}

}  // namespace

void one_input(fuzz::input in) {
    const settings   how(in);
    const fuzz::cuts cuts(in);

    const outcome cut = play(how, cuts.of(in.rest()));
    if (how.nothing_goes_wrong())
        require(cut == play(how, fuzz::whole(in.rest())), "the same is answered however the bytes are cut");
}
