// Payloads of events written by hand, and events of the product's own generator.
import BrokerSupport
import Glibc
import JSONSupport

/// A debit of `amount` CNY on 6 May 2025; `more` adds or replaces fields, `without` leaves one out.
func event(
    _ id: String, _ customer: String, amount: String = "500", at time: String = "10:00:00",
    replacing: [String: String] = [:], adding more: String = "", without: String? = nil
) -> String {
    let fields = [
        ("id", "\"\(id)\""), ("customer_id", "\"\(customer)\""),
        ("account_id", "\"\(customer)-01\""),
        ("direction", "\"debit\""), ("amount", "\"\(amount)\""), ("currency", "\"CNY\""),
        ("booked_at", "\"2025-05-06T\(time)+08:00\""),
    ]
    let members = fields.filter { $0.0 != without }.map { "\"\($0.0)\":\(replacing[$0.0] ?? $0.1)" }
    return "{\(members.joined(separator: ","))\(more)}"
}

/// One debit for each number, of so many customers in turn, each worth an alert of `RuleTexts.single`.
func debits(_ numbers: Range<Int>, customers: Int = 5) -> [Outgoing] {
    numbers.map { number in
        let customer = "holder-\(number % customers)"
        return Outgoing(key: customer, value: event("n\(number)", customer))
    }
}

/// A credit of 2,000 CNY at noon, UTC, of `date`, which makes its customer gold under `RuleTexts.tiers`.
func credit(_ id: String, _ customer: String, on date: String) -> Outgoing {
    let fields = ["direction": "\"credit\"", "booked_at": "\"\(date)T12:00:00Z\""]
    return Outgoing(
        key: customer, value: event(id, customer, amount: "2000", replacing: fields))
}

/// Events that `tidemark generate` writes to a file, keyed by their customer.
func generatedEvents(count: Int, customers: Int, seed: Int, days: Int = 60) throws -> [Outgoing] {
    let scratch = try Scratch("generate")
    let path = scratch.file("events.jsonl")
    let result = try Tidemark.run(
        [
            "generate", "--output", path, "--events", "\(count)", "--customers", "\(customers)",
            "--days", "\(days)", "--start", "2025-01-01", "--seed", "\(seed)",
        ], seconds: 60)
    guard result.ending == .exited(0) else { throw Breakdown("generate: \(result.error)") }
    return try String(decoding: readFile(path), as: UTF8.self).split(separator: "\n").map { line in
        guard let customer = try JSONValue(String(line))["customer_id"].string else {
            throw Breakdown("a generated event without a customer")
        }
        return Outgoing(key: customer, value: String(line))
    }
}
