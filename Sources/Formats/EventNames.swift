// The names and codes that an event may hold, as tables.
import Banking

/// The tables of a reader, built once.
struct EventNames {
    /// The names of the record's fields in the order of the raw values of `EventField`.
    static var fields: [String] {
        EventField.allCases.prefix { $0.rawValue < EventField.counterpartyAccountID.rawValue }
            .map { "\($0.text)" }
    }
    /// Fields of the record; numbers are raw values of `EventField`.
    let fields = NameTable(EventNames.fields)
    /// Fields of the counterparty; numbers are raw values of `EventField`.
    let counterparty = NameTable(
        EventField.allCases.drop { $0.rawValue < EventField.counterpartyAccountID.rawValue }
            .map { String("\($0.text)".dropFirst("counterparty.".count)) },
        first: EventField.counterpartyAccountID.rawValue)
    private let numbered = EventField.allCases
    let directions = NameTable(Direction.allCases.map { "\($0.text)" })
    let statuses = NameTable(EntryStatus.allCases.map { "\($0.text)" })
    let accountKinds = NameTable(AccountKind.allCases.map { "\($0.text)" })
    let kinds = NameTable(EntryKind.allCases.map { "\($0.text)" })
    let channels = NameTable(Channel.allCases.map { "\($0.text)" })
    let classes = NameTable(CounterpartyClass.allCases.map { "\($0.text)" })

    /// The field of the record with the raw value `number`.
    @inline(__always)
    func field(_ number: Int) -> EventField { numbered[number] }
}
