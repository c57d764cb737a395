// The names and codes that an event may hold, as tables.
import Banking

/// The tables of a reader, built once.
struct EventNames {
    /// The fields of the record, without those of the counterparty.
    static var recordFields: [EventField] {
        EventField.allCases.filter { $0.rawValue < EventField.counterpartyAccountID.rawValue }
    }
    /// Fields of the record.
    let fields = NameTable(EventNames.recordFields) { "\($0.text)" }
    /// Fields of the counterparty.
    let counterparty = NameTable(
        EventField.allCases.filter { $0.rawValue >= EventField.counterpartyAccountID.rawValue }
    ) { String("\($0.text)".dropFirst("counterparty.".count)) }
    let directions = NameTable(Direction.allCases) { "\($0.text)" }
    let statuses = NameTable(EntryStatus.allCases) { "\($0.text)" }
    let accountKinds = NameTable(AccountKind.allCases) { "\($0.text)" }
    let kinds = NameTable(EntryKind.allCases) { "\($0.text)" }
    let channels = NameTable(Channel.allCases) { "\($0.text)" }
    let classes = NameTable(CounterpartyClass.allCases) { "\($0.text)" }
}
