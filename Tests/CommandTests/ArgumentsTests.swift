// The command line: what the parser makes of it, and the one line it says about mistakes.
import Banking
import Operations
import Testing

@testable import tidemark

@Suite("Arguments") struct ArgumentsTests {
    @Test(
        "values come behind a blank or an equals sign, in any order, and options may be shortened",
        arguments: [
            ["generate", "--output", "t", "--events", "5"],
            ["generate", "--events=5", "--output=t"],
            ["generate", "--ev", "5", "--out", "t"],
        ])
    func values(words: [String]) throws {
        let arguments = try parse(words)
        #expect(arguments.command.name == "generate")
        #expect(arguments.text("output") == "t")
        #expect(arguments.number("events") == 5)
        #expect(!arguments.has("rate"))
    }

    @Test("an option that may repeat keeps all its values in order")
    func repeated() throws {
        let arguments = try parse(["run", "--set", "a=1", "--config=f", "--set=b=2"])
        #expect(arguments.texts("set") == ["a=1", "b=2"])
        #expect(arguments.text("config") == "f")
    }

    @Test("two dashes end the options")
    func operandWithDash() throws {
        let arguments = try parse(["customer", "--json", "--", "--7"])
        #expect(arguments.operands == ["--7"])
        #expect(arguments.has("json"))
    }

    @Test("a date is a day of the calendar")
    func date() throws {
        let arguments = try parse(["generate", "--output", "t", "--start", "2024-02-29"])
        #expect(arguments.date("start") == Day(year: 2024, month: 2, day: 29))
    }

    @Test(
        "mistakes end with 64 and say what was wrong, and what is near",
        arguments: [
            ([], "no command given"),
            (["genrate"], "unknown command \"genrate\"; the nearest is \"generate\""),
            (["--config"], "--config stands before a command"),
            (["topics"], "topics alone says too little; there is topics check or topics create"),
            (["topics", "crate"], "unknown command \"topics crate\""),
            (["run"], "run: --config FILE is missing"),
            (["run", "--confg", "f"], "unknown option --confg; the nearest is \"--config\""),
            (["run", "--config"], "--config needs a value"),
            (["run", "--config="], "--config is empty"),
            (["run", "--config", "f", "--until-caught-up=yes"], "takes no value"),
            (["run", "--config", "a", "--config", "b"], "--config is given twice"),
            (["run", "--config", "a", "b"], "\"b\" is one word too many"),
            (["customer"], "ID is missing"),
            (["generate", "--output", "t", "--events", "1.5"], "--events is \"1.5\", not a whole"),
            (["generate", "--output", "t", "--events", "0"], "--events is \"0\""),
            (["generate", "--output", "t", "--customers", "99999999"], "1 to 9999999"),
            (["generate", "--output", "t", "--start", "2025-02-29"], "not a date"),
            (["generate", "--output", "t", "--s", "1"], "--s may be --start or --seed"),
            (["replay"], "replay is not in this version"),
            (["replay", "--mode", "shadow"], "replay is not in this version"),
            (["diff", "a", "b"], "diff is not in this version"),
            (["rules", "test", "c.yaml"], "rules test is not in this version"),
            (["rejects"], "rejects is not in this version"),
            (["rejects", "list"], "rejects list is not in this version"),
        ] as [([String], String)])
    func mistakes(words: [String], expected: String) {
        let failure = #expect(throws: Failure.self) { try Arguments.parse(words) }
        #expect(failure?.exitCode == .usage)
        #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }

    @Test(
        "every command has a help that names all its options",
        arguments: CommandTable.commands.map(\.name))
    func help(name: String) throws {
        let words = name.split(separator: " ").map(String.init)
        guard case .help(let spec?) = try Arguments.parse(words + ["--help"]) else {
            Issue.record("no help for \(name)")
            return
        }
        let text = Help.text(spec)
        #expect(text.hasPrefix("Usage: tidemark \(name)"))
        for option in spec.options { #expect(text.contains("--\(option.name)")) }
        #expect(Help.text(nil).contains("  \(name) "))
    }

    @Test("the program's help names what is not in this version")
    func later() {
        for name in CommandTable.later { #expect(Help.text(nil).contains(name)) }
    }

    private func parse(_ words: [String]) throws -> Arguments {
        guard case .run(let arguments) = try Arguments.parse(words) else {
            throw Failure(.usage, "help")
        }
        return arguments
    }
}
