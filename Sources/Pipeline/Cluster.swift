// Kafka as a worker sees it: small protocols, implemented by the real client and, in tests, by a simulated one.
// Generic code over them is specialised, so they cost nothing; the records are the real client's in both.
import Kafka

/// An offset that a group has committed.
struct CommittedOffset: Sendable, Equatable {
    var partition: Int32
    /// Nil when there is none.
    var offset: Int64?
    var metadata: String
}

/// One member of the group, on one thread.
protocol GroupMember: AnyObject {
    associatedtype Metadata
    /// Waits until there are records, an end, a problem or a rebalance, `wake` is called, or the time is over.
    func poll(into batch: inout Batch, timeoutMilliseconds: Int)
    /// A rebalance that waits for an answer; asked after each poll.
    func nextRebalance() -> Rebalance?
    func assign(_ positions: [(partition: Int32, offset: Int64)]) throws(KafkaError)
    func unassign() throws(KafkaError)
    /// Every answer is certain: offsets held by a transaction are waited for.
    func committed(
        _ partitions: [Int32], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [CommittedOffset]
    /// The end of a partition as far as known without asking.
    func end(of partition: Int32) -> Int64?
    /// For one transaction.
    func groupMetadata() throws(KafkaError) -> Metadata
    /// Ends a poll that waits; any thread may call it, also after `close`.
    var wake: @Sendable () -> Void { get }
    func close()
}

/// Where a record goes.
enum Output: Int, Sendable, CaseIterable { case alerts, shadow, rejected, balances, state }

/// One transactional producer.
///
/// Made by the worker, called by its commit thread.
protocol TransactionLog: AnyObject, SendableMetatype {
    associatedtype Metadata
    func begin() throws(KafkaError)
    /// Takes copies; `partition` is -1 for the key's own.
    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) throws(KafkaError)
    /// Waits until all that was produced is delivered.
    func flush(timeoutMilliseconds: Int) throws(KafkaError)
    func sendOffsets(
        _ offsets: [PartitionOffset], group: Metadata, timeoutMilliseconds: Int
    ) throws(KafkaError)
    func commit(timeoutMilliseconds: Int) throws(KafkaError)
    /// Whether a request was lost that may still reach the broker and hit a later transaction (rule T1): once this
    /// transaction has ended, only a new producer may begin the next.
    var isTainted: Bool { get }
    /// Takes what the client has to tell between two transactions: statistics and errors, which pile up otherwise.
    func serve()
}

extension TransactionLog {
    func serve() {}
}

/// Reads given partitions without a group, committed records only.
protocol LogReader: AnyObject {
    func assign(_ positions: [PartitionOffset]) throws(KafkaError)
    func poll(into batch: inout Batch, timeoutMilliseconds: Int)
}

/// Makes the clients of one worker, and is the place that it runs in.
protocol Cluster: Sendable {
    associatedtype Member: GroupMember
    associatedtype Log: TransactionLog where Log.Metadata == Member.Metadata
    associatedtype Reader: LogReader
    associatedtype Host: Machine
    var machine: Host { get }
    func member(worker: Int) throws(KafkaError) -> Member
    /// Fences whoever used this worker's transactional id and ends its open transaction.
    func log(worker: Int) throws(KafkaError) -> Log
    /// Reads to the ends of partitions, or `follows` what comes to them.
    func reader(follows: Bool) throws(KafkaError) -> Reader
    /// First offset and end, uncommitted records counted.
    func watermarks(_ topic: String, _ partition: Int32) throws(KafkaError) -> Watermarks
    /// The end of an input partition at this moment, uncommitted records counted.
    ///
    /// Gives up soon: the worker's other partitions wait meanwhile.
    func inputEnd(_ partition: Int32) throws(KafkaError) -> Int64
}
