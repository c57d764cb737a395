import Banking
import Formats
import Testing

@Suite("Refused events")
struct EventRejectionTests {
    /// One field of a sound record replaced by `value`, and why that is refused.
    struct Fault: CustomTestStringConvertible, Sendable {
        var field: String
        var value: String?
        var reason: RejectReason
        var named: EventField?
        var testDescription: String { "\(field): \(value ?? "left out")" }
        init(_ field: String, _ value: String?, _ reason: RejectReason, _ named: EventField?) {
            (self.field, self.value, self.reason, self.named) = (field, value, reason, named)
        }
    }

    static let long = String(repeating: "x", count: 200)

    static let faults: [Fault] = [
        Fault("id", nil, .missingField, .id),
        Fault("id", "null", .missingField, .id),
        Fault("customer_id", nil, .missingField, .customerID),
        Fault("account_id", nil, .missingField, .accountID),
        Fault("direction", nil, .missingField, .direction),
        Fault("amount", nil, .missingField, .amount),
        Fault("currency", nil, .missingField, .currency),
        Fault("booked_at", nil, .missingField, .bookedAt),
        Fault("id", "5", .badField, .id),
        Fault("id", #""""#, .badField, .id),
        Fault("id", "\"\(String(repeating: "é", count: 64))x\"", .badField, .id),
        Fault("customer_id", "\"\(String(repeating: "x", count: 65))\"", .badField, .customerID),
        Fault("account_id", "\"\(String(repeating: "x", count: 65))\"", .badField, .accountID),
        Fault("account_id", "[]", .badField, .accountID),
        Fault("replaces", #""""#, .badField, .replaces),
        Fault("replaces", "\"\(long)\"", .badField, .replaces),
        Fault("reverses", #""""#, .badField, .reverses),
        Fault("reverses", "true", .badField, .reverses),
        Fault("transfer_id", "1", .badField, .transferID),
        Fault("branch", "5", .badField, .branch),
        Fault("kind", "{}", .badField, .kind),
        Fault("channel", "false", .badField, .channel),
        Fault("direction", #""out""#, .badDirection, .direction),
        Fault("direction", #""Debit""#, .badDirection, .direction),
        Fault("direction", #""debit ""#, .badDirection, .direction),
        Fault("direction", "1", .badDirection, .direction),
        Fault("currency", #""XQZ""#, .unknownCurrency, .currency),
        Fault("currency", #""cny""#, .unknownCurrency, .currency),
        Fault("currency", #""CNYX""#, .unknownCurrency, .currency),
        Fault("currency", "156", .unknownCurrency, .currency),
        Fault("status", #""done""#, .badStatus, .status),
        Fault("status", "{}", .badStatus, .status),
        Fault("account_kind", #""gold""#, .badAccountKind, .accountKind),
        Fault("account_kind", "1", .badAccountKind, .accountKind),
        Fault("counterparty", #""x""#, .badField, .counterparty),
        Fault("counterparty", "[]", .badField, .counterparty),
        Fault("counterparty", #"{"class":1}"#, .badField, .counterpartyClass),
        Fault("counterparty", #"{"bank":1}"#, .badField, .counterpartyBank),
        Fault("counterparty", #"{"account_id":{}}"#, .badField, .counterpartyAccountID),
        Fault("counterparty", #"{"customer_id":true}"#, .badField, .counterpartyCustomerID),
        Fault("counterparty", #"{"same_name":"true"}"#, .badField, .counterpartySameName),
        Fault("counterparty", #"{"same_name":1}"#, .badField, .counterpartySameName),
        Fault(
            "counterparty", #"{"bank":"a","bank":"a"}"#, .duplicateKey, .counterpartyBank),
        Fault(
            "counterparty", #"{"bank":null,"b\u0061nk":"a"}"#, .duplicateKey, .counterpartyBank),
        Fault("x", #""" , "id":"e1""#, .duplicateKey, .id),
        Fault("x", #""" , "id":null"#, .duplicateKey, .id),
        Fault("x", #""" , "\u0069d":"e2""#, .duplicateKey, .id),
        Fault("branch", #""a\u0000""#, .badField, .branch),
        Fault("branch", #""a\n""#, .badField, .branch),
        Fault("branch", "\"a\u{7F}\"", .badField, .branch),
        Fault("branch", #""a\u007f""#, .badField, .branch),
        Fault("branch", "\"a\u{1}\"", .badJSON, .branch),
        Fault("x", #""a\u001f""#, .badField, nil),
        Fault("branch", #""\ud800""#, .badJSON, .branch),
        Fault("branch", #""\ud800\u0041""#, .badJSON, .branch),
        Fault("branch", #""\udc00""#, .badJSON, .branch),
        Fault("branch", #""\x""#, .badJSON, .branch),
        Fault("branch", #""\u12g4""#, .badJSON, nil),
        Fault("x", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", .tooDeep, nil),
        Fault("counterparty", #"{"x":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"#, .tooDeep, nil),
        Fault(
            "x", #"{"a":{"a":{"a":{"a":[{"a":[{"a":[{"a":[{"a":[[[[0]]]]}]}]}]}]}}}}"#, .tooDeep,
            nil),
        Fault("x", "01", .badJSON, nil), Fault("x", "1.", .badJSON, nil),
        Fault("x", ".5", .badJSON, nil), Fault("x", "+1", .badJSON, nil),
        Fault("x", "-", .badJSON, nil), Fault("x", "1e", .badJSON, nil),
        Fault("x", "tru", .badJSON, nil), Fault("x", "nul", .badJSON, nil),
        Fault("x", "nulll", .badJSON, nil), Fault("x", "NaN", .badJSON, nil),
        Fault("x", "[1,]", .badJSON, nil), Fault("x", "[1 2]", .badJSON, nil),
        Fault("x", "{,}", .badJSON, nil), Fault("x", #"{"a"}"#, .badJSON, nil),
        Fault("x", #"{"a":1,}"#, .badJSON, nil), Fault("x", "{1:2}", .badJSON, nil),
        Fault("x", "[}", .badJSON, nil), Fault("x", #"{"a":1]"#, .badJSON, nil),
        Fault("x", "", .badJSON, nil), Fault("x", "'a'", .badJSON, nil),
        Fault("amount", "-5", .badAmount, .amount), Fault("amount", "1e3", .badAmount, .amount),
        Fault("amount", "{}", .badAmount, .amount), Fault("amount", "true", .badAmount, .amount),
    ]

    @Test("have the reason and the field at fault", arguments: faults)
    func reasons(fault: Fault) {
        let json = Records.json([(fault.field, fault.value)])
        let rejection = Records.read(Array(json.utf8))
        #expect(rejection?.reason == fault.reason)
        #expect(rejection?.field == fault.named)
    }

    @Test(
        "of a text that is not UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80],
            [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xF0, 0x9F, 0x98, 0x41],
        ] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        for place in ["\"branch\":\"@\"", "\"memo\":\"@\"", "\"@\":1", "\"memo\":[\"\\u00e9@\"]"] {
            let json = Records.json().dropLast() + "," + place + "}"
            let parts = json.utf8.split(separator: 0x40)
            let value = Array(parts[0]) + bytes + Array(parts[1])
            #expect(Records.read(value)?.reason == .badUTF8)
        }
    }

    @Test("characters of every length are taken")
    func goodUTF8() {
        for scalar in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] as [UInt32] {
            let text = String(UnicodeScalar(scalar)!)
            let json = Records.json([("branch", "\"\(text)\"")])
            let rejection = Records.read(Array(json.utf8)) {
                #expect(Records.string($0.branch, $0) == text)
            }
            #expect(rejection == nil)
        }
    }

    @Test("name the byte at which the fault lies")
    func offsets() {
        let json = Records.json([("branch", "5")])
        let wanted = json.utf8.count - 2
        #expect(Records.read(Array(json.utf8)) == Rejection(.badField, .branch, at: wanted))
        let trailing = Records.json() + " x"
        #expect(
            Records.read(Array(trailing.utf8))
                == Rejection(.badJSON, nil, at: trailing.utf8.count - 1))
        let missing = Records.json([("id", nil)])
        #expect(
            Records.read(Array(missing.utf8))
                == Rejection(.missingField, .id, at: missing.utf8.count - 1))
    }

    @Test("without a value, without its key, or under another's key")
    func keys() {
        let value = Array(Records.json().utf8)
        #expect(Records.read(nil)?.reason == .missingValue)
        #expect(Records.read(value, key: nil)?.reason == .keyMismatch)
        for key in ["", "c", "c2", "c11", "C1", "c1\0"] {
            #expect(Records.read(value, key: key)?.reason == .keyMismatch)
        }
    }

    @Test(
        "that are no object or do not end with it",
        arguments: [
            "", " ", "{", "}", "{}x", "[]", "5", "null", "\"a\"", "{\"id\"", "{\"id\":",
            "\u{FEFF}{}", "{\"id\":\"e1\",}", "{,}", "{\"id\" \"e1\"}", "{id:1}",
        ])
    func noObject(json: String) {
        #expect(Records.read(Array(json.utf8))?.reason == .badJSON)
    }

    @Test("every part of a record cut short is refused")
    func prefixes() {
        let json = Array(Records.json([("counterparty", #"{"class":"cash","x":[1]}"#)]).utf8)
        for count in 0..<json.count {
            #expect(Records.read(Array(json[..<count]))?.reason == .badJSON)
        }
        #expect(Records.read(Array("{}".utf8))?.reason == .missingField)
    }
}
