// Transaction events from JSON (the contract's section 2): one pass over the record, directed by the table of fields.
// The record is copied into the event's buffer first; a text without escapes is then just a place in it. Amounts wait
// for the end of the record, since the currency may stand behind them.
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
    private var order = FieldOrder(EventNames.fields)
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
        guard event.append(value) != nil else { return Rejection(.tooLarge) }
        do throws(Rejection) {
            let draft = try readRecord(value, &event)
            try finish(draft, value, &event)
            guard let key, key.isEqual(to: event.bytes(event.customerID)) else {
                throw Rejection(.keyMismatch, .customerID, at: draft.customerOffset)
            }
        } catch {
            return error
        }
        return nil
    }

    /// Reads the object and what surrounds it.
    @inline(__always)
    private mutating func readRecord(
        _ value: Span<UInt8>, _ event: inout Event
    ) throws(Rejection) -> EventDraft {
        var draft = EventDraft()
        var cursor = JSONCursor(value)
        cursor.skipBlanks()
        try cursor.expect(0x7B)
        cursor.skipBlanks()
        if cursor.byte == 0x7D {
            cursor.position += 1
        } else {
            var previous = FieldOrder.start
            repeat {
                let length = order.length(after: previous, in: value, at: cursor.position)
                let field: EventField
                if length > 0 {
                    previous = order.follower(of: previous)
                    field = names.field(previous)
                    guard draft.notes(field) else {
                        throw cursor.fault(.duplicateKey, field)
                    }
                    cursor.position &+= length
                    if cursor.byte != 0x22 { cursor.skipBlanks() }
                } else {
                    var copy = cursor
                    let found = try readField(after: &previous, &copy, &draft, &event)
                    cursor.position = copy.position
                    guard let found else { continue }
                    field = found
                }
                if cursor.byte == 0x22 && field != .amount && field != .balanceAfter
                    && field != .counterparty
                {
                    cursor.position &+= 1
                    let text = try cursor.readText(of: field, &event)
                    draft.gives(field)
                    try store(text, of: field, value, &draft, &event)
                } else {
                    var copy = cursor
                    try readOther(field, &copy, &draft, &event)
                    cursor.position = copy.position
                }
            } while try cursor.continues()
        }
        draft.end = cursor.position - 1
        cursor.skipBlanks()
        guard cursor.position == value.count else { throw cursor.fault(.badJSON) }
        return draft
    }

    /// Reads a name that was not expected here, and up to its value; nil, after the value, when it is no field's.
    @inline(never)
    private mutating func readField(
        after previous: inout Int, _ cursor: inout JSONCursor, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) -> EventField? {
        let name = try cursor.readName(&event)
        guard let number = number(of: name, in: names.fields, cursor.value, &event),
            let field = EventField(rawValue: number)
        else {
            try cursor.skipValue(depth: 1, &event)
            return nil
        }
        guard draft.notes(field) else {
            throw Rejection(.duplicateKey, field, at: name.offset)
        }
        order.note(Int(number), after: previous)
        previous = Int(number)
        return field
    }

    /// Reads a value that is no text, or an amount.
    @inline(__always)
    private mutating func readOther(
        _ field: EventField, _ cursor: inout JSONCursor, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) {
        if cursor.byte == 0x6E {
            try cursor.expect(literal: "null")
            return
        }
        draft.gives(field)
        switch field {
        case .amount: draft.amount = try readAmount(of: field, &cursor, &event)
        case .balanceAfter: draft.balance = try readAmount(of: field, &cursor, &event)
        case .counterparty: try readCounterparty(&cursor, &draft, &event)
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
            let name = try cursor.readName(&event)
            guard let number = number(of: name, in: names.counterparty, cursor.value, &event),
                let field = EventField(rawValue: number)
            else {
                try cursor.skipValue(depth: 2, &event)
                continue
            }
            guard draft.notes(field) else {
                throw Rejection(.duplicateKey, field, at: name.offset)
            }
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
                try store(text, of: field, cursor.value, &draft, &event)
            default: throw cursor.typeFault(of: field)
            }
        } while try cursor.continues()
    }

    /// Steps over an amount, a text or a number, and says where it lies.
    @inline(__always)
    private func readAmount(
        of field: EventField, _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) -> TextToken {
        if cursor.byte == 0x22 {
            cursor.position += 1
            return try cursor.readText(of: field, &event)
        }
        guard cursor.byte == 0x2D || cursor.byte &- 0x30 <= 9 else {
            throw cursor.typeFault(of: field)
        }
        let start = cursor.position
        try cursor.skipNumber()
        return TextToken(start: start, count: cursor.position - start, offset: start)
    }

    /// The number of the name in `table`, wherever the name lies.
    @inline(__always)
    func number(
        of name: TextToken, in table: NameTable, _ value: Span<UInt8>, _ event: inout Event
    ) -> UInt8? {
        guard name.start >= value.count else {
            return table.number(of: value, at: name.start, count: name.count)
        }
        return table.number(of: event.bytes(name.text), at: 0, count: name.count)
    }
}

extension JSONCursor {
    /// After a field of an object: true before another one, false after the object's end.
    @inline(__always) @_lifetime(self: copy self)
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

extension Span where Element == UInt8 {
    /// Whether both hold the same bytes.
    @inline(__always)
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index < count {
            let left = count - index
            if low(left, of: word(at: index) ^ other.word(at: index)) != 0 { return false }
            index &+= 8
        }
        return true
    }
}
