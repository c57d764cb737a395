// Keeps the library fetching. Before 2.2 its fetcher sleeps up to a second when the local queue is
// over its limit, although the queue is soon empty. A question for a partition's end wakes a broker's
// thread, for all its partitions: so while the owner is behind, one partition of each leader is asked
// as soon as half of the queue is taken, and every 10 ms. Every partition is asked once a second, for the lag.
import CRdKafka
import Synchronization

/// Tells when half of what was queued is taken.
struct QueueTide {
    /// A queue that has held fewer records has not been full.
    static let least = 2048
    /// What was queued at most, of late.
    private var high = 0
    private var isLow = false

    /// Takes note of the queue's length after a poll; true once each time that it has fallen below half.
    mutating func ebbs(to length: Int) -> Bool {
        high = max(length, high - high / 64)
        guard 2 * length < high else {
            isLow = false
            return false
        }
        defer { isLow = true }
        return !isLow && high >= QueueTide.least
    }
}

extension ConsumerHandle {
    /// Records that were fetched and not yet taken.
    var queuedRecords: Int { unsafe rd_kafka_queue_length(queue) }
}

/// A thread that keeps a consumer's fetching awake and knows how far the partitions reach.
///
/// Stops when it is released, within the time of one question.
public final class FetchWaker: Sendable {
    private let shared: Shared
    private let thread: Mutex<Thread?>

    init(_ handle: ConsumerHandle, topic: String, partitionCount: Int, positions: PositionTable) {
        let shared = Shared(handle, topic, partitionCount, positions)
        self.shared = shared
        thread = Mutex(Thread(name: "fetch-waker") { shared.run() })
    }

    deinit { stop() }

    /// Stops the thread and waits for it; safe to call twice.
    public func stop() {
        shared.stops.store(true, ordering: .releasing)
        shared.handle.ebb.signal()
        let thread = thread.withLock { $0.take() }
        thread?.join()
    }

    /// The end of a partition as last heard, nil before the first answer; any thread.
    ///
    /// For a consumer that reads committed records: the last stable offset.
    public func highWatermark(of partition: Int32) -> Int64? {
        let mark = shared.marks[partition]
        return mark < 0 ? nil : mark
    }
}

/// What the thread and its readers share.
private final class Shared: Sendable {
    let handle: ConsumerHandle
    let topic: String
    let partitionCount: Int32
    let positions: PositionTable
    let marks = PositionTable()
    let stops = Atomic<Bool>(false)

    init(_ handle: ConsumerHandle, _ topic: String, _ count: Int, _ positions: PositionTable) {
        self.handle = handle
        self.topic = topic
        self.partitionCount = Int32(count)
        self.positions = positions
    }

    func run() {
        var leaders: [Int32] = []
        var turn = 0
        var (looksAt, refreshesAt) = (ContinuousClock.now, ContinuousClock.now)
        while !stops.load(ordering: .acquiring) {
            let now = ContinuousClock.now
            if now >= refreshesAt || leaders.isEmpty {
                leaders = handle.leaders(ofTopic: topic)
                refreshesAt = now + .seconds(10)
            }
            if now >= looksAt {
                for partition in 0..<partitionCount where positions[partition] >= 0 {
                    if stops.load(ordering: .acquiring) { return }
                    ask(partition)
                }
                looksAt = now + .seconds(1)
            } else {
                wake(leaders, turn)
            }
            turn += 1
            _ = handle.ebb.wait(milliseconds: 10)
        }
    }

    /// Asks one partition of each leader that has one the owner is behind in, another each time.
    private func wake(_ leaders: [Int32], _ turn: Int) {
        for leader in Set(leaders) where leader >= 0 {
            let mine = leaders.indices.map(Int32.init).filter {
                leaders[Int($0)] == leader && $0 < partitionCount && positions[$0] >= 0
            }
            guard mine.contains(where: { positions[$0] < marks[$0] }) else { continue }
            ask(mine[turn % mine.count])
        }
    }

    /// Milliseconds for one answer: where nothing comes it waits behind a fetch, which takes up to 500.
    private static let patience: Int32 = 1500

    private func ask(_ partition: Int32) {
        let place = TopicPartition(topic, partition)
        guard let end = try? handle.end(of: place, timeoutMilliseconds: Shared.patience) else {
            return
        }
        marks[partition] = end
    }
}

extension ConsumerHandle {
    /// The leader of each partition, empty when it cannot be asked.
    fileprivate func leaders(ofTopic name: String) -> [Int32] {
        (try? describe(topic: name, timeoutMilliseconds: 500))?.leaders ?? []
    }
}
