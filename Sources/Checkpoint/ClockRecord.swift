// A move of the clock without input, as the changelog keeps it: what it does is not in the input, so whoever replays the
// input needs the record, at the same place. One line of text under a key of its own:
//   U+0000 clock/1200    tidemark-clock/1 0.1.0 offset=1200 time=1751328910000000
// The key is the offset alone, so that compaction leaves the last move at an offset. That is enough: a move to a later
// time does all that those before it did, in the same order (`Shard.advance`).
public import Banking

/// A move of a task's clock that no record has caused.
public struct ClockRecord: Sendable, Equatable {
    /// The format that this version writes.
    public static let format = 1
    private static let keyPrefix = Array("\0clock/".utf8)

    /// Where it happened: after every record below, before the record at this offset.
    public var offset: Int64
    /// What the clock stood at then.
    public var time: Instant

    /// A move to `time` at `offset`.
    public init(offset: Int64, time: Instant) {
        self.offset = offset
        self.time = time
    }

    /// The record's key.
    public var key: [UInt8] { ClockRecord.key(offset: offset) }

    /// The key of the move at `offset`.
    public static func key(offset: Int64) -> [UInt8] { keyPrefix + Array(String(offset).utf8) }

    /// The offset in a key; nil when it is no clock record's.
    public static func offset(inKey key: Span<UInt8>) -> Int64? {
        guard key.count > keyPrefix.count else { return nil }
        for index in keyPrefix.indices where key[index] != keyPrefix[index] { return nil }
        return Int64(text(key.extracting(keyPrefix.count..<key.count)))
    }

    /// The record's value.
    public func encoded(writer: String) -> [UInt8] {
        let text =
            "tidemark-clock/\(ClockRecord.format) \(writer) offset=\(offset)"
            + " time=\(time.microseconds)\n"
        return Array(text.utf8)
    }

    /// Reads a record's value.
    public init(_ value: Span<UInt8>) throws(HeaderError) {
        let words = ClockRecord.text(value).split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0].hasPrefix("tidemark-clock/"),
            let format = Int(words[0].dropFirst(15)), format >= 1
        else { throw .unreadable }
        guard format <= ClockRecord.format else {
            throw .newerFormat(format, writer: String(words[1]))
        }
        guard words.count == 4, words[2].hasPrefix("offset="), words[3].hasPrefix("time="),
            let offset = Int64(words[2].dropFirst(7)), offset >= 0,
            let time = Int64(words[3].dropFirst(5))
        else { throw .unreadable }
        self.init(offset: offset, time: Instant(microseconds: time))
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: [UInt8](copying: bytes), as: UTF8.self)
    }
}
