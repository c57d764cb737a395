import Banking
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
    @Test("the classes stand in the order of their names, as destinations are listed")
    func classes() {
        let names = CounterpartyClass.allCases.map { "\($0.text)" }
        #expect(names == names.sorted() && names.count == 10)
        #expect(CounterpartyClass.allCases.enumerated().allSatisfy { $0 == Int($1.rawValue) })
    }

    @Test("fields begin with those that are needed")
    func fields() {
        let names = EventField.allCases.map { "\($0.text)" }
        #expect(
            names.prefix(8) == [
                "id", "customer_id", "account_id", "direction", "amount", "currency", "booked_at",
                "booking_date",
            ])
        #expect(Set(names).count == names.count)
        #expect(Set(RejectReason.allCases.map { "\($0.text)" }).count == 19)
    }

    @Test("reasons of an alert are a set")
    func reasons() {
        let reasons: AlertReasons = [AlertReasons(.late), AlertReasons(.truncated)]
        #expect(AlertReason.allCases.filter { reasons.contains($0) } == [.late, .truncated])
    }

    @Test("an event keeps its texts until it is reset, and refuses more than it holds")
    func event() {
        var event = Event()
        let bytes = Array("abc".utf8)
        let text = event.append(bytes.span)!
        #expect(event.append(byte: 0x64) && event.used == 4)
        let (count, last) = (event.bytes(text).count, event.bytes(text)[2])
        #expect(count == 3 && last == 0x63)
        let isEmpty = event.bytes(Event.Text()).isEmpty
        #expect(isEmpty)
        let many = [UInt8](repeating: 1, count: Event.capacity - 4)
        #expect(event.append(many.span) != nil && !event.append(byte: 1))
        #expect(event.append(bytes.span) == nil && event.used == Event.capacity)
        event.kind = .fee
        event.sameName = true
        event.reset()
        #expect(event.used == 0 && event.kind == .other && event.sameName == nil)
    }

    @Test("a batch uses its slots again, and sorts by rule without mixing one rule's alerts")
    func batch() {
        var batch = AlertBatch()
        func add(_ rule: Int, _ version: Int) {
            batch.update(batch.next()) { alert in
                alert.rule = rule
                alert.version = version
                alert.texts = [7]
            }
        }
        for (rule, version) in [(9, 0), (2, 1), (0, 2), (2, 3), (1, 4), (0, 5)] {
            add(rule, version)
        }
        batch.sortByRule(from: 1)
        #expect((0..<batch.count).map { batch[$0].version } == [0, 2, 5, 4, 1, 3])
        batch.removeAll()
        let index = batch.next()
        #expect(batch.count == 1 && index == 0 && batch[0].version == 1)
        #expect(batch[0].texts.isEmpty && batch[0].evidence.isEmpty && batch[0].reasons.isEmpty)
    }
}
