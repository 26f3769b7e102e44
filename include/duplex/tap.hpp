// tap.hpp: what an observer of connections sees: each frame, both ways, as it was on the wire.  Lesson 6
//
// Lesson 6 does without an observer: where a connection asks `if (tap_)`, it has none. The inspector of lesson 8 is one.
// Nothing here knows a socket.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <duplex/events.hpp>
#include <duplex/frame.hpp>

namespace duplex {

/// Which way a frame went.
enum class direction { received, sent };

/// One frame as it went over the wire, for an observer; see server::on_wire. `trace(bytes)` says it in words.
struct wire_event {
    connection_id             fd        = 0;
    duplex::direction         direction = direction::received;
    std::chrono::milliseconds time{};   ///< when its last byte came or was accepted by the kernel; since 1970
    std::string               bytes{};  ///< its header, its masking key, and its payload as it was on the wire
    std::uint64_t size = 0;  ///< of the whole frame: more than bytes.size() when it was cut or broke off
};

/// What on_wire leaves out.
struct wire_options {
    std::size_t most_payload = 4096;  ///< bytes of a frame's payload that are shown; the rest is only counted
    std::string own_path{};           ///< connections to this path are not shown: the observer's own
};

/// Cuts a stream of bytes into its frames. It keeps nothing back: what cannot be cut is shown as it came.
class frame_splitter {
public:
    /// @param most the most bytes of a payload to show
    explicit frame_splitter(std::size_t most) : most_(most) {}

    /// Takes the next bytes of the stream; calls `show(bytes, size)` for each frame that ends in them.
    template <class Show>
    void feed(std::string_view bytes, Show show) {
        while (!bytes.empty() && !lost_) {
            if (size_ == 0 && !take_header(bytes)) break;
            const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - passed_, bytes.size()));
            kept_ += bytes.substr(0, std::min(here, most_kept_ - kept_.size()));
            passed_ += here;
            bytes.remove_prefix(here);
            if (passed_ == size_) end(show);
        }
        if (lost_) end(show);
    }

    /// The stream has ended, or nobody reads on: shows what has come of an unfinished frame.
    template <class Show>
    void end(Show show) {
        if (!kept_.empty()) show(std::string_view(kept_), std::max<std::uint64_t>(size_, kept_.size()));
        kept_.clear();
        size_ = passed_ = 0;
    }

private:
    // Takes the rest of a header from the front of `bytes`. Behind a header that breaks a rule nobody knows where
    // the next frame begins: the rest of `bytes` is shown with it, and nothing after.
    bool take_header(std::string_view& bytes) {
        const std::size_t before = kept_.size();
        kept_ += bytes.substr(0, max_header_size - before);
        const auto result = decode_header(kept_);
        if (std::holds_alternative<need_more_t>(result)) {
            bytes = {};
            return false;
        }
        if (std::holds_alternative<violation>(result)) {
            kept_.resize(before);
            kept_ += bytes.substr(0, max_header_size + most_);
            size_ = before + bytes.size();
            lost_ = true;
            return false;
        }
        const auto& [header, size] = std::get<decoded_header>(result);
        kept_.resize(size);
        bytes.remove_prefix(size - before);
        passed_    = size;
        size_      = size + header.length;
        most_kept_ = size + most_;
        return true;
    }

    std::size_t   most_;
    std::string   kept_;           // of the frame under way
    std::size_t   most_kept_ = 0;  // its header and what may be shown of its payload
    std::uint64_t size_      = 0;  // of the whole frame; 0 inside a header
    std::uint64_t passed_    = 0;  // bytes of the frame that have gone by
    bool          lost_      = false;
};

/// The two streams of a connection that somebody watches.
struct tap {
    frame_splitter received, sent;
    std::size_t    head;  ///< bytes of the 101 that have not left: they are no frame

    /// Shows what has left: the front of `pieces`, `count` bytes in all.
    template <class Show>
    void left(std::span<const std::string_view> pieces, std::size_t count, Show show) {
        for (std::string_view piece : pieces) {
            piece = piece.substr(0, count);
            count -= piece.size();
            const std::size_t skipped = std::min(head, piece.size());
            head -= skipped;
            sent.feed(piece.substr(skipped), show);
        }
    }
};

}  // namespace duplex
