#pragma once

#include <stdint.h>

/// Blocks that the whole process has asked the C library's heap for (malloc, calloc, realloc, aligned_alloc,
/// posix_memalign), by all threads. Linking this target replaces these functions by ones that count and hand over to
/// glibc's (malloc(3), "Replacing malloc").
uint64_t ca_allocations(void);

/// Bytes of the heap that are in use (mallinfo2(3), uordblks).
uint64_t ca_heap_bytes(void);
