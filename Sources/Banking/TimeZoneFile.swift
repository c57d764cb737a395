// Reads the time zone files of RFC 8536 (TZif): the 64-bit block, then the POSIX rule of the footer, which is written
// out year by year, so that a calendar is a plain table.

/// Why the bytes of a time zone file were refused; what stands in the file, without its name.
public struct TimeZoneFileError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as the end of a sentence.
    public let description: String
    init(_ description: String) { self.description = description }
}

extension BusinessCalendar {
    /// The last year for which a zone's rule is written out; later moments keep the offset of its end.
    public static let lastYear = 2200

    /// A calendar from the bytes of a time zone file; `name` is the zone's, as in the settings.
    public init(name: String, tzif: [UInt8]) throws(TimeZoneFileError) {
        var reader = TimeZoneFile(bytes: tzif)
        let table = try reader.read()
        self.init(
            name: name, transitions: table.transitions.map { Instant(seconds: $0) },
            offsetSeconds: table.offsets)
    }

    /// A calendar from the bytes of a time zone file; `name` is the zone's, as in the settings.
    public init(name: String, tzif: Span<UInt8>) throws(TimeZoneFileError) {
        try self.init(name: name, tzif: [UInt8](copying: tzif))
    }
}

extension Instant {
    fileprivate init(seconds: Int) { self.init(microseconds: Int64(seconds) * Micros.second) }
}

/// The changes of a zone's offset in seconds; `offsets` has one element more than `transitions`.
private struct OffsetTable {
    var transitions: [Int] = []
    var offsets: [Int]

    /// Adds a change at `time` to `offset`; one that changes nothing is left out, of two at one moment the later stays.
    mutating func append(_ time: Int, _ offset: Int) throws(TimeZoneFileError) {
        if let last = transitions.last, time <= last {
            guard time == last else { throw TimeZoneFileError("holds transitions out of order") }
            transitions.removeLast()
            offsets.removeLast()
        }
        guard offsets.last != offset else { return }
        transitions.append(time)
        offsets.append(offset)
    }
}

private struct TimeZoneFile {
    let bytes: [UInt8]
    var position = 0

    /// The counts of a block's parts, in the order of the header.
    struct Header {
        var version: UInt8
        var universal, standard, leaps, times, types, characters: Int
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() throws(TimeZoneFileError) -> OffsetTable {
        var header = try readHeader()
        var width = 4
        if header.version >= 50 {  // "2"
            try skip(
                header.times * 5 + header.types * 6 + header.characters + header.leaps * 8
                    + header.standard + header.universal)
            header = try readHeader()
            width = 8
        }
        guard header.leaps == 0 else { throw TimeZoneFileError("counts leap seconds") }
        guard header.types > 0 else { throw TimeZoneFileError("holds no type of local time") }
        var table = try readBlock(header, width: width)
        if width == 8, let rule = try readFooter() { try table.expand(rule) }
        return table
    }

    private mutating func readBlock(
        _ header: Header, width: Int
    ) throws(TimeZoneFileError) -> OffsetTable {
        var times: [Int] = []
        for _ in 0..<header.times { times.append(try readInteger(width)) }
        var types: [Int] = []
        for _ in 0..<header.times { types.append(Int(try readByte())) }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            let offset = try readInteger(4)
            guard abs(offset) < 26 * 3600 else { throw TimeZoneFileError("holds a wild offset") }
            offsets.append(offset)
            try skip(2)
        }
        try skip(header.characters + header.standard + header.universal)
        var table = OffsetTable(offsets: [offsets[0]])
        for (time, type) in zip(times, types) {
            guard type < offsets.count else { throw TimeZoneFileError("names a type it lacks") }
            // Before year 0 nothing is asked; the bound keeps microseconds within 64 bits.
            try table.append(max(time, -62_200_000_000), offsets[type])
        }
        return table
    }

    private mutating func readHeader() throws(TimeZoneFileError) -> Header {
        guard try readInteger(4) == 0x545A_6966 else {
            throw TimeZoneFileError("is not a time zone file")
        }
        let version = try readByte()
        try skip(15)
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = try readInteger(4)
            guard (0...100_000).contains(count) else {
                throw TimeZoneFileError("holds a wild count")
            }
            counts.append(count)
        }
        return Header(
            version: version, universal: counts[0], standard: counts[1], leaps: counts[2],
            times: counts[3], types: counts[4], characters: counts[5])
    }

    private mutating func readFooter() throws(TimeZoneFileError) -> PosixZone? {
        guard try readByte() == 10, let end = bytes[position...].firstIndex(of: 10) else {
            throw TimeZoneFileError("ends without its rule")
        }
        guard end > position else { return nil }
        let text = Array(bytes[position..<end])
        guard let zone = PosixZone(text) else {
            throw TimeZoneFileError("ends with a rule that is not understood")
        }
        return zone
    }

    private mutating func readByte() throws(TimeZoneFileError) -> UInt8 {
        try skip(1)
        return bytes[position - 1]
    }

    /// A signed big-endian integer of `width` bytes.
    private mutating func readInteger(_ width: Int) throws(TimeZoneFileError) -> Int {
        try skip(width)
        var value = Int(Int8(bitPattern: bytes[position - width]))
        for byte in bytes[(position - width + 1)..<position] { value = value << 8 | Int(byte) }
        return value
    }

    private mutating func skip(_ count: Int) throws(TimeZoneFileError) {
        guard count <= bytes.count - position else { throw TimeZoneFileError("is cut off") }
        position += count
    }
}

extension OffsetTable {
    /// Writes `zone` out for the years after the last change, up to `BusinessCalendar.lastYear`.
    fileprivate mutating func expand(_ zone: PosixZone) throws(TimeZoneFileError) {
        guard let rule = zone.daylight else {
            if transitions.isEmpty { offsets = [zone.offset] }
            return
        }
        let last = transitions.last ?? Int.min
        for year in 1900...BusinessCalendar.lastYear {
            let begins = (rule.begins.seconds(in: year) - zone.offset, rule.offset)
            let ends = (rule.ends.seconds(in: year) - rule.offset, zone.offset)
            let changes = begins.0 < ends.0 ? [begins, ends] : [ends, begins]
            for (time, offset) in changes where time > last { try append(time, offset) }
        }
    }
}
