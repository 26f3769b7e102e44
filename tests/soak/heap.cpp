// heap.cpp: counts what malloc gives. Asio gets some of its memory from aligned_alloc, not from operator new, so
// counting in operator new would miss it.
#include "soak/heap.hpp"

#include <malloc.h>

#include <atomic>

namespace {

std::atomic<std::size_t> in_use{0}, most{0};

void* counted(void* memory) {
    if (!memory) return nullptr;
    const std::size_t size = ::malloc_usable_size(memory);
    const std::size_t now  = in_use.fetch_add(size, std::memory_order_relaxed) + size;
    std::size_t       seen = most.load(std::memory_order_relaxed);
    while (seen < now && !most.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
    }
    return memory;
}

void discounted(void* memory) {
    if (memory) in_use.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
}

}  // namespace

#include "support/malloc_in_front.hpp"

std::size_t heap::live() { return in_use; }
std::size_t heap::peak() { return most; }
void        heap::forget_peak() { most = in_use.load(); }
