// What an operator or the `balances` topic sees of one customer (the contract's section 9).
public import Banking

/// A customer's state at a moment, for reading; a copy that shares nothing with the engine.
public struct CustomerView: Sendable, Equatable {
    /// One account's balance in one currency.
    public struct Account: Sendable, Equatable {
        /// Unmasked.
        public var accountID: [UInt8]
        /// What the account is.
        public var kind: AccountKind
        /// Its balance in one currency.
        public var balance: Money
        /// An account's balance.
        public init(accountID: [UInt8], kind: AccountKind, balance: Money) {
            self.accountID = accountID
            self.kind = kind
            self.balance = balance
        }
    }

    /// The next level up, and how far it is.
    public struct Next: Sendable, Equatable {
        /// The level's name.
        public var level: String
        /// What the sum misses today divided by the days of the window, rounded up to the minor unit.
        public var missingMinor: Int128
        /// The date on which it is reached if nothing moves.
        public var date: Day?
        /// A next level.
        public init(level: String, missingMinor: Int128, date: Day?) {
            self.level = level
            self.missingMinor = missingMinor
            self.date = date
        }
    }

    /// The sum of one windowed rule over the window that ends at the task's clock.
    public struct Flow: Sendable, Equatable {
        /// The rule's id.
        public var rule: String
        /// The rule's version.
        public var version: Int
        /// The sum, minor units of the bank's currency.
        public var sumMinor: Int128
        /// Whether a crossing at the task's clock would fire.
        public var isArmed: Bool
        /// A rule's sum.
        public init(rule: String, version: Int, sumMinor: Int128, isArmed: Bool) {
            self.rule = rule
            self.version = version
            self.sumMinor = sumMinor
            self.isArmed = isArmed
        }
    }

    /// The customer.
    public var customerID: [UInt8] = []
    /// One element for each account and currency.
    public var accounts: [Account] = []
    /// The measure, all that has arrived.
    public var measure = Money(0, .cny)
    /// The last business date that has closed.
    public var lastClosed: Day?
    /// The measure's day-end of `lastClosed`, minor units of the bank's currency.
    public var dayEndMinor: Int128?
    /// Exact sum of day-ends and days of the window that ends at `lastClosed`; nil without tiers or before the start.
    public var averageSum: Int128?
    /// The days of `averageSum`.
    public var averageDays = 0
    /// The tier, once there is one.
    public var tier: String?
    /// The next level up, unless the customer is on the highest.
    public var next: Next?
    /// One element for each windowed rule.
    public var flows: [Flow] = []

    /// A view of nothing.
    public init() {}
}
