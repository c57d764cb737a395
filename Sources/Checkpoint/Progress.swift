// The metadata of a committed offset: where a restore begins and what it must find. One line of text, so that an
// operator can read it with Kafka's own tools:
//   tidemark/1 0.1.0 c=1200 s=1100 st=1751328000000000,20270 ct=1751328900000000,20270 r=9f86d081884c7d65 n=12 w=1149
// While a close is done in parts it is of the next format, and says how far that is: date and customer, as the bytes of
// the id in hex. An earlier version must not take it for one without: it would tell once more what was told.
import Banking
public import Engine

/// What a commit says about the task at its position.
public struct Progress: Sendable, Equatable {
    /// The latest format that this version writes; it reads this one and all before it.
    public static let format = 2
    /// The key of its record in the changelog, where each commit that writes there leaves it too: a broker that is killed
    /// and has no replica may forget a transaction's offsets and keep its states.
    public static let key: [UInt8] = Array("\0progress".utf8)
    /// The format of what tells of no close in parts.
    private static let plainFormat = 1

    /// C: the offset after the last record that has taken effect.
    ///
    /// Equals the committed offset (rule T2).
    public var position: Int64
    /// S: all input below it is in the changelog; replay begins here.
    ///
    /// At most `position`.
    public var lowWater: Int64
    /// The clock before the record at S.
    public var clockAtLowWater: TaskClock
    /// The clock at C.
    public var clock: TaskClock
    /// The digest of the rule set in force.
    public var rulesDigest: String
    /// How many partitions the input had; nil in what was written before this was told.
    public var partitions: Int?
    /// The newest input that a state in the changelog holds; nil before the first, and in what was written before this was told.
    public var newestState: Int64?
    /// The close of which a part is committed, before the record at C or without one; nil when none is open.
    public var openClose: OpenClose?
    /// Whose progress it is, where it stands in the changelog; nil beside an offset, whose group says so.
    public var application: String?

    /// Progress of a task; see the properties.
    public init(
        position: Int64, lowWater: Int64, clockAtLowWater: TaskClock, clock: TaskClock,
        rulesDigest: String
    ) {
        precondition(lowWater <= position, "the low water never lies after the position")
        self.position = position
        self.lowWater = lowWater
        self.clockAtLowWater = clockAtLowWater
        self.clock = clock
        self.rulesDigest = rulesDigest
    }

    /// The text kept beside the committed offset, below 1 KiB.
    public func text(writer: String) -> String {
        let format = openClose == nil ? Progress.plainFormat : Progress.format
        var text = "tidemark/\(format) \(writer) c=\(position) s=\(lowWater)"
        text += " st=\(Progress.text(clockAtLowWater)) ct=\(Progress.text(clock))"
        text += " r=\(rulesDigest.prefix(128))"
        if let partitions { text += " n=\(partitions)" }
        if let newestState { text += " w=\(newestState)" }
        if let openClose { text += " p=\(Progress.text(openClose))" }
        if let application { text += " a=\(application)" }
        return text
    }

    /// Reads the text of a committed offset.
    public init(text: String) throws(ProgressError) {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("tidemark/"),
            let format = Int(words[0].dropFirst(9)), format >= 1
        else { throw .unreadable }
        guard format <= Progress.format else {
            throw .newerFormat(format, writer: String(words[1]))
        }
        var fields: [Substring: Substring] = [:]
        for word in words.dropFirst(2) {
            guard let sign = word.firstIndex(of: "=") else { throw .unreadable }
            fields[word[..<sign]] = word[word.index(after: sign)...]
        }
        guard let c = fields["c"], let position = Int64(c), let s = fields["s"],
            let lowWater = Int64(s), lowWater >= 0, lowWater <= position,
            let st = fields["st"], let atLowWater = Progress.clock(st),
            let ct = fields["ct"], let clock = Progress.clock(ct), let rules = fields["r"]
        else { throw .unreadable }
        self.init(
            position: position, lowWater: lowWater, clockAtLowWater: atLowWater, clock: clock,
            rulesDigest: String(rules))
        partitions = fields["n"].flatMap { Int($0) }
        newestState = fields["w"].flatMap { Int64($0) }
        if let part = fields["p"] {
            guard let read = Progress.openClose(part) else { throw .unreadable }
            openClose = read
        }
        application = fields["a"].map { String($0) }
    }

