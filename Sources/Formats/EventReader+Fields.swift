// What each field of an event must hold.
import Banking

extension EventReader {
    /// The reason for which a field is refused whose value has the wrong type.
    static func fault(of field: EventField) -> RejectReason {
        switch field {
        case .direction: .badDirection
        case .currency: .unknownCurrency
        case .status: .badStatus
        case .accountKind: .badAccountKind
        case .bookedAt: .badTimestamp
        case .bookingDate, .valueDate: .badDate
        case .amount, .balanceAfter: .badAmount
        default: .badField
        }
    }

    /// Stores the text of a field that is no amount.
    @inline(__always)
    mutating func store(
        _ token: TextToken, of field: EventField, _ value: Span<UInt8>, _ draft: inout EventDraft,
        _ event: inout Event
    ) throws(Rejection) {
        switch field {
        case .id: event.id = try identifier(token, field, upTo: 128)
        case .customerID:
            event.customerID = try identifier(token, field, upTo: 64)
            draft.customerOffset = token.offset
        case .accountID: event.accountID = try identifier(token, field, upTo: 64)
        case .replaces: event.replaces = try identifier(token, field, upTo: 128)
        case .reverses: event.reverses = try identifier(token, field, upTo: 128)
        case .transferID: event.transferID = token.text
        case .branch: event.branch = token.text
        case .counterpartyAccountID: event.counterpartyAccountID = token.text
        case .counterpartyCustomerID: event.counterpartyCustomerID = token.text
        case .counterpartyBank: event.counterpartyBank = token.text
        case .kind:
            let number = number(of: token, in: names.kinds, value, &event)
            event.kind = number.flatMap(EntryKind.init) ?? .other
            event.unknownKind = number == nil
        case .channel:
            let number = number(of: token, in: names.channels, value, &event)
            event.channel = number.flatMap(Channel.init) ?? .other
            event.unknownChannel = number == nil
        case .counterpartyClass:
            let number = number(of: token, in: names.classes, value, &event)
            event.counterpartyClass = number.flatMap(CounterpartyClass.init) ?? .unknown
            event.unknownClass = number == nil
        default:
            // Judged by content: of a text with escapes, what they stand for.
            let isRead =
                token.start < value.count
                ? read(value, at: token.start, token.count, field, &event)
                : readCopied(token, field, &event)
            guard isRead else {
                throw Rejection(EventReader.fault(of: field), field, at: token.offset)
            }
        }
    }

    @inline(__always)
    private func identifier(
        _ token: TextToken, _ field: EventField, upTo limit: Int
    ) throws(Rejection) -> Event.Text {
        guard token.count >= 1 && token.count <= limit else {
            throw Rejection(.badField, field, at: token.offset)
        }
        return token.text
    }

    /// Reads a code, date or time that was written with escapes; nobody does, so it may take its time.
    @inline(never)
    private mutating func readCopied(
        _ token: TextToken, _ field: EventField, _ event: inout Event
    ) -> Bool {
        guard token.count <= 64 else {
            // Longer than any code or date; a time may have as many digits as it likes.
            return field == .bookedAt && readLong(token, &event)
        }
        var copy = InlineArray<64, UInt8>(repeating: 0)
        for index in 0..<token.count { copy[index] = event.bytes(token.text)[index] }
        return read(copy.span, at: 0, token.count, field, &event)
    }

    private mutating func readLong(_ token: TextToken, _ event: inout Event) -> Bool {
        let time = times.instant(event.bytes(token.text), at: 0, count: token.count)
        event.bookedAt = time
        return time != nil
    }

    /// Reads the code, date or time of `count` bytes at `start`; false when it is none.
    @inline(__always)
    private mutating func read(
        _ bytes: Span<UInt8>, at start: Int, _ count: Int, _ field: EventField,
        _ event: inout Event
    ) -> Bool {
        switch field {
        case .direction:
            guard let number = names.directions.number(of: bytes, at: start, count: count) else {
                return false
            }
            event.direction = number == 0 ? .debit : .credit
        case .status:
            guard let number = names.statuses.number(of: bytes, at: start, count: count),
                let status = EntryStatus(rawValue: number)
            else { return false }
            event.status = status
        case .accountKind:
            event.accountKind = names.accountKinds.number(of: bytes, at: start, count: count)
                .flatMap(AccountKind.init)
            return event.accountKind != nil
        case .currency:
            if count == 3 && low(3, of: bytes.word(at: start)) == bankCurrencyWord {
                event.currency = bankCurrency
                return true
            }
            guard count == 3,
                let currency = Currency(code: bytes.extracting(start..<(start + count)))
            else { return false }
            event.currency = currency
        case .bookedAt:
            event.bookedAt = times.instant(bytes, at: start, count: count)
            return event.bookedAt != nil
        case .bookingDate:
            event.bookingDate = times.day(bytes, at: start, count: count)
            return event.bookingDate != nil
        case .valueDate:
            event.valueDate = times.day(bytes, at: start, count: count)
            return event.valueDate != nil
        default:
            // A counterparty that is a text.
            return false
        }
        return true
    }

    /// Judges the event as a whole: needed fields, and amounts in its currency.
    @inline(__always)
    func finish(
        _ draft: EventDraft, _ value: Span<UInt8>, _ event: inout Event
    ) throws(Rejection) {
        if let missing = draft.missing {
            throw Rejection(.missingField, missing, at: draft.end)
        }
        guard let amount = minorUnits(draft.amount, skipping: 0, value, &event) else {
            throw Rejection(.badAmount, .amount, at: draft.amount.offset)
        }
        event.amountMinor = amount
        guard draft.given & (1 << UInt32(EventField.balanceAfter.rawValue)) != 0 else { return }
        let isNegative = event.bytes(draft.balance.text).first == 0x2D
        guard
            let balance = minorUnits(draft.balance, skipping: isNegative ? 1 : 0, value, &event)
        else { throw Rejection(.badAmount, .balanceAfter, at: draft.balance.offset) }
        event.balanceAfterMinor = isNegative ? -balance : balance
    }

    /// The minor units of an amount without its first `sign` bytes, in the event's currency.
    @inline(__always)
    private func minorUnits(
        _ token: TextToken, skipping sign: Int, _ value: Span<UInt8>, _ event: inout Event
    ) -> Int64? {
        let exponent = event.currency.exponent
        let count = token.count - sign
        guard token.start >= value.count else {
            return AmountText.minorUnits(
                value, at: token.start + sign, count: count, exponent: exponent)
        }
        return AmountText.minorUnits(
            event.bytes(token.text), at: sign, count: count, exponent: exponent)
    }
}

extension Span where Element == UInt8 {
    /// The first byte, if there is one.
    fileprivate var first: UInt8? { isEmpty ? nil : self[0] }
}
