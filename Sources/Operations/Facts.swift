// What the daemon tells about itself, as closures: HTTP reads them and knows no worker.
public import Banking
import Engine
public import Pipeline

/// The daemon as seen from outside; each closure may be called on any thread and answers from published copies.
public struct Facts: Sendable {
    /// For /readyz.
    public var readiness: @Sendable () -> Readiness
    /// For /api/tasks and the gauges.
    public var tasks: @Sendable () -> [TaskSnapshot]
    /// Counts since the start.
    public var counters: @Sendable () -> DaemonCounters
    /// From a record's timestamp to the commit of its alert.
    public var alertLatency: @Sendable () -> Histogram
    /// Duration of commits.
    public var commitDuration: @Sendable () -> Histogram
    /// Payloads of the latest alerts, newest first, at most so many.
    public var recentAlerts: @Sendable (Int) -> [[UInt8]]
    /// librdkafka's statistics as the bytes of JSON, by client.
    public var kafkaStatistics: @Sendable () -> [String: [UInt8]]
    /// What is known of a customer; may take a second.
    public var customer: @Sendable ([UInt8]) -> CustomerAnswer
    /// The rules in force.
    public var rules: RuleSet
    /// The zone of the times in /api/tasks.
    public var calendar: BusinessCalendar

    /// The facts of `daemon`, which was given `rules`.
    public init(daemon: Daemon, rules: RuleSet) {
        readiness = { daemon.readiness }
        tasks = { daemon.tasks }
        counters = { daemon.counters }
        alertLatency = { daemon.alertLatency }
        commitDuration = { daemon.commitDuration }
        recentAlerts = { daemon.recentAlerts(limit: $0) }
        kafkaStatistics = { daemon.kafkaStatistics }
        customer = { daemon.customer($0) }
        self.rules = rules
        calendar = daemon.settings.policy.calendar
    }
}
