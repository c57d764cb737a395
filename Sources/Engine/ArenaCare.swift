// Memory that growing blobs have left behind in small pieces comes together again: now and then the live bytes of
// each slab are counted, the sparsest slabs are emptied into the free blocks of the others, and then are whole again.
// A blob belongs to one customer's field, so that moving it is a copy. Done after a day's close, a few slabs at a time.

extension Arena {
    /// Slabs emptied at a time: what is copied then takes milliseconds.
    private static var mostEmptied: Int { 8 }

    /// The widest span of addresses over which slabs are looked up, in huge pages (128 GiB).
    private static var widestSpan: UInt { 1 << 16 }

    /// Whether so much of the slabs lies unused, an eighth, that copying what is in use is worth it.
    var isSparse: Bool {
        guard slabs.count > 8, slabs[slabs.count - 5].bytes == Pages.huge else { return false }
        let huge = slabs.count { $0.bytes == Pages.huge } * Pages.huge
        return liveBytes * 8 < huge * 7
    }

    /// Begins to count what is in use in each slab; false when they lie too far apart.
    ///
    /// Nothing is taken or given back until `markSparse`.
    mutating func beginCensus() -> Bool {
        var numbers: [(page: UInt, index: Int)] = []
        for index in slabs.indices where slabs[index].bytes == Pages.huge {
            numbers.append((unsafe UInt(bitPattern: slabs[index].start) / UInt(Pages.huge), index))
        }
        let pages = numbers.map(\.page)
        guard let low = pages.min(), let high = pages.max(), high - low < Arena.widestSpan else {
            return false
        }
        firstPage = low
        slabOfPage = [Int32](repeating: -1, count: Int(high - low) + 1)
        for number in numbers { slabOfPage[Int(number.page - low)] = Int32(number.index) }
        live = [Int](repeating: 0, count: slabs.count)
        marked = [Bool](repeating: false, count: slabs.count)
        return true
    }

    /// Counts the block of `blob`.
    @inline(__always)
    mutating func count(_ blob: borrowing Blob) {
        guard let base = unsafe blob.base else { return }
        let index = unsafe slab(of: base)
        if index >= 0 { live[index] += blob.capacity }
    }

    /// After all blobs were counted: marks the slabs to be emptied; false when there are none.
    mutating func markSparse() -> Bool {
        let huge = slabs.indices.filter { slabs[$0].bytes == Pages.huge }
        let sparse = huge.filter { $0 != slabs.count - 1 && live[$0] * 6 < Pages.huge * 5 }
            .sorted { live[$0] < live[$1] }.prefix(Arena.mostEmptied)
        for index in sparse { marked[index] = true }
        guard !sparse.isEmpty else { return false }
        dropMarkedBlocks()
        return true
    }

    /// Takes the free blocks of marked slabs out of their lists.
    private mutating func dropMarkedBlocks() {
        for index in 0..<Arena.classCount {
            var block = unsafe free[index]
            unsafe free[index] = nil
            while let this = unsafe block {
                unsafe block = this.load(as: UnsafeMutableRawPointer?.self)
                if unsafe !isMarked(this) {
                    unsafe this.storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
                    unsafe free[index] = this
                }
            }
        }
    }

    /// Moves `blob` if it lies in a marked slab.
    @inline(__always)
    mutating func evacuate(_ blob: inout Blob) {
        guard let base = unsafe blob.base, unsafe isMarked(base) else { return }
        move(&blob, isGivenBack: false)
    }

    /// After all blobs were given to `evacuate`: the marked slabs are free.
    mutating func freeMarked() {
        var kept: [Slab] = []
        for index in slabs.indices {
            if index < marked.count && marked[index] {
                unsafe spare.append(slabs[index].start)
            } else {
                kept.append(slabs[index])
            }
        }
        slabs = kept
        // One stays for what grows next; the rest goes back.
        while unsafe spare.count > 1 {
            unsafe Pages.free(spare.removeLast(), Pages.huge)
            heldBytes -= Pages.huge
        }
    }

    /// Forgets what was counted.
    mutating func endCensus() {
        slabOfPage = []
        live = []
        marked = []
    }

    @inline(__always)
    private func isMarked(_ address: UnsafeMutableRawPointer) -> Bool {
        let index = unsafe slab(of: address)
        return index >= 0 && marked[index]
    }

    /// The index of the huge slab that holds `address`, -1 for any other memory and for slabs taken after the census.
    @inline(__always)
    private func slab(of address: UnsafeMutableRawPointer) -> Int {
        let page = UInt(bitPattern: address) / UInt(Pages.huge) &- firstPage
        return page < UInt(slabOfPage.count) ? Int(slabOfPage[Int(page)]) : -1
    }
}
