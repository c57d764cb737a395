// When a commit begins: as soon as an output has waited long enough, when the interval has passed with something to
// do, or when a bound is met. An output that comes after a quiet spell goes at once: what is bounded is how often
// commits begin, and with it how long anything waits.

/// Decides when the next commit begins.
///
/// Pure; microseconds of a clock that never goes back.
struct CommitTrigger {
    /// What waits.
    struct Waiting {
        /// When the oldest output came.
        var outputSince: Int64?
        var outputBytes = 0
        /// Records applied since the last commit.
        var records = 0
        /// Whether positions or states have moved since the last commit.
        var hasProgress = false
        /// Whether nothing comes in while states are not yet written.
        var isIdle = false
        /// Whether much more input lies ready: the alerts in it are late already.
        var isBehind = false
    }

    /// How long an output waits while the input is behind, in microseconds: a commit costs the broker ten requests,
    /// and fewer of them bring the end of the input sooner; what waits takes memory.
    static let catchUpLatency: Int64 = 125_000
    /// Between commits that write out states while nothing comes in.
    static let idleSpacing: Int64 = 50_000
    let outputLatency: Int64
    let interval: Int64
    let maxBytes: Int
    let maxRecords: Int
    /// When the last commit began.
    private(set) var lastBegin: Int64

    init(
        outputLatency: Int64, interval: Int64, maxBytes: Int = 4 << 20, maxRecords: Int = 200_000,
        now: Int64
    ) {
        self.outputLatency = outputLatency
        self.interval = interval
        self.maxBytes = maxBytes
        self.maxRecords = maxRecords
        lastBegin = now
    }

    /// When the next commit must begin; nil when nothing waits.
    func deadline(_ waiting: Waiting) -> Int64? {
        if waiting.outputBytes >= maxBytes || waiting.records >= maxRecords { return lastBegin }
        if let since = waiting.outputSince {
            let latency =
                waiting.isBehind
                ? max(outputLatency, CommitTrigger.catchUpLatency) : outputLatency
            return min(since, lastBegin) + latency
        }
        guard waiting.hasProgress else { return nil }
        return lastBegin + (waiting.isIdle ? min(interval, CommitTrigger.idleSpacing) : interval)
    }

    func isDue(_ waiting: Waiting, now: Int64) -> Bool {
        deadline(waiting).map { $0 <= now } ?? false
    }

    mutating func begin(now: Int64) { lastBegin = now }
}
