// Generated events: the same bytes for the same seed, valid to the reader, with a bank's habits.
import Banking
import Formats
import Generator
import Testing

@Suite("Generator") struct GeneratorTests {
    @Test("the same seed gives the bytes that it has always given")
    func golden() {
        var options = GeneratorOptions()
        options.customers = 200
        options.days = 40
        let bytes = all(options).bytes
        #expect(fnv1a(bytes) == 12_948_291_354_203_360_158, "\(bytes.count) bytes")
    }

    @Test("another seed gives other bytes")
    func seeds() {
        var options = GeneratorOptions()
        options.events = 500
        let first = all(options).bytes
        options.seed = 2
        #expect(all(options).bytes != first)
    }

    @Test(
        "every payload is decoded, under its key, at its time; ids are unique and time never goes back"
    )
    func valid() {
        var options = GeneratorOptions()
        options.customers = 300
        options.days = 45
        let generated = all(options)
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        var ids: Set<[UInt8]> = []
        var kinds: Set<EntryKind> = []
        var last = Instant(microseconds: .min)
        for record in generated.records {
            let key = generated.bytes.span.extracting(record.key)
            let value = generated.bytes.span.extracting(record.value)
            let rejection = reader.read(key: key, value: value, into: &event)
            #expect(rejection == nil)
            #expect(event.bookedAt == record.time)
            #expect(event.kind == record.kind)
            #expect(!event.unknownKind && !event.unknownChannel && !event.unknownClass)
            #expect(record.time >= last)
            last = record.time
            kinds.insert(event.kind)
            let id = event.bytes(event.id)
            ids.insert(id.indices.map { id[$0] })
        }
        #expect(ids.count == generated.records.count)
        let habits: Set<EntryKind> = [
            .openingBalance, .salary, .pension, .standingOrder, .loanRepayment, .directDebit, .card,
            .cash, .transfer, .interest, .fee, .productPurchase,
        ]
        #expect(kinds.isSuperset(of: habits))
    }

    @Test("events are as many as asked for", arguments: [1, 99, 5_000])
    func count(events: Int64) {
        var options = GeneratorOptions()
        options.customers = 100
        options.events = events
        #expect(Int64(all(options).records.count) == events)
    }

    @Test("events with days are spread evenly over the days", arguments: [70, 700, 21_000])
    func spread(events: Int64) {
        var options = GeneratorOptions()
        options.customers = 100
        options.days = 7
        options.events = events
        let calendar = BusinessCalendar(name: "China", fixedOffsetSeconds: 8 * 3600)
        var days: [Day: Int64] = [:]
        for record in all(options).records { days[calendar.day(of: record.time), default: 0] += 1 }
        #expect(days.count == 7)
        #expect(days.values.allSatisfy { $0 == events / 7 })
    }

    @Test("income due on a weekend comes on the Friday before")
    func weekends() {
        var options = GeneratorOptions()
        options.customers = 400
        options.days = 59
        let calendar = BusinessCalendar(name: "China", fixedOffsetSeconds: 8 * 3600)
        for record in all(options).records where record.kind == .salary {
            // 1970-01-01 was a Thursday; 0 is Monday.
            #expect((Int(calendar.day(of: record.time).number) + 3) % 7 < 5)
        }
    }

    private func all(
        _ options: GeneratorOptions
    ) -> (bytes: [UInt8], records: [EventGenerator.Record]) {
        var generator = EventGenerator(options)
        var bytes: [UInt8] = []
        var records: [EventGenerator.Record] = []
        while let record = generator.append(to: &bytes) { records.append(record) }
        return (bytes, records)
    }

    private func fnv1a(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
