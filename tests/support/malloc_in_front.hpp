// malloc_in_front.hpp: stands in front of the C library's malloc and its relatives, which operator new calls as well.
//
// For one source file of a program, or of a library that is preloaded. It defines before this include
//
//     void* counted(void* memory);      // called with what was allocated, or nullptr; returns it
//     void  discounted(void* memory);   // called with what will be given back, or nullptr
#pragma once

#include <cerrno>
#include <cstddef>

// What glibc calls its own.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void  __libc_free(void*);

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
    discounted(memory);
    void* const made = __libc_realloc(memory, size);
    if (!made && size > 0) counted(memory);  // it is still there
    return counted(made);
}

void free(void* memory) noexcept {
    discounted(memory);
    __libc_free(memory);
}
}
