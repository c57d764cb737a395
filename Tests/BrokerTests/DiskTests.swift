// A broker whose disk is full: it cannot write, gives its only log directory up and ends. For the daemon that is a broker
// that is away, in the midst of whatever was under way.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite(
        "Full disks",
        .enabled(if: SmallDisk.isAvailable, "needs the right to mount file systems"),
        .enabled(if: Broker.helperExists, "needs ../shared/kafka/kafka and Java"))
    struct DiskTests {
        @Test("a broker's disk fills up and is freed: not ready meanwhile, nothing lost or twice")
        func full() throws {
            // A broker that has ended without a word is let back when its session is over.
            let broker = try LocalBroker(
                "small", diskMegabytes: 128,
                settings: ["broker.session.timeout.ms=2000", "broker.heartbeat.interval.ms=500"])
            let deployment = try Deployment(
                "disk", rules: RuleTexts.generated, partitions: 2,
                options: .init(bootstrap: broker.bootstrap))
            var fleet = try Fleet(deployment, [("one", 2)])
            let source = try deployment.source(events: 4000, rate: 400)
            try fleet.turn()
            let gauge = try Gauge(at: broker.bootstrap)
            let isUnderWay = try eventually(within: 30_000) {
                try gauge.ends(of: deployment.topics.alerts) > 10
            }
            #expect(isUnderWay, "\(fleet.log(of: 0))")

            try broker.fillDisk()
            fleet.expectNotReady(saying: "Kafka is not reachable")
            #expect(broker.log().contains("No space left on device"))
            #expect(fleet.members[0].child?.poll() == nil, "\(fleet.log(of: 0))")

            try broker.freeDisk()
            // What is left of it.
            try broker.inflict(.kill)
            try broker.inflict(.restart)
            #expect(source.wait(milliseconds: 60_000) == .exited(0), "\(source.error)")
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")
            #expect(fleet.starts == 1, "\(fleet.log(of: 0))")
            try fleet.stopAll()
            try Checker(deployment: deployment).check()
        }
    }
}
