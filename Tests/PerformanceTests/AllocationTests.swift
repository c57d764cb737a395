// What the worker's thread asks of the heap for a record: nothing, once tables and buffers have grown.
import AllocationCounter
import Banking
import Engine
import Formats
import Generator
import SamplePolicy
import Testing

/// A bank's events as bytes, made before anything is counted.
private struct Input {
    var bytes: [UInt8] = []
    var records: [EventGenerator.Record] = []

    init(customers: Int, days: Int) {
        var options = GeneratorOptions()
        options.customers = customers
        options.days = days
        var generator = EventGenerator(options)
        while let record = generator.append(to: &bytes) { records.append(record) }
    }
}

/// Reader, engine and writer as a worker has them.
private struct Bench: ~Copyable {
    var reader = EventReader(bankCurrency: .cny)
    var event = Event()
    var shard: Shard
    var writer: AlertWriter
    var output: [UInt8] = []
    var alerts = 0

    init() {
        var bank = SamplePolicy(largeMinor: 500_000, dayMinor: 1_000_000, trailingDays: 20)
        bank.tellsFirstTier = false
        bank.levels = ["ordinary": 0, "gold": 10_000_000, "platinum": 100_000_000]
        let policy = bank.policy
        shard = Shard(policy: policy)
        writer = AlertWriter(
            currency: .cny, calendar: policy.calendar, masksAccounts: true, language: .en)
        output.reserveCapacity(1 << 20)
    }

    mutating func apply(_ input: borrowing Input, _ index: Int) -> Bool {
        let record = input.records[index]
        let bytes = input.bytes.span
        let key = bytes.extracting(record.key)
        let refusal = reader.read(key: key, value: bytes.extracting(record.value), into: &event)
        guard refusal == nil,
            shard.apply(&event, timestampMillis: -1, offset: Int64(index)) == .applied
        else { return false }
        if shard.alerts.count > 0 {
            output.removeAll(keepingCapacity: true)
            for index in 0..<shard.alerts.count {
                writer.write(shard.alerts[index], to: &output)
                alerts += 1
            }
            shard.removeAlerts()
        }
        shard.tidy(64)
        return true
    }
}

/// Records of one sort and what they asked of the heap.
private struct Tally {
    var records = 0
    var allocations = 0

    mutating func add(_ asked: Int) {
        records += 1
        allocations += asked
    }
}

@Suite struct AllocationTests {
    static let isOptimised = !_isDebugAssertConfiguration()

    @Test(
        "In steady state a record that raises no alert asks the heap for nothing",
        .enabled(if: isOptimised, "long: counted in release builds, as deploy/test makes them"))
    func steadyState() {
        let input = Input(customers: 400, days: 120)
        var bench = Bench()
        let warm = input.records.count * 3 / 4
        var refused = 0
        for index in 0..<warm where !bench.apply(input, index) { refused += 1 }
        var quiet = Tally()
        var alerting = Tally()
        var closing = Tally()
        for index in warm..<input.records.count {
            let closed = bench.shard.clock.lastClosed
            let told = bench.alerts
            let before = allocation_count()
            let isApplied = bench.apply(input, index)
            let asked = allocation_count() - before
            if !isApplied { refused += 1 }
            if bench.shard.clock.lastClosed != closed {
                closing.add(asked)
            } else if bench.alerts > told {
                alerting.add(asked)
            } else {
                quiet.add(asked)
            }
        }
        #expect(refused == 0, "every record is taken")
        #expect(quiet.records > 10_000)
        #expect(alerting.records > 10)
        // A slab of the arena or a generation of the memory of ids now and then, and nothing for the record itself.
        #expect(quiet.allocations * 1000 <= quiet.records, "\(quiet)")
        // Writing asks for nothing; the engine gathers the entries of a window in an array.
        #expect(alerting.allocations <= alerting.records * 2, "\(alerting)")
        // A close sorts its customers and may ask for room to do so.
        #expect(closing.allocations <= closing.records * 16, "\(closing)")
    }
}
