#define _GNU_SOURCE
#include "allocation_counter.h"

#include <dlfcn.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNCOUNTED 1
#endif
#endif

static __thread long count;

long allocation_count(void) { return count; }

#ifndef UNCOUNTED
// Whatever allocator comes next does the work: it frees what it has allocated.
#define NEXT(name)                                                       \
    static __typeof__(&name) next;                                      \
    if (next == NULL) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    count++

void *malloc(size_t);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
void *memalign(size_t, size_t);
void *aligned_alloc(size_t, size_t);
int posix_memalign(void **, size_t, size_t);

void *malloc(size_t size) {
    NEXT(malloc);
    return next(size);
}

void *calloc(size_t number, size_t size) {
    NEXT(calloc);
    return next(number, size);
}

void *realloc(void *old, size_t size) {
    NEXT(realloc);
    return next(old, size);
}

void *memalign(size_t alignment, size_t size) {
    NEXT(memalign);
    return next(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    NEXT(aligned_alloc);
    return next(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    NEXT(posix_memalign);
    return next(result, alignment, size);
}
#endif
