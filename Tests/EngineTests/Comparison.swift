// Runs one history through the engine and through the naive reference and says where they first differ.
import Banking
import Engine
import Formats
import Oracle

/// Where engine and reference part.
struct Difference {
    /// Index of the event, or the count of events for the days closed after them.
    var step: Int
    var text: String
}

/// The engine fed through the reader of records, as a worker feeds it.
struct EngineRun: ~Copyable {
    var shard: Shard
    private var reader: EventReader
    private var event = Event()
    /// Alerts that a close has handed over.
    private let handed = Handed()

    private final class Handed { var alerts: [OracleAlert] = [] }

    init(policy: Policy, tracksChanges: Bool = false) {
        shard = Shard(policy: policy, tracksChanges: tracksChanges)
        reader = EventReader(bankCurrency: policy.currency)
    }

    /// Applies one event at `offset`.
    mutating func apply(_ input: OracleEvent, offset: Int64) -> Outcome {
        let key = Array(input.customerID.utf8)
        let value = Array(input.payload.utf8)
        if let rejection = reader.read(key: key.span, value: value.span, into: &event) {
            return .refused(rejection)
        }
        return shard.apply(&event, timestampMillis: input.timestampMillis, offset: offset)
    }

    /// Lets closes be done in parts, which stop whenever `mayGoOn` says so.
    mutating func cut(_ pace: ClosePace, mayGoOn: @escaping () -> Bool) {
        shard.pace = pace
        shard.onManyAlerts = { [handed] alerts, _ in
            for index in 0..<alerts.count { handed.alerts.append(OracleAlert(alerts[index])) }
            return mayGoOn()
        }
    }

    /// The alerts since the last call.
    mutating func drain() -> [OracleAlert] {
        let alerts = handed.alerts + (0..<shard.alerts.count).map { OracleAlert(shard.alerts[$0]) }
        handed.alerts = []
        shard.removeAlerts()
        return alerts
    }

    mutating func view(of id: String) -> CustomerView? {
        let bytes = Array(id.utf8)
        return shard.view(of: bytes.span)
    }
}

/// The first difference between engine and reference over `history`, nil when there is none.
func difference(_ history: History) -> Difference? {
    var engine = EngineRun(policy: history.policy)
    var oracle = OracleTask(policy: history.policy)
    for (step, event) in history.events.enumerated() {
        for time in history.advances[step] ?? [] {
            if let text = advance(&engine, &oracle, to: time, Int64(step), history.policy) {
                return Difference(step: step, text: text)
            }
        }
        let told = oracle.alerts.count
        let outcome = engine.apply(event, offset: Int64(step))
        let expected = oracle.apply(event, offset: Int64(step))
        if let text = mismatch(outcome, expected) { return Difference(step: step, text: text) }
        let alerts = engine.drain()
        if let text = mismatch(alerts, Array(oracle.alerts[told...])) {
            return Difference(step: step, text: text)
        }
        if engine.shard.clock != TaskClock(time: oracle.time, lastClosed: oracle.lastClosed) {
            return Difference(
                step: step,
                text: "clock \(engine.shard.clock), expected \(oracle.time as Any)"
                    + " \(oracle.lastClosed as Any)")
        }
        if let text = mismatch(&engine, oracle, history.policy) {
            return Difference(step: step, text: text)
        }
    }
    let step = history.events.count
    for time in history.advances[step] ?? [] {
        if let text = advance(&engine, &oracle, to: time, Int64(step), history.policy) {
            return Difference(step: step, text: text)
        }
    }
    guard let last = oracle.lastClosed, history.daysToClose > 0 else { return nil }
    let told = oracle.alerts.count
    engine.shard.closeThrough(last + history.daysToClose, offset: Int64(step))
    oracle.closeThrough(last + history.daysToClose, offset: Int64(step))
    let text =
        mismatch(engine.drain(), Array(oracle.alerts[told...]))
        ?? mismatch(&engine, oracle, history.policy)
    return text.map { Difference(step: step, text: $0) }
}

/// Moves both clocks, and says in what they differ then.
private func advance(
    _ engine: inout EngineRun, _ oracle: inout OracleTask, to time: Instant, _ offset: Int64,
    _ policy: Policy
) -> String? {
    let told = oracle.alerts.count
    let isDue = engine.shard.nextDue.map { $0 <= time } ?? false
    let (clock, closed) = (engine.shard.clock, oracle.lastClosed)
    let moved = engine.shard.advance(to: time, offset: offset)
    oracle.advance(to: time)
    if moved != (engine.shard.clock != clock) { return "the clock moved: \(moved)" }
    if isDue != (oracle.lastClosed != closed) { return "a date was due: \(isDue)" }
    if engine.shard.clock != TaskClock(time: oracle.time, lastClosed: oracle.lastClosed) {
        return "clock \(engine.shard.clock), expected \(oracle.time as Any)"
    }
    return mismatch(engine.drain(), Array(oracle.alerts[told...]))
        ?? mismatch(&engine, oracle, policy)
}

