// Tests of connection.hpp over a stream in memory: every deadline on a clock of our own, and every
// conversation with something going wrong at each of its steps.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/connection.hpp>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/flaky_stream.hpp"
#include "support/raw_client.hpp"
#include "wire/transcript.hpp"

using namespace std::chrono_literals;
using namespace test::literals;
using duplex::ended_by;
using duplex::opcode;
using duplex::push_result;
using test::client_frame;
using test::close_with;
using test::mishap;
using test::server_frame;
using test::upgrade_request;

namespace {

using clock_type = duplex::loop::clock;
using connection = duplex::connection<test::flaky_stream>;

/// The owner of one connection; it echoes unless it is told otherwise.
class fake_host final : public duplex::host {
public:
    fake_host(duplex::options options, duplex::loop& where) : home(where), options_(std::move(options)) {}

    const duplex::options&     settings() const override { return options_; }
    bool                       stopping() const override { return false; }
    duplex::connection_id      next_id() override { return 7; }
    duplex::loop&              home_of(duplex::connection_id) override { return home; }
    duplex::response           answer(const duplex::request&) override { return duplex::response(200, "hello\n"); }
    duplex::handshake_decision decide(const duplex::request&) override {
        return duplex::handshake_decision::accept();
    }
    void opened(const duplex::request& asked) override {
        opens += 1;
        fd = asked.fd;
        if (on_open) on_open();
    }
    void deliver(const duplex::message& whole) override {
        CHECK(closes.empty());
        messages.emplace_back(whole.data);
        if (on_message) return on_message();
        push(whole.data, whole.opcode);
    }
    void ended(const duplex::close_event& event) override { closes.push_back(event); }
    void failed(duplex::connection_id, std::string_view what) override { errors.emplace_back(what); }
    void gone() override { gone_count += 1; }

    /// As server::push does on the connection's own loop.
    push_result push(std::string_view data, opcode code = opcode::text, bool finish = true) {
        duplex::control_block* const control = home.find_here(fd);
        return control ? control->connection->push(data, code, finish) : push_result::no_such_connection;
    }
    void with_connection(const std::function<void(duplex::any_connection&)>& use) {
        if (duplex::control_block* const control = home.find_here(fd)) use(*control->connection);
    }

    std::function<void()>            on_open, on_message;
    duplex::loop&                    home;  ///< where connections with a number live
    duplex::connection_id            fd    = 0;
    int                              opens = 0, gone_count = 0;
    std::vector<std::string>         messages, errors;
    std::vector<duplex::close_event> closes;

private:
    duplex::options options_;
};

/// One connection with all that it needs.
struct session {
    /// @param moves the connection begins on another loop than the one where it will live
    explicit session(duplex::options options = {}, bool moves = false)
        : first(moves ? entrance : home), owner(std::move(options), home) {}
    ~session() noexcept(false) {  // a check that fails may throw
        for (duplex::loop* each : {&entrance, &home}) each->for_each([](auto& left) { left.abort(); });
        run();
        if (std::uncaught_exceptions() == 0) check_the_end();
    }
    session(const session&)            = delete;
    session& operator=(const session&) = delete;

    void begin() {
        const auto made = std::make_shared<connection>(test::flaky_stream(peer), owner, first);
        subject         = made;
        made->start();
        run();
    }
    void begin_open() {
        begin();
        peer->send(upgrade_request());
        run();
        REQUIRE(owner.opens == 1);
        said = peer->output().size();
    }
    void run() {
        context.restart();
        context.poll();
    }
    void send(std::string_view bytes) {
        peer->send(bytes);
        run();
    }
    /// Lets the loop look at the deadlines, at a time of our choice.
    void tick(clock_type::time_point now) {
        home.for_each([=](duplex::any_connection& each) { each.tick(now); });
        run();
    }
    /// What the connection has sent since the last call, or since it was opened.
    std::string news() { return peer->output().substr(std::exchange(said, peer->output().size())); }

