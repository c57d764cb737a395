import Banking
import Kafka
import Testing

@testable import Pipeline

@Suite("Dead letters")
struct DeadLetterTests {
    struct Letter: Equatable {
        var key: [UInt8]?
        var value: [UInt8]?
        var headerCount: Int
    }

    static func letter(
        value: [UInt8]?, payload: Settings.RejectedPayload = .keep, maxBytes: Int = 1000,
        headers: [(String, String)] = []
    ) -> Letter {
        var given = Headers()
        for (name, value) in headers { given.add(name, value) }
        var batch = Batch(capacity: 1)
        batch.append(
            partition: 3, offset: 42, key: Array("k".utf8), value: value, headers: given)
        var outbox = Outbox()
        DeadLetters(topic: "transactions", payload: payload, maxBytes: maxBytes).add(
            batch[0], Rejection(.badAmount, .amount, at: 17), to: &outbox, now: 5)
        let item = outbox.items[0]
        return Letter(
            key: item.hasKey ? Array(outbox.chunks[item.chunk][item.key]) : nil,
            value: item.hasValue ? Array(outbox.chunks[item.chunk][item.value]) : nil,
            headerCount: outbox.headers[item.headers].count)
    }

    @Test("key, value and headers stay, and four headers say why")
    func kept() {
        let letter = Self.letter(value: [1, 2], headers: [("a", "b")])
        #expect(letter == Letter(key: Array("k".utf8), value: [1, 2], headerCount: 5))
    }

    @Test("headers of an earlier attempt are replaced")
    func again() {
        let letter = Self.letter(
            value: [1], headers: [("tidemark-reason", "bad_json"), ("tidemark-attempt", "1")])
        #expect(letter.headerCount == 4)
    }

    @Test("a missing value stays missing; one that is not kept, or too large, is empty")
    func values() {
        #expect(Self.letter(value: nil).value == nil)
        #expect(Self.letter(value: [1], payload: .omit).value == [])
        #expect(Self.letter(value: [1, 2, 3], maxBytes: 3).value == [])
    }
}
