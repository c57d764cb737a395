// Customers by id: open addressing over 64-bit words (upper half of the hash, slot + 1), linear probing, at most
// three quarters full; the place follows from the half that is kept, so that growing looks at no customer. Customers
// themselves lie in chunks that never move.

/// The customers of a task.
///
/// Slots are dense and stay for good.
@safe
struct CustomerTable: ~Copyable {
    private static let chunkShift = 10
    private static let chunkMask = (1 << chunkShift) - 1
    private static let chunkBytes = (1 << chunkShift) * MemoryLayout<Customer>.stride
    /// Chunks in a huge page; the first ones come one by one.
    private static let chunksTogether = Pages.huge / chunkBytes

    private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Customer>>
    private var chunkRoom = 64
    private var chunkCount = 0
    private var words: UnsafeMutablePointer<UInt64>
    private var mask = 1023
    private let seed: UInt64
    /// Customers in the table.
    private(set) var count = 0

    init(seed: UInt64) {
        precondition(MemoryLayout<Customer>.stride == 256, "a customer is four cache lines")
        self.seed = seed
        unsafe chunks = .allocate(capacity: chunkRoom)
        unsafe words = CustomerTable.zeroed(1024)
    }

    deinit {
        for index in 0..<chunkCount {
            if index < CustomerTable.chunksTogether {
                unsafe Pages.free(chunks[index], CustomerTable.chunkBytes)
            } else if index % CustomerTable.chunksTogether == 0 {
                unsafe Pages.free(chunks[index], Pages.huge)
            }
        }
        unsafe chunks.deallocate()
        unsafe Pages.free(words, (mask + 1) * 8)
    }

    private static func zeroed(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        let start = unsafe Pages.allocate(count * 8).bindMemory(to: UInt64.self, capacity: count)
        unsafe start.initialize(repeating: 0, count: count)
        return unsafe start
    }

    /// Bytes held.
    var heldBytes: Int { chunkCount * CustomerTable.chunkBytes + (mask + 1) * 8 }

    /// The hash of a customer's id.
    @inline(__always)
    func hash(_ id: Span<UInt8>) -> UInt64 { StableHash.of(id, seed: seed) }

    /// The customer in `slot`, in place: a coroutine would copy its 256 bytes.
    @inline(__always)
    subscript(slot: Int) -> Customer {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: slot)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: slot) }
    }

    /// Where the customer in `slot` lies.
    @inline(__always)
    func address(of slot: Int) -> UnsafeMutablePointer<Customer> {
        precondition(UInt(bitPattern: slot) < UInt(bitPattern: count), "a slot in use")
        return unsafe chunks[slot >> CustomerTable.chunkShift] + (slot & CustomerTable.chunkMask)
    }

    /// The place at which the search for `hash` begins.
    @inline(__always)
    private func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & mask }

    /// The slot of the customer `id` with `hash`, or -1.
    @inline(__always)
    func find(_ id: Span<UInt8>, hash: UInt64) -> Int {
        var position = place(hash)
        while true {
            let word = unsafe words[position]
            if word == 0 { return -1 }
            if word >> 32 == hash >> 32 {
                let slot = Int(word & 0xFFFF_FFFF) - 1
                if sameBytes(self[slot].id, id) { return slot }
            }
            position = (position + 1) & mask
        }
    }

    /// The slot of the customer that `hash` most likely belongs to, or -1.
    @inline(__always)
    func guess(_ hash: UInt64) -> Int {
        var position = place(hash)
        while true {
            let word = unsafe words[position]
            if word == 0 { return -1 }
            if word >> 32 == hash >> 32 { return Int(word & 0xFFFF_FFFF) - 1 }
            position = (position + 1) & mask
        }
    }

    /// Where the search for `hash` begins.
    @inline(__always)
    func indexAddress(_ hash: UInt64) -> UnsafePointer<UInt64> {
        unsafe UnsafePointer(words + place(hash))
    }

    /// Adds the customer `id`, which is not there yet, and returns its slot.
    mutating func add(_ id: Span<UInt8>, hash: UInt64, arena: inout Arena) -> Int {
        if (count + 1) * 4 > (mask + 1) * 3 { grow() }
        let slot = count
        if slot >> CustomerTable.chunkShift == chunkCount { addChunks() }
        var customer = Customer()
        arena.reserve(&customer.head, 1 + id.count)
        customer.head.extend(by: 1 + id.count)
        customer.head.store(UInt8(id.count), at: 0)
        customer.head.write(id, at: 1)
        count += 1
        unsafe address(of: slot).initialize(to: customer)
        insert((hash >> 32) << 32 | UInt64(slot + 1))
        return slot
    }

    private mutating func insert(_ word: UInt64) {
        var position = place(word)
        while unsafe words[position] != 0 { position = (position + 1) & mask }
        unsafe words[position] = word
    }

    private mutating func grow() {
        let (old, oldCount) = unsafe (words, mask + 1)
        mask = oldCount * 2 - 1
        unsafe words = CustomerTable.zeroed(oldCount * 2)
        for position in 0..<oldCount {
            let word = unsafe old[position]
            if word != 0 { insert(word) }
        }
        unsafe Pages.free(old, oldCount * 8)
    }

    private mutating func addChunks() {
        let together = CustomerTable.chunksTogether
        let added = chunkCount < together ? 1 : together
        if chunkCount + added > chunkRoom { growDirectory() }
        let bytes = added * CustomerTable.chunkBytes
        let start = unsafe Pages.allocate(bytes).bindMemory(
            to: Customer.self, capacity: added << CustomerTable.chunkShift)
        for index in 0..<added {
            unsafe chunks[chunkCount + index] = start + index << CustomerTable.chunkShift
        }
        chunkCount += added
    }

    private mutating func growDirectory() {
        let larger = UnsafeMutablePointer<UnsafeMutablePointer<Customer>>.allocate(
            capacity: chunkRoom * 2)
        unsafe larger.update(from: chunks, count: chunkCount)
        unsafe chunks.deallocate()
        unsafe chunks = larger
        chunkRoom *= 2
    }
}
