// Why a record was refused (the contract's section 5).

/// The stable reason of a dead letter.
public enum RejectReason: UInt8, Sendable, CaseIterable {
    case missingValue, tooLarge, badUTF8, badJSON, duplicateKey, tooDeep, missingField, badField
    case badAmount, unknownCurrency, badDirection, badStatus, badAccountKind, badTimestamp, badDate
    case keyMismatch, conflictingDuplicate, badReversal, futureTime
    /// The text of the header `tidemark-reason`.
    public var text: StaticString {
        switch self {
        case .missingValue: "missing_value"
        case .tooLarge: "too_large"
        case .badUTF8: "bad_utf8"
        case .badJSON: "bad_json"
        case .duplicateKey: "duplicate_key"
        case .tooDeep: "too_deep"
        case .missingField: "missing_field"
        case .badField: "bad_field"
        case .badAmount: "bad_amount"
        case .unknownCurrency: "unknown_currency"
        case .badDirection: "bad_direction"
        case .badStatus: "bad_status"
        case .badAccountKind: "bad_account_kind"
        case .badTimestamp: "bad_timestamp"
        case .badDate: "bad_date"
        case .keyMismatch: "key_mismatch"
        case .conflictingDuplicate: "conflicting_duplicate"
        case .badReversal: "bad_reversal"
        case .futureTime: "future_time"
        }
    }
}

/// The fields of a transaction event, as they are named in records.
public enum EventField: UInt8, Sendable, CaseIterable {
    case id, customerID, accountID, direction, amount, currency, bookedAt, bookingDate, valueDate
    case status, replaces, reverses, transferID, accountKind, kind, channel, branch, counterparty
    case balanceAfter
    case counterpartyAccountID, counterpartyCustomerID, counterpartyBank, counterpartySameName
    case counterpartyClass
    /// The name in records; of a counterparty's field with the object's name before it.
    public var text: StaticString {
        switch self {
        case .id: "id"
        case .customerID: "customer_id"
        case .accountID: "account_id"
        case .direction: "direction"
        case .amount: "amount"
        case .currency: "currency"
        case .bookedAt: "booked_at"
        case .bookingDate: "booking_date"
        case .valueDate: "value_date"
        case .status: "status"
        case .replaces: "replaces"
        case .reverses: "reverses"
        case .transferID: "transfer_id"
        case .accountKind: "account_kind"
        case .kind: "kind"
        case .channel: "channel"
        case .branch: "branch"
        case .counterparty: "counterparty"
        case .balanceAfter: "balance_after"
        case .counterpartyAccountID: "counterparty.account_id"
        case .counterpartyCustomerID: "counterparty.customer_id"
        case .counterpartyBank: "counterparty.bank"
        case .counterpartySameName: "counterparty.same_name"
        case .counterpartyClass: "counterparty.class"
        }
    }
}

/// A refusal: the reason, and where in the value the fault lies.
public struct Rejection: Error, Sendable, Equatable {
    /// The stable reason.
    public var reason: RejectReason
    /// The field at fault, if one is.
    public var field: EventField?
    /// Bytes from the start of the value; the engine, which knows no bytes, leaves it 0.
    public var offset: Int

    /// A refusal for `reason`, of `field`, at byte `offset` of the value.
    public init(_ reason: RejectReason, _ field: EventField? = nil, at offset: Int = 0) {
        self.reason = reason
        self.field = field
        self.offset = offset
    }
}
