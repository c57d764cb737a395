// The data path without Kafka: a bank's events are decoded and applied, alerts encoded and states taken as a worker
// does, in one thread. For profilers: what it prints is indicative, the instructions under callgrind are exact.
//
//   Workload [--file EVENTS] [--customers N] [--days N] [--events N] [--late N] [--swap N] [--date-only]
//       [--decode-only] [--rounds N] [--digest]
//
// EVENTS holds one payload a line; without it events are generated. With --late one record in N comes a day late, with
// --swap one in N behind the next one of its customer, with --date-only generated events have no time of day. Builds
// that print the same --digest have told the same alerts.
import Banking
import Engine
import Formats
import Generator
import Glibc
import SamplePolicy

/// Payloads and keys of all records, made before anything is measured.
struct Input {
    var bytes: [UInt8] = []
    var records: [(key: Range<Int>, value: Range<Int>)] = []

    init(_ options: GeneratorOptions) {
        var generator = EventGenerator(options)
        while let record = generator.append(to: &bytes) {
            records.append((record.key, record.value))
        }
    }

    /// Reads at most `limit` lines; nil when the file cannot be read.
    init?(path: String, limit: Int) {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        let name = Array("\"customer_id\":\"".utf8)
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        while records.count < limit {
            let count = unsafe getline(&line, &room, file)
            guard count > 1 else { break }
            let start = bytes.count
            unsafe UnsafeMutableRawBufferPointer(start: line, count: count - 1)
                .withMemoryRebound(to: UInt8.self) { unsafe bytes.append(contentsOf: $0) }
            guard let key = Input.find(name, in: bytes, from: start) else { return nil }
            var end = key
            while bytes[end] != 0x22 { end += 1 }
            records.append((key..<end, start..<bytes.count))
        }
        unsafe free(line)
    }

    private init() {}

    /// Puts one record in `share` as many places further back as `distance` says.
    mutating func delay(oneIn share: Int, by distance: Int) {
        var waiting = records.indices.filter { $0 % share == 0 }[...]
        var delayed: [(key: Range<Int>, value: Range<Int>)] = []
        for (index, record) in records.enumerated() {
            if index % share != 0 { delayed.append(record) }
            while let first = waiting.first, first + distance <= index {
                delayed.append(records[waiting.removeFirst()])
            }
        }
        records = delayed + waiting.map { records[$0] }
    }

    /// Puts one record in `share` behind the next one of its customer.
    mutating func swap(oneIn share: Int) {
        var held: [[UInt8]: Int] = [:]
        var swapped: [(key: Range<Int>, value: Range<Int>)] = []
        for (index, record) in records.enumerated() {
            let earlier = held.removeValue(forKey: Array(bytes[record.key]))
            if earlier == nil, index % share == 0 {
                held[Array(bytes[record.key])] = index
                continue
            }
            swapped.append(record)
            if let earlier { swapped.append(records[earlier]) }
        }
        records = swapped + held.values.sorted().map { records[$0] }
    }

    /// Leaves of each generated record's time the date.
    mutating func removeTimes() {
        let (name, dateName) = (Array("\"booked_at\":\"".utf8), Array("\"booking_date\":\"".utf8))
        var dated: [UInt8] = []
        for index in records.indices {
            let value = records[index].value
            guard let date = Input.find(name, in: bytes, from: value.lowerBound) else { continue }
            let shift = dated.count - value.lowerBound
            let end = date + 10
            var rest = end
            while bytes[rest] != 0x22 { rest += 1 }
            dated += bytes[value.lowerBound..<(date - name.count)] + dateName
            dated += bytes[date..<end] + bytes[rest..<value.upperBound]
            // A generated record's key stands before its time.
            let key = records[index].key
            records[index] = (
                (key.lowerBound + shift)..<(key.upperBound + shift),
                (value.lowerBound + shift)..<dated.count
            )
        }
        bytes = dated
    }

