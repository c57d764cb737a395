// Customers by id: open addressing over 64-bit words (upper half of the hash, slot + 1), linear probing, at most
// three quarters full; customers themselves lie in chunks that never move.

/// The customers of a task.
///
/// Slots are dense and stay for good.
@safe
struct CustomerTable: ~Copyable {
    private static let chunkShift = 10
    private static let chunkMask = (1 << 10) - 1
    private var chunks: [UnsafeMutablePointer<Customer>] = unsafe []
    private(set) var index: [UInt64]
    private(set) var mask: Int
    private let seed: UInt64
    /// Customers in the table.
    private(set) var count = 0

    init(seed: UInt64) {
        self.seed = seed
        index = [UInt64](repeating: 0, count: 1024)
        mask = 1023
    }

    deinit {
        unsafe chunks.forEach { unsafe $0.deallocate() }
    }

    /// Bytes held.
    var heldBytes: Int {
        unsafe chunks.count * (1 << CustomerTable.chunkShift) * MemoryLayout<Customer>.stride
            + index.count * 8
    }

    /// The hash of a customer's id.
    @inline(__always)
    func hash(_ id: Span<UInt8>) -> UInt64 { StableHash.of(id, seed: seed) }

    /// The customer in `slot`.
    @inline(__always)
    subscript(slot: Int) -> Customer {
        @inline(__always) _read {
            precondition(slot >= 0 && slot < count)
            yield unsafe chunks[slot >> CustomerTable.chunkShift][slot & CustomerTable.chunkMask]
        }
        @inline(__always) _modify {
            precondition(slot >= 0 && slot < count)
            yield unsafe &chunks[slot >> CustomerTable.chunkShift][slot & CustomerTable.chunkMask]
        }
    }

    /// Where the customer in `slot` lies.
    @inline(__always)
    func address(of slot: Int) -> UnsafeMutablePointer<Customer> {
        unsafe chunks[slot >> CustomerTable.chunkShift] + (slot & CustomerTable.chunkMask)
    }

    /// The slot of the customer `id` with `hash`, or -1.
    @inline(__always)
    func find(_ id: Span<UInt8>, hash: UInt64) -> Int {
        var position = Int(truncatingIfNeeded: hash) & mask
        let tag = hash >> 32
        while true {
            let word = index[position]
            if word == 0 { return -1 }
            if word >> 32 == tag {
                let slot = Int(word & 0xFFFF_FFFF) - 1
                if sameBytes(self[slot].id, id) { return slot }
            }
            position = (position + 1) & mask
        }
    }

    /// Adds the customer `id`, which is not there yet, and returns its slot.
    mutating func add(_ id: Span<UInt8>, hash: UInt64, arena: inout Arena) -> Int {
        if (count + 1) * 4 > index.count * 3 { grow() }
        let slot = count
        if unsafe slot >> CustomerTable.chunkShift == chunks.count {
            unsafe chunks.append(.allocate(capacity: 1 << CustomerTable.chunkShift))
        }
        var customer = Customer()
        arena.reserve(&customer.head, 1 + id.count)
        customer.head.extend(by: 1 + id.count)
        customer.head.store(UInt8(id.count), at: 0)
        customer.head.write(id, at: 1)
        let chunk = unsafe chunks[slot >> CustomerTable.chunkShift]
        unsafe (chunk + (slot & CustomerTable.chunkMask)).initialize(to: customer)
        count += 1
        insert(hash, slot)
        return slot
    }

    private mutating func insert(_ hash: UInt64, _ slot: Int) {
        var position = Int(truncatingIfNeeded: hash) & mask
        while index[position] != 0 { position = (position + 1) & mask }
        index[position] = (hash >> 32) << 32 | UInt64(slot + 1)
    }

    private mutating func grow() {
        let size = index.count * 2
        mask = size - 1
        index = [UInt64](repeating: 0, count: size)
        for slot in 0..<count {
            let hash = StableHash.of(self[slot].id, seed: seed)
            insert(hash, slot)
        }
    }
}
