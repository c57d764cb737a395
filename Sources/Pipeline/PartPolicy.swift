// How much of a day's close goes into one transaction. What is counted is what waits to be produced, by whatever it came:
// a close of a few hundred customers is never cut, and one of millions takes as many transactions as it needs, each of
// them as long as any other when much comes in.
import Engine

/// Decides when a close has to stop for a commit.
struct PartPolicy: Sendable {
    /// How often a close asks.
    var pace = ClosePace()
    /// The most bytes that wait while a close goes on: a transaction then takes a tenth of a second.
    var maxBytes = 8 << 20
    /// The most customers in one turn of the worker: a fifth of a second.
    var maxCustomers = 1 << 18
    /// About what a customer's record in the topic of balances takes.
    static let balanceBytes = 512

    /// Whether a close may go on that has brought `load`, while `bytes` of outputs wait.
    func hasRoom(_ bytes: Int, _ load: CloseLoad) -> Bool {
        bytes + load.changed * PartPolicy.balanceBytes < maxBytes && load.customers < maxCustomers
    }
}