    /// What must be true of a connection that has ended, whatever has happened to it.
    void check_the_end() {
        const auto sum = [this](duplex::counter duplex::counters::*which) {
            return (entrance.count.*which).get() + (home.count.*which).get();
        };
        using counts      = duplex::counters;
        const auto opened = static_cast<std::uint64_t>(owner.opens);
        CHECK(subject.expired());
        CHECK(peer->closed());
        CHECK(owner.gone_count == 1);
        CHECK(owner.closes.size() == opened);
        CHECK(sum(&counts::closed) == 1);
        CHECK(sum(&counts::opened) == opened);
        CHECK(sum(&counts::ended) == opened);
        CHECK(sum(&counts::messages) == owner.messages.size());
        CHECK(sum(&counts::bytes_sent) == peer->output().size());
        CHECK(sum(&counts::frames_queued) == sum(&counts::frames_written) + sum(&counts::frames_discarded));
        CHECK(sum(&counts::frames_pending) == 0);
        CHECK(home.find_here(7) == nullptr);
    }

    asio::io_context            context;
    duplex::loop                entrance{context, 1s}, home{context, 1s};
    duplex::loop&               first;
    fake_host                   owner;
    std::shared_ptr<test::line> peer = std::make_shared<test::line>(context);
    std::weak_ptr<connection>   subject;
    std::size_t                 said = 0;
};

/// Plays a conversation to its end.
void play(session& stage, const std::function<void(session&)>& conversation) {
    conversation(stage);
    stage.peer->end();
    stage.run();
}

/// Plays a conversation well, and then again and again with each mishap at step 1, 2, 3 … until it has fewer
/// steps than that. A cut or a wait changes nothing of what the peer is told.
void whatever_goes_wrong(const std::function<void(session&)>& conversation, bool moves = false,
                         const duplex::options& options = {}) {
    std::string well;
    {
        session stage(options, moves);
        play(stage, conversation);
        stage.check_the_end();
        well = stage.peer->output();
    }
    for (const mishap what : {mishap::reset, mishap::end, mishap::cut, mishap::busy}) {
        for (int step = 1;; ++step) {
            INFO("at step " << step << ": " << what);
            session stage(options, moves);
            stage.peer->fail_at(step, what);
            play(stage, conversation);
            stage.check_the_end();
            if (what == mishap::cut || what == mishap::busy) CHECK(stage.peer->output() == well);
            CHECK(stage.peer->output() == well.substr(0, stage.peer->output().size()));
            if (!stage.peer->has_failed()) break;
        }
    }
}

/// What a peer says in one conversation of a transcript, piece by piece.
struct monologue {
    std::string              where;  ///< file:line
    std::vector<std::string> pieces{};
};

/// Those of all transcripts of the lessons.
std::vector<monologue> monologues() {
    std::vector<monologue> all;
    for (const auto& file : std::filesystem::recursive_directory_iterator("chapters")) {
        if (file.path().extension() != ".wire") continue;
        std::ifstream in(file.path());
        bool          begins = true;
        for (const auto& step : wire::parse(in, file.path().string()).steps) {
            if (begins || step.kind == wire::step_kind::open)
                all.push_back({file.path().string() + ':' + std::to_string(step.line)});
            begins = step.kind == wire::step_kind::eof;
            if (step.kind == wire::step_kind::open) all.back().pieces.push_back(upgrade_request(step.text));
            if (step.kind == wire::step_kind::send) all.back().pieces.push_back(step.text);
        }
    }
    return all;
}

const std::string hello = client_frame(0x81, "Hello");
const std::string bye   = client_frame(0x88, close_with(1000));

}  // namespace

// ---- step by step, for whoever writes a part of it

TEST_CASE("a handshake, a message, a ping and a close are answered one after the other") {
    session stage;
    stage.begin();
    stage.send(upgrade_request());
    REQUIRE(stage.owner.opens == 1);
    {
        INFO("flush offers the stream what waits in the outbox: here, the 101");
        REQUIRE(stage.news().starts_with("HTTP/1.1 101 "));
    }
    stage.send(hello);
    {
        INFO(
            "loop::later lets the connection read on; handle gives a message to host_.deliver, which echoes it "
            "here");
        REQUIRE(stage.owner.messages == std::vector<std::string>{"Hello"});
        REQUIRE(stage.news() == server_frame(0x81, "Hello"));
    }
    stage.send(client_frame(0x89, "?"));
    {
        INFO("handle answers a ping with a pong that has the same payload (RFC 6455 §5.5.2)");
        REQUIRE(stage.news() == server_frame(0x8a, "?"));
    }
    stage.send(bye);
    {
        INFO(
            "handle gives a close frame to on_close_frame, which answers it with the same code (RFC 6455 §5.5.1)");
        REQUIRE(stage.news() == server_frame(0x88, close_with(1000)));
    }
    INFO("when flush has written the last byte, said_all lets on_close be called and waits for the peer's end");
    REQUIRE(stage.owner.closes.size() == 1);
    REQUIRE_FALSE(stage.peer->closed());
    stage.peer->end();
    stage.run();
    CHECK(stage.peer->closed());
}

