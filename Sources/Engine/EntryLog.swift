// A customer's entries in the order of their time, then of their arrival, packed one behind the other. The same
// bytes serve duplicates (id, content), windows (time, amount, codes) and the evidence of alerts, and they
// are the changelog's form too.
//
// An entry: time (8), digest of the content (8), flags (2), codes (2), booking day less UTC day (1), length of the
// id (1), account (2), amount (4 or 8), then if flagged: booking day (4), value day (4), clock at arrival (8),
// branch (1 + n); then the id.
internal import Banking

/// One entry of the log, decoded.
struct LogEntry {
    var time: Int64
    var digest: UInt64
    var flags: Flags
    var codes: UInt16
    var account: UInt16
    /// Booking day.
    var day: Int32
    var valueDay: Int32
    var amount: Int64
    /// The task's clock when it came, its own move included.
    var arrival: Int64
    /// Where it lies in the log.
    var offset: Int
    var size: Int
    var idOffset: Int
    var idCount: Int
    /// Where the branch's length byte lies, or -1.
    var branchOffset: Int

    struct Flags: OptionSet {
        let rawValue: UInt16
        static let credit = Flags(rawValue: 1)
        static let dateOnly = Flags(rawValue: 2)
        /// No flow rule sees it: own, reversal, loan, without a rate.
        static let hidden = Flags(rawValue: 4)
        /// It moved the measure.
        static let counted = Flags(rawValue: 8)
        static let pending = Flags(rawValue: 16)
        static let wideAmount = Flags(rawValue: 32)
        static let wideDay = Flags(rawValue: 64)
        static let arrivedLater = Flags(rawValue: 128)
        static let branch = Flags(rawValue: 256)
        /// The value date is not the booking date.
        static let valued = Flags(rawValue: 512)
    }

    @inline(__always) var isCredit: Bool { flags.contains(.credit) }
    @inline(__always) var isDateOnly: Bool { flags.contains(.dateOnly) }
    @inline(__always) var isPending: Bool { flags.contains(.pending) }
    @inline(__always) var isHidden: Bool { flags.contains(.hidden) }
    @inline(__always) var kind: UInt16 { codes & 15 }
    @inline(__always) var channel: UInt16 { codes >> 4 & 15 }
    @inline(__always) var destination: UInt16 { codes >> 8 & 15 }
    /// Whether its day is judged at the close.
    @inline(__always) var makesDateOnlyDay: Bool {
        isDateOnly && !isPending
    }

    /// What it changed of the day-ends.
    var step: DayStep {
        let delta = isCredit ? Int128(amount) : -Int128(amount)
        return DayStep(
            day: valueDay, account: account, delta: flags.contains(.counted) ? delta : 0)
    }

    /// Fills in where the entry lies in the log, after it was measured.
    @inline(__always)
    mutating func lie(at offset: Int, branchCount: Int) {
        self.offset = offset
        idOffset = offset + size - idCount
        branchOffset = flags.contains(.branch) ? idOffset - 1 - branchCount : -1
    }

    /// The codes of an entry, four bits each.
    @inline(__always)
    static func codes(_ kind: EntryKind, _ channel: Channel, _ destination: CounterpartyClass)
        -> UInt16
    {
        UInt16(kind.rawValue) | UInt16(channel.rawValue) << 4 | UInt16(destination.rawValue) << 8
    }
}

/// Reading and changing the log.
enum EntryLog {
    private static let fixed = 24

    /// The day that holds a time in UTC.
    @inline(__always)
    private static func utcDay(_ time: Int64) -> Int32 {
        let quotient = time / Micros.day
        return Int32(truncatingIfNeeded: time % Micros.day < 0 ? quotient - 1 : quotient)
    }

    /// Time, flags, codes and amount of the entry at `offset`, and its size: all that a window's sum needs.
    @inline(__always)
    static func time(_ log: borrowing Blob, _ offset: Int) -> Int64 {
        log.load(offset, as: Int64.self)
    }

