import Banking
import Checkpoint
import Engine
import Testing

@Suite("Offset metadata")
struct ProgressTests {
    static let clock = TaskClock(
        time: Instant(microseconds: 1_751_328_000_000_000), lastClosed: Day(20_269))

    @Test("what is written is read back", arguments: [TaskClock(), clock])
    func roundTrip(clock: TaskClock) throws {
        let progress = Progress(
            position: 1200, lowWater: 1100, clockAtLowWater: clock, clock: Self.clock,
            rulesDigest: "9f86d081884c7d65")
        let text = progress.text(writer: "0.1.0")
        #expect(text.utf8.count < 1024)
        #expect(try Progress(text: text) == progress)
    }

    @Test("a later format is refused with the version that wrote it")
    func later() {
        #expect(throws: ProgressError.newerFormat(2, writer: "3.4.0")) {
            try Progress(text: "tidemark/2 3.4.0 x=1")
        }
    }

    @Test(
        "other text is unreadable",
        arguments: [
            "", "hello", "tidemark/1", "tidemark/x 1 c=1",
            "tidemark/1 0.1.0 c=1 s=2 st=-,- ct=-,- r=",
            "tidemark/1 0.1.0 c=2 s=1 st=- ct=-,- r=a",
        ])
    func unreadable(text: String) {
        #expect(throws: ProgressError.unreadable) { try Progress(text: text) }
    }
}
