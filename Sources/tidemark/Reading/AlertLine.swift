// An alert's payload as one line for people, coloured by severity where the terminal can.

/// Readable lines of alerts.
enum AlertLine {
    /// The line of `alert`.
    static func text(_ alert: JSON, colours: Bool) -> String {
        let severity = alert["severity"]?.text ?? "?"
        let time = minute(alert["occurred_at"]?.text ?? "")
        let label = severity.padded(to: 8)
        let status = alert["status"]?.text ?? "open"
        let mark = status == "open" ? "" : " [\(status)]"
        let rule = alert["rule"]?["id"]?.text ?? "?"
        let sentence = alert["summary"]?.text ?? ""
        guard colours else { return "\(time)  \(label)  \(rule.padded(to: 13))  \(sentence)\(mark)" }
        return "\u{1B}[2m\(time)\u{1B}[0m  \(colour(alert))\(label)\u{1B}[0m  "
            + "\(rule.padded(to: 13))  \(sentence)\(mark)"
    }

    /// `2025-03-01T09:15:00.000000+08:00` as `2025-03-01 09:15`.
    static func minute(_ time: String) -> String {
        time.prefix(10) + " " + time.dropFirst(11).prefix(5)
    }

    private static func colour(_ alert: JSON) -> String {
        switch alert["severity"]?.text {
        case "critical": "\u{1B}[1;31m"
        case "warning": "\u{1B}[33m"
        case "notice": "\u{1B}[36m"
        default: "\u{1B}[32m"
        }
    }
}

extension String {
    /// At least `width` characters, blanks at the end.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
