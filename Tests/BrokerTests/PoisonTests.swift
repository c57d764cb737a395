// Records that cannot be understood, at every place of a batch: each becomes a dead letter with its reason, whole and
// unchanged, and everything around it is judged as if it had not been there.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite("Poison records")
    struct PoisonTests {
        @Test(
            "every kind at every place of a batch is set aside with its reason; the stream goes on")
        func everywhere() throws {
            let deployment = try Deployment("poison", rules: RuleTexts.single, partitions: 2)
            var layout = PoisonLayout()
            for poison in Poison.all {
                layout.add([poison, nil, nil])
                layout.add([nil, poison, nil])
                layout.add([nil, nil, poison])
                layout.add([poison, poison, poison, nil])
            }
            layout.add(Poison.all.map { $0 })
            try produce(layout.records, to: deployment.topics.input)
            try deployment.runUntilCaughtUp()
            try check(deployment, layout)
        }

        @Test("poison that arrives at a running daemon, alone and in runs, is set aside")
        func live() throws {
            let deployment = try Deployment("poison-live", rules: RuleTexts.single, partitions: 2)
            let daemon = try deployment.start()
            var layout = PoisonLayout()
            try produce(layout.records, to: deployment.topics.input)
            for poison in Poison.all {
                let before = layout.records.count
                layout.add([poison])
                layout.add([nil, poison, poison])
                layout.add([nil])
                try produce(Array(layout.records[before...]), to: deployment.topics.input)
            }
            let done = try eventually(every: 200) {
                try readTopic(deployment.topics.alerts).count >= layout.goodCount
            }
            #expect(done, "\(daemon.error.suffix(2000))")
            #expect(daemon.poll() == nil, "\(daemon.error.suffix(2000))")
            daemon.signal(15)
            #expect(daemon.wait(milliseconds: 10_000) == .exited(0))
            try check(deployment, layout)
        }

        /// Dead letters = the refused records, each with its reason and content; alerts = the good ones.
        private func check(_ deployment: Deployment, _ layout: PoisonLayout) throws {
            let input = try readTopic(deployment.topics.input)
            let expected = Expected(from: input, configuration: try deployment.configuration())
            #expect(
                expected.refused.count == layout.records.count - layout.goodCount
                    - expected.duplicates)
            let found = AlertLog(try readTopic(deployment.topics.alerts))
            #expect(expected.alerts.differences(to: found).isEmpty)
            #expect(found.count == layout.goodCount)

            let stored = Dictionary(
                uniqueKeysWithValues: input.map { ("\($0.partition)/\($0.offset)", $0) })
            var letters: [String: StoredRecord] = [:]
            for letter in try readTopic(deployment.topics.rejected) {
                let source = try #require(letter.header("tidemark-source"))
                let parts = source.split(separator: "/")
                try #require(parts.count == 3 && parts[0] == deployment.topics.input)
                let place = "\(parts[1])/\(parts[2])"
                #expect(
                    letters.updateValue(letter, forKey: place) == nil, "\(place) is there twice")
                let original = try #require(stored[place])
                checkLetter(letter, of: original)
            }
            #expect(letters.count == expected.refused.count)
            for refusal in expected.refused {
                let letter = letters["\(refusal.partition)/\(refusal.offset)"]
                let reason = letter?.header("tidemark-reason") ?? "none"
                #expect(
                    refusal.reasons.contains(reason), "\(refusal) is a dead letter for \(reason)")
                let original = stored["\(refusal.partition)/\(refusal.offset)"]
                #expect(original?.header("expected-reason").map { $0 == reason } ?? false)
            }
        }

        private func checkLetter(_ letter: StoredRecord, of original: StoredRecord) {
            #expect(letter.key == original.key)
            #expect(letter.value == original.value)
            #expect(letter.header("trace") == original.header("trace"))
            #expect(letter.header("tidemark-attempt") == "0")
            let detail = letter.header("tidemark-detail") ?? ""
            #expect(isDetail(detail), "\(detail)")
            let names = Set(letter.headers.map(\.name))
            let own = ["tidemark-reason", "tidemark-detail", "tidemark-source", "tidemark-attempt"]
            #expect(letter.headers.count == names.count)
            #expect(names == Set(original.headers.map(\.name) + own))
        }

        /// `<field>@<byte offset>` or `@<byte offset>`.
        private func isDetail(_ text: String) -> Bool {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, Int(parts[1]) != nil else { return false }
            return parts[0].utf8.allSatisfy { (97...122).contains($0) || $0 == 95 || $0 == 46 }
        }
    }
}

/// A record that must be refused.
struct Poison {
    /// The reason that its dead letter must name.
    var reason: String
    /// The key; the customer `pat` unless told.
    var key: [UInt8]? = Array("pat".utf8)
    /// The payload.
    var value: [UInt8]?

