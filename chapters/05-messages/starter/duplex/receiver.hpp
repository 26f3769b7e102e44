// receiver.hpp: from frames to messages.                           RFC 6455 §5.4-§5.6, §7, §8 Lesson 5
//
//     bytes ─► header ─► judge ─► payload ─┬─► whole frame: handed out where it lies, no copy
//                                          └─► in pieces: gathered in one buffer, handed out when complete
//
// TCP cuts the bytes where it likes, the sender cuts messages into frames where it likes, and control frames
// may stand between the frames of a message. The receiver puts together again what belongs together.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
// The extension is a seam for lesson 11; all tests but the last few pass without it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <duplex/close_code.hpp>
#include <duplex/frame.hpp>
#include <duplex/utf8.hpp>

namespace duplex {

/// The seam for an extension such as permessage-deflate (RFC 7692): it sees each message once, whole.
class message_extension {
public:
    virtual ~message_extension() = default;

    /// Restores a message that came with RSV1 set, at most `limit` bytes of it.
    /// @returns the restored bytes, valid until the next call; or the rule that the data broke
    virtual std::variant<std::string_view, violation> inflate(std::string_view data, std::size_t limit) = 0;

    /// Transforms a message that is to be sent with RSV1 set.
    /// @returns the bytes to send, valid until the next call; nothing to send the message as it is
    virtual std::optional<std::string_view> deflate(std::string_view data) = 0;
};

/// Something that the peer has said: a message, a ping, a pong, a close, or something that breaks a rule.
struct received {
    enum kind { nothing, message, ping, pong, close, refused };

    kind             what   = nothing;
    duplex::opcode   opcode = opcode::text;  ///< of a message: text or binary, that of its first frame
    std::string_view data{};                 ///< payload of a message, ping or pong; valid until the next call
    close_status     status{};               ///< of a close
    violation        why{};                  ///< of what was refused; its code is a close code
};

class receiver {
public:
    /// @param max_message the most bytes a message may have, over all its fragments
    /// @param extension   the extension that was negotiated, if any; it allows RSV1
    explicit receiver(std::size_t max_message, message_extension* extension = nullptr)
        : max_message_(std::min(max_message, SIZE_MAX / 2)), extension_(extension) {}

    /// Reads on in `bytes` until the peer has said something whole. Takes what it has read from the front of
    /// `bytes` and unmasks payloads in place.
    ///
    /// @returns what was said, or `nothing` when all of `bytes` is taken and more is needed. After `close` and
    ///          `refused` the peer has nothing more to say: further bytes are taken and ignored.
    received next(std::span<char>& bytes) {
        // TODO: in small steps, each of which the tests can see:
        //  1. decode_header, when the whole frame is in `bytes`; apply_mask; hand out a message, a ping, a pong.
        //  2. Take what was read from the front of `bytes`. A header or a payload may be cut anywhere: keep what
        //     has come, and answer `nothing`.
        //  3. Judge the header (RFC 6455 §5.1, §5.2, §5.4), and the length against max_message_ (1009), before any
        //     of the payload is looked at. What is refused ends it: from then on bytes are only taken.
        //  4. Gather fragments; let control frames between them through at once (§5.4).
        //  5. Text is UTF-8, and is refused with the byte that cannot be right (§8.1, 1007). parse_close reads the
        //     payload of a close frame.
        bytes = {};
        return {};
    }

    /// Where the rest of a large frame may be read to directly, which spares it a copy; empty when the next
    /// bytes are better read elsewhere and given to `next`. It is never more than the frame still needs, and
    /// it grows with what has come, not with what was announced.
    std::span<char> room() {
        // TODO: last of all. Until then an empty span is right, and costs a copy of every byte.
        return {};
    }

    /// Takes `count` bytes that were read into `room()`.
    /// @returns what the peer has said with them, or `nothing`
    received filled(std::size_t count) {
        // TODO: as if `count` bytes had been given to `next`, but they lie where `room` said.
        return {};
    }

    /// Whether a message has begun and not ended.
    bool in_message() const {
        // TODO: between two fragments, and inside the payload of a data frame.
        return false;
    }

    /// Whether it holds nothing: the next byte begins a new message or a new control frame.
    bool idle() const {
        // TODO: not inside a header, a payload or a message.
        return true;
    }

    /// The most bytes of payload that there will be of what is under way when its frame has come; 0 between messages.
    std::size_t expected() const {
        // TODO: the payload that has come and what is left of its frame. What was handed out no longer counts.
        return 0;
    }

    /// Bytes of memory held for messages in the making.
    std::size_t capacity() const {
        // TODO: what you have allocated. It grows with the bytes that came, not with those that were announced.
        return 0;
    }

private:
    // TODO: where in a frame the bytes so far end, and what has been gathered.
    [[maybe_unused]] std::size_t        max_message_;
    [[maybe_unused]] message_extension* extension_;  // may stay unused until lesson 11
};

}  // namespace duplex
