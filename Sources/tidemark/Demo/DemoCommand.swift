// `tidemark demo`: the whole daemon on an embedded broker with generated customers.
import Glibc
import Kafka
import Operations
import Pipeline

/// The command that shows the daemon at work.
enum DemoCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let address = arguments.text("listen") ?? "127.0.0.1:8089"
        guard let listen = ListenAddress(address), listen.isLoopback else {
            throw Failure(
                .usage,
                "demo: --listen is \"\(address)\"; write a loopback address and a port, such as "
                    + "127.0.0.1:8089, or port 0 for a free one")
        }
        Signals.block()
        let screen = Screen(hasColours: Terminal.hasColours)
        let cluster = try embeddedCluster()
        try Demo(cluster, listen, screen).run(
            cluster,
            until: arguments.number("seconds").map {
                Clock.monotonicMicroseconds() + $0 * 1_000_000
            })
        return .done
    }

    /// The broker, with its topics.
    private static func embeddedCluster() throws(Failure) -> MockCluster {
        do throws(KafkaError) {
            try Library.check()
            let cluster = try MockCluster()
            for topic in DemoSettings.topics {
                try cluster.create(topic: topic, partitions: DemoSettings.partitions)
            }
            return cluster
        } catch {
            throw Failure(error, at: "the embedded broker")
        }
    }
}

/// One show, from the opening text to the summary.
struct Demo {
    private let service: Service
    private let screen: Screen
    private let servers: String

    init(
        _ cluster: borrowing MockCluster, _ listen: ListenAddress, _ screen: Screen
    ) throws(Failure) {
        servers = cluster.bootstrapServers
        let configuration = try DemoSettings.configuration(servers: servers, listen: listen)
        let log = Log(configuration.log)
        service = try Service(configuration, log, sink: Demo.sink(log))
        self.screen = screen
        service.daemon.onCommittedAlerts { screen.alerts($0) }
    }

    /// The daemon's log without what the library says of every embedded broker.
    private static func sink(_ log: Log) -> LogSink {
        let sink = log.sink
        return LogSink { level, message, fields in
            guard !fields.contains(where: { $0.value == "AUTOCREATE" }) else { return }
            sink.write(level, message, fields)
        }
    }

    /// Runs until a signal, or until `end` on the monotonic clock; the cluster lives as long.
    func run(_ cluster: borrowing MockCluster, until end: Int64?) throws(Failure) {
        screen.text(opening(until: end))
        service.start()
        if waitUntilReady(until: end) { try tell(until: end) }
        stop()
        try service.finish()
    }

    /// Whether the daemon became ready before the end.
    private func waitUntilReady(until end: Int64?) -> Bool {
        while !service.hasEnded {
            if case .ready = service.daemon.readiness { return true }
            if isOver(end, waitingMilliseconds: 50) { return false }
        }
        return false
    }

    /// Tells the story, and what it came to.
    private func tell(until end: Int64?) throws(Failure) {
        do throws(KafkaError) {
            var feed = try DemoFeed(servers)
            var teller = DemoTeller(screen)
            while !service.hasEnded {
                let wait = try teller.step(&feed)
                if isOver(end, waitingMilliseconds: min(wait, 100)) { break }
            }
            try feed.finish()
            stop()
            screen.text(summary(events: teller.eventCount, days: teller.dayCount))
        } catch {
            throw Failure(error, at: servers)
        }
    }

    /// Waits for a signal at most so long; whether the show is over.
    private func isOver(_ end: Int64?, waitingMilliseconds: Int) -> Bool {
        switch Signals.wait(milliseconds: waitingMilliseconds) {
        case .terminate, .interrupt: return true
        case .hangup, nil: return end.map { Clock.monotonicMicroseconds() >= $0 } ?? false
        }
    }

    /// Lets the daemon drain and commit; a signal meanwhile ends the process.
    private func stop() {
        Signals.endAtOnceOnNext()
        service.daemon.stop()
        for _ in 0..<500 where !service.hasEnded { usleep(20_000) }
    }

    private func opening(until end: Int64?) -> String {
        let bold = screen.coloured("Tidemark \(Program.version) demo", .bold)
        let story = DemoStory(month: 0)
        return """
            \(bold): \(DemoTeller.customers) generated customers, a day of the bank every \
            \(DemoTime.dayMicroseconds / 1_000_000) seconds.

            Rules: a payment of 50,000 or more, 120,000 out within 24 hours, 150,000 in at once, and
            changes of tier by the average balance: gold from 100,000, platinum from 1,000,000 CNY.

            Watch \(story.leaver), a platinum customer who leaves in three transfers, and \(story.climber), who
            climbs to gold; the others have a bank's usual month.

            The daemon is the real one. The broker is not: it is embedded in the Kafka library, keeps
            only the newest 5 MiB of each partition, and does not show two things that Tidemark is
            made for: exactly-once (it forgets the offsets of transactions, shows aborted records and
            fences nobody) and lag. For those, run it on a real Kafka.

              broker   \(servers)   (topics: \(DemoSettings.topics.joined(separator: ", ")))
              HTTP     http://\(service.address)   (/api/alerts, /api/tasks, /metrics)
              try      tidemark customer liu-min --url http://\(service.address)
                       kcat -C -b \(servers) -t alerts

            \(end == nil ? "Ctrl-C ends the demo. It" : "It") begins when the daemon has joined its \
            consumer group, in about 4 seconds.

            """
    }

    private func summary(events: Int, days: Int) -> String {
        "\n\(screen.coloured("The demo is over", .bold)): \(days) days, \(events) events in, "
            + "\(screen.alertCount) alerts out."
    }
}
