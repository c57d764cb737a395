// What one partition of the changelog says, as far as it was read: a restore reads it to the end that it had, a standby
// follows it for as long as somebody else owns the partition, and a check wants to know of each state how far it reaches.
// Restores begin with either of the first two.
import Banking
import Checkpoint
import Engine
import Kafka

/// The states of one partition of the changelog, put into a shard, and what stands beside them.
///
/// One thread at a time.
final class ChangelogImage {
    private var shard: Shard?
    private var assembler = Assembler()
    /// The records that are no customer's.
    private(set) var own = OwnRecords()
    /// The last offset that any of the states holds; -1 without one.
    private(set) var newest: Int64 = -1
    /// The last date whose close any of them holds, and the last customer whose state does.
    private(set) var lastClosed: OpenClose?
    /// The offset behind the last record read, or an end of the partition.
    private(set) var position: Int64
    /// What each customer's latest state holds, by id; nil where nobody wants to know.
    private(set) var reaches: [[UInt8]: StateReach]?

    /// An empty image that is to be read from `position` on.
    init(settings: Settings, position: Int64, keepsReaches: Bool = false) {
        shard = Shard(policy: settings.policy, tracksChanges: settings.balancesTopic != nil)
        self.position = position
        if keepsReaches { reaches = [:] }
    }

    /// Large states that lack a part.
    var incompleteCount: Int { assembler.incompleteCount }

    /// Takes what `batch` holds of `partition`, in the order of the log.
    ///
    /// Throws `HeaderError` or `ChangelogError` at a record that cannot be used; nothing more should be taken then.
    func take(_ batch: borrowing Batch, of partition: Int32) throws {
        try take(batch, of: partition) { _, error in throw error }
    }

    /// As `take`, but has `skip` told the offset of each record that cannot be used, and why.
    func take(
        _ batch: borrowing Batch, of partition: Int32,
        skip: (_ offset: Int64, _ error: any Error) throws -> Void
    ) rethrows {
        for index in 0..<batch.count {
            batch.request(index + 2 * Shard.foresight)
            batch.requestContent(index + 3 * Shard.foresight / 2)
            let ahead = index + Shard.foresight
            if ahead < batch.count, batch[ahead].partition == partition, let key = batch[ahead].key
            {
                shard!.expect(key)
            }
            let record = batch[index]
            guard record.partition == partition, record.offset >= position else { continue }
            do { try install(record) } catch { try skip(record.offset, error) }
            position = record.offset + 1
        }
        for end in batch.ends where end.partition == partition {
            position = max(position, end.offset)
        }
    }

    private func install(_ record: borrowing Record) throws {
        guard let key = record.key else { return }
        if StateHeader.isReserved(key: key) {
            return try own.install(key: key, value: record.value)
        }
        guard let value = record.value,
            let reach = try assembler.install(key: key, value: value, into: &shard!)
        else { return }
        newest = max(newest, reach.lsn)
        if let date = reach.lastClosed { note(date, key) }
        if reaches != nil {
            reaches![[UInt8](copying: key.extracting(0..<Envelope.idBytes(inKey: key)))] = reach
        }
    }

    private func note(_ date: Day, _ key: Span<UInt8>) {
        if let lastClosed {
            guard date >= lastClosed.date else { return }
            let id = key.extracting(0..<Envelope.idBytes(inKey: key))
            if date == lastClosed.date, lastClosed.holds(id) { return }
        }
        let id = [UInt8](copying: key.extracting(0..<Envelope.idBytes(inKey: key)))
        lastClosed = OpenClose(date: date, customer: id)
    }

    /// Whether no state holds more than was committed with `progress`.
    func isWithin(_ progress: Progress) -> Bool {
        guard newest < progress.position else { return false }
        guard let lastClosed, let customer = lastClosed.customer else { return true }
        let reach = StateReach(lsn: newest, lastClosed: lastClosed.date)
        return progress.covers(reach, of: customer.span)
    }

    /// Gives the shard away; nothing can be read any more.
    func takeShard() -> Shard { shard.take()! }
}
