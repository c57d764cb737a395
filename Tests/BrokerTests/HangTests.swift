// A worker that hangs, as in a call of the library that never returns: the watchdog ends the process, and what was not
// committed is done again.
//
//     TIDEMARK_HANG=1 deploy/test --filter HangTests
import BrokerSupport
import Glibc
import Testing
import ThreadStop

extension BrokerTests {
    @Suite("A worker that hangs")
    struct HangTests {
        private static let isWanted = unsafe getenv("TIDEMARK_HANG") != nil

        @Test(
            "a worker that stands still: not ready after 15 s, 70 after two minutes, nothing lost",
            .enabled(if: isWanted, "long: the watchdog waits two minutes; TIDEMARK_HANG=1"))
        func watchdog() throws {
            let deployment = try Deployment("hang", rules: RuleTexts.generated, partitions: 2)
            let events = try generatedEvents(count: 2000, customers: 100, seed: 7)
            try produce(Array(events.prefix(1000)), to: deployment.topics.input)
            var fleet = try Fleet(deployment, [("one", 2)])
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")
            let child = try #require(fleet.members[0].child)

            let thread = try thread(of: child, named: "worker-0")
            #expect(thread_stop(thread) == 0)
            try produce(Array(events.dropFirst(1000)), to: deployment.topics.input)
            fleet.expectNotReady(saying: "a worker has stood still")
            _ = eventually(within: 150_000, every: 100) {
                thread_reap(thread)
                return child.poll() != nil
            }
            #expect(child.poll() == .exited(70), "\(child.error)")
            let last = child.error.split(separator: "\n").last ?? ""
            #expect(last.contains("worker 0 hangs") && last.contains("Kafka answers"), "\(last)")

            fleet.kill(0)
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")
            try fleet.stopAll()
            try Checker(deployment: deployment).check()
        }

        /// The number of a thread, which the system knows by its name.
        private func thread(of child: Child, named name: String) throws -> Int32 {
            let list = try run("sh", ["-c", "grep -lx \(name) /proc/\(child.id)/task/*/comm"])
            let words = String(decoding: list, as: UTF8.self).split(separator: "/")
            guard words.count >= 4, let number = Int32(words[3]) else {
                throw Breakdown("no thread \(name)")
            }
            return number
        }
    }
}
