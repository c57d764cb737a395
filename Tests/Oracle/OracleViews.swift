// What the reference says of a customer's state, in the form in which the engine says it.
package import Banking
package import Engine

extension OracleTask {
    /// The customer's state, nil for one without a booked entry.
    package func view(of id: String) -> CustomerView? {
        guard let customer = customers[id], !customer.entries.isEmpty else { return nil }
        var view = CustomerView()
        view.customerID = Array(id.utf8)
        view.accounts = accounts(of: customer)
        view.measure = Money(customer.measure(policy.tiers) { _ in true }, policy.currency)
        view.lastClosed = lastClosed
        if let lastClosed {
            view.dayEndMinor = customer.dayEnd(lastClosed, policy.tiers)
            let average = customer.average(at: lastClosed, policy.tiers)
            view.averageSum = average?.sum
            view.averageDays = average?.days ?? 0
        }
        view.tier = customer.tier.map { policy.tiers.levels[$0].name }
        return view
    }

    /// Ids of the customers with a booked entry, in the order of their bytes.
    package var customerIDs: [String] {
        customers.values.filter { !$0.entries.isEmpty }.map(\.id).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// Whether the windowed rule at `index` would fire for the customer at a crossing at `time`; nil when that cannot be
    /// said, since an entry lies behind it.
    package func isArmed(_ index: Int, customer id: String, at time: Instant) -> Bool? {
        guard let customer = customers[id], let state = customer.ruleStates[index], !state.isArmed
        else { return true }
        guard let sum = windowSum(index, customer: id, at: time) else { return nil }
        let rule = policy.rules[index]
        let whole = customer.measure(policy.tiers) { $0.time <= time - rule.window }
        return !rule.isReached(by: sum, of: whole) && !rule.isCooling(state, at: time)
    }

    /// The sum of the windowed rule at `index` over the customer's entries in the window that ends at `time`; nil when
    /// an entry lies behind that.
    package func windowSum(_ index: Int, customer id: String, at time: Instant) -> Int128? {
        guard let customer = customers[id], customer.entries.allSatisfy({ $0.time <= time }) else {
            return nil
        }
        let rule = policy.rules[index]
        let start = start(index, customer, at: time)
        var sum: Int128 = 0
        for entry in customer.entries where rule.sees(entry) && entry.time > start {
            sum += rule.side == .credit ? entry.signed : -entry.signed
        }
        return sum
    }

    private func accounts(of customer: OracleCustomer) -> [CustomerView.Account] {
        var accounts: [CustomerView.Account] = []
        for entry in customer.entries {
            let id = Array(entry.event.accountID.utf8)
            let currency = entry.event.currency
            if let index = accounts.firstIndex(where: {
                $0.accountID == id && $0.balance.currency == currency
            }) {
                accounts[index].balance.minor += entry.signed
            } else {
                accounts.append(
                    CustomerView.Account(
                        accountID: id, kind: entry.accountKind,
                        balance: Money(entry.signed, currency)))
            }
        }
        return accounts.sorted { a, b in
            a.accountID == b.accountID
                ? a.balance.currency.code < b.balance.currency.code
                : a.accountID.lexicographicallyPrecedes(b.accountID)
        }
    }
}
