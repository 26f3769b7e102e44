// history.hpp: what was said in the rooms of a chat.                                           Lesson 10
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <duplex/http.hpp>

/// The last 50 messages of each room. A file, if there is one, keeps all, over a restart too.
class history {
public:
    // #region load
    /// @param path of the file, which is read now and added to later; empty for none
    /// @throws std::runtime_error when nothing can be written there
    explicit history(const std::string& path) {
        std::ifstream kept(path);
        for (std::string line; std::getline(kept, line);) {
            std::string_view message = line;
            const auto       room    = duplex::cut(message, '\t');
            keep(std::string(room), std::strtoull(message.data(), nullptr, 10), std::string(message));
        }
        if (!path.empty()) file_.open(path, std::ios::app);
        if (!file_) throw std::runtime_error("cannot write to " + path + "; does its folder exist?");
    }
    // #endregion load

    // #region add
    /// @returns the new message, as `after` tells it. Its id is the time in milliseconds since 1970, or more, so
    ///          that ids go on growing when the program is started again, even without a file.
    std::string add(const std::string& room, const std::string& name, std::string_view text) {
        const auto now     = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
        const auto id      = std::max(newest_ + 1, static_cast<std::uint64_t>(now));
        const auto message = std::to_string(id) + '\t' + name + '\t' + std::string(text);
        if (file_.is_open()) file_ << room << '\t' << message << std::endl;
        keep(room, id, message);
        return after(room, id - 1);
    }
    // #endregion add

    // #region after
    /// The messages after `since`, a line each: `message ID NAME TEXT` with tabs. Empty when there are none.
    std::string after(const std::string& room, std::uint64_t since) const {
        std::string lines;
        if (const auto found = rooms_.find(room); found != rooms_.end())
            for (auto each = found->second.upper_bound(since); each != found->second.end(); ++each)
                lines += "message\t" + each->second + '\n';
        return lines;
    }
    // #endregion after

private:
    // #region keep
    void keep(const std::string& room, std::uint64_t id, const std::string& message) {
        newest_        = std::max(newest_, id);
        auto& messages = rooms_[room];
        messages[id]   = message;
        if (messages.size() > 50) messages.erase(messages.begin());

        // Peers make rooms by naming them, and could fill the memory: the one that has been silent longest goes.
        const auto newest = [](const auto& each) { return each.second.rbegin()->first; };
        const auto silent = [&](const auto& one, const auto& other) { return newest(one) < newest(other); };
        if (rooms_.size() > 100) rooms_.erase(std::min_element(rooms_.begin(), rooms_.end(), silent));
    }
    // #endregion keep

    std::map<std::string, std::map<std::uint64_t, std::string>> rooms_;  // by name; messages by id
    std::uint64_t                                               newest_ = 0;
    std::ofstream                                               file_;
};
