// A customer as JSON: the answer of /api/customers/{id} and the value of the topic `balances` (the contract's
// section 9). Accounts are masked as in alerts.
import Banking
import Engine
import Formats

/// Writes customers.
struct CustomerJSON {
    private let currency: Currency
    private let masksAccounts: Bool

    init(policy: Policy, masksAccounts: Bool) {
        currency = policy.currency
        self.masksAccounts = masksAccounts
    }

    /// Appends the customer's JSON.
    func append(_ view: CustomerView, to bytes: inout [UInt8]) {
        JSONText.append(#"{"customer_id":"#, to: &bytes)
        JSONText.appendString(view.customerID.span, to: &bytes)
        JSONText.append(#","accounts":["#, to: &bytes)
        for (index, account) in view.accounts.enumerated() {
            if index > 0 { JSONText.append(",", to: &bytes) }
            append(account, to: &bytes)
        }
        JSONText.append(#"],"measure":"#, to: &bytes)
        JSONText.appendMoney(view.measure, to: &bytes)
        JSONText.append(#","last_closed":"#, to: &bytes)
        append(view.lastClosed, to: &bytes)
        JSONText.append(#","day_end":"#, to: &bytes)
        if let dayEnd = view.dayEndMinor {
            JSONText.appendDecimal(dayEnd, currency, to: &bytes)
        } else {
            JSONText.append("null", to: &bytes)
        }
        JSONText.append(#","average":"#, to: &bytes)
        appendAverage(of: view, to: &bytes)
        JSONText.append(#","tier":"#, to: &bytes)
        JSONText.appendString(orNull: view.tier, to: &bytes)
        JSONText.append(#","next":"#, to: &bytes)
        appendNext(of: view, to: &bytes)
        JSONText.append(#","flows":["#, to: &bytes)
        for (index, flow) in view.flows.enumerated() {
            if index > 0 { JSONText.append(",", to: &bytes) }
            append(flow, to: &bytes)
        }
        JSONText.append(#"],"profile":null}"#, to: &bytes)
    }

    private func append(_ account: CustomerView.Account, to bytes: inout [UInt8]) {
        JSONText.append(#"{"account_id":"#, to: &bytes)
        JSONText.appendAccount(account.accountID.span, masked: masksAccounts, to: &bytes)
        JSONText.append(#","kind":"#, to: &bytes)
        JSONText.appendCode(account.kind.text, to: &bytes)
        JSONText.append(#","currency":"#, to: &bytes)
        JSONText.appendString(account.balance.currency.code, to: &bytes)
        JSONText.append(#","balance":"#, to: &bytes)
        JSONText.appendDecimal(account.balance.minor, account.balance.currency, to: &bytes)
        JSONText.append("}", to: &bytes)
    }

    private func appendAverage(of view: CustomerView, to bytes: inout [UInt8]) {
        guard let sum = view.averageSum, view.averageDays > 0 else {
            JSONText.append("null", to: &bytes)
            return
        }
        JSONText.append(#"{"sum":"#, to: &bytes)
        JSONText.appendDecimal(sum, currency, to: &bytes)
        JSONText.append(#","days":"#, to: &bytes)
        JSONText.appendInteger(view.averageDays, to: &bytes)
        JSONText.append(#","amount":"#, to: &bytes)
        let amount = roundedHalfEven(sum, by: Int128(view.averageDays))
        JSONText.appendDecimal(amount, currency, to: &bytes)
        JSONText.append("}", to: &bytes)
    }

    private func appendNext(of view: CustomerView, to bytes: inout [UInt8]) {
        guard let next = view.next else {
            JSONText.append("null", to: &bytes)
            return
        }
        JSONText.append(#"{"level":"#, to: &bytes)
        JSONText.appendString(next.level, to: &bytes)
        JSONText.append(#","missing":"#, to: &bytes)
        JSONText.appendDecimal(next.missingMinor, currency, to: &bytes)
        JSONText.append(#","date":"#, to: &bytes)
        append(next.date, to: &bytes)
        JSONText.append("}", to: &bytes)
    }

    private func append(_ flow: CustomerView.Flow, to bytes: inout [UInt8]) {
        JSONText.append(#"{"rule":"#, to: &bytes)
        JSONText.appendString(flow.rule, to: &bytes)
        JSONText.append(#","version":"#, to: &bytes)
        JSONText.appendInteger(flow.version, to: &bytes)
        JSONText.append(#","sum":"#, to: &bytes)
        JSONText.appendDecimal(flow.sumMinor, currency, to: &bytes)
        JSONText.append(#","armed":"#, to: &bytes)
        JSONText.append(flow.isArmed ? "true}" : "false}", to: &bytes)
    }

    private func append(_ day: Day?, to bytes: inout [UInt8]) {
        if let day {
            JSONText.appendDate(day, to: &bytes)
        } else {
            JSONText.append("null", to: &bytes)
        }
    }
}
