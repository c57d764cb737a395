// What ThreadSanitizer does not see by itself.
//
// C11 threads go over POSIX ones, since it knows only the latter: a thread that librdkafka starts through the C
// library's own would have no state of the sanitizer's, and crash in its first call.
//
// A Mutex of Swift's Synchronization is taken and given in instrumented code only while nobody waits for it; the rest
// is in the library, which is not instrumented. That part is called through here, and told to the sanitizer.
#define _GNU_SOURCE
#include "threads_for_sanitizer.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <dlfcn.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t body;
    void *argument;
};

static void *run(void *given) {
    struct start start = *(struct start *)given;
    free(given);
    return (void *)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return thrd_nomem;
    *start = (struct start){body, argument};
    if (pthread_create(thread, NULL, run, start) == 0) return thrd_success;
    free(start);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result) {
    void *value;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result) *result = (int)(intptr_t)value;
    return thrd_success;
}

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define HANDLE __attribute__((swift_context)) void *handle

#define SWIFT __attribute__((swiftcall))

typedef SWIFT void (*lock_function)(uint32_t owner, HANDLE);
typedef SWIFT void (*unlock_function)(HANDLE);

SWIFT void tidemark_lock(uint32_t owner, HANDLE) __asm__(LOCK);
SWIFT void tidemark_unlock(HANDLE) __asm__(UNLOCK);

SWIFT void tidemark_lock(uint32_t owner, HANDLE) {
    ((lock_function)dlsym(RTLD_NEXT, LOCK))(owner, handle);
    __tsan_acquire(handle);
}

SWIFT void tidemark_unlock(HANDLE) {
    __tsan_release(handle);
    ((unlock_function)dlsym(RTLD_NEXT, UNLOCK))(handle);
}
#endif
#endif

int threads_for_sanitizer(void) { return 0; }
