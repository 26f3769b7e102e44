// outbox.hpp: frames on their way out.                             RFC 6455 §5.4              Lesson 6
//
//     push, push, push ─► [ own bytes | shared frame | own bytes ] ─► one write
//
// It decides what may leave, and in which order: nothing illegal, and never more than its bound. Small frames
// are copied one behind the other, so that many leave in one system call. A frame that goes to many peers is
// encoded once and shared; here only a reference waits. Nothing here knows a socket.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
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
    // TODO: encode_header of lesson 4, and the payload behind it. A server does not mask (RFC 6455 §5.1).
    return {};
}

class outbox {
public:
    /// The most pieces that `front` shows at a time.
    static constexpr std::size_t max_pieces = 16;

    /// @param limit the most bytes that wait; an empty outbox takes any one frame
    explicit outbox(std::size_t limit) : limit_(std::min(limit, SIZE_MAX / 2)) {}

    /// What can be said of a push without knowing the connection: is this a frame that a server may send?
    static push_result judge(std::string_view data, opcode code, bool finish) {
        // TODO: refuse close and reserved opcodes, fragments of a control frame, more than 125 bytes in one (RFC
        // 6455 §5.5), and whole text that is not UTF-8 (§5.6).
        return push_result::queued;
    }

    /// Adds a frame that `judge` has found right. A large payload is only borrowed: try to write, then `settle`.
    /// @param handed bytes that are on their way here from other threads and have been promised room
    push_result push(std::string_view data, opcode code, bool finish, std::size_t handed = 0) {
        // TODO: first one frame behind the other in a string of your own. Then the bound: `limit_`. Then messages
        // in fragments (§5.4): what may come between them, and UTF-8 over all of them. Borrow large payloads last.
        return push_result::queued;
    }

    /// Adds a whole frame that others send too.
    push_result share(const shared_frame& frame, std::size_t handed = 0) {
        // TODO: keep the pointer and not a copy, at least of long frames.
        return push_result::queued;
    }

    /// Adds a whole frame that was promised room. A message waits while another one is unfinished (§5.4).
    void hand_over(std::string frame) {
        // TODO: into the queue; but a message waits while another one is unfinished.
    }

    /// Adds bytes that nothing forbids: an HTTP answer, a close frame, a part of a frame.
    /// @param frames how many frames end with them
    void add(std::string_view bytes, std::size_t frames) {
        // TODO: behind what is there. `written` must know later how many frames have left.
    }

    /// Whether the last payload is only borrowed.
    bool borrows() const {
        // TODO: false is right as long as `push` copies everything.
        return false;
    }

    /// Copies what is left of a borrowed payload: from now on its owner may change it.
    void settle() {
        // TODO: nothing, as long as `push` copies everything.
    }

    /// Nothing but a close frame will follow: forgets what waits for the end of an unfinished message.
    /// @returns how many frames that were
    std::size_t finish() {
        // TODO: forget what waits for the end of an unfinished message.
        return 0;
    }

    /// What to write next: up to `max_pieces` views, in order, for one gathering write.
    std::span<const std::string_view> front(std::array<std::string_view, max_pieces>& views) const {
        // TODO: put views of the pieces into `views`, in order, and return those.
        return {};
    }

    /// Takes off `count` bytes that were written.
    /// @returns how many frames have left with them, each counted with the last byte of its piece
    std::size_t written(std::size_t count) {
        // TODO: take `count` bytes off the front. They may end in the middle of a piece.
        return 0;
    }

    /// Whether a message has been begun and not finished.
    bool in_message() const {
        // TODO: between the first and the last fragment of a message.
        return false;
    }
    /// All bytes, also those that wait for the end of an unfinished message.
    std::size_t buffered() const {
        // TODO: size(), and what waits for the end of a message.
        return 0;
    }
    std::size_t size() const {
        // TODO: what front() would show in the end.
        return 0;
    }      ///< bytes that can be written
    std::size_t frames() const {
        // TODO: count them when they are added and when they have left.
        return 0;
    }  ///< frames waiting, in whole or in part
    bool        empty() const {
        // TODO: whether there is nothing to write.
        return true;
    }

    /// Whether a frame of `size` bytes may be added. What waits for the end of a message is not counted: else it could
    /// keep that end from being pushed.
    /// @param handed bytes that are on their way here from other threads and have been promised room
    bool has_room(std::size_t size, std::size_t handed = 0) const {
        // TODO: an empty outbox has room for any one frame; otherwise the bound holds for all together.
        return true;
    }

    /// Bytes of memory that the outbox holds; shared frames belong to all who share them.
    std::size_t capacity() const {
        // TODO: what you have allocated: at most one and a half times what has waited.
        return 0;
    }

    /// Throws everything away.
    /// @returns how many frames that were
    std::size_t discard() {
        // TODO: forget everything.
        return 0;
    }

private:
    // TODO: what waits.
    [[maybe_unused]] std::size_t limit_;
};

}  // namespace duplex
