// Ends a poll that waits, from another thread.
import CRdKafka

/// Wakes the thread that polls a consumer; may be held longer than the consumer.
@safe public final class PollWaker: Sendable {
    private let handle: ConsumerHandle

    init(_ handle: ConsumerHandle) { self.handle = handle }

    /// Makes a poll that waits return at once, or the next one if none waits.
    public func wake() { unsafe rd_kafka_queue_yield(handle.queue) }
}

extension Consumer {
    /// Ends this consumer's polls from other threads.
    public var pollWaker: PollWaker { PollWaker(handle) }
}
