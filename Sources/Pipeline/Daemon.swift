// The daemon as the commands see it: settings in, an exit code out, and what it publishes on the way.
import Banking
import Engine
import Synchronization

/// What became of a question about a customer.
public enum CustomerAnswer: Sendable, Equatable {
    /// The JSON of the contract's section 9.
    case found([UInt8])
    /// The customer's partition is here and does not know the customer.
    case unknown
    /// The customer's partition, which another process owns.
    case notHere(partition: Int32)
    /// The task did not answer in time.
    case timeout
}

/// The whole daemon: workers, their tasks and what they publish.
///
/// `run` blocks; everything else may be called on any
/// thread while it does.
public final class Daemon: Sendable {
    /// What it was told.
    public let settings: Settings
    let board: Board
    let log: LogSink
    let stopFlag = Atomic<Bool>(false)
    let mailboxes: [Mailbox]
    /// Partition counts of the input, 0 before the start checks.
    let partitions = Atomic<Int>(0)
    /// Milliseconds of the monotonic clock at the supervisor's last turn, 0 before its first.
    let lastTurn = Atomic<Int64>(0)
    let alertHook = Mutex<(@Sendable ([[UInt8]]) -> Void)?>(nil)

    /// A daemon that has not started.
    public init(settings: Settings, log: LogSink = .none) {
        self.settings = settings
        self.log = log
        var labels: [DaemonCounters.AlertLabel] = []
        for rule in settings.policy.rules {
            for status in AlertStatus.allCases {
                labels.append(.init(rule: rule.id, kind: rule.kind, status: status))
            }
        }
        board = Board(workers: settings.workers, labels: labels)
        mailboxes = (0..<settings.workers).map { _ in Mailbox() }
    }

    /// Asks the daemon to drain, commit and return from `run` within 10 s.
    public func stop() { stopFlag.store(true, ordering: .releasing) }

    /// Calls `hook` with the payloads of each commit's alerts, in order, on a worker's thread; set it before `run`.
    public func onCommittedAlerts(_ hook: @escaping @Sendable ([[UInt8]]) -> Void) {
        alertHook.withLock { $0 = hook }
    }

    /// Whether the thread that watches over the others goes on, for the service manager's watchdog.
    public var isAlive: Bool {
        let last = lastTurn.load(ordering: .acquiring)
        return last == 0 || Clock.monotonicMilliseconds() - last < 20_000
    }

    /// Whether the daemon does its work, for /readyz.
    public var readiness: Readiness { board.readiness }

    /// All tasks of this process, by partition.
    public var tasks: [TaskSnapshot] {
        board.facts.withLock { $0.sightedTasks }.sorted { $0.partition < $1.partition }
    }

    /// Counts since the start.
    public var counters: DaemonCounters { board.facts.withLock { $0.counters } }

    /// From a record's timestamp to the commit of the alert it caused.
    public var alertLatency: Histogram { board.facts.withLock { $0.alertLatency } }

    /// From the begin of a transaction to its commit.
    public var commitDuration: Histogram { board.facts.withLock { $0.commitDuration } }

    /// Payloads of the latest committed alerts, newest first, at most 1,000.
    public func recentAlerts(limit: Int = 100) -> [[UInt8]] {
        board.facts.withLock { $0.latest(limit) }
    }

    /// librdkafka's statistics as the bytes of JSON, by client.
    public var kafkaStatistics: [String: [UInt8]] { board.facts.withLock { $0.statistics } }

    /// What is known of a customer, from the thread that owns the task; waits at most a second.
    public func customer(_ id: [UInt8]) -> CustomerAnswer {
        let partitions = partitions.load(ordering: .acquiring)
        guard partitions > 0 else { return .timeout }
        let partition = Partitioner.partition(of: id.span, partitions: partitions)
        let (owner, isOut) = board.facts.withLock { facts in
            let owner = facts.tasks.firstIndex { $0.contains { $0.partition == partition } }
            return (owner, facts.outage != nil)
        }
        guard let owner else {
            // Cut off from the group nobody can say who owns it.
            return isOut ? .timeout : .notHere(partition: partition)
        }
        let question = Question(customerID: id, partition: partition)
        guard mailboxes[owner].put(question) else { return .timeout }
        for _ in 0..<500 {
            if let answer = question.take() { return answer }
            Clock.sleep(milliseconds: 2)
        }
        return .timeout
    }

    /// Runs until `stop`, or until the group's committed offsets have reached the end of every partition as it stood at
    /// the start; throws what the process should end with.
    public func run(untilCaughtUp: Bool = false) throws(ExitError) {
        try Supervisor(self).run(untilCaughtUp: untilCaughtUp)
    }
}