    /// The entry at `offset`.
    @inline(__always)
    static func decode(_ log: borrowing Blob, _ offset: Int) -> LogEntry {
        let time = log.load(offset, as: Int64.self)
        let flags = LogEntry.Flags(rawValue: log.load(offset + 16, as: UInt16.self))
        var at = offset + fixed
        let amount: Int64
        if flags.contains(.wideAmount) {
            amount = log.load(at, as: Int64.self)
            at += 8
        } else {
            amount = Int64(log.load(at, as: UInt32.self))
            at += 4
        }
        let day: Int32
        if flags.contains(.wideDay) {
            day = log.load(at, as: Int32.self)
            at += 4
        } else {
            day = utcDay(time) + Int32(log.load(offset + 20, as: Int8.self))
        }
        var valueDay = day
        if flags.contains(.valued) {
            valueDay = log.load(at, as: Int32.self)
            at += 4
        }
        var arrival = time
        if flags.contains(.arrivedLater) {
            arrival = log.load(at, as: Int64.self)
            at += 8
        }
        var branchOffset = -1
        if flags.contains(.branch) {
            branchOffset = at
            at += 1 + Int(log[at])
        }
        let idCount = Int(log[offset + 21])
        return LogEntry(
            time: time, digest: log.load(offset + 8, as: UInt64.self), flags: flags,
            codes: log.load(offset + 18, as: UInt16.self),
            account: log.load(offset + 22, as: UInt16.self), day: day, valueDay: valueDay,
            amount: amount,
            arrival: arrival, offset: offset, size: at + idCount - offset, idOffset: at,
            idCount: idCount, branchOffset: branchOffset)
    }

    /// The size of `entry` as it will lie in the log; sets its width flags.
    @inline(__always)
    static func measure(_ entry: inout LogEntry, idCount: Int, branchCount: Int) -> Int {
        var size = fixed + idCount
        entry.flags.subtract([.wideAmount, .wideDay, .valued, .arrivedLater, .branch])
        if entry.amount > Int64(UInt32.max) {
            entry.flags.insert(.wideAmount)
            size += 8
        } else {
            size += 4
        }
        if Int8(exactly: entry.day &- utcDay(entry.time)) == nil {
            entry.flags.insert(.wideDay)
            size += 4
        }
        if entry.valueDay != entry.day {
            entry.flags.insert(.valued)
            size += 4
        }
        if entry.arrival != entry.time {
            entry.flags.insert(.arrivedLater)
            size += 8
        }
        if branchCount > 0 {
            entry.flags.insert(.branch)
            size += 1 + branchCount
        }
        entry.idCount = idCount
        entry.size = size
        return size
    }

    /// Writes a measured entry at `offset`, where there is room for it.
    @inline(__always)
    static func write(
        _ log: borrowing Blob, _ entry: LogEntry, id: Span<UInt8>, branch: Span<UInt8>,
        at offset: Int
    ) {
        log.store(entry.time, at: offset)
        log.store(entry.digest, at: offset + 8)
        log.store(entry.flags.rawValue, at: offset + 16)
        log.store(entry.codes, at: offset + 18)
        log.store(
            Int8(truncatingIfNeeded: entry.day &- utcDay(entry.time)), at: offset + 20)
        log.store(UInt8(id.count), at: offset + 21)
        log.store(entry.account, at: offset + 22)
        var at = offset + fixed
        if entry.flags.contains(.wideAmount) {
            log.store(entry.amount, at: at)
            at += 8
        } else {
            log.store(UInt32(truncatingIfNeeded: entry.amount), at: at)
            at += 4
        }
        if entry.flags.contains(.wideDay) {
            log.store(entry.day, at: at)
            at += 4
        }
        if entry.flags.contains(.valued) {
            log.store(entry.valueDay, at: at)
            at += 4
        }
        if entry.flags.contains(.arrivedLater) {
            log.store(entry.arrival, at: at)
            at += 8
        }
        if entry.flags.contains(.branch) {
            log.store(UInt8(branch.count), at: at)
            log.write(branch, at: at + 1)
            at += 1 + branch.count
        }
        log.write(id, at: at)
    }

    /// The offset at which an entry of `time` belongs: behind all that are not later.
    static func place(_ log: borrowing Blob, time: Int64) -> Int {
        var offset = 0
        while offset < log.count {
            let entry = decode(log, offset)
            if entry.time > time { return offset }
            offset += entry.size
        }
        return offset
    }

    /// Whether `log` is a sequence of whole entries of accounts below `accounts`; for states read back.
    static func isSound(_ log: borrowing Blob, accounts: Int) -> Bool {
        var offset = 0
        var last = Int64.min
        while offset < log.count {
            guard log.count - offset >= fixed + 4 else { return false }
            let flags = LogEntry.Flags(rawValue: log.load(offset + 16, as: UInt16.self))
            var need = fixed + Int(log[offset + 21])
            need += flags.contains(.wideAmount) ? 8 : 4
            need += flags.contains(.wideDay) ? 4 : 0
            need += flags.contains(.valued) ? 4 : 0
            need += flags.contains(.arrivedLater) ? 8 : 0
            if flags.contains(.branch) {
                guard offset + need < log.count else { return false }
                need += 1
            }
            guard offset + need <= log.count else { return false }
            let entry = decode(log, offset)
            guard entry.size > 0, offset + entry.size <= log.count, entry.time >= last,
                Int(entry.account) < accounts || entry.isPending
            else { return false }
            last = entry.time
            offset += entry.size
        }
        return true
    }
}
