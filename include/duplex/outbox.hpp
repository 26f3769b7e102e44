// outbox.hpp: frames on their way out.                             RFC 6455 §5.4              Lesson 6
//
//     push, push, push ─► [ own bytes | shared frame | own bytes ] ─► one write
//
// It decides what may leave, and in which order: nothing illegal, and never more than its bound. Small frames
// are copied one behind the other, so that many leave in one system call. A frame that goes to many peers is
// encoded once and shared; here only a reference waits. Nothing here knows a socket.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/events.hpp>
#include <duplex/frame.hpp>
#include <duplex/utf8.hpp>

namespace duplex {

/// A frame that is encoded once and sent to many.
using shared_frame = std::shared_ptr<const std::string>;

/// A whole frame, unmasked, as a server sends it.
inline std::string encode_frame(opcode code, std::string_view payload, bool fin = true) {
    std::string frame(encode_header({.fin = fin, .opcode = code, .length = payload.size()}).view());
    return frame += payload;
}

class outbox {
public:
    /// The most pieces that `front` shows at a time.
    static constexpr std::size_t max_pieces = 16;

    /// @param limit the most bytes that wait; an empty outbox takes any one frame
    explicit outbox(std::size_t limit) : limit_(std::min(limit, SIZE_MAX / 2)) {}

    // #region push
    // #region judge
    /// What can be said of a push without knowing the connection: is this a frame that a server may send?
    static push_result judge(std::string_view data, opcode code, bool finish) {
        if (code == opcode::close || is_reserved(code)) return push_result::invalid_opcode;
        if (is_control(code) && !finish) return push_result::invalid_opcode;
        if (is_control(code) && data.size() > max_control_payload) return push_result::too_big;
        if (code == opcode::text && finish && !is_utf8(data)) return push_result::invalid_utf8;
        return push_result::queued;
    }
    // #endregion judge

    /// Adds a frame that `judge` has found right. A large payload is only borrowed: try to write, then `settle`.
    /// @param handed bytes that are on their way here from other threads and have been promised room
    push_result push(std::string_view data, opcode code, bool finish, std::size_t handed = 0) {
        std::unique_ptr<fragments> begun;
        fragments*                 message = nullptr;  // of which this frame is a part, if it has several
        utf8_validator             text;
        if (!is_control(code)) {
            if (fragments_ && code != opcode::continuation) return push_result::unfinished_message;
            if (!fragments_ && code == opcode::continuation) return push_result::invalid_opcode;
            if (!fragments_ && !finish) begun = std::make_unique<fragments>(fragments{code});
            message = begun ? begun.get() : fragments_.get();
            // A text in fragments is checked as it goes: the next fragment may end a character.
            if (message && message->code == opcode::text) {
                text = message->text;
                if (!text.feed(data) || (finish && !text.complete())) return push_result::invalid_utf8;
            }
        }
        const auto header = encode_header({.fin = finish, .opcode = code, .length = data.size()});
        if (!has_room(header.size + data.size(), handed)) return push_result::queue_full;

        if (data.size() >= worth_borrowing) {
            add(header.view(), 0);
            pieces_.push_back({.elsewhere = data.data()});
            count(data.size(), 1);
        } else {
            make_room(header.size + data.size());
            own_.append(header.view()).append(data);
            count(header.size + data.size(), 1);
        }
        if (begun) fragments_ = std::move(begun);
        if (message) message->text = text;
        if (message && finish) {  // what has waited for the end of this message follows it
            settle();
            const auto ended = std::move(fragments_);
            for (const auto& frame : ended->waiting) add(frame, 1), frames_ -= 1;
        }
        return push_result::queued;
    }

    /// Adds a whole frame that others send too.
    push_result share(const shared_frame& frame, std::size_t handed = 0) {
        if (must_wait(*frame)) return push_result::unfinished_message;
        if (!has_room(frame->size(), handed)) return push_result::queue_full;
        // A short frame is cheaper to copy than to share, and copies join into one piece.
        constexpr std::size_t worth_sharing = 1024;
        if (frame->size() < worth_sharing) {
            add(*frame, 1);
        } else {
            pieces_.push_back({.owner = frame, .elsewhere = frame->data()});
            count(frame->size(), 1);
        }
        return push_result::queued;
    }

    /// Adds a whole frame that was promised room. A message waits while another one is unfinished (§5.4).
    void hand_over(std::string frame) {
        if (must_wait(frame)) {
            fragments_->bytes += frame.size();
            fragments_->waiting.push_back(std::move(frame));
            frames_ += 1;
        } else {
            add(frame, 1);
        }
    }
    // #endregion push

    // #region add
    /// Adds bytes that nothing forbids: an HTTP answer, a close frame, a part of a frame.
    /// @param frames how many frames end with them
    void add(std::string_view bytes, std::size_t frames) {
        make_room(bytes.size());
        own_ += bytes;
        count(bytes.size(), frames);
    }

    /// Whether the last payload is only borrowed.
    bool borrows() const { return !pieces_.empty() && pieces_.back().elsewhere && !pieces_.back().owner; }

    /// Copies what is left of a borrowed payload: from now on its owner may change it.
    void settle() {
        if (!borrows()) return;
        piece& last = pieces_.back();
        reserve(last.size);
        own_.append(last.elsewhere, last.size);
        last.elsewhere = nullptr;
    }

    /// Nothing but a close frame will follow: forgets what waits for the end of an unfinished message.
    /// @returns how many frames that were
    std::size_t finish() {
        const auto unfinished = std::exchange(fragments_, nullptr);
        if (!unfinished) return 0;
        frames_ -= unfinished->waiting.size();
        return unfinished->waiting.size();
    }
    // #endregion add

