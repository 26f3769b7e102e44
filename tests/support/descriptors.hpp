// descriptors.hpp: how many descriptors are open, and how to have more of them than a shell usually allows.
#pragma once

#include <sys/resource.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace test {

inline std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

/// Raises this process's limit on open descriptors to at least `count`.
/// @throws std::system_error when the machine does not allow so many
inline void allow_descriptors(rlim_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= count) return;
    limit.rlim_cur = count;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::generic_category(), "this test needs more descriptors: ulimit -Hn");
}

}  // namespace test
