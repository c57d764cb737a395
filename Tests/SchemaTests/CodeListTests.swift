import Banking
import Testing

@Suite("Code lists of the schemas")
struct CodeListTests {
    @Test("the event's codes are the code's")
    func event() throws {
        let schema = try Files.schema("event")
        #expect(schema.enumeration("direction") == Direction.allCases.map(\.text.description))
        #expect(schema.enumeration("status") == EntryStatus.allCases.map(\.text.description))
        #expect(schema.enumeration("account_kind") == AccountKind.allCases.map(\.text.description))
        #expect(schema.enumeration("kind") == EntryKind.allCases.map(\.text.description))
        #expect(schema.enumeration("channel") == Channel.allCases.map(\.text.description))
        #expect(schema.enumeration("class") == CounterpartyClass.allCases.map(\.text.description))
    }

    @Test("the event's fields are the code's")
    func eventFields() throws {
        let names = EventField.allCases.map(\.text.description).filter { !$0.contains(".") }
        #expect(try Files.schema("event").propertyNames == Set(names))
    }

    @Test("the alert's codes are the code's")
    func alert() throws {
        let schema = try Files.schema("alert")
        #expect(schema.enumeration("severity") == Severity.allCases.map(\.text.description))
        #expect(schema.enumeration("reason") == AlertReason.allCases.map(\.text.description))
        #expect(schema.enumeration("direction") == Direction.allCases.map(\.text.description))
        #expect(schema.enumeration("kind") == EntryKind.allCases.map(\.text.description))
        #expect(schema.enumeration("channel") == Channel.allCases.map(\.text.description))
        #expect(schema.enumeration("class") == CounterpartyClass.allCases.map(\.text.description))
        let kinds = Set(schema.enumeration("rule_kind"))
        #expect(kinds.isSuperset(of: RuleKind.allCases.map(\.text.description)))
    }

    @Test("the reasons of rejected records are the code's")
    func rejected() throws {
        let reasons = RejectReason.allCases.map(\.text.description)
        #expect(try Files.schema("rejected").enumeration("reason") == reasons)
    }
}
