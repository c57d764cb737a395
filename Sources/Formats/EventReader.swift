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
    var order = FieldOrder(EventNames.recordFields)
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
        if cursor.position < cursor.count { cursor.skipBlanks() }
        guard cursor.position == cursor.count else { throw cursor.fault(.badJSON) }
        return draft
    }

    /// Stores the text of a field of the record; amounts only as where they lie.
    @inline(__always)
    private mutating func store(
        _ token: TextToken, of field: EventField, _ bytes: TextBytes, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) {
        switch field {
        case .id: event.id = try EventReader.identifier(token, field, upTo: 128)
        case .customerID:
            event.customerID = try EventReader.identifier(token, field, upTo: 64)
            draft.customerOffset = token.offset
        case .accountID: event.accountID = try EventReader.identifier(token, field, upTo: 64)
        case .replaces: event.replaces = try EventReader.identifier(token, field, upTo: 128)
        case .reverses: event.reverses = try EventReader.identifier(token, field, upTo: 128)
        case .transferID: event.transferID = token.text
        case .branch: event.branch = token.text
        case .amount: draft.amount = token
        case .balanceAfter: draft.balance = token
        case .direction:
            event.direction = try EventReader.known(
                names.directions.value(of: token, bytes), token, field)
        case .status:
            event.status = try EventReader.known(
                names.statuses.value(of: token, bytes), token, field)
        case .accountKind:
            event.accountKind = try EventReader.known(
                names.accountKinds.value(of: token, bytes), token, field)
        case .currency:
            event.currency = try EventReader.known(currency(token, bytes, event), token, field)
        case .bookedAt:
            event.bookedAt = try EventReader.known(
                times.instant(bytes, at: token.start, count: token.count), token, field)
        case .bookingDate:
            event.bookingDate = try EventReader.known(
                times.day(bytes, at: token.start, count: token.count), token, field)
        case .valueDate:
            event.valueDate = try EventReader.known(
                times.day(bytes, at: token.start, count: token.count), token, field)
        case .kind:
            let kind = names.kinds.value(of: token, bytes)
            event.kind = kind ?? .other
            event.unknownKind = kind == nil
        case .channel:
            let channel = names.channels.value(of: token, bytes)
            event.channel = channel ?? .other
            event.unknownChannel = channel == nil
        case .counterparty, .counterpartyAccountID, .counterpartyCustomerID, .counterpartyBank,
            .counterpartySameName, .counterpartyClass:
            preconditionFailure("no text of the record")
        }
    }

    @inline(__always)
    private static func identifier(
        _ token: TextToken, _ field: EventField, upTo limit: Int
    ) throws(Rejection) -> Event.Text {
        guard token.count >= 1 && token.count <= limit else {
            throw Rejection(.badField, field, at: token.offset)
        }
        return token.text
    }

    /// What the text of `field` stands for, if it stands for something.
    @inline(__always)
    private static func known<Value>(
        _ value: Value?, _ token: TextToken, _ field: EventField
    ) throws(Rejection) -> Value {
        guard let value else {
            throw Rejection(fault(of: field), field, at: token.offset)
        }
        return value
    }

    @inline(__always)
    private func currency(
        _ token: TextToken, _ bytes: TextBytes, _ event: borrowing Event
    ) -> Currency? {
        guard token.count == 3 else { return nil }
        if low(3, of: bytes.word(at: token.start)) == bankCurrencyWord { return bankCurrency }
        return Currency(code: event.bytes(token.text))
    }

    /// Judges the event as a whole: needed fields, and amounts in its currency.
    @inline(__always)
    private static func finish(
        _ draft: EventDraft, _ bytes: TextBytes, _ event: inout Event
    ) throws(Rejection) {
        if let missing = draft.missing {
            throw Rejection(.missingField, missing, at: draft.end)
        }
        let exponent = event.currency.exponent
        event.amountMinor = try known(
            AmountText.minorUnits(
                bytes, at: draft.amount.start, count: draft.amount.count, exponent: exponent),
            draft.amount, .amount)
        guard draft.given & 1 << UInt32(EventField.balanceAfter.rawValue) != 0 else { return }
        let isNegative = bytes.byte(at: draft.balance.start) == 0x2D
        let sign = isNegative ? 1 : 0
        let balance = try known(
            AmountText.minorUnits(
                bytes, at: draft.balance.start + sign, count: draft.balance.count - sign,
                exponent: exponent),
            draft.balance, .balanceAfter)
        event.balanceAfterMinor = isNegative ? -balance : balance
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

extension TextToken {
    /// The token as a text of its event.
    var text: Event.Text { Event.Text(offset: start, count: count) }
}

extension NameTable {
    /// What the text of `token` stands for, if it is in the list.
    @inline(__always)
    func value(of token: TextToken, _ bytes: TextBytes) -> Value? {
        value(of: bytes, at: token.start, count: token.count)
    }
}
