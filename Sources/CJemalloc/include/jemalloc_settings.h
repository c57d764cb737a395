// The allocator of the process, jemalloc(3). librdkafka allocates each record on one thread and frees it on another,
// which costs glibc's allocator an eighth of all the processor time of a busy daemon.
#pragma once

/// What the allocator reads before anything runs.
extern const char *malloc_conf;
