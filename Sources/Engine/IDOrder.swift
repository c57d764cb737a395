// Customers in the order of their ids, one by one: a heap, since to sort millions of them at once would hold the thread
// for seconds. What is compared lies in the heap itself: eight bytes behind what all of the ids begin with, and the ids
// only where those are equal.
internal import Banking

/// Slots that come out in the order of their customers' ids.
struct IDOrder {
    private struct Item {
        /// Bytes of the id, the first one highest.
        var key: UInt64
        var slot: UInt32
    }

    private var items: [Item] = []
    /// The id of the first that was put in, as far as all others begin so too.
    private var prefix: [UInt8] = []
    private var isOrdered = false

    var isEmpty: Bool { items.isEmpty }

    /// Puts a slot in; costs a look at its id.
    mutating func append(_ slot: Int, _ table: borrowing CustomerTable) {
        let id = table[slot].id
        if items.isEmpty {
            prefix = [UInt8](copying: id)
        } else {
            var count = 0
            while count < prefix.count, count < id.count, prefix[count] == id[count] { count += 1 }
            if count < prefix.count { prefix.removeLast(prefix.count - count) }
        }
        items.append(Item(key: 0, slot: UInt32(slot)))
        isOrdered = false
    }

    /// Makes the first slots come first: to be called between the last `append` and `takeFirst`.
    ///
    /// Costs a look at each id when something was put in since it was last called.
    mutating func order(_ table: borrowing CustomerTable) {
        guard !isOrdered else { return }
        isOrdered = true
        for index in items.indices {
            items[index].key = IDOrder.key(table[Int(items[index].slot)].id, prefix.count)
        }
        for index in stride(from: items.count / 2 - 1, through: 0, by: -1) { sink(index, table) }
    }

    /// Takes out the slot whose customer's id comes first.
    mutating func takeFirst(_ table: borrowing CustomerTable) -> Int {
        precondition(isOrdered && !items.isEmpty, "there is a first one")
        let slot = Int(items[0].slot)
        let last = items.removeLast()
        if !items.isEmpty {
            items[0] = last
            sink(0, table)
        }
        return slot
    }

    /// Forgets all slots, and leaves no memory behind.
    mutating func removeAll() { self = IDOrder() }

    private static func key(_ id: Span<UInt8>, _ start: Int) -> UInt64 {
        var key: UInt64 = 0
        for index in start..<(start + 8) {
            key = key << 8 | (index < id.count ? UInt64(id[index]) : 0)
        }
        return key
    }

    private mutating func sink(_ start: Int, _ table: borrowing CustomerTable) {
        let item = items[start]
        var place = start
        while true {
            var child = 2 * place + 1
            guard child < items.count else { break }
            if child + 1 < items.count, isBefore(items[child + 1], items[child], table) {
                child += 1
            }
            guard isBefore(items[child], item, table) else { break }
            items[place] = items[child]
            place = child
        }
        items[place] = item
    }

    @inline(__always)
    private func isBefore(_ one: Item, _ other: Item, _ table: borrowing CustomerTable) -> Bool {
        if one.key != other.key { return one.key < other.key }
        return precedes(table[Int(one.slot)].id, table[Int(other.slot)].id)
    }
}
