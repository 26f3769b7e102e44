// The receiver: the same bytes say the same however they are cut and wherever they are put, and what it hands
// out keeps every promise.
//
// Input: 1 byte of settings, 4 of cuts, then frames.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <duplex/receiver.hpp>

#include "fuzz/fuzz.hpp"
#include "unit/slow_utf8.hpp"

using duplex::received;
using duplex::receiver;
using fuzz::require;

namespace {

/// An extension that turns a message round, and refuses one that begins with `!`.
class reversed final : public duplex::message_extension {
public:
    std::variant<std::string_view, duplex::violation> inflate(std::string_view data, std::size_t limit) override {
        require(data.size() <= limit, "an extension is given no more than a message may have");
        if (data.starts_with('!')) return duplex::violation{"7.2.2", "this cannot be restored", 1007, 7692};
        text_.assign(data.rbegin(), data.rend());
        return text_;
    }
    std::optional<std::string_view> deflate(std::string_view) override { return std::nullopt; }

private:
    std::string text_;
};

struct settings {
    explicit settings(std::uint8_t choice)
        : max_message(choice & 1 ? 300 : 40'000),
          extended(choice & 2),
          with_room(choice & 4) {}

    std::size_t max_message;
    bool        extended, with_room;
};

struct event {
    explicit event(const received& said)
        : what(said.what),
          code(said.opcode),
          data(said.data),
          close_code(said.status.code),
          reason(said.status.reason),
          why(said.why) {}

    received::kind    what;
    duplex::opcode    code;
    std::string       data;
    std::uint16_t     close_code;
    std::string       reason;
    duplex::violation why;

    bool operator==(const event&) const = default;
};

void check_event(const event& said, std::size_t max_message) {
    const auto is_text = [](std::string_view text) { return test::slow_utf8(text) == test::utf8::whole; };
    switch (said.what) {
        case received::nothing: break;
        case received::message:
            require(said.data.size() <= max_message, "a message is within its limit");
            require(said.code == duplex::opcode::text || said.code == duplex::opcode::binary, "a message is data");
            if (said.code == duplex::opcode::text) require(is_text(said.data), "a text message is UTF-8");
            break;
        case received::ping:
        case received::pong: require(said.data.size() <= 125, "a control frame has 125 bytes at most"); break;
        case received::close:
            require(said.close_code == 1005 || duplex::is_sendable_close_code(said.close_code),
                    "a close has a code");
            require(is_text(said.reason) && said.reason.size() <= 123, "a reason is short and UTF-8");
            break;
        case received::refused: {
            const auto code = said.why.code;
            require(code == 1002 || code == 1007 || code == 1009, "a refusal is 1002, 1007 or 1009");
        }
    }
}

/// What is heard of frames that come in these pieces.
class listener {
public:
    listener(settings how, bool with_room)
        : max_message_(how.max_message),
          with_room_(with_room),
          subject_(how.max_message, how.extended ? &extension_ : nullptr) {}

    std::vector<event> hear(fuzz::pieces pieces) {
        for (auto& piece : pieces) {
            hear(std::span(piece));
            came_ += piece.size();
            require(subject_.capacity() <= max_message_ + 125, "memory stays within the limit of a message");
            require(subject_.capacity() <= came_ + came_ / 2 + 256, "memory grows with what comes, by half");
        }
        return std::move(said_);
    }

private:
    void hear(std::span<char> bytes) {
        while (true) {
            if (const auto room = with_room_ ? subject_.room() : std::span<char>{}; !room.empty() && !finished_) {
                if (bytes.empty()) return;
                const std::size_t size = std::min(room.size(), bytes.size());
                std::copy_n(bytes.begin(), size, room.begin());
                bytes = bytes.subspan(size);
                note(subject_.filled(size));
            } else {
                const received said = subject_.next(bytes);
                note(said);
                if (said.what == received::nothing && bytes.empty()) return;
            }
        }
    }

    void note(const received& said) {
        if (said.what == received::nothing) return;
        require(!finished_, "nothing is heard after a close or a refusal");
        finished_ = said.what == received::close || said.what == received::refused;
        check_event(said_.emplace_back(said), max_message_);
    }

    std::size_t        max_message_, came_ = 0;
    bool               with_room_, finished_ = false;
    reversed           extension_;
    receiver           subject_;
    std::vector<event> said_;
};

}  // namespace

void one_input(fuzz::input in) {
    const settings   how(in.choice());
    const fuzz::cuts cuts(in);

    const auto whole = listener(how, false).hear(fuzz::whole(in.rest()));
    const auto cut   = listener(how, how.with_room).hear(cuts.of(in.rest()));
    require(whole == cut, "the same is heard however the bytes are cut");
}
