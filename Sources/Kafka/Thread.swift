// A thread of our own that is joined by its owner.
import Glibc

/// What a thread runs.
private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// A running thread; its owner must join it.
struct Thread: ~Copyable, Sendable {
    private let id: pthread_t

    /// Starts a thread; nil when the system has none left.
    init?(_ body: @escaping @Sendable () -> Void) {
        var id = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body))
        let code = unsafe pthread_create(
            &id, nil,
            { argument in
                unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            return nil
        }
        self.id = id
    }

    /// Waits for the thread's end.
    consuming func join() { pthread_join(id, nil) }
}
