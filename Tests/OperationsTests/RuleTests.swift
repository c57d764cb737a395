// rules.yaml: what becomes of it, and the exact line of each refusal.
import Banking
import Engine
import Operations
import Pipeline
import Testing

private let tiers = "tiers: {levels: [{name: ordinary, from: 0}, {name: gold, from: 1000}]}"

@Suite("Rules")
struct RuleTests {
    private func read(
        _ text: String, currency: String = "CNY"
    ) throws -> RuleSet {
        try configuration("bank: {currency: \(currency)}", rules: text).rules
    }

    @Test("tiers come exact, with their defaults")
    func tierPolicy() throws {
        let set = try read(
            """
            version: 1
            tiers:
              measure: deposits
              negative: zero
              average: {trailing_days: 90}
              denominator: window
              min_history_days: 5
              levels: [{name: a, from: 0}, {name: b, from: "100.5"}, {name: c, from: 100.51}]
              upgrade: {check: day_end}
              downgrade: {check: day_end, grace_days: 0}
            """)
        #expect(set.tiers.measure == .deposits)
        #expect(set.tiers.negativeIsZero)
        #expect(set.tiers.trailingDays == 90)
        #expect(set.tiers.denominator == .window)
        #expect(set.tiers.minHistoryDays == 5)
        #expect(set.tiers.levels.map(\.fromMinor) == [0, 10_050, 10_051])
        #expect(try read("version: 1").tiers.levels.isEmpty)
    }

    @Test("a rule comes in the engine's units")
    func rule() throws {
        let set = try read(
            rules(
                """
                {id: out-24h, version: 3, kind: cumulative_outflow, window: 90m, measure: net,
                     at_least: 1000.10, share_of_balance: 0.35, severity: critical, cool_down: 1d,
                     escalate_by: 1.5, effective_from: 2026-03-01, state: shadow, channels: [atm, wechat],
                     kinds: [cash], exclude_kinds: [fee], destinations: [wealth_product], tiers: [gold],
                     branches: [B1], min_star: 3, customer_types: [loan], segments: [s], unknown: pass,
                     notify: [rm_primary], pending: false}
                """, tiers: tiers))
        let rule = try #require(set.rules.first)
        #expect(rule.id == "out-24h")
        #expect(rule.version == 3)
        #expect(rule.kind == .cumulativeOutflow)
        #expect(rule.window == 90 * Micros.minute)
        #expect(rule.isNet)
        #expect(rule.atLeast == 100_010)
        #expect(rule.shareOfBalance == Ratio(numerator: 35, denominator: 100))
        #expect(rule.severity == .critical)
        #expect(rule.coolDown == Micros.day)
        #expect(rule.escalateBy == Ratio(numerator: 15, denominator: 10))
        // Midnight in Shanghai.
        #expect(rule.effectiveFrom == Instant(microseconds: 1_772_294_400_000_000))
        #expect(rule.isShadow)
        #expect(rule.channels == 1 << Channel.atm.rawValue | 1 << Channel.wechat.rawValue)
        #expect(rule.kinds == 1 << EntryKind.cash.rawValue)
        #expect(rule.destinations == 1 << CounterpartyClass.wealthProduct.rawValue)
        #expect(rule.tiers == [1])
        #expect(rule.branches == ["B1"])
        #expect(rule.minStar == 3)
        #expect(rule.customerTypes == ["loan"])
        #expect(rule.unknownPasses)
        #expect(rule.notify == ["rm_primary"])
    }

    @Test(
        "moments are read with their offset, or at midnight of the bank",
        arguments: [
            ("2026-01-31T00:00:00+08:00", 1_769_788_800_000_000),
            ("2026-01-30T16:00:00Z", 1_769_788_800_000_000),
            ("2026-01-31", 1_769_788_800_000_000),
            ("2026-01-30T16:00:00.1234567Z", 1_769_788_800_123_456),
        ] as [(String, Int64)])
    func moments(_ text: String, _ expected: Int64) throws {
        let set = try read(
            rules(
                "{id: a, version: 1, kind: single_outflow, at_least: 1, effective_from: \"\(text)\"}"
            ))
        #expect(set.rules.first?.effectiveFrom?.microseconds == expected)
    }

    @Test("a mistake refuses the file with its line", arguments: mistakes)
    func refusals(_ text: String, _ expected: String) {
        #expect(complaint { _ = try read(text) } == "rules.yaml:" + expected)
    }

    private static let base = "id: a, version: 1"

