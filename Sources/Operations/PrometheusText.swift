// The text format of Prometheus, version 0.0.4: families one after the other, each with its help and type.

/// Appends metric families to a text.
struct PrometheusText {
    /// The type of a family.
    enum Kind: String {
        case counter, gauge, histogram, untyped
    }

    typealias Label = (name: String, value: String)

    private(set) var bytes: [UInt8] = []

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// One sample of a whole number.
    mutating func sample(_ name: String, _ labels: [Label], _ value: Int64) {
        sample(name, labels, text: "\(value)")
    }

    /// One sample whose value is written out already.
    mutating func sample(_ name: String, _ labels: [Label] = [], text: String) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            let inner = labels.map { "\($0.name)=\"\(PrometheusText.escaped($0.value))\"" }
            bytes.append(contentsOf: "{\(inner.joined(separator: ","))}".utf8)
        }
        bytes.append(contentsOf: " \(text)\n".utf8)
    }

    /// Microseconds as seconds, exact.
    static func seconds(_ microseconds: some FixedWidthInteger) -> String {
        let magnitude = microseconds.magnitude
        let digits = "\(magnitude % 1_000_000)"
        var fraction = String(repeating: "0", count: 6 - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let sign = microseconds < 0 ? "-" : ""
        return sign + "\(magnitude / 1_000_000)" + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// Seconds with at most six decimals; 0 for what is no number.
    static func seconds(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "0" }
        return seconds(Int64((value * 1e6).rounded()))
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text
    }
}
