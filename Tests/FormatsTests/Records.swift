import Banking
import Formats

/// Records to read.
enum Records {
    /// The fields of a sound record, as names and JSON.
    static let fields: [(String, String)] = [
        ("id", #""e1""#), ("customer_id", #""c1""#), ("account_id", #""a1""#),
        ("direction", #""debit""#), ("amount", #""12.50""#), ("currency", #""CNY""#),
        ("booked_at", #""2025-03-01T10:00:00+08:00""#),
    ]

    /// A sound record but for `changes`: a field with another value, a new field, or one left out (nil).
    static func json(_ changes: [(String, String?)] = []) -> String {
        var all = fields.map { ($0.0, Optional($0.1)) }
        for (name, value) in changes {
            if let index = all.firstIndex(where: { $0.0 == name }) {
                all[index].1 = value
            } else {
                all.append((name, value))
            }
        }
        let members = all.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return "{\(members.joined(separator: ","))}"
    }

    /// Reads `value` under `key` and gives the event to `body`; returns why it was refused.
    @discardableResult
    static func read(
        _ value: [UInt8]?, key: String? = "c1", _ body: (borrowing Event) -> Void = { _ in }
    ) -> Rejection? {
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        let keyBytes = Array((key ?? "").utf8)
        let bytes = value ?? []
        let rejection = reader.read(
            key: key == nil ? nil : keyBytes.span, value: value == nil ? nil : bytes.span,
            into: &event)
        if rejection == nil { body(event) }
        return rejection
    }

    /// The string that a text of `event` holds; nil when it is absent.
    static func string(_ text: Event.Text, _ event: borrowing Event) -> String? {
        guard text.isPresent else { return nil }
        let bytes = event.bytes(text)
        return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
    /// All that `event` holds, to compare it with another one.
    static func describe(_ event: borrowing Event) -> String {
        let texts = [
            event.id, event.customerID, event.accountID, event.replaces, event.reverses,
            event.transferID, event.branch, event.counterpartyAccountID,
            event.counterpartyCustomerID, event.counterpartyBank,
        ]
        var parts: [String] = []
        for text in texts { parts.append(string(text, event) ?? "-") }
        let numbers = [
            event.amountMinor, event.balanceAfterMinor, event.bookedAt?.microseconds,
            event.bookingDate.map { Int64($0.number) }, event.valueDate.map { Int64($0.number) },
        ]
        parts += numbers.map { $0.map { "\($0)" } ?? "-" }
        parts += [
            event.currency.code, "\(event.direction)", "\(event.status)", "\(event.kind)",
            "\(event.channel)", event.accountKind.map { "\($0)" } ?? "-",
            event.counterpartyClass.map { "\($0)" } ?? "-", event.sameName.map { "\($0)" } ?? "-",
            "\(event.unknownKind) \(event.unknownChannel) \(event.unknownClass)",
        ]
        return parts.joined(separator: "|")
    }
}
