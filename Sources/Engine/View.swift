// A customer as an operator sees it.
internal import Banking

extension Shard {
    /// The customer `id` as it stands, if it is known.
    ///
    /// Costs its accounts, steps and entries.
    public mutating func view(of id: Span<UInt8>) -> CustomerView? {
        let slot = table.find(id, hash: table.hash(id))
        return slot < 0 ? nil : view(slot)
    }

    mutating func view(_ slot: Int) -> CustomerView {
        var view = CustomerView()
        let id = table[slot].id
        view.customerID.append(copying: id)
        view.accounts = accounts(slot)
        view.measure = Money(table[slot].measure, policy.currency)
        if clockTime != .min {
            let closed = lastClosed(of: slot)
            view.lastClosed = closed
            grade(&view, slot, closed.number)
        }
        let states = table[slot].windows.count / MemoryLayout<WindowState>.stride
        for index in 0..<states {
            let rule = rules.windows[index]
            var state = table[slot].windowState(index)
            // Entries without a time may lie ahead of the clock, and windows with them.
            if table[slot].lastTime > clockTime { state.tail = .max }
            // To the task's clock: what the log has let go of lies before every window that ends there.
            rule.roll(&state, table[slot].entries, to: clockTime, end: table[slot].entries.count)
            let definition = policy.rules[rule.screen.rule]
            view.flows.append(
                CustomerView.Flow(
                    rule: definition.id, version: definition.version, sumMinor: state.sum,
                    isArmed: isArmed(rule, state, slot)))
        }
        return view
    }

    /// Whether a crossing of the limit would fire now: a rule that has fired arms with the next entry once the sum is
    /// below the limit and the cool-down over, which its state only says after that entry.
    ///
    /// `state` must have been rolled to the task's clock.
    private mutating func isArmed(_ rule: WindowRule, _ state: WindowState, _ slot: Int) -> Bool {
        if state.isArmed { return true }
        guard state.isCool(clockTime, rule.screen.coolDown) else { return false }
        let whole =
            rule.screen.share == nil
            ? 0 : measure(of: slot, upTo: clockTime - rule.window, from: 0)
        return !rule.screen.isReached(state.sum, whole: whole)
    }

    private func accounts(_ slot: Int) -> [CustomerView.Account] {
        var accounts: [CustomerView.Account] = []
        var offset = AccountList.first(table[slot].head)
        var index = 0
        while offset < table[slot].head.count {
            let row = AccountList.row(table[slot].head, at: offset, index: index)
            let id = [UInt8](copying: table[slot].head.bytes(row.id))
            var at = row.balancesOffset
            for _ in 0..<row.balances {
                let packed = table[slot].head.load(at, as: UInt16.self)
                let minor = AccountList.load(table[slot].head, at)
                if let currency = Currency(packed: packed) {
                    accounts.append(
                        CustomerView.Account(
                            accountID: id, kind: row.kind, balance: Money(minor, currency)))
                }
                at += AccountList.balanceBytes
            }
            offset = row.end
            index += 1
        }
        return accounts
    }

    private mutating func grade(_ view: inout CustomerView, _ slot: Int, _ lastClosed: Int32) {
        grading.trace(table[slot])
        view.dayEndMinor = grading.timeline.dayEnd(lastClosed)
        let levels = policy.tiers.levels
        let tier = Int(table[slot].tier)
        if tier >= 0, tier < levels.count { view.tier = levels[tier].name }
        guard
            let average = grading.averageSoFar(start: table[slot].startDay, day: lastClosed)
        else { return }
        view.averageSum = average.sum
        view.averageDays = average.days
        guard average.level + 1 < levels.count else { return }
        let edge = levels[average.level + 1]
        let missing = Int128(edge.fromMinor) * Int128(average.days) - average.sum
        let days = Int128(average.days)
        view.next = CustomerView.Next(
            level: edge.name, missingMinor: (missing + days - 1) / days,
            date: grading.nextRise(
                start: table[slot].startDay, after: lastClosed, average: average
            ).map { Day($0) })
    }
}
