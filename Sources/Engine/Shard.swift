// The state of one input partition and what a record does to it. Pure: no clock, no I/O.
public import Banking

/// What became of a record.
public enum Outcome: Sendable, Equatable {
    /// It took effect.
    case applied
    /// The same entry had come before; nothing but the clock moved.
    case duplicate
    /// It was refused; nothing moved.
    case refused(Rejection)
}

/// Counts of what has no alert of its own; the pipeline publishes them.
public struct Counters: Sendable, Equatable {
    public var duplicates: Int64 = 0
    public var unknownKinds: Int64 = 0
    public var unknownChannels: Int64 = 0
    public var unknownClasses: Int64 = 0
    /// Entries in a currency without a rate.
    public var undecidedMissingRate: Int64 = 0
    public var balanceDrift: Int64 = 0
    public var unverifiableAge: Int64 = 0
    public var suppressedCoolDown: Int64 = 0
    /// All zero.
    public init() {}
}

/// The clock of a task, as kept in the offset metadata.
public struct TaskClock: Sendable, Equatable {
    /// The latest time seen; nil before the first record.
    public var time: Instant?
    /// The last business date that has closed; nil before the first record.
    public var lastClosed: Day?
    /// A clock that has seen nothing, or what is given.
    public init(time: Instant? = nil, lastClosed: Day? = nil) {
        self.time = time
        self.lastClosed = lastClosed
    }
}

/// Why a state could not be read back.
public enum StateError: Error, Sendable, Equatable {
    /// Written by a later version in the format given.
    case newerFormat(UInt8)
    /// Not a state at all.
    case corrupt
}
