// /metrics: every name of the contract from the start, and the text format.
import Banking
import Engine
import Operations
import Pipeline
import Testing

@Suite("Metrics")
struct MetricsTests {
    private func page(_ change: (inout Facts) -> Void = { _ in }) throws -> [String] {
        let configuration = try configuration(
            rules: rules("{id: big, version: 1, kind: single_outflow, at_least: 5}"))
        var facts = Facts(
            daemon: Daemon(settings: configuration.settings), rules: configuration.rules)
        change(&facts)
        let body = Site(facts).answer(HTTPRequest(path: "/metrics")).body
        return String(decoding: body, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test(
        "counters with known labels exist from the start, at 0",
        arguments: [
            "tidemark_records_total 0", "tidemark_duplicates_total 0",
            "tidemark_rejected_total{reason=\"missing_value\"} 0",
            "tidemark_rejected_total{reason=\"future_time\"} 0",
            "tidemark_alerts_total{rule=\"big\",kind=\"single_outflow\",status=\"open\"} 0",
            "tidemark_alerts_total{rule=\"big\",kind=\"single_outflow\",status=\"retracted\"} 0",
            "tidemark_suppressed_total{reason=\"cool_down\"} 0",
            "tidemark_unknown_codes_total{field=\"channel\"} 0",
            "tidemark_undecided_total{reason=\"missing_rate\"} 0",
            "tidemark_balance_drift_total 0", "tidemark_unverifiable_age_total 0",
            "tidemark_unpaired_transfers_total 0", "tidemark_unmatched_reversals_total 0",
            "tidemark_window_merged_total 0", "tidemark_customers 0", "tidemark_state_bytes 0",
            "tidemark_restore_seconds_left 0", "tidemark_ready 0",
            "tidemark_alert_latency_seconds_count 0", "tidemark_commit_seconds_sum 0",
            "tidemark_commit_seconds_bucket{le=\"+Inf\"} 0",
            "# TYPE tidemark_lag_records gauge", "# TYPE tidemark_lag_seconds gauge",
            "tidemark_transactions_aborted_total{reason=\"_FENCED\"} 0",
            "tidemark_transactions_aborted_total{reason=\"_TIMED_OUT\"} 0",
            "tidemark_transactions_aborted_total{reason=\"not_authorized\"} 0",
            "tidemark_transactions_aborted_total{reason=\"partitions lost\"} 0",
        ])
    func start(_ line: String) throws {
        #expect(try page().contains(line))
    }

    @Test("every counter has a sample from the start")
    func everyCounter() throws {
        let lines = try page()
        for line in lines where line.hasPrefix("# TYPE ") && line.hasSuffix(" counter") {
            let name = line.split(separator: " ")[2]
            #expect(lines.contains { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") })
        }
    }

    @Test("every family has help and a type once, before its samples")
    func families() throws {
        var families: Set<String> = []
        var current = ""
        for line in try page() {
            if line.hasPrefix("# HELP ") {
                current = String(line.split(separator: " ")[2])
                #expect(families.insert(current).inserted)
            } else if line.hasPrefix("# TYPE ") {
                #expect(line.hasPrefix("# TYPE \(current) "))
            } else {
                #expect(line.hasPrefix(current))
            }
        }
    }

    @Test("histograms are cumulative, in seconds")
    func histograms() throws {
        var histogram = Histogram()
        for microseconds: Int64 in [500, 1_500, 20_000, 200_000_000] {
            histogram.add(microseconds: microseconds)
        }
        let lines = try page { [histogram] in $0.commitDuration = { histogram } }
            .filter { $0.hasPrefix("tidemark_commit_seconds") }
        #expect(lines.first == "tidemark_commit_seconds_bucket{le=\"0.001023\"} 1")
        #expect(lines.contains("tidemark_commit_seconds_bucket{le=\"0.001535\"} 2"))
        #expect(lines.contains("tidemark_commit_seconds_bucket{le=\"0.024575\"} 3"))
        #expect(lines.contains("tidemark_commit_seconds_bucket{le=\"+Inf\"} 4"))
        #expect(lines.contains("tidemark_commit_seconds_sum 200.022"))
        #expect(lines.last == "tidemark_commit_seconds_count 4")
    }

    @Test("lag is told for each partition, the rest of the tasks together")
    func tasks() throws {
        let lines = try page {
            $0.tasks = {
                (Int32(0)..<2).map { partition in
                    var task = TaskSnapshot(topic: "t", partition: partition)
                    task.lagRecords = 10
                    task.lagSeconds = 0.25
                    task.customers = 4
                    task.reserveRecords = partition == 0 ? -3 : nil
                    task.state = partition == 0 ? .running : .restoring
                    return task
                }
            }
        }
        #expect(lines.contains("tidemark_lag_records{topic=\"t\",partition=\"1\"} 10"))
        #expect(lines.contains("tidemark_lag_seconds{topic=\"t\",partition=\"0\"} 0.25"))
        #expect(lines.contains("tidemark_customers 8"))
        let reserves = lines.filter { $0.hasPrefix("tidemark_replay_retention_records{") }
        let reserve = "tidemark_replay_retention_records{topic=\"t\",partition=\"0\"} -3"
        #expect(reserves == [reserve])
        #expect(lines.contains("tidemark_tasks{state=\"restoring\"} 1"))
    }

    @Test("librdkafka's statistics are flattened, strings and topics left out")
    func kafka() throws {
        let json = """
            {"name":"c","ts":5016,"replyq":0,"simple_cnt":0,"tx":12,"s":"\\"x\\"","arr":[1,{"y":2}],
             "brokers":{"h:9092/1":{"nodeid":1,"txerrs":3,"rtt":{"avg":440,"p99":700,"hdrsize":1}}},
             "topics":{"t":{"partitions":{"0":{"consumer_lag":5}}}},"cgrp":{"rebalance_cnt":2},
             "eos":{"producer_epoch":-1},"Odd-Name":1}
            """
        let lines = try page { $0.kafkaStatistics = { ["w0-consumer": Array(json.utf8)] } }
            .filter { $0.hasPrefix("tidemark_kafka_") }
        #expect(
            lines == [
                "tidemark_kafka_arr{client=\"w0-consumer\"} 1",
                "tidemark_kafka_broker_nodeid{client=\"w0-consumer\",broker=\"h:9092/1\"} 1",
                "tidemark_kafka_broker_rtt_avg{client=\"w0-consumer\",broker=\"h:9092/1\"} 440",
                "tidemark_kafka_broker_rtt_p99{client=\"w0-consumer\",broker=\"h:9092/1\"} 700",
                "tidemark_kafka_broker_txerrs{client=\"w0-consumer\",broker=\"h:9092/1\"} 3",
                "tidemark_kafka_cgrp_rebalance_cnt{client=\"w0-consumer\"} 2",
                "tidemark_kafka_eos_producer_epoch{client=\"w0-consumer\"} -1",
                "tidemark_kafka_replyq{client=\"w0-consumer\"} 0",
                "tidemark_kafka_simple_cnt{client=\"w0-consumer\"} 0",
                "tidemark_kafka_ts{client=\"w0-consumer\"} 5016",
                "tidemark_kafka_tx{client=\"w0-consumer\"} 12",
            ])
    }

    @Test(
        "statistics that are no JSON are left out", arguments: ["", "{", "{\"a\":", "[[[", "{a:1}"])
    func broken(_ json: String) throws {
        let lines = try page { $0.kafkaStatistics = { ["c": Array(json.utf8)] } }
        #expect(!lines.contains { $0.hasPrefix("tidemark_kafka_") })
    }
}
