// One record per partition of the changelog says under which settings its states were written. Text, one fact a
// line; a rule's line stays for ever, so that a version once used never gets another meaning.
public import Banking
public import Engine

/// What the states of a partition depend on.
public struct StateHeader: Sendable, Equatable {
    /// The key of the record; begins with U+0000, which no customer id can hold.
    public static let key: [UInt8] = Array("\0header".utf8)
    /// The format that this version writes.
    public static let format = 2

    /// One version of a rule that has judged entries here.
    public struct RuleMark: Sendable, Equatable {
        /// The rule's id.
        public var id: String
        /// The rule's version.
        public var version: Int
        /// Of the rule's text.
        public var digest: UInt64
        /// Nil: from the beginning.
        public var effectiveFrom: Instant?
        /// A rule's mark.
        public init(id: String, version: Int, digest: UInt64, effectiveFrom: Instant?) {
            self.id = id
            self.version = version
            self.digest = digest
            self.effectiveFrom = effectiveFrom
        }
    }

    /// The name of the bank's zone.
    public var timeZone: String
    /// ISO 4217.
    public var currency: String
    /// As in rules.yaml.
    public var measure: String
    /// As in rules.yaml; nil in format 1, which did not tell.
    public var negative: String?
    /// The days of the averages' window: older day-ends are not kept; nil in format 1.
    public var trailingDays: Int?
    /// How many partitions the input has.
    public var partitions: Int
    /// Every version that was ever in force.
    public var rules: [RuleMark]

    /// The header of a state written under `policy` over an input of `partitions`.
    public init(policy: Policy, partitions: Int) {
        timeZone = policy.calendar.name
        currency = policy.currency.code
        measure = policy.tiers.measure.text.description
        negative = policy.tiers.negativeIsZero ? "zero" : "as_is"
        trailingDays = policy.averagedDays
        self.partitions = partitions
        rules = policy.rules.map {
            RuleMark(
                id: $0.id, version: $0.version, digest: $0.digest, effectiveFrom: $0.effectiveFrom)
        }
    }

    /// Whether a record's key is one of the product's own rather than a customer's.
    public static func isReserved(key: Span<UInt8>) -> Bool { key.count > 0 && key[0] == 0 }

    /// The record's value.
    public func encoded(writer: String) -> [UInt8] {
        var text = "tidemark-state/\(StateHeader.format) \(writer)\n"
        text += "time_zone \(timeZone)\ncurrency \(currency)\nmeasure \(measure)\n"
        if let negative { text += "negative \(negative)\n" }
        if let trailingDays { text += "trailing_days \(trailingDays)\n" }
        text += "partitions \(partitions)\n"
        for rule in rules {
            let from = rule.effectiveFrom.map { String($0.microseconds) } ?? "-"
            text += "rule \(rule.id) \(rule.version) \(String(rule.digest, radix: 16)) \(from)\n"
        }
        return Array(text.utf8)
    }

    /// Reads a record's value.
    public init(_ value: Span<UInt8>) throws(HeaderError) {
        let lines = String(decoding: [UInt8](copying: value), as: UTF8.self).split(separator: "\n")
        let first = lines.first?.split(separator: " ") ?? []
        guard first.count == 2, first[0].hasPrefix("tidemark-state/"),
            let format = Int(first[0].dropFirst(15)), format >= 1
        else { throw .unreadable }
        guard format <= StateHeader.format else {
            throw .newerFormat(format, writer: String(first[1]))
        }
        timeZone = ""
        currency = ""
        measure = ""
        partitions = 0
        rules = []
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            switch words.first {
            case "time_zone" where words.count == 2: timeZone = String(words[1])
            case "currency" where words.count == 2: currency = String(words[1])
            case "measure" where words.count == 2: measure = String(words[1])
            case "negative" where words.count == 2: negative = String(words[1])
            case "trailing_days" where words.count == 2: trailingDays = Int(words[1])
            case "partitions" where words.count == 2: partitions = Int(words[1]) ?? 0
            case "rule" where words.count == 5:
                guard let version = Int(words[2]), let digest = UInt64(words[3], radix: 16)
                else { throw .unreadable }
                rules.append(
                    RuleMark(
                        id: String(words[1]), version: version, digest: digest,
                        effectiveFrom: Int64(words[4]).map { Instant(microseconds: $0) }))
            default: throw .unreadable
            }
        }
        guard !timeZone.isEmpty, !currency.isEmpty, !measure.isEmpty, partitions > 0 else {
            throw .unreadable
        }
    }
}

/// Why a header cannot be used.
public enum HeaderError: Error, Sendable, Equatable {
    /// Written by the later version `writer`, in the format given.
    case newerFormat(Int, writer: String)
    /// Not a header of this product.
    case unreadable
}
