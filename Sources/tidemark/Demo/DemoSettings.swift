// What the demo's daemon is told: settings and rules as a bank would write them.
import Operations
import Pipeline

/// The demo's settings and rules.
enum DemoSettings {
    static let input = "transactions"
    static let topics = [input, "alerts", "transactions_rejected", "tidemark_state"]
    /// Partitions of each topic.
    static let partitions: Int32 = 4

    /// The configuration for the broker at `servers` and HTTP on `listen`.
    static func configuration(
        servers: String, listen: ListenAddress
    ) throws(Failure) -> Configuration {
        var configuration = try Configuration.make(
            settings: try YAMLNode.parse(settings, source: "the demo's settings"),
            rules: try YAMLNode.parse(rules, source: "the demo's rules"),
            overrides: ["kafka.bootstrap_servers=\(servers)", "http.listen=\(listen)"])
        configuration.settings.asksTopicSettings = false
        // A machine that has too much to do may stand still for long, and nobody waits to take over.
        configuration.settings.patienceMilliseconds = 600_000
        return configuration
    }

    /// Event time runs through a year towards the clock on the wall and past it: `future_limit` would refuse what lies
    /// ahead, and idle closes would take a pause of the story for the end of its day.
    private static let settings = """
        application: tidemark-demo
        instance: demo-0
        workers: 2
        bank: {time_zone: Asia/Shanghai, currency: CNY, future_limit: 3660d, idle_close: off}
        log: {level: warning}
        """

    private static let rules = """
        version: 1
        tiers:
          measure: deposits
          average: {trailing_days: 365}
          denominator: elapsed
          levels:
            - {name: ordinary, from: 0}
            - {name: gold, from: 100000}
            - {name: platinum, from: 1000000}
            - {name: diamond, from: 5000000}
        rules:
          - {id: large-outflow, version: 1, kind: single_outflow, at_least: 50000, severity: warning}
          - {id: outflow-24h, version: 1, kind: cumulative_outflow, window: 24h, at_least: 120000, \
        severity: critical}
          - {id: large-inflow, version: 1, kind: single_inflow, at_least: 150000}
          - {id: tier, version: 1, kind: tier_change, direction: any}
        """
}
