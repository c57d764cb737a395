// One partition's restore: its committed offset and metadata, then the latest states from the changelog, then the input
// from S to C once more in silence. Memory is then exactly what it was at C. The order of the questions matters: the end
// of the changelog is asked for after the committed offset is known, so that the states of that commit lie before it.
import Banking
import Checkpoint
import Engine
import Kafka

/// What is to be restored.
///
/// Equal to another that leads to the same task.
struct RestoreOrder: Sendable, Equatable {
    let committed: CommittedOffset
    /// The latest clock of any task, where rules are to be held against it.
    let latestClock: Instant?

    var partition: Int32 { committed.partition }

    static func == (one: RestoreOrder, other: RestoreOrder) -> Bool {
        one.committed == other.committed
    }
}

/// Why a restore has not led to a task.
enum RestoreEnd: Error {
    /// Nobody wants it any more.
    case dropped
    /// The partition may not run.
    case blocked(String)
    /// The process ends.
    case exit(ExitError)
    /// Kafka does not allow it.
    case denied(reason: String)
    /// The client does not go on.
    case lost(reason: String)
}

/// How far a restore is, in records read.
struct RestoreProgress: Sendable {
    var done: Int64 = 0
    var total: Int64 = 0
    /// Why it does not get on, in words; nil while it does.
    var hindrance: String?

    /// The time left at the speed so far, in seconds; nil when nothing can be said.
    func secondsLeft(afterMicroseconds elapsed: Int64) -> Double? {
        guard done > 0, elapsed > 0 else { return nil }
        return Double(total - done) * Double(elapsed) / Double(done) / 1e6
    }
}

/// The restore of one partition; used once, on one thread.
final class PartitionRestore<C: Cluster> {
    let context: WorkerContext
    let cluster: C
    let machine: C.Host
    let order: RestoreOrder
    let slices: SlicePolicy
    let spool: Spool
    /// How long an input that ends before the committed offset is asked again.
    static var endPatienceMilliseconds: Int64 { 5000 }

    /// Told a few times a second how far it is; whether to go on.
    let report: (RestoreProgress) -> Bool

    /// Nil for a group that has committed nothing here.
    var progress: Progress?
    /// Whether the progress is the changelog's, since the group's is older.
    private var isAdopted = false
    /// The ends of the input.
    private var input = Watermarks(low: 0, high: 0)
    /// Of the changelog: where to begin and where to end.
    var state = Watermarks(low: 0, high: 0)
    /// Where the reading of the changelog began.
    private var stateStart: Int64 = 0
    private let began: Int64
    private var looked: Int64
    private var logged: Int64
    /// Whether the changelog stands still before its end.
    var isHeld = false

    var partition: Int32 { order.partition }

    init(
        _ order: RestoreOrder, context: WorkerContext, cluster: C, slices: SlicePolicy,
        spool: Spool, report: @escaping (RestoreProgress) -> Bool
    ) {
        self.order = order
        self.context = context
        self.cluster = cluster
        machine = cluster.machine
        self.slices = slices
        self.spool = spool
        self.report = report
        began = machine.monotonicMilliseconds()
        (looked, logged) = (began, began)
    }

    /// The partition's task at its committed offset.
    ///
    /// `reader` is used for both topics; `bench` decodes. `warm` is what a standby has read of the changelog.
    func run(
        _ reader: C.Reader, _ bench: inout Workbench, warm: ChangelogImage?
    ) throws(RestoreEnd) -> PartitionTask {
        try prepare()
        let image = usable(warm) ?? ChangelogImage(settings: context.settings, position: state.low)
        stateStart = image.position
        try readStates(into: image, reader)
        let task = PartitionTask(
            partition: partition, shard: image.takeShard(),
            position: progress?.lowWater ?? start, slices: slices, spool: spool)
        let replayBegan = machine.monotonicMilliseconds()
        try check(task, image)
        try replay(task, image, reader, &bench)
        try finish(task)
        task.outdated = image.own.outdated(below: input.low)
        let ended = machine.monotonicMilliseconds()
        context.log(
            .info, "restored",
            [
                ("partition", "\(partition)"), ("customers", "\(task.shard.customerCount)"),
                ("states_read", "\(image.position - stateStart)"),
                ("replayed", "\(progress.map { $0.position - $0.lowWater } ?? 0)"),
                ("milliseconds", "\(ended - began)"),
                ("replay_milliseconds", "\(ended - replayBegan)"),
            ])
        return task
    }

    /// A standby's image, unless the topic is another one by now.
    private func usable(_ warm: ChangelogImage?) -> ChangelogImage? {
        guard let warm, state.low <= warm.position, warm.position <= state.high else { return nil }
        return warm
    }

    /// Asks what there is to restore from.
    private func prepare() throws(RestoreEnd) {
        if order.committed.offset != nil { progress = try read(order.committed) }
        state = try askEnds(of: context.settings.stateTopic)
    }

