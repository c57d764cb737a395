// An alert's payload as lines for people, coloured by severity where the terminal can.
import Banking
import Operations

/// Readable lines of alerts.
enum AlertLine {
    /// The alert's severity and its sentence, wrapped.
    static func text(_ alert: JSON, colours: Bool) -> String {
        let label = (alert["severity"]?.text ?? "?").padded(to: labelWidth)
        let sentence = Wrapped.text(
            alert["summary"]?.text ?? "", width: 98 - labelWidth - 2, indent: labelWidth + 4)
        let colour = colours ? colour(alert) : Colour.none
        return "  \(colour.rawValue)\(label)\(colours ? Colour.plain : "")  \(sentence)"
    }

    private static let labelWidth = 8

    private static func colour(_ alert: JSON) -> Colour {
        if alert["kind"]?.text == RuleKind.tierChange.text.description {
            return isRise(alert) ? .green : .magenta
        }
        switch alert["severity"]?.text {
        case Severity.critical.text.description: return .red
        case Severity.warning.text.description: return .yellow
        default: return .cyan
        }
    }

    /// Whether a tier's average reached the edge of the higher level.
    private static func isRise(_ alert: JSON) -> Bool {
        func minor(_ name: String) -> Int64 {
            let text = alert[name]?["amount"]?.text ?? "0"
            return Int64(text.filter { $0 != "." }) ?? 0
        }
        return minor("value") >= minor("threshold")
    }
}

/// Colours of a terminal.
enum Colour: String {
    case none = ""
    case red = "\u{1B}[1;31m"
    case yellow = "\u{1B}[1;33m"
    case green = "\u{1B}[1;32m"
    case magenta = "\u{1B}[1;35m"
    case cyan = "\u{1B}[36m"
    case dim = "\u{1B}[2m"
    case bold = "\u{1B}[1m"

    /// Ends any colour.
    static let plain = "\u{1B}[0m"
}

/// Text in lines of bounded width.
enum Wrapped {
    /// `text` broken between words at `width`; lines after the first begin with `indent` blanks.
    static func text(_ text: String, width: Int, indent: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + word.count + 1 > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}

extension String {
    /// At least `width` characters, blanks at the end.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
