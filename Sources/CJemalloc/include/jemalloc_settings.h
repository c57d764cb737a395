// The allocator of the process, jemalloc(3). librdkafka allocates each record on one thread and frees it on another:
// with glibc's allocator a busy daemon takes some 4 to 13 % more processor time.
#pragma once

/// What the allocator reads before anything runs.
extern const char *malloc_conf;
