// heap.cpp: stands in for malloc and counts. Asio gets some of its memory from aligned_alloc, not from operator
// new, so counting in operator new would miss it.
#include "soak/heap.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>

// What glibc calls its own.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void  __libc_free(void*);
}

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

void discount(void* memory) {
    if (memory) in_use.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
}

}  // namespace

std::size_t heap::live() { return in_use; }
std::size_t heap::peak() { return most; }
void        heap::forget_peak() { most = in_use.load(); }

extern "C" {

void* malloc(std::size_t size) noexcept { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) noexcept { return counted(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept { return memalign(alignment, size); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
    void* const made = memalign(alignment, size);
    if (!made) return ENOMEM;
    *memory = made;
    return 0;
}

void* realloc(void* memory, std::size_t size) noexcept {
    discount(memory);
    void* const made = __libc_realloc(memory, size);
    if (!made && size > 0) counted(memory);  // it is still there
    return counted(made);
}

void free(void* memory) noexcept {
    discount(memory);
    __libc_free(memory);
}
}
