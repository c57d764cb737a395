// Threads and a semaphore of the operating system, as owning values; for the daemon's own threads, too.
import CSystem
import Glibc

/// A thread that runs a closure; join it once.
@safe package struct Thread: ~Copyable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: pthread_t

    /// Starts a thread named `name` (at most 15 bytes).
    package init(name: String, _ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(String(name.prefix(15)), body)).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                let start = unsafe Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
                unsafe tidemark_name_thread(start.name)
                start.body()
                return nil
            }, start)
        precondition(code == 0, "the system gives no more threads")
        handle = thread
    }

    /// Lets the thread run on without an owner.
    package consuming func detach() { _ = pthread_detach(handle) }

    /// Waits for the thread's end.
    package consuming func join() { _ = pthread_join(handle, nil) }
}

/// A counting semaphore.
@safe package final class CountingSemaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    /// Makes one that nothing has signalled yet.
    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Lets one wait end, the next if none is under way; any thread.
    package func signal() { _ = unsafe sem_post(semaphore) }

    /// Waits for a signal.
    package func wait() { while unsafe sem_wait(semaphore) != 0 {} }

    /// Waits at most `milliseconds`; false when the time was over.
    package func wait(milliseconds: Int) -> Bool {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = time.tv_nsec + milliseconds % 1000 * 1_000_000
        time.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        while unsafe tidemark_wait_until(semaphore, &time) != 0 {
            if errno == ETIMEDOUT { return false }
        }
        return true
    }
}
