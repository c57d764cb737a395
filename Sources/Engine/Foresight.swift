// Memory asked for before it is needed. A customer's state is spread over a few lines that nobody else has touched
// lately; waiting for each in turn would cost more than all the arithmetic. The worker knows the keys of the records
// that come next, so the lines are requested in three steps, each when the step before has arrived: the index, the
// customer, its parts.
internal import CPrefetch

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
        foresight.slots[second] = Int32(
            truncatingIfNeeded: table.request(foresight.hashes[second]))
        let hash = table.hash(key)
        table.requestIndex(hash)
        foresight.hashes[now & 15] = hash
        foresight.slots[now & 15] = -1
        foresight.position = now &+ 1
    }
}

extension CustomerTable {
    /// Requests the index word of `hash`.
    @inline(__always)
    func requestIndex(_ hash: UInt64) {
        let position = Int(truncatingIfNeeded: hash) & mask
        unsafe index.withUnsafeBufferPointer { words in
            unsafe tidemark_prefetch(words.baseAddress! + position)
        }
    }

    /// Requests the customer that `hash` most likely belongs to; its slot, or -1.
    @inline(__always)
    func request(_ hash: UInt64) -> Int {
        var position = Int(truncatingIfNeeded: hash) & mask
        while index[position] != 0 {
            if index[position] >> 32 == hash >> 32 {
                let slot = Int(index[position] & 0xFFFF_FFFF) - 1
                let address = unsafe UnsafeRawPointer(address(of: slot))
                for line in 0..<4 { unsafe tidemark_prefetch(address + line * 64) }
                return slot
            }
            position = (position + 1) & mask
        }
        return -1
    }

    /// Requests the parts of the customer in `slot` that an entry touches.
    @inline(__always)
    func requestParts(_ slot: Int) {
        self[slot].head.request(at: 0)
        self[slot].entries.request(at: self[slot].entries.count)
        self[slot].windows.request(at: 0)
    }
}

extension Blob {
    /// Requests the line at `offset`.
    @inline(__always)
    func request(at offset: Int) {
        if let base = unsafe base { unsafe tidemark_prefetch(base + offset) }
    }
}
