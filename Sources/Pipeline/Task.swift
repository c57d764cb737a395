// One input partition and its state: records go in, outputs and progress come out. The unit of restore and of
// movement. Belongs to its worker's thread.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka

/// What all tasks of a worker share: decoder, writers and buffers, each used again for every record.
struct Workbench: ~Copyable {
    var reader: EventReader
    /// Two events, filled in turn: one is decoded while the one before it waits to be applied.
    var even = Event()
    var odd = Event()
    let deadLetters: DeadLetters

    init(settings: Settings, limits: RecordLimits) {
        reader = EventReader(bankCurrency: settings.policy.currency)
        deadLetters = DeadLetters(
            topic: settings.inputTopic, payload: settings.rejectedPayload,
            maxBytes: limits.deadLetterBytes)
    }
}

/// What waits for the next commit of a worker.
///
/// A class, since the engine hands over the alerts of a close that raises many while it is still at
/// it.
final class Spool {
    var outbox = Outbox()
    private var writer: AlertWriter
    private let shadowIsWritten: Bool
    /// How much of a close one transaction takes.
    var parts = PartPolicy()
    /// The most bytes of an alert.
    private let limit: Int
    /// Microseconds of a clock that never goes back.
    private let clock: () -> Int64

    init(
        settings: Settings, limits: RecordLimits,
        clock: @escaping () -> Int64 = Clock.monotonicMicroseconds
    ) {
        self.clock = clock
        limit = limits.alertBytes
        writer = AlertWriter(
            currency: settings.policy.currency, calendar: settings.policy.calendar,
            masksAccounts: settings.masksAccounts, language: settings.language)
        shadowIsWritten = settings.shadowTopic != nil
    }

    /// Whether a close that has brought `load` may go on: what waits is less than a transaction should hold.
    func hasRoom(_ load: CloseLoad) -> Bool { parts.hasRoom(outbox.byteCount, load) }

    /// Encodes `alerts` of a task, which came at `now` or just now.
    func write(_ alerts: borrowing AlertBatch, partition: Int32, now: Int64? = nil) {
        let now = now ?? clock()
        for index in 0..<alerts.count { write(alerts[index], partition: partition, now: now) }
    }

    private func write(_ alert: borrowing Alert, partition: Int32, now: Int64) {
        let chunk = outbox.begin()
        let key = outbox.copy(alert.texts[alert.customerID])
        var value = 0..<0
        if !alert.isShadow || shadowIsWritten {
            value = outbox.write { writer.write(alert, to: &$0, limit: limit) }
        }
        outbox.add(
            Outbox.Item(
                output: alert.isShadow ? .shadow : .alerts, chunk: chunk, key: key, value: value,
                partition: partition, offset: alert.sourceOffset,
                timestampMillis: alert.sourceTimestamp, rule: alert.rule,
                status: alert.status, isShadow: alert.isShadow), now: now)
    }
}

/// What the consumer brings of a partition.
enum Supply {
    /// Records from the position on.
    case flows
    /// Records, but not those at the position.
    case missed
    /// Nothing.
    case ended
}

/// What a commit has said of a partition.
struct Commitment {
    var offset: Int64
    /// Its metadata.
    var text: String
    /// S: from where a restart reads the input again.
    var lowWater: Int64
    /// The close of which it holds a part.
    var openClose: OpenClose?

    /// C - S: how many records a restart replays.
    var replayRecords: Int64 { offset - lowWater }
}

/// A partition at work.
final class PartitionTask {
    let partition: Int32
    var shard: Shard
    /// C: the offset after the last record applied, or after an end of the partition.
    private(set) var position: Int64
    /// Whether the group's offset is older than what was committed (`PartitionRestore.settle`).
    var owesOffset = false
    /// Whether the end of the partition was seen since the last record.
    var isAtEnd = false
    /// Moves of the clock that are not committed yet, in order.
    var advances: [ClockRecord] = []
    /// In restore: moves of the clock that are still to be repeated, in order.
    var recorded: ArraySlice<ClockRecord> = []
    /// Offsets of moves whose records no restore needs any more: to be deleted with the next commit.
    var outdated: [Int64] = []
    /// What the group has committed for this partition; nil before the first commit.
    var committed: Commitment?
    /// The same of the commit in flight.
    var committing: Commitment?
    /// Whether records have to wait for a close that is done in parts: what comes meanwhile has to come again.
    var isStopped = false {
        didSet { if isStopped, !oldValue { supply = .missed } }
    }
    /// What the consumer brings.
    var supply = Supply.flows
    var trail = ClockTrail()
    var slices: SlicePolicy
    /// The header to write with the next commit.
    var header: StateHeader?
    /// The newest input that a state in the changelog, or in the commit in flight, holds.
    var newestState: Int64?
    /// Timestamp of the last record applied, in milliseconds; -1 without one.
    private(set) var lastTimestamp: Int64 = -1
    var lastCommit: Instant?
    /// When a record last came in live, in microseconds of the monotonic clock; 0 before the first.
    private var lastInput: Int64 = 0
    /// Records applied live.
    private(set) var records: Int64 = 0
    /// The counts as they were when the latest commit began.
    private var committedRecords: Int64 = 0
    private var committedCounters = Counters()
    /// What was published of the counts.
    private var publishedRecords: Int64 = 0
    private var publishedCounters = Counters()

