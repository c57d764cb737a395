// Bytes into room that was set aside before: the one place that writes through a pointer. A text is one check and one
// copy, a number's digits come as a word of eight bytes that is stored as a whole, whatever part of it counts.

extension OutputSpan<UInt8> {
    /// Appends fixed text as it is.
    @inlinable @inline(__always) @_lifetime(self: copy self)
    public mutating func append(_ text: StaticString) {
        append(
            copying: unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a copy of `text`.
    @inlinable @inline(__always) @_lifetime(self: copy self)
    public mutating func append(copying text: Span<UInt8>) {
        let added = text.count
        precondition(added <= freeCapacity, "room is set aside for what is written")
        guard added > 0 else { return }
        unsafe withUnsafeMutableBufferPointer { room, count in
            unsafe text.withUnsafeBufferPointer { source in
                unsafe (room.baseAddress! + count).initialize(
                    from: source.baseAddress!, count: added)
            }
            count &+= added
        }
    }

    /// Appends the lowest `added` bytes of `word`, the lowest first; at most eight.
    @inlinable @inline(__always) @_lifetime(self: copy self)
    public mutating func append(_ word: UInt64, count added: Int) {
        precondition(UInt(bitPattern: added) <= 8)
        guard freeCapacity >= 8 else {
            for place in 0..<added { append(UInt8(truncatingIfNeeded: word &>> (8 &* place))) }
            return
        }
        unsafe withUnsafeMutableBufferPointer { room, count in
            // What lies beyond the bytes that count is room still.
            unsafe UnsafeMutableRawPointer(room.baseAddress! + count)
                .storeBytes(of: word.littleEndian, as: UInt64.self)
            count &+= added
        }
    }
}
