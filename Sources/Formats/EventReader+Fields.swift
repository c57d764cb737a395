// What is uncommon in a record, or happens once: a name that does not follow the one before it as it did last time, a
// field that nobody asked for, a value that is no text, a counterparty.
import Banking

extension EventReader {
    /// Reads a name that was not expected here, and up to its value; nil, after the value, when it is no field's.
    @inline(never)
    mutating func readField(
        after previous: Int, _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) -> EventField? {
        let field = try readName(in: names.fields, depth: 1, &cursor, &event)
        if let field { order.note(field, after: previous) }
        return field
    }

    /// Reads a name and up to its value or, when it is not in `table`, past its value.
    @inline(__always)
    private mutating func readName(
        in table: NameTable<EventField>, depth: Int, _ cursor: inout JSONCursor,
        _ event: inout Event
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
    mutating func readOther(
        _ field: EventField, _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) {
        switch (field, cursor.byte) {
        case (_, 0x6E):
            try cursor.expect(literal: "null")
            draft.hasNoText(field)
        case (.counterparty, _):
            try readCounterparty(&cursor, &event)
            draft.hasNoText(field)
        case (.amount, _), (.balanceAfter, _): draft[field] = try cursor.readNumber(of: field)
        default: throw cursor.typeFault(of: field)
        }
    }

    /// Reads the object of the counterparty.
    @inline(never)
    private mutating func readCounterparty(
        _ cursor: inout JSONCursor, _ event: inout Event
    ) throws(Rejection) {
        guard cursor.byte == 0x7B else { throw cursor.typeFault(of: .counterparty) }
        cursor.position += 1
        cursor.skipBlanks()
        if cursor.byte == 0x7D {
            cursor.position += 1
            return
        }
        repeat {
            let found = try readName(in: names.counterparty, depth: 2, &cursor, &event)
            guard let field = found else { continue }
            switch (field, cursor.byte) {
            case (_, 0x6E):
                try cursor.expect(literal: "null")
                draft.hasNoText(field)
            case (.counterpartySameName, 0x74):
                try cursor.expect(literal: "true")
                draft.hasNoText(field)
                event.sameName = true
            case (.counterpartySameName, 0x66):
                try cursor.expect(literal: "false")
                draft.hasNoText(field)
                event.sameName = false
            case (.counterpartySameName, _): throw cursor.typeFault(of: field)
            case (_, 0x22):
                cursor.position += 1
                draft[field] = try cursor.readText(of: field, &event)
            default: throw cursor.typeFault(of: field)
            }
        } while try cursor.continues()
    }

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