    /// A copy of the records from `first` on, at most `count`.
    func batch(from first: Int, count: Int) -> Input {
        var batch = Input()
        for record in records[first..<min(first + count, records.count)] {
            let shift = batch.bytes.count - record.value.lowerBound
            batch.bytes.append(contentsOf: bytes[record.value])
            // The key of a generated record lies apart from its value.
            if record.value.contains(record.key.lowerBound) {
                batch.records.append(
                    (
                        (record.key.lowerBound + shift)..<(record.key.upperBound + shift),
                        (record.value.lowerBound + shift)..<(record.value.upperBound + shift)
                    ))
            } else {
                let key = batch.bytes.count
                batch.bytes.append(contentsOf: bytes[record.key])
                batch.records.append(
                    (
                        key..<batch.bytes.count,
                        (record.value.lowerBound + shift)..<(record.value.upperBound + shift)
                    ))
            }
        }
        return batch
    }

    private static func find(_ text: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while at + text.count <= bytes.count {
            if bytes[at] == text[0], bytes[at..<(at + text.count)].elementsEqual(text) {
                return at + text.count
            }
            at += 1
        }
        return nil
    }
}

/// Reader, engine and writer as a worker has them, with the rules of the core job.
struct Machine: ~Copyable {
    var reader = EventReader(bankCurrency: .cny)
    var event = Event()
    var shard: Shard
    var writer: AlertWriter
    var output: [UInt8] = []
    var key: [UInt8] = []
    var state: [UInt8] = []
    var alerts = 0
    /// FNV-1a of what was told, unless it is nil.
    var digest: UInt64?
    var states = 0
    var refused = 0

    init() {
        var bank = SamplePolicy(largeMinor: 5_000_000, dayMinor: 10_000_000, trailingDays: 365)
        bank.measure = .deposits
        bank.levels = [
            "ordinary": 0, "gold": 10_000_000, "platinum": 100_000_000, "diamond": 500_000_000,
        ]
        let policy = bank.policy
        shard = Shard(policy: policy)
        writer = AlertWriter(
            currency: .cny, calendar: policy.calendar, masksAccounts: true, language: .en)
    }

    /// Runs over `input` in batches that are as warm as those of a client; returns nanoseconds.
    mutating func measure(_ input: borrowing Input, decodesOnly: Bool) -> Int64 {
        var spent: Int64 = 0
        var first = 0
        var even = Event()
        var odd = Event()
        while first < input.records.count {
            let batch = input.batch(from: first, count: 1024)
            let began = cpuNanoseconds()
            if decodesOnly { decode(batch) } else { run(batch, first, &even, &odd) }
            spent += cpuNanoseconds() - began
            first += batch.records.count
        }
        return spent
    }

    @inline(never)
    mutating func decode(_ input: borrowing Input) {
        let bytes = input.bytes.span
        for record in input.records {
            let refusal = reader.read(
                key: bytes.extracting(record.key), value: bytes.extracting(record.value),
                into: &event)
            if refusal != nil { refused += 1 }
        }
    }

    /// Decodes each record one before it is applied, as a task does.
    @inline(never)
    mutating func run(
        _ input: borrowing Input, _ first: Int, _ even: inout Event, _ odd: inout Event
    ) {
        var sighting: Sighting?
        for index in input.records.indices {
            if index & 1 == 0 {
                turn(input, first, index, reading: &even, applying: odd, &sighting)
            } else {
                turn(input, first, index, reading: &odd, applying: even, &sighting)
            }
        }
        let last = input.records.count - 1
        if let sighting {
            if last & 1 == 0 {
                apply(even, sighting, first + last)
            } else {
                apply(odd, sighting, first + last)
            }
        }
        if shard.alerts.count > 0 { write() }
        shard.tidy(8 * input.records.count)
    }

