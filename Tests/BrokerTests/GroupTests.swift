// Who has which partition: processes that come and go all the time, one name for two processes, a rolling restart.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("The group")
    struct GroupTests {
        /// How long processes come and go.
        private static let stormSeconds =
            unsafe getenv("TIDEMARK_STORM_SECONDS").flatMap { unsafe Int(String(cString: $0)) }
            ?? 12

        @Test(
            "a third and a fourth process join and leave every second: nothing twice, nothing lost")
        func storm() throws {
            let seed = SplitMix64.announcedSeed("join-storm")
            var random = SplitMix64(seed: seed)
            let deployment = try Deployment(
                "joins", rules: RuleTexts.generated, partitions: 6)
            let source = try deployment.source(events: 6000, rate: 300)
            var fleet = try Fleet(deployment, [("one", 1), ("two", 1)])
            var guests: [Child] = []
            var joins = 0
            let end = nowMilliseconds() + Self.stormSeconds * 1000
            while nowMilliseconds() < end {
                try fleet.turn()
                // A name of its own for each: who comes back under its name in time changes nothing in the group.
                guests.append(try deployment.start(instance: "guest-\(joins)", workers: 1))
                joins += 1
                usleep(UInt32.random(in: 1_000_000...2_000_000, using: &random))
                guard guests.count > 2 || Bool.random(using: &random) else { continue }
                let guest = guests.removeFirst()
                if Bool.random(using: &random) {
                    guest.killAndWait()
                } else {
                    guest.signal(SIGTERM)
                    #expect(guest.wait(milliseconds: 11_000) == .exited(0), "\(guest.error)")
                }
            }
            for guest in guests { guest.killAndWait() }
            #expect(source.wait(milliseconds: 60_000) == .exited(0))
            #expect(try fleet.settle(within: 90_000) != nil, "\(fleet.log(of: 0))")
            #expect(fleet.starts == 2, "\(fleet.log(of: 0)) \(fleet.log(of: 1))")
            try fleet.stopAll()
            let all = ["one", "two"] + (0..<joins).map { "guest-\($0)" }
            try Checker(deployment: deployment, instances: all).check()
        }

        @Test("of two processes with one name one ends with 75 and says so; nothing is doubled")
        func namesakes() throws {
            let deployment = try Deployment(
                "namesakes", rules: RuleTexts.generated, partitions: 2)
            let source = try deployment.source(events: 3000, rate: 300)
            let ports = [try freePort(), try freePort()]
            var children: [Child] = []
            for (port, log) in zip(ports, ["first", "second"]) {
                let path = try deployment.settings(instance: "one", httpPort: port)
                children.append(try deployment.tidemark(["run", "--config", path], log: log))
                let isReady = eventually(within: 30_000) {
                    children.contains { $0.poll() != nil }
                        || (try? httpGet("/readyz", port: port).status) == 200
                }
                #expect(isReady)
                sleep(1)
            }
            let hasEnded = eventually(within: 30_000) { children.contains { $0.poll() != nil } }
            #expect(hasEnded, "\(children.map(\.error))")
            let loser = try #require(children.first { $0.poll() != nil })
            #expect(loser.poll() == .exited(75), "\(loser.error)")
            let last = loser.error.split(separator: "\n").last ?? ""
            #expect(last.contains("another process runs under this instance's name"), "\(last)")
            #expect(source.wait(milliseconds: 60_000) == .exited(0))
            let winner = try #require(
                children.first { $0.poll() == nil }, "\(children.map(\.error))")
            winner.signal(SIGTERM)
            #expect(winner.wait(milliseconds: 11_000) == .exited(0), "\(winner.error)")
            try deployment.runUntilCaughtUp()
            try Checker(deployment: deployment, instances: ["first", "second", "one"]).check()
        }

        @Test("a rolling restart of three processes moves no partition and loses nothing")
        func rolling() throws {
            let deployment = try Deployment(
                "rolling", rules: RuleTexts.generated, partitions: 6)
            let source = try deployment.source(events: 8000, rate: 300)
            var fleet = try Fleet(deployment, [("one", 1), ("two", 1), ("three", 1)])
            // Static members join one by one: the group comes to rest first.
            let isShared = try eventually(within: 60_000, every: 200) {
                try fleet.turn()
                return fleet.members.indices.allSatisfy { fleet.partitions(of: $0)?.count == 2 }
            }
            #expect(isShared, "\(fleet.log(of: 0))")
            let homes = fleet.members.indices.map { fleet.partitions(of: $0) }
            for index in fleet.members.indices {
                let before = fleet.members.indices.map { fleet.assignments(of: $0) }
                let began = nowMilliseconds()
                try fleet.stop(index)
                try fleet.start(index)
                let isBack = eventually(within: 60_000, every: 50) {
                    fleet.readiness(index)?.status == 200
                }
                let took = nowMilliseconds() - began
                #expect(isBack, "\(fleet.log(of: index))")
                // Who is away for longer than its session has lost its place, on a busy machine.
                guard took < 8000 else { continue }
                let after = fleet.members.indices.map { fleet.assignments(of: $0) }
                for other in fleet.members.indices {
                    #expect(after[other] == before[other] + (other == index ? 1 : 0))
                }
                #expect(fleet.members.indices.map { fleet.partitions(of: $0) } == homes)
            }
            #expect(source.wait(milliseconds: 90_000) == .exited(0))
            #expect(try fleet.settle(within: 60_000) != nil)
            try fleet.stopAll()
            try Checker(deployment: deployment, instances: ["one", "two", "three"]).check()
        }
    }
}

extension Fleet {
    /// The partitions that a process has running; nil when it does not answer.
    fileprivate func partitions(of index: Int) -> [Int]? {
        guard let tasks = try? httpGet("/api/tasks", port: members[index].port).json.array else {
            return nil
        }
        return tasks.filter { $0["state"].string == "running" }.map {
            Int($0["partition"].integer ?? -1)
        }
    }

    /// How often a process was given partitions.
    fileprivate func assignments(of index: Int) -> Int {
        log(of: index).split(separator: "\n").count { $0.contains(" partitions assigned ") }
    }
}
