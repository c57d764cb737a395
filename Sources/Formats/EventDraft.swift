// What a reader knows of an event before the record has been read to its end.
import Banking

/// The fields seen so far, and the texts that wait for the record's end.
struct EventDraft {
    /// Bit = raw value of the field whose name was read, in the record or in the counterparty.
    var seen: UInt32 = 0
    /// The same for fields whose value was null.
    var nulls: UInt32 = 0
    var amount = TextToken(start: 0, count: 0, offset: 0)
    var balance = TextToken(start: 0, count: 0, offset: 0)
    var customerOffset = 0
    /// Where the record's object ends.
    var end = 0

    /// Notes that the name of `field` was read; false when it was read before.
    @inline(__always)
    mutating func notes(_ field: EventField) -> Bool {
        let bit: UInt32 = 1 &<< UInt32(field.rawValue)
        guard seen & bit == 0 else { return false }
        seen |= bit
        return true
    }

    /// Notes that the value of `field` was null.
    mutating func lacks(_ field: EventField) { nulls |= 1 &<< UInt32(field.rawValue) }

    /// Fields with a value.
    @inline(__always)
    var given: UInt32 { seen & ~nulls }

    /// The fields without which there is no event: `EventField` begins with them.
    private static var needed: UInt32 { 0x3F }
    /// The two of which one is needed, which come next.
    private static var times: UInt32 { 0xC0 }

    /// The first needed field that was not given.
    @inline(__always)
    var missing: EventField? {
        let absent = EventDraft.needed & ~given
        if absent == 0 && given & EventDraft.times != 0 { return nil }
        guard absent != 0 else { return .bookedAt }
        return EventField(rawValue: UInt8(absent.trailingZeroBitCount))
    }
}