    /// Settles what is restored, once the changelog was read, and refuses what would come out wrong.
    ///
    /// That is what the group has committed, or else what the changelog says was committed with its states, where that is
    /// later: a broker that was killed in the midst of the commit, and had no replica, has forgotten the offset.
    func settle(_ image: ChangelogImage) throws(RestoreEnd) {
        let committed = order.committed.offset
        let later = image.own.progress(of: context.settings.application, after: progress)
        isAdopted = later != nil
        input = try askInputEnds(reaching: later?.position ?? committed)
        progress = later ?? progress
        guard let progress, let offset = later?.position ?? committed else { return }
        let misfits = progress.misfits(committed: offset, low: input.low, high: input.high)
        if let misfit = misfits.first {
            throw .blocked(reason(for: misfit, progress, offset, input))
        }
        guard isAdopted else { return }
        context.log(
            .warning, "the group's offset is older than the state: going on from the state",
            [
                ("partition", "\(partition)"),
                ("committed", committed.map { "\($0)" } ?? "none"), ("position", "\(offset)"),
            ])
    }

    /// The input's ends; one that ends before `offset` is asked again for some seconds, since a leader that is new, or was
    /// cut off, may once tell too little.
    private func askInputEnds(reaching offset: Int64?) throws(RestoreEnd) -> Watermarks {
        let topic = context.settings.inputTopic
        let patienceEnd = machine.monotonicMilliseconds() + PartitionRestore.endPatienceMilliseconds
        while true {
            let input = try askEnds(of: topic)
            guard let offset, input.high < offset,
                machine.monotonicMilliseconds() < patienceEnd
            else { return input }
            guard report(RestoreProgress()) else { throw .dropped }
            machine.sleep(milliseconds: 200)
        }
    }

    /// Where a task without progress begins.
    private var start: Int64 {
        context.settings.inputStart == .earliest ? input.low : input.high
    }

    func askEnds(of topic: String) throws(RestoreEnd) -> Watermarks {
        try persist("asking for the ends of \(topic)") { () throws(KafkaError) in
            try cluster.watermarks(topic, partition)
        }
    }

    /// Holds what was read against what was committed, and notes the header that the next commit must write.
    private func check(_ task: PartitionTask, _ image: ChangelogImage) throws(RestoreEnd) {
        let now = StateHeader(policy: context.settings.policy, partitions: context.partitions)
        guard let header = image.own.header else {
            // The first commit has written a header.
            guard task.shard.customerCount == 0 else { throw .exit(headerGone) }
            if let progress { throw .exit(changelogGone(progress)) }
            task.header = now
            return
        }
        guard let progress else { throw .exit(offsetGone) }
        if let fault = fault(of: image, progress) { throw .exit(fault) }
        var clock = progress.clock.time
        if clock != nil, progress.rulesDigest != context.settings.rulesDigest {
            clock = order.latestClock ?? clock
        }
        do throws(HeaderMismatch) {
            let merged = try header.checked(against: now, clock: clock)
            task.header = merged == header ? nil : merged
        } catch {
            throw .exit(mismatch(error))
        }
    }

    private func finish(_ task: PartitionTask) throws(RestoreEnd) {
        guard let progress else {
            task.trail.restart(task.position, TaskClock())
            return
        }
        task.finishReplay(at: progress)
        task.owesOffset = isAdopted
        task.committed = order.committed.offset.map {
            Commitment(
                offset: $0, text: order.committed.metadata, lowWater: min(progress.lowWater, $0),
                openClose: progress.openClose)
        }
        task.newestState = progress.newestState
        guard
            task.shard.clock == progress.clock && task.shard.openClose == progress.openClose
                || progress.rulesDigest != context.settings.rulesDigest
        else {
            throw .exit(otherClock(progress))
        }
    }

    /// A few times a second: tells how far it is, and looks whether it is still wanted.
    func pause(stateDone: Int64, position: Int64? = nil) throws(RestoreEnd) {
        let now = machine.monotonicMilliseconds()
        guard now - looked > 250 else { return }
        looked = now
        let start = self.progress?.lowWater ?? 0
        let end = self.progress?.position ?? 0
        let done = stateDone - stateStart + (position ?? start) - start
        let total = state.high - stateStart + end - start
        let progress = RestoreProgress(
            done: done, total: total, hindrance: isHeld ? hindrance : nil)
        guard report(progress) else { throw .dropped }
        guard now - logged > 5000 else { return }
        logged = now
        if let hindrance = progress.hindrance {
            return context.log(
                .warning, "restore stands still",
                [("partition", "\(partition)"), ("reason", hindrance)])
        }
        let left = progress.secondsLeft(afterMicroseconds: (now - began) * 1000) ?? 0
        context.log(
            .info, "restoring",
            [
                ("partition", "\(partition)"), ("done", "\(done)"), ("total", "\(total)"),
                ("seconds_left", "\(Int(left.rounded(.up)))"),
            ])
    }

    /// Calls until it succeeds, gives up when another try cannot help.
    func persist<T>(
        _ what: String, _ body: () throws(KafkaError) -> T
    ) throws(RestoreEnd) -> T {
        var isTold = false
        return try machine.insist(pauseMilliseconds: 200, body) { (error) throws(RestoreEnd) in
            if error.cure == .notAuthorized { throw .denied(reason: "\(what): \(error)") }
            if !isTold { context.log(.warning, what, [("error", "\(error)")]) }
            isTold = true
            guard report(RestoreProgress()) else { throw .dropped }
        }
    }
}
