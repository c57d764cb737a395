// Transaction events from JSON (the contract's section 2), in two steps: one pass over the record finds the fields and
// where their texts lie, directed by the table of fields; then what they hold is judged, in one fixed order
// (EventReader+Values.swift). The record is copied into the event's buffer first, with a zero behind it, and read
// there; a text without escapes is then just a place in it.
public import Banking

/// Reads transaction events; owned by one worker.
///
/// No allocation per record.
public struct EventReader: ~Copyable {
    /// The longest value that is read, in bytes.
    public static let largestValue = 65_536

    let bankCurrency: Currency
    /// The three letters of `bankCurrency` as the low bytes of a word.
    let bankCurrencyWord: UInt64
    let names = EventNames()
    var order = FieldOrder(EventNames.recordFields)
    var times = TimeText()
    /// The fields of the record that is being read.
    var draft = EventDraft()

    /// A reader that is fastest for records in `bankCurrency`.
    public init(bankCurrency: Currency) {
        self.bankCurrency = bankCurrency
        bankCurrencyWord =
            UInt64(bankCurrency.letter(0)) | UInt64(bankCurrency.letter(1)) << 8
            | UInt64(bankCurrency.letter(2)) << 16
    }

    /// Reads the record of `key` and `value` into `event`; nil when it was read, else why not.
    ///
    /// Of a refused record the event holds nothing of use. Defaults of dates are left to the caller.
    public mutating func read(
        key: Span<UInt8>?, value: Span<UInt8>?, into event: inout Event
    ) -> Rejection? {
        event.reset()
        guard let value else { return Rejection(.missingValue) }
        guard value.count <= EventReader.largestValue else {
            return Rejection(.tooLarge, at: EventReader.largestValue)
        }
        guard event.append(value) != nil, event.append(byte: 0) else {
            return Rejection(.tooLarge)
        }
        var cursor = JSONCursor(unsafe TextBytes(of: event), count: value.count)
        do throws(Rejection) {
            try findFields(&cursor, &event)
            try judge(cursor.bytes, &event)
            guard let key,
                cursor.bytes.hold(
                    key, at: Int(event.customerID.offset), count: Int(event.customerID.count))
            else { throw Rejection(.keyMismatch, .customerID, at: draft[.customerID].offset) }
        } catch {
            return error
        }
        return nil
    }

    /// Where the value of `field` begins in a record that was read without a fault and is refused for what it says: in
    /// bytes from the start of the value; where the object ends when the field is not given.
    ///
    /// Reads the record into `event` once more.
    public mutating func offset(
        of field: EventField, key: Span<UInt8>?, value: Span<UInt8>?, into event: inout Event
    ) -> Int {
        let refusal = read(key: key, value: value, into: &event)
        precondition(refusal == nil, "what was read once is read again")
        return draft.has(field) ? draft[field].offset : draft.end
    }

    /// Steps over the object and what surrounds it, and notes its fields.
    @inline(__always)
    private mutating func findFields(
        _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) {
        draft.begin()
        cursor.skipBlanks()
        try cursor.expect(0x7B)
        cursor.skipBlanks()
        if cursor.byte == 0x7D {
            cursor.position += 1
        } else {
            var previous = FieldOrder.start
            repeat {
                precondition(cursor.position <= cursor.count, "the zero at the end is never passed")
                let expected = order.expected(after: previous)
                var field = expected.field
                if expected.lies(in: cursor.bytes, at: cursor.position), draft.notes(field) {
                    cursor.position &+= Int(expected.count)
                } else {
                    // On copies, here and below, so that that of the common case can stay in registers.
                    var place = cursor
                    let found = try readField(after: previous, &place, &event)
                    cursor.position = place.position
                    guard let found else { continue }
                    field = found
                }
                previous = Int(field.rawValue)
                cursor.skipBlanks()
                if cursor.byte == 0x22 && field != .counterparty {
                    cursor.position &+= 1
                    draft[field] = try cursor.readText(of: field, &event)
                } else {
                    var place = cursor
                    try readOther(field, &place, &event)
                    cursor.position = place.position
                }
            } while try cursor.continues()
        }
        draft.end = cursor.position - 1
        if cursor.position < cursor.count { cursor.skipBlanks() }
        guard cursor.position == cursor.count else { throw cursor.fault(.badJSON) }
    }
}

extension JSONCursor {
    /// After a field of an object: true before another one, false after the object's end.
    @inline(__always)
    mutating func continues() throws(Rejection) -> Bool {
        if byte != 0x2C { skipBlanks() }
        if byte == 0x2C {
            position &+= 1
            return true
        }
        try expect(0x7D)
        return false
    }
}
