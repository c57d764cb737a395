// Random histories of a few customers over a few days: small numbers, so that limits, window edges and days meet
// often; late, early, date-only, doubled, foreign and refused events among them.
import Banking
import Engine
import Oracle
import Randomness

/// A history to judge.
struct History {
    var policy: Policy
    var events: [OracleEvent]
    /// Times to which the clock moves by itself before the event of an index, or behind the last one.
    var advances: [Int: [Instant]] = [:]
    /// How many days close after the last event.
    var daysToClose: Int

    /// Takes the event at `index` out; moves of the clock before it stay.
    mutating func remove(at index: Int) {
        events.remove(at: index)
        var moved: [Int: [Instant]] = [:]
        for (place, times) in advances {
            moved[place > index ? place - 1 : place, default: []] += times
        }
        advances = moved.mapValues { $0.sorted() }
    }
}

/// What kind of history it is.
private struct Style {
    var customers: Int
    var dateOnlyPercent: Int
    var disorderPercent: Int
    var oddPercent: Int
    var step: Int64
    /// Days that may pass between entries now and then.
    var leap: Int
    /// Days by which value dates stray.
    var stray: Int
    /// Steps by which entries lie back that are out of order.
    var disorder: [Int64]
}

extension Dice {
    private static let spring = Day(year: 2025, month: 3, day: 29) ?? Day(0)
    private static let may = Day(year: 2025, month: 5, day: 6) ?? Day(0)
    private static let autumn = Day(year: 2025, month: 10, day: 25) ?? Day(0)

    /// The history of this seed.
    mutating func history() -> History {
        let base = pick([Dice.spring, Dice.may, Dice.may, Dice.autumn])
        var policy = policy(base: base)
        // Now and then weeks of quiet days, on which averages move by themselves.
        let isSlow = chance(20)
        if isSlow { policy.tiers.trailingDays = pick([3, 10, 30, 90]) }
        // Or minutes with many entries, in windows that are soon full.
        let isCrowded = !isSlow && chance(25)
        if isCrowded { crowd(&policy) }
        var style = Style(
            customers: number(1...3), dateOnlyPercent: pick([0, 0, 10, 40, 100]),
            disorderPercent: pick([0, 10, 30, 60]), oddPercent: pick([0, 5, 25]),
            step: pick([30, 30, 90, 300, 900]) * Micros.minute, leap: isSlow ? 25 : 4,
            stray: isSlow ? 30 : 4, disorder: [])
        if isCrowded { style.step = pick([5, 20, 45]) * Micros.second }
        style.disorder = [style.step, Micros.hour, 5 * Micros.hour]
        var now = policy.calendar.start(of: base) + 9 * Micros.hour
        var events: [OracleEvent] = []
        for index in 0..<number(3...(isSlow ? 12 : 24)) {
            if !events.isEmpty && chance(style.oddPercent) {
                if let event = repetition(of: events) {
                    events.append(event)
                    continue
                }
            }
            now = now + Int64(number(0...3)) * style.step
            // To where an earlier minute leaves the window.
            if isCrowded, chance(15) {
                now = now + 90 * Micros.minute + pick([-60, -20, -10, 0, 20]) * Micros.second
            }
            if chance(isSlow ? 30 : 4) { now = now + Micros.day * Int64(number(1...style.leap)) }
            events.append(event(index, now, policy, style))
        }
        let advances = chance(40) ? advances(among: events, isSlow: isSlow) : [:]
        let history = History(
            policy: policy, events: events, advances: advances,
            daysToClose: number(0...(isSlow ? 60 : 4)))
        return withoutForgotten(history)
    }

    /// A long history of this seed, with logs that are many times as long as most windows.
    mutating func busyHistory() -> History {
        let base = pick([Dice.may, Dice.autumn])
        var policy = policy(base: base)
        for index in policy.rules.indices where policy.rules[index].window > 0 && chance(70) {
            policy.rules[index].window = 90 * Micros.minute
        }
        if chance(50) { policy.windowCapacity = pick([1, 3, 10, 30]) }
        let step: Int64 = pick([20 * Micros.second, Micros.minute, 10 * Micros.minute])
        // Late by moments, and now and then by hours: to and fro in the log.
        let style = Style(
            customers: number(1...2), dateOnlyPercent: pick([0, 0, 0, 4, 100]),
            disorderPercent: pick([5, 50]), oddPercent: pick([0, 10]), step: step, leap: 4,
            stray: 2, disorder: pick([[step], [step, step, step, Micros.hour, 5 * Micros.hour]]))
        var now = policy.calendar.start(of: base) + 9 * Micros.hour
        var events: [OracleEvent] = []
        for index in 0..<number(40...120) {
            if !events.isEmpty, chance(style.oddPercent), let event = repetition(of: events) {
                events.append(event)
                continue
            }
            now = now + Int64(number(0...3)) * step
            if chance(4) { now = now + Int64(number(1...4)) * Micros.hour }
            // Until the log lets go of entries.
            if chance(2) { now = now + Int64(number(1...style.leap)) * Micros.day }
            events.append(event(index, now, policy, style))
        }
        let history = History(policy: policy, events: events, daysToClose: number(0...2))
        return withoutForgotten(history)
    }

    /// Moves of the clock while nothing comes: for minutes or days, now and then several of them.
    private mutating func advances(
        among events: [OracleEvent], isSlow: Bool
    ) -> [Int: [Instant]] {
        var advances: [Int: [Instant]] = [:]
        for index in 0...events.count where chance(20) {
            guard var time = events.prefix(index).last(where: { $0.bookedAt != nil })?.bookedAt
            else { continue }
            for _ in 0..<pick([1, 1, 1, 2, 3]) {
                time = time + Int64(number(1...(isSlow ? 40 : 20))) * pick([1, 3]) * Micros.hour
                advances[index, default: []].append(time)
            }
        }
        return advances
    }

