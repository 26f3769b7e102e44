// heap_counter.hpp: what heap_counter.cpp tells the load generator, in memory that both share.
#pragma once

#include <atomic>
#include <cstdint>

namespace bench {

struct heap_counters {
    std::atomic<std::int64_t>  bytes{0};        ///< of the heap in use, with malloc's own 8 bytes for each piece
    std::atomic<std::uint64_t> allocations{0};  ///< so far
};

/// The environment variable that holds the number of the shared memory's descriptor.
inline constexpr const char* heap_counters_variable = "BENCH_HEAP_COUNTERS";

}  // namespace bench