    static let mistakes: [(String, String)] = [
        ("rules: []", "1: the rules file lacks \"version\""),
        ("version: 2", "1: version 2 of the rules format is not known; write version: 1"),
        ("version: 1\nrule: []", "2: unknown key \"rule\"; the nearest is \"rules\""),
        (
            "version: 1\nrouting: {deposit: [rm_primary]}",
            "2: routing is not in this version; leave it out"
        ),
        ("version: 1\nrules: {a: 1}", "2: rules must be a list, not a map"),
        (rules("{version: 1, kind: tier_change}"), "4: a rule lacks \"id\""),
        (rules("{id: A, version: 1}"), "4: id must be 1 to 40 of a-z 0-9 -, not \"A\""),
        (rules("{id: a, kind: single_outflow, at_least: 1}"), "4: rule a lacks \"version\""),
        (
            rules("{\(base), kind: single_outflw, at_least: 1}"),
            "4: unknown rule kind \"single_outflw\"; the nearest is \"single_outflow\""
        ),
        (
            rules("{\(base), kind: dormant, days: 9}"),
            "4: rule kind \"dormant\" is not in this version"
        ),
        (rules("{\(base), kind: single_outflow}"), "4: rule a needs at_least or share_of_balance"),
        (
            rules("{\(base), kind: single_outflow, at_leest: 5}"),
            "4: unknown key \"at_leest\"; the nearest is \"at_least\""
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, window: 1d}"),
            "4: kind single_outflow takes no \"window\"; leave it out"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, escalate_by: 2}"),
            "4: kind single_outflow takes no \"escalate_by\"; leave it out"
        ),
        (
            rules("{\(base), kind: tier_change, cool_down: 1d}", tiers: tiers),
            "4: kind tier_change takes no \"cool_down\"; leave it out"
        ),
        (
            rules("{\(base), kind: tier_change, channels: [atm]}", tiers: tiers),
            "4: kind tier_change takes no \"channels\"; leave it out"
        ),
        (
            rules("{\(base), kind: tier_change}"),
            "4: rule a needs tiers; write tiers with levels in this file"
        ),
        (rules("{\(base), kind: cumulative_outflow, at_least: 5}"), "4: rule a lacks \"window\""),
        (
            rules("{\(base), kind: cumulative_outflow, at_least: 5, window: 5w}"),
            "4: window: \"5w\" is no length of time; write a number and s, m, h or d, such as 90m or 7d"
        ),
        (
            rules("{\(base), kind: cumulative_outflow, at_least: 5, window: 0s}"),
            "4: window must be above 0"
        ),
        (
            rules("{\(base), kind: cumulative_outflow, at_least: 5, window: 1h, escalate_by: 1}"),
            "4: escalate_by must be a decimal fraction above 1 (at most 9 decimals), not 1"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5.001}"),
            "4: at_least: 5.001 has more decimals than CNY has (2)"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: -5}"),
            "4: at_least: \"-5\" is no amount; write digits, such as 50000 or 2500.50"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 92233720368547758.08}"),
            "4: at_least: 92233720368547758.08 is too large an amount"
        ),
        (
            rules("{\(base), kind: single_outflow, share_of_balance: 1.01}"),
            "4: share_of_balance must be a decimal fraction above 0 and at most 1 "
                + "(at most 9 decimals), not 1.01"
        ),
        (
            rules("{\(base), kind: single_outflow, share_of_balance: 0}"),
            "4: share_of_balance must be a decimal fraction above 0 and at most 1 "
                + "(at most 9 decimals), not 0"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, pending: true}"),
            "4: pending: true is not in this version; leave it out"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, severity: loud}"),
            "4: unknown severity \"loud\"; known: info, notice, warning, critical"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, channels: [mobil]}"),
            "4: unknown channel \"mobil\"; the nearest is \"mobile\""
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, kinds: []}"),
            "4: kinds is empty, so nothing would match; leave it out"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, kinds: cash}"),
            "4: kinds must be a list such as [a, b], not a text"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, tiers: [gold]}"),
            "4: rule a filters by tiers, but this file has none"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, tiers: [goldd]}", tiers: tiers),
            "4: unknown tier \"goldd\"; the nearest is \"gold\""
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, min_star: 6}"),
            "4: min_star must be a whole number from 1 to 5, not 6"
        ),
        (
            rules("{\(base), kind: single_outflow, at_least: 5, effective_from: 2026-02-30}"),
            "4: effective_from must be a date or a time with offset, such as 2026-01-31 or "
                + "2026-01-31T00:00:00+08:00, not 2026-02-30"
        ),
        (
            rules(
                "{\(base), kind: single_outflow, at_least: 5}\n"
                    + "  - {\(base), kind: single_inflow, at_least: 5, state: paused}"),
            "5: rule a version 1 stands already in line 4; give it another version"
        ),
        (
            rules(
                "{\(base), kind: single_outflow, at_least: 5}\n"
                    + "  - {id: a, version: 2, kind: single_outflow, at_least: 6}"),
            "5: versions 1 and 2 of rule a begin at the same time; "
                + "give the later one its own effective_from"
        ),
        (
            "version: 1\ntiers:\n  levels:\n    - {name: a, from: 1}",
            "4: the first level (a) must have from: 0"
        ),
        (
            "version: 1\ntiers:\n  levels:\n    - {name: a, from: 0}\n    - {name: b, from: 0}",
            "5: level b must begin above a; write levels from low to high"
        ),
        (
            "version: 1\ntiers:\n  levels: [{name: a, from: 0}, {name: a, from: 9}]",
            "3: two levels are named \"a\""
        ),
        (
            "version: 1\ntiers: {average: {calendar_year: true}}",
            "2: calendar windows (calendar_year) are not in this version; use trailing_days"
        ),
        (
            "version: 1\ntiers: {average: {calendar_months: 6}}",
            "2: calendar windows (calendar_months) are not in this version; use trailing_days"
        ),
        ("version: 1\ntiers: {average: {}}", "2: average lacks \"trailing_days\""),
        (
            "version: 1\ntiers: {on_change: alert}",
            "2: on_change \"alert\" is not in this version; use silent"
        ),
        (
            "version: 1\ntiers: {upgrade: {check: month_end}}",
            "2: check \"month_end\" is not in this version; use day_end"
        ),
        (
            "version: 1\ntiers: {downgrade: {grace_days: 5}}",
            "2: grace_days above 0 is not in this version; write 0"
        ),
        (
            "version: 1\ntiers: {denominator: days}",
            "2: unknown denominator \"days\"; known: elapsed, window"
        ),
    ]

    @Test("amounts have the decimals of the bank's currency")
    func currencies() throws {
        let text = rules("{id: a, version: 1, kind: single_outflow, at_least: 5.500}")
        #expect(try read(text, currency: "KWD").rules.first?.atLeast == 5_500)
        #expect(
            complaint { _ = try read(text, currency: "JPY") }
                == "rules.yaml:4: at_least: 5.500 has more decimals than JPY has (0)")
        let zeros = rules("{id: a, version: 1, kind: single_outflow, at_least: 5.00}")
        #expect(try read(zeros, currency: "JPY").rules.first?.atLeast == 5)
    }

    @Test("paused rules are checked, described and left out")
    func paused() throws {
        let set = try read(
            rules("{id: a, version: 1, kind: single_outflow, at_least: 5, state: paused}"))
        #expect(set.rules.isEmpty)
        #expect(set.descriptions.count == 1)
    }

    @Test("digests follow the meaning, not the writing")
    func digests() throws {
        let plain = try read(rules("{id: a, version: 1, kind: single_outflow, at_least: 5}"))
        let same = try read(
            rules("{at_least: \"5.00\", kind: single_outflow, id: a, version: 1, severity: notice}")
        )
        let other = try read(rules("{id: a, version: 1, kind: single_outflow, at_least: 6}"))
        #expect(plain.digest == same.digest)
        #expect(plain.rules[0].digest == same.rules[0].digest)
        #expect(plain.digest != other.digest)
        #expect(plain.digest.utf8.count == 16)
    }

    @Test("a rule says in a sentence what it does")
    func sentences() throws {
        let set = try read(
            rules(
                """
                {id: a, version: 1, kind: single_outflow, at_least: 50000, severity: warning,
                     channels: [mobile, online], cool_down: 24h}
                  - {id: b, version: 1, kind: cumulative_outflow, window: 7d, measure: net,
                     share_of_balance: 0.35, escalate_by: 1.50, effective_from: 2026-03-01}
                  - {id: c, version: 1, kind: tier_change, direction: up, assigned: true, state: shadow}
                """, tiers: tiers))
        #expect(
            set.descriptions.map(\.sentence) == [
                "Alerts (warning) when one outflow reaches 50000.00 CNY, ordered by online or mobile, "
                    + "at most once in 24h for a customer.",
                "Alerts (notice) when the outflows less the inflows of 7d reach 35% of the balance at "
                    + "the window's start, told again each time the sum has grown by a factor of 1.5, "
                    + "from 2026-03-01 on.",
                "In shadow, alerts (notice) when a day's close raises a customer's tier or gives the "
                    + "first one.",
            ])
    }

    @Test("what is hardly meant is warned about")
    func warnings() throws {
        let set = try read(
            rules(
                """
                {id: a, version: 1, kind: single_outflow, at_least: 5, min_star: 3}
                  - {id: a, version: 3, kind: single_outflow, at_least: 5, effective_from: 2026-01-01}
                """))
        #expect(
            set.warnings == [
                "rules.yaml:4: rule a filters by min_star, which is in profiles; this version reads no "
                    + "customers topic, so it never matches (unknown: pass lets it pass)",
                "rules.yaml:4: rule a has versions 1 and 3, but none between",
            ])
    }
}