    /// Makes windows small, in entries and, most of them, in time.
    private mutating func crowd(_ policy: inout Policy) {
        policy.windowCapacity = pick([1, 2, 3, 5])
        for index in policy.rules.indices where policy.rules[index].window > 0 && chance(80) {
            policy.rules[index].window = 90 * Micros.minute
        }
    }

    /// Leaves out what comes so late that windows and days no longer know their entries: later than the duplicate horizon, and
    /// than the days that may be open.
    private func withoutForgotten(_ history: History) -> History {
        let policy = history.policy
        guard policy.rules.contains(where: { $0.window > 0 || $0.shareOfBalance != nil }) else {
            return history
        }
        let lag = max(policy.duplicateHorizon, 2 * Micros.day + policy.dayCloseAfter)
        var kept = history
        var latest = Int64.min
        var index = 0
        for (place, event) in history.events.enumerated() {
            for time in history.advances[place] ?? [] { latest = max(latest, time.microseconds) }
            let time =
                event.bookedAt
                ?? policy.calendar.lastMicrosecond(of: event.bookingDate ?? Day(0))
            if latest == .min || time.microseconds >= latest - lag {
                index += 1
            } else {
                kept.remove(at: index)
            }
            latest = max(latest, time.microseconds)
        }
        return kept
    }

    private mutating func event(
        _ index: Int, _ now: Instant, _ policy: Policy, _ style: Style
    ) -> OracleEvent {
        var event = OracleEvent()
        event.id = "e\(index)"
        event.customerID = pick(["ana", "bo", "cy"].prefix(style.customers).map { $0 })
        let account = pick([1, 1, 1, 2, 2, 3])
        event.accountID = "\(event.customerID)-\(account)"
        event.direction = chance(65) ? .debit : .credit
        event.amountMinor = pick([
            10_000, 20_000, 25_000, 30_000, 40_000, 49_999, 50_000, 60_000, 99_999, 100_000, 1, 0,
            120_000, 250_000,
        ])
        if event.direction == .credit && chance(15) { event.amountMinor = 300_000 }
        time(&event, now, policy, style)
        odds(&event, index, style, account: account)
        return event
    }

    private mutating func time(
        _ event: inout OracleEvent, _ now: Instant, _ policy: Policy, _ style: Style
    ) {
        var time = now
        if chance(style.disorderPercent) {
            time = time - Int64(number(1...12)) * pick(style.disorder)
        }
        if chance(8) { time = time + pick([1, -1]) }
        let date = policy.calendar.day(of: time)
        if chance(style.dateOnlyPercent) {
            event.bookingDate = date
        } else {
            event.bookedAt = time
            if chance(8) { event.bookingDate = date + pick([-1, 0, 1]) }
        }
        if chance(20) { event.valueDate = date + number(-style.stray...max(2, style.stray / 3)) }
        if chance(4) {
            event.timestampMillis =
                time.microseconds / 1000 - pick([0, 3_600_000, 3_600_001, 90_000_000, 90_000_001])
        }
    }

    private mutating func odds(
        _ event: inout OracleEvent, _ index: Int, _ style: Style, account: Int
    ) {
        if account == 3 && chance(90) {
            event.accountKind = event.customerID == "ana" ? .loan : .wealth
        } else if account == 2 && event.customerID == "bo" && chance(80) {
            event.accountKind = .wealth
        }
        if chance(25) {
            event.kind = pick([.transfer, .cash, .fee, .interest, .openingBalance, .tax, .salary])
        }
        if chance(25) { event.channel = pick([.mobile, .atm, .branch]) }
        if chance(25) { event.branch = pick(["P7", "P8", "P9"]) }
        if chance(20) {
            event.counterpartyClass = pick([.otherBank, .cash, .unknown, .securities])
        }
        guard chance(style.oddPercent) else { return }
        switch number(0...8) {
        case 0: event.status = .pending
        case 1: event.status = .info
        case 2: event.currency = Currency("USD") ?? .cny
        case 3: event.reverses = "e\(number(0...9))"
        case 4 where chance(50): event.reverses = "e\(max(0, index - number(1...4)))"
        case 4: event.counterpartyCustomer = event.customerID
        case 5: event.counterpartyAccount = "\(event.customerID)-\(number(1...3))"
        case 6: event.counterpartyClass = .ownAccount
        case 7: event.accountKind = pick([.deposit, .wealth])
        default: event.transferID = "x\(number(1...3))"
        }
    }

    /// An earlier event again, as it was or with something changed.
    private mutating func repetition(of events: [OracleEvent]) -> OracleEvent? {
        var event = pick(events)
        if let last = events.last, chance(40) { event = last }
        switch number(0...7) {
        case 0: event.amountMinor += 100
        case 1: event.status = event.status == .booked ? .pending : .booked
        case 2: event.channel = .phone
        case 3: event.balanceAfterMinor = 100
        case 4: move(&event)
        case 5:
            move(&event)
            if chance(70) { event.amountMinor += 100 }
            if chance(30) { event.status = event.status == .booked ? .pending : .booked }
        default: break
        }
        return event
    }

    /// Gives an event another time, or date.
    private mutating func move(_ event: inout OracleEvent) {
        guard let time = event.bookedAt else {
            event.bookingDate = (event.bookingDate ?? Day(0)) + pick([-1, 1, 2])
            return
        }
        event.bookedAt =
            time + pick([-1, 1])
            * pick([1, Micros.second, Micros.hour, Micros.day, 8 * Micros.day])
    }
}
