// Closes that tell of more customers than one transaction should hold.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka
import Synchronization
import Testing

@testable import Pipeline

@Suite("Closes in parts")
struct PartsTests {
    /// So many customers with an entry on 3 March, and one of each partition two days later: the first tier of all.
    private static func input(_ customers: Int, partitions: Int) -> [[FakeBroker.Stored]] {
        var input = Array(repeating: [FakeBroker.Stored](), count: partitions)
        func add(_ customer: String, _ day: String) {
            let key = Array(customer.utf8)
            let value = """
                {"id":"\(day)","customer_id":"\(customer)","account_id":"a","direction":"credit",\
                "amount":"10.00","currency":"CNY","booked_at":"2025-03-\(day)T12:00:00+08:00"}
                """
            let place = Int(Partitioner.partition(of: key.span, partitions: partitions))
            input[place].append(.init(key: key, value: Array(value.utf8)))
        }
        for number in 0..<customers { add("c\(number * 7919 % customers)", "03") }
        for number in 0..<40 { add("c\(number)", "05") }
        return input
    }

    @Test("no transaction holds more of a close than it should, and each alert comes out once")
    func limit() throws {
        let input = Self.input(20_000, partitions: 2)
        var settings = History.settings()
        settings.balancesTopic = "balances"
        settings.idleClose = nil
        var parts = PartPolicy()
        parts.maxBytes = 300_000
        let broker = FakeBroker(input: input)
        #expect(History.run(broker, settings, parts: parts) == nil)
        let expected = History.expected(input)
        #expect(expected.alerts.count >= 20_000)
        #expect(History.difference(broker, expected.alerts) == [])
        // A hand-over of alerts may come on top.
        let sizes = broker.state.withLock { $0.closeBytes }
        #expect(sizes.count > 50, "\(sizes.count) parts")
        #expect(sizes.max() ?? 0 < 2 * parts.maxBytes, "\(sizes.max() ?? 0) bytes")
        let texts = broker.state.withLock { $0.metadata }
        let closes = try texts.map { try Progress(text: $0).openClose?.customer }
        #expect(closes.count { $0 != nil } > 50)
        #expect(texts.last?.hasPrefix("tidemark/1 ") == true)
    }

    @Test("a small close goes into one transaction, and nobody sees that there are parts")
    func small() {
        let input = Self.input(500, partitions: 1)
        let broker = FakeBroker(input: input)
        var settings = History.settings()
        settings.idleClose = nil
        #expect(History.run(broker, settings) == nil)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
        #expect(broker.state.withLock { $0.metadata.allSatisfy { $0.hasPrefix("tidemark/1 ") } })
    }

    @Test(
        "commits of parts that fail, whether or not they took effect, change nothing of what comes out",
        arguments: 0..<12 as Range<UInt64>)
    func faults(seed: UInt64) {
        let input = Self.input(300, partitions: 2)
        let broker = FakeBroker(input: input)
        broker.state.withLock { state in
            for place in 0..<3 {
                let isAfter = (seed >> UInt64(place)) & 1 == 1
                state.faults.append((2 + Int(seed) + 5 * place, isAfter ? .after : .before))
            }
        }
        var settings = History.settings()
        settings.idleClose = nil
        var parts = PartPolicy()
        parts.pace.whole = 0
        parts.pace.alerts = 1
        parts.maxBytes = 4000
        #expect(History.run(broker, settings, parts: parts) == nil)
        #expect(History.difference(broker, History.expected(input).alerts) == [])
    }

    @Test("what waits decides, not the customers alone")
    func room() {
        let parts = PartPolicy()
        #expect(parts.hasRoom(0, CloseLoad(customers: 0, changed: 0)))
        #expect(!parts.hasRoom(parts.maxBytes, CloseLoad(customers: 0, changed: 0)))
        let changed = parts.maxBytes / PartPolicy.balanceBytes
        #expect(!parts.hasRoom(0, CloseLoad(customers: 0, changed: changed)))
        #expect(parts.hasRoom(0, CloseLoad(customers: parts.maxCustomers - 1, changed: 0)))
        #expect(!parts.hasRoom(0, CloseLoad(customers: parts.maxCustomers, changed: 0)))
    }
}
