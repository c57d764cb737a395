// Conformance cases through the daemon and a real broker. `run` closes no day at the end of its input, so the close
// that a case asks for is brought about by an `info` entry of a stranger, which moves nothing but the clock.
import Banking
import Engine
import BrokerSupport
import Glibc
import JSONSupport
import Operations
import Oracle
import Pipeline
import Testing

extension BrokerTests {
    @Suite("Cases on a broker", .enabled(if: !BrokerCase.chosen.isEmpty, "without ../shared/cases"))
    struct CaseBrokerTests {
        @Test("worked examples give the alerts that they must", arguments: BrokerCase.chosen)
        func workedExample(_ chosen: BrokerCase) throws {
            for (index, node) in try chosen.cases().enumerated() {
                let name = node["name"]?.text ?? "\(index)"
                let scratch = try Scratch("case")
                let settings = try BrokerCase.settings(node, in: scratch, named: "case-\(name)")
                let configuration = try Configuration.load(path: settings, environment: [:])
                let made = configuration.settings
                let partitions = node["partitions"]?.text.flatMap { Int32($0) } ?? 1
                try createTopic(made.inputTopic, partitions: partitions)
                let topics = try Tidemark.run(
                    ["topics", "create", "--config", settings])
                #expect(topics.ending == .exited(0), "\(topics.error)")

                let records = try BrokerCase.records(
                    node, partitions: partitions, calendar: made.policy.calendar)
                try produce(records, to: made.inputTopic)
                let run = try Tidemark.run(
                    ["run", "--config", settings, "--until-caught-up"], seconds: 60)
                #expect(run.ending == .exited(0), "\(name): \(run.error)")

                let found = try readTopic(made.alertsTopic).map {
                    try BrokerCase.gist(JSONValue($0.valueText))
                }
                let wanted = (node["expect"]?.items ?? []).map { BrokerCase.gist($0) }
                #expect(found.sorted() == wanted.sorted(), "\(name)")
                let refused = try readTopic(made.rejectedTopic).compactMap {
                    $0.header("tidemark-reason")
                }
                let reasons = (node["rejected"]?.items ?? []).compactMap { $0["reason"]?.text }
                #expect(refused.sorted() == reasons.sorted(), "\(name)")
            }
        }
    }
}

/// A file of cases and how its cases become topics.
struct BrokerCase: CustomTestStringConvertible, Sendable {
    let path: String
    var testDescription: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// One file of each subject: what only a broker adds is keys, partitions, offsets and time.
    static let chosen: [BrokerCase] = {
        let names = [
            "01-single-edge", "11-window-armed-between", "14-window-escalation", "16-evidence",
            "20-late-flow", "23-mixed-day", "25-quiet-days", "33-late-tier", "35-close-instant",
            "39-duplicates", "45-refused",
        ]
        return names.map { BrokerCase(path: "\(packageRoot)/../shared/cases/\($0).yaml") }.filter {
            unsafe access($0.path, R_OK) == 0
        }
    }()

    /// The cases of the file.
    func cases() throws -> [YAMLNode] { try YAMLNode.load(path: path)["cases"]?.items ?? [] }

    /// Writes settings and rules of a case and returns the settings' path.
    static func settings(_ node: YAMLNode, in scratch: Scratch, named name: String) throws -> String
    {
        guard let rules = node["rules"] else { throw Breakdown("a case without rules") }
        try scratch.write("rules.yaml", JSONValue(rules).json)
        let base = """
            "application":"\(name)","instance":"one","kafka":{"bootstrap_servers":"\(try testBroker())"},\
            "input":{"topic":"\(name)-in"},"output":{"alerts":"\(name)-out","rejected":"\(name)-rejected"},\
            "state":{"topic":"\(name)-state"},"http":{"listen":"127.0.0.1:0"},"rules":"rules.yaml"
            """
        var given = (node["settings"].map { JSONValue($0).json } ?? "{}").dropFirst().dropLast()
        if !given.isEmpty { given = "," + given }
        return try scratch.write("tidemark.yaml", "{\(base)\(given)}\n")
    }

    /// The events as records, and behind them what closes the days in every partition.
    static func records(
        _ node: YAMLNode, partitions: Int32, calendar: BusinessCalendar
    ) throws -> [Outgoing] {
        var records = (node["events"]?.items ?? []).map { event in
            Outgoing(key: event["customer_id"]?.text ?? "", value: JSONValue(event).json)
        }
        if let through = node["close_through"]?.text {
            let parts = through.split(separator: "-").compactMap { Int($0) }
            guard parts.count == 3, let day = Day(year: parts[0], month: parts[1], day: parts[2])
            else {
                throw Breakdown("close_through is no date")
            }
            // The day after the next begins after every close that is due by then.
            let next = day + 1
            let text = OracleEvent.date(next)
            for partition in 0..<partitions {
                let mover = """
                    {"id":"clock","customer_id":"clock","account_id":"clock","direction":"credit","amount":"0",\
                    "currency":"CNY","booking_date":"\(text)","status":"info"}
                    """
                records.append(Outgoing(key: "clock", value: mover, partition: partition))
            }
        }
        return records
    }

    /// What every expected alert names.
    static func gist(_ alert: YAMLNode) -> String {
        let amount = alert["value"]?["amount"]?.text ?? "none"
        return ["alert_id", "version", "status", "business_date"].map { alert[$0]?.text ?? "" }
            .joined(separator: " ") + " \(amount)"
    }

    static func gist(_ alert: JSONValue) -> String {
        let version = alert["version"].integer.map(String.init) ?? ""
        return [
            alert["alert_id"].string ?? "", version, alert["status"].string ?? "",
            alert["business_date"].string ?? "", alert["value"]["amount"].string ?? "none",
        ].joined(separator: " ")
    }
}
