// The Berka file: transactions of a real Czech bank, 1993 to March 1994, as events of the contract. The data has no
// licence and is never part of the repository; without it the tests that need it are skipped, by name.
import BrokerSupport
import Glibc

/// One transaction as an event, still in its bank's order.
struct BerkaEvent {
    /// Key of the record: the account is the customer.
    var customer: String
    /// `YYYY-MM-DD`.
    var date: String
    /// The payload.
    var payload: String
}

/// The transactions and the day-end balances that they must lead to.
enum Berka {
    private static let folder = packageRoot + "/../shared/data/berka"
    private static let transactions = folder + "/trans-1993q1-1994q1.asc.gz"
    private static let truth = folder + "/eod.csv.gz"

    /// The sum of rounded amounts differs from the bank's finer interest by up to this many halere.
    static let tolerance = 70
    /// The file breaks off within this day.
    static let lastDay = "1994-03-31"

    /// Whether the data is here.
    static let isAvailable = [transactions, truth].allSatisfy { (path: String) in
        unsafe access(path, R_OK) == 0
    }

    /// All transactions in the file's order, which is by day.
    static func events() throws -> [BerkaEvent] {
        let events = try lines(of: transactions).dropFirst().map(event)
        for (earlier, later) in zip(events, events.dropFirst()) {
            precondition(earlier.date <= later.date, "the file's order is by day")
        }
        return events
    }

    /// The same with each day's rows in random order and one row in a hundred twice on its day.
    static func shuffledEvents(seed: UInt64) throws -> [BerkaEvent] {
        var random = SplitMix64(seed: seed)
        var shuffled: [BerkaEvent] = []
        var day: [BerkaEvent] = []
        for event in try events() {
            if let first = day.first, first.date != event.date {
                shuffled += day.shuffled(using: &random)
                day.removeAll(keepingCapacity: true)
            }
            day.append(event)
            if Int.random(in: 0..<100, using: &random) == 0 { day.append(event) }
        }
        return shuffled + day.shuffled(using: &random)
    }

    /// True day-end balances in halere: of each customer, the days with a change, ascending.
    static func dayEnds() throws -> [String: [(date: String, halere: Int)]] {
        var ends: [String: [(date: String, halere: Int)]] = [:]
        for line in try lines(of: truth).dropFirst() {
            let fields = line.split(separator: ",")
            guard fields.count == 3, let halere = Int(fields[2]) else { continue }
            ends[String(fields[0]), default: []].append((String(fields[1]), halere))
        }
        for customer in ends.keys { ends[customer]?.sort { $0.date < $1.date } }
        return ends
    }

    private static func lines(of path: String) throws -> [Substring] {
        let text = String(decoding: try run("gzip", ["-dc", path]), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline)
    }

    private static func event(_ line: Substring) -> BerkaEvent {
        let fields = line.split(separator: ";", omittingEmptySubsequences: false).map(unquoted)
        precondition(fields.count == 10, "a row has ten fields")
        let date =
            "19\(fields[2].prefix(2))-\(fields[2].dropFirst(2).prefix(2))-\(fields[2].suffix(2))"
        let (kind, channel) = meaning(operation: fields[4], symbol: fields[7])
        var payload =
            #"{"id":"\#(fields[0])","customer_id":"\#(fields[1])","account_id":"\#(fields[1])","#
        payload +=
            #""direction":"\#(fields[3] == "PRIJEM" ? "credit" : "debit")","amount":"\#(fields[5])","#
        payload +=
            #""currency":"CZK","booking_date":"\#(date)","kind":"\#(kind)","channel":"\#(channel)""#
        if !fields[9].isEmpty, fields[9] != "0" {
            payload += #","counterparty":{"account_id":"\#(fields[9])","bank":"\#(fields[8])","#
            payload += #""class":"other_bank"}"#
        }
        return BerkaEvent(customer: fields[1], date: date, payload: payload + "}")
    }

    private static func unquoted(_ field: Substring) -> String {
        field.filter { $0 != "\"" }.split(separator: " ").joined(separator: " ")
    }

    /// What an entry is for, by its symbol where it has one, else by its operation.
    private static func meaning(operation: String, symbol: String) -> (
        kind: String, channel: String
    ) {
        switch symbol {
        case "UROK", "SANKC. UROK": return ("interest", "batch")
        case "SLUZBY": return ("fee", "batch")
        case "DUCHOD": return ("pension", "batch")
        case "SIPO": return ("standing_order", "batch")
        case "POJISTNE": return ("direct_debit", "batch")
        case "UVER": return ("loan_repayment", "batch")
        default: break
        }
        switch operation {
        case "VKLAD", "VYBER": return ("cash", "branch")
        case "VYBER KARTOU": return ("card", "atm")
        default: return ("transfer", "branch")
        }
    }
}

/// A small generator of random numbers with a seed that can be printed and given again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A seed from TIDEMARK_SEED, or a new one; printed so that a failure can be repeated.
    static func announcedSeed(_ test: String) -> UInt64 {
        let given = unsafe getenv("TIDEMARK_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 1...999_999)
        print("\(test): TIDEMARK_SEED=\(seed)")
        return seed
    }
}
