// Makes a failing history small: events and rules go one by one as long as engine and reference still differ.
import Banking
import Engine
import Oracle

/// A history as small as leaving things out makes it, with the difference it still shows.
func shrunken(_ history: History, _ found: Difference) -> (History, Difference) {
    var history = history
    var found = found
    if found.step < history.events.count {
        var shorter = history
        shorter.events = Array(history.events[...found.step])
        shorter.advances = history.advances.filter { $0.key <= found.step }
        if let difference = difference(shorter) { (history, found) = (shorter, difference) }
    }
    var isSmaller = true
    while isSmaller {
        isSmaller = false
        for candidate in smaller(history) {
            guard let difference = difference(candidate) else { continue }
            (history, found) = (candidate, difference)
            isSmaller = true
            break
        }
    }
    return (history, found)
}

private func smaller(_ history: History) -> [History] {
    var candidates: [History] = []
    for index in history.events.indices {
        var candidate = history
        candidate.remove(at: index)
        candidates.append(candidate)
    }
    for (index, times) in history.advances.sorted(by: { $0.key < $1.key }) {
        for place in times.indices {
            var candidate = history
            candidate.advances[index]?.remove(at: place)
            candidates.append(candidate)
        }
    }
    for index in history.policy.rules.indices where history.policy.rules.count > 1 {
        var candidate = history
        candidate.policy.rules.remove(at: index)
        candidates.append(candidate)
    }
    if history.daysToClose > 0 {
        var candidate = history
        candidate.daysToClose -= 1
        candidates.append(candidate)
    }
    candidates += history.events.indices.flatMap { simpler(history, $0) }
    candidates += history.policy.rules.indices.flatMap { simplerRule(history, $0) }
    return candidates
}

private func simpler(_ history: History, _ index: Int) -> [History] {
    let changes: [(inout OracleEvent) -> Void] = [
        { $0.channel = .other }, { $0.kind = .other }, { $0.branch = nil },
        { $0.counterpartyClass = nil }, { $0.valueDate = nil }, { $0.timestampMillis = -1 },
        { $0.transferID = nil }, { $0.accountKind = nil }, { $0.balanceAfterMinor = nil },
        { if $0.bookedAt != nil { $0.bookingDate = nil } },
    ]
    return changes.compactMap { change in
        var candidate = history
        change(&candidate.events[index])
        return candidate.events[index] == history.events[index] ? nil : candidate
    }
}

private func simplerRule(_ history: History, _ index: Int) -> [History] {
    let changes: [(inout Rule) -> Bool] = [
        { rule in
            let had = rule.coolDown != nil; rule.coolDown = nil; return had
        },
        { rule in
            let had = rule.escalateBy != nil; rule.escalateBy = nil; return had
        },
        { rule in
            let had = rule.channels != nil; rule.channels = nil; return had
        },
        { rule in
            let had = rule.kinds != nil; rule.kinds = nil; return had
        },
        { rule in
            let had = rule.excludeKinds != nil; rule.excludeKinds = nil; return had
        },
        { rule in
            let had = rule.destinations != nil; rule.destinations = nil; return had
        },
        { rule in
            let had = rule.tiers != nil; rule.tiers = nil; return had
        },
        { rule in
            let had = rule.branches != nil; rule.branches = nil; return had
        },
        { rule in
            let had = rule.isNet; rule.isNet = false; return had
        },
        { rule in
            let had = rule.atLeast != nil && rule.shareOfBalance != nil
            if had { rule.shareOfBalance = nil }
            return had
        },
    ]
    return changes.compactMap { change in
        var candidate = history
        return change(&candidate.policy.rules[index]) ? candidate : nil
    }
}

extension History {
    /// Everything that is needed to follow the history by hand.
    var description: String {
        let tiers = policy.tiers
        var lines = [
            "zone \(policy.calendar.name), day_close_after \(policy.dayCloseAfter / Micros.minute)m,"
                + " duplicate_horizon \(policy.duplicateHorizon / Micros.hour)h,"
                + " reversal_horizon \(policy.reversalHorizon / Micros.hour)h",
            "tiers \(tiers.measure) negative \(tiers.negativeIsZero ? "zero" : "as_is")"
                + " trailing \(tiers.trailingDays) \(tiers.denominator)"
                + " min \(tiers.minHistoryDays) levels \(tiers.levels.map(\.fromMinor))",
        ]
        lines += policy.rules.map { "rule \(text($0))" }
        func moves(_ index: Int) -> [String] {
            (advances[index] ?? []).map { "\(index): the clock moves to local \(local($0))" }
        }
        for (index, event) in events.enumerated() {
            lines += moves(index)
            let at = event.timestampMillis >= 0 ? " timestamp \(event.timestampMillis)" : ""
            let clock = event.bookedAt.map { " local \(local($0))" } ?? ""
            lines.append("\(index): \(event.payload)\(clock)\(at)")
        }
        lines += moves(events.count)
        lines.append("then \(daysToClose) days close")
        return lines.joined(separator: "\n")
    }

    private func local(_ time: Instant) -> String {
        let shift = policy.calendar.offsetMicroseconds(at: time)
        return String(OracleEvent.timestamp(time + shift).dropLast())
    }

    private func text(_ rule: Rule) -> String {
        var parts = ["\(rule.id)@\(rule.version) \(rule.kind)"]
        func add(_ name: String, _ value: Any?) {
            if let value { parts.append("\(name) \(value)") }
        }
        add("at_least", rule.atLeast)
        add("share", rule.shareOfBalance.map { "\($0.numerator)/\($0.denominator)" })
        if rule.window > 0 { add("window", "\(rule.window / Micros.minute)m") }
        if rule.isNet { parts.append("net") }
        add("cool_down", rule.coolDown.map { "\($0 / Micros.minute)m" })
        add("escalate_by", rule.escalateBy.map { "\($0.numerator)/\($0.denominator)" })
        add("from", rule.effectiveFrom.map(local))
        add("channels", rule.channels)
        add("kinds", rule.kinds)
        add("exclude_kinds", rule.excludeKinds)
        add("destinations", rule.destinations)
        add("tiers", rule.tiers?.sorted())
        add("branches", rule.branches?.sorted())
        add("min_star", rule.minStar)
        add("types", rule.customerTypes)
        add("segments", rule.segments)
        if rule.unknownPasses { parts.append("unknown pass") }
        if rule.isShadow { parts.append("shadow") }
        if rule.kind == .tierChange { parts.append("\(rule.tierDirection) \(rule.assigned)") }
        return parts.joined(separator: " ")
    }
}
