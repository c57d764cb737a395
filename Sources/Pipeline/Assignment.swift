// What the group has given a worker.

/// Partitions of the input, until the group takes them back.
struct Assignment {
    /// All of them; a member may be given none.
    let partitions: [Int32]
    /// Those that may not run.
    var blocked: [Int32: Blocked] = [:]

    init(_ partitions: [Int32]) { self.partitions = partitions }

    /// Those that may run.
    var runnable: [Int32] { partitions.filter { blocked[$0] == nil } }

    /// A partition that may not run.
    struct Blocked {
        var reason: String
        /// What the group has committed for it.
        var committed: Int64?
    }
}
