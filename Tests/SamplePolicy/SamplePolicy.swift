// The bank of tests that ask for nothing special: a large outflow, the outflows of a day, tiers, in Shanghai and yuan.
package import Banking
package import Engine

/// What a bank wants to know, with the amounts and times that tests vary.
package struct SamplePolicy {
    /// Outflows of so much in minor units are told.
    package var largeMinor: Int64
    /// So are those of 24 hours that come to this.
    package var dayMinor: Int64
    /// Whether a customer's first tier is told.
    package var tellsFirstTier = true
    /// For so many days an entry that comes again is known.
    package var duplicateDays: Int64 = 7
    /// What tiers are worked out from.
    package var measure = TierPolicy.Measure.financialAssets
    /// Days of the average that tiers go by.
    package var trailingDays: Int
    /// Tiers and where they begin, in minor units.
    package var levels: KeyValuePairs<String, Int64> = ["ordinary": 0, "gold": 100_000_00]

    /// A bank with these limits.
    package init(largeMinor: Int64 = 50_000_00, dayMinor: Int64 = 60_000_00, trailingDays: Int) {
        self.largeMinor = largeMinor
        self.dayMinor = dayMinor
        self.trailingDays = trailingDays
    }

    /// The bank's calendar.
    package static let calendar = BusinessCalendar(
        name: "Asia/Shanghai", fixedOffsetSeconds: 8 * 3600)

    /// As the engine takes it.
    package var policy: Policy {
        var large = Rule(id: "large-outflow", version: 1, kind: .singleOutflow)
        large.atLeast = largeMinor
        var day = Rule(id: "outflow-24h", version: 1, kind: .cumulativeOutflow)
        day.atLeast = dayMinor
        day.window = 24 * Micros.hour
        var tier = Rule(id: "tier", version: 1, kind: .tierChange)
        tier.assigned = tellsFirstTier
        let tiers = TierPolicy(
            measure: measure, trailingDays: trailingDays,
            levels: levels.map { TierPolicy.Level(name: $0.key, fromMinor: $0.value) })
        return Policy(
            calendar: SamplePolicy.calendar, currency: .cny, dayCloseAfter: 30 * Micros.minute,
            duplicateHorizon: duplicateDays * Micros.day, reversalHorizon: 90 * Micros.day,
            futureLimit: Micros.hour, tiers: tiers, rules: [large, day, tier])
    }
}
