// The hash of contents and table keys: folded 64 x 64 -> 128 bit multiplication over words of eight bytes, the
// construction of wyhash (Wang Yi, 2019). Results are part of the state format (contents) and never change.
internal import Banking

/// A 64-bit hash that is fed words and texts.
struct StableHash {
    private(set) var value: UInt64

    /// A hash that begins with `seed`.
    @inline(__always)
    init(seed: UInt64) {
        value = StableHash.fold(seed ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return high ^ low
    }

    /// Feeds one word.
    @inline(__always)
    mutating func combine(_ word: UInt64) {
        value = StableHash.fold(value ^ word, 0x8EBC_6AF0_9C88_C6E3 ^ (word >> 32 | 1))
    }

    /// Feeds a text and its length.
    @inline(__always)
    mutating func combine(_ bytes: Span<UInt8>) {
        var state = value ^ (UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15)
        let raw = unsafe bytes.bytes
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = unsafe raw.unsafeLoadUnaligned(
                fromByteOffset: offset, as: UInt64.self)
            state = StableHash.fold(state ^ UInt64(littleEndian: word), 0x5899_65CC_7537_4CC3)
            offset += 8
        }
        if offset < bytes.count {
            state = StableHash.fold(state ^ lastWord(bytes), 0x1D8E_4E27_C47D_124F)
        }
        value = StableHash.fold(state, 0xEB44_ACCA_B455_D165)
    }

    /// The hash of one text.
    @inline(__always)
    static func of(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
        var hash = StableHash(seed: seed)
        hash.combine(bytes)
        return hash.value
    }
}

/// The same, for what lies around states in the changelog; costs some 0.1 ns a byte.
package func stableHash(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
    StableHash.of(bytes, seed: seed)
}

/// The last `count % 8` bytes of a text as the low bytes of a word; not for texts whose length is a multiple of 8.
@inline(__always)
private func lastWord(_ bytes: Span<UInt8>) -> UInt64 {
    let raw = unsafe bytes.bytes
    let count = bytes.count
    if count >= 8 {
        let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        return UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: 64 &- 8 &* (count & 7))
    }
    // Two loads that may overlap: what they have in common is the same.
    if count >= 4 {
        let low = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let high = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        return UInt64(UInt32(littleEndian: low))
            | UInt64(UInt32(littleEndian: high)) &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4))
    }
    return UInt64(bytes[0])
        | UInt64(bytes[count / 2]) &<< UInt64(truncatingIfNeeded: 8 &* (count / 2))
        | UInt64(bytes[count &- 1]) &<< UInt64(truncatingIfNeeded: 8 &* (count &- 1))
}

/// Whether two texts are the same bytes.
@inline(__always)
func sameBytes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    let x = unsafe a.bytes
    let y = unsafe b.bytes
    var offset = 0
    while offset + 8 <= a.count {
        let p = unsafe x.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let q = unsafe y.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        if p != q { return false }
        offset += 8
    }
    return offset == a.count || lastWord(a) == lastWord(b)
}

/// Whether `a` comes before `b` in the order of bytes.
@inline(__always)
func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    let common = min(a.count, b.count)
    let x = unsafe a.bytes
    let y = unsafe b.bytes
    var offset = 0
    while offset + 8 <= common {
        let p = unsafe x.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let q = unsafe y.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        if p != q { return UInt64(bigEndian: p) < UInt64(bigEndian: q) }
        offset += 8
    }
    while offset < common {
        if a[offset] != b[offset] { return a[offset] < b[offset] }
        offset += 1
    }
    return a.count < b.count
}
