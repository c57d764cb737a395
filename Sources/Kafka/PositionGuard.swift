// Positions by partition number, kept from what was delivered. They let stale records be dropped and
// tell the watermark thread how far behind the owner is.
import CRdKafka
import Synchronization

/// Positions by partition number, written by the owner thread and read by others.
///
/// Relaxed atomics: a reader may see a position late, which only makes it ask a broker once more.
@safe final class PositionTable: @unchecked Sendable {
    static let limit = 16_384
    /// The next offset expected of a partition that is assigned; -1 for one that is not.
    private let positions: UnsafeMutablePointer<Atomic<Int64>>

    init() {
        unsafe positions = .allocate(capacity: Self.limit)
        for index in 0..<Self.limit { unsafe (positions + index).initialize(to: Atomic(-1)) }
    }

    deinit {
        unsafe positions.deinitialize(count: Self.limit)
        unsafe positions.deallocate()
    }

    @inline(__always) subscript(_ partition: Int32) -> Int64 {
        get {
            precondition(partition >= 0 && partition < Self.limit, "too many partitions")
            return unsafe positions[Int(partition)].load(ordering: .relaxed)
        }
        set {
            precondition(partition >= 0 && partition < Self.limit, "too many partitions")
            unsafe positions[Int(partition)].store(newValue, ordering: .relaxed)
        }
    }
}

/// The positions of one topic's assigned partitions.
struct PositionGuard {
    let table = PositionTable()
    private var assigned: [Int32] = []

    /// Starts anew: these are assigned, at these offsets; marks such as the beginning count as 0.
    mutating func assign(_ positions: [PartitionOffset]) {
        for partition in assigned { table[partition] = -1 }
        for position in positions { table[position.partition] = max(0, position.offset) }
        assigned = positions.map(\.partition)
    }

    /// Whether a record or an end at `offset` is to be delivered; what it leaves behind is `next`.
    @inline(__always) func admits(_ partition: Int32, offset: Int64, next: Int64) -> Bool {
        let position = table[partition]
        guard position >= 0, offset >= position else { return false }
        table[partition] = next
        return true
    }
}
