import Banking
import Engine
import Kafka
import Synchronization
import Testing

@testable import Pipeline

@Suite("Worker on a simulated cluster")
struct WorkerTests {
    @Test("every alert and every dead letter comes out once")
    func once() {
        let input = History.records(3000, partitions: 3, seed: 1)
        let expected = History.expected(input)
        let broker = FakeBroker(input: input)
        #expect(History.run(broker, History.settings()) == nil)
        #expect(expected.alerts.count > 50)
        #expect(expected.rejected > 10)
        #expect(History.difference(broker, expected.alerts) == [])
        #expect(broker.state.withLock { $0.outputs[.rejected]?.count } == expected.rejected)
    }

    @Test(
        "commits that fail, whether or not they took effect, change nothing of what comes out",
        arguments: 0..<20 as Range<UInt64>)
    func faults(seed: UInt64) {
        let input = History.records(2000, partitions: 2, seed: seed)
        let expected = History.expected(input)
        let broker = FakeBroker(input: input)
        var random = seed
        broker.state.withLock { state in
            for _ in 0..<3 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isAfter = random >> 63 == 1
                state.faults.append((1 + Int(random >> 40) % 12, isAfter ? .after : .before))
            }
        }
        #expect(History.run(broker, History.settings()) == nil)
        #expect(History.difference(broker, expected.alerts) == [])
        #expect(broker.state.withLock { $0.outputs[.rejected]?.count } == expected.rejected)
    }

    @Test("records are counted when they are committed, not before, and once")
    func counted() {
        let broker = FakeBroker(input: History.records(2000, partitions: 2, seed: 5))
        // However few commits there are, these fail: what they held must not be counted.
        broker.state.withLock { $0.faults = [(1, .before), (1, .before)] }
        let seen = Mutex((board: Board?.none, tooEarly: Int64(0)))
        let end = History.run(broker, History.settings()) { board in
            let counted = board.facts.withLock { $0.counters.records }
            let committed = broker.state.withLock {
                $0.committed.values.reduce(0) { $0 + $1.offset }
            }
            seen.withLock { $0 = (board, max($0.tooEarly, counted - committed)) }
        }
        #expect(end == nil)
        #expect(broker.state.withLock { $0.faults.isEmpty })
        let (board, tooEarly) = seen.withLock { $0 }
        #expect(tooEarly == 0)
        // The last commit is counted after the broker has it.
        #expect(board?.facts.withLock { $0.counters.records } == 2000)
    }

    @Test("a fourth loss within ten minutes ends the process with 75")
    func losses() {
        let broker = FakeBroker(input: History.records(2000, partitions: 1, seed: 3))
        broker.state.withLock { state in
            state.faults = Array(repeating: (countdown: 1, fault: .before), count: 4)
        }
        #expect(History.run(broker, History.settings())?.code == .tryAgain)
    }

    @Test("state written in another zone is refused with 78, naming both")
    func otherZone() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        var settings = History.settings()
        settings.policy.calendar = BusinessCalendar(name: "Etc/UTC", fixedOffsetSeconds: 0)
        broker.state.withLock { state in
            state.input[0] += History.records(10, partitions: 1, seed: 9)[0]
        }
        let end = History.run(broker, settings)
        #expect(end?.code == .configuration)
        #expect(end?.message.contains("Asia/Shanghai") == true)
        #expect(end?.message.contains("Etc/UTC") == true)
    }

    @Test("a new rule on a state that has judged entries needs its time: 78 names the clock")
    func newRule() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        broker.state.withLock { state in
            state.input[0] += History.records(10, partitions: 1, seed: 9)[0]
        }
        var settings = History.settings()
        var rule = Rule(id: "new", version: 1, kind: .singleInflow)
        rule.atLeast = 1
        settings.policy.rules.append(rule)
        settings.rulesDigest = "def"
        let end = History.run(broker, settings)
        #expect(end?.code == .configuration)
        #expect(end?.message.contains("2025-03-20T12:00:00") == true)
    }

    @Test("an offset that another program has committed blocks, and nothing comes out")
    func foreignOffset() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        let before = History.alerts(broker).count
        broker.state.withLock { state in
            state.committed[0] = PartitionOffset("transactions", 0, offset: 10)
        }
        #expect(History.run(broker, History.settings())?.code == .configuration)
        #expect(History.alerts(broker).count == before)
    }

    @Test(
        "a stop while partitions are given away does not wait for a commit that hangs",
        .timeLimit(.minutes(1)))
    func stopWhileRevoked() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        broker.state.withLock { $0.hangs = true }
        let cluster = FakeCluster(broker: broker, machine: HastyMachine(skipsWaits: true))
        let asked = Mutex<Int64?>(nil)
        let context = WorkerContext(
            index: 0, settings: History.settings(), board: Board(workers: 1, labels: []),
            mailbox: Mailbox(), log: .none,
            shouldStop: {
                guard broker.state.withLock({ $0.revocations > 0 }) else { return false }
                asked.withLock { $0 = $0 ?? cluster.machine.monotonicMilliseconds() }
                return true
            }, onAlerts: nil, partitions: 1,
            limits: RecordLimits(maxRecordBytes: 100_000, History.settings()))
        let worker = Worker(context, cluster: cluster)
        #expect(worker.run() == nil)
        let waited = cluster.machine.monotonicMilliseconds() - (asked.withLock { $0 } ?? 0)
        #expect((8000..<10_000).contains(waited))
        broker.state.withLock { $0.hangs = false }
        worker.close()
    }
}
