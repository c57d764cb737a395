// /metrics: everything of the contract's section 9, from published copies. No label holds a customer or account.
import Banking
import Engine
import Pipeline

/// The page of metrics.
enum Metrics {
    static func page(_ facts: Facts) -> [UInt8] {
        var text = PrometheusText()
        appendCounters(facts.counters(), to: &text)
        appendTasks(facts.tasks(), isReady: facts.readiness() == .ready, to: &text)
        append(
            facts.alertLatency(), "tidemark_alert_latency_seconds",
            "From the timestamp of a record to the commit of the alert it caused.", to: &text)
        append(
            facts.commitDuration(), "tidemark_commit_seconds",
            "From the begin of a transaction to its commit.", to: &text)
        KafkaMetrics.append(facts.kafkaStatistics(), to: &text)
        return text.bytes
    }

    private static func appendCounters(_ counters: DaemonCounters, to text: inout PrometheusText) {
        func counter(_ name: String, _ help: String, _ value: Int64) {
            text.family(name, .counter, help)
            text.sample(name, [], value)
        }
        func labelled(
            _ name: String, _ label: String, _ help: String, _ values: [(String, Int64)]
        ) {
            text.family(name, .counter, help)
            for (value, count) in values { text.sample(name, [(label, value)], count) }
        }
        let engine = counters.engine
        counter(
            "tidemark_records_total", "Input records whose effect is committed.", counters.records)
        counter(
            "tidemark_duplicates_total", "Entries that had come before.", engine.duplicates)
        labelled(
            "tidemark_rejected_total", "reason", "Records written as dead letters.",
            RejectReason.allCases.map {
                ($0.text.description, counters.rejected[Int($0.rawValue)])
            })
        appendAlerts(counters.alerts, to: &text)
        labelled(
            "tidemark_suppressed_total", "reason", "Firings that were not told.",
            [("cool_down", engine.suppressedCoolDown), ("snoozed", 0), ("trusted", 0)])
        labelled(
            "tidemark_unknown_codes_total", "field", "Codes of records that are not known.",
            [
                ("kind", engine.unknownKinds), ("channel", engine.unknownChannels),
                ("class", engine.unknownClasses),
            ])
        labelled(
            "tidemark_undecided_total", "reason", "Entries that no rule could see.",
            [("missing_rate", engine.undecidedMissingRate)])
        counter(
            "tidemark_balance_drift_total", "Entries whose balance_after is not ours.",
            engine.balanceDrift)
        counter(
            "tidemark_unverifiable_age_total", "Entries too old to be known as duplicates.",
            engine.unverifiableAge)
        counter("tidemark_unpaired_transfers_total", "Legs of transfers that found no match.", 0)
        counter("tidemark_unmatched_reversals_total", "Reversals that found no original.", 0)
        counter(
            "tidemark_window_merged_total",
            "Entries merged into others of their minute in a window that was full.",
            engine.windowMerged)
        labelled(
            "tidemark_transactions_aborted_total", "reason", "Transactions given up.",
            counters.abortedTransactions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        counter("tidemark_commits_total", "Transactions committed.", counters.commits)
        counter(
            "tidemark_state_records_total", "Records written to the changelog.",
            counters.stateRecords)
    }

    private static func appendAlerts(
        _ alerts: [DaemonCounters.AlertLabel: Int64], to text: inout PrometheusText
    ) {
        let name = "tidemark_alerts_total"
        text.family(name, .counter, "Versions of alerts committed, those of shadow rules too.")
        let sorted = alerts.sorted { a, b in
            (a.key.rule, a.key.kind.rawValue, a.key.status.rawValue)
                < (b.key.rule, b.key.kind.rawValue, b.key.status.rawValue)
        }
        for (label, count) in sorted {
            let labels = [
                ("rule", label.rule), ("kind", label.kind.text.description),
                ("status", label.status.text.description),
            ]
            text.sample(name, labels, count)
        }
    }

    private static func appendTasks(
        _ tasks: [TaskSnapshot], isReady: Bool, to text: inout PrometheusText
    ) {
        func gauges(_ name: String, _ help: String, _ value: (TaskSnapshot) -> String?) {
            text.family(name, .gauge, help)
            for task in tasks {
                let labels = [("topic", task.topic), ("partition", "\(task.partition)")]
                if let value = value(task) { text.sample(name, labels, text: value) }
            }
        }
        func gauge(_ name: String, _ help: String, _ value: String) {
            text.family(name, .gauge, help)
            text.sample(name, text: value)
        }
        gauges("tidemark_lag_records", "Records behind the committed offset.") {
            "\($0.lagRecords)"
        }
        gauges("tidemark_lag_seconds", "Age of the oldest record not committed.") {
            PrometheusText.seconds($0.lagSeconds)
        }
        gauges(
            "tidemark_replay_retention_records",
            "Records that the input keeps below where a restart reads it again."
        ) { $0.reserveRecords.map { "\($0)" } }
        gauges(
            "tidemark_replay_retention_seconds",
            "Time between the first record that the input keeps and where a restart reads it again."
        ) { $0.reserveSeconds.map { PrometheusText.seconds($0) } }
        gauge(
            "tidemark_customers", "Customers in memory.",
            "\(tasks.reduce(0) { $0 + $1.customers })")
        gauge(
            "tidemark_state_bytes", "Bytes of state in memory.",
            "\(tasks.reduce(0) { $0 + $1.stateBytes })")
        gauge(
            "tidemark_dirty_customers", "Customers whose latest state is not in the changelog yet.",
            "\(tasks.reduce(0) { $0 + $1.dirty })")
        gauge(
            "tidemark_replay_records", "Records that a restart would replay.",
            "\(tasks.reduce(0) { $0 + $1.replayRecords })")
        let left = tasks.compactMap { $0.restore?.secondsLeft }.max() ?? 0
        gauge(
            "tidemark_restore_seconds_left", "Seconds until the last task is restored.",
            PrometheusText.seconds(left))
        text.family("tidemark_tasks", .gauge, "Tasks of this process by state.")
        for state in [TaskSnapshot.State.restoring, .running, .blocked] {
            let count = tasks.count { $0.state == state }
            text.sample("tidemark_tasks", [("state", state.rawValue)], Int64(count))
        }
        gauge("tidemark_ready", "1 when /readyz says so.", isReady ? "1" : "0")
    }

    /// A histogram at every second bucket from a millisecond to a minute: these bounds are exact.
    private static func append(
        _ histogram: Histogram, _ name: String, _ help: String, to text: inout PrometheusText
    ) {
        text.family(name, .histogram, help)
        var seen: Int64 = 0
        for (index, count) in histogram.counts.enumerated() {
            seen += count
            let bound = Histogram.upperBound(index)
            guard index % 2 == 1, (1_000...70 * Micros.second).contains(bound) else { continue }
            text.sample(name + "_bucket", [("le", PrometheusText.seconds(bound))], seen)
        }
        text.sample(name + "_bucket", [("le", "+Inf")], histogram.count)
        text.sample(name + "_sum", text: PrometheusText.seconds(histogram.sumMicroseconds))
        text.sample(name + "_count", [], histogram.count)
    }
}
