// What Swift has no name for: a line of memory asked for before it is needed, and memory in huge pages.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

// Any address will do: a wrong one costs nothing but the request.
static inline void tidemark_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

// Zeroed memory of `bytes`, whole pages aligned to `alignment`, in huge pages where there is room for them;
// null when there is none. A wish for huge pages that is not granted changes nothing but speed.
static inline void *tidemark_map(size_t bytes, size_t alignment) {
    size_t wide = bytes + alignment;
    char *start = mmap(NULL, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    size_t before = (alignment - (uintptr_t)start % alignment) % alignment;
    if (before > 0) munmap(start, before);
    munmap(start + before + bytes, wide - before - bytes);
    madvise(start + before, bytes, MADV_HUGEPAGE);
    return start + before;
}

static inline void tidemark_unmap(void *start, size_t bytes) { munmap(start, bytes); }
