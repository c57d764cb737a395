// One partition of a topic: records of open, committed and aborted transactions, the markers that end them, the last
// stable offset below which readers of committed records may read, and compaction.
import Randomness

/// The log of a partition.
struct PartitionLog {
    /// A record, or without a value to read a transaction's marker.
    struct Entry {
        var offset: Int64
        var key: [UInt8]?
        var value: [UInt8]?
        /// The transaction it belongs to, if any.
        var transaction: Int?
        var isMarker = false
    }

    private(set) var entries: [Entry] = []
    /// The offset of the next record.
    private(set) var end: Int64 = 0
    /// Transactions that have no marker yet, and where they began.
    private var open: [(transaction: Int, first: Int64)] = []
    private var aborted: Set<Int> = []

    /// The end of what a reader of committed records sees.
    var lastStable: Int64 { open.reduce(end) { min($0, $1.first) } }

    mutating func append(key: [UInt8]?, value: [UInt8]?, transaction: Int?) {
        if let transaction, !open.contains(where: { $0.transaction == transaction }) {
            open.append((transaction, end))
        }
        entries.append(Entry(offset: end, key: key, value: value, transaction: transaction))
        end += 1
    }

    /// Writes the marker of a transaction.
    mutating func finish(_ transaction: Int, commits: Bool) {
        open.removeAll { $0.transaction == transaction }
        if !commits { aborted.insert(transaction) }
        entries.append(Entry(offset: end, transaction: transaction, isMarker: true))
        end += 1
    }

    /// At most `limit` committed records from `position` on, and the position behind what was looked at.
    func read(from position: Int64, limit: Int) -> (records: [Entry], next: Int64) {
        let stable = lastStable
        var records: [Entry] = []
        var next = position
        var index = entries.partitioningIndex { $0.offset >= position }
        while index < entries.count, entries[index].offset < stable {
            let entry = entries[index]
            if isCommitted(entry) {
                if records.count == limit { return (records, next) }
                records.append(entry)
            }
            next = entry.offset + 1
            index += 1
        }
        return (records, max(next, stable))
    }

    /// Every committed record.
    var committed: [Entry] { read(from: 0, limit: .max).records }

    private func isCommitted(_ entry: Entry) -> Bool {
        !entry.isMarker && !(entry.transaction.map(aborted.contains) ?? false)
    }

    /// Removes below some stable offset what a later committed record of the same key replaces, what was aborted, and
    /// markers.
    mutating func compact(_ dice: inout Dice) {
        let limit = Int64(dice.number(0...Int(lastStable)))
        var latest: [[UInt8]: Int64] = [:]
        for entry in entries where entry.offset < limit && isCommitted(entry) {
            latest[entry.key ?? []] = entry.offset
        }
        entries = entries.filter { entry in
            guard entry.offset < limit else { return true }
            return isCommitted(entry) && latest[entry.key ?? []] == entry.offset
        }
    }
}

extension Array {
    /// The first index from which on `isBehind` holds.
    func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
