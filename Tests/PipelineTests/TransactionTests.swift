import Banking
import Kafka
import Synchronization
import Testing

@testable import Pipeline

@Suite("Transactions")
struct TransactionTests {
    static let passing = KafkaError(code: .timedOut, message: "t", isRetriable: true)
    static let abortable = KafkaError(code: .timedOut, message: "t", requiresAbort: true)
    static let fatal = KafkaError(code: .transport, message: "t", isFatal: true)
    static let steps: [ScriptedLog.Step] = [.begin, .sendOffsets, .produce, .commit]

    /// What comes of a transaction in which `step` fails with `error` until `time`, or for good, in milliseconds.
    static func outcome(
        _ step: ScriptedLog.Step, fails error: KafkaError, until time: Int64 = .max
    ) -> (outcome: TransactionOutcome, calls: [ScriptedLog.Step]) {
        let machine = ManualMachine()
        let log = ScriptedLog(machine)
        log.failure = (step, error, time)
        return (log.run(), log.calls)
    }

    @Test("offsets, records, then the transaction is committed, then the next may begin")
    func course() {
        let log = ScriptedLog(ManualMachine())
        let outcomes = [log.run(), log.run()]
        #expect(outcomes == [.committed, .committed])
        #expect(log.calls == Self.steps + Self.steps)
    }

    @Test(
        "a passing error repeats the call until the transaction's time is over",
        arguments: [ScriptedLog.Step.sendOffsets, .commit])
    func again(step: ScriptedLog.Step) {
        // Every 5 ms.
        let last = Self.outcome(step, fails: Self.passing, until: 10_000)
        #expect(last.outcome == .committed)
        #expect(last.calls.filter { $0 == step }.count == 2001)
        #expect(last.calls.filter { $0 != step } == Self.steps.filter { $0 != step })
        let late = Self.outcome(step, fails: Self.passing, until: 10_001)
        #expect(late.outcome == .lost(reason: "_TIMED_OUT", isCounted: false))
        #expect(late.calls.filter { $0 == step }.count == 2001)
    }

    @Test("whatever else fails ends the generation; nothing is aborted", arguments: steps)
    func lost(step: ScriptedLog.Step) {
        for error in [Self.abortable, Self.fatal] {
            let (outcome, calls) = Self.outcome(step, fails: error)
            #expect(outcome == .lost(reason: error.name, isCounted: true))
            #expect(calls == Array(Self.steps.prefix(through: Self.steps.firstIndex(of: step)!)))
        }
    }

    @Test(
        "who was thrown out of the group, or took longer than a transaction may, has not lost to a namesake"
    )
    func pause() {
        for code: Int32 in [22, 25, 27] {
            let error = KafkaError(
                code: ErrorCode(rawValue: code), message: "t", requiresAbort: true)
            let (outcome, _) = Self.outcome(.sendOffsets, fails: error)
            #expect(outcome == .lost(reason: error.name, isCounted: false))
        }
        let fenced = KafkaError(code: ErrorCode(rawValue: 90), message: "t", isFatal: true)
        for (time, isCounted) in [(9_999 as Int64, true), (10_000, false)] {
            let machine = ManualMachine()
            let log = ScriptedLog(machine)
            log.failure = (.commit, fenced, .max)
            log.duration = (.commit, time)
            #expect(log.run() == .lost(reason: fenced.name, isCounted: isCounted))
        }
    }

    @Test("what is not allowed waits for an operator")
    func denied() {
        let error = KafkaError(code: ErrorCode(rawValue: 30), message: "t", requiresAbort: true)
        let (outcome, _) = Self.outcome(.sendOffsets, fails: error)
        #expect(outcome == .denied(reason: "t (GROUP_AUTHORIZATION_FAILED)"))
    }

    @Test(
        "a record that could not be handed over ends the generation, whatever the error says",
        arguments: [ScriptedLog.Step.begin, .produce])
    func unproduced(step: ScriptedLog.Step) {
        let (outcome, calls) = Self.outcome(step, fails: Self.passing)
        #expect(outcome == .lost(reason: "_TIMED_OUT", isCounted: false))
        #expect(calls.filter { $0 == step }.count == 1)
    }

    @Test("the fourth loss within ten minutes is one too many")
    func losses() {
        var losses = GenerationLosses()
        let kept = [0, 1, 2].map { losses.lost(now: $0) }
        #expect(kept == [true, true, true])
        var spread = losses
        let later = spread.lost(now: 600_000)
        #expect(later)
        let fourth = losses.lost(now: 599_999)
        #expect(!fourth)
        #expect(losses.pauseEnd == 602_499)
    }

    @Test("a place in the group that is taken twice within ten seconds has a namesake behind it")
    func places() {
        var losses = GenerationLosses()
        let outcomes = [0, 10_000, 19_999].map { losses.lostPlace(now: $0) }
        #expect(outcomes == [true, true, false])
    }
}

/// A machine whose clock moves when somebody sleeps or says so.
struct ManualMachine: Machine {
    private final class Hand: Sendable { let milliseconds = Atomic<Int64>(0) }

    private let hand = Hand()
    let processors = 1

    func monotonicMicroseconds() -> Int64 { hand.milliseconds.load(ordering: .relaxed) * 1000 }
    func now() -> Instant { Instant(microseconds: monotonicMicroseconds()) }
    func sleep(milliseconds: Int) { pass(Int64(milliseconds)) }
    func pass(_ milliseconds: Int64) { hand.milliseconds.add(milliseconds, ordering: .relaxed) }
    func makeSignal() -> CountingSemaphore { CountingSemaphore() }
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        Thread(name: name, body)
    }
}

/// A producer that notes how it is called, and fails as it is told.
final class ScriptedLog: TransactionLog {
    enum Step: Sendable { case begin, sendOffsets, produce, commit }

    private let machine: ManualMachine
    private(set) var calls: [Step] = []
    /// A step, how it fails, and until which moment, in milliseconds.
    var failure: (step: Step, error: KafkaError, until: Int64)?
    /// A step, and how many milliseconds it takes.
    var duration: (step: Step, milliseconds: Int64)?

    init(_ machine: ManualMachine) { self.machine = machine }

    /// One transaction.
    func run() -> TransactionOutcome {
        transact([], group: 0, on: machine) { () throws(KafkaError) in try call(.produce) }
    }

    private func call(_ step: Step) throws(KafkaError) {
        calls.append(step)
        if let duration, duration.step == step { machine.pass(duration.milliseconds) }
        guard let failure, failure.step == step,
            machine.monotonicMilliseconds() < failure.until
        else { return }
        throw failure.error
    }

    func begin() throws(KafkaError) { try call(.begin) }
    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) throws(KafkaError) {}
    func flush(timeoutMilliseconds: Int) throws(KafkaError) {}
    func sendOffsets(
        _ offsets: [PartitionOffset], group: Int, timeoutMilliseconds: Int
    ) throws(KafkaError) { try call(.sendOffsets) }
    func commit(timeoutMilliseconds: Int) throws(KafkaError) { try call(.commit) }
    let isTainted = false
}
