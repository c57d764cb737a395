// `tidemark generate`: synthetic events to a topic or a file.
import Banking
import Generator
import Operations
import Pipeline

/// The command that makes events.
enum GenerateCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let options = options(arguments)
        let output = arguments.text("output") ?? ""
        let rate = arguments.number("rate")
        if output.contains("/") {
            guard !arguments.has("bootstrap-servers") else {
                throw Failure(
                    .usage, "generate: --bootstrap-servers has no use for the file \(output)")
            }
            try EventFile.write(EventGenerator(options), to: output, pace: Pace(rate: rate))
        } else {
            let servers = arguments.text("bootstrap-servers") ?? "127.0.0.1:9092"
            try EventTopic.write(
                EventGenerator(options), to: output, servers: servers, pace: Pace(rate: rate))
        }
        return .done
    }

    static func options(_ arguments: Arguments) -> GeneratorOptions {
        var options = GeneratorOptions()
        if let customers = arguments.number("customers") { options.customers = Int(customers) }
        options.days = arguments.number("days").map { Int($0) }
        options.events = arguments.number("events")
        if let start = arguments.date("start") { options.start = start }
        if let seed = arguments.number("seed") { options.seed = UInt64(seed) }
        return options
    }
}

/// Keeps to a rate, if there is one.
struct Pace: Sendable {
    /// Events a second; nil: as fast as they are taken.
    let rate: Int64?
    private let start = Clock.monotonicMicroseconds()
    private var count: Int64 = 0

    init(rate: Int64?) { self.rate = rate }

    /// How many microseconds the next event should wait; counts it.
    mutating func delay() -> Int64 {
        guard let rate else { return 0 }
        let due = Int64(Int128(count) * 1_000_000 / Int128(rate))
        count += 1
        return max(0, start + due - Clock.monotonicMicroseconds())
    }

    /// Microseconds since the beginning.
    var elapsed: Int64 { Clock.monotonicMicroseconds() - start }

    /// What was done, as a line for standard error.
    func summary(_ events: Int64, to output: String) -> String {
        let milliseconds = max(1, elapsed / 1000)
        return
            "\(events) events to \(output) in \(milliseconds / 1000).\(milliseconds / 100 % 10) s"
            + ", \(events * 1000 / milliseconds) a second\n"
    }
}
