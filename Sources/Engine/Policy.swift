// What the bank wants judged: its money and calendar, the tiers and the rules, checked and in the units of the
// engine. Built from rules.yaml and tidemark.yaml by Operations; immutable.
public import Banking

/// Everything besides the input that decides which alerts are raised.
public struct Policy: Sendable {
    /// The bank's days.
    public var calendar: BusinessCalendar
    /// The bank's currency, which rules and measures are in.
    public var currency: Currency
    /// Microseconds after the end of a day at which it closes.
    public var dayCloseAfter: Int64
    /// Microseconds for which every entry is remembered.
    public var duplicateHorizon: Int64
    /// Microseconds for which an entry that a reversal could name is remembered.
    public var reversalHorizon: Int64
    /// Microseconds by which an entry may lie after its record's timestamp.
    public var futureLimit: Int64
    /// The measure and, if there are any, the levels.
    public var tiers: TierPolicy
    /// All versions of all rules that are not paused, in the file's order.
    public var rules: [Rule]
    /// How many entries a window of one rule and customer holds one by one: of more the oldest minutes are merged.
    public var windowCapacity = 4096

    /// A policy; see the properties for units.
    public init(
        calendar: BusinessCalendar, currency: Currency, dayCloseAfter: Int64,
        duplicateHorizon: Int64, reversalHorizon: Int64, futureLimit: Int64, tiers: TierPolicy,
        rules: [Rule]
    ) {
        self.calendar = calendar
        self.currency = currency
        self.dayCloseAfter = dayCloseAfter
        self.duplicateHorizon = duplicateHorizon
        self.reversalHorizon = reversalHorizon
        self.futureLimit = futureLimit
        self.tiers = tiers
        self.rules = rules
    }

    /// How long an entry of `amountMinor` is remembered, in microseconds: 2.2 and 8.1 of the semantics.
    @inline(__always)
    public func memory(of amountMinor: Int64) -> Int64 {
        guard let smallest = smallestLimit, amountMinor >= smallest else { return duplicateHorizon }
        return max(duplicateHorizon, reversalHorizon)
    }

    /// Days before the last closed one whose day-ends are kept for averages; without tiers a year's, so that tiers can come
    /// later.
    public var averagedDays: Int { tiers.levels.isEmpty ? 366 : tiers.trailingDays }

    /// The smallest `at_least` of the flow rules, 0 for one without; nil without flow rules.
    public var smallestLimit: Int64? {
        rules.lazy.filter { $0.kind != .tierChange }.map { $0.atLeast ?? 0 }.min()
    }
}

/// How customers are graded.
public struct TierPolicy: Sendable {
    /// Which accounts count.
    public enum Measure: UInt8, Sendable {
        case deposits, financialAssets
        /// The name in rules.yaml.
        public var text: StaticString {
            switch self {
            case .deposits: "deposits"
            case .financialAssets: "financial_assets"
            }
        }
    }

    /// The days by which a sum of day-ends is divided.
    public enum Denominator: UInt8, Sendable {
        case elapsed, window
    }

    /// One level: its name and the average from which it holds, in minor units.
    public struct Level: Sendable, Equatable {
        /// The level's name.
        public var name: String
        /// The average from which it holds, minor units.
        public var fromMinor: Int64
        /// A level named `name` from `fromMinor` on.
        public init(name: String, fromMinor: Int64) {
            self.name = name
            self.fromMinor = fromMinor
        }
    }

    /// Which accounts count.
    public var measure: Measure
    /// Whether a negative account counts as zero.
    public var negativeIsZero: Bool
    /// Days of the window.
    public var trailingDays: Int
    /// The days by which a sum is divided.
    public var denominator: Denominator
    /// Days since the start before there is a tier.
    public var minHistoryDays: Int
    /// Ascending, the first from 0; empty when rules.yaml has no tiers.
    public var levels: [Level]

    /// A grading; see the properties.
    public init(
        measure: Measure = .financialAssets, negativeIsZero: Bool = false, trailingDays: Int = 365,
        denominator: Denominator = .elapsed, minHistoryDays: Int = 1, levels: [Level] = []
    ) {
        self.measure = measure
        self.negativeIsZero = negativeIsZero
        self.trailingDays = trailingDays
        self.denominator = denominator
        self.minHistoryDays = minHistoryDays
        self.levels = levels
    }
}

/// One version of a rule.
public struct Rule: Sendable {
    /// Which changes of tier a rule tells.
    public enum TierDirection: UInt8, Sendable {
        case up, down, any
    }

    /// The rule's id.
    public var id: String
    /// The rule's version.
    public var version: Int
    /// What it looks for.
    public var kind: RuleKind
    /// How urgent its alerts are.
    public var severity = Severity.notice
    /// Whether its alerts go to the shadow topic only.
    public var isShadow = false
    /// The first event time it judges; nil for the beginning.
    public var effectiveFrom: Instant?
    /// Microseconds; nil or 0 for none.
    public var coolDown: Int64?
    /// The factor over the value last announced at which an alert is updated; nil for never.
    public var escalateBy: Ratio?
    /// Minor units of the bank's currency.
    public var atLeast: Int64?
    /// The share of the balance before; nil when not given.
    public var shareOfBalance: Ratio?
    /// Microseconds; of cumulative rules.
    public var window: Int64 = 0
    /// Whether the other direction counts against the sum.
    public var isNet = false
    /// Which changes of tier it tells.
    public var tierDirection = TierDirection.any
    /// Whether a first tier is told.
    public var assigned = false
    /// Filters of the entry: bit = raw value of the code; nil when not given.
    public var channels: UInt16?
    /// Kinds of entry; bit = raw value.
    public var kinds: UInt16?
    /// Kinds of entry that it does not see; bit = raw value.
    public var excludeKinds: UInt16?
    /// Classes of counterparty; bit = raw value.
    public var destinations: UInt16?
    /// Filters of the customer; nil when not given.
    ///
    /// Tiers by index in the levels.
    public var tiers: Set<Int>?
    /// Branches of the customer; nil when not given.
    public var branches: Set<String>?
    /// The least star of the customer; nil when not given.
    public var minStar: Int?
    /// Types of customer; nil when not given.
    public var customerTypes: Set<String>?
    /// Segments, of which the customer has one; nil when not given.
    public var segments: Set<String>?
    /// `unknown: pass`: a filter on a profile field that is not known lets pass.
    public var unknownPasses = false
    /// Roles to notify; nil for the routing's default.
    public var notify: [String]?
    /// FNV-1a 64 of the rule's canonical text in rules.yaml, to tell whether a version was changed.
    public var digest: UInt64 = 0

    /// A rule of `kind`, everything else at its default.
    public init(id: String, version: Int, kind: RuleKind) {
        self.id = id
        self.version = version
        self.kind = kind
    }
}
