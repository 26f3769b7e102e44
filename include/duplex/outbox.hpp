// outbox.hpp: frames on their way out.                             RFC 6455 §5.4              Lesson 6
//
//     push, push, push ─► [ own bytes | shared frame | own bytes ] ─► one write
//
// Small frames are copied one behind the other, so that many leave in one system call. A frame that goes to
// many peers is encoded once and shared; here only a reference waits. The outbox counts bytes and frames; who
// may add how much is decided by the connection, which knows the options.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duplex/frame.hpp>

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

    // #region add
    /// Adds bytes: the whole or the rest of `frames` frames, often a header and its payload one after the other.
    void add(std::string_view bytes, std::size_t frames) {
        constexpr std::size_t enough = 64 * 1024;  // a piece counts its frames when it ends: so it ends in time
        if (pieces_.empty() || pieces_.back().elsewhere || pieces_.back().size >= enough) pieces_.push_back({});
        reserve(bytes.size());
        own_ += bytes;
        grow(bytes.size(), frames);
    }

    /// Adds a whole frame that others send too: only a reference waits.
    void add(shared_frame frame) {
        const char* const bytes = frame->data();
        const std::size_t size  = frame->size();
        pieces_.push_back({.owner = std::move(frame), .elsewhere = bytes});
        grow(size, 1);
    }

    /// Adds the payload of one frame without a copy, for one try to write it; then call `settle`.
    void borrow(std::string_view payload) {
        pieces_.push_back({.elsewhere = payload.data()});
        grow(payload.size(), 1);
    }

    /// Copies what is left of a borrowed payload: from now on its owner may change it.
    void settle() {
        if (first_ == pieces_.size() || !pieces_.back().elsewhere || pieces_.back().owner) return;
        piece& last = pieces_.back();
        reserve(last.size);
        own_.append(last.elsewhere, last.size);
        last.elsewhere = nullptr;
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
            if (begun.elsewhere)
                begun.elsewhere += count;
            else
                own_begin_ += count;
        }
        frames_ -= frames;
        if (size_ == 0) clear();
        if (first_ > pieces_.size() / 2)
            pieces_.erase(pieces_.begin(),
                          pieces_.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
        return frames;
    }
    // #endregion front

    std::size_t size() const { return size_; }      ///< bytes waiting
    std::size_t frames() const { return frames_; }  ///< frames waiting, in whole or in part
    bool        empty() const { return size_ == 0; }

    /// Bytes of memory that the outbox holds; shared frames belong to all who share them.
    std::size_t capacity() const { return own_.capacity() + pieces_.capacity() * sizeof(piece); }

    /// Throws everything away.
    void clear() {
        pieces_.clear();
        own_.clear();
        first_ = own_begin_ = size_ = frames_ = 0;
    }

    /// Gives back memory that holds nothing.
    void shrink() {
        if (!empty()) return;
        pieces_.shrink_to_fit();
        own_.shrink_to_fit();
    }

private:
    struct piece {
        shared_frame owner{};  // of a shared frame
        const char*  elsewhere =
            nullptr;  // where a shared or borrowed frame lies; else the bytes are the next in own_
        std::size_t size   = 0;
        std::size_t frames = 0;
    };

    void grow(std::size_t bytes, std::size_t frames) {
        pieces_.back().size += bytes;
        pieces_.back().frames += frames;
        size_ += bytes;
        frames_ += frames;
    }

    // Makes room for `more` own bytes. What was written is cleared away before the string grows, and it grows by
    // half: so it never holds more than one and a half times what waits.
    void reserve(std::size_t more) {
        if (own_.size() + more <= own_.capacity()) return;
        own_.erase(0, std::exchange(own_begin_, 0));
        if (own_.size() + more > own_.capacity())
            own_.reserve(std::max(own_.size() + more, own_.capacity() + own_.capacity() / 2));
    }

    std::string        own_;
    std::vector<piece> pieces_;
    std::size_t        own_begin_ = 0;  // how much of own_ has been written
    std::size_t        first_     = 0;  // the first piece that has not
    std::size_t        size_      = 0;
    std::size_t        frames_    = 0;
};

}  // namespace duplex