    let spool: Spool

    init(
        partition: Int32, shard: consuming Shard, position: Int64,
        slices: SlicePolicy = SlicePolicy(),
        spool: Spool
    ) {
        self.partition = partition
        self.shard = shard
        self.position = position
        self.slices = slices
        self.spool = spool
        self.shard.pace = spool.parts.pace
        self.shard.onManyAlerts = { [spool] alerts, load in
            spool.write(alerts, partition: partition)
            return spool.hasRoom(load)
        }
    }

    /// Applies the records of this partition from index `start` on; returns the index of the first of another one.
    ///
    /// While it is stopped it applies none: they have to come again.
    func apply(
        _ batch: borrowing Batch, from start: Int, _ bench: inout Workbench, now: Int64
    ) -> Int {
        var index = start
        if !isStopped {
            lastInput = now
            index = run(&shard, batch, from: start, upTo: .max, &bench, now: now)
        }
        while index < batch.count, batch[index].partition == partition { index += 1 }
        if shard.alerts.count > 0 {
            spool.write(shard.alerts, partition: partition, now: now)
            shard.removeAlerts()
        }
        return index
    }

    /// Applies this partition's records below `end` once more that were committed before: nothing comes out.
    ///
    /// Moves of the clock are repeated where they were.
    func replay(_ batch: borrowing Batch, upTo end: Int64, _ bench: inout Workbench) {
        let counted = records
        var index = 0
        while index < batch.count {
            let offset = batch[index].offset
            guard batch[index].partition == partition, offset < end else {
                index += 1
                continue
            }
            repeatAdvances(upTo: offset)
            let stop = min(end, recorded.first?.offset ?? end)
            index = run(&shard, batch, from: index, upTo: stop, &bench, now: nil)
            shard.removeAlerts()
        }
        records = counted
    }

    /// Uses the time in which nothing comes in.
    func tidy() { shard.tidy(4096) }

    /// Applies the records below `end`.
    ///
    /// Decodes each one before it is applied, so that the memory it touches is there when its turn comes.
    /// Without a time, what is refused was refused before and leaves nothing. The shard is handed down, so that it is
    /// accessed once and not for each record. Stops before a record that has to wait for a close.
    private func run(
        _ shard: inout Shard, _ batch: borrowing Batch, from start: Int, upTo end: Int64,
        _ bench: inout Workbench, now: Int64?
    ) -> Int {
        trail.note(position, shard.clock)
        var reached = position
        var staged: Staged?
        /// The record that has to wait.
        var held: Int?
        var index = start
        var taken = 0
        while index < batch.count, batch[index].partition == partition, batch[index].offset < end {
            let at = index
            index += 1
            batch.request(at + 2 * Shard.foresight)
            batch.requestContent(at + 3 * Shard.foresight / 2)
            expect(batch, at + Shard.foresight, &shard)
            let offset = batch[at].offset
            // Offsets of a partition increase; what a re-assignment brought twice has taken effect.
            guard offset >= reached else { continue }
            reached = offset + 1
            taken += 1
            var refusal: Rejection?
            let next: Staged?
            if staged?.isEven ?? false {
                next = stage(
                    batch[at], at, &shard, &bench.reader, &bench.odd, isEven: false, &refusal)
            } else {
                next = stage(
                    batch[at], at, &shard, &bench.reader, &bench.even, isEven: true, &refusal)
            }
            if let staged, !apply(staged, batch, &shard, &bench, now: now) {
                // The one behind it comes again, too.
                held = staged.index
                taken -= 1
                break
            }
            if let refusal, let now {
                bench.deadLetters.add(batch[at], refusal, to: &spool.outbox, now: now)
            }
            staged = next
        }
        if held == nil, let staged, !apply(staged, batch, &shard, &bench, now: now) {
            held = staged.index
        }
        if let held {
            reached = batch[held].offset
            taken -= 1
            isStopped = true
            isAtEnd = false
        }
        position = reached
        records += Int64(taken)
        if taken > 0 {
            lastTimestamp = batch[(held ?? index) - 1].timestampMillis
            isAtEnd = false
        }
        // Eight customers a record: done long before the next date closes.
        shard.tidy(512 + 8 * taken)
        return index
    }

