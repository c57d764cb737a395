// A record as it was found, before anything in it was judged: which fields it has, and where their texts lie. Texts
// of the record and of the counterparty lie in one table, by the raw value of their field.
import Banking

/// A text that was read: where its bytes lie in the event's buffer, which begins with a copy of the record.
struct TextToken {
    private var start32: Int32
    private var count32: Int32
    private var offset32: Int32

    /// A text of `count` bytes at `start`, whose first byte in the record is at `offset`, after its quote.
    @inline(__always)
    init(start: Int, count: Int, offset: Int) {
        start32 = Int32(truncatingIfNeeded: start)
        count32 = Int32(truncatingIfNeeded: count)
        offset32 = Int32(truncatingIfNeeded: offset)
    }

    /// Where it begins in the event's buffer.
    @inline(__always) var start: Int { Int(start32) }
    /// Its bytes.
    @inline(__always) var count: Int { Int(count32) }
    /// The first byte of the text in the record, after its quote.
    @inline(__always) var offset: Int { Int(offset32) }
    /// The token as a text of its event.
    @inline(__always) var text: Event.Text { Event.Text(offset: start, count: count) }
}

/// The fields of one record.
struct EventDraft: ~Copyable {
    /// Bit = raw value of the field whose name was read, in the record or in the counterparty.
    private var seen: UInt32 = 0
    /// The same for fields that have no text: null, or read already.
    private var textless: UInt32 = 0
    /// Where the texts of the given fields lie; of the others they are of earlier records.
    private let tokens = FieldTable(repeating: TextToken(start: 0, count: 0, offset: 0))
    /// Where the record's object ends.
    var end = 0

    /// The bit of a field.
    @inline(__always)
    private static func bit(_ field: EventField) -> UInt32 { 1 &<< UInt32(field.rawValue) }

    /// Forgets the fields of the record before.
    @inline(__always)
    mutating func begin() { (seen, textless) = (0, 0) }

    /// Notes that the name of `field` was read; false when it was read before.
    @inline(__always)
    mutating func notes(_ field: EventField) -> Bool {
        let bit = EventDraft.bit(field)
        guard seen & bit == 0 else { return false }
        seen |= bit
        return true
    }

    /// Notes that `field` has no text that is to be judged.
    mutating func hasNoText(_ field: EventField) { textless |= EventDraft.bit(field) }

    /// The text of a field, which must be given.
    @inline(__always)
    subscript(_ field: EventField) -> TextToken {
        get { tokens[Int(field.rawValue)] }
        nonmutating set { tokens[Int(field.rawValue)] = newValue }
    }

    /// Fields with a text.
    @inline(__always)
    private var given: UInt32 { seen & ~textless }

    /// Whether `field` has a text.
    @inline(__always)
    func has(_ field: EventField) -> Bool { given & EventDraft.bit(field) != 0 }

    /// The fields without which there is no event: `EventField` begins with them.
    private static var needed: UInt32 { 0x3F }
    /// The two of which one is needed, which come next.
    private static var times: UInt32 { 0xC0 }
    /// Fields that most records have, if not needed.
    private static var usual: UInt32 {
        bit(.bookedAt) | bit(.status) | bit(.kind) | bit(.channel) | bit(.branch)
    }

    /// Whether there are fields that most records do not have.
    @inline(__always)
    var hasUnusual: Bool { given & ~(EventDraft.needed | EventDraft.usual) != 0 }

    /// The first needed field that was not given.
    @inline(__always)
    var missing: EventField? {
        let absent = EventDraft.needed & ~given
        if absent == 0 && given & EventDraft.times != 0 { return nil }
        guard absent != 0 else { return .bookedAt }
        return EventField(rawValue: UInt8(absent.trailingZeroBitCount))
    }
}
