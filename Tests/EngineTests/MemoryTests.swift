// The memory of many customers over months: what growing parts have left behind is used again or given back, and
// moving a customer's parts changes nothing in them.
import Banking
import Oracle
import Testing

@testable import Engine

@Suite("Memory of the state")
struct MemoryTests {
    private static let customers = 40_000

    private func fill(_ event: inout Event, _ customer: Int, _ number: Int, _ time: Int64) {
        event.reset()
        func text(_ string: String) -> Event.Text {
            let bytes = Array(string.utf8)
            return event.append(bytes.span) ?? Event.Text()
        }
        event.id = text("entry-\(number)")
        event.customerID = text("customer-\(customer)")
        event.accountID = text("account-\(customer)")
        // One in four is large enough to be remembered for months: logs shrink, and few become empty.
        event.amountMinor = Int64(customer % 977 * 1000 + (number % 4 == 0 ? 1_000_000 : 0))
        event.direction = number % 3 == 0 ? .debit : .credit
        event.bookedAt = Instant(microseconds: time)
    }

    private var policy: Policy {
        var window = Rule(id: "outflow-24h", version: 1, kind: .cumulativeOutflow)
        window.window = 24 * Micros.hour
        window.atLeast = 1_000_000
        return Policy(
            calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
            dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
            reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(
                trailingDays: 30,
                levels: [
                    TierPolicy.Level(name: "ordinary", fromMinor: 0),
                    TierPolicy.Level(name: "gold", fromMinor: 5_000_000),
                ]), rules: [window])
    }

    @Test("Memory comes back after a busy week, and every state is whole")
    func comesBack() throws {
        var shard = Shard(policy: policy)
        var event = Event()
        let start = Int64(20_000) * Micros.day
        var offset: Int64 = 0
        // Each customer has its entries on days of its own, so that parts grow beside one another.
        for day in 0..<9 {
            for customer in 0..<MemoryTests.customers where (customer + day) % 3 != 0 {
                for _ in 0..<(customer % 7) {
                    let time = start + Int64(day) * Micros.day + offset % Micros.day
                    fill(&event, customer, Int(offset), time)
                    _ = shard.apply(&event, timestampMillis: -1, offset: offset)
                    offset += 1
                }
            }
        }
        let busy = shard.stateBytes
        // Three weeks later only one customer in twenty still has entries.
        for day in 20..<32 {
            for customer in stride(from: 0, to: MemoryTests.customers, by: 20) {
                let time = start + Int64(day) * Micros.day + offset % Micros.day
                fill(&event, customer, Int(offset), time)
                _ = shard.apply(&event, timestampMillis: -1, offset: offset)
                shard.tidy(50)
                offset += 1
            }
        }
        #expect(busy > 40 << 20, "enough for slabs to be looked at: \(busy)")
        #expect(shard.stateBytes < busy * 8 / 10, "\(shard.stateBytes) of \(busy) bytes are left")

        var copy = Shard(policy: policy)
        var (key, state): ([UInt8], [UInt8]) = ([], [])
        var states: [[UInt8]: [UInt8]] = [:]
        while shard.oldestDirty != nil {
            shard.takeOldestDirty(key: &key, state: &state)
            states[key] = state
            try copy.install(key: key.span, state: state.span, lsn: offset - 1)
        }
        #expect(states.count > MemoryTests.customers / 2)
        copy.beginReplay(at: shard.clock, to: shard.clock)
        copy.endReplay()
        for key in states.keys {
            guard let mine = shard.view(of: key.span), let theirs = copy.view(of: key.span) else {
                Issue.record("a customer is gone")
                return
            }
            #expect(String(describing: mine) == String(describing: theirs))
        }
    }
}
