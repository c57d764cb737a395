import Banking
import Engine
import Testing

@testable import Pipeline

@Suite("Customers")
struct CustomerTests {
    private func written(_ view: CustomerView) throws -> JSONValue {
        let policy = Policy(
            calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
            dayCloseAfter: 0, duplicateHorizon: 0, reversalHorizon: 0, futureLimit: 0,
            tiers: TierPolicy(), rules: [])
        var bytes: [UInt8] = []
        CustomerJSON(policy: policy, masksAccounts: true).append(view, to: &bytes)
        return try JSONValue(parsing: bytes)
    }

    @Test("a customer of whom all is known fits the schema")
    func full() throws {
        var view = CustomerView()
        view.customerID = Array("c-1001".utf8)
        view.accounts = [
            CustomerView.Account(
                accountID: Array("6222020200112233".utf8), kind: .deposit,
                balance: Money(-12_345, .cny)),
            CustomerView.Account(
                accountID: Array("W1".utf8), kind: .wealth, balance: Money(30_000, Currency("JPY")!)
            ),
        ]
        view.measure = Money(-12_345, .cny)
        view.lastClosed = Day(year: 2026, month: 3, day: 2)
        view.dayEndMinor = 100
        view.averageSum = 3650
        view.averageDays = 365
        view.tier = "ordinary"
        view.next = CustomerView.Next(
            level: "gold", missingMinor: 9_999_990, date: Day(year: 2027, month: 1, day: 1))
        view.flows = [
            CustomerView.Flow(rule: "outflow-24h", version: 1, sumMinor: 5000, isArmed: true)
        ]
        let schema = try Files.schema("customer")
        let value = try written(view)
        #expect(try schema.faults(of: value) == [])
        guard case .object(let members) = value else { return }
        #expect(Set(members.keys) == schema.propertyNames)
    }

    @Test("a customer of whom nothing is known yet fits the schema")
    func empty() throws {
        var view = CustomerView()
        view.customerID = Array("c-1001".utf8)
        #expect(try Files.schema("customer").faults(of: written(view)) == [])
    }
}
