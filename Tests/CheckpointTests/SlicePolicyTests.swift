import Checkpoint
import Testing

/// A dirty list without an engine: customers drawn at random, each in the list once.
private struct World {
    var dirtySince: [Int64?]
    var list: [(customer: Int, since: Int64)] = []
    var head = 0
    var position: Int64 = 0
    var random: UInt64 = 42

    init(customers: Int) { dirtySince = Array(repeating: nil, count: customers) }

    var dirtyCount: Int { list.count - head }
    var span: Int64 { head < list.count ? position - list[head].since : 0 }

    mutating func apply(_ records: Int) {
        for _ in 0..<records {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let customer = Int(random >> 33) % dirtySince.count
            if dirtySince[customer] == nil {
                dirtySince[customer] = position
                list.append((customer, position))
            }
            position += 1
        }
    }

    mutating func write(_ plan: SlicePolicy.Plan) -> Int {
        var written = 0
        while head < list.count, plan.wants(written: written, oldest: list[head].since) {
            dirtySince[list[head].customer] = nil
            head += 1
            written += 1
        }
        return written
    }
}

@Suite("Slices of state")
struct SlicePolicyTests {
    @Test(
        "replay stays within the bound at every load",
        arguments: [
            (1000, 500), (100_000, 500), (100_000, 10_000), (1_000_000, 10_000), (1_000_000, 50),
        ])
    func bounded(customers: Int, recordsPerCommit: Int) {
        var world = World(customers: customers)
        var policy = SlicePolicy()
        var written = 0
        var commits = 0
        let total = 4_000_000
        for time in 1...(min(total / recordsPerCommit, 8000)) {
            world.apply(recordsPerCommit)
            let plan = policy.plan(
                position: world.position, dirtyCount: world.dirtyCount,
                milliseconds: Int64(time) * 20)
            written += world.write(plan)
            commits += 1
            #expect(world.span <= policy.bound)
        }
        // A customer is written once a turn, not once a record.
        let turn = Double(policy.bound) / 2
        let expected = 1 / (1 + turn / Double(customers))
        let perRecord = Double(written) / Double(commits * recordsPerCommit)
        #expect(perRecord <= expected * 1.7 + 0.02)
    }

    @Test("an idle task writes out all that is left, a limited number at a time")
    func leisure() {
        var world = World(customers: 50_000)
        var policy = SlicePolicy()
        world.apply(40_000)
        let dirty = world.dirtyCount
        var written: [Int] = []
        for time in 1...20 {
            let plan = policy.plan(
                position: world.position, dirtyCount: world.dirtyCount,
                milliseconds: Int64(time) * 50, isIdle: true)
            written.append(world.write(plan))
        }
        #expect(written.reduce(0, +) == dirty)
        // The first writes those beyond the bound too, whatever the limit.
        let turns = written.dropFirst().prefix { $0 > 0 }
        #expect(!turns.isEmpty && turns.dropLast().allSatisfy { $0 == policy.limit })
        #expect(world.span == 0)
    }

    @Test("a burst is spread over many commits")
    func even() {
        var world = World(customers: 200_000)
        var policy = SlicePolicy()
        var largest = 0
        for time in 1...200 {
            world.apply(10_000)
            let plan = policy.plan(
                position: world.position, dirtyCount: world.dirtyCount,
                milliseconds: Int64(time) * 20)
            let written = world.write(plan)
            largest = max(largest, written)
        }
        #expect(largest < 6000)
    }

    @Test("a task without input writes out what is dirty")
    func idle() {
        var world = World(customers: 20_000)
        var policy = SlicePolicy()
        world.apply(20_000)
        for time in 1...120 {
            let plan = policy.plan(
                position: world.position, dirtyCount: world.dirtyCount,
                milliseconds: Int64(time) * 1000)
            _ = world.write(plan)
        }
        #expect(world.dirtyCount == 0)
    }

    @Test("a clean task writes nothing")
    func clean() {
        var policy = SlicePolicy()
        let plan = policy.plan(position: 10, dirtyCount: 0, milliseconds: 5)
        #expect(plan.count == 0)
    }
}
