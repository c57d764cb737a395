// What the workers publish and others read: counters, histograms, tasks, latest alerts, readiness. Workers write
// once a commit or a few times a second, never once a record.
import Banking
import Synchronization

/// The daemon's published facts; shared by all threads.
final class Board: Sendable {
    /// Alerts kept for /api/alerts.
    static let recentAlerts = 1000

    struct Facts {
        var counters = DaemonCounters()
        var alertLatency = Histogram()
        var commitDuration = Histogram()
        /// By worker, then as that worker listed them.
        var tasks: [[TaskSnapshot]] = []
        /// By worker: nil when it is at work.
        var notReady: [String?] = []
        /// While no broker can be reached.
        var outage: String?
        /// By worker: what has stood still for long.
        var stalls: [String?] = []
        /// By partition, as seen from outside its task.
        var outlooks: [Int32: Outlook] = [:]
        /// A ring: the next place to write, and what is there.
        var recent: [[UInt8]] = []
        var nextRecent = 0
        /// librdkafka's own statistics, by worker and client, as the bytes of JSON: they come on a worker's thread, which
        /// does no more than hand them over.
        var statistics: [String: [UInt8]] = [:]
    }

    let facts: Mutex<Facts>

    init(workers: Int, labels: [DaemonCounters.AlertLabel]) {
        var facts = Facts()
        for reason in LossReason.known { facts.counters.abortedTransactions[reason] = 0 }
        for label in labels { facts.counters.alerts[label] = 0 }
        facts.tasks = Array(repeating: [], count: workers)
        facts.notReady = Array(repeating: "starting", count: workers)
        facts.stalls = Array(repeating: nil, count: workers)
        self.facts = Mutex(facts)
    }

    func setNotReady(_ reason: String?, worker: Int) {
        facts.withLock { $0.notReady[worker] = reason }
    }

    func setOutage(_ reason: String?) { facts.withLock { $0.outage = reason } }

    func setStall(_ reason: String?, worker: Int) {
        facts.withLock { $0.stalls[worker] = reason }
    }

    func setOutlooks(_ outlooks: [Int32: Outlook]) { facts.withLock { $0.outlooks = outlooks } }

    func setStatistics(_ json: [UInt8], client: String) {
        facts.withLock { $0.statistics[client] = json }
    }

    func setTasks(_ tasks: [TaskSnapshot], worker: Int) {
        facts.withLock { $0.tasks[worker] = tasks }
    }

    func countAborted(_ reason: String) {
        facts.withLock { $0.counters.abortedTransactions[reason, default: 0] += 1 }
    }

    var readiness: Readiness {
        facts.withLock { facts in
            if let outage = facts.outage { return .notReady(outage) }
            if let stall = facts.stalls.lazy.compactMap({ $0 }).first { return .notReady(stall) }
            if let reason = facts.notReady.lazy.compactMap({ $0 }).first {
                return .notReady(reason)
            }
            for task in facts.tasks.joined() where task.state != .running {
                let what = "partition \(task.partition) is \(task.state.rawValue)"
                return .notReady(task.reason.map { "\(what): \($0)" } ?? what)
            }
            return .ready
        }
    }
}

extension Board.Facts {
    /// All tasks, each with what has been seen of its partition from outside.
    var sightedTasks: [TaskSnapshot] {
        tasks.joined().map { task in
            guard task.state != .restoring, let outlook = outlooks[task.partition] else {
                return task
            }
            var task = task
            task.look(outlook)
            return task
        }
    }

    /// Keeps an alert's payload for /api/alerts.
    mutating func keep(_ payload: [UInt8]) {
        if recent.count < Board.recentAlerts {
            recent.append(payload)
        } else {
            recent[nextRecent] = payload
        }
        nextRecent = (nextRecent + 1) % Board.recentAlerts
    }

    /// The latest payloads, newest first.
    func latest(_ limit: Int) -> [[UInt8]] {
        let count = max(0, min(limit, recent.count))
        return (0..<count).map { back in
            recent[(nextRecent - 1 - back + 2 * Board.recentAlerts) % Board.recentAlerts]
        }
    }
}
