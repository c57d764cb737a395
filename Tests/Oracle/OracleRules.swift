// What a flow rule sees of entries, and its limits (semantics 2.4, 5.1, 5.2, 5.6).
import Banking
import Engine

extension Rule {
    /// The direction of the entries that fire it.
    var side: Direction {
        kind == .singleOutflow || kind == .cumulativeOutflow ? .debit : .credit
    }

    var isSingle: Bool { kind == .singleOutflow || kind == .singleInflow }

    /// The window in days, rounded up.
    var windowDays: Int { Int((window + Micros.day - 1) / Micros.day) }

    /// Whether `entry` exists for this version.
    func isBegun(for entry: Entry) -> Bool { effectiveFrom.map { entry.time >= $0 } ?? true }

    /// Whether this version sees `entry` at all.
    func sees(_ entry: Entry) -> Bool {
        guard isBegun(for: entry), !entry.isForeign, entry.accountKind != .loan, !entry.isOwn,
            entry.event.reverses == nil, isNet || entry.event.direction == side
        else { return false }
        let kind = UInt16(1) << UInt16(entry.event.kind.rawValue)
        switch entry.event.kind {
        case .openingBalance, .interest, .fee, .tax, .productPurchase, .productRedemption:
            guard let kinds, kinds & kind != 0 else { return false }
        default: break
        }
        let channel = UInt16(1) << UInt16(entry.event.channel.rawValue)
        let destination =
            UInt16(1) << UInt16((entry.event.counterpartyClass ?? .unknown).rawValue)
        return kinds.map { $0 & kind != 0 } ?? true
            && excludeKinds.map { $0 & kind == 0 } ?? true
            && channels.map { $0 & channel != 0 } ?? true
            && destinations.map { $0 & destination != 0 } ?? true
    }

    /// Whether `part` of `whole` meets the rule's limits.
    func isReached(by part: Int128, of whole: Int128) -> Bool {
        if let atLeast, part < Int128(atLeast) { return false }
        if let shareOfBalance, !shareOfBalance.isReached(by: part, of: whole) { return false }
        return true
    }

    /// The limit as an alert says it.
    func threshold(of whole: Int128) -> Int128 {
        if let atLeast { return Int128(atLeast) }
        return shareOfBalance?.roundedUp(of: whole) ?? 0
    }

    /// Whether `time` lies inside the cool-down of `state`.
    func isCooling(_ state: RuleState, at time: Instant) -> Bool {
        guard let coolDown, coolDown > 0, let latest = state.latestFiring else { return false }
        return time < latest + coolDown
    }
}