// ---- whatever goes wrong

TEST_CASE("a greeting, an echo and a close end well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        stage.send(hello);
        stage.send(hello + hello);
        stage.send(bye);
    });
}

TEST_CASE("a whole conversation in one segment ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello + client_frame(0x89, "?") + bye);
    });
}

TEST_CASE("what the peers of all transcripts say ends well whatever goes wrong") {
    const auto all = monologues();
    CHECK(all.size() > 100);
    for (const auto& [where, pieces] : all) {
        INFO(where);
        whatever_goes_wrong([&, &pieces = pieces](session& stage) {
            stage.begin();
            for (const auto& piece : pieces) stage.send(piece);
        });
    }
}

TEST_CASE("fragments with a ping between them end well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        stage.send(client_frame(0x01, "Hel") + client_frame(0x89, "?"));
        stage.send(client_frame(0x80, "lo"));
        stage.send(bye);
    });
}

TEST_CASE("a broken rule ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello);
        stage.send("81 05 48 65 6c 6c 6f"_hex);
        stage.send(hello);
    });
}

TEST_CASE("a large message ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        const std::string large = client_frame(0x82, std::string(100 * 1024, 'x'));
        stage.begin();
        stage.send(upgrade_request());
        for (std::size_t at = 0; at < large.size(); at += 30'000) stage.send(large.substr(at, 30'000));
        stage.send(bye);
    });
}

TEST_CASE("a plain request ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send("GET / HTTP/1.1\r\nHost: ");
        stage.send("a\r\n\r\n");
    });
}

TEST_CASE("a refused request ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send("nonsense\r\n\r\n");
    });
}

TEST_CASE("a connection too many ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        const auto made = std::make_shared<connection>(test::flaky_stream(stage.peer), stage.owner, stage.home);
        stage.subject   = made;
        made->start_refused();
        stage.run();
    });
}

TEST_CASE("a disconnect from a handler ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.owner.on_message = [&] {
            stage.owner.push("last words");
            stage.owner.with_connection([](auto& it) { it.disconnect(1000, "enough"); });
            CHECK(stage.owner.push("too late").reason() != push_result::queued);
        };
        stage.begin();
        stage.send(upgrade_request() + hello + hello);
        stage.send(bye);
        CHECK(stage.owner.messages.size() <= 1);
    });
}

TEST_CASE("a stop ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello);
        stage.owner.with_connection([](auto& it) { it.stop(); });
        stage.run();
        stage.send(client_frame(0x88, close_with(1001)));
    });
}

TEST_CASE("a stop before the request is complete ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send("GET / HT");
        stage.home.for_each([](duplex::any_connection& each) { each.stop(); });
        stage.run();
    });
}

TEST_CASE("an abort ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello);
        stage.home.for_each([](duplex::any_connection& each) { each.abort(); });
        stage.run();
    });
}

TEST_CASE("pushed fragments, with what waits for their end, end well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        const std::string large(20'000, 'x');
        stage.owner.push(large, opcode::binary, false);
        stage.owner.with_connection([](auto& it) { it.hand_over(server_frame(0x81, "waits")); });
        stage.owner.push(large, opcode::continuation, false);
        stage.owner.push("?", opcode::ping);
        stage.owner.push(large, opcode::continuation, true);
        stage.owner.push("follows");
        stage.run();
        stage.send(bye);
    });
}

TEST_CASE("what waits for an end that never comes ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        stage.owner.push("begun", opcode::text, false);
        stage.owner.with_connection([](auto& it) { it.hand_over(server_frame(0x81, "waits")); });
        stage.run();
        stage.send(bye);
    });
}

TEST_CASE("a handler that throws after a large push ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.owner.on_message = [&] {
            stage.owner.push(std::string(100'000, 'x'), opcode::binary);
            throw std::runtime_error("no");
        };
        stage.begin();
        stage.send(upgrade_request());
        stage.send(hello);
        stage.send(bye);
    });
}

TEST_CASE("an on_open that throws ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.owner.on_open = [&] {
            stage.owner.push(std::string(100'000, 'x'), opcode::binary);
            throw 42;
        };
        stage.begin();
        stage.send(upgrade_request() + hello);
        stage.send(bye);
    });
}