private func mismatch(_ outcome: Outcome, _ expected: OracleOutcome) -> String? {
    switch (outcome, expected) {
    case (.applied, .applied), (.duplicate, .duplicate): return nil
    case (.refused(let rejection), .refused(let reasons)) where reasons.contains(rejection.reason):
        return nil
    default: return "outcome \(outcome), expected \(expected)"
    }
}

private func mismatch(_ alerts: [OracleAlert], _ expected: [OracleAlert]) -> String? {
    guard alerts != expected else { return nil }
    var lines = ["alerts differ"]
    for index in 0..<max(alerts.count, expected.count) {
        let engine = index < alerts.count ? alerts[index] : nil
        let oracle = index < expected.count ? expected[index] : nil
        if engine == oracle { continue }
        if let engine, let oracle, engine.name == oracle.name {
            lines.append("  alert \(engine.name): \(fields(engine, oracle))")
        } else {
            lines.append("  engine: \(engine.map(\.description) ?? "nothing")")
            lines.append("  oracle: \(oracle.map(\.description) ?? "nothing")")
        }
    }
    return lines.joined(separator: "\n")
}

private func mismatch(
    _ engine: inout EngineRun, _ oracle: OracleTask, _ policy: Policy
) -> String? {
    let counters = engine.shard.counters
    let counts = [
        ("duplicates", counters.duplicates, oracle.duplicates),
        ("undecided", counters.undecidedMissingRate, oracle.undecidedMissingRate),
        ("unverifiable age", counters.unverifiableAge, oracle.unverifiableAge),
        ("suppressed", counters.suppressedCoolDown, oracle.suppressedCoolDown),
        ("merged", counters.windowMerged, oracle.windowMerged),
    ]
    for (name, engine, oracle) in counts where engine != oracle {
        return "counter \(name) is \(engine), expected \(oracle)"
    }
    for id in oracle.customerIDs {
        guard let expected = oracle.view(of: id) else { continue }
        guard let view = engine.view(of: id) else { return "customer \(id) is not known" }
        let ours = standing(view)
        let theirs = standing(expected)
        if ours != theirs { return "customer \(id) is \(ours),\n  expected \(theirs)" }
        for (index, rule) in policy.rules.enumerated() {
            for flow in view.flows where flow.rule == rule.id && flow.version == rule.version {
                // Closes at the end of a history move the engine's clock alone.
                if let time = engine.shard.clock.time,
                    let sum = oracle.windowSum(index, customer: id, at: time), flow.sumMinor != sum
                {
                    return "rule \(rule.id)@\(rule.version) of \(id) has summed \(flow.sumMinor),"
                        + " expected \(sum)"
                }
                let isOnly = policy.rules.count { $0.id == rule.id } == 1
                if isOnly, let time = engine.shard.clock.time,
                    let isArmed = oracle.isArmed(index, customer: id, at: time),
                    flow.isArmed != isArmed
                {
                    return "rule \(rule.id)@\(rule.version) of \(id) armed \(flow.isArmed),"
                        + " expected \(isArmed)"
                }
            }
        }
    }
    return nil
}

/// A view as text, accounts in order.
func standing(_ view: CustomerView) -> String {
    let accounts = view.accounts.map {
        "\(String(decoding: $0.accountID, as: UTF8.self)) \($0.kind) \($0.balance.minor)"
            + " \($0.balance.currency.code)"
    }
    let average = view.averageSum.map { "\($0)/\(view.averageDays)" } ?? "none"
    return "\(accounts.sorted()) measure \(view.measure.minor) closed"
        + " \(view.lastClosed.map(OracleEvent.date) ?? "none")"
        + " day-end \(view.dayEndMinor.map { "\($0)" } ?? "none") average \(average)"
        + " tier \(view.tier ?? "none")"
}

extension OracleAlert {
    /// What names the alert's version.
    var name: String {
        let anchor =
            switch anchor {
            case .entry(_, let id): id
            case .date(let day): OracleEvent.date(day)
            case .late(let day, let count): "\(OracleEvent.date(day)):late\(count)"
            }
        return "\(ruleID)@\(ruleVersion)/\(customerID)/\(anchor) v\(version) \(status)"
    }

    var description: String {
        "\(name) value \(valueMinor ?? -1) limit \(thresholdMinor ?? -1)"
            + " balance \(balanceBefore) -> \(balanceAfter)"
    }
}

/// The fields in which two alerts of one name differ.
private func fields(_ engine: OracleAlert, _ oracle: OracleAlert) -> String {
    let theirs = Array(Mirror(reflecting: oracle).children)
    return Mirror(reflecting: engine).children.enumerated().compactMap { index, child in
        let ours = "\(child.value)"
        let other = "\(theirs[index].value)"
        return ours == other ? nil : "\(child.label ?? "?"): \(ours), expected \(other)"
    }.joined(separator: "; ")
}
