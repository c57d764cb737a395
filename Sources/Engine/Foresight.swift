// Memory asked for before it is needed. A customer's state is spread over a few lines that nobody else has touched
// lately; waiting for each in turn would cost more than all the arithmetic. The worker knows the keys of the records
// that come next, so the lines are requested in steps, each when the step before has arrived: the index, the
// customer, its parts; and once the record is decoded, a record before its turn, what its id and its windows need.
public import Banking
internal import CMemory

/// The customers of the records that come next.
struct Foresight {
    /// How many records a step lies behind the one before.
    static let stride = 4
    var hashes: InlineArray<16, UInt64> = .init(repeating: 0)
    var slots: InlineArray<16, Int32> = .init(repeating: -1)
    var position = 0
}

extension Shard {
    /// How many records ahead of `apply` a key is best given to `expect`.
    public static let foresight = 3 * Foresight.stride

    /// Says that a record with `key` comes soon.
    ///
    /// Changes nothing but how fast it will go.
    @inline(__always)
    public mutating func expect(_ key: Span<UInt8>) {
        let now = foresight.position
        let second = (now &- Foresight.stride) & 15
        let third = (now &- 2 &* Foresight.stride) & 15
        let slot = Int(foresight.slots[third])
        if slot >= 0 { table.requestParts(slot) }
        let guess = table.guess(foresight.hashes[second])
        if guess >= 0 { table.request(guess, lines: isReplaying ? 4 : 3) }
        foresight.slots[second] = Int32(truncatingIfNeeded: guess)
        let hash = table.hash(key)
        table.requestIndex(hash)
        foresight.hashes[now & 15] = hash
        foresight.slots[now & 15] = -1
        foresight.position = now &+ 1
    }
}

/// Whom a decoded event is about; good for any later state of the shard.
public struct Sighting {
    let hash: UInt64
    /// The event's id as it lies in a log, within the event's buffer, and its key.
    let id: Event.Text
    let key: UInt64
    /// The customer's slot, or -1 when there was none.
    let slot: Int
}

extension Shard {
    /// Looks whom `event` is about, and asks for the memory that it will touch.
    ///
    /// Best done one record before `apply`.
    @inline(__always)
    public mutating func sight(_ event: inout Event) -> Sighting {
        let id = EntryID.code(&event)
        let key = IDFilter.key(event.bytes(id))
        let customer = event.bytes(event.customerID)
        let hash = table.hash(customer)
        let slot = table.find(customer, hash: hash)
        if slot >= 0 {
            IDFilter.request(table[slot].known, key)
            if isReplaying { table[slot].entries.request(at: Int(table[slot].landmark)) }
            let windows = table[slot].windows.count / MemoryLayout<WindowState>.stride
            for index in 0..<min(windows, 4) {
                table[slot].entries.request(at: Int(table[slot].windowState(index).tail))
            }
        }
        return Sighting(hash: hash, id: id, key: key, slot: slot)
    }
}

extension CustomerTable {
    /// Requests the index word of `hash`.
    @inline(__always)
    func requestIndex(_ hash: UInt64) { unsafe tidemark_prefetch(indexAddress(hash)) }

    /// Requests what an entry touches of the customer in `slot`, or all of it.
    @inline(__always)
    func request(_ slot: Int, lines: Int = 3) {
        let address = unsafe UnsafeRawPointer(address(of: slot))
        for line in 0..<lines { unsafe tidemark_prefetch(address + line * 64) }
    }

    /// Requests the parts of the customer in `slot` that an entry touches.
    @inline(__always)
    func requestParts(_ slot: Int) {
        self[slot].head.request(at: 0)
        self[slot].head.request(at: self[slot].head.count)
        self[slot].windows.request(at: 0)
        let entries = self[slot].entries.count
        self[slot].entries.request(at: entries)
        self[slot].entries.request(at: entries + 63)
        // A log that is full first lets go of what is old.
        if self[slot].entries.capacity - entries < 48 {
            self[slot].entries.request(at: 0)
            self[slot].entries.request(at: 64)
        }
    }
}

extension Blob {
    /// Requests the line at `offset`, which may lie outside.
    @inline(__always)
    func request(at offset: Int) {
        if let base = unsafe base { unsafe tidemark_prefetch(base + offset) }
    }
}
