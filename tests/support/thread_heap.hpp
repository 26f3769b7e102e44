// thread_heap.hpp: what each thread has asked of the heap so far, by operator new. For one source file of a program.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace test {

struct heap_use {
    std::ptrdiff_t pieces = 0;
    std::ptrdiff_t bytes  = 0;  ///< in all of them, as large as malloc really made them
    std::ptrdiff_t live =
        0;  ///< bytes not given back; less than 0 where a thread frees what others have asked for
    std::ptrdiff_t peak = 0;  ///< the most that was live
};

inline thread_local heap_use thread_heap;

/// The most bytes that a thread can get in one piece.
inline thread_local std::size_t largest_piece = SIZE_MAX;

inline std::ptrdiff_t heap_size(void* memory) { return static_cast<std::ptrdiff_t>(::malloc_usable_size(memory)); }

}  // namespace test

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    void* const memory = size <= test::largest_piece ? std::malloc(size == 0 ? 1 : size) : nullptr;
    if (!memory) return nullptr;
    test::heap_use& heap = test::thread_heap;
    heap.pieces += 1;
    heap.bytes += test::heap_size(memory);
    heap.live += test::heap_size(memory);
    heap.peak = std::max(heap.peak, heap.live);
    return memory;
}
void* operator new(std::size_t size) {
    if (void* const memory = operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void  operator delete(void* memory) noexcept {
     test::thread_heap.live -= test::heap_size(memory);
     std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }
