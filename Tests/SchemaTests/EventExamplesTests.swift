// Example events: the code decides, and the schema agrees as far as a schema can.
import Banking
import Formats
import Testing

@Suite("Example events")
struct EventExamplesTests {
    private static let valid = Files.names(in: "examples/events/valid")
    private static let invalid = Files.names(in: "examples/events/invalid")

    /// What JSON Schema cannot say: what is no JSON at all, and what hangs together with another value.
    private static let beyondSchema: Set<String> = [
        "bad_amount.exponent.json", "bad_amount.too-large.json",
        "bad_amount.too-many-decimals.json", "bad_amount.yen-with-sen.json",
        "bad_date.no-such-day.json", "bad_json.cut-off.json", "bad_json.trailing.json",
        "bad_timestamp.no-such-day.json", "bad_utf8.lone-byte.json", "duplicate_key.amount.json",
        "duplicate_key.escaped.json", "key_mismatch.other-customer.json",
        "too_deep.17-levels.json", "unknown_currency.no-such-code.json",
    ]

    private func refusal(of value: [UInt8]) -> Rejection? {
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        let key = Array("c-1001".utf8)
        return reader.read(key: key.span, value: value.span, into: &event)
    }

    @Test("a valid example is decoded", arguments: valid)
    func decodes(file: String) throws {
        #expect(refusal(of: try Files.bytes("examples/events/valid/\(file)")) == nil)
    }

    @Test("a valid example fits the schema", arguments: valid)
    func fits(file: String) throws {
        let value = try JSONValue(parsing: Files.bytes("examples/events/valid/\(file)"))
        #expect(try Files.schema("event").faults(of: value) == [])
    }

    @Test("an invalid example is refused with the reason in its name", arguments: invalid)
    func refuses(file: String) throws {
        let reason = String(file.prefix { $0 != "." })
        let refusal = refusal(of: try Files.bytes("examples/events/invalid/\(file)"))
        #expect(refusal?.reason.text.description == reason)
    }

    @Test("an invalid example does not fit the schema, where a schema can tell", arguments: invalid)
    func doesNotFit(file: String) throws {
        guard !Self.beyondSchema.contains(file) else { return }
        let value = try JSONValue(parsing: Files.bytes("examples/events/invalid/\(file)"))
        #expect(try !Files.schema("event").faults(of: value).isEmpty)
    }

    @Test("there is an invalid example for every reason that the record alone shows")
    func reasons() {
        let shown = Set(Self.invalid.map { String($0.prefix { $0 != "." }) })
        let elsewhere: Set<RejectReason> = [
            .missingValue, .tooLarge, .conflictingDuplicate, .badReversal, .futureTime,
        ]
        for reason in RejectReason.allCases where !elsewhere.contains(reason) {
            #expect(shown.contains(reason.text.description))
        }
        #expect(Self.beyondSchema.isSubset(of: Self.invalid))
    }
}
