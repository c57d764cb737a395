// What the C library has and Swift's module of it leaves out.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>

static inline void tidemark_name_thread(const char *name) {
    extern int pthread_setname_np(pthread_t, const char *);
    pthread_setname_np(pthread_self(), name);
}

// Waits for a sem_t until a timespec of the clock that never goes back, wherever the wall clock is set to meanwhile.
static inline int tidemark_wait_until(void *semaphore, const void *end) {
    extern int sem_clockwait(void *, int, const void *);
    return sem_clockwait(semaphore, 1 /* CLOCK_MONOTONIC */, end);
}
