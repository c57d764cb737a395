// Memory of the process: the library's threads allocate and free from everywhere, which by default costs an arena of
// up to 64 MiB for each of them.
import CSystem

/// Settings of the C library's allocator.
public enum Memory {
    /// Two arenas, freed memory given back early, only very large blocks mapped by themselves.
    ///
    /// Call once, before any thread: a thread keeps the arena that it has begun with.
    public static func tune() {
        tidemark_tune_malloc(2, 4 << 20, 4 << 20)
    }

    /// Gives free memory back when there is much of it: what the client has fetched and freed leaves holes behind.
    static func trimIfWorthwhile() {
        if mallinfo2().fordblks > mostFree { trim() }
    }

    /// Bytes on the heap that may stay free.
    private static let mostFree = 16 << 20

    /// Gives what a burst has left free back to the system; milliseconds.
    static func trim() { _ = malloc_trim(0) }
}
