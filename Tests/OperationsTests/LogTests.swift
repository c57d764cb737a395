// Lines of the log.
import Banking
import Operations
import Pipeline
import Synchronization
import Testing

@Suite("Log")
struct LogTests {
    private final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    private func log(_ format: LogFormat, _ level: Log.Level = .info) -> (Log, Lines) {
        let lines = Lines()
        var settings = LogSettings()
        settings.format = format
        settings.level = level
        let log = Log(
            settings, now: { Instant(microseconds: 1_769_788_800_123_456) },
            output: { line in lines.bytes.withLock { $0 += line } })
        return (log, lines)
    }

    @Test("text for people")
    func text() {
        let (log, lines) = log(.text)
        log.notice("rules loaded", [("rules", "3"), ("path", "a b"), ("empty", "")])
        log.debug("not written")
        log.error("two\nlines\u{1b}[31m", [("why", "a=\"b\"\n")])
        #expect(
            lines.text == """
                2026-01-30T16:00:00.123Z notice rules loaded rules=3 path="a b" empty=""
                2026-01-30T16:00:00.123Z error two lines [31m why="a=\\"b\\"\\u000a"

                """)
    }

    @Test("JSON for machines")
    func json() {
        let (log, lines) = log(.json, .warning)
        log.info("not written")
        log.warning("say \"so\"\n", [("topic", "t")])
        #expect(
            lines.text == """
                {"time":"2026-01-30T16:00:00.123Z","level":"warning","message":"say \\"so\\"\\u000a","topic":"t"}

                """)
    }

    @Test("the pipeline's lines come with their level and fields")
    func sink() {
        let (log, lines) = log(.text)
        log.sink.write(.warning, "slow", [(name: "partition", value: "4")])
        #expect(lines.text == "2026-01-30T16:00:00.123Z warning slow partition=4\n")
    }

    @Test("lines of many threads never mix")
    func threads() async {
        let (log, lines) = log(.text)
        await withTaskGroup { group in
            for number in 0..<8 {
                group.addTask { for _ in 0..<100 { log.info("line", [("n", "\(number)")]) } }
            }
        }
        let all = lines.text.split(separator: "\n")
        #expect(all.count == 800)
        #expect(all.allSatisfy { $0.hasPrefix("2026-01-30T16:00:00.123Z info line n=") })
    }
}
