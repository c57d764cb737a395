// Whether an entry may have come before: for each customer a Bloom filter (Bloom 1970) over the ids in its log, the bits
// of a key within one word (after Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters",
// 2007). "No" is certain and costs one load; "maybe", wrong about once in two hundred times, is settled by the log
// itself. It lies with the customer, so that its line is asked for with the rest. Ids that have left the log stay in
// it until it is full and made anew, twice as large as the log needs.

/// Reading and changing a customer's filter.
enum IDFilter {
    private static let keysPerWord = 6

    /// The key of an id as it lies in the log.
    @inline(__always)
    static func key(_ id: Span<UInt8>) -> UInt64 { StableHash.of(id, seed: 0x6B6E_6F77_6E69_6473) }

    /// The word of `key` among `count`, and its five bits there.
    @inline(__always)
    private static func probe(_ key: UInt64, _ count: Int) -> (word: Int, bits: UInt64) {
        let word = Int(truncatingIfNeeded: key.multipliedFullWidth(by: UInt64(count)).high)
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        let bits: UInt64 =
            1 &<< (mixed & 63) | 1 &<< (mixed >> 6 & 63) | 1 &<< (mixed >> 12 & 63)
            | 1 &<< (mixed >> 18 & 63) | 1 &<< (mixed >> 24 & 63)
        return (word, bits)
    }

    /// Whether `key` may have been added.
    @inline(__always)
    static func mayHold(_ known: borrowing Blob, _ key: UInt64) -> Bool {
        guard known.count > 0 else { return false }
        let (word, bits) = probe(key, known.count / 8)
        return known.load(word * 8, as: UInt64.self) & bits == bits
    }

    /// Asks for the memory that `mayHold` looks at.
    @inline(__always)
    static func request(_ known: borrowing Blob, _ key: UInt64) {
        if known.count > 0 { known.request(at: probe(key, known.count / 8).word * 8) }
    }

    /// Remembers `key` of an entry that is in the log.
    @inline(__always)
    static func add(_ key: UInt64, to customer: inout Customer, arena: inout Arena) {
        guard Int(customer.knownCount) < customer.known.count / 8 * keysPerWord else {
            return rebuild(&customer, arena: &arena)
        }
        customer.knownCount += 1
        set(key, in: customer.known)
    }

    @inline(__always)
    private static func set(_ key: UInt64, in known: borrowing Blob) {
        let (word, bits) = probe(key, known.count / 8)
        known.store(known.load(word * 8, as: UInt64.self) | bits, at: word * 8)
    }

    /// Makes the filter of what is in the log, with room for as much again.
    ///
    /// Costs the length of the log.
    static func rebuild(_ customer: inout Customer, arena: inout Arena) {
        let count = Int(customer.entryCount)
        customer.knownCount = customer.entryCount
        guard count > 0 else { return arena.release(&customer.known) }
        let words = count * 2 / keysPerWord + 1
        if words * 8 > customer.known.capacity || words * 16 < customer.known.capacity {
            arena.release(&customer.known)
            arena.reserve(&customer.known, words * 8)
        }
        customer.known.truncate(to: 0)
        customer.known.extend(by: words * 8)
        for word in 0..<words { customer.known.store(UInt64(0), at: word * 8) }
        var offset = 0
        while offset < customer.entries.count {
            let (id, size) = EntryLog.place(ofID: customer.entries, offset)
            set(key(customer.entries.bytes(id)), in: customer.known)
            offset += size
        }
    }
}
