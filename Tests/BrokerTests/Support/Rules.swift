// Rule files of the tests on a broker.

/// Texts of rules.yaml.
enum RuleTexts {
    /// All flow kinds and tiers, at limits that the Berka file meets a few thousand times.
    static let berka = """
        version: 1
        tiers:
          measure: deposits
          average: {trailing_days: 60}
          denominator: elapsed
          min_history_days: 10
          levels: [{name: ordinary, from: 0}, {name: silver, from: 15000}, {name: gold, from: 40000}]
        rules:
          - {id: large-out, version: 1, kind: single_outflow, at_least: 15000, severity: warning}
          - {id: large-in, version: 1, kind: single_inflow, at_least: "25000.50", channels: [branch]}
          - {id: half-out, version: 1, kind: single_outflow, at_least: 3000, share_of_balance: 0.5}
          - {id: out-7d, version: 1, kind: cumulative_outflow, window: 7d, at_least: 12000, cool_down: 14d}
          - {id: net-30d, version: 1, kind: cumulative_outflow, window: 30d, measure: net, at_least: 10000, escalate_by: 1.5}
          - {id: in-share, version: 1, kind: cumulative_inflow, window: 14d, at_least: 8000, share_of_balance: 0.4}
          - {id: gold-out, version: 1, kind: single_outflow, at_least: 5000, tiers: [gold], severity: critical}
          - {id: tier, version: 1, kind: tier_change, direction: any, assigned: true}

        """

    /// Every tier, the first one too.
    static let tiers = """
        version: 1
        tiers:
          average: {trailing_days: 30}
          levels: [{name: ordinary, from: 0}, {name: gold, from: 1000}]
        rules:
          - {id: tier, version: 1, kind: tier_change, direction: any, assigned: true}

        """

    /// One alert for each customer and day with a flow, in each direction: a diary of day-ends.
    static let diary = """
        version: 1
        rules:
          - {id: out, version: 1, kind: cumulative_outflow, window: 1d, at_least: 0.01}
          - {id: in, version: 1, kind: cumulative_inflow, window: 1d, at_least: 0.01}

        """

    /// Rules for what `tidemark generate` writes.
    static let generated = """
        version: 1
        tiers:
          average: {trailing_days: 30}
          levels: [{name: ordinary, from: 0}, {name: gold, from: 20000}, {name: platinum, from: 200000}]
        rules:
          - {id: large-outflow, version: 1, kind: single_outflow, at_least: 20000, severity: warning}
          - {id: outflow-24h, version: 1, kind: cumulative_outflow, window: 24h, at_least: 5000}
          - {id: net-7d, version: 1, kind: cumulative_outflow, window: 7d, measure: net, at_least: 10000, cool_down: 3d}
          - {id: inflow, version: 1, kind: single_inflow, at_least: 5000, share_of_balance: 0.5}
          - {id: tier, version: 1, kind: tier_change, direction: any}

        """

    /// One rule whose alerts are easy to foresee: every outflow of 500 and more.
    static let single = """
        version: 1
        rules:
          - {id: big, version: 1, kind: single_outflow, at_least: 500}

        """
}
