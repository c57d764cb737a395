// What the texts of a record's fields stand for: first the needed fields, then those that most records have, then the
// rest. Of several faults the first in this order is the one that is named.
import Banking

extension EventReader {
    /// Fills `event` from the fields that were found.
    @inline(__always)
    mutating func judge(_ bytes: TextBytes, _ event: inout Event) throws(Rejection) {
        if let missing = draft.missing { throw Rejection(.missingField, missing, at: draft.end) }
        event.id = try EventReader.identifier(draft[.id], .id, upTo: 128)
        event.customerID = try EventReader.identifier(draft[.customerID], .customerID, upTo: 64)
        event.accountID = try EventReader.identifier(draft[.accountID], .accountID, upTo: 64)
        event.direction = try known(
            names.directions.value(of: draft[.direction], bytes), .direction)
        event.currency = try known(currency(draft[.currency], bytes, event), .currency)
        event.amountMinor = try known(
            AmountText.minorUnits(
                bytes, at: draft[.amount].start, count: draft[.amount].count,
                exponent: event.currency.exponent), .amount)
        if draft.has(.bookedAt) {
            let token = draft[.bookedAt]
            event.bookedAt = try known(
                times.instant(bytes, at: token.start, count: token.count), .bookedAt)
        }
        if draft.has(.status) {
            event.status = try known(names.statuses.value(of: draft[.status], bytes), .status)
        }
        if draft.has(.kind) {
            let kind = names.kinds.value(of: draft[.kind], bytes)
            event.kind = kind ?? .other
            event.unknownKind = kind == nil
        }
        if draft.has(.channel) {
            let channel = names.channels.value(of: draft[.channel], bytes)
            event.channel = channel ?? .other
            event.unknownChannel = channel == nil
        }
        if draft.has(.branch) { event.branch = draft[.branch].text }
        if draft.hasUnusual { try judgeUnusual(bytes, &event) }
    }

    /// The fields that most records do not have.
    @inline(never)
    private mutating func judgeUnusual(
        _ bytes: TextBytes, _ event: inout Event
    ) throws(Rejection) {
        if draft.has(.bookingDate) { event.bookingDate = try day(of: .bookingDate, bytes) }
        if draft.has(.valueDate) { event.valueDate = try day(of: .valueDate, bytes) }
        if draft.has(.replaces) {
            event.replaces = try EventReader.identifier(draft[.replaces], .replaces, upTo: 128)
        }
        if draft.has(.reverses) {
            event.reverses = try EventReader.identifier(draft[.reverses], .reverses, upTo: 128)
        }
        if draft.has(.transferID) { event.transferID = draft[.transferID].text }
        if draft.has(.accountKind) {
            event.accountKind = try known(
                names.accountKinds.value(of: draft[.accountKind], bytes), .accountKind)
        }
        if draft.has(.balanceAfter) {
            let token = draft[.balanceAfter]
            let isNegative = bytes.byte(at: token.start) == 0x2D
            let sign = isNegative ? 1 : 0
            let balance = try known(
                AmountText.minorUnits(
                    bytes, at: token.start + sign, count: token.count - sign,
                    exponent: event.currency.exponent), .balanceAfter)
            event.balanceAfterMinor = isNegative ? -balance : balance
        }
        if draft.has(.counterpartyAccountID) {
            event.counterpartyAccountID = draft[.counterpartyAccountID].text
        }
        if draft.has(.counterpartyCustomerID) {
            event.counterpartyCustomerID = draft[.counterpartyCustomerID].text
        }
        if draft.has(.counterpartyBank) {
            event.counterpartyBank = draft[.counterpartyBank].text
        }
        if draft.has(.counterpartyClass) {
            let found = names.classes.value(of: draft[.counterpartyClass], bytes)
            event.counterpartyClass = found ?? .unknown
            event.unknownClass = found == nil
        }
    }

    private mutating func day(
        of field: EventField, _ bytes: TextBytes
    ) throws(Rejection) -> Day {
        try known(times.day(bytes, at: draft[field].start, count: draft[field].count), field)
    }

    /// The text that `token` finds; of the type, since one of the reader copies all of it onto the stack.
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
    private func known<Value>(_ value: Value?, _ field: EventField) throws(Rejection) -> Value {
        guard let value else { throw refusal(of: field) }
        return value
    }

    @inline(never)
    private func refusal(of field: EventField) -> Rejection {
        Rejection(EventReader.fault(of: field), field, at: draft[field].offset)
    }

    @inline(__always)
    private func currency(
        _ token: TextToken, _ bytes: TextBytes, _ event: borrowing Event
    ) -> Currency? {
        guard token.count == 3 else { return nil }
        if low(3, of: bytes.word(at: token.start)) == bankCurrencyWord { return bankCurrency }
        return Currency(code: event.bytes(token.text))
    }
}

extension NameTable {
    /// What the text of `token` stands for, if it is in the list.
    @inline(__always)
    func value(of token: TextToken, _ bytes: TextBytes) -> Value? {
        value(of: bytes, at: token.start, count: token.count)
    }
}
