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

    /// Stores the text of a field of the record; amounts only as where they lie.
    @inline(__always)
    mutating func store(
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

    /// Stores the text of a field of the counterparty.
    func store(
        _ token: TextToken, ofCounterparty field: EventField, _ bytes: TextBytes,
        _ event: inout Event
    ) {
        switch field {
        case .counterpartyAccountID: event.counterpartyAccountID = token.text
        case .counterpartyCustomerID: event.counterpartyCustomerID = token.text
        case .counterpartyBank: event.counterpartyBank = token.text
        case .counterpartyClass:
            let found = names.classes.value(of: token, bytes)
            event.counterpartyClass = found ?? .unknown
            event.unknownClass = found == nil
        default: preconditionFailure("no text of the counterparty")
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
    static func finish(
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

extension NameTable {
    /// What the text of `token` stands for, if it is in the list.
    @inline(__always)
    func value(of token: TextToken, _ bytes: TextBytes) -> Value? {
        value(of: bytes, at: token.start, count: token.count)
    }
}