TEST_CASE("many pushes and a disconnect in one turn end well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        for (int i = 0; i < 10; ++i) stage.owner.push(std::string(10'000, 'x'), opcode::binary);
        stage.owner.with_connection([](auto& it) { it.disconnect(1000, std::string(123, 'r')); });
        stage.run();
        stage.send(bye);
    });
}

TEST_CASE("a shared frame ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        const auto large = std::make_shared<const std::string>(server_frame(0x81, std::string(5000, 'x')));
        const auto small = std::make_shared<const std::string>(server_frame(0x81, "small"));
        stage.owner.with_connection(
            [&](auto& it) { it.broadcast(large), it.broadcast(small), it.broadcast(large); });
        stage.run();
        stage.send(bye);
        CHECK(large.use_count() == 1);
    });
}

TEST_CASE("an end in the middle of a large frame ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request());
        stage.send(test::client_header(0x82, 100'000) + std::string(50'000, 'x'));
        stage.owner.with_connection([](auto& it) { it.disconnect(1000, ""); });
        stage.run();
        stage.send(std::string(50'000, 'x') + bye);
    });
}

TEST_CASE("a silent time in the middle ends well whatever goes wrong") {
    whatever_goes_wrong([](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello);
        const auto now = clock_type::now();
        stage.tick(now + 1s);  // takes note that something came
        stage.tick(now + 2s);  // notices that nothing came
        stage.tick(now + 3s);
        stage.send(hello);
        stage.send(bye);
    });
}

TEST_CASE("a hand-over to another loop ends well whatever goes wrong") {
    const auto conversation = [](session& stage) {
        stage.begin();
        stage.send(upgrade_request() + hello);
        stage.send(hello);
        stage.send(bye);
    };
    whatever_goes_wrong(conversation, true);
}

// ---- deadlines, on a clock of our own

TEST_CASE("who connects and says nothing is left without a word at the deadline") {
    const auto before = clock_type::now();
    session    stage({.handshake_timeout = 10s});
    stage.begin();
    const auto after = clock_type::now();
    stage.tick(before + 10s - 1ms);
    CHECK_FALSE(stage.peer->closed());
    stage.tick(after + 10s);
    CHECK(stage.peer->output() == "");
    stage.check_the_end();
}

TEST_CASE("a request that comes byte by byte is refused at the same deadline") {
    const auto before = clock_type::now();
    session    stage({.handshake_timeout = 10s, .close_timeout = 5s});
    stage.begin();
    const auto after = clock_type::now();
    for (int second = 0; second < 10; ++second) {
        stage.send(upgrade_request().substr(static_cast<std::size_t>(second), 1));
        stage.tick(before + second * 1s);
        CHECK(stage.peer->output() == "");
    }
    stage.tick(after + 10s);
    CHECK(stage.peer->output().starts_with("HTTP/1.1 408 "));
    CHECK(stage.peer->finished());
    CHECK_FALSE(stage.peer->closed());  // it is read on, so that the peer gets to see the answer
    REQUIRE(stage.owner.errors.size() == 1);
    CHECK(stage.owner.errors[0] == "RFC 9110 §15.5.9: a request head must be complete in time");
    stage.tick(clock_type::now() + 5s);
    stage.check_the_end();
}

