// Asks for a line of memory before it is needed. Any address will do: a wrong one costs nothing but the request.
static inline void tidemark_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