    @inline(__always)
    private mutating func turn(
        _ input: borrowing Input, _ first: Int, _ index: Int, reading next: inout Event,
        applying event: borrowing Event, _ sighting: inout Sighting?
    ) {
        let bytes = input.bytes.span
        let ahead = index + Shard.foresight
        if ahead < input.records.count {
            shard.expect(bytes.extracting(input.records[ahead].key))
        }
        let record = input.records[index]
        let refusal = reader.read(
            key: bytes.extracting(record.key), value: bytes.extracting(record.value), into: &next)
        let waiting = sighting
        if refusal == nil {
            sighting = shard.sight(&next)
        } else {
            sighting = nil
            refused += 1
        }
        if let waiting { apply(event, waiting, first + index - 1) }
    }

    @inline(__always)
    private mutating func apply(_ event: borrowing Event, _ sighting: Sighting, _ index: Int) {
        let outcome = shard.apply(event, sighting, timestampMillis: -1, offset: Int64(index))
        if outcome != .applied { refused += 1 }
        // A commit every so many records, which writes a share of what is dirty.
        if index & 0xFFFF == 0 { take(shard.dirtyCount / 8) }
    }

    private mutating func write() {
        output.removeAll(keepingCapacity: true)
        for index in 0..<shard.alerts.count {
            writer.write(shard.alerts[index], to: &output)
            alerts += 1
        }
        if var hash = digest {
            for byte in output { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            digest = hash
        }
        shard.removeAlerts()
    }

    private mutating func take(_ count: Int) {
        for _ in 0..<count {
            shard.takeOldestDirty(key: &key, state: &state)
            states += state.count
        }
    }
}

/// Nanoseconds of CPU that this thread has used.
func cpuNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

@main
struct Workload {
    static func main() {
        var options = GeneratorOptions()
        var path: String?
        var limit = Int.max
        var decodesOnly = false
        var rounds = 1
        var late: Int?
        var swap: Int?
        var isDateOnly = false
        var digests = false
        var arguments = CommandLine.arguments.dropFirst()
        while let name = arguments.popFirst() {
            switch name {
            case "--file": path = arguments.popFirst()
            case "--customers": options.customers = number(arguments.popFirst())
            case "--days": options.days = number(arguments.popFirst())
            case "--events":
                limit = number(arguments.popFirst())
                options.events = Int64(limit)
            case "--late": late = number(arguments.popFirst())
            case "--swap": swap = number(arguments.popFirst())
            case "--date-only": isDateOnly = true
            case "--digest": digests = true
            case "--rounds": rounds = number(arguments.popFirst())
            case "--decode-only": decodesOnly = true
            default: fail("unknown option \(name)")
            }
        }
        guard
            var input = path.map({ Input(path: $0, limit: limit) }) ?? Input(options)
        else { fail("the file of events cannot be read") }
        if let late { input.delay(oneIn: late, by: input.records.count / (options.days ?? 1)) }
        if let swap { input.swap(oneIn: swap) }
        if isDateOnly { input.removeTimes() }
        for _ in 0..<rounds {
            var machine = Machine()
            if digests { machine.digest = 0xCBF2_9CE4_8422_2325 }
            let spent = machine.measure(input, decodesOnly: decodesOnly)
            print(
                "\(input.records.count) records, \(machine.refused) not applied,"
                    + " \(machine.alerts) alerts, \(machine.shard.customerCount) customers,"
                    + " \(machine.shard.stateBytes >> 10) KiB of state,"
                    + " \(machine.states >> 10) KiB of states written:"
                    + " \(spent / Int64(max(input.records.count, 1))) ns a record")
            if let digest = machine.digest { print("digest \(String(digest, radix: 16))") }
        }
    }

    private static func number(_ text: String?) -> Int {
        guard let text, let number = Int(text), number > 0 else { fail("a number is needed") }
        return number
    }

    private static func fail(_ text: String) -> Never {
        print("Workload: \(text)")
        exit(64)
    }
}