    init(_ reason: String, _ text: String) {
        self.reason = reason
        value = Array(text.utf8)
    }

    init(_ reason: String, key: [UInt8]?, value: [UInt8]?) {
        self.reason = reason
        self.key = key
        self.value = value
    }

    /// Every reason of the contract that this version can reach, most in several forms.
    static let all: [Poison] = {
        let broken = Array(event("p", "pat").utf8)
        var badText = broken
        badText[7] = 0xFF
        var surrogate = Array(event("p", "pat", adding: ",\"branch\":\"x\"").utf8)
        surrogate.replaceSubrange(
            (surrogate.count - 3)..<(surrogate.count - 2), with: [0xED, 0xA0, 0x80])
        let deep = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        let long = String(repeating: "x", count: 65_600)
        return [
            Poison("missing_value", key: Array("pat".utf8), value: nil),
            Poison("too_large", event("p", "pat", adding: ",\"note\":\"\(long)\"")),
            Poison("bad_utf8", key: Array("pat".utf8), value: badText),
            Poison("bad_utf8", key: Array("pat".utf8), value: surrogate),
            Poison("bad_json", "not json"),
            Poison("bad_json", key: Array("pat".utf8), value: Array(broken.dropLast())),
            Poison("bad_json", event("p", "pat") + "x"),
            Poison("bad_json", "[]"),
            Poison("duplicate_key", event("p", "pat", adding: ",\"amount\":\"1\"")),
            Poison(
                "duplicate_key",
                event("p", "pat", adding: #","counterparty":{"bank":"a","bank":"a"}"#)),
            Poison("too_deep", event("p", "pat", adding: ",\"unknown\":\(deep)")),
            Poison("missing_field", event("p", "pat", without: "id")),
            Poison("missing_field", event("p", "pat", without: "booked_at")),
            Poison("bad_field", event("p", "pat", adding: ",\"branch\":5")),
            Poison("bad_field", event("p", "pat", adding: ",\"branch\":\"a\\u0007\"")),
            Poison("bad_field", event(String(repeating: "i", count: 129), "pat")),
            Poison("bad_amount", event("p", "pat", amount: "12.345")),
            Poison("bad_amount", event("p", "pat", amount: "-1")),
            Poison("bad_amount", event("p", "pat", amount: "9223372036854775808")),
            Poison("unknown_currency", event("p", "pat", replacing: ["currency": "\"XQZ\""])),
            Poison("bad_direction", event("p", "pat", replacing: ["direction": "\"out\""])),
            Poison("bad_status", event("p", "pat", adding: ",\"status\":\"done\"")),
            Poison("bad_account_kind", event("p", "pat", adding: ",\"account_kind\":\"gold\"")),
            Poison("bad_account_kind", event("p", "pat", adding: ",\"account_kind\":\"loan\"")),
            Poison("bad_timestamp", event("p", "pat", at: "10:00:60")),
            Poison("bad_timestamp", event("p", "pat", replacing: ["booked_at": "\"2025-05-06\""])),
            Poison("bad_date", event("p", "pat", adding: ",\"value_date\":\"2025-02-30\"")),
            Poison("key_mismatch", key: nil, value: broken),
            Poison("key_mismatch", key: Array("pit".utf8), value: broken),
            Poison("conflicting_duplicate", event("first", "pat", amount: "501")),
            Poison(
                "future_time",
                event("p", "pat", replacing: ["booked_at": "\"2125-05-06T10:00:00+08:00\""])),
        ]
    }()
}

/// Good and poisoned records in an order in which each poison has its places.
private struct PoisonLayout {
    private(set) var records: [Outgoing] = []
    private(set) var goodCount = 0

    /// Begins with the entry that `bad_account_kind` and `conflicting_duplicate` need, in the poison's partition.
    init() {
        records.append(
            Outgoing(
                key: "pat", value: event("first", "pat", adding: ",\"account_kind\":\"deposit\""),
                partition: 1))
        goodCount = 1
    }

    /// Adds a stretch; nil stands for a good record.
    ///
    /// The other partition gets one good record for each stretch.
    mutating func add(_ stretch: [Poison?]) {
        for poison in stretch {
            if let poison {
                records.append(
                    Outgoing(
                        key: poison.key, value: poison.value, partition: 1,
                        headers: [
                            ("trace", "record \(records.count)"),
                            ("expected-reason", poison.reason),
                        ]))
            } else {
                addGood(partition: 1)
            }
        }
        addGood(partition: 0)
    }

    private mutating func addGood(partition: Int32) {
        let customer = partition == 1 ? "pat" : "sam"
        records.append(
            Outgoing(
                key: customer, value: event("good-\(goodCount)", customer), partition: partition))
        goodCount += 1
    }
}
