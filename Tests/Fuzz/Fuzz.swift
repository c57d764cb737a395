// libFuzzer's entry: every decoder of the product on any bytes. deploy/fuzz builds and runs it; a plain build leaves it
// out.
import Banking
import Checkpoint
import Engine
import Formats
import Operations

/// Decodes one input of the fuzzer, whose first byte says for which decoder the rest is; what a reader of events accepts
/// is applied, and its alerts are written.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let selector = input.first else { return 0 }
    let rest = Array(input.dropFirst())
    switch selector {
    case UInt8(ascii: "e"): unsafe bench.event(rest)
    case UInt8(ascii: "c"): Fuzz.changelog(rest)
    case UInt8(ascii: "m"): Fuzz.state(Fuzz.mutated(by: rest))
    case UInt8(ascii: "p"): _ = try? Progress(text: String(decoding: rest, as: UTF8.self))
    case UInt8(ascii: "h"): _ = try? StateHeader(rest.span)
    case UInt8(ascii: "k"): _ = try? ClockRecord(rest.span)
    case UInt8(ascii: "s"): Fuzz.settings(rest)
    case UInt8(ascii: "r"): Fuzz.rules(rest)
    default: break
    }
    return 0
}

/// Events go through one reader and one shard, as they do in a worker.
nonisolated(unsafe) private var bench = Bench()

private struct Bench: ~Copyable {
    private var reader = EventReader(bankCurrency: .cny)
    private var event = Event()
    private var shard = Shard(policy: Fuzz.policy)
    private var writer = AlertWriter(
        currency: .cny, calendar: Fuzz.policy.calendar, masksAccounts: true, language: .en)
    private var output: [UInt8] = []
    private var offset: Int64 = 0

    mutating func event(_ value: [UInt8]) {
        if offset % 500 == 0 { shard = Shard(policy: Fuzz.policy) }
        offset += 1
        guard reader.read(key: Fuzz.id.span, value: value.span, into: &event) == nil else { return }
        // A day in the next millennium closes all those before it: right, but no work for a fuzzer.
        let day = event.bookingDate?.number ?? Int32(clamping: dayNumber(event.bookedAt))
        guard (19_000...21_000).contains(day) else { return }
        _ = shard.apply(&event, timestampMillis: -1, offset: offset)
        output.removeAll(keepingCapacity: true)
        for index in 0..<shard.alerts.count { writer.write(shard.alerts[index], to: &output) }
        shard.removeAlerts()
        shard.tidy(4)
        _ = shard.view(of: Fuzz.id.span)
    }

    private func dayNumber(_ time: Instant?) -> Int64 {
        (time?.microseconds ?? 0) / Micros.day
    }
}

enum Fuzz {
    static let id = Array("c1".utf8)

    static let policy: Policy = {
        var single = Rule(id: "single", version: 1, kind: .singleOutflow)
        single.atLeast = 10_000
        var window = Rule(id: "window", version: 1, kind: .cumulativeOutflow)
        window.atLeast = 20_000
        window.window = Micros.day
        var share = Rule(id: "share", version: 1, kind: .cumulativeInflow)
        share.shareOfBalance = Ratio(numerator: 1, denominator: 2)
        share.window = 3 * Micros.day
        let tier = Rule(id: "tier", version: 1, kind: .tierChange)
        let levels = [("ordinary", 0), ("gold", 100_000)].map {
            TierPolicy.Level(name: $0.0, fromMinor: Int64($0.1))
        }
        return Policy(
            calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
            dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
            reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(trailingDays: 30, levels: levels),
            rules: [single, window, share, tier])
    }()

    /// Payloads of customer `c1`, four a day, a fifth of them without a time.
    private static func events(count: Int) -> [[UInt8]] {
        (0..<count).map { number in
            let side = number % 3 == 0 ? "credit" : "debit"
            let date = "2025-03-\(10 + number / 4)"
            let time =
                number % 5 == 0
                ? "\"booking_date\":\"\(date)\"" : "\"booked_at\":\"\(date)T1\(number % 4):00:00Z\""
            let text = """
                {"id":"e\(number)","customer_id":"c1","account_id":"a\(number % 2)","direction":"\(side)",\
                "amount":"\(number * 37).5\(number % 10)","currency":"CNY",\(time)}
                """
            return Array(text.utf8)
        }
    }

    /// The engine's bytes of a customer with 40 entries.
    private static let whole: [UInt8] = {
        var shard = Shard(policy: policy)
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        for (index, value) in events(count: 40).enumerated() {
            guard reader.read(key: id.span, value: value.span, into: &event) == nil else {
                continue
            }
            _ = shard.apply(&event, timestampMillis: -1, offset: Int64(index))
        }
        var (key, state): ([UInt8], [UInt8]) = ([], [])
        shard.takeOldestDirty(key: &key, state: &state)
        return state
    }()

    /// Those bytes with some replaced: three of the input for a place and what comes there.
    static func mutated(by input: [UInt8]) -> [UInt8] {
        var bytes = whole
        for at in stride(from: 0, to: input.count - 2, by: 3) {
            let place = (Int(input[at]) << 8 | Int(input[at + 1])) % bytes.count
            bytes[place] = input[at + 2]
        }
        return bytes
    }

    /// A state without its checksum: it is refused, or lies in memory without touching any other.
    static func state(_ bytes: [UInt8]) {
        var shard = Shard(policy: policy)
        _ = try? shard.install(key: id.span, state: bytes.span, lsn: 39)
    }

    /// A record of the changelog as it comes from Kafka.
    static func changelog(_ value: [UInt8]) {
        var assembler = Assembler()
        _ = try? assembler.add(key: id.span, value: value.span)
    }

    static func settings(_ text: [UInt8]) {
        guard let settings = try? YAMLNode.parse(bytes: text, source: "fuzz"),
            let rules = try? YAMLNode.parse("version: 1\n", source: "rules")
        else { return }
        _ = try? Configuration.make(settings: settings, rules: rules)
    }

    static func rules(_ text: [UInt8]) {
        guard let rules = try? YAMLNode.parse(bytes: text, source: "fuzz") else { return }
        _ = try? Configuration.make(settings: nil, rules: rules)
    }
}
