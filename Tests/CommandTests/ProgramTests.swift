// The built program from outside: exit codes, and which output says what.
import BrokerSupport
import Testing

@Suite("Program") struct ProgramTests {
    @Test(
        "help goes to standard output and ends with 0", arguments: [["--help"], ["run", "--help"]])
    func help(words: [String]) throws {
        let result = try Tidemark.run(words)
        #expect(result.ending == .exited(0))
        #expect(result.output.hasPrefix("Usage: tidemark"))
        #expect(result.error.isEmpty)
    }

    @Test(
        "errors are one line on standard error, with the contract's exit codes",
        arguments: [
            (["frobnicate"], 64, "tidemark: unknown command \"frobnicate\""),
            (["replay"], 64, "tidemark: replay is not in this version"),
            (["run", "--config", "/nonexistent/tidemark.yaml"], 78, "/nonexistent/tidemark.yaml"),
            (["rules", "check", "/nonexistent/rules.yaml"], 78, "/nonexistent/rules.yaml"),
            (["generate", "--output", "/nonexistent/events"], 69, "/nonexistent/events"),
            (["customer", "c1", "--url", "http://127.0.0.1:1"], 69, "127.0.0.1:1"),
            (["customer", "c1", "--url", "ftp://x"], 64, "ftp://x"),
            (["demo", "--listen", "nowhere"], 64, "nowhere"),
            (["selftest"], 64, "--bootstrap-servers"),
            (["selftest", "--bootstrap-servers", "127.0.0.1:1"], 69, "127.0.0.1:1"),
        ] as [([String], Int32, String)])
    func errors(words: [String], code: Int32, expected: String) throws {
        let result = try Tidemark.run(words)
        #expect(result.ending == .exited(code))
        #expect(result.output.isEmpty)
        #expect(result.error.contains(expected), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test("a file of generated events has one payload a line and is the same twice")
    func generate() throws {
        let scratch = try Scratch("generate")
        var files: [[UInt8]] = []
        for name in ["a", "b"] {
            let result = try Tidemark.run([
                "generate", "--output", scratch.file(name), "--events", "3000", "--seed", "9",
            ])
            #expect(result.ending == .exited(0))
            #expect(result.error.contains("3000 events"))
            files.append(try readFile(scratch.file(name)))
        }
        #expect(files[0] == files[1])
        let lines = files[0].split(separator: 10)
        #expect(lines.count == 3000)
        #expect(lines.allSatisfy { $0.first == 123 && $0.last == 125 })
    }

    @Test("rules are checked with the currency of the settings that are named")
    func rulesOfACurrency() throws {
        let scratch = try Scratch("rules-currency")
        let rules = """
            version: 1
            rules:
              - {id: large, version: 1, kind: single_outflow, at_least: 10.005}

            """
        let settings = """
            application: t
            kafka: {bootstrap_servers: "127.0.0.1:1"}
            bank: {time_zone: Asia/Kuwait, currency: KWD}

            """
        let words = ["rules", "check", try scratch.write("rules.yaml", rules)]
        let config = ["--config", try scratch.write("tidemark.yaml", settings)]
        #expect(try Tidemark.run(words).ending == .exited(78))
        let result = try Tidemark.run(words + config)
        #expect(result.ending == .exited(0), "\(result.error)")
        #expect(result.output.contains("10.005"), "\(result.output)")
    }

    @Test("the version names the library compiled against and the one running")
    func version() throws {
        let result = try Tidemark.run(["version"])
        #expect(result.ending == .exited(0))
        #expect(result.output.hasPrefix("tidemark 0.1.0\nlibrdkafka "))
        #expect(result.output.contains("compiled against"))
    }
}
