// Transaction events from JSON (the contract's section 2): one pass over the record, directed by the table of fields.
// The record is copied into the event's buffer first, with a zero behind it, and read there; a text without escapes is
// then just a place in it. Amounts wait for the end of the record, since the currency may stand behind them.
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
    private var order = FieldOrder(EventNames.recordFields)
    var times = TimeText()

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
            let draft = try readRecord(&cursor, &event)
            try EventReader.finish(draft, cursor.bytes, &event)
            guard let key,
                cursor.bytes.hold(
                    key, at: Int(event.customerID.offset), count: Int(event.customerID.count))
            else { throw Rejection(.keyMismatch, .customerID, at: draft.customerOffset) }
        } catch {
            return error
        }
        return nil
    }

    /// Reads the object and what surrounds it.
    @inline(__always)
    private mutating func readRecord(
        _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) -> EventDraft {
        var draft = EventDraft()
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
                    // On copies, here and below, so that those of the common case can stay in registers.
                    var (place, sofar) = (cursor, draft)
                    let found = try readField(after: previous, &place, &sofar, &event)
                    (cursor.position, draft) = (place.position, sofar)
                    guard let found else { continue }
                    field = found
                }
                previous = Int(field.rawValue)
                cursor.skipBlanks()
                if cursor.byte == 0x22 && field != .counterparty {
                    cursor.position &+= 1
                    let text = try cursor.readText(of: field, &event)
                    try store(text, of: field, cursor.bytes, &draft, &event)
                } else {
                    var (place, sofar) = (cursor, draft)
                    try readOther(field, &place, &sofar, &event)
                    (cursor.position, draft) = (place.position, sofar)
                }
            } while try cursor.continues()
        }
        draft.end = cursor.position - 1
        cursor.skipBlanks()
        guard cursor.position == cursor.count else { throw cursor.fault(.badJSON) }
        return draft
    }

    /// Reads a name that was not expected here, and up to its value; nil, after the value, when it is no field's.
    @inline(never)
    private mutating func readField(
        after previous: Int, _ cursor: inout JSONCursor, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) -> EventField? {
        let field = try readName(in: names.fields, depth: 1, &cursor, &draft, &event)
        if let field { order.note(field, after: previous) }
        return field
    }

    /// Reads a name and up to its value or, when it is not in `table`, past its value.
    @inline(__always)
    private func readName(
        in table: NameTable<EventField>, depth: Int, _ cursor: inout JSONCursor,
        _ draft: inout EventDraft, _ event: inout Event
    ) throws(Rejection) -> EventField? {
        let name = try cursor.readName(&event)
        guard let field = table.value(of: name, cursor.bytes) else {
            try cursor.skipValue(depth: depth, &event)
            return nil
        }
        guard draft.notes(field) else { throw Rejection(.duplicateKey, field, at: name.offset) }
        return field
    }

    /// Reads a value that is no text, or a counterparty.
    @inline(never)
    private mutating func readOther(
        _ field: EventField, _ cursor: inout JSONCursor, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) {
        switch (field, cursor.byte) {
        case (_, 0x6E):
            try cursor.expect(literal: "null")
            draft.lacks(field)
        case (.counterparty, _): try readCounterparty(&cursor, &draft, &event)
        case (.amount, _): draft.amount = try cursor.readNumber(of: field)
        case (.balanceAfter, _): draft.balance = try cursor.readNumber(of: field)
        default: throw cursor.typeFault(of: field)
        }
    }

    /// Reads the object of the counterparty.
    @inline(never)
    private mutating func readCounterparty(
        _ cursor: inout JSONCursor, _ draft: inout EventDraft, _ event: inout Event
    ) throws(Rejection) {
        guard cursor.byte == 0x7B else { throw cursor.typeFault(of: .counterparty) }
        cursor.position += 1
        cursor.skipBlanks()
        if cursor.byte == 0x7D {
            cursor.position += 1
            return
        }
        repeat {
            let found = try readName(in: names.counterparty, depth: 2, &cursor, &draft, &event)
            guard let field = found else { continue }
            switch (field, cursor.byte) {
            case (_, 0x6E): try cursor.expect(literal: "null")
            case (.counterpartySameName, 0x74):
                try cursor.expect(literal: "true")
                event.sameName = true
            case (.counterpartySameName, 0x66):
                try cursor.expect(literal: "false")
                event.sameName = false
            case (.counterpartySameName, _): throw cursor.typeFault(of: field)
            case (_, 0x22):
                cursor.position += 1
                let text = try cursor.readText(of: field, &event)
                store(text, ofCounterparty: field, cursor.bytes, &event)
            default: throw cursor.typeFault(of: field)
            }
        } while try cursor.continues()
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

extension JSONCursor {
    /// Steps over an amount that is a number, and says where it lies.
    mutating func readNumber(of field: EventField) throws(Rejection) -> TextToken {
        guard byte == 0x2D || byte &- 0x30 <= 9 else { throw typeFault(of: field) }
        let start = position
        try skipNumber()
        return TextToken(start: start, count: position - start, offset: start)
    }

    /// A refusal of the value here, which is not of the type that `field` needs, or no value at all.
    func typeFault(of field: EventField) -> Rejection {
        switch byte {
        case 0x22, 0x2D, 0x30...0x39, 0x5B, 0x66, 0x6E, 0x74, 0x7B:
            fault(EventReader.fault(of: field), field)
        default: fault(.badJSON)
        }
    }
}

extension TextToken {
    /// The token as a text of its event.
    var text: Event.Text { Event.Text(offset: start, count: count) }
}
