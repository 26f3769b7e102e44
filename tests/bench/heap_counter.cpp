// heap_counter: preloaded into a server, whoever wrote it, counts the live bytes of its heap.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <malloc.h>
#include <sys/mman.h>

#include "heap_counter.hpp"

namespace {

bench::heap_counters  before_main;  // the loader allocates before there is shared memory
bench::heap_counters* counters = &before_main;

std::int64_t size_of(void* piece) { return static_cast<std::int64_t>(malloc_usable_size(piece)) + 8; }

void* counted(void* piece) {
    if (!piece) return nullptr;
    counters->allocations.fetch_add(1, std::memory_order_relaxed);
    counters->bytes.fetch_add(size_of(piece), std::memory_order_relaxed);
    return piece;
}

void discounted(void* piece) {
    if (piece) counters->bytes.fetch_sub(size_of(piece), std::memory_order_relaxed);
}

__attribute__((constructor)) void share_counters() {
    const char* const descriptor = std::getenv(bench::heap_counters_variable);
    if (!descriptor) return;
    void* const shared =
        mmap(nullptr, sizeof(bench::heap_counters), PROT_READ | PROT_WRITE, MAP_SHARED, std::atoi(descriptor), 0);
    if (shared == MAP_FAILED) return;
    auto* const ours  = static_cast<bench::heap_counters*>(shared);
    ours->bytes       = before_main.bytes.load();
    ours->allocations = before_main.allocations.load();
    counters          = ours;
}

}  // namespace

#include "support/malloc_in_front.hpp"
