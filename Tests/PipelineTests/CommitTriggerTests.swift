import Testing

@testable import Pipeline

@Suite("When a commit begins")
struct CommitTriggerTests {
    static func trigger() -> CommitTrigger {
        CommitTrigger(
            outputLatency: 10_000, interval: 1_000_000, maxBytes: 1000, maxRecords: 50,
            now: 1_000_000)
    }

    @Test("nothing waits: never")
    func nothing() {
        #expect(Self.trigger().deadline(.init()) == nil)
    }

    @Test("progress alone waits for the interval")
    func interval() {
        let waiting = CommitTrigger.Waiting(hasProgress: true)
        #expect(!Self.trigger().isDue(waiting, now: 1_999_999))
        #expect(Self.trigger().isDue(waiting, now: 2_000_000))
    }

    @Test("an output waits at most the latency, and not at all after a quiet spell")
    func output() {
        let early = CommitTrigger.Waiting(outputSince: 1_002_000, hasProgress: true)
        #expect(!Self.trigger().isDue(early, now: 1_009_999))
        #expect(Self.trigger().isDue(early, now: 1_010_000))
        let quiet = CommitTrigger.Waiting(outputSince: 1_500_000, hasProgress: true)
        #expect(Self.trigger().isDue(quiet, now: 1_500_000))
    }

    @Test("while the input is behind, an output waits for fewer and larger commits")
    func behind() {
        let late = CommitTrigger.Waiting(
            outputSince: 1_002_000, hasProgress: true, isBehind: true)
        #expect(!Self.trigger().isDue(late, now: 1_124_999))
        #expect(Self.trigger().isDue(late, now: 1_125_000))
    }

    @Test("states that are left are written soon when nothing comes in")
    func idle() {
        let waiting = CommitTrigger.Waiting(hasProgress: true, isIdle: true)
        #expect(!Self.trigger().isDue(waiting, now: 1_049_999))
        #expect(Self.trigger().isDue(waiting, now: 1_050_000))
        #expect(Self.trigger().deadline(.init()) == nil)
    }

    @Test("a bound is met: at once")
    func bounds() {
        var bytes = CommitTrigger.Waiting(hasProgress: true)
        bytes.outputBytes = 1000
        bytes.outputSince = 1_000_000
        #expect(Self.trigger().isDue(bytes, now: 1_000_000))
        var records = CommitTrigger.Waiting(hasProgress: true)
        records.records = 50
        #expect(Self.trigger().isDue(records, now: 1_000_000))
    }
}
