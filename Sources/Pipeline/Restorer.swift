// Restores beside the worker: threads of their own make tasks, each one partition after the other, while the worker goes
// on with those that are ready. A restore depends on nothing but what was committed when it was ordered, so that it
// outlives a rebalance: whoever gets the partition back at the same committed offset has what was done meanwhile.
import Checkpoint
import Kafka
import Synchronization

/// The restores of one worker.
///
/// Every method is for the worker's thread.
final class Restorer<C: Cluster>: @unchecked Sendable {
    /// An order and what came of it; one of the restorer's threads makes it and lets go of it.
    struct Finished: @unchecked Sendable {
        let order: RestoreOrder
        let outcome: Result<PartitionTask, RestoreEnd>
    }

    /// An order on its way.
    struct Pending {
        let partition: Int32
        var progress = RestoreProgress()
        /// When it began, in microseconds of the monotonic clock; nil while it waits for its turn.
        var began: Int64?
    }

    /// What a thread is at.
    private struct Lane {
        /// Whether there is a thread that has not seen that nothing waits.
        var isRunning = false
        /// The order at work, and whether it is still wanted.
        var current: RestoreOrder?
        var isWanted = false
        var progress = RestoreProgress()
        var began: Int64 = 0
    }

    private struct Shared {
        var waiting: [RestoreOrder] = []
        var lanes: [Lane]
        var finished: [Finished] = []

        func holds(_ order: RestoreOrder) -> Bool {
            waiting.contains(order) || lanes.contains { $0.isWanted && $0.current == order }
                || finished.contains { $0.order == order }
        }
    }

    /// A thread and the signal of its end.
    private final class Hand {
        let ended: C.Host.Waiting
        var thread: Thread?

        init(ended: C.Host.Waiting) { self.ended = ended }
    }

    private let context: WorkerContext
    private let cluster: C
    private let machine: C.Host
    private let slices: SlicePolicy
    private let standby: Standby<C>?
    // The tasks' own; none of them touches it before it is handed over.
    private let spool: Spool
    private let wake: @Sendable () -> Void
    private let shared: Mutex<Shared>
    private let finishedCount = Atomic<Int>(0)
    /// By lane.
    private let hands: [Hand]

    /// - Parameters:
    ///   - spool: Where the tasks that it makes put their alerts.
    ///   - standby: What is known already of partitions that others have owned.
    ///   - wake: Called on one of the restorer's threads when a restore has ended.
    init(
        _ context: WorkerContext, cluster: C, slices: SlicePolicy, spool: Spool,
        standby: Standby<C>?, wake: @escaping @Sendable () -> Void
    ) {
        self.standby = standby
        self.context = context
        self.cluster = cluster
        machine = cluster.machine
        self.slices = slices
        self.spool = spool
        self.wake = wake
        let lanes = Restorer.lanes(
            processors: machine.processors, workers: context.settings.workers)
        shared = Mutex(Shared(lanes: [Lane](repeating: Lane(), count: lanes)))
        hands = (0..<lanes).map { [machine] _ in Hand(ended: machine.makeSignal()) }
    }

    /// How many partitions a worker restores at a time: as many as it has processors for.
    ///
    /// At most four, since each holds a queue of fetched states.
    static func lanes(processors: Int, workers: Int) -> Int { min(4, max(1, processors / workers)) }

    /// Makes `orders` all that is wanted: what is on its way or done already goes on, others are let go of.
    func set(_ orders: [RestoreOrder]) {
        let started = shared.withLock { shared in
            shared.finished.removeAll { !orders.contains($0.order) }
            finishedCount.store(shared.finished.count, ordering: .relaxed)
            shared.waiting.removeAll { !orders.contains($0) }
            for lane in shared.lanes.indices {
                guard let current = shared.lanes[lane].current else { continue }
                shared.lanes[lane].isWanted = orders.contains(current)
            }
            for order in orders where !shared.holds(order) { shared.waiting.append(order) }
            let started = shared.lanes.indices.filter { !shared.lanes[$0].isRunning }
                .prefix(shared.waiting.count)
            for lane in started { shared.lanes[lane].isRunning = true }
            return started
        }
        for lane in started {
            join(lane)
            let ended = hands[lane].ended
            hands[lane].thread = machine.start("restore-\(context.index)-\(lane)") { [self] in
                run(lane, ended)
            }
        }
    }

    /// Takes out what has ended of `partitions`.
    func take(_ partitions: [Int32]) -> [Finished] {
        guard finishedCount.load(ordering: .relaxed) > 0 else { return [] }
        return shared.withLock { shared in
            let taken = shared.finished.filter { partitions.contains($0.order.partition) }
            shared.finished.removeAll { partitions.contains($0.order.partition) }
            finishedCount.store(shared.finished.count, ordering: .relaxed)
            return taken
        }
    }

    /// What has not ended.
    var pending: [Pending] {
        shared.withLock { shared in
            let current = shared.lanes.compactMap { lane in
                guard lane.isWanted, let order = lane.current else { return nil as Pending? }
                return Pending(
                    partition: order.partition, progress: lane.progress, began: lane.began)
            }
            return current + shared.waiting.map { Pending(partition: $0.partition) }
        }
    }

    /// Lets go of everything, and waits for the threads: the time of one call to Kafka.
    func end() {
        set([])
        hands.indices.forEach { join($0) }
    }

    private func join(_ lane: Int) {
        guard let thread = hands[lane].thread.take() else { return }
        hands[lane].ended.wait()
        thread.join()
    }

    // MARK: The threads

    private func run(_ lane: Int, _ ended: C.Host.Waiting) {
        var bench = Workbench(settings: context.settings, limits: context.limits)
        var reader: C.Reader?
        while let order = next(lane) {
            let restore = PartitionRestore(
                order, context: context, cluster: cluster, slices: slices, spool: spool
            ) { [self] progress in note(progress, lane) }
            do throws(RestoreEnd) {
                if reader == nil {
                    reader = try restore.persist("making a reader") { () throws(KafkaError) in
                        try cluster.reader(follows: false)
                    }
                }
                let warm = standby?.take(order.partition)
                finish(order, .success(try restore.run(reader!, &bench, warm: warm)), lane)
            } catch {
                finish(order, .failure(error), lane)
            }
        }
        // What it has given away must be gone before the worker thinks so.
        reader = nil
        ended.signal()
    }

    private func next(_ lane: Int) -> RestoreOrder? {
        let now = machine.monotonicMicroseconds()
        return shared.withLock { shared in
            guard !shared.waiting.isEmpty else {
                shared.lanes[lane] = Lane()
                return nil
            }
            let order = shared.waiting.removeFirst()
            shared.lanes[lane] = Lane(
                isRunning: true, current: order, isWanted: true, began: now)
            return order
        }
    }

    private func note(_ progress: RestoreProgress, _ lane: Int) -> Bool {
        shared.withLock { shared in
            shared.lanes[lane].progress = progress
            return shared.lanes[lane].isWanted
        }
    }

    private func finish(
        _ order: RestoreOrder, _ outcome: Result<PartitionTask, RestoreEnd>, _ lane: Int
    ) {
        let finished = Finished(order: order, outcome: outcome)
        let isWanted = shared.withLock { shared in
            let isWanted = shared.lanes[lane].isWanted
            if isWanted {
                shared.finished.append(finished)
                finishedCount.store(shared.finished.count, ordering: .relaxed)
            }
            shared.lanes[lane].current = nil
            shared.lanes[lane].isWanted = false
            return isWanted
        }
        if isWanted { wake() }
    }
}
