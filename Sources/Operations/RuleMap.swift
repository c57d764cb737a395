// Typed look-ups in a map of rules.yaml; every refusal names the key, its line and what to write.
import Banking

/// What a rule is read against.
struct RuleContext {
    let currency: Currency
    let calendar: BusinessCalendar
    let levels: [TierLevel]
}

/// A map of the rules file.
struct RuleMap {
    let place: YAMLPlace
    let entries: [YAMLNode.Entry]
    /// What the map is, for errors: `rule big-outflow`, `tiers`.
    var what: String

    init(_ node: YAMLNode, what: String) throws(Failure) {
        guard let entries = node.entries else {
            throw .settings(node.place, "\(what) must be a map, not \(node.kindInWords)")
        }
        place = node.place
        self.entries = entries
        self.what = what
    }

    /// The value of `key`; nil when absent or null.
    subscript(key: String) -> YAMLNode? {
        guard let value = entries.first(where: { $0.key == key })?.value, !value.isNull else {
            return nil
        }
        return value
    }

    func required(_ key: String) throws(Failure) -> YAMLNode {
        guard let node = self[key] else { throw .settings(place, "\(what) lacks \"\(key)\"") }
        return node
    }

    func checkKeys(_ known: [String]) throws(Failure) {
        for entry in entries where !known.contains(entry.key) {
            throw .settings(entry.place, Nearest.complaint("key", entry.key, among: known))
        }
    }

    func text(_ key: String) throws(Failure) -> String? {
        guard let node = self[key] else { return nil }
        guard let text = node.text else {
            throw .settings(node.place, "\(key) must be a text, not \(node.kindInWords)")
        }
        return text
    }

    func flag(_ key: String) throws(Failure) -> Bool? {
        guard let node = self[key] else { return nil }
        guard let flag = node.flag else {
            throw .settings(
                node.place, "\(key) must be true or false, not \(node.text ?? node.kindInWords)")
        }
        return flag
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, false) = node.content, let value = Int(text),
            text.utf8.allSatisfy({ (48...57).contains($0) }), range.contains(value)
        else {
            throw .settings(
                node.place,
                "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound), "
                    + "not \(node.text ?? node.kindInWords)")
        }
        return value
    }

    /// One of `words`; one of `later` is refused as not in this version.
    func choice(_ key: String, _ words: [String], later: [String] = []) throws(Failure) -> String? {
        guard let text = try text(key), let node = self[key] else { return nil }
        if later.contains(text) {
            throw .settings(
                node.place, "\(key) \"\(text)\" is not in this version; use \(words[0])")
        }
        guard words.contains(text) else {
            throw .settings(node.place, Nearest.complaint(key, text, among: words + later))
        }
        return text
    }

    /// A length of time above zero, or from zero on if `allowsZero`, in microseconds.
    func duration(_ key: String, allowsZero: Bool = false) throws(Failure) -> Int64? {
        guard let node = self[key] else { return nil }
        guard let text = node.text, let micros = Duration.microseconds(text) else {
            throw .settings(
                node.place,
                "\(key): \"\(node.text ?? node.kindInWords)\" is no length of time; \(Duration.hint)"
            )
        }
        guard micros > 0 || allowsZero else {
            throw .settings(node.place, "\(key) must be above 0")
        }
        return micros
    }

    /// An amount of `currency` in major units, as minor units.
    func amount(_ key: String, _ currency: Currency) throws(Failure) -> Int64? {
        guard let node = self[key] else { return nil }
        guard let text = node.text else {
            throw .settings(node.place, "\(key) must be an amount, not \(node.kindInWords)")
        }
        switch AmountText.minor(text, exponent: currency.exponent) {
        case .success(let minor): return minor
        case .failure(.shape):
            throw .settings(
                node.place,
                "\(key): \"\(text)\" is no amount; write digits, such as 50000 or 2500.50")
        case .failure(.decimals):
            throw .settings(
                node.place,
                "\(key): \(text) has more decimals than \(currency.code) has (\(currency.exponent))"
            )
        case .failure(.size):
            throw .settings(node.place, "\(key): \(text) is too large an amount")
        }
    }

    /// A decimal fraction above `above`, at most `limit` if there is one.
    func ratio(_ key: String, above: Int64, atMost limit: Int64?) throws(Failure) -> Ratio? {
        guard let node = self[key] else { return nil }
        let wanted = limit.map { "above \(above) and at most \($0)" } ?? "above \(above)"
        guard let text = node.text, let ratio = Ratio(text: text),
            Int128(ratio.numerator) > Int128(above) * Int128(ratio.denominator),
            limit == nil
                || Int128(ratio.numerator) <= Int128(limit ?? 0) * Int128(ratio.denominator)
        else {
            throw .settings(
                node.place,
                "\(key) must be a decimal fraction \(wanted) (at most 9 decimals), "
                    + "not \(node.text ?? node.kindInWords)")
        }
        return ratio
    }

    /// A list of texts, not empty, none twice.
    func texts(_ key: String) throws(Failure) -> [(text: String, place: YAMLPlace)]? {
        guard let node = self[key] else { return nil }
        guard let items = node.items else {
            throw .settings(
                node.place, "\(key) must be a list such as [a, b], not \(node.kindInWords)")
        }
        guard !items.isEmpty else {
            throw .settings(node.place, "\(key) is empty, so nothing would match; leave it out")
        }
        var texts: [(text: String, place: YAMLPlace)] = []
        for item in items {
            guard let text = item.text, !item.isNull else {
                throw .settings(item.place, "\(key) must hold texts, not \(item.kindInWords)")
            }
            if texts.contains(where: { $0.text == text }) {
                throw .settings(item.place, "\(key) names \"\(text)\" twice")
            }
            texts.append((text, item.place))
        }
        return texts
    }

    /// A list of some of `names`.
    func names(_ key: String, among names: [String], what: String) throws(Failure) -> [Int]? {
        guard let texts = try texts(key) else { return nil }
        var indexes: [Int] = []
        for (text, place) in texts {
            guard let index = names.firstIndex(of: text) else {
                throw .settings(place, Nearest.complaint(what, text, among: names))
            }
            indexes.append(index)
        }
        return indexes
    }
}
