import Banking
import Engine
import Kafka
import SamplePolicy
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

    @Test("a header without a value stays without one, beside one with no bytes")
    func nullHeader() {
        var given = Headers()
        given.addNull("none")
        given.add("empty", "")
        given.add("text", "t")
        var batch = Batch(capacity: 1)
        batch.append(partition: 3, offset: 42, key: nil, value: [1], headers: given)
        var outbox = Outbox()
        DeadLetters(topic: "transactions", payload: .keep, maxBytes: 1000).add(
            batch[0], Rejection(.badAmount, .amount, at: 17), to: &outbox, now: 5)
        let headers = Self.headers(of: outbox, 0)
        #expect(headers.count == 7)
        #expect(headers["none"] == .some(nil))
        #expect(headers["empty"] == "")
        #expect(headers["text"] == "t")
    }

    @Test("what the engine refuses names the field and where its value lies")
    func refusedByTheEngine() {
        let settings = Settings(policy: SamplePolicy(trailingDays: 30).policy)
        let spool = Spool(settings: settings, limits: .none)
        var bench = Workbench(settings: settings, limits: .none)
        let task = PartitionTask(
            partition: 0, shard: Shard(policy: settings.policy), position: 0, spool: spool)
        let time = #""booked_at":"2025-03-01T12:00:00+08:00""#
        let values = [
            Self.event(#""id":"e1""#, #""amount":"1""#, time),
            // The same id with another content, each time somewhere else; its name and its text written with escapes.
            Self.event(#""amount":"2""#, time, #""id":"e1""#),
            Self.event(#""amount":"3""#, time, #""i\u0064" : "\u00651""#),
            Self.event(#""id":"e2""#, #""amount":"2""#, time, #""account_kind":"loan""#),
            Self.event(#""id":"e3","amount":"2""#, #""booked_at":"2025-03-02T12:00:00+08:00""#),
            Self.event(#""id":"e4","amount":2"#, #""booking_date":"2025-03-04""#),
        ]
        let noon: Int64 = 1_740_801_600_000
        var batch = Batch(capacity: 8)
        for (offset, value) in values.enumerated() {
            batch.append(
                partition: 0, offset: Int64(offset), timestampMillis: noon, key: Array("c".utf8),
                value: Array(value.utf8))
        }
        _ = task.apply(batch, from: 0, &bench, now: 0)
        let found = spool.outbox.items.indices.map { index in
            let headers = Self.headers(of: spool.outbox, index)
            return "\((headers["tidemark-reason"] ?? nil) ?? "none") "
                + ((headers["tidemark-detail"] ?? nil) ?? "none")
        }
        func place(_ index: Int, _ text: String) -> Int {
            let value = Array(values[index].utf8)
            let text = Array(text.utf8)
            return value.indices.first { value[$0...].starts(with: text) } ?? -1
        }
        #expect(
            found == [
                "conflicting_duplicate id@\(place(1, "e1"))",
                "conflicting_duplicate id@\(place(2, #"\u00651"#))",
                "bad_account_kind account_kind@\(place(3, "loan"))",
                "future_time booked_at@\(place(4, "2025-03-02"))",
                "future_time booking_date@\(place(5, "2025-03-04"))",
            ])
    }

    /// An event of one customer's account with these fields.
    private static func event(_ fields: String...) -> String {
        #"{"customer_id":"c","account_id":"a","direction":"debit","currency":"CNY","#
            + fields.joined(separator: ",") + "}"
    }

    /// The headers of the item at `index`, as a reader would see them.
    private static func headers(of outbox: borrowing Outbox, _ index: Int) -> [String: String?] {
        var batch = Batch(capacity: 1)
        batch.append(
            partition: 0, offset: 0, key: nil, value: nil,
            headers: outbox.headers[outbox.items[index].headers])
        var headers: [String: String?] = [:]
        batch[0].forEachHeader { name, value in
            var text: String?
            if let value {
                text = String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
            }
            headers.updateValue(text, forKey: name)
        }
        return headers
    }
}
