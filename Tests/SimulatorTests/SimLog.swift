// A transactional producer: it sends what it was given when it must or the dice say so, repeats what was lost, and
// waits while the transaction before is not over.
import Checkpoint
import Engine
import Kafka
import Randomness

@testable import Pipeline

/// One transactional producer.
final class SimLog: TransactionLog {
    private struct Unsent {
        var output: Output
        var partition: Int32
        var key: [UInt8]
        var value: [UInt8]?
    }

    private let process: Process
    private let id: String
    private var epoch = 0
    private var unsent: [Unsent] = []
    private var sent = 0
    /// What ended this producer.
    private var fatal: KafkaError?
    private(set) var hasLost = false

    init(_ process: Process) throws(KafkaError) {
        self.process = process
        id = "tidemark.\(process.instance).0"
        epoch = try ask("initializes") { (broker, id, _) throws(Refusal) in
            try broker.initialize(id)
        }
        process.world.note("\(process.instance) has epoch \(epoch)")
    }

    var isTainted: Bool { process.world.plant != .taintIgnored && hasLost }

    func begin() throws(KafkaError) {
        if let fatal { throw fatal }
        unsent = []
        sent = 0
    }

    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) throws(KafkaError) {
        var record = Unsent(
            output: output, partition: max(0, partition), key: array(key), value: nil)
        if let value { record.value = array(value) }
        if output == .state, ClockRecord.offset(inKey: record.key.span) != nil {
            if process.world.plant == .clockLeftOut { return }
            noteClock(record)
        }
        switch process.world.plant {
        case .stateLeftOut where output == .state && record.key.first != 0: return
        case .alertOutside where output == .alerts:
            if process.isKilled { throw Process.dead }
            process.world.broker.append(
                process.world.settings.alertsTopic, 0, key: record.key, value: record.value)
            return
        default: unsent.append(record)
        }
        if process.world.strands.dice.chance(3) { try send() }
    }

    private func noteClock(_ record: Unsent) {
        guard let value = record.value else {
            process.world.happens(.clockForgotten)
            return
        }
        guard let moved = try? ClockRecord(value.span) else {
            process.world.blame("a move of the clock that cannot be read")
            return
        }
        process.world.check(moved)
    }

    func flush(timeoutMilliseconds: Int) throws(KafkaError) { try send() }

    func sendOffsets(
        _ offsets: [PartitionOffset], group: MemberIdentity, timeoutMilliseconds: Int
    ) throws(KafkaError) {
        let offsets = offsets.map { planted($0) }
        let text = offsets.map {
            "\($0.partition)@\($0.offset) with \(String(decoding: $0.metadata, as: UTF8.self))"
        }.joined(separator: ", ")
        try ask("sends offsets \(text)", isLosable: true) { (broker, id, epoch) throws(Refusal) in
            try broker.addOffsets(id, epoch, offsets, group)
        }
    }

    /// An offset with metadata that say something else of a close than what was done.
    private func planted(_ offset: PartitionOffset) -> PartitionOffset {
        let text = String(decoding: offset.metadata, as: UTF8.self)
        guard [.closeLeftOut, .closeTooFar].contains(process.world.plant),
            var progress = try? Progress(text: text), var close = progress.openClose
        else { return offset }
        if var customer = close.customer {
            customer[customer.count - 1] += 1
            close.customer = customer
        }
        progress.openClose = process.world.plant == .closeTooFar ? close : nil
        var planted = offset
        planted.metadata = Array(progress.text(writer: "0").utf8)
        return planted
    }

    func commit(timeoutMilliseconds: Int) throws(KafkaError) {
        try send()
        try ask("commits", isLosable: true) { (broker, id, epoch) throws(Refusal) in
            try broker.finish(id, epoch)
        }
    }

    /// Sends what was produced.
    private func send() throws(KafkaError) {
        let settings = process.world.settings
        while sent < unsent.count {
            let records = unsent[sent..<min(unsent.count, sent + 20)]
            sent += records.count
            var written = records.startIndex
            do throws(KafkaError) {
                try ask("sends \(records.count) records") { (broker, id, epoch) throws(Refusal) in
                    while written < records.endIndex {
                        let record = records[written]
                        try broker.write(
                            id, epoch, settings.topic(of: record.output)!, Int(record.partition),
                            key: record.key, value: record.value)
                        written += 1
                    }
                }
            } catch {
                // What the library could not deliver refuses the commit.
                throw KafkaError(
                    code: error.code, message: error.message, isFatal: error.isFatal,
                    requiresAbort: !error.isFatal)
            }
        }
    }

    /// A request of this producer; the library repeats it while the transaction before is not over.
    private func ask<Answer>(
        _ name: String, isLosable: Bool = false,
        _ body: @escaping (Broker, String, Int) throws(Refusal) -> Answer
    ) throws(KafkaError) -> Answer {
        let (broker, id, epoch) = (process.world.broker, id, epoch)
        let strands = process.world.strands
        let deadline = strands.now + 15_000_000
        var isLosable = isLosable
        var hasWaited = false
        while true {
            if let fatal { throw fatal }
            var refusal: Refusal?
            do throws(KafkaError) {
                let answer: Answer? = try process.call(
                    name, isLosable: isLosable, isTold: !hasWaited
                ) {
                    () throws(KafkaError) in
                    do throws(Refusal) {
                        return try body(broker, id, epoch)
                    } catch {
                        refusal = error
                        return nil
                    }
                }
                if let answer { return answer }
            } catch {
                guard error == Process.lost else { throw error }
                hasLost = true
                isLosable = false
                continue
            }
            if refusal == .concurrent, strands.now < deadline {
                if !hasWaited {
                    process.world.note("\(process.instance) waits for the transaction before")
                }
                hasWaited = true
                strands.wait(5000)
                continue
            }
            let error = SimLog.error(refusal!, name)
            process.world.happens(refusal == .fenced ? .fencing : .otherGeneration)
            process.world.note("\(process.instance) \(name): \(error.name)")
            if error.isFatal { fatal = error }
            throw error
        }
    }

    private static func error(_ refusal: Refusal, _ name: String) -> KafkaError {
        switch refusal {
        case .fenced: KafkaError(code: .producerIsFenced, message: name, isFatal: true)
        case .concurrent: KafkaError(code: .timedOut, message: name, isRetriable: true)
        case .otherGeneration:
            KafkaError(code: .illegalGeneration, message: name, requiresAbort: true)
        case .fencedInstance: KafkaError(code: .fencedInstance, message: name, requiresAbort: true)
        }
    }

    private func array(_ span: Span<UInt8>?) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let span else { return bytes }
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }
}

extension ErrorCode {
    fileprivate static let illegalGeneration = ErrorCode(rawValue: 22)
    fileprivate static let producerIsFenced = ErrorCode(rawValue: 90)
}
