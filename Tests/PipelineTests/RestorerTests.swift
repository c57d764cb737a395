import Checkpoint
import Kafka
import Synchronization
import Testing

@testable import Pipeline

@Suite("Restores beside the worker")
struct RestorerTests {
    /// A cluster on which a worker has run over some of `input`, the rest being still to come.
    private func interrupted(_ input: [[FakeBroker.Stored]]) -> FakeBroker {
        let broker = FakeBroker(input: input.map { Array($0.prefix($0.count * 2 / 3)) })
        #expect(History.run(broker, History.settings()) == nil)
        broker.state.withLock { state in
            state.input = input
            state.stateReads = 0
        }
        return broker
    }

    @Test("a partition that is ready goes on while the states of another are read")
    func beside() {
        let input = History.records(2000, partitions: 2, seed: 11)
        let broker = interrupted(input)
        broker.state.withLock { $0.held = [1] }
        let seen = Mutex<(reason: Readiness?, states: [TaskSnapshot.State], other: Int64)>(
            (nil, [], -1))
        let end = History.run(broker, History.settings()) { board in
            // The other is at its end, as far as it can be.
            let isReached = broker.state.withLock { state in
                state.committed[0]?.offset == Int64(state.input[0].count)
            }
            guard isReached, broker.state.withLock({ !$0.held.isEmpty }) else { return }
            let tasks = board.facts.withLock { $0.tasks[0] }.sorted { $0.partition < $1.partition }
            guard tasks.last?.restore != nil else { return }
            let other = broker.state.withLock { $0.committed[1]?.offset ?? -1 }
            seen.withLock { $0 = (board.readiness, tasks.map(\.state), other) }
            broker.state.withLock { $0.held = [] }
        }
        #expect(end == nil)
        let (reason, states, other) = seen.withLock { $0 }
        guard case .notReady(let text) = reason else {
            Issue.record("ready before all was restored: \(String(describing: reason))")
            return
        }
        #expect(text.hasPrefix("restoring partition 1"))
        #expect(states == [.running, .restoring])
        #expect(other < Int64(input[1].count))
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    @Test("a worker restores as many partitions at a time as it has processors for, four at most")
    func together() {
        let lanes = [(1, 1), (2, 1), (2, 2), (8, 3), (64, 1)].map {
            Restorer<FakeCluster>.lanes(processors: $0.0, workers: $0.1)
        }
        #expect(lanes == [1, 2, 1, 2, 4])

        let input = History.records(2000, partitions: 3, seed: 14)
        let broker = interrupted(input)
        broker.state.withLock { $0.held = [0, 1, 2] }
        let began = Mutex<[Int]>([])
        let end = History.run(broker, History.settings()) { board in
            let tasks = board.facts.withLock { $0.tasks[0] }
            let reads = broker.state.withLock { $0.stateReads }
            // The two that are at it wait for states.
            guard reads == 2, tasks.count == 3, tasks.allSatisfy({ $0.restore != nil }) else {
                return
            }
            began.withLock { $0.append(reads) }
            broker.state.withLock { $0.held = [] }
        }
        #expect(end == nil)
        #expect(began.withLock { $0 }.first == 2)
        #expect(broker.state.withLock { $0.stateReads } == 3)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    @Test(
        "a restore that is told an end from long ago reads on to the newest state that was committed"
    )
    func staleEnd() {
        let input = History.records(2000, partitions: 2, seed: 15)
        let broker = interrupted(input)
        broker.state.withLock { $0.staleEnds = 6 }
        #expect(History.run(broker, History.settings()) == nil)
        #expect(broker.state.withLock { $0.staleEnds } == 0)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    /// Sets the group's offset back to an earlier one, `count` commits before the latest; returns both.
    private func loseOffset(
        of broker: FakeBroker, _ count: Int
    ) throws -> (older: Int64, lost: Int64) {
        try broker.state.withLock { state in
            let lost = try #require(state.committed[0]?.offset)
            let earlier = try state.metadata.filter { try Progress(text: $0).position < lost }
            let text = try #require(earlier.suffix(count).first)
            let older = try Progress(text: text).position
            state.committed[0] = PartitionOffset(
                "transactions", 0, offset: older, metadata: Array(text.utf8))
            return (older, lost)
        }
    }

    @Test(
        "an offset that Kafka has lost is known from the state that was committed with it",
        arguments: [1, 2, 1000])
    func lostOffset(commits: Int) throws {
        let input = History.records(2000, partitions: 1, seed: 17)
        let broker = interrupted(input)
        let (older, lost) = try loseOffset(of: broker, commits)
        let warnings = Mutex<[[String]]>([])
        let log = LogSink { level, _, fields in
            guard level == .warning else { return }
            warnings.withLock { $0.append(fields.map(\.1)) }
        }
        #expect(History.run(broker, History.settings(), log: log) == nil)
        #expect(warnings.withLock { $0 } == [["0", "\(older)", "\(lost)"]])
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    @Test("a state that another application has committed is no progress of this one")
    func othersState() throws {
        let broker = interrupted(History.records(2000, partitions: 1, seed: 18))
        _ = try loseOffset(of: broker, 1)
        var settings = History.settings()
        settings.application = "another"
        let end = History.run(broker, settings)
        #expect(end?.code == .internalError)
        #expect(end?.message.contains("holds input up to") == true, "\(end as Any)")
    }

    @Test("states that were committed and are gone end the process, which says so")
    func statesGone() {
        let input = History.records(2000, partitions: 1, seed: 16)
        let broker = interrupted(input)
        // The header is left.
        broker.state.withLock { $0.states[0].removeLast($0.states[0].count - 1) }
        let end = History.run(broker, History.settings())
        #expect(end?.code == .internalError)
        #expect(end?.message.contains("Kafka has lost its latest records") == true, "\(end as Any)")
    }

    @Test("a rebalance that gives a partition back does not begin its restore anew")
    func resumed() {
        let input = History.records(1500, partitions: 1, seed: 12)
        let broker = interrupted(input)
        broker.state.withLock { $0.held = [0] }
        let turns = Atomic<Int>(0)
        let end = History.run(broker, History.settings()) { _ in
            switch turns.add(1, ordering: .relaxed).newValue {
            case 20: broker.state.withLock { $0.rebalances = 2 }
            case 60: broker.state.withLock { $0.held = [] }
            default: break
            }
        }
        #expect(end == nil)
        #expect(broker.state.withLock { $0.rebalances } == 0)
        #expect(broker.state.withLock { $0.stateReads } == 1)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    @Test("a standby that has followed the changelog leaves a restore nothing of it to read")
    func standby() throws {
        let input = History.records(2000, partitions: 2, seed: 13)
        let broker = interrupted(input)
        let settings = History.settings()
        let standby = Standby(
            settings: settings, partitions: 2, cluster: FakeCluster(broker: broker), log: .none)
        standby.start()
        defer { standby.end() }
        // Not before the group has said who owns what.
        Clock.sleep(milliseconds: 50)
        #expect(standby.positions.isEmpty)
        standby.hold([0], worker: 0)
        let ends = broker.state.withLock { $0.states.map { Int64($0.count) } }
        let deadline = Clock.monotonicMilliseconds() + 20_000
        while standby.positions[1] != ends[1], Clock.monotonicMilliseconds() < deadline {
            Clock.sleep(milliseconds: 5)
        }
        #expect(standby.positions == [1: ends[1]], "what is held here is not followed")

        let restores = Mutex<[String: String]>([:])
        let log = LogSink { _, message, fields in
            guard message == "restored" else { return }
            let values = Dictionary(uniqueKeysWithValues: fields)
            restores.withLock { $0[values["partition"]!] = values["states_read"]! }
        }
        #expect(History.run(broker, settings, standby: standby, log: log) == nil)
        #expect(restores.withLock { $0 } == ["0": "\(ends[0])", "1": "0"])
        #expect(standby.positions.isEmpty)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }
}