    /// Reads a record of the changelog.
    init(_ value: Span<UInt8>) throws(HeaderError) {
        do throws(ProgressError) {
            try self.init(text: String(decoding: [UInt8](copying: value), as: UTF8.self))
        } catch .newerFormat(let format, let writer) {
            throw .newerFormat(format, writer: writer)
        } catch {
            throw .unreadable
        }
    }

    /// Whether it is what a later commit of the same partition has said: further in the input, without input in time, or
    /// in writing states.
    public func isLater(than other: Progress) -> Bool {
        if reached != other.reached { return reached > other.reached }
        // The customers of a close are told of in the order of their ids.
        let (told, toldBefore) = (openClose?.customer ?? [], other.openClose?.customer ?? [])
        if told != toldBefore { return toldBefore.lexicographicallyPrecedes(told) }
        return lowWater > other.lowWater
    }

    private var reached: (Int64, Int64, Int32, Int32) {
        (
            position, clock.time?.microseconds ?? .min, clock.lastClosed?.number ?? .min,
            openClose?.date.number ?? .min
        )
    }

    /// What does not fit between progress, the committed offset that it stands beside, and the ends of the input.
    public enum Misfit: Sendable, Equatable {
        /// Rule T2: progress and offset come from one transaction, and these do not.
        case otherOffset
        /// A restore needs input that is no longer there.
        case inputGone
        /// The input ends before the committed offset.
        case beyondEnd
    }

    /// The misfits with offset `committed` of an input that reaches from `low` to `high`; none when a restore can begin.
    public func misfits(committed: Int64, low: Int64, high: Int64) -> [Misfit] {
        var misfits: [Misfit] = []
        if position != committed { misfits.append(.otherOffset) }
        if lowWater < low { misfits.append(.inputGone) }
        if committed > high { misfits.append(.beyondEnd) }
        return misfits
    }

    private static func text(_ close: OpenClose) -> String {
        guard let customer = close.customer else { return "\(close.date.number),-" }
        let hex = customer.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "\(close.date.number),\(hex.joined())"
    }

    private static func openClose(_ text: Substring) -> OpenClose? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let day = Int32(parts[0]) else { return nil }
        guard parts[1] != "-" else { return OpenClose(date: Day(day)) }
        let digits = parts[1].utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard !digits.isEmpty, digits.count % 2 == 0, digits.allSatisfy({ $0 != nil }) else {
            return nil
        }
        let customer = stride(from: 0, to: digits.count, by: 2).map {
            digits[$0]! << 4 | digits[$0 + 1]!
        }
        return OpenClose(date: Day(day), customer: customer)
    }

    private static func text(_ clock: TaskClock) -> String {
        let time = clock.time.map { String($0.microseconds) } ?? "-"
        let day = clock.lastClosed.map { String($0.number) } ?? "-"
        return "\(time),\(day)"
    }

    private static func clock(_ text: Substring) -> TaskClock? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var clock = TaskClock()
        if parts[0] != "-" {
            guard let time = Int64(parts[0]) else { return nil }
            clock.time = Instant(microseconds: time)
        }
        if parts[1] != "-" {
            guard let day = Int32(parts[1]) else { return nil }
            clock.lastClosed = Day(day)
        }
        return clock
    }
}

/// Why an offset's metadata cannot be used.
public enum ProgressError: Error, Sendable, Equatable {
    /// Written by the later version `writer`, in the format given.
    case newerFormat(Int, writer: String)
    /// Not metadata of this product.
    case unreadable
}
