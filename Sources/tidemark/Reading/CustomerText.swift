// A customer's JSON as lines for people.
import Operations

/// Readable text of /api/customers/{id}.
enum CustomerText {
    /// The lines about `customer`, with the newest of their `alerts`.
    static func text(_ customer: JSON, alerts: [JSON], colours: Bool) -> String {
        var lines = ["Customer \(customer["customer_id"]?.text ?? "?")"]
        let currency = customer["measure"]?["currency"]?.text ?? ""
        lines += accounts(customer["accounts"]?.items ?? [])
        lines += standing(customer, currency)
        lines += flows(customer["flows"]?.items ?? [], currency)
        lines += recent(alerts, colours)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The most alerts that are shown.
    static let mostAlerts = 5

    private static func accounts(_ accounts: [JSON]) -> [String] {
        guard !accounts.isEmpty else { return [] }
        let amounts = accounts.map { MoneyText.grouped($0["balance"]?.text ?? "?") }
        let width = amounts.map(\.count).max() ?? 0
        var lines = ["", "Accounts"]
        for (account, amount) in zip(accounts, amounts) {
            let id = account["account_id"]?.text ?? "?"
            let kind = account["kind"]?.text ?? "?"
            let blanks = String(repeating: " ", count: width - amount.count)
            lines.append("  \(id)  \(blanks)\(amount) \(account["currency"]?.text ?? "")  \(kind)")
        }
        return lines
    }

    private static func standing(_ customer: JSON, _ currency: String) -> [String] {
        var lines = [""]
        func line(_ name: String, _ value: String) {
            lines.append(name + String(repeating: " ", count: max(1, 14 - name.count)) + value)
        }
        func money(_ value: JSON?) -> String {
            "\(MoneyText.grouped(value?.text ?? "?")) \(currency)"
        }
        line("Balance", money(customer["measure"]?["amount"]))
        if let date = customer["last_closed"]?.text, let dayEnd = customer["day_end"],
            !dayEnd.isNull
        {
            line("Day-end", "\(money(dayEnd)) on \(date), the last closed date")
        }
        if let average = customer["average"], !average.isNull {
            line("Average", "\(money(average["amount"])) over \(days(average["days"]))")
        }
        line("Tier", customer["tier"]?.text ?? "none yet")
        if let next = customer["next"], !next.isNull {
            let when = next["date"]?.text.map { ", reached on \($0) if nothing moves" }
            line(
                "Next tier",
                "\(next["level"]?.text ?? "?"): the average misses \(money(next["missing"]))"
                    + (when ?? ", not reached if nothing moves"))
        }
        return lines
    }

    private static func days(_ value: JSON?) -> String {
        let count = value?.text ?? "?"
        return count == "1" ? "1 day" : "\(count) days"
    }

    private static func flows(_ flows: [JSON], _ currency: String) -> [String] {
        guard !flows.isEmpty else { return [] }
        return ["", "Running sums"]
            + flows.map { flow in
                let sum = MoneyText.grouped(
                    flow["sum"]?.text ?? flow["sum"]?["amount"]?.text ?? "?")
                let armed = flow["armed"] == .bool(false) ? ", has fired" : ""
                return "  \(flow["rule"]?.text ?? "?")  \(sum) \(currency)\(armed)"
            }
    }

    private static func recent(_ alerts: [JSON], _ colours: Bool) -> [String] {
        guard !alerts.isEmpty else { return [] }
        return ["", "Latest alerts"]
            + alerts.prefix(mostAlerts).map { alert in
                AlertLine.text(alert, colours: colours)
            }
    }
}

/// Amounts for reading.
enum MoneyText {
    /// `-1234567.50` as `-1,234,567.50`.
    static func grouped(_ decimal: String) -> String {
        let isNegative = decimal.hasPrefix("-")
        let parts = decimal.drop { $0 == "-" }.split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.allSatisfy(\.isNumber) else {
            return decimal
        }
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        if parts.count == 2 { text += "." + parts[1] }
        return (isNegative ? "-" : "") + text
    }
}
