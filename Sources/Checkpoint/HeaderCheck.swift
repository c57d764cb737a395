// Whether a state may be carried on under other settings or rules (semantics 9.1 and 9.7).
public import Banking
import Engine

/// Why a state may not be carried on; each is an operator's mistake in settings or rules.
public enum HeaderMismatch: Error, Sendable, Equatable {
    /// `setting` was `written` when the state was made and is `now` something else.
    case setting(String, written: String, now: String)
    /// The same id and version with another text.
    case ruleChanged(id: String, version: Int)
    /// A new rule that would judge the past; `effective_from` must be at least the clock.
    case ruleTooEarly(id: String, version: Int, clock: Instant)
}

extension StateHeader {
    /// Checks what is now in force, `now`, against this header of an existing state.
    ///
    /// `clock`: the latest clock of any task that has judged entries, nil when none has. Returns the header to write:
    /// `now`, and the marks of rules that are gone.
    public func checked(
        against now: StateHeader, clock: Instant?
    ) throws(HeaderMismatch) -> StateHeader {
        try require("bank.time_zone", timeZone, now.timeZone)
        try require("bank.currency", currency, now.currency)
        try require("tiers.measure", measure, now.measure)
        if let negative { try require("tiers.negative", negative, now.negative ?? negative) }
        // Day-ends that lie before the window were let go of.
        if let trailingDays, let days = now.trailingDays, days > trailingDays {
            try require("tiers.average.trailing_days", String(trailingDays), String(days))
        }
        try require("the number of partitions", String(partitions), String(now.partitions))
        for rule in now.rules {
            let known = rules.first { $0.id == rule.id && $0.version == rule.version }
            if let known {
                guard known.digest == rule.digest else {
                    throw .ruleChanged(id: rule.id, version: rule.version)
                }
            } else if let clock {
                guard let from = rule.effectiveFrom, from >= clock else {
                    throw .ruleTooEarly(id: rule.id, version: rule.version, clock: clock)
                }
            }
        }
        var result = now
        result.rules += rules.filter { old in
            !now.rules.contains { $0.id == old.id && $0.version == old.version }
        }
        return result
    }

    private func require(
        _ setting: String, _ written: String, _ now: String
    ) throws(HeaderMismatch) {
        if written != now { throw .setting(setting, written: written, now: now) }
    }
}
