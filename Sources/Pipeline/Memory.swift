// Memory of the process: the library's threads allocate and free from everywhere, which by default costs an arena of
// up to 64 MiB for each of them.
import CSystem

/// Settings of the C library's allocator.
enum Memory {
    /// Two arenas, freed memory given back early, only very large blocks mapped by themselves.
    ///
    /// Call once, before any thread.
    static func tune() {
        tidemark_tune_malloc(2, 4 << 20, 4 << 20)
    }

    /// Gives what a burst has left free back to the system; milliseconds.
    static func trim() { _ = malloc_trim(0) }
}
