// What the daemon publishes about itself for /api/tasks, /metrics and /readyz: copies, made by the owning threads.
public import Banking
public import Engine

/// One task as an operator sees it (the contract's section 9).
public struct TaskSnapshot: Sendable {
    /// What a task is doing.
    public enum State: String, Sendable { case restoring, running, blocked }
    /// Progress of a restore, in records.
    public struct Restore: Sendable {
        /// Records read so far.
        public var done: Int64
        /// Records to read in all, as far as known.
        public var total: Int64
        /// Nil while the speed is unknown.
        public var secondsLeft: Double?
    }

    /// The input topic.
    public var topic: String
    /// The input partition.
    public var partition: Int32
    /// What it is doing.
    public var state: State
    /// Why it is blocked, or what holds it back or endangers it while it runs.
    public var reason: String?
    /// The offset after the last record applied.
    public var position: Int64
    /// The end of the partition as last seen.
    public var end: Int64
    /// The committed offset; nil before the first commit.
    public var committed: Int64?
    /// Records between the committed offset and the end.
    public var lagRecords: Int64
    /// Age of the oldest record that is not committed, in seconds; 0 without lag.
    public var lagSeconds: Double
    /// Only while restoring.
    public var restore: Restore?
    /// The task's clock; nil before its first record.
    public var clock: Instant?
    /// The last date that has closed; nil before the first record.
    public var lastClosed: Day?
    /// Wall time of the last commit; nil before the first.
    public var lastCommit: Instant?
    /// Customers in memory.
    public var customers: Int
    /// Bytes of state in memory.
    public var stateBytes: Int
    /// Customers whose latest state is not in the changelog yet.
    public var dirty: Int
    /// C - S of the last commit: records that a restart replays.
    public var replayRecords: Int64
    /// Milliseconds of the monotonic clock when the task showed itself like this.
    var seen: Int64 = 0
    /// S of the last commit: from where a restart reads the input again; nil before the first.
    public var lowWater: Int64?
    /// Records of the input that are kept below S; nil while unknown.
    public var reserveRecords: Int64?
    /// Seconds between the first record that is kept and the one at S; nil while unknown.
    public var reserveSeconds: Double?
}

extension TaskSnapshot {
    /// Takes in what has been seen from outside: an open transaction hides from the task what lies behind it.
    mutating func look(_ outlook: Outlook) {
        if outlook.high > end {
            lagRecords += outlook.high - end
            end = outlook.high
        }
        lagSeconds = max(lagSeconds, Double(outlook.heldMilliseconds ?? 0) / 1000)
        reason = reason ?? outlook.reason
        reserveRecords = lowWater.map { $0 - outlook.low }
        reserveSeconds = outlook.reserveMilliseconds.map { Double($0) / 1000 }
    }
}

/// Whether the daemon does its work.
public enum Readiness: Sendable, Equatable {
    /// Every assigned task runs, or none is assigned and the process is a spare member.
    case ready
    /// Not yet or no longer, and why.
    case notReady(String)
}

/// Counts since the start of the process, over all workers.
public struct DaemonCounters: Sendable {
    /// What an alert is counted under.
    public struct AlertLabel: Sendable, Hashable {
        /// The rule's id.
        public var rule: String
        /// The rule's kind.
        public var kind: RuleKind
        /// The version's status.
        public var status: AlertStatus
    }

    /// Records whose effect is committed, refused ones and duplicates too.
    public var records: Int64 = 0
    /// Committed dead letters; indexed by the raw value of the reason.
    public var rejected = [Int64](repeating: 0, count: RejectReason.allCases.count)
    /// Committed alerts, shadow rules' too; every rule's labels exist from the start.
    public var alerts: [AlertLabel: Int64] = [:]
    /// What the engine counts.
    public var engine = Counters()
    /// Transactions given up, by reason.
    public var abortedTransactions: [String: Int64] = [:]
    /// Transactions committed.
    public var commits: Int64 = 0
    /// State records written.
    public var stateRecords: Int64 = 0
}

extension TaskSnapshot {
    /// A task that has just been assigned: restoring, at the beginning, without lag.
    public init(topic: String, partition: Int32) {
        self.init(
            topic: topic, partition: partition, state: .restoring, reason: nil, position: 0, end: 0,
            lagRecords: 0, lagSeconds: 0, restore: nil, clock: nil, lastClosed: nil,
            lastCommit: nil, customers: 0, stateBytes: 0, dirty: 0, replayRecords: 0)
    }
}
