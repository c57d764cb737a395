import Kafka
import Testing

@testable import Pipeline

@Suite("Transactions")
struct TransactionTests {
    static let passing = KafkaError(code: .timedOut, message: "t", isRetriable: true)
    static let abortable = KafkaError(code: .timedOut, message: "t", requiresAbort: true)
    static let fatal = KafkaError(code: .transport, message: "t", isFatal: true)

    /// Begins at 0 and gets as far as `step`: 0 beginning, 1 sending offsets, 2 producing, 3 committing.
    static func transaction(at step: Int) -> Transaction {
        var transaction = Transaction()
        _ = transaction.begin(now: 0)
        for _ in 0..<step { _ = transaction.succeeded() }
        return transaction
    }

    @Test("offsets, records, then the transaction is committed, then the next may begin")
    func course() {
        var transaction = Transaction()
        var actions: [Transaction.Action] = []
        for _ in 0..<2 {
            actions.append(transaction.begin(now: 0))
            for _ in 0..<4 { actions.append(transaction.succeeded()) }
        }
        let course: [Transaction.Action] = [.begin, .sendOffsets, .produce, .commit, .done]
        #expect(actions == course + course)
    }

    @Test(
        "a passing error repeats the call until the transaction's time is over", arguments: [1, 3])
    func again(step: Int) {
        var transaction = Self.transaction(at: step)
        let first = transaction.failed(Self.passing, now: 9_999)
        #expect(first == .again)
        let second = transaction.failed(Self.passing, now: 10_000)
        #expect(second == .endGeneration(reason: "_TIMED_OUT", isCounted: false))
    }

    @Test("whatever else fails ends the generation; nothing is aborted", arguments: [0, 1, 2, 3])
    func lost(step: Int) {
        for error in [Self.abortable, Self.fatal] {
            var transaction = Self.transaction(at: step)
            let action = transaction.failed(error, now: 1)
            #expect(action == .endGeneration(reason: error.name, isCounted: true))
        }
    }

    @Test(
        "who was thrown out of the group, or took longer than a transaction may, has not lost to a namesake"
    )
    func pause() {
        for code: Int32 in [22, 25, 27] {
            var transaction = Self.transaction(at: 1)
            let error = KafkaError(
                code: ErrorCode(rawValue: code), message: "t", requiresAbort: true)
            let action = transaction.failed(error, now: 1)
            #expect(action == .endGeneration(reason: error.name, isCounted: false))
        }
        let fenced = KafkaError(code: ErrorCode(rawValue: 90), message: "t", isFatal: true)
        for (now, isCounted) in [(9_999, true), (10_000, false)] {
            var transaction = Self.transaction(at: 3)
            let action = transaction.failed(fenced, now: Int64(now))
            #expect(action == .endGeneration(reason: fenced.name, isCounted: isCounted))
        }
    }

    @Test("what is not allowed waits for an operator")
    func denied() {
        var transaction = Self.transaction(at: 1)
        let error = KafkaError(code: ErrorCode(rawValue: 30), message: "t", requiresAbort: true)
        let action = transaction.failed(error, now: 1)
        #expect(action == .denied(reason: "t (GROUP_AUTHORIZATION_FAILED)"))
    }

    @Test(
        "a record that could not be handed over ends the generation, whatever the error says",
        arguments: [0, 2])
    func unproduced(step: Int) {
        var transaction = Self.transaction(at: step)
        let action = transaction.failed(Self.passing, now: 1)
        #expect(action == .endGeneration(reason: "_TIMED_OUT", isCounted: false))
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
