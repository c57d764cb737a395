// One application on a broker: its topics, settings, rules and processes, as an operator would have them.
import BrokerSupport
import Glibc
import Operations

/// A Tidemark application with topics of its own; the input may be shared with others.
final class Deployment: Sendable {
    /// Names of topics that no two deployments share.
    struct Topics: Sendable {
        var input: String
        var alerts: String
        var rejected: String
        var balances: String
        var state: String

        /// Topics named after `application`, reading `input`.
        init(_ application: String, input: String) {
            self.input = input
            alerts = "\(application)-alerts"
            rejected = "\(application)-rejected"
            balances = "\(application)-balances"
            state = "\(application)-state"
        }
    }

    /// The parts of the settings that tests vary; the rest is as `text` writes it.
    struct Options: Sendable {
        var bootstrap: String
        var kafkaProperties: [String: String] = [:]
        /// Properties that the settings name by a file that holds the value.
        var kafkaSecrets: [String: String] = [:]
        var bank = "{time_zone: Asia/Shanghai, currency: CNY}"
        var commit = "{alert_latency_ms: 10, interval_ms: 100}"
        var writesBalances = false
        /// Whether processes follow the state of partitions that others own.
        var followsOthers = false
        var workers = 2
        /// Other top-level lines of tidemark.yaml.
        var more = ""
    }

    let name: String
    let topics: Topics
    let scratch: Scratch
    private let options: Options
    /// Bootstrap servers of its cluster.
    var bootstrap: String { options.bootstrap }

    /// Writes rules and settings; starts nothing and makes no topics.
    init(_ name: String, input: String? = nil, rules: String, options: Options) throws {
        self.name = name
        self.options = options
        topics = Topics(name, input: input ?? "\(name)-transactions")
        scratch = try Scratch(name)
        try scratch.write("rules.yaml", rules)
        for (property, value) in options.kafkaSecrets {
            try scratch.write("\(property).txt", value)
        }
    }

    /// An application whose topics are there; on the shared broker without `options`.
    ///
    /// - Parameter listeners: Where the input is made, if not by the way that the application takes.
    convenience init(
        _ name: String, rules: String, partitions: Int, options: Options? = nil,
        at listeners: String? = nil
    ) throws {
        try self.init(
            name, rules: rules, options: options ?? Options(bootstrap: try testBroker()))
        try createTopic(topics.input, partitions: Int32(partitions), at: listeners ?? bootstrap)
        try createTopics(partitions: partitions)
    }

    /// Writes the settings of one process and returns the file's path.
    func settings(
        instance: String = "one", workers: Int? = nil, httpPort: Int = 0
    ) throws -> String {
        let list = options.kafkaProperties.sorted { $0.key < $1.key }.map {
            "    \($0.key): \"\($0.value)\""
        }
        let secrets = options.kafkaSecrets.keys.sorted().map {
            "    \($0): \"\(scratch.file("\($0).txt"))\""
        }
        return try scratch.write(
            "\(instance).yaml",
            """
            application: \(name)
            instance: \(instance)
            workers: \(workers ?? options.workers)
            kafka:
              bootstrap_servers: \(options.bootstrap)
              properties:
            \(list.joined(separator: "\n"))
              secrets:
            \(secrets.joined(separator: "\n"))
            input: {topic: \(topics.input)}
            output:
              alerts: \(topics.alerts)
              rejected: \(topics.rejected)
              balances: \(options.writesBalances ? topics.balances : "null")
            state: {topic: \(topics.state), standby: \(options.followsOthers)}
            bank: \(options.bank)
            commit: \(options.commit)
            http: {listen: "127.0.0.1:\(httpPort)"}
            rules: rules.yaml
            \(options.more)

            """)
    }

    /// What the daemon reads from the settings and rules.
    func configuration() throws -> Configuration {
        try Configuration.load(path: try settings(), environment: [:])
    }

    /// Makes the topics with the product's own command.
    func createTopics(partitions: Int) throws {
        let child = try tidemark(
            ["topics", "create", "--config", try settings(), "--partitions", "\(partitions)"],
            log: "topics")
        let ending = child.wait(milliseconds: 60_000)
        guard ending == .exited(0) else {
            throw Breakdown(
                "topics create: \(ending.map(\.description) ?? "hangs"): \(child.error)")
        }
    }

    /// Starts the daemon.
    func start(
        instance: String = "one", workers: Int? = nil, untilCaughtUp: Bool = false,
        httpPort: Int = 0, more: [String] = []
    ) throws -> Child {
        let path = try settings(instance: instance, workers: workers, httpPort: httpPort)
        let end = untilCaughtUp ? ["--until-caught-up"] : []
        return try tidemark(["run", "--config", path] + end + more, log: instance)
    }

    /// Runs the daemon until all input is done, and fails when it ends in another way.
    func runUntilCaughtUp(instance: String = "one", seconds: Int = 120) throws {
        let child = try start(instance: instance, untilCaughtUp: true)
        let ending = child.wait(milliseconds: seconds * 1000)
        guard ending == .exited(0) else {
            child.killAndWait()
            throw Breakdown(
                "run: \(ending.map(\.description) ?? "hangs"): \(child.error.suffix(4000))")
        }
    }

    /// Starts the product's generator, which writes so many events a second to the input.
    func source(
        events: Int, rate: Int, customers: Int = 200, days: Int = 60, seed: UInt64 = 9
    ) throws -> Child {
        try tidemark(
            [
                "generate", "--output", topics.input, "--bootstrap-servers", bootstrap,
                "--events", "\(events)", "--customers", "\(customers)", "--days", "\(days)",
                "--start", "2025-01-01", "--rate", "\(rate)", "--seed", "\(seed)",
            ], log: "source")
    }

    /// Starts any command; standard output and error go to files of `log` in the scratch folder.
    func tidemark(
        _ arguments: [String], log: String, environment: [String: String] = [:]
    ) throws -> Child {
        try Tidemark.start(arguments, in: scratch, log: log, environment: environment)
    }
}

/// A test that cannot go on, with the reason.
struct Breakdown: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
