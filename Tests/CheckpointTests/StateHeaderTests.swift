import Banking
import Checkpoint
import Engine
import Testing

// Spans cannot be made inside the macros.
private func read(_ value: [UInt8]) throws -> StateHeader { try StateHeader(value.span) }
private func isReserved(_ key: [UInt8]) -> Bool { StateHeader.isReserved(key: key.span) }

@Suite("State header")
struct StateHeaderTests {
    static func header(_ change: (inout StateHeader) -> Void = { _ in }) -> StateHeader {
        var rule = Rule(id: "large", version: 1, kind: .singleOutflow)
        rule.digest = 0xabc
        let policy = Policy(
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800),
            currency: .cny, dayCloseAfter: 0, duplicateHorizon: 0, reversalHorizon: 0,
            futureLimit: 0, tiers: TierPolicy(), rules: [rule])
        var header = StateHeader(policy: policy, partitions: 4)
        change(&header)
        return header
    }

    @Test("what is written is read back, and its key is no customer's")
    func roundTrip() throws {
        let header = Self.header {
            $0.rules.append(
                .init(
                    id: "b", version: 2, digest: 1, effectiveFrom: Instant(microseconds: 1_000)))
        }
        #expect(try read(header.encoded(writer: "0.1.0")) == header)
        #expect(isReserved(StateHeader.key))
        #expect(!isReserved(Array("c".utf8)))
    }

    @Test("a later format is refused with the version that wrote it")
    func later() {
        #expect(throws: HeaderError.newerFormat(9, writer: "8.0.0")) {
            try read(Array("tidemark-state/9 8.0.0\nx\n".utf8))
        }
    }

    @Test("state written under other settings is refused, naming both")
    func settings() {
        let now = Self.header {
            $0.timeZone = "Europe/Berlin"
        }
        #expect(
            throws: HeaderMismatch.setting(
                "bank.time_zone", written: "Asia/Shanghai", now: "Europe/Berlin")
        ) { try Self.header().checked(against: now, clock: nil) }
        // Steps of day-ends are of another form, or those before the old window are gone.
        #expect(
            throws: HeaderMismatch.setting("tiers.negative", written: "as_is", now: "zero")
        ) {
            try Self.header().checked(against: Self.header { $0.negative = "zero" }, clock: nil)
        }
        #expect(
            throws: HeaderMismatch.setting(
                "tiers.average.trailing_days", written: "366", now: "400")
        ) {
            try Self.header().checked(against: Self.header { $0.trailingDays = 400 }, clock: nil)
        }
        #expect(
            throws: HeaderMismatch.setting("the number of partitions", written: "4", now: "6")
        ) {
            try Self.header().checked(against: Self.header { $0.partitions = 6 }, clock: nil)
        }
    }

    @Test("a version keeps its text for ever, also when the rule was gone for a while")
    func changed() throws {
        let without = try Self.header().checked(
            against: Self.header { $0.rules = [] }, clock: Instant(microseconds: 5))
        #expect(without.rules.count == 1)
        let other = Self.header { $0.rules[0].digest = 0xdef }
        #expect(throws: HeaderMismatch.ruleChanged(id: "large", version: 1)) {
            try without.checked(against: other, clock: nil)
        }
    }

    @Test(
        "a new rule must not judge the past of a state that has judged entries",
        arguments: [(nil, false), (99, false), (100, true), (101, true)] as [(Int64?, Bool)])
    func early(from: Int64?, isAllowed: Bool) throws {
        let now = Self.header {
            $0.rules.append(
                .init(
                    id: "new", version: 1, digest: 1,
                    effectiveFrom: from.map { Instant(microseconds: $0) }))
        }
        #expect(try Self.header().checked(against: now, clock: nil) == now)
        let clock = Instant(microseconds: 100)
        if isAllowed {
            #expect(try Self.header().checked(against: now, clock: clock) == now)
        } else {
            #expect(throws: HeaderMismatch.ruleTooEarly(id: "new", version: 1, clock: clock)) {
                try Self.header().checked(against: now, clock: clock)
            }
        }
    }
}
