// How far S lies above the first record that is still there, in time: the timestamps of two records of each partition,
// read once a minute.
import Banking
import Kafka

/// Reads timestamps of single records; belongs to the lookout's thread.
struct Dating {
    static let intervalMilliseconds: Int64 = 60_000
    private static let patienceMilliseconds: Int64 = 2000

    private let properties: ClientProperties
    private var last: Int64?
    /// What was found last.
    private var reserves: [Int32: Int64] = [:]

    init(_ properties: ClientProperties, group: String) {
        // One record is wanted, not all that fit.
        self.properties = properties.setting([("fetch.message.max.bytes", "4096")])
            .reader(group: group, isolation: .readUncommitted, follows: false)
            .setting([("queued.max.messages.kbytes", "1024"), ("queued.min.messages", "1")])
    }

    /// Milliseconds by partition, looked up when a minute has passed since the last time.
    mutating func reserves(
        _ tasks: [TaskSnapshot], _ outlooks: [Int32: Outlook]
    ) -> [Int32: Int64] {
        let now = Clock.monotonicMilliseconds()
        if let last, now - last < Dating.intervalMilliseconds { return reserves }
        last = now
        var first: [Int32: Int64] = [:]
        var restart: [Int32: Int64] = [:]
        for task in tasks {
            guard let outlook = outlooks[task.partition], let lowWater = task.lowWater,
                outlook.low < outlook.high, lowWater >= outlook.low
            else { continue }
            first[task.partition] = outlook.low
            // At the end there is no record: what comes next comes now at the earliest.
            if lowWater < outlook.high { restart[task.partition] = lowWater }
        }
        guard !first.isEmpty else { return [:] }
        let begins = timestamps(tasks[0].topic, at: first)
        let ends = restart.isEmpty ? [:] : timestamps(tasks[0].topic, at: restart)
        let wall = Clock.now().microseconds / 1000
        reserves = [:]
        for (partition, begin) in begins {
            let end = restart[partition] == nil ? wall : ends[partition]
            if let end { reserves[partition] = max(0, end - begin) }
        }
        return reserves
    }

    /// The timestamp of the first record at or after an offset of each partition, as far as it can be had in time.
    private func timestamps(_ topic: String, at offsets: [Int32: Int64]) -> [Int32: Int64] {
        var found: [Int32: Int64] = [:]
        guard var consumer = try? Consumer(properties) else { return [:] }
        let positions = offsets.map { PartitionOffset(topic, $0.key, offset: $0.value) }
        guard (try? consumer.assign(positions)) != nil else { return [:] }
        var batch = Batch(capacity: 256)
        let end = Clock.monotonicMilliseconds() + Dating.patienceMilliseconds
        while found.count < offsets.count, Clock.monotonicMilliseconds() < end {
            _ = consumer.poll(into: &batch, timeoutMilliseconds: 100)
            for index in 0..<batch.count where found[batch[index].partition] == nil {
                found[batch[index].partition] = batch[index].timestampMillis
            }
        }
        return found.filter { $0.value >= 0 }
    }
}
