// By ptrace, which stops threads one by one; signals stop processes.
#define _GNU_SOURCE
#include "thread_stop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int thread_stop(int thread) {
    int status;
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) return errno;
    if (ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0) return errno;
    return waitpid(thread, &status, __WALL) == thread ? 0 : errno;
}

void thread_go_on(int thread) { ptrace(PTRACE_DETACH, thread, NULL, NULL); }

void thread_reap(int thread) {
    int status;
    waitpid(thread, &status, __WALL | WNOHANG);
}
