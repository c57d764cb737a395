// `tidemark topics check|create`: what must exist in Kafka before the daemon runs.
import Kafka
import Operations
import Pipeline

/// The commands about topics.
enum TopicsCommand {
    static func check(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let job = try TopicsJob(arguments)
        return try job.onCluster { (admin) throws(KafkaError) in
            let findings = try job.findings(admin)
            print(job.table(findings), terminator: "")
            return job.verdict(findings)
        }
    }

    static func create(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let job = try TopicsJob(arguments)
        let wanted = arguments.number("partitions").map { Int($0) }
        let replication = arguments.number("replication").map { Int($0) }
        return try job.onCluster { (admin) throws(KafkaError) in
            let findings = try job.findings(admin)
            let existing = findings[0].description?.partitionCount
            if let existing, let wanted, existing != wanted {
                return Failure(
                    .badSettings,
                    "topic \(job.needs[0].name) has \(existing) partitions, not \(wanted), and the "
                        + "others follow it; leave --partitions out")
            }
            guard let partitions = existing ?? wanted else { return job.verdict([findings[0]]) }
            for finding in findings where finding.description == nil {
                try job.make(finding.need, partitions, replication, admin)
                print("\(finding.need.name): made with \(partitions) partitions")
            }
            return job.verdict(try job.findings(admin))
        }
    }
}

/// What both commands know.
struct TopicsJob {
    let path: String
    let settings: Settings
    let needs: [TopicNeed]

    init(_ arguments: Arguments) throws(Failure) {
        path = arguments.text("config") ?? ""
        settings = try Configuration.load(path: path, overrides: arguments.texts("set")).settings
        needs = TopicNeed.all(of: settings)
    }

    /// Calls `body` with a client of the cluster; what it returns or throws ends the command.
    func onCluster(
        _ body: (borrowing Admin) throws(KafkaError) -> Failure?
    ) throws(Failure) -> ExitCode {
        let failure: Failure?
        do throws(KafkaError) {
            try Library.check()
            let properties = ClientProperties(
                bootstrapServers: settings.bootstrapServers, user: settings.kafkaProperties)
            let admin = try Admin(properties.admin())
            _ = try admin.brokerCount(timeoutMilliseconds: 10_000)
            failure = try body(admin)
        } catch {
            throw Failure(error, at: settings.bootstrapServers)
        }
        if let failure { throw failure }
        return .done
    }

    func findings(_ admin: borrowing Admin) throws(KafkaError) -> [TopicFinding] {
        var findings: [TopicFinding] = []
        for need in needs { findings.append(try TopicFinding(need, admin)) }
        return findings
    }

    /// Makes a topic and waits until all its partitions have leaders.
    func make(
        _ need: TopicNeed, _ partitions: Int, _ replication: Int?, _ admin: borrowing Admin
    ) throws(KafkaError) {
        let topic = NewTopic(
            need.name, partitions: Int32(partitions),
            replicationFactor: Int32(replication ?? -1),
            configuration: need.configuration(replication: replication))
        do throws(KafkaError) {
            try admin.create([topic])
        } catch {
            // Somebody else was faster.
            guard error.code == .topicExists else { throw error }
            try admin.awaitLeaders(of: topic)
        }
    }

    /// What is wrong with the topics, in one line; what does not fit before what is missing.
    func verdict(_ findings: [TopicFinding]) -> Failure? {
        let partitions = findings[0].description?.partitionCount
        let faulty = findings.filter { $0.fault(inputPartitions: partitions) != nil }
        let present = faulty.first { $0.description != nil }
        guard let worst = present ?? faulty.first else { return nil }
        let cure = worst.cure(
            inputPartitions: partitions, servers: settings.bootstrapServers, path: path)
        if present != nil {
            let fault = worst.fault(inputPartitions: partitions) ?? ""
            return Failure(.badSettings, "topic \(worst.need.name) \(fault): \(cure)")
        }
        let names = faulty.map(\.need.name).joined(separator: ", ")
        let what =
            faulty.count == 1 ? "topic \(names) does not exist" : "topics \(names) do not exist"
        return Failure(.unavailable, "\(what) at \(settings.bootstrapServers): \(cure)")
    }

    /// One row for each topic.
    func table(_ findings: [TopicFinding]) -> String {
        let partitions = findings[0].description?.partitionCount
        var rows = [["TOPIC", "FOR", "PARTITIONS", "COPIES", "POLICY", "STATE"]]
        for finding in findings {
            rows.append([
                finding.need.name, finding.need.role.rawValue,
                finding.description.map { "\($0.partitionCount)" } ?? "-",
                finding.description.map { "\($0.replicationFactor)" } ?? "-",
                finding.settings?["cleanup.policy"] ?? "-",
                finding.fault(inputPartitions: partitions) ?? "ok",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.padded(to: $1) }
            return cells.joined(separator: "  ").trimmedRight + "\n"
        }.joined()
    }
}

extension String {
    /// Without the blanks at its end.
    var trimmedRight: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
