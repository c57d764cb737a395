// The levels and formats of the log.

extension Log {
    /// Who must act: an operator now (`error`), an operator some day (`warning`), nobody.
    public enum Level: Int, Sendable, CaseIterable, Comparable {
        case debug, info, notice, warning, error

        /// The name in settings and in the log.
        public var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .notice: "notice"
            case .warning: "warning"
            case .error: "error"
            }
        }

        /// The level called `name`.
        public init?(name: String) {
            guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        /// Lower levels come first.
        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }
}

/// How a line of the log is written.
public enum LogFormat: Sendable {
    /// For people.
    case text
    /// One object a line.
    case json
}
