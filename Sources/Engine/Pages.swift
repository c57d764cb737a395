// Large memory. State is looked up at random, so that with pages of 4 KiB nearly every look costs a walk through the
// page tables besides the memory's own latency; huge pages spare it. Small pieces come from the heap as usual: a
// partition with few customers does not take a huge page.
internal import CMemory

/// Memory that is taken in large pieces.
enum Pages {
    /// The size of a huge page.
    static let huge = 2 << 20

    /// Memory of `bytes`, aligned to 64; whole huge pages are mapped, anything else comes from the heap.
    ///
    /// What it holds is not defined.
    @unsafe
    static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard bytes > 0, bytes % huge == 0 else {
            return .allocate(byteCount: bytes, alignment: 64)
        }
        guard let start = unsafe tidemark_map(bytes, huge) else {
            fatalError("out of memory: \(bytes) bytes for the state were not to be had")
        }
        return unsafe start
    }

    /// Gives memory of `bytes` back that `allocate` gave.
    @unsafe
    static func free(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
        guard bytes > 0, bytes % huge == 0 else { return unsafe start.deallocate() }
        unsafe tidemark_unmap(start, bytes)
    }
}
