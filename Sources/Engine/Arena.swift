// Memory for the variable parts of customers. Blocks come in size classes, eight to a doubling, from slabs that grow to
// a huge page each; a freed block goes to its class's list and is handed out again. Blocks above 256 KiB come from the
// system one by one. So a task in steady state asks the heap for nothing.

/// A growing piece of bytes that belongs to a customer; its memory is the arena's.
///
/// Offsets are checked.
@safe
struct Blob {
    fileprivate(set) var base: UnsafeMutableRawPointer?
    /// Bytes in use.
    @inline(__always) var count: Int { Int(usedBytes) }
    private var usedBytes: UInt32 = 0
    fileprivate var capacityBytes: UInt32 = 0

    init() {}

    /// Bytes there is room for.
    var capacity: Int { Int(capacityBytes) }
    var isEmpty: Bool { count == 0 }

    /// The value at `offset`, which need not be aligned.
    @inline(__always)
    func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "inside the blob")
        return unsafe base!.loadUnaligned(fromByteOffset: offset, as: type)
    }

    /// Writes `value` at `offset`, which need not be aligned.
    @inline(__always)
    func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "inside the blob")
        unsafe base!.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    /// The byte at `offset`.
    @inline(__always)
    subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count, "inside the blob")
        return unsafe base!.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// The bytes in `range`.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(_ range: Range<Int>) -> Span<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "inside the blob")
        guard let base = unsafe base else {
            let nothing = Span<UInt8>()
            return unsafe _overrideLifetime(nothing, borrowing: self)
        }
        let start = unsafe base.assumingMemoryBound(to: UInt8.self) + range.lowerBound
        let span = unsafe Span(_unsafeStart: UnsafePointer(start), count: range.count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Moves everything from `offset` on by `distance` bytes; the end moves along.
    ///
    /// Room must be there.
    @inline(__always)
    mutating func shift(from offset: Int, by distance: Int) {
        precondition(offset >= 0 && offset <= count && offset + distance >= 0, "inside the blob")
        precondition(count + distance <= capacity, "room is reserved first")
        if count > offset, distance != 0 {
            unsafe (base! + offset + distance).copyMemory(
                from: base! + offset, byteCount: count - offset)
        }
        usedBytes = UInt32(truncatingIfNeeded: count + distance)
    }

    /// Forgets the bytes from `newCount` on.
    mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count)
        usedBytes = UInt32(newCount)
    }

    /// Extends the blob by `distance` bytes whose content is not defined.
    ///
    /// Room must be there.
    @inline(__always)
    mutating func extend(by distance: Int) {
        precondition(distance >= 0 && count + distance <= capacity, "room is reserved first")
        usedBytes = UInt32(truncatingIfNeeded: count + distance)
    }

    /// Copies `bytes` to `offset`, within the blob.
    @inline(__always)
    func write(_ bytes: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && offset + bytes.count <= count, "inside the blob")
        guard bytes.count > 0, let base = unsafe base else { return }
        let source = unsafe bytes.bytes
        let target = unsafe base + offset
        // Nearly all texts are ids, for which a call of memcpy costs more than the copy; the last word overlaps.
        let last = bytes.count - 8
        guard last >= 0 && last <= 56 else {
            return unsafe bytes.withUnsafeBytes {
                unsafe target.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
        }
        var at = 0
        while at < last {
            let word = unsafe source.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            unsafe target.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
            at += 8
        }
        let word = unsafe source.unsafeLoadUnaligned(fromByteOffset: last, as: UInt64.self)
        unsafe target.storeBytes(of: word, toByteOffset: last, as: UInt64.self)
    }

    /// Moves `length` bytes from `source` to `target` within the blob.
    @inline(__always)
    func move(from source: Int, to target: Int, length: Int) {
        precondition(min(source, target) >= 0 && max(source, target) + length <= count)
        guard length > 0, source != target else { return }
        unsafe (base! + target).copyMemory(from: base! + source, byteCount: length)
    }

    /// Appends all bytes to `output`.
    func append(to output: inout [UInt8]) {
        guard count > 0, let base = unsafe base else { return }
        unsafe output.append(contentsOf: UnsafeRawBufferPointer(start: base, count: count))
    }
}

/// Blocks of memory in size classes; one for each task, used on its thread alone.
@safe
struct Arena: ~Copyable {
    /// Memory from which blocks are cut.
    @safe
    struct Slab {
        let start: UnsafeMutableRawPointer
        let bytes: Int
    }

    private static let firstSlab = 1 << 16
    /// Bytes of a cache line.
    private static let line = 64
    private static let largestPooled = 1 << 18
    static let classCount = 96
    /// The first free block of each class; a free block begins with the address of the next.
    let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    var slabs: [Slab] = []
    /// Huge slabs that were emptied.
    var spare: [UnsafeMutableRawPointer] = unsafe []
    private var bump: UnsafeMutableRawPointer?
    private var bumpLeft = 0
    /// Bytes held from the system.
    var heldBytes = 0
    /// Bytes of blocks in slabs that are taken.
    var liveBytes = 0

