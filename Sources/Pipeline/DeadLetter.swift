// A refused record on its way to the topic of rejected ones (the contract's section 5): original key, value and
// headers, and why. Headers of an earlier attempt are replaced, the attempt is counted on.
import Banking
import Kafka

/// Builds dead letters.
struct DeadLetters {
    let topic: String
    let payload: Settings.RejectedPayload
    /// The most bytes of key and value together that the topic surely takes.
    let maxBytes: Int

    static let own = [
        "tidemark-reason", "tidemark-detail", "tidemark-source", "tidemark-attempt",
    ]

    /// Adds the dead letter of `record` to `outbox`.
    func add(
        _ record: borrowing Record, _ rejection: Rejection, to outbox: inout Outbox, now: Int64
    ) {
        var headers = Headers()
        var attempt = 0
        var headerBytes = 0
        record.forEachHeader { name, value in
            if DeadLetters.own.contains(name) {
                guard name == "tidemark-attempt", let value else { return }
                attempt = DeadLetters.number(value).map { $0 + 1 } ?? 0
                return
            }
            headerBytes += name.utf8.count + (value?.count ?? 0)
            if let value { headers.add(name, bytes: value) } else { headers.addNull(name) }
        }
        let valueBytes = record.value?.count ?? 0
        let keyBytes = record.key?.count ?? 0
        let isTooLarge = valueBytes + keyBytes + headerBytes > maxBytes
        var detail = rejection.field.map { $0.text.description } ?? ""
        detail += "@\(rejection.offset)"
        if isTooLarge { detail += " value of \(valueBytes) bytes left out" }
        headers.add("tidemark-reason", rejection.reason.text.description)
        headers.add("tidemark-detail", detail)
        headers.add("tidemark-source", "\(topic)/\(record.partition)/\(record.offset)")
        headers.add("tidemark-attempt", String(attempt))

        let hasKey = record.key != nil
        let chunk = outbox.begin()
        var key = 0..<0
        if let bytes = record.key { key = outbox.copy(bytes) }
        var value = 0..<0
        if payload == .keep, !isTooLarge, let bytes = record.value { value = outbox.copy(bytes) }
        outbox.add(
            Outbox.Item(
                output: .rejected, hasKey: hasKey, hasValue: record.value != nil,
                chunk: chunk, key: key,
                value: value, partition: record.partition, offset: record.offset,
                headers: outbox.add(headers: headers), reason: rejection.reason), now: now)
    }

    private static func number(_ bytes: Span<UInt8>) -> Int? {
        var number = 0
        guard (1...9).contains(bytes.count) else { return nil }
        for index in bytes.indices {
            guard (48...57).contains(bytes[index]) else { return nil }
            number = number * 10 + Int(bytes[index] - 48)
        }
        return number
    }
}
