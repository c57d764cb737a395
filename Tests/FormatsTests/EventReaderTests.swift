import Banking
import Formats
import Testing

@Suite("Events from JSON")
struct EventReaderTests {
    @Test("every field of the table is read")
    func everyField() {
        let json = """
            {"id":"e1","customer_id":"c1","account_id":"a1","direction":"credit","amount":"1234.5",\
            "currency":"KWD","booked_at":"2025-03-01T10:00:00.5Z","booking_date":"2025-03-02",\
            "value_date":"2024-02-29","status":"pending","replaces":"p","reverses":"r",\
            "transfer_id":"t","account_kind":"wealth","kind":"loan_disbursement",\
            "channel":"third_party","branch":"b1","counterparty":{"account_id":"ca",\
            "customer_id":"cc","bank":"cb","same_name":true,"class":"third_party_payment"},\
            "balance_after":"-7.125"}
            """
        let rejection = Records.read(Array(json.utf8)) { event in
            #expect(Records.string(event.id, event) == "e1")
            #expect(Records.string(event.customerID, event) == "c1")
            #expect(Records.string(event.accountID, event) == "a1")
            #expect(event.direction == .credit)
            #expect(event.amountMinor == 1_234_500)
            #expect(event.currency == Currency("KWD"))
            #expect(event.bookedAt == Instant(microseconds: 1_740_823_200_500_000))
            #expect(event.bookingDate == Day(year: 2025, month: 3, day: 2))
            #expect(event.valueDate == Day(year: 2024, month: 2, day: 29))
            #expect(event.status == .pending)
            #expect(Records.string(event.replaces, event) == "p")
            #expect(Records.string(event.reverses, event) == "r")
            #expect(Records.string(event.transferID, event) == "t")
            #expect(event.accountKind == .wealth)
            #expect(event.kind == .loanDisbursement)
            #expect(event.channel == .thirdParty)
            #expect(Records.string(event.branch, event) == "b1")
            #expect(Records.string(event.counterpartyAccountID, event) == "ca")
            #expect(Records.string(event.counterpartyCustomerID, event) == "cc")
            #expect(Records.string(event.counterpartyBank, event) == "cb")
            #expect(event.sameName == true)
            #expect(event.counterpartyClass == .thirdPartyPayment)
            #expect(event.balanceAfterMinor == -7125)
            #expect(!event.unknownKind && !event.unknownChannel && !event.unknownClass)
        }
        #expect(rejection == nil)
    }

    @Test("what is left out or null is absent, and dates are not filled in")
    func absent() {
        let json = Records.json([
            ("booking_date", "null"), ("kind", "null"), ("counterparty", "null"),
            ("balance_after", "null"), ("branch", "null"), ("status", "null"),
        ])
        let rejection = Records.read(Array(json.utf8)) { event in
            #expect(event.bookingDate == nil && event.valueDate == nil)
            #expect(event.status == .booked && event.accountKind == nil)
            #expect(event.kind == .other && !event.unknownKind && event.channel == .other)
            #expect(!event.branch.isPresent && !event.transferID.isPresent)
            #expect(event.counterpartyClass == nil && event.sameName == nil)
            #expect(event.balanceAfterMinor == nil)
        }
        #expect(rejection == nil)
    }

