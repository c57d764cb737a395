#include "jemalloc_settings.h"

// One arena: the client's threads free what others have allocated, and what lies free in one arena serves no other.
// What has lain free for a fifth of a second goes back to the system, by a thread of the allocator's own.
const char *malloc_conf =
    "narenas:1,tcache_max:4096,dirty_decay_ms:200,muzzy_decay_ms:0,background_thread:true";