TEST_CASE("a silent peer is sent one ping, and is left when it stays silent") {
    session stage({.ping_interval = 20s, .ping_timeout = 10s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.tick(now);
    stage.tick(now + 19s);
    CHECK(stage.news() == "");
    stage.tick(now + 20s);
    CHECK(stage.news() == server_frame(0x89, ""));
    stage.tick(now + 29s);  // that the kernel took the ping is no sign of life
    CHECK(stage.news() == "");
    CHECK(stage.owner.closes.empty());
    stage.tick(now + 30s);
    stage.check_the_end();
    CHECK(stage.owner.closes[0].code == 1006);
    CHECK(stage.owner.closes[0].by == ended_by::timeout);
    CHECK_FALSE(stage.owner.closes[0].clean);
}

TEST_CASE("nobody is left without having been pinged, also when the loop was held up") {
    session stage({.ping_interval = 20s, .ping_timeout = 10s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.tick(now);
    stage.tick(now + 24h);
    CHECK(stage.news() == server_frame(0x89, ""));
    stage.tick(now + 24h + 9s);
    CHECK(stage.owner.closes.empty());
    stage.tick(now + 24h + 10s);
    stage.check_the_end();
}

TEST_CASE("any byte of the peer is a sign of life, and the next silence gets its own ping") {
    const std::string signs[] = {client_frame(0x8a, ""), hello.substr(0, 1)};
    for (const auto& sign : signs) {
        session stage({.ping_interval = 20s, .ping_timeout = 10s});
        stage.begin_open();
        const auto now = clock_type::now();
        stage.tick(now);
        stage.tick(now + 20s);
        CHECK(stage.news() == server_frame(0x89, ""));
        stage.send(sign);
        stage.tick(now + 30s);
        stage.tick(now + 49s);
        CHECK(stage.news() == "");
        stage.tick(now + 50s);
        CHECK(stage.news() == server_frame(0x89, ""));
        CHECK(stage.owner.closes.empty());
    }
}

TEST_CASE("that the kernel has room again is a sign of life") {
    session stage({.ping_interval = 20s, .ping_timeout = 10s, .write_timeout = 100s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.peer->take_only(0);
    stage.owner.push("slow");
    stage.run();
    stage.tick(now);
    for (int i = 1; i <= 6; ++i) {
        stage.peer->take_only(1);
        stage.run();
        stage.tick(now + i * 25s);
    }
    CHECK(stage.owner.closes.empty());
}

TEST_CASE("a peer that takes nothing for too long is left") {
    session stage({.ping_interval = 100s, .write_timeout = 20s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.peer->take_only(0);
    stage.owner.push("nobody reads this");
    stage.run();
    stage.tick(now);
    stage.peer->take_only(1);
    stage.run();
    stage.send(hello);  // that the peer talks does not help: it must read
    stage.tick(now + 19s);
    stage.send(hello);
    stage.tick(now + 38s);
    CHECK(stage.owner.closes.empty());
    stage.tick(now + 39s);
    stage.check_the_end();
    CHECK(stage.owner.closes[0].by == ended_by::timeout);
}

TEST_CASE("a peer that does not answer a close is left after the close timeout") {
    session stage({.close_timeout = 5s});
    stage.begin_open();
    const auto before = clock_type::now();
    stage.owner.with_connection([](auto& it) { it.disconnect(1000, "enough"); });
    stage.run();
    const auto after = clock_type::now();
    CHECK(stage.news() == server_frame(0x88, close_with(1000, "enough")));
    stage.tick(before + 5s - 1ms);
    stage.send(hello);
    CHECK(stage.owner.closes.empty());
    CHECK(stage.owner.messages.empty());
    stage.tick(after + 5s);
    stage.check_the_end();
    CHECK(stage.owner.closes[0].code == 1006);
    CHECK(stage.owner.closes[0].by == ended_by::timeout);
}

TEST_CASE("what is queued before our close frame has its time, and the peer's answer has its own") {
    session stage({.ping_interval = 1h, .write_timeout = 20s, .close_timeout = 5s});
    stage.begin_open();
    stage.peer->take_only(0);
    for (int i = 0; i < 10; ++i) stage.owner.push(std::string(1000, 'x'), opcode::binary);
    stage.run();
    stage.owner.with_connection([](auto& it) { it.disconnect(1000, "enough"); });
    stage.run();
    auto now = clock_type::now();
    for (int i = 0; i < 10; ++i) {
        stage.tick(now += 15s);
        CHECK(stage.owner.closes.empty());
        stage.peer->take_only(1004);
        stage.run();
    }
    const auto before = clock_type::now();
    stage.peer->take_only(SIZE_MAX);
    stage.run();
    const auto after = clock_type::now();
    CHECK(stage.news().ends_with(server_frame(0x88, close_with(1000, "enough"))));
    stage.tick(before + 5s - 1ms);
    CHECK(stage.owner.closes.empty());
    stage.tick(after + 5s);
    stage.check_the_end();
    CHECK(stage.owner.closes[0].code == 1006);
}

TEST_CASE("a ping behind our close frame gets its pong (RFC 6455 §5.5.2)") {
    session stage;
    stage.begin_open();
    stage.owner.with_connection([](auto& it) { it.disconnect(1000, ""); });
    stage.run();
    CHECK(stage.news() == server_frame(0x88, close_with(1000)));
    stage.send(client_frame(0x89, "?") + hello);
    CHECK(stage.news() == server_frame(0x8a, "?"));
    stage.send(client_frame(0x89, "??") + bye + client_frame(0x89, "???"));
    CHECK(stage.news() == server_frame(0x8a, "??"));
    CHECK(stage.owner.messages.empty());
    REQUIRE(stage.owner.closes.size() == 1);
    CHECK(stage.owner.closes[0].clean);
}

TEST_CASE("pings behind our close frame do not put off the end") {
    session stage({.write_timeout = 1h, .close_timeout = 5s});
    stage.begin_open();
    stage.peer->take_only(0);
    stage.owner.with_connection([](auto& it) { it.disconnect(1000, ""); });
    stage.run();
    const std::string ping = client_frame(0x89, std::string(125, 'x'));
    auto              now  = clock_type::now();
    for (int i = 0; i < 5000 && stage.owner.closes.empty(); ++i) {
        stage.send(ping + ping);  // more than it takes: the queue is never empty
        stage.peer->take_only(127);
        stage.run();
        stage.tick(now += 1s);
    }
    stage.check_the_end();
}

TEST_CASE("pings behind a close frame that has left but for a byte do not put off the end") {
    session stage({.write_timeout = 1h, .close_timeout = 5s});
    stage.begin_open();
    stage.peer->take_only(3);
    stage.owner.with_connection([](auto& it) { it.disconnect(1000, ""); });
    stage.run();
    auto now = clock_type::now();
    for (int i = 0; i < 100 && stage.owner.closes.empty(); ++i) {
        stage.send(client_frame(0x89, std::string(125, 'x')));
        stage.peer->take_only(127);  // always a byte is left
        stage.run();
        stage.tick(now += 1s);
    }
    stage.check_the_end();
}

TEST_CASE("no patience at all with who does not read is patience enough with who does") {
    session stage({.write_timeout = 0ms});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.tick(now + 1s);
    stage.send(hello);
    stage.tick(now + 2s);
    CHECK(stage.owner.closes.empty());
    stage.peer->take_only(0);
    stage.owner.push("nobody reads this");
    stage.run();
    stage.tick(now + 3s);
    stage.check_the_end();
}

TEST_CASE("an end is an end: what comes behind it finds nothing to do") {
    for (const auto write_timeout : {0ms, 20'000ms}) {
        session stage({.write_timeout = write_timeout});
        stage.begin_open();
        stage.peer->take_only(0);
        stage.owner.push("queued");
        stage.home.for_each([](duplex::any_connection& each) {
            each.abort();
            each.tick(clock_type::now() + 24h);
            each.turn();
            each.abort();
        });
        stage.run();
        stage.check_the_end();
    }
}

TEST_CASE("a peer that keeps the socket after the closing handshake is left, and on_close does not wait for it") {
    session stage({.close_timeout = 5s});
    stage.begin_open();
    const auto before = clock_type::now();
    stage.send(bye);
    const auto after = clock_type::now();
    CHECK(stage.peer->finished());
    REQUIRE(stage.owner.closes.size() == 1);
    CHECK(stage.owner.closes[0].clean);
    stage.tick(before + 5s - 1ms);
    stage.send(hello);
    CHECK_FALSE(stage.peer->closed());
    stage.tick(after + 5s);
    stage.check_the_end();
}

TEST_CASE("a message that takes too long is refused when that is asked for") {
    session stage({.message_timeout = 30s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.send(client_frame(0x01, "begun"));
    stage.tick(now);
    const auto begun = now;
    stage.send(client_frame(0x00, "on"));
    stage.tick(begun + 10s);
    stage.send(client_frame(0x80, "done") + client_frame(0x01, "the next"));
    stage.tick(begun + 20s);  // the clock of the next one runs from here
    stage.send(client_frame(0x00, "on"));
    stage.tick(begun + 49s);
    CHECK(stage.owner.closes.empty());
    stage.news();
    stage.tick(begun + 50s);
    CHECK(stage.news() ==
          server_frame(0x88, close_with(1008, "RFC 6455 §10.4: a message must be complete in time")));
    REQUIRE(stage.owner.closes.size() == 1);
    CHECK(stage.owner.closes[0].code == 1008);
    CHECK(stage.owner.errors == std::vector<std::string>{"RFC 6455 §10.4: a message must be complete in time"});
    // What still comes of the message is not looked at any more.
    stage.send(client_frame(0x80, "\xff"));
    CHECK(stage.owner.errors.size() == 1);
    stage.peer->end();
    stage.run();
    stage.check_the_end();
}

TEST_CASE("a slow message is legal as long as nothing else is asked for") {
    session stage({.ping_interval = 24h});
    stage.begin_open();
    stage.send(client_frame(0x01, "begun"));
    const auto now = clock_type::now();
    for (int hour = 0; hour < 20; ++hour) stage.tick(now + hour * 1h);
    stage.send(client_frame(0x80, ""));
    CHECK(stage.owner.messages == std::vector<std::string>{"begun"});
}

TEST_CASE("an invalid text in the rest of a frame that was refused for its slowness changes nothing") {
    session stage({.message_timeout = 30s});
    stage.begin_open();
    const auto now = clock_type::now();
    stage.send(test::client_header(0x81, 100'000, "00 00 00 00"_hex) + std::string(1000, 'x'));
    stage.tick(now);
    stage.tick(now + 30s);
    REQUIRE(stage.owner.closes.size() == 1);
    stage.send(std::string(99'000, '\xff'));
    CHECK(stage.owner.errors.size() == 1);
    stage.peer->end();
    stage.run();
    stage.check_the_end();
}

// ---- a silent peer

TEST_CASE("a silent peer is heard again") {
    session stage;
    stage.begin_open();
    const auto now = clock_type::now();
    stage.tick(now);
    stage.tick(now + 1s);
    CHECK(stage.peer->waits());
    stage.send(hello);
    CHECK(stage.owner.messages == std::vector<std::string>{"Hello"});
    CHECK(stage.peer->waits());
}

TEST_CASE("a silent peer can be pushed to") {
    session stage;
    stage.begin_open();
    const auto now = clock_type::now();
    stage.tick(now);
    stage.tick(now + 1s);
    stage.tick(now + 2s);
    CHECK(stage.owner.push("psst"));
    stage.run();
    CHECK(stage.news() == server_frame(0x81, "psst"));
}

TEST_CASE("silence does not end a message that the peer has begun") {
    session stage;
    stage.begin_open();
    const auto now = clock_type::now();
    stage.send(client_frame(0x01, "Hel"));
    for (int second = 0; second < 4; ++second) stage.tick(now + second * 1s);
    stage.send(client_frame(0x80, "lo"));
    CHECK(stage.owner.messages == std::vector<std::string>{"Hello"});
}

TEST_CASE("silence does not end a header that the peer has begun") {
    session stage;
    stage.begin_open();
    const auto now = clock_type::now();
    stage.send(hello.substr(0, 3));
    for (int second = 0; second < 4; ++second) stage.tick(now + second * 1s);
    stage.send(hello.substr(3));
    CHECK(stage.owner.messages == std::vector<std::string>{"Hello"});
}

TEST_CASE("silence does not end a ping that the peer has begun") {
    session stage;
    stage.begin_open();
    const auto now  = clock_type::now();
    const auto ping = client_frame(0x89, "still there?");
    stage.send(ping.substr(0, 8));
    for (int second = 0; second < 4; ++second) stage.tick(now + second * 1s);
    stage.send(ping.substr(8));
    CHECK(stage.news() == server_frame(0x8a, "still there?"));
}

TEST_CASE("silence does not end a message that is being pushed") {
    session stage;
    stage.begin_open();
    const auto now = clock_type::now();
    CHECK(stage.owner.push("Hel", opcode::text, false));
    stage.run();
    for (int second = 0; second < 4; ++second) stage.tick(now + second * 1s);
    stage.owner.with_connection([](auto& it) { it.hand_over(server_frame(0x81, "waits")); });
    CHECK(stage.owner.push("new").reason() == push_result::unfinished_message);
    CHECK(stage.owner.push("lo", opcode::continuation, true));
    stage.run();
    CHECK(stage.news() == server_frame(0x01, "Hel") + server_frame(0x80, "lo") + server_frame(0x81, "waits"));
}

// ---- reading and writing

TEST_CASE("all replies to one read leave in one write") {
    session stage;
    stage.begin_open();
    const auto before = stage.peer->steps();
    stage.send(hello + hello + client_frame(0x89, "") + hello);
    // One read that brings all, one write; then a read that finds nothing, and a wait.
    CHECK(stage.peer->steps() - before == 4);
}

TEST_CASE("a peer that does not read what it asks for is not read from either") {
    session stage({.max_message = 1000, .send_queue = 10'000});
    stage.begin_open();
    stage.peer->take_only(0);
    const std::string kilobyte = client_frame(0x82, std::string(1000, 'x'));
    for (int i = 0; i < 100; ++i) stage.send(kilobyte);
    CHECK_FALSE(stage.peer->waits());
    const std::size_t echoed = stage.owner.messages.size();
    CHECK(echoed * 1004 > 5000);
    CHECK(echoed * 1004 <= 10'000);
    stage.peer->take_only(SIZE_MAX);
    stage.run();
    CHECK(stage.owner.messages.size() == 100);
    CHECK(stage.news().size() == 100 * 1004);
}

TEST_CASE("an answer as long as its question always finds room") {
    const std::string last_third = client_frame(0x80, std::string(333, 'c'));
    const auto question = client_frame(0x02, std::string(333, 'a')) + client_frame(0x00, std::string(334, 'b'));
    const std::string pings  = client_frame(0x89, std::string(125, 'p')) + client_frame(0x89, "?");
    const std::string answer = std::string(333, 'a') + std::string(334, 'b') + std::string(333, 'c');
    const std::string pongs  = server_frame(0x8a, std::string(125, 'p')) + server_frame(0x8a, "?");
    // The queue has room for the longest message, and not for a pong beside it.
    const duplex::options tight{.max_message = 1000, .send_queue = 1000};
    {
        session stage(tight);
        stage.begin_open();
        stage.send(question + pings + last_third + hello);
        CHECK(stage.news() == pongs + server_frame(0x82, answer) + server_frame(0x81, "Hello"));
    }
    for (const std::size_t step : {1u, 100u, 600u, 5000u}) {
        session stage(tight);
        stage.begin_open();
        stage.peer->take_only(0);
        std::string asked, answered;
        for (int i = 0; i < 20; ++i) {
            asked += question + pings + last_third + hello + client_frame(0x82, std::string(600, 'x'));
            answered += pongs + server_frame(0x82, answer) + server_frame(0x81, "Hello") +
                        server_frame(0x82, std::string(600, 'x'));
        }
        asked += bye;
        answered += server_frame(0x88, close_with(1000));
        for (std::size_t at = 0; at < asked.size(); at += step) stage.send(asked.substr(at, step));
        CHECK(stage.news() == "");
        for (std::size_t i = 0; i < answered.size(); i += 50) {
            stage.peer->take_only(50);
            stage.run();
        }
        CHECK(stage.news() == answered);
        REQUIRE(stage.owner.closes.size() == 1);
        CHECK(stage.owner.closes[0].clean);
    }
}

TEST_CASE("what was read and has to wait ends well whatever goes wrong") {
    whatever_goes_wrong(
        [](session& stage) {
            stage.begin();
            stage.send(upgrade_request());
            std::string all;
            for (int i = 0; i < 5; ++i) all += client_frame(0x82, std::string(700, 'x')) + client_frame(0x89, "?");
            stage.send(all + bye);
        },
        false, {.max_message = 1000, .send_queue = 1000});
}

TEST_CASE("who was not heard because another thread pushes is heard when that is handed over") {
    for (const std::size_t size : {1000u, 100'000u}) {
        session stage({.max_message = 1000, .send_queue = 1000});
        stage.begin_open();
        const auto frame = encode_frame(opcode::binary, std::string(size, 'x'));
        stage.home.find_here(7)->handed += frame.size();
        stage.send(hello);
        CHECK(stage.owner.messages.empty());
        stage.home.find_here(7)->handed -= frame.size();
        stage.owner.with_connection([&](auto& it) { it.hand_over(frame); });
        stage.run();
        CHECK(stage.news() == frame + server_frame(0x81, "Hello"));
    }
}

TEST_CASE("who is not heard while the queue is full is heard when that has left") {
    session stage({.max_message = 1000, .send_queue = 1000});
    stage.begin_open();
    stage.peer->take_only(0);
    stage.owner.push(std::string(900, 'x'), opcode::binary);
    stage.run();
    stage.send(hello);
    CHECK(stage.owner.messages.empty());
    stage.peer->take_only(SIZE_MAX);
    stage.run();
    CHECK(stage.owner.messages == std::vector<std::string>{"Hello"});
}

TEST_CASE("a flood of pings is bounded by the queue") {
    session stage({.max_message = 1000, .send_queue = 10'000});
    stage.begin_open();
    stage.peer->take_only(0);
    std::string flood;
    for (int i = 0; i < 1000; ++i) flood += client_frame(0x89, std::string(125, 'x'));
    for (int i = 0; i < 10; ++i) stage.send(flood);
    CHECK(stage.home.find_here(7)->buffered() > 5000);
    CHECK(stage.home.find_here(7)->buffered() <= 10'000);
}
