// receiver.hpp: from frames to messages.                           RFC 6455 §5.4-§5.6, §7, §8 Lesson 5
//
//     bytes ─► header ─► judge ─► payload ─┬─► whole frame: handed out where it lies, no copy
//                                          └─► in pieces: gathered in one buffer, handed out when complete
//
// TCP cuts the bytes where it likes, the sender cuts messages into frames where it likes, and control frames
// may stand between the frames of a message. The receiver puts together again what belongs together.
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

// #region received
/// Something that the peer has said: a message, a ping, a pong, a close, or something that breaks a rule.
struct received {
    enum kind { nothing, message, ping, pong, close, refused };

    kind             what   = nothing;
    duplex::opcode   opcode = opcode::text;  ///< of a message: text or binary, that of its first frame
    std::string_view data{};                 ///< payload of a message, ping or pong; valid until the next call
    close_status     status{};               ///< of a close
    violation        why{};                  ///< of what was refused; its code is a close code
};
// #endregion received

class receiver {
public:
    /// @param max_message the most bytes a message may have, over all its fragments
    /// @param extension   the extension that was negotiated, if any; it allows RSV1
    explicit receiver(std::size_t max_message, message_extension* extension = nullptr)
        : max_message_(std::min(max_message, SIZE_MAX / 2)), extension_(extension) {}

    // #region next
    /// Reads on in `bytes` until the peer has said something whole. Takes what it has read from the front of
    /// `bytes` and unmasks payloads in place.
    ///
    /// @returns what was said, or `nothing` when all of `bytes` is taken and more is needed. After `close` and
    ///          `refused` the peer has nothing more to say: further bytes are taken and ignored.
    received next(std::span<char>& bytes) {
        if (lent_) release();
        while (!finished_) {
            if (!in_payload_) {
                const auto header = read_header(bytes);
                if (std::holds_alternative<need_more_t>(header)) return {};
                if (const auto* broken = std::get_if<violation>(&header)) return refuse(*broken);
                if (const auto broken = begin_frame(std::get<decoded_header>(header).header))
                    return refuse(*broken);
            }
            const std::size_t here    = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            const auto        payload = bytes.first(here);
            bytes                     = bytes.subspan(here);

            // A whole frame that is a message, or a control frame, is handed out where it lies.
            if (here == frame_.length && (is_control(frame_.opcode) || (frame_.fin && !fragmented_))) {
                apply_mask(payload, frame_.key);
                in_payload_ = false;
                return hand_out({payload.data(), payload.size()});
            }
            grow(here);
            std::copy(payload.begin(), payload.end(), gathered_.get() + size_);
            if (const auto event = gather(here)) return *event;
            if (left_ > 0) return {};
        }
        bytes = {};
        return {};
    }
    // #endregion next

    // #region room
    /// Where the rest of a large frame may be read to directly, which spares it a copy; empty when the next
    /// bytes are better read elsewhere and given to `next`. It is never more than the frame still needs, and
    /// it grows with what has come, not with what was announced.
    std::span<char> room() {
        constexpr std::size_t worth_it = 16 * 1024, at_most = 256 * 1024;
        if (lent_) release();
        if (!in_payload_ || is_control(frame_.opcode) || left_ < worth_it) return {};
        if (size_ == capacity_) grow(1);
        return {gathered_.get() + size_, std::min({capacity_ - size_, static_cast<std::size_t>(left_), at_most})};
    }

    /// Takes `count` bytes that were read into `room()`.
    /// @returns what the peer has said with them, or `nothing`
    received filled(std::size_t count) { return gather(count).value_or(received{}); }
    // #endregion room

    /// Whether a message has begun and not ended.
    bool in_message() const { return fragmented_ || (in_payload_ && !is_control(frame_.opcode)); }

    /// Whether it holds nothing: the next byte begins a new message or a new control frame.
    bool idle() const { return !fragmented_ && !in_payload_ && header_size_ == 0; }

    /// The most bytes of payload that there will be of what is under way when its frame has come; 0 between messages.
    std::size_t expected() const { return size_ - lent_ + (in_payload_ ? static_cast<std::size_t>(left_) : 0); }

    /// Bytes of memory held for messages in the making.
    std::size_t capacity() const { return capacity_; }

private:
    // A header may be cut anywhere: its first bytes wait in `header_` for the rest.
    decode_result read_header(std::span<char>& bytes) {
        if (header_size_ == 0) {
            const auto result = decode_header({bytes.data(), bytes.size()});
            if (const auto* done = std::get_if<decoded_header>(&result)) bytes = bytes.subspan(done->size);
            if (!std::holds_alternative<need_more_t>(result)) return result;
        }
        const std::size_t before = header_size_;
        const std::size_t more   = std::min(header_.size() - before, bytes.size());
        std::copy_n(bytes.begin(), more, header_.begin() + static_cast<std::ptrdiff_t>(before));
        const auto result = decode_header({header_.data(), before + more});
        if (const auto* done = std::get_if<decoded_header>(&result)) {
            bytes        = bytes.subspan(done->size - before);
            header_size_ = 0;
        } else {
            bytes        = bytes.subspan(more);
            header_size_ = static_cast<std::uint8_t>(before + more);
        }
        return result;
    }

