// How one customer's state lies in the changelog. A value is a version byte, the lsn, the last closed date, "part i of n"
// as varints, a checksum of all that and of what follows (8), and then bytes of the state: money that was changed on its
// way must never be taken for a balance. A state above 512 KiB goes in numbered parts. Part 0 has the customer's id as its
// key, part i >= 1 the id, a zero byte (which no id can hold) and i in two bytes.

internal import Banking
internal import Engine

/// The changelog's record format: what lies around the engine's own bytes.
public enum Envelope {
    /// The format that this version writes; it reads this one and 2, which says nothing of dates.
    public static let format: UInt8 = 3
    private static let oldestFormat: UInt8 = 2
    /// The most bytes of state in one record, where the topic takes them.
    public static let partBytes = 512 * 1024
    /// The most bytes around a part in its record: key and what stands before the state bytes.
    public static let overhead = 128
    /// The most parts of one state (32 GiB).
    public static let maxParts = 65_535

    /// What stands before the state bytes of a record.
    public struct Head: Sendable, Equatable {
        /// What is in the state.
        public var reach: StateReach
        /// 0 to `parts` - 1.
        public var part: Int
        /// 1 for nearly every state.
        public var parts: Int
        /// Where the state bytes begin in the value.
        public var bodyOffset: Int
    }

    /// The number of records that a state of `stateBytes` takes.
    public static func parts(
        ofStateBytes stateBytes: Int, partBytes: Int = Envelope.partBytes
    ) -> Int {
        max(1, (stateBytes + partBytes - 1) / partBytes)
    }

    /// Replaces `value` by the record of one part of `state`, whose parts have `partBytes` each.
    public static func encode(
        state: borrowing [UInt8], reach: StateReach, part: Int, of parts: Int,
        into value: inout [UInt8], partBytes: Int = Envelope.partBytes
    ) {
        let lsn = reach.lsn
        precondition(lsn >= -1 && part >= 0 && part < parts && parts <= maxParts)
        value.removeAll(keepingCapacity: true)
        value.append(format)
        Varint.append(UInt64(lsn + 1), to: &value)
        Varint.append(dateNumber(reach.lastClosed), to: &value)
        Varint.append(UInt64(part), to: &value)
        Varint.append(UInt64(parts), to: &value)
        let start = part * partBytes
        let body = start..<min(start + partBytes, state.count)
        let sum = checksum(head: value.span, body: state.span.extracting(body))
        for place in 0..<checksumBytes {
            value.append(UInt8(truncatingIfNeeded: sum >> UInt64(8 * place)))
        }
        value.append(contentsOf: state[body])
    }

    /// 0 for none, else one more than the date, whose sign stands in the lowest bit.
    private static func dateNumber(_ day: Day?) -> UInt64 {
        guard let number = day?.number else { return 0 }
        return UInt64(UInt32(bitPattern: number << 1 ^ number >> 31)) + 1
    }

    private static func date(_ number: UInt64) -> Day? {
        guard number > 0, let bits = UInt32(exactly: number - 1) else { return nil }
        return Day(Int32(bitPattern: bits >> 1) ^ -Int32(bitPattern: bits & 1))
    }

    private static let checksumBytes = 8

    /// Of what stands before it, and of what behind.
    private static func checksum(head: Span<UInt8>, body: Span<UInt8>) -> UInt64 {
        stableHash(body, seed: stableHash(head, seed: 0x7374_6174_6500))
    }

    /// Makes the customer's id in `key` the key of part `part`.
    public static func appendPart(_ part: Int, to key: inout [UInt8]) {
        guard part > 0 else { return }
        key.append(0)
        key.append(UInt8(truncatingIfNeeded: part >> 8))
        key.append(UInt8(truncatingIfNeeded: part))
    }

    /// Bytes of the customer's id in a record's key: all of it, or what stands before the part number.
    public static func idBytes(inKey key: Span<UInt8>) -> Int {
        let count = key.count
        return count > 3 && key[count - 3] == 0 ? count - 3 : count
    }

    /// Reads what stands before the state bytes.
    public static func decode(_ value: Span<UInt8>) throws(ChangelogError) -> Head {
        guard value.count > 0 else { throw .corrupt }
        // A record of somebody else's begins with text.
        guard value[0] < 0x20 else { throw .corrupt }
        guard value[0] <= format else { throw .newerFormat(value[0]) }
        var offset = 1
        guard value[0] >= oldestFormat, let lsn = Varint.read(value, &offset),
            lsn <= UInt64(Int64.max),
            let closed = value[0] == 2 ? 0 : Varint.read(value, &offset),
            let part = Varint.read(value, &offset), let parts = Varint.read(value, &offset),
            part < parts, parts <= UInt64(maxParts), value.count - offset >= checksumBytes
        else { throw .corrupt }
        var sum: UInt64 = 0
        for place in 0..<checksumBytes {
            sum |= UInt64(value[offset + place]) << UInt64(8 * place)
        }
        let bodyOffset = offset + checksumBytes
        let body = value.extracting(bodyOffset..<value.count)
        guard sum == checksum(head: value.extracting(0..<offset), body: body) else {
            throw .corrupt
        }
        return Head(
            reach: StateReach(lsn: Int64(lsn) - 1, lastClosed: date(closed)), part: Int(part),
            parts: Int(parts), bodyOffset: bodyOffset)
    }
}

/// Why a changelog record cannot be used.
public enum ChangelogError: Error, Sendable, Equatable {
    /// Written by a later version, in the format given.
    case newerFormat(UInt8)
    /// Not a changelog record of this product, or not as it was written.
    case corrupt
}

/// Unsigned LEB128.
enum Varint {
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    static func read(_ bytes: Span<UInt8>, _ offset: inout Int) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return shift == 63 && byte > 1 ? nil : number }
            shift += 7
        }
        return nil
    }
}
