// One transaction, from its begin to what came of it.
//
// Offsets go first. A coordinator is still at the last transaction's markers for some milliseconds after it has
// acknowledged its commit, and refuses whatever comes first of the next one. The library repeats a refused
// AddOffsetsToTxn after `retry.backoff.ms`, 5 ms, but AddPartitionsToTxn, which the first record causes, after 20.
//
// A transaction is never aborted by a call of its own: the next generation's producer ends whatever the last one left
// open (its first request does), and after a commit of unknown outcome an abort would be wrong.
import Kafka

/// What a transaction came to.
enum TransactionOutcome: Equatable {
    case committed
    /// Memory is ahead of Kafka, or fenced: drop it and the producer, make new ones, restore.
    case lost(reason: String, isCounted: Bool)
    /// As `lost`, and an operator must grant rights before it goes on.
    case denied(reason: String)
    /// The process ends.
    case exit(ExitError)

    /// What a call comes to that fails with `error` for good.
    ///
    /// - Parameter isInTime: Whether the transaction's time is not over.
    init(_ error: KafkaError, isInTime: Bool) {
        switch error.cure {
        case .joinAnew:
            // By a member of this process's own making, or a namesake's: the consumer hears it with its next heartbeat.
            self = .lost(reason: error.name, isCounted: false)
        case .replaceRecord:
            self = .exit(
                ExitError(
                    .configuration,
                    "a topic refuses a record: \(error); set its max.message.bytes to "
                        + "\(TopicNeed.usualRecordBytes) or more"
                ))
        case .notAuthorized:
            self = .denied(reason: "\(error)")
        case .endGeneration, .abort:
            // A process that stood still for longer than its transaction may take, or its session, is fenced and thrown
            // out by the brokers for that alone: no sign of another that has its name.
            self = .lost(reason: error.name, isCounted: isInTime && !error.isOfGroupChange)
        case .retry:
            // An outage: whoever comes back in time goes on from what was committed.
            self = .lost(reason: error.name, isCounted: false)
        }
    }
}

extension TransactionLog {
    /// Commits `offsets`, and what `produce` hands over, in one transaction; blocks until it is over.
    ///
    /// A transaction that takes longer than `timeoutMilliseconds`, nil for the usual time, is ended by its coordinator.
    func transact(
        _ offsets: [PartitionOffset], group: Metadata, on machine: some Machine,
        timeoutMilliseconds: Int? = nil, produce: () throws(KafkaError) -> Void
    ) -> TransactionOutcome {
        let end = machine.monotonicMilliseconds() + Int64(timeoutMilliseconds ?? 10_000)
        func again(_ call: () throws(KafkaError) -> Void) throws(KafkaError) {
            try machine.insist(pauseMilliseconds: 5, call) { (error) throws(KafkaError) in
                guard error.cure == .retry, machine.monotonicMilliseconds() < end else {
                    throw error
                }
            }
        }
        do throws(KafkaError) {
            try begin()
            try again { () throws(KafkaError) in
                try sendOffsets(offsets, group: group, timeoutMilliseconds: 10_000)
            }
            // Not again: some of the records may be handed over already.
            try produce()
            try again { () throws(KafkaError) in try commit(timeoutMilliseconds: -1) }
            return .committed
        } catch {
            return TransactionOutcome(error, isInTime: machine.monotonicMilliseconds() < end)
        }
    }
}
