// How large records may be, by the smallest limit of the output topics: one client writes to all of them, and what it
// sends in one batch must fit the smallest.
import Checkpoint

/// The most bytes of the records of each kind.
struct RecordLimits: Sendable {
    /// With less an alert without its evidence would not fit.
    static let leastRecordBytes = 2048
    /// What a batch of one record has around key, value and headers.
    private static let batchOverhead = 128
    /// Names and fixed parts of the headers of an alert or a dead letter, numbers included.
    private static let headerOverhead = 192

    /// Of an alert's value.
    let alertBytes: Int
    /// Of key, value and foreign headers of a dead letter together.
    let deadLetterBytes: Int
    /// Of a state in one record.
    let statePartBytes: Int

    /// For what is written nowhere.
    static let none = RecordLimits()

    private init() { (alertBytes, deadLetterBytes, statePartBytes) = (.max, .max, .max) }

    /// - Parameter maxRecordBytes: The smallest limit of the output topics.
    init(maxRecordBytes: Int, _ settings: Settings) {
        let room = maxRecordBytes - RecordLimits.batchOverhead
        let names =
            settings.inputTopic.utf8.count + settings.application.utf8.count
            + settings.rulesDigest.utf8.count + RecordLimits.headerOverhead
        // Its key has 64 bytes at most.
        alertBytes = max(0, room - names - 64)
        deadLetterBytes = max(0, room - names)
        statePartBytes = max(256, min(Envelope.partBytes, room - Envelope.overhead))
    }
}
