// What the library tells us besides records: log lines, statistics, errors of the whole client.

/// Levels of a log line, as syslog numbers them.
public enum LogLevel: Int32, Sendable, Comparable {
    /// The process cannot go on.
    case emergency = 0
    /// Someone must act at once.
    case alert = 1
    /// A part is out of order.
    case critical = 2
    /// Something failed.
    case error = 3
    /// Something may fail.
    case warning = 4
    /// Normal but notable.
    case notice = 5
    /// For the curious.
    case info = 6
    /// For whoever looks for a fault.
    case debug = 7

    /// Graver levels are smaller.
    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// Closures that a client calls; `log` and `clientError` may run on any thread, also at the same time.
public struct Hooks: Sendable {
    /// A line of the library's log: level, its facility such as "FAIL", the text.
    public var log: @Sendable (LogLevel, String, String) -> Void
    /// The library's statistics as JSON bytes, on the thread that polls.
    ///
    /// Comes every `statistics.interval.ms` from a worker's consumer and producer, which must be polled even when there is
    /// nothing to do; other clients tell none.
    public var statistics: @Sendable ([UInt8]) -> Void
    /// An error of the whole client, such as `_ALL_BROKERS_DOWN`; it goes on trying by itself.
    public var clientError: @Sendable (KafkaError) -> Void

    /// Closures that a client calls; those not given do nothing.
    public init(
        log: @escaping @Sendable (LogLevel, String, String) -> Void = { _, _, _ in },
        statistics: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        clientError: @escaping @Sendable (KafkaError) -> Void = { _ in }
    ) {
        self.log = log
        self.statistics = statistics
        self.clientError = clientError
    }

    /// Hooks that do nothing.
    public static let silent = Hooks()
}
