// What a running daemon tells an operator, and what it must not tell.
import BrokerSupport
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("HTTP interface of a running daemon")
    struct HTTPTests {
        @Test(
            "health, tasks, metrics, customers, alerts and rules answer, and no log line or label names a customer"
        )
        func endpoints() throws {
            let deployment = try Deployment(
                "http", rules: RuleTexts.generated, partitions: 2,
                options: .init(bootstrap: try testBroker(), more: "log: {level: debug}"))
            let port = try freePort()
            let daemon = try deployment.start(httpPort: port)
            let ready = eventually {
                (try? httpGet("/readyz", port: port).status) == 200
            }
            #expect(ready, "\(daemon.error)")
            try produce(canaryRecords, to: deployment.topics.input)
            // The third entry crosses the limit of 24 hours, the fourth the one of a single outflow.
            let seen = try eventually {
                try httpGet("/api/alerts", port: port).json.array.count >= 2
            }
            #expect(seen, "\(daemon.error)")
            #expect(try httpGet("/healthz", port: port).status == 200)
            #expect(try httpGet("/nowhere", port: port).status == 404)
            try checkMetrics(port)
            try checkTasks(port, deployment)
            try checkCustomer(port)
            try checkAlerts(port, deployment)
            try checkRules(port)
            try checkCustomerCommand(port, deployment)
            try checkStatistics(port)
            daemon.signal(15)
            #expect(daemon.wait(milliseconds: 10_000) == .exited(0), "\(daemon.error)")
            #expect(!daemon.error.isEmpty)
            expectNoCanary(daemon.error)
        }

        // MARK: Parts

        private static let customer = "CANARYCUST77"
        private static let account = "CANARYACCT88"

        private var canaryRecords: [Outgoing] {
            func entry(_ number: Int, _ direction: String, _ amount: String) -> Outgoing {
                let payload = """
                    {"id":"CANARYID\(number)","customer_id":"\(Self.customer)","account_id":"\(Self.account)",\
                    "direction":"\(direction)","amount":"\(amount)","currency":"CNY",\
                    "booked_at":"2025-05-06T10:0\(number):00+08:00","kind":"transfer"}
                    """
                return Outgoing(key: Self.customer, value: payload)
            }
            return [
                entry(0, "credit", "100000"), entry(1, "debit", "4000"), entry(2, "debit", "4000"),
                entry(3, "debit", "25000"), entry(3, "debit", "25000"),
                Outgoing(
                    key: Self.customer, value: #"{"id":"CANARYID9","customer_id":"CANARYCUST77"#),
            ]
        }

        private func expectNoCanary(_ text: String) {
            #expect(!text.contains("CANARY"), "an id is in a log line or label")
            #expect(!text.contains("25000"), "an amount is in a log line or label")
        }

        private func checkMetrics(_ port: Int) throws {
            // Gauges follow a little later than counters.
            let counted = try eventually {
                let metrics = Metrics(try httpGet("/metrics", port: port).text)
                return metrics.sum("tidemark_rejected_total") == 1
                    && metrics.sum("tidemark_records_total") == 6
                    && metrics.sum("tidemark_lag_records") == 0
                    && metrics.sum("tidemark_customers") == 1
            }
            let text = try httpGet("/metrics", port: port).text
            #expect(counted, "\(text)")
            let metrics = Metrics(text)
            for name in Metrics.names { #expect(metrics.has(name), "\(name) is not there") }
            #expect(metrics.sum("tidemark_duplicates_total") == 1)
            #expect(metrics.value("tidemark_rejected_total", "reason=\"bad_json\"") == 1)
            #expect(metrics.value("tidemark_rejected_total", "reason=\"bad_amount\"") == 0)
            #expect(metrics.value("tidemark_alerts_total", "rule=\"large-outflow\"") == 1)
            // The library's own numbers are of any size.
            let lines = text.split(separator: "\n").filter { !$0.contains("tidemark_kafka_") }
            expectNoCanary(lines.joined(separator: "\n"))
        }

        /// Nobody has asked for statistics: they come all the same, and go on coming while nothing is to be done.
        private func checkStatistics(_ port: Int) throws {
            let clients = ["consumer-0", "producer-0", "consumer-1", "producer-1"]
            let told = try eventually(within: 30_000, every: 500) {
                let metrics = Metrics(try httpGet("/metrics", port: port).text)
                return clients.allSatisfy {
                    metrics.value("tidemark_kafka_tx", "client=\"\($0)\"") ?? 0 > 0
                }
            }
            let text = try httpGet("/metrics", port: port).text
            #expect(told, "\(text)")
            let metrics = Metrics(text)
            #expect(metrics.value("tidemark_kafka_cgrp_rebalance_cnt", "consumer-0") ?? 0 > 0)
            #expect(metrics.value("tidemark_kafka_eos_producer_id", "producer-0") ?? -1 >= 0)
            #expect(!text.contains("CANARY"), "an id is in a label")
        }

        private func checkTasks(_ port: Int, _ deployment: Deployment) throws {
            let tasks = try httpGet("/api/tasks", port: port).json.array
            #expect(tasks.count == 2)
            for task in tasks {
                #expect(task["topic"].string == deployment.topics.input)
                #expect(task["state"].string == "running")
                #expect(task["restore"] == .null)
                #expect(task["lag_records"].integer == 0)
            }
            #expect(Set(tasks.compactMap { $0["partition"].integer }) == [0, 1])
        }

        private func checkCustomer(_ port: Int) throws {
            let view = try httpGet("/api/customers/\(Self.customer)", port: port).json
            let names = [
                "customer_id", "accounts", "measure", "last_closed", "day_end", "average", "tier",
                "next",
                "flows", "profile",
            ]
            #expect(view.names == names)
            #expect(view["customer_id"].string == Self.customer)
            #expect(view["measure"]["amount"].string == "67000.00")
            #expect(view["accounts"][0]["account_id"].string == "****CT88")
            #expect(view["accounts"][0]["balance"].string == "67000.00")
            // The id is percent-decoded.
            let encoded = try httpGet("/api/customers/%43ANARYCUST77", port: port)
            #expect(encoded.status == 200)
            #expect(try httpGet("/api/customers/nobody", port: port).status == 404)
        }

        private func checkAlerts(_ port: Int, _ deployment: Deployment) throws {
            let shown = try httpGet("/api/alerts", port: port).json.array
            let written = try readTopic(deployment.topics.alerts).map {
                try JSONValue($0.valueText)
            }
            // Newest first, as committed.
            #expect(shown == written.reversed())
            let one = try httpGet("/api/alerts?limit=1", port: port).json.array
            #expect(one == Array(shown.prefix(1)))
        }

        private func checkRules(_ port: Int) throws {
            let rules = try httpGet("/api/rules", port: port)
            #expect(rules.status == 200)
            for id in ["large-outflow", "outflow-24h", "net-7d", "inflow", "tier"] {
                #expect(rules.text.contains("\"\(id)\""))
            }
        }

        private func checkCustomerCommand(_ port: Int, _ deployment: Deployment) throws {
            let url = "http://127.0.0.1:\(port)"
            let json = try Tidemark.run(
                ["customer", Self.customer, "--url", url, "--json"])
            #expect(json.ending == .exited(0), "\(json)")
            #expect(try JSONValue(json.output)["measure"]["amount"].string == "67000.00")
            let text = try Tidemark.run(
                ["customer", Self.customer, "--url", url])
            #expect(text.ending == .exited(0), "\(text)")
            #expect(
                text.output.contains("67000.00") || text.output.contains("67,000.00"), "\(text)")
        }
    }
}