    /// A decoded record that waits for its turn.
    private struct Staged {
        var index: Int
        var isEven: Bool
        var sighting: Sighting
    }

    @inline(__always)
    private func stage(
        _ record: borrowing Record, _ index: Int, _ shard: inout Shard,
        _ reader: inout EventReader, _ event: inout Event, isEven: Bool,
        _ refusal: inout Rejection?
    ) -> Staged? {
        refusal = reader.read(key: record.key, value: record.value, into: &event)
        guard refusal == nil else { return nil }
        return Staged(index: index, isEven: isEven, sighting: shard.sight(&event))
    }

    /// Returns false when the record has to wait.
    @inline(__always)
    private func apply(
        _ staged: Staged, _ batch: borrowing Batch, _ shard: inout Shard,
        _ bench: inout Workbench, now: Int64?
    ) -> Bool {
        let outcome =
            staged.isEven
            ? apply(bench.even, staged, batch[staged.index], &shard)
            : apply(bench.odd, staged, batch[staged.index], &shard)
        if case .applied = outcome { return true }
        if case .refused(let refusal) = outcome, let now {
            reject(batch[staged.index], staged, refusal, &bench, now: now)
        }
        return outcome != .closing
    }

    /// Writes the dead letter of a record that the engine has refused.
    ///
    /// The engine knows fields and no bytes, so the record is read again for where its field lies.
    @inline(never)
    private func reject(
        _ record: borrowing Record, _ staged: Staged, _ refusal: Rejection,
        _ bench: inout Workbench, now: Int64
    ) {
        var refusal = refusal
        if let field = refusal.field {
            refusal.offset =
                staged.isEven
                ? bench.reader.offset(
                    of: field, key: record.key, value: record.value, into: &bench.even)
                : bench.reader.offset(
                    of: field, key: record.key, value: record.value, into: &bench.odd)
        }
        bench.deadLetters.add(record, refusal, to: &spool.outbox, now: now)
    }

    @inline(__always)
    private func apply(
        _ event: borrowing Event, _ staged: Staged, _ record: borrowing Record,
        _ shard: inout Shard
    ) -> Outcome {
        shard.apply(
            event, staged.sighting, timestampMillis: record.timestampMillis, offset: record.offset)
    }

    /// Lets the shard ask for the memory that the record at `index` will touch.
    @inline(__always)
    private func expect(_ batch: borrowing Batch, _ index: Int, _ shard: inout Shard) {
        guard index < batch.count, batch[index].partition == partition,
            let key = batch[index].key
        else { return }
        shard.expect(key)
    }

    /// The partition ends here: transaction markers may lie behind the last record.
    func reachedEnd(_ offset: Int64) { position = max(position, offset) }

    /// Whether records, moves of the clock, or a part of a close have taken effect that are not committed, or that the
    /// group does not know of.
    var isAhead: Bool {
        owesOffset || committed?.offset != position || committed?.openClose != shard.openClose
            || !advances.isEmpty
    }

    /// Whether a commit would move anything.
    var hasProgress: Bool {
        isAhead || shard.dirtyCount > 0 || header != nil
    }

    /// Whether nothing has come in for a while, so that time is best spent on writing states.
    func isIdle(now: Int64) -> Bool { now - lastInput > 300_000 && shard.dirtyCount > 0 }

    /// Takes note of the counts that the commit which begins will have made true.
    func holdCounts() { (committedRecords, committedCounters) = (records, shard.counters) }

    /// Adds what the latest commit has made true to `counters`.
    func publishCounts(to counters: inout DaemonCounters) {
        counters.records += committedRecords - publishedRecords
        publishedRecords = committedRecords
        counters.engine.add(committedCounters, minus: publishedCounters)
        publishedCounters = committedCounters
    }

    /// What the next commit says of this task: S is where a restore can begin.
    func progress(rulesDigest: String) -> Progress {
        let oldest = min(shard.oldestDirty ?? position, position)
        if shard.dirtyCount == 0 { trail.restart(position, shard.clock) }
        let point = trail.point(at: oldest)
        var progress = Progress(
            position: position, lowWater: point.position, clockAtLowWater: point.clock,
            clock: shard.clock, rulesDigest: rulesDigest)
        progress.openClose = shard.openClose
        progress.newestState = newestState
        return progress
    }
}
