// Help texts, made from the table.

/// The texts of `--help`.
enum Help {
    /// The help of `command`, or of the program.
    static func text(_ command: CommandSpec?) -> String {
        guard let command else { return program }
        var text = "Usage: \(command.usage)\n\n\(sentence(command.summary))\n"
        var rows = command.operands.map { ($0.name, $0.help) }
        rows += command.options.map { option in
            (option.synopsis, option.help + (option.isRequired ? " (required)" : ""))
        }
        rows.append(("--help", "print this"))
        text += "\n" + table(rows)
        if !command.details.isEmpty { text += "\n" + wrapped(command.details) + "\n" }
        return text
    }

    private static var program: String {
        """
        Usage: tidemark COMMAND [OPTION]...

        Reads a bank's transactions from Kafka and raises alerts on large outflows and on
        changes of its customers' tiers, each exactly once.

        \(table(CommandTable.commands.map { ($0.name, $0.summary) }))
        Not in this version: \(CommandTable.later.joined(separator: ", ")).

        tidemark COMMAND --help tells more about a command.
        Exit codes: 0 done, 64 usage, 65 bad input data, 69 Kafka, a topic or an address
        cannot be used, 70 internal error, 75 try again, 78 settings, rules or topics that
        do not fit.

        """
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { left, right in
            "  \(left)\(String(repeating: " ", count: width - left.count + 2))\(right)\n"
        }.joined()
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + "."
    }

    private static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + word.count + 1 > 86 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
