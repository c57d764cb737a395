// A customer's entries in the order of their time, then of their arrival, packed one behind the other. The same
// bytes serve duplicates (id, content), windows (time, amount, codes) and the evidence of alerts, and they
// are the changelog's form too. They are most of the memory that a bank takes, so that what is rare is kept apart.
//
// An entry: flags (2), codes (2), time in milliseconds (6), digest of the content (6), low half of the amount (4),
// length of the id (1); then if flagged: high half of the amount (4), time in microseconds (8), account (2), booking
// day (4), value day (4), clock at arrival (8), branch (1 + n); then the id as `EntryID` writes it.
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
    var offset = 0
    var size = 0
    /// Where its id lies; to be read with `IDText`.
    var id = 0..<0
    /// Where the branch's length byte lies, or -1.
    var branchOffset = -1

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
        /// The booking day is the one after the day of the time in UTC; without it or `wideDay` that day.
        static let nextDay = Flags(rawValue: 1024)
        /// The time is no whole millisecond, or far away.
        static let wideTime = Flags(rawValue: 2048)
        /// Not the customer's first account.
        static let otherAccount = Flags(rawValue: 4096)
        /// The reversal of an entry that was known when it came.
        static let takesBack = Flags(rawValue: 8192)
        /// What decides how long an entry is.
        static let lengthening: Flags = [
            .wideAmount, .wideTime, .otherAccount, .wideDay, .valued, .arrivedLater, .branch,
        ]
    }

    @inline(__always) var isCredit: Bool { flags.contains(.credit) }
    @inline(__always) var isDateOnly: Bool { flags.contains(.dateOnly) }
    @inline(__always) var isPending: Bool { flags.contains(.pending) }
    @inline(__always) var isHidden: Bool { flags.contains(.hidden) }
    @inline(__always) var kind: UInt16 { codes & 15 }
    @inline(__always) var channel: UInt16 { codes >> 4 & 15 }
    @inline(__always) var destination: UInt16 { codes >> 8 & 15 }
    /// Whether its day is judged at the close (5.4).
    @inline(__always) var makesDateOnlyDay: Bool {
        isDateOnly && flags.isDisjoint(with: [.pending, .takesBack])
    }

    /// What it changed of the day-ends.
    var step: DayStep {
        let delta = isCredit ? Int128(amount) : -Int128(amount)
        return DayStep(
            day: valueDay, account: account, delta: flags.contains(.counted) ? delta : 0)
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
    private static let fixed = 21
    private static let sixBytes: UInt64 = 0xFFFF_FFFF_FFFF

    /// The part of a digest that is kept.
    @inline(__always)
    static func kept(_ digest: UInt64) -> UInt64 { digest & sixBytes }

    /// The day that holds a time in UTC.
    @inline(__always)
    private static func utcDay(_ time: Int64) -> Int32 {
        Int32(truncatingIfNeeded: Micros.floor(time, in: Micros.day))
    }

    @inline(__always)
    private static func flags(_ log: borrowing Blob, _ offset: Int) -> LogEntry.Flags {
        LogEntry.Flags(rawValue: log.load(offset, as: UInt16.self))
    }

    /// The time of the entry at `offset`.
    @inline(__always)
    static func time(_ log: borrowing Blob, _ offset: Int) -> Int64 {
        let flags = flags(log, offset)
        guard !flags.contains(.wideTime) else {
            return log.load(
                offset + fixed + (flags.contains(.wideAmount) ? 4 : 0), as: Int64.self)
        }
        return Int64(log.load(offset + 4, as: UInt64.self) & sixBytes) * 1000
    }

    /// Where the id of the entry at `offset` lies, and the entry's size.
    @inline(__always)
    static func place(ofID log: borrowing Blob, _ offset: Int) -> (id: Range<Int>, size: Int) {
        let flags = flags(log, offset)
        var at = offset + fixed
        if !flags.isDisjoint(with: .lengthening) {
            if flags.contains(.wideAmount) { at += 4 }
            if flags.contains(.wideTime) { at += 8 }
            if flags.contains(.otherAccount) { at += 2 }
            if flags.contains(.wideDay) { at += 4 }
            if flags.contains(.valued) { at += 4 }
            if flags.contains(.arrivedLater) { at += 8 }
            if flags.contains(.branch) { at += 1 + Int(log[at]) }
        }
        let end = at + Int(log[offset + 20])
        return (at..<end, end - offset)
    }

    /// The last eight bytes of an id, in which ids of one source differ; fewer when it has no more.
    @inline(__always)
    static func ending(_ id: Span<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for at in max(0, id.count - 8)..<id.count { word = word >> 8 | UInt64(id[at]) << 56 }
        return word >> UInt64(8 * max(0, 8 - id.count))
    }

    /// The same of the id that lies at `place` of a log.
    @inline(__always)
    static func ending(_ log: borrowing Blob, _ place: Range<Int>) -> UInt64 {
        // More than eight bytes of the entry lie before its id.
        log.load(place.upperBound - 8, as: UInt64.self) >> UInt64(8 * max(0, 8 - place.count))
    }

    /// The entry at `offset`.
    @inline(__always)
    static func decode(_ log: borrowing Blob, _ offset: Int) -> LogEntry {
        let flags = flags(log, offset)
        let time = Int64(log.load(offset + 4, as: UInt64.self) & sixBytes) * 1000
        var entry = LogEntry(
            time: time, digest: log.load(offset + 10, as: UInt64.self) & sixBytes, flags: flags,
            codes: log.load(offset + 2, as: UInt16.self), account: 0, day: 0, valueDay: 0,
            amount: Int64(log.load(offset + 16, as: UInt32.self)), arrival: time)
        var at = offset + fixed
        if flags.isDisjoint(with: .lengthening) {
            entry.day = utcDay(time) + (flags.contains(.nextDay) ? 1 : 0)
            entry.valueDay = entry.day
        } else {
            widen(&entry, log, &at)
        }
        let end = at + Int(log[offset + 20])
        entry.offset = offset
        entry.size = end - offset
        entry.id = at..<end
        return entry
    }

    /// Reads what lies between the fixed part and the id.
    private static func widen(_ entry: inout LogEntry, _ log: borrowing Blob, _ at: inout Int) {
        @inline(__always) func next<T: BitwiseCopyable>(_ type: T.Type) -> T {
            defer { at += MemoryLayout<T>.size }
            return log.load(at, as: type)
        }
        let flags = entry.flags
        if flags.contains(.wideAmount) { entry.amount |= Int64(next(UInt32.self)) << 32 }
        if flags.contains(.wideTime) { entry.time = next(Int64.self) }
        if flags.contains(.otherAccount) { entry.account = next(UInt16.self) }
        entry.day =
            flags.contains(.wideDay)
            ? next(Int32.self) : utcDay(entry.time) + (flags.contains(.nextDay) ? 1 : 0)
        entry.valueDay = flags.contains(.valued) ? next(Int32.self) : entry.day
        entry.arrival = flags.contains(.arrivedLater) ? next(Int64.self) : entry.time
        if flags.contains(.branch) {
            entry.branchOffset = at
            at += 1 + Int(log[at])
        }
    }

    /// The size of `entry` as it will lie in the log; sets its flags of width.
    @inline(__always)
    static func measure(_ entry: inout LogEntry, idCount: Int, branchCount: Int) -> Int {
        var size = fixed + idCount
        @inline(__always) func flag(_ flag: LogEntry.Flags, _ isSet: Bool, _ bytes: Int) {
            guard isSet else { return }
            entry.flags.insert(flag)
            size += bytes
        }
        entry.flags.subtract(.lengthening)
        entry.flags.remove(.nextDay)
        flag(.wideAmount, entry.amount > Int64(UInt32.max), 4)
        let milliseconds = entry.time / 1000
        flag(
            .wideTime,
            milliseconds * 1000 != entry.time || UInt64(bitPattern: milliseconds) > sixBytes, 8)
        flag(.otherAccount, entry.account != 0, 2)
        let ahead = entry.day &- utcDay(entry.time)
        flag(.nextDay, ahead == 1, 0)
        flag(.wideDay, ahead != 0 && ahead != 1, 4)
        flag(.valued, entry.valueDay != entry.day, 4)
        flag(.arrivedLater, entry.arrival != entry.time, 8)
        flag(.branch, branchCount > 0, 1 + branchCount)
        entry.size = size
        return size
    }

    /// Writes a measured entry at `offset`, where there is room for it, and notes where it lies; `id` as `EntryID` codes it.
    @inline(__always)
    static func write(
        _ log: borrowing Blob, _ entry: inout LogEntry, id: Span<UInt8>, branch: Span<UInt8>,
        at offset: Int
    ) {
        let flags = entry.flags
        log.store(flags.rawValue, at: offset)
        log.store(entry.codes, at: offset + 2)
        let time = flags.contains(.wideTime) ? 0 : UInt64(bitPattern: entry.time / 1000)
        // Each store of eight bytes is finished by the next one, the last by the amount and the id's length.
        log.store(time, at: offset + 4)
        log.store(entry.digest, at: offset + 10)
        log.store(UInt32(truncatingIfNeeded: entry.amount), at: offset + 16)
        log.store(UInt8(id.count), at: offset + 20)
        var at = offset + fixed
        entry.branchOffset = -1
        if !flags.isDisjoint(with: .lengthening) { writeWide(log, &entry, branch: branch, &at) }
        log.write(id, at: at)
        entry.offset = offset
        entry.id = at..<(at + id.count)
    }

    private static func writeWide(
        _ log: borrowing Blob, _ entry: inout LogEntry, branch: Span<UInt8>, _ at: inout Int
    ) {
        @inline(__always) func put<T: BitwiseCopyable>(_ value: T) {
            log.store(value, at: at)
            at += MemoryLayout<T>.size
        }
        let flags = entry.flags
        if flags.contains(.wideAmount) { put(UInt32(truncatingIfNeeded: entry.amount >> 32)) }
        if flags.contains(.wideTime) { put(entry.time) }
        if flags.contains(.otherAccount) { put(entry.account) }
        if flags.contains(.wideDay) { put(entry.day) }
        if flags.contains(.valued) { put(entry.valueDay) }
        if flags.contains(.arrivedLater) { put(entry.arrival) }
        if flags.contains(.branch) {
            entry.branchOffset = at
            put(UInt8(branch.count))
            log.write(branch, at: at)
            at += branch.count
        }
    }

    /// The offset at which an entry of `time` belongs, behind all that are not later: `start`, where one begins, or
    /// behind it.
    static func place(_ log: borrowing Blob, time: Int64, from start: Int) -> Int {
        var offset = start
        while offset < log.count, Self.time(log, offset) <= time {
            offset += place(ofID: log, offset).size
        }
        return offset
    }

    /// How many entries there are; costs the length of the log.
    static func count(_ log: borrowing Blob) -> UInt32 {
        var count: UInt32 = 0
        var offset = 0
        while offset < log.count {
            offset += place(ofID: log, offset).size
            count += 1
        }
        return count
    }

    /// Whether `log` is a sequence of whole entries of accounts below `accounts`; for states read back.
    static func isSound(_ log: borrowing Blob, accounts: Int) -> Bool {
        var offset = 0
        var last = Int64.min
        while offset < log.count {
            guard log.count - offset >= fixed else { return false }
            let flags = flags(log, offset)
            var need = fixed + Int(log[offset + 20])
            need += flags.contains(.wideAmount) ? 4 : 0
            need += flags.contains(.wideTime) ? 8 : 0
            need += flags.contains(.otherAccount) ? 2 : 0
            need += flags.contains(.wideDay) ? 4 : 0
            need += flags.contains(.valued) ? 4 : 0
            need += flags.contains(.arrivedLater) ? 8 : 0
            if flags.contains(.branch) {
                need += 1
                guard offset + need <= log.count else { return false }
                need += Int(log[offset + need - 1 - Int(log[offset + 20])])
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
