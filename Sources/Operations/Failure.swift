// How a command ends when it cannot go on: a code that scripts understand and one line that people do.

/// The codes with which commands end (those of sysexits.h, as far as they are used).
public enum ExitCode: Int32, Sendable {
    /// Done.
    case done = 0
    /// Done, and what was compared differs: a failing case, other alerts.
    case differs = 1
    /// The command line is wrong.
    case usage = 64
    /// Input data is wrong.
    case badInput = 65
    /// Kafka is not reachable or refuses, a topic is missing, or an address is taken.
    case unavailable = 69
    /// A fault of Tidemark itself, or a stop that was cut short.
    case internalError = 70
    /// Another instance took over, or too much was lost in a row: try again.
    case tryAgain = 75
    /// Settings, rules or topics do not fit.
    case badSettings = 78
}

/// The end of a command: its exit code, and one line that says what was wrong, where, and what to do.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The code to exit with.
    public var exitCode: ExitCode
    /// One line for standard error.
    public var message: String

    /// An end with `exitCode` because of `message`; control characters in it become blanks.
    public init(_ exitCode: ExitCode, _ message: String) {
        self.exitCode = exitCode
        self.message = String(
            String.UnicodeScalarView(
                message.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }

    /// The line itself.
    public var description: String { message }

    /// A setting or rule at `place` that cannot be used.
    static func settings(_ place: YAMLPlace, _ message: String) -> Failure {
        Failure(.badSettings, "\(place): \(message)")
    }
}
