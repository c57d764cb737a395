// The code lists of the event and the alert: each case's raw text is what stands in JSON.

/// Which way money moves, seen from the account.
public enum Direction: UInt8, Sendable, CaseIterable {
    case debit, credit
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .debit: "debit"
        case .credit: "credit"
        }
    }
}

/// The booking state of an entry.
public enum EntryStatus: UInt8, Sendable, CaseIterable {
    case booked, pending, info
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .booked: "booked"
        case .pending: "pending"
        case .info: "info"
        }
    }
}

/// What an account is; loan accounts never count in a measure.
public enum AccountKind: UInt8, Sendable, CaseIterable {
    case deposit, wealth, loan
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .deposit: "deposit"
        case .wealth: "wealth"
        case .loan: "loan"
        }
    }
}

/// What an entry is for; an unknown code counts as `other`.
///
/// Raw values are part of the state format.
public enum EntryKind: UInt8, Sendable, CaseIterable {
    case transfer, cash, card, salary, pension, interest, fee, tax
    case loanDisbursement, loanRepayment, productPurchase, productRedemption
    case standingOrder, directDebit, openingBalance, other
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .transfer: "transfer"
        case .cash: "cash"
        case .card: "card"
        case .salary: "salary"
        case .pension: "pension"
        case .interest: "interest"
        case .fee: "fee"
        case .tax: "tax"
        case .loanDisbursement: "loan_disbursement"
        case .loanRepayment: "loan_repayment"
        case .productPurchase: "product_purchase"
        case .productRedemption: "product_redemption"
        case .standingOrder: "standing_order"
        case .directDebit: "direct_debit"
        case .openingBalance: "opening_balance"
        case .other: "other"
        }
    }
}

/// How an entry was ordered; an unknown code counts as `other`.
///
/// Raw values are part of the state format.
public enum Channel: UInt8, Sendable, CaseIterable {
    case branch, atm, pos, selfService, phone, online, mobile, wechat, thirdParty, batch, other
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .branch: "branch"
        case .atm: "atm"
        case .pos: "pos"
        case .selfService: "self_service"
        case .phone: "phone"
        case .online: "online"
        case .mobile: "mobile"
        case .wechat: "wechat"
        case .thirdParty: "third_party"
        case .batch: "batch"
        case .other: "other"
        }
    }
}

/// Where money goes to or comes from; an unknown code counts as `unknown`.
///
/// In the order of the names, which is the order of an alert's `destinations`. Raw values are part
/// of the state format.
public enum CounterpartyClass: UInt8, Sendable, CaseIterable {
    case cash, loan, otherBank, ownAccount, ownOtherBank, sameBank, securities, thirdPartyPayment
    case unknown, wealthProduct
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .cash: "cash"
        case .loan: "loan"
        case .otherBank: "other_bank"
        case .ownAccount: "own_account"
        case .ownOtherBank: "own_other_bank"
        case .sameBank: "same_bank"
        case .securities: "securities"
        case .thirdPartyPayment: "third_party_payment"
        case .unknown: "unknown"
        case .wealthProduct: "wealth_product"
        }
    }
}

/// How urgent an alert is.
public enum Severity: UInt8, Sendable, CaseIterable {
    case info, notice, warning, critical
    /// The text used in records and rules.
    public var text: StaticString {
        switch self {
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .critical: "critical"
        }
    }
}

/// The kinds of rule.
public enum RuleKind: UInt8, Sendable, CaseIterable {
    case singleOutflow, singleInflow, cumulativeOutflow, cumulativeInflow, tierChange
    /// The text used in records and rules.
    public var text: StaticString {
        switch self {
        case .singleOutflow: "single_outflow"
        case .singleInflow: "single_inflow"
        case .cumulativeOutflow: "cumulative_outflow"
        case .cumulativeInflow: "cumulative_inflow"
        case .tierChange: "tier_change"
        }
    }
}

/// The state of one version of an alert.
public enum AlertStatus: UInt8, Sendable, CaseIterable {
    case open, updated, retracted
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .open: "open"
        case .updated: "updated"
        case .retracted: "retracted"
        }
    }
}

/// Why an alert is as it is, in the order in which an alert lists its reasons.
public enum AlertReason: UInt8, Sendable, CaseIterable {
    case late, missingProfile, missingRate, internalUnconfirmed, reversed, paired, escalated
    case unacknowledged, grace, recovered, booked, expired, rulesChanged, truncated
    /// The text used in records.
    public var text: StaticString {
        switch self {
        case .late: "late"
        case .missingProfile: "missing_profile"
        case .missingRate: "missing_rate"
        case .internalUnconfirmed: "internal_unconfirmed"
        case .reversed: "reversed"
        case .paired: "paired"
        case .escalated: "escalated"
        case .unacknowledged: "unacknowledged"
        case .grace: "grace"
        case .recovered: "recovered"
        case .booked: "booked"
        case .expired: "expired"
        case .rulesChanged: "rules_changed"
        case .truncated: "truncated"
        }
    }
}

/// A set of alert reasons; bit = raw value of the reason.
public struct AlertReasons: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt16
    /// A set from its bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// The set of one reason.
    public init(_ reason: AlertReason) { rawValue = 1 << UInt16(reason.rawValue) }
    /// Whether `reason` is in the set.
    public func contains(_ reason: AlertReason) -> Bool {
        rawValue & (1 << UInt16(reason.rawValue)) != 0
    }
}
