// What the group told a consumer, as a value for its owner thread.

/// A change of the partitions, of the topic that it has subscribed to, that this consumer owns.
///
/// The owner answers each with `assign` or `unassign`; until then no record of a partition is
/// delivered.
public enum Rebalance: Sendable, Equatable {
    /// These partitions, all that this member now has: fetch their committed offsets, `assign` those
    /// that are ready (or none) and later the others.
    case assigned([Int32])
    /// These go to others: commit what is done, then `unassign`.
    case revoked([Int32])
    /// Others have these already: abort, drop memory, never commit, then `unassign`.
    case lost([Int32])
}