    // #region judge
    // Everything that a header says is judged before any of its payload is looked at.
    std::optional<violation> judge(const frame_header& header) const {
        const bool control = is_control(header.opcode), continues = header.opcode == opcode::continuation;
        if (!header.masked) return violation{"5.1", "a client must mask its frames"};
        if (header.rsv2 || header.rsv3 || (header.rsv1 && (!extension_ || control || continues)))
            return violation{"5.2", "a reserved bit must be 0 unless an extension gives it a meaning"};
        if (control) return std::nullopt;
        if (continues && !fragmented_)
            return violation{"5.4", "a continuation frame needs a message that has begun"};
        if (!continues && fragmented_) return violation{"5.4", "a message must end before the next one begins"};
        if (header.length > max_message_ - std::min(size_, max_message_))
            return violation{"7.4.1", "the message is larger than this server allows", close_code::too_big};
        return std::nullopt;
    }
    // #endregion judge

    std::optional<violation> begin_frame(const frame_header& header) {
        if (const auto broken = judge(header)) return broken;
        frame_      = header;
        left_       = header.length;
        in_payload_ = true;
        if (header.opcode == opcode::text || header.opcode == opcode::binary) {
            opcode_     = header.opcode;
            compressed_ = header.rsv1;
            text_       = {};
        }
        return std::nullopt;
    }

    // #region gather
    // `count` bytes of payload, still masked, lie behind what was gathered.
    std::optional<received> gather(std::size_t count) {
        const std::span<char> payload{gathered_.get() + size_, count};
        apply_mask(payload, frame_.key, static_cast<std::size_t>(frame_.length - left_));
        size_ += count;
        left_ -= count;

        if (is_control(frame_.opcode)) {
            // A control frame in pieces is gathered behind the fragments and taken off again when handed out.
            if (left_ > 0) return std::nullopt;
            in_payload_ = false;
            lent_       = static_cast<std::size_t>(frame_.length);
            return hand_out({gathered_.get() + size_ - lent_, lent_});
        }
        if (!check_text({payload.data(), count})) return refuse(not_utf8);
        if (left_ > 0) return std::nullopt;
        in_payload_ = false;
        fragmented_ = !frame_.fin;
        if (fragmented_) return std::nullopt;
        lent_ = size_;
        return finish_message({gathered_.get(), size_});
    }
    // #endregion gather

    received hand_out(std::string_view payload) {
        switch (frame_.opcode) {
            case opcode::ping: return {received::ping, frame_.opcode, payload};
            case opcode::pong: return {received::pong, frame_.opcode, payload};
            case opcode::close: {
                const auto result = parse_close(payload);
                if (const auto* broken = std::get_if<violation>(&result)) return refuse(*broken);
                finished_ = true;
                return {received::close, frame_.opcode, {}, std::get<close_status>(result)};
            }
            default: return check_text(payload) ? finish_message(payload) : refuse(not_utf8);
        }
    }

    received finish_message(std::string_view data) {
        if (compressed_) {
            const auto result = extension_->inflate(data, max_message_);
            if (const auto* broken = std::get_if<violation>(&result)) return refuse(*broken);
            data = std::get<std::string_view>(result);
            if (opcode_ == opcode::text && !text_.feed(data)) return refuse(not_utf8);
        }
        if (opcode_ == opcode::text && !text_.complete()) return refuse(not_utf8);
        return {received::message, opcode_, data};
    }

    // Text that cannot become UTF-8 any more is refused at once, not when its message ends.
    bool check_text(std::string_view piece) { return opcode_ != opcode::text || compressed_ || text_.feed(piece); }

    received refuse(const violation& broken) {
        finished_ = true;
        return {received::refused, opcode_, {}, {}, broken};
    }

    // The caller has seen what was handed out from the buffer.
    void release() {
        size_ -= lent_;
        lent_ = 0;
    }

    // #region grow
    // Makes room for `more` bytes. The buffer grows by half, from what has come, and never beyond what the
    // message can still need: a length that was only announced costs nothing.
    void grow(std::size_t more) {
        const std::size_t needed = size_ + more;
        if (needed <= capacity_) return;
        const std::size_t limit = frame_.fin && !is_control(frame_.opcode)
                                      ? size_ + static_cast<std::size_t>(left_)
                                      : max_message_ + max_control_payload;
        const std::size_t capacity =
            std::max(needed, std::min(std::max<std::size_t>(capacity_ + capacity_ / 2, 256), limit));
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        if (size_ > 0) std::memcpy(larger.get(), gathered_.get(), size_);
        gathered_ = std::move(larger);
        capacity_ = capacity;
    }
    // #endregion grow

    static constexpr violation not_utf8{"8.1", "a text message must be UTF-8", close_code::invalid_payload};

    std::size_t                       max_message_;
    message_extension*                extension_;
    std::unique_ptr<char[]>           gathered_;  // the message so far, unmasked; not initialised beyond size_
    std::size_t                       size_     = 0;
    std::size_t                       capacity_ = 0;
    std::size_t                       lent_ = 0;  // bytes at the end of the buffer that the caller is looking at
    std::uint64_t                     left_ = 0;  // bytes of the frame's payload still to come
    frame_header                      frame_;
    std::array<char, max_header_size> header_{};
    std::uint8_t                      header_size_ = 0;
    bool                              in_payload_  = false;
    bool                              fragmented_  = false;  // between the first and the last frame of a message
    bool                              compressed_  = false;
    bool                              finished_    = false;
    duplex::opcode                    opcode_      = opcode::text;
    utf8_validator                    text_;
};

}  // namespace duplex
