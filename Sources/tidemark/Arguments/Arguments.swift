// Reads a command line by the table, in GNU's way: options may stand anywhere, as `--option VALUE` or
// `--option=VALUE`, may be shortened as long as they stay unmistakable, and end at `--`.
import Banking
import Operations

/// What a command line asks for.
enum Request: Sendable {
    case run(Arguments)
    /// The help of one command, or of the program.
    case help(CommandSpec?)
}

/// A command with its checked values.
struct Arguments: Sendable {
    let command: CommandSpec
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// The last value given for `option`.
    func text(_ option: String) -> String? { values[option]?.last }
    /// All values given for `option`, in order.
    func texts(_ option: String) -> [String] { values[option] ?? [] }
    /// Whether `option` was given.
    func has(_ option: String) -> Bool { values[option] != nil }
    /// The number given for `option`; the parser has checked it.
    func number(_ option: String) -> Int64? { text(option).flatMap { Int64($0) } }
    /// The date given for `option`; the parser has checked it.
    func date(_ option: String) -> Day? { text(option).flatMap(Arguments.day) }

    /// Reads `words`, the command line without the program's name.
    static func parse(_ words: [String]) throws(Failure) -> Request {
        guard let first = words.first else {
            throw Failure(.usage, "no command given; see tidemark --help")
        }
        if first == "--help" || first == "-h" || words == ["help"] { return .help(nil) }
        if first == "help" { return .help(try command(of: Array(words.dropFirst())).spec) }
        if first == "--version" || first == "-V" { return try parse(["version"]) }
        if first.hasPrefix("-") {
            throw Failure(.usage, "\(first) stands before a command; see tidemark --help")
        }
        let (spec, rest) = try command(of: words)
        var arguments = Arguments(command: spec)
        if try arguments.read(rest) { return .help(spec) }
        return .run(arguments)
    }

    private init(command: CommandSpec) { self.command = command }

    // MARK: The command

    /// The command that `words` begin with, and what follows it.
    private static func command(
        of words: [String]
    ) throws(Failure) -> (spec: CommandSpec, rest: ArraySlice<String>) {
        let two = words.prefix(2).joined(separator: " ")
        for name in [two, words[0]] {
            if let spec = CommandTable.commands.first(where: { $0.name == name }) {
                return (spec, words.dropFirst(name == words[0] ? 1 : 2))
            }
        }
        for name in CommandTable.later
        where name == two || name.split(separator: " ")[0] == words[0] {
            if name == two || !isGroup(words[0]) {
                throw Failure(.usage, "\(name == two ? two : words[0]) is not in this version")
            }
        }
        if isGroup(words[0]) { throw unknownPart(words) }
        let names = CommandTable.commands.map(\.name)
        throw Failure(
            .usage,
            "unknown command \"\(words[0])\"\(nearest(to: words[0], among: names))"
                + "; see tidemark --help")
    }

    /// Whether `word` is the first of a command of two words.
    private static func isGroup(_ word: String) -> Bool {
        CommandTable.commands.contains { $0.name.hasPrefix(word + " ") }
    }

    private static func unknownPart(_ words: [String]) -> Failure {
        let names = CommandTable.commands.map(\.name).filter { $0.hasPrefix(words[0] + " ") }
        let known = names.joined(separator: " or ")
        guard words.count > 1, !words[1].hasPrefix("-") else {
            return Failure(.usage, "\(words[0]) alone says too little; there is \(known)")
        }
        return Failure(.usage, "unknown command \"\(words[0]) \(words[1])\"; there is \(known)")
    }

    // MARK: Options and operands

    /// Reads what follows the command; true when help was asked for.
    private mutating func read(_ words: ArraySlice<String>) throws(Failure) -> Bool {
        var rest = words
        var optionsEnded = false
        while let word = rest.popFirst() {
            if optionsEnded || word == "-" || !word.hasPrefix("-") {
                operands.append(word)
            } else if word == "--" {
                optionsEnded = true
            } else if word == "--help" || word == "-h" {
                return true
            } else {
                try readOption(word, &rest)
            }
        }
        try checkOperands()
        for option in command.options where option.isRequired && !has(option.name) {
            throw failure("\(option.synopsis) is missing")
        }
        return false
    }

    private mutating func readOption(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(Failure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let option = try find(String(parts[0]))
        var value = ""
        if case .none = option.value {
            guard parts.count == 1 else { throw failure("--\(option.name) takes no value") }
        } else if parts.count == 2 {
            value = String(parts[1])
        } else {
            guard let next = rest.popFirst() else {
                throw failure("--\(option.name) needs a value: \(option.synopsis)")
            }
            value = next
        }
        try check(value, for: option)
        if has(option.name), !option.mayRepeat {
            throw failure("--\(option.name) is given twice")
        }
        values[option.name, default: []].append(value)
    }

    /// The option that `word` names, in full or by an unmistakable beginning.
    private func find(_ word: String) throws(Failure) -> OptionSpec {
        let names = command.options.map { "--" + $0.name }
        if let index = names.firstIndex(of: word) { return command.options[index] }
        let begun = word.count > 2 ? names.filter { $0.hasPrefix(word) } : []
        if begun.count == 1, let index = names.firstIndex(of: begun[0]) {
            return command.options[index]
        }
        if begun.count > 1 {
            throw failure("\(word) may be \(begun.joined(separator: " or "))")
        }
        let hint = Arguments.nearest(to: word, among: names + ["--help"])
        throw failure("unknown option \(word)\(hint)")
    }

    private func check(_ value: String, for option: OptionSpec) throws(Failure) {
        switch option.value {
        case .none: break
        case .text:
            guard !value.isEmpty else { throw failure("--\(option.name) is empty") }
        case .number(_, let range):
            guard let number = Int64(value), range.contains(number), !value.hasPrefix("+") else {
                let bounds =
                    range.upperBound == .max
                    ? "from \(range.lowerBound) on" : "\(range.lowerBound) to \(range.upperBound)"
                throw failure("--\(option.name) is \"\(value)\", not a whole number \(bounds)")
            }
        case .date:
            guard Arguments.day(value) != nil else {
                throw failure("--\(option.name) is \"\(value)\", not a date such as 2025-01-31")
            }
        }
    }

    private func checkOperands() throws(Failure) {
        let wanted = command.operands
        if operands.count < wanted.count {
            throw failure("\(wanted[operands.count].name) is missing")
        }
        if operands.count > wanted.count {
            throw failure("\"\(operands[wanted.count])\" is one word too many")
        }
    }

    private func failure(_ message: String) -> Failure {
        Failure(.usage, "\(command.name): \(message); see tidemark \(command.name) --help")
    }

    /// `; the nearest is "..."`, or nothing when no name is near.
    private static func nearest(to word: String, among names: [String]) -> String {
        Nearest.name(to: word, among: names).map { "; the nearest is \"\($0)\"" } ?? ""
    }

    /// The day that `text` names as YYYY-MM-DD.
    private static func day(_ text: String) -> Day? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == 45, bytes[7] == 45 else { return nil }
        let parts = text.split(separator: "-").compactMap { part in
            part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
        }
        guard parts.count == 3 else { return nil }
        return Day(year: parts[0], month: parts[1], day: parts[2])
    }
}