    // #region front
    /// What to write next: up to `max_pieces` views, in order, for one gathering write.
    std::span<const std::string_view> front(std::array<std::string_view, max_pieces>& views) const {
        std::size_t own = own_begin_, count = 0;
        for (std::size_t i = first_; i < pieces_.size() && count < max_pieces; ++i) {
            const piece& next = pieces_[i];
            views[count++]    = {next.elsewhere ? next.elsewhere : own_.data() + own, next.size};
            if (!next.elsewhere) own += next.size;
        }
        return std::span(views).first(count);
    }

    /// Takes off `count` bytes that were written.
    /// @returns how many frames have left with them, each counted with the last byte of its piece
    std::size_t written(std::size_t count) {
        std::size_t frames = 0;
        size_ -= count;
        while (first_ < pieces_.size() && count >= pieces_[first_].size) {
            piece& done = pieces_[first_++];
            count -= done.size;
            frames += done.frames;
            if (!done.elsewhere) own_begin_ += done.size;
            done.owner.reset();
        }
        if (count > 0) {
            piece& begun = pieces_[first_];
            begun.size -= count;
            begun.begun = true;
            if (begun.elsewhere)
                begun.elsewhere += count;
            else
                own_begin_ += count;
        }
        frames_ -= frames;
        if (size_ == 0) forget();
        if (first_ > pieces_.size() / 2)
            pieces_.erase(pieces_.begin(),
                          pieces_.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
        return frames;
    }
    // #endregion front

    /// Whether a message has been begun and not finished.
    bool in_message() const { return fragments_ != nullptr; }
    /// All bytes, also those that wait for the end of an unfinished message.
    std::size_t buffered() const { return size_ + (fragments_ ? fragments_->bytes : 0); }
    std::size_t size() const { return size_; }      ///< bytes that can be written
    std::size_t frames() const { return frames_; }  ///< frames waiting, in whole or in part
    bool        empty() const { return size_ == 0; }

    // #region bound
    /// Whether a frame of `size` bytes may be added. What waits for the end of a message is not counted: else it could
    /// keep that end from being pushed.
    /// @param handed bytes that are on their way here from other threads and have been promised room
    bool has_room(std::size_t size, std::size_t handed = 0) const {
        const std::size_t before = size_ + handed;
        return before == 0 || before + size <= limit_;
    }
    // #endregion bound

    /// Bytes of memory that the outbox holds; shared frames belong to all who share them.
    std::size_t capacity() const { return own_.capacity() + pieces_.capacity() * sizeof(piece); }

    /// Throws everything away.
    /// @returns how many frames that were
    std::size_t discard() {
        fragments_.reset();
        forget();
        return std::exchange(frames_, 0);
    }

private:
    struct piece {
        shared_frame owner{};              // of a shared frame
        const char*  elsewhere = nullptr;  // of a shared or borrowed frame; else the bytes are the next in own_
        std::size_t  size      = 0;
        std::size_t  frames    = 0;
        bool         begun     = false;  // a part of it has left: nothing is added any more, so that it ends
    };

    // A message that is being pushed in fragments, and what has to wait for its end.
    struct fragments {
        opcode                   code;
        utf8_validator           text{};
        std::vector<std::string> waiting{};
        std::size_t              bytes = 0;  // of what waits
    };

    static constexpr std::size_t worth_borrowing = 16 * 1024;

    // Control frames may stand between the fragments of a message, others not (§5.4).
    bool must_wait(std::string_view frame) const {
        return fragments_ && !is_control(static_cast<opcode>(frame.front() & 0x0f));
    }

    void forget() {
        pieces_.clear();
        own_.clear();
        first_ = own_begin_ = size_ = 0;
    }

    // Counts what was just added to the last piece.
    void count(std::size_t bytes, std::size_t frames) {
        pieces_.back().size += bytes;
        pieces_.back().frames += frames;
        size_ += bytes;
        frames_ += frames;
    }

    // Makes sure that the last piece is one of own bytes, with room for `more`.
    void make_room(std::size_t more) {
        constexpr std::size_t enough = 64 * 1024;  // a piece counts its frames when it ends: so it ends in time
        if (pieces_.empty() || pieces_.back().elsewhere || pieces_.back().begun || pieces_.back().size >= enough)
            pieces_.push_back({});
        reserve(more);
    }

    // Makes room for `more` own bytes. What waits is moved to the front when that frees enough to be worth it;
    // else into a larger string, by half, which never holds much more than may wait.
    void reserve(std::size_t more) {
        if (own_.size() + more <= own_.capacity()) return;
        constexpr std::size_t slack = 32 * 1024;
        const std::size_t     live  = own_.size() - own_begin_;
        if (live + more <= own_.capacity() && own_begin_ >= std::min(live / 8, slack)) {
            own_.erase(0, own_begin_);
        } else {
            std::string larger;  // a string that has to reserve more may double; a new one takes what it is told
            larger.reserve(std::max(live + more, std::min(live + live / 2, limit_ + slack)));
            larger.append(own_, own_begin_);
            own_.swap(larger);
        }
        own_begin_ = 0;
    }

    std::size_t                limit_;
    std::string                own_;
    std::vector<piece>         pieces_;
    std::unique_ptr<fragments> fragments_;
    std::size_t                own_begin_ = 0;  // how much of own_ has been written
    std::size_t                first_     = 0;  // the first piece that has not
    std::size_t                size_      = 0;
    std::size_t                frames_    = 0;
};

}  // namespace duplex