    // What a census has found (`ArenaCare`): the slab at each huge page from the first on, live bytes and marks by slab.
    var firstPage: UInt = 0
    var slabOfPage: [Int32] = []
    var live: [Int] = []
    var marked: [Bool] = []

    init() {
        unsafe free = .allocate(capacity: Arena.classCount)
        unsafe free.initialize(repeating: nil, count: Arena.classCount)
    }

    deinit {
        slabs.forEach { unsafe Pages.free($0.start, $0.bytes) }
        unsafe spare.forEach { unsafe Pages.free($0, Pages.huge) }
        unsafe free.deallocate()
    }

    /// Index and size of the class that holds `bytes`: 16-byte steps to 128, then eight to a doubling.
    @inline(__always)
    private static func sizeClass(_ bytes: Int) -> (index: Int, size: Int) {
        if bytes <= 128 {
            let index = max(bytes - 1, 0) >> 4
            return (index, (index + 1) << 4)
        }
        let power = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
        let eighth = 1 << (power - 3)
        let steps = ((bytes - 1) >> (power - 3)) - 7
        return (8 + (power - 7) * 8 + steps - 1, (steps + 8) * eighth)
    }

    /// Makes room for `bytes` in `blob`, keeping its content.
    ///
    /// Amortised O(1) when called with growing sizes.
    mutating func reserve(_ blob: inout Blob, _ bytes: Int) {
        guard bytes > blob.capacity else { return }
        let (index, size) = Arena.sizeClass(bytes)
        let block = unsafe take(index, size)
        if let old = unsafe blob.base {
            unsafe block.copyMemory(from: old, byteCount: blob.count)
            unsafe give(old, blob.capacity)
        }
        unsafe blob.base = block
        blob.capacityBytes = UInt32(size)
    }

    /// Gives the memory of `blob` back; it is empty then.
    mutating func release(_ blob: inout Blob) {
        if let old = unsafe blob.base { unsafe give(old, blob.capacity) }
        blob = Blob()
    }

    /// Moves `blob` to a smaller block when it uses less than four fifths of its own.
    mutating func shrink(_ blob: inout Blob) {
        guard blob.capacity > 64, blob.count * 5 < blob.capacity * 4 else { return }
        if blob.isEmpty { return release(&blob) }
        if Arena.sizeClass(blob.count).size < blob.capacity { move(&blob) }
    }

    /// Moves `blob` to a block of the size that it uses.
    mutating func move(_ blob: inout Blob, isGivenBack: Bool = true) {
        guard let old = unsafe blob.base else { return }
        let (index, size) = Arena.sizeClass(blob.count)
        let block = unsafe take(index, size)
        unsafe block.copyMemory(from: old, byteCount: blob.count)
        if isGivenBack {
            unsafe give(old, blob.capacity)
        } else {
            liveBytes -= blob.capacity
        }
        unsafe blob.base = block
        blob.capacityBytes = UInt32(size)
    }

    private mutating func take(_ index: Int, _ size: Int) -> UnsafeMutableRawPointer {
        if size > Arena.largestPooled {
            heldBytes += size
            return unsafe Pages.allocate(size)
        }
        liveBytes += size
        if let block = unsafe free[index] {
            unsafe free[index] = block.load(as: UnsafeMutableRawPointer?.self)
            return unsafe block
        }
        if size == Arena.line { return unsafe takeLine(index) }
        if bumpLeft < size { addSlab() }
        let block = unsafe bump!
        unsafe bump = block + size
        bumpLeft -= size
        return unsafe block
    }

    /// Cuts a run of blocks of one cache line each, so that none of them lies across two.
    private mutating func takeLine(_ index: Int) -> UnsafeMutableRawPointer {
        let run = 16 * Arena.line
        if bumpLeft < run + Arena.line { addSlab() }
        let ahead = unsafe -Int(bitPattern: bump!) & (Arena.line - 1)
        let block = unsafe bump! + ahead
        unsafe bump = block + run
        bumpLeft -= ahead + run
        for at in stride(from: run - Arena.line, to: 0, by: -Arena.line) {
            unsafe (block + at).storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
            unsafe free[index] = block + at
        }
        return unsafe block
    }

    /// Takes a slab twice as large as the last one, a huge page at most; what was left of that one stays unused.
    private mutating func addSlab() {
        let bytes = min(Pages.huge, (slabs.last?.bytes ?? Arena.firstSlab / 2) * 2)
        let start: UnsafeMutableRawPointer
        if bytes == Pages.huge, let emptied = unsafe spare.popLast() {
            unsafe start = emptied
        } else {
            unsafe start = Pages.allocate(bytes)
            heldBytes += bytes
        }
        slabs.append(unsafe Slab(start: start, bytes: bytes))
        unsafe bump = start
        bumpLeft = bytes
    }

    private mutating func give(_ block: UnsafeMutableRawPointer, _ size: Int) {
        if size > Arena.largestPooled {
            heldBytes -= size
            unsafe Pages.free(block, size)
            return
        }
        liveBytes -= size
        let (index, _) = Arena.sizeClass(size)
        unsafe block.storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
        unsafe free[index] = block
    }
}
