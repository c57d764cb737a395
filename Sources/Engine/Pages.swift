// Large memory. State is looked up at random, so that with pages of 4 KiB nearly every look costs a walk through the
// page tables besides the memory's own latency; huge pages spare it. What is large is mapped by itself: on the heap,
// pieces that stay for years would lie between those that come and go with each record. Small pieces come from the
// heap as usual: a partition with few customers takes no huge page.
internal import CMemory

/// Memory that is taken in large pieces.
enum Pages {
    /// The size of a huge page.
    static let huge = 2 << 20
    /// The smallest piece that is mapped.
    private static let smallestMapped = 256 << 10

    /// Memory of `bytes`, aligned to 64.
    ///
    /// What it holds is not defined.
    @unsafe
    static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard bytes >= smallestMapped else {
            return .allocate(byteCount: bytes, alignment: 64)
        }
        guard let start = unsafe tidemark_map(rounded(bytes), alignment(bytes)) else {
            fatalError("out of memory: \(bytes) bytes for the state were not to be had")
        }
        return unsafe start
    }

    /// Gives memory of `bytes` back that `allocate` gave.
    @unsafe
    static func free(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
        guard bytes >= smallestMapped else { return unsafe start.deallocate() }
        unsafe tidemark_unmap(start, rounded(bytes))
    }

    /// Whole huge pages where the piece has them, else whole small ones.
    private static func alignment(_ bytes: Int) -> Int { bytes % huge == 0 ? huge : 4096 }

    private static func rounded(_ bytes: Int) -> Int { (bytes + 4095) & ~4095 }
}
