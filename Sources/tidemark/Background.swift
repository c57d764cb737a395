// A thread for what blocks while the main thread waits for signals.
import Glibc

/// Threads without an owner.
enum Background {
    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own.
    static func run(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Start>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, start)
        precondition(code == 0, "the system gives no more threads")
        _ = pthread_detach(thread)
    }
}
