// How the daemon ends when it cannot go on: an exit code of the contract's section 8 and one line for the operator.

/// The end of a command: exit code and one line that says what was wrong, where, and what to do.
public struct ExitError: Error, Sendable, Equatable {
    /// The codes of the contract's section 8 that the daemon uses.
    public enum Code: Int32, Sendable {
        /// Kafka not reachable, not allowed, or a topic missing.
        case unavailable = 69
        /// A fault of the program.
        case internalError = 70
        /// Fenced by another instance, or too many generations lost in a row.
        case tryAgain = 75
        /// Settings, rules, or topics that do not fit.
        case configuration = 78
    }

    /// Which code the process ends with.
    public var code: Code
    /// One line, without the product's name and without customers.
    public var message: String

    /// An end with `code`, explained by `message`.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