    @Test("a date alone is enough")
    func dateOnly() {
        let json = Records.json([("booked_at", nil), ("booking_date", #""2025-03-01""#)])
        let rejection = Records.read(Array(json.utf8)) { #expect($0.bookedAt == nil) }
        #expect(rejection == nil)
    }

    @Test("unknown codes count as other or unknown, and are told")
    func unknownCodes() {
        let json = Records.json([
            ("kind", #""levitation""#), ("channel", #""""#),
            ("counterparty", #"{"class":"a class of more than twenty-four bytes"}"#),
        ])
        let rejection = Records.read(Array(json.utf8)) { event in
            #expect(event.kind == .other && event.unknownKind)
            #expect(event.channel == .other && event.unknownChannel)
            #expect(event.counterpartyClass == .unknown && event.unknownClass)
        }
        #expect(rejection == nil)
    }

    @Test("every code is read", arguments: EntryKind.allCases)
    func kinds(kind: EntryKind) {
        let json = Records.json([("kind", "\"\(kind.text)\"")])
        let rejection = Records.read(Array(json.utf8)) {
            #expect($0.kind == kind && !$0.unknownKind)
        }
        #expect(rejection == nil)
    }

    @Test("every channel is read", arguments: Channel.allCases)
    func channels(channel: Channel) {
        let json = Records.json([("channel", "\"\(channel.text)\"")])
        let rejection = Records.read(Array(json.utf8)) {
            #expect($0.channel == channel && !$0.unknownChannel)
        }
        #expect(rejection == nil)
    }

    @Test("every class is read", arguments: CounterpartyClass.allCases)
    func classes(code: CounterpartyClass) {
        let json = Records.json([("counterparty", "{\"class\":\"\(code.text)\"}")])
        let rejection = Records.read(Array(json.utf8)) {
            #expect($0.counterpartyClass == code && !$0.unknownClass)
        }
        #expect(rejection == nil)
    }

    @Test("escapes are read, in names, texts, codes, amounts and times")
    func escapes() {
        let json = #"""
            {"\u0069d":"a\"\\\/\u00e9\ud83d\ude00b中","customer_id":"c\u0031","account_id":"a1",
             "direction":"d\u0065bit","amount":"\u0031\u0032.5","currency":"\u0043NY","kind":"c\u0061sh",
             "booked_at":"2025-03-01\u005410:00:00\u002b08:00", "balance_\u0061fter":"\u002d1",
             "counterparty":{"\u0063lass":"l\u006fan"}}
            """#
        let rejection = Records.read(Array(json.utf8)) { event in
            #expect(Records.string(event.id, event) == "a\"\\/é😀b中")
            #expect(event.amountMinor == 1250 && event.balanceAfterMinor == -100)
            #expect(event.kind == .cash && event.counterpartyClass == .loan)
            #expect(event.bookedAt == Instant(microseconds: 1_740_794_400_000_000))
        }
        #expect(rejection == nil)
    }

    @Test(
        "unknown fields are skipped, whatever they hold",
        arguments: [
            #""é\u00e9\\\"""#, "-0.5e+10", "true", "false", "null", "[]", "{}", "[ [ ] , { } ]",
            #"{"id":{"id":[1,2,{"x":"y"}]},"id":2}"#, "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", "0", "1E5",
        ])
    func unknownFields(value: String) {
        for json in [
            Records.json([("memo", value)]), Records.json([("counterparty", "{\"x\":\(value)}")]),
        ] where value.first != "[" || json.contains("memo") {
            #expect(Records.read(Array(json.utf8)) == nil)
        }
    }

    @Test("blanks may stand between any two tokens")
    func blanks() {
        let json = Records.json([("counterparty", #"{"class":"cash","x":[1,{"y":2}]}"#)])
        var spaced = ""
        var inText = false
        for character in json {
            if character == "\"" { inText.toggle() }
            let isToken = !inText && "{}[]:,".contains(character)
            spaced += isToken ? " \n\t\r\(character) \n\t\r" : "\(character)"
        }
        #expect(Records.read(Array(spaced.utf8)) == nil)
    }

    @Test("fields come in any order, and one reader takes records of different orders")
    func orders() {
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        var random = Random(seed: 7)
        let key = Array("c1".utf8)
        for round in 0..<2000 {
            var fields =
                Records.fields + [
                    ("kind", #""fee""#), ("branch", #""b""#), ("memo", "[1]"), ("amount2", "1"),
                    ("counterparty", #"{"bank":"x","class":"loan"}"#), ("balance_after", "5"),
                ]
            if round % 3 != 0 { fields.shuffle(using: &random) }
            let json = "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
            let bytes = Array(json.utf8)
            #expect(reader.read(key: key.span, value: bytes.span, into: &event) == nil)
            #expect(event.amountMinor == 1250 && event.kind == .fee)
            #expect(event.balanceAfterMinor == 500 && event.counterpartyClass == .loan)
            #expect(Records.string(event.accountID, event) == "a1")
        }
    }

    @Test("a value of the greatest size is read, and one byte more is refused")
    func largest() {
        for (size, isRead) in [(65_536, true), (65_537, false)] {
            let frame = Records.json([("memo", #""""#)]).utf8.count
            let memo =
                "\"" + String(repeating: "\\u00e9", count: (size - frame) / 6)
                + String(repeating: "x", count: (size - frame) % 6) + "\""
            let bytes = Array(Records.json([("memo", memo)]).utf8)
            #expect(bytes.count == size)
            #expect((Records.read(bytes)?.reason == nil) == isRead)
            if !isRead { #expect(Records.read(bytes)?.reason == .tooLarge) }
        }
    }
}

/// A small random generator (splitmix64): the same numbers everywhere.
struct Random: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
