import Banking
import Formats
import FoundationEssentials
import Testing

@Suite("Events of any bytes")
struct EventMutationTests {
    static let seeds = [
        Records.json([
            ("status", #""booked""#), ("kind", #""card""#), ("branch", #""b0é\u00e9\ud83d\ude00""#),
        ]),
        Records.json([
            ("memo", #"{"a":[1,-2.5e3,true,false,null,"x\\\"y"],"b":{}}"#),
            ("counterparty", #"{"account_id":"ca","same_name":false,"class":"cash","z":[[]]}"#),
            ("balance_after", "-12.5"),
        ]),
    ]

    @Test(
        "changed at random, they are read as JSON exactly when another reader does",
        arguments: 0..<8)
    func mutations(part: Int) throws {
        var random = Random(seed: UInt64(part) + 1)
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        let key = Array("c1".utf8)
        let decoder = JSONDecoder()
        var read = 0
        for _ in 0..<1500 {
            var bytes = Array(EventMutationTests.seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
            let rejection = reader.read(key: key.span, value: bytes.span, into: &event)
            if let rejection {
                #expect((0...bytes.count).contains(rejection.offset))
            } else {
                read += 1
            }
            let isJSON = (try? decoder.decode([String: AnyJSON].self, from: Data(bytes))) != nil
            switch rejection?.reason {
            case nil: #expect(isJSON, "\(String(decoding: bytes, as: UTF8.self))")
            case .badJSON, .badUTF8:
                // The other reader takes a byte order mark, other encodings, and a comma before a closing brace.
                let tight = bytes.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
                let isExempt =
                    bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF])
                    || tight.indices.dropLast().contains {
                        tight[$0] == 0x2C && (tight[$0 + 1] == 0x7D || tight[$0 + 1] == 0x5D)
                    }
                #expect(
                    !isJSON || isExempt,
                    "\(rejection!) \(String(decoding: bytes, as: UTF8.self))")
            default: break
            }
        }
        #expect(read > 50)
    }

    /// Records in several orders, with every field, and with values at the limits of what is read by words.
    static let producers = [
        Records.json([
            ("status", #""booked""#), ("kind", #""salary""#), ("channel", #""counter""#),
            ("booked_at", #""2025-03-01T00:00:00.518+08:00""#), ("amount", #""12345678.50""#),
        ]),
        Records.json([
            ("currency", #""KWD""#), ("amount", "123456789.125"), ("account_kind", #""loan""#),
            ("booking_date", #""2025-03-01""#), ("value_date", #""2024-02-29""#),
            ("booked_at", #""2025-03-01T10:00:00.12345678901Z""#), ("transfer_id", "null"),
            ("counterparty", #"{"bank":"b","same_name":true,"class":"third_party_payment"}"#),
            ("balance_after", #""-0.125""#), ("replaces", #""p\/q""#), ("reverses", #""r""#),
        ]),
        #"""
        {"amount":"0.01", "currency":"\u0055SD","account_id":"1234567890123456",
         "customer_id":"c1","id":"12345678","kind":"product_redemption","channel":"atm",
         "booked_at":"2025-12-31t23:59:59-05:\u0030\u0030","direction":"credit"}
        """#,
    ]

    @Test("changed at random, they read the same after other records as alone", arguments: 0..<4)
    func history(part: Int) {
        let seed = UInt64(part) + 71
        var random = Random(seed: seed)
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        var read = 0
        for round in 0..<1500 {
            var bytes = Array(EventMutationTests.producers.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) { mutate(&bytes, &random) }
            let key = Array("c1".utf8)
            let rejection = reader.read(key: key.span, value: bytes.span, into: &event)
            var alone: String?
            let wanted = Records.read(bytes) { alone = Records.describe($0) }
            let found = rejection == nil ? Records.describe(event) : nil
            #expect(
                rejection == wanted && found == alone,
                "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
            if rejection == nil { read += 1 }
        }
        #expect(read > 300)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
        let place = Int.random(in: 0..<max(bytes.count, 1), using: &random)
        guard place < bytes.count else { return }
        let structural = Array("{}[]:,\"\\ \t\n0123456789eE+-.tfnu/".utf8)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = structural.randomElement(using: &random)!
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(structural.randomElement(using: &random)!, at: place)
        case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 5: bytes.removeSubrange(place..<min(place + 4, bytes.count))
        case 6:
            let end = min(place + Int.random(in: 1...12, using: &random), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.swapAt(place, other)
        }
    }

    @Test("of random bytes, none is read and none does harm")
    func randomBytes() {
        var random = Random(seed: 99)
        let alphabet = Array(#"{}[]:,"\/ idcustomer_amount0123456789.-+eEtrufalsn"#.utf8)
        for _ in 0..<10_000 {
            let count = Int.random(in: 0..<60, using: &random)
            let isWild = Bool.random(using: &random)
            let bytes = (0..<count).map { _ in
                isWild
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet.randomElement(using: &random)!
            }
            #expect(Records.read([0x7B] + bytes) != nil)
        }
    }
}

/// Any JSON, decoded to its leaves.
private struct AnyJSON: Decodable {
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            for key in object.allKeys { _ = try object.decode(AnyJSON.self, forKey: key) }
            return
        }
        if var array = try? decoder.unkeyedContainer() {
            while !array.isAtEnd { _ = try array.decode(AnyJSON.self) }
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() { return }
        if (try? value.decode(Bool.self)) != nil { return }
        if (try? value.decode(String.self)) != nil { return }
        _ = try value.decode(Double.self)
    }

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
