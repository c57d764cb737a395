// One planned entry of a day, before it becomes a record.
import Banking

/// A customer's accounts; the raw value is the last digit of the account's number.
enum Account: UInt8, Sendable {
    case current = 0
    case savings = 1
    case wealth = 2
}

/// What one entry will say.
struct Entry: Sendable {
    var customer: UInt32
    /// Milliseconds since local midnight.
    var millisecond: UInt32
    var amountMinor: Int64
    var account = Account.current
    var direction = Direction.debit
    var kind = EntryKind.card
    var channel = Channel.pos
    var destination = CounterpartyClass.thirdPartyPayment
    /// The other account of an own transfer.
    var otherAccount = Account.current
    /// Number of the day's transfer that both legs share; 0 for none.
    var transfer: UInt32 = 0
}
