// The shape of a command line: what a command takes, as data. The parser, the help and the errors read it; the
// table itself is CommandTable.swift.

/// One option of a command.
struct OptionSpec: Sendable {
    /// What follows the option.
    enum Value: Sendable {
        case none
        /// Any text that is not empty; shown as given here.
        case text(String)
        /// A whole number within bounds.
        case number(String, ClosedRange<Int64>)
        /// A date, YYYY-MM-DD.
        case date(String)
    }

    /// Without the dashes.
    let name: String
    let value: Value
    let help: String
    var isRequired = false
    var mayRepeat = false

    /// The option as written in a usage line.
    var synopsis: String {
        switch value {
        case .none: "--\(name)"
        case .text(let shown), .number(let shown, _), .date(let shown): "--\(name) \(shown)"
        }
    }
}

/// A value without an option in front of it.
struct OperandSpec: Sendable {
    let name: String
    let help: String
}

/// One command.
struct CommandSpec: Sendable {
    /// One word, or two where a command has parts: `topics check`.
    let name: String
    /// What it does, in one line.
    let summary: String
    var operands: [OperandSpec] = []
    var options: [OptionSpec] = []
    /// More about it, as paragraphs of the command's help.
    var details: String = ""

    /// The command as written in a usage line.
    var usage: String {
        var parts = ["tidemark", name] + operands.map(\.name)
        for option in options {
            let repeats = option.mayRepeat ? "..." : ""
            parts.append(
                option.isRequired ? option.synopsis + repeats : "[\(option.synopsis)]\(repeats)")
        }
        return parts.joined(separator: " ")
    }
}