/// Samples of a Prometheus text.
struct Metrics {
    private let samples: [(name: String, labels: String, value: Double)]
    private let text: String

    init(_ text: String) {
        self.text = text
        samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            guard let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { return nil }
            let series = line[..<space]
            let brace = series.firstIndex(of: "{") ?? series.endIndex
            return (String(series[..<brace]), String(series[brace...]), value)
        }
    }

    /// Whether the metric is there; one whose labels are not known beforehand may have no sample yet.
    func has(_ name: String) -> Bool { text.contains("# TYPE \(name) ") }

    /// The sum over all labels.
    func sum(_ name: String) -> Double {
        samples.filter { $0.name == name }.reduce(0) { $0 + $1.value }
    }

    /// The sum over the series whose labels hold a text.
    func value(_ name: String, _ label: String) -> Double? {
        let found = samples.filter { $0.name == name && $0.labels.contains(label) }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    /// The names of the contract's section 9.
    static let names = [
        "tidemark_records_total", "tidemark_duplicates_total", "tidemark_rejected_total",
        "tidemark_alerts_total", "tidemark_suppressed_total", "tidemark_unknown_codes_total",
        "tidemark_undecided_total", "tidemark_balance_drift_total",
        "tidemark_unverifiable_age_total",
        "tidemark_unpaired_transfers_total", "tidemark_unmatched_reversals_total",
        "tidemark_window_merged_total", "tidemark_lag_records", "tidemark_lag_seconds",
        "tidemark_alert_latency_seconds", "tidemark_commit_seconds",
        "tidemark_transactions_aborted_total", "tidemark_customers", "tidemark_state_bytes",
        "tidemark_restore_seconds_left",
    ]
}
