// How a task's clock moves without input (semantics, 3.4): once live, when the worker says so, and again in restore, where
// the changelog's records say it. Such a move is not in the input, which is the redo log: so its record is committed with
// all that it has done, and a restore repeats it before the record at its offset.
import Banking
import Checkpoint
import Engine

extension PartitionTask {
    /// The end of the partition was seen at `offset`, behind all records handed over so far.
    func sawEnd(_ offset: Int64) {
        // Records before it have to come again.
        guard supply == .flows else { return }
        // One that lies before the position is older than the last record.
        if offset >= position { isAtEnd = true }
        reachedEnd(offset)
    }

    /// Moves the clock to `time` and closes what that closes; `now` is when, by the worker's clock.
    func advance(to time: Instant, now: Int64) {
        // What a restore begins with must lie before what the move changes.
        trail.note(position, shard.clock)
        guard shard.advance(to: time, offset: position) else { return }
        isStopped = shard.mustContinueClose
        noteMove()
        spool.write(shard.alerts, partition: partition, now: now)
        shard.removeAlerts()
    }

    /// The clock has moved before the record at the position, to where it stands.
    private func noteMove() {
        guard let time = shard.clock.time else { return }
        // The same key: the later one stands for both.
        if advances.last?.offset == position { advances.removeLast() }
        advances.append(ClockRecord(offset: position, time: time))
    }

    /// Goes on with a close that is done in parts, as far as what waits leaves room; `now` is when, by the worker's clock.
    func continueClose(now: Int64) {
        guard hasRoomToClose else { return }
        if shard.mustContinueClose {
            let before = shard.clock.time
            shard.continueClose()
            if shard.clock.time != before { noteMove() }
            spool.write(shard.alerts, partition: partition, now: now)
            shard.removeAlerts()
        }
        isStopped = shard.mustContinueClose
    }

    /// Whether what waits leaves room for more of a close.
    var hasRoomToClose: Bool {
        spool.hasRoom(CloseLoad(customers: 0, changed: shard.changedCount))
    }

    /// Repeats the moves of the clock that came before the record at `offset`; nothing comes out.
    func repeatAdvances(upTo offset: Int64) {
        while let next = recorded.first, next.offset <= offset {
            recorded.removeFirst()
            trail.note(position, shard.clock)
            _ = shard.advance(to: next.time, offset: next.offset)
            shard.removeAlerts()
        }
    }

    /// Everything below the position of `progress` was replayed.
    func finishReplay(at progress: Progress) {
        let offset = progress.position
        reachedEnd(offset)
        repeatAdvances(upTo: offset)
        recorded = []
        if let close = progress.openClose, let time = progress.clock.time {
            shard.reopen(close, time: time, offset: offset)
        }
        shard.endReplay()
        isStopped = shard.mustContinueClose
    }
}
