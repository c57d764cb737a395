// Restores beside the worker: a thread of their own makes tasks, one partition after the other, while the worker goes on
// with those that are ready. A restore depends on nothing but what was committed when it was ordered, so that it
// outlives a rebalance: whoever gets the partition back at the same committed offset has what was done meanwhile.
import Checkpoint
import Kafka
import Synchronization

/// The restores of one worker.
///
/// Every method is for the worker's thread.
final class Restorer<C: Cluster>: @unchecked Sendable {
    /// An order and what came of it; the restorer's thread makes it and lets go of it.
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

    private struct Shared {
        var waiting: [RestoreOrder] = []
        /// The one at work, and whether it is still wanted.
        var current: RestoreOrder?
        var isWanted = false
        var progress = RestoreProgress()
        var began: Int64 = 0
        var finished: [Finished] = []
        var isRunning = false

        func holds(_ order: RestoreOrder) -> Bool {
            waiting.contains(order) || isWanted && current == order
                || finished.contains { $0.order == order }
        }
    }

    private let context: WorkerContext
    private let cluster: C
    private let machine: C.Host
    private let slices: SlicePolicy
    private let standby: Standby<C>?
    // The tasks' own; none of them touches it before it is handed over.
    private let spool: Spool
    private let wake: @Sendable () -> Void
    private let shared = Mutex(Shared())
    private let finishedCount = Atomic<Int>(0)
    private let ended: C.Host.Waiting
    private var thread: Thread?

    /// - Parameters:
    ///   - spool: Where the tasks that it makes put their alerts.
    ///   - standby: What is known already of partitions that others have owned.
    ///   - wake: Called on the restorer's thread when a restore has ended.
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
        ended = machine.makeSignal()
    }

    /// Makes `orders` all that is wanted: what is on its way or done already goes on, others are let go of.
    func set(_ orders: [RestoreOrder]) {
        let mustStart = shared.withLock { shared in
            shared.finished.removeAll { !orders.contains($0.order) }
            finishedCount.store(shared.finished.count, ordering: .relaxed)
            shared.waiting.removeAll { !orders.contains($0) }
            if let current = shared.current { shared.isWanted = orders.contains(current) }
            for order in orders where !shared.holds(order) { shared.waiting.append(order) }
            let mustStart = !shared.isRunning && !shared.waiting.isEmpty
            if mustStart { shared.isRunning = true }
            return mustStart
        }
        guard mustStart else { return }
        join()
        thread = machine.start("restore-\(context.index)") { [self] in run() }
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
            var pending: [Pending] = []
            if shared.isWanted, let current = shared.current {
                pending.append(
                    Pending(
                        partition: current.partition, progress: shared.progress,
                        began: shared.began))
            }
            return pending + shared.waiting.map { Pending(partition: $0.partition) }
        }
    }

    /// Lets go of everything, and waits for the thread: the time of one call to Kafka.
    func end() {
        set([])
        join()
    }

    private func join() {
        guard let thread = thread.take() else { return }
        ended.wait()
        thread.join()
    }

    // MARK: The thread

    private func run() {
        var bench = Workbench(settings: context.settings, limits: context.limits)
        var reader: C.Reader?
        while let order = next() {
            let restore = PartitionRestore(
                order, context: context, cluster: cluster, slices: slices, spool: spool
            ) { [self] progress in note(progress) }
            do throws(RestoreEnd) {
                if reader == nil {
                    reader = try restore.persist("making a reader") { () throws(KafkaError) in
                        try cluster.reader(follows: false)
                    }
                }
                let warm = standby?.take(order.partition)
                finish(order, .success(try restore.run(reader!, &bench, warm: warm)))
            } catch {
                finish(order, .failure(error))
            }
        }
        // What it has given away must be gone before the worker thinks so.
        reader = nil
        ended.signal()
    }

    private func next() -> RestoreOrder? {
        let now = machine.monotonicMicroseconds()
        return shared.withLock { shared in
            guard !shared.waiting.isEmpty else {
                shared.isRunning = false
                return nil
            }
            let order = shared.waiting.removeFirst()
            shared.current = order
            shared.isWanted = true
            shared.progress = RestoreProgress()
            shared.began = now
            return order
        }
    }

    private func note(_ progress: RestoreProgress) -> Bool {
        shared.withLock { shared in
            shared.progress = progress
            return shared.isWanted
        }
    }

    private func finish(_ order: RestoreOrder, _ outcome: Result<PartitionTask, RestoreEnd>) {
        let finished = Finished(order: order, outcome: outcome)
        let isWanted = shared.withLock { shared in
            let isWanted = shared.isWanted
            if isWanted {
                shared.finished.append(finished)
                finishedCount.store(shared.finished.count, ordering: .relaxed)
            }
            shared.current = nil
            shared.isWanted = false
            return isWanted
        }
        if isWanted { wake() }
    }
}
