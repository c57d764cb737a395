// Where the pipeline's log lines go; the executable says how they look.

/// A receiver of log lines; called on any thread, never once per record.
public struct LogSink: Sendable {
    /// Who must act on a line: nobody (debug, info), an operator when convenient (notice, warning) or now (error).
    public enum Level: Int, Sendable, CaseIterable {
        case debug, info, notice, warning, error
    }

    /// Takes level, message and fields; no field ever names a customer or an account.
    public let write: @Sendable (Level, String, [(name: String, value: String)]) -> Void

    /// A sink that calls `write`.
    public init(
        _ write: @escaping @Sendable (Level, String, [(name: String, value: String)]) -> Void
    ) {
        self.write = write
    }

    /// Drops everything.
    public static let none = LogSink { _, _, _ in }

    func callAsFunction(
        _ level: Level, _ message: String, _ fields: [(name: String, value: String)] = []
    ) {
        write(level, message, fields)
    }
}
