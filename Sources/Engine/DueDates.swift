// Which customers to look at when a date closes: those that something has happened to since the last close, in a list,
// and those whom time alone could move, in a ring of intrusive lists, one for each date; so a close costs the
// customers that are due and nobody else. A date further away than the ring is long waits at the ring's end and is
// looked at early, which changes nothing. Who is on the list stays on its date too, which seldom changes.

/// The calendar of a task's customers.
struct DueDates {
    private static let none = UInt32.max
    private var heads: [UInt32]
    private let mask: Int32
    /// Customers for the next close.
    private var next: [UInt32] = []
    /// Customers of the close that is under way.
    var gathered: [UInt32] = []

    /// A ring that holds at least `days`.
    init(days: Int) {
        var size = 512
        while size < min(days + 64, 1 << 14) { size *= 2 }
        heads = [UInt32](repeating: DueDates.none, count: size)
        mask = Int32(size - 1)
    }

    /// Puts the customer in `slot` on `date` (`Int32.max`: on none), given that `open` is the next date to close.
    @inline(__always)
    mutating func set(_ slot: Int, _ date: Int32, open: Int32, table: inout CustomerTable) {
        let target = date == .max ? date : max(open, min(date, open &+ mask - 1))
        guard table[slot].due != target else { return }
        remove(slot, &table)
        guard target != .max else { return }
        let head = heads[Int(target & mask)]
        table[slot].due = target
        table[slot].duePrevious = DueDates.none
        table[slot].dueNext = head
        if head != DueDates.none { table[Int(head)].duePrevious = UInt32(slot) }
        heads[Int(target & mask)] = UInt32(slot)
    }

    /// Takes the customer in `slot` off its date.
    mutating func remove(_ slot: Int, _ table: inout CustomerTable) {
        let due = table[slot].due
        guard due != .max else { return }
        let previous = table[slot].duePrevious
        let next = table[slot].dueNext
        if previous == DueDates.none {
            heads[Int(due & mask)] = next
        } else {
            table[Int(previous)].dueNext = next
        }
        if next != DueDates.none { table[Int(next)].duePrevious = previous }
        table[slot].due = .max
    }

    /// Puts the customer in `slot` on the list for the next close.
    @inline(__always)
    mutating func setNext(_ slot: Int, _ table: inout CustomerTable) {
        guard !table[slot].isDueNext else { return }
        table[slot].isDueNext = true
        next.append(UInt32(slot))
    }

    /// Moves the customers that are due on `date`, which closes, to `gathered`, each once.
    ///
    /// All of them are marked as being on the list.
    mutating func gather(_ date: Int32, _ table: inout CustomerTable) {
        swap(&next, &gathered)
        while heads[Int(date & mask)] != DueDates.none {
            let slot = heads[Int(date & mask)]
            remove(Int(slot), &table)
            guard !table[Int(slot)].isDueNext else { continue }
            table[Int(slot)].isDueNext = true
            gathered.append(slot)
        }
    }
}
