// heap.hpp: how many bytes of heap are in use, counted and not guessed from what the kernel has handed out.
#pragma once

#include <cstddef>

namespace heap {

/// Bytes in use, as large as malloc really made them.
std::size_t live();

/// The most that `live` has been since the last `forget_peak`.
std::size_t peak();
void        forget_peak();

}  // namespace heap
