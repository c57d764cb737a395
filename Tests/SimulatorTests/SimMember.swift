// A member of the group as the worker sees it: what its consumer's thread has heard, and records of what it was assigned.
import Kafka

@testable import Pipeline

/// A member of the group.
final class SimMember: GroupMember {
    private let process: Process
    private let client: GroupClient
    private var fetcher: Fetcher
    private let awakening: Awakening
    let wake: @Sendable () -> Void

    /// Whether somebody has called `wake`.
    private final class Awakening: @unchecked Sendable { var isAwake = false }

    init(_ process: Process) {
        self.process = process
        client = GroupClient(process.instance, process.machine)
        fetcher = Fetcher(process, process.world.settings.inputTopic)
        let awakening = Awakening()
        self.awakening = awakening
        wake = { awakening.isAwake = true }
        process.client = client
        process.world.broker.group.add(client)
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        batch.removeAll()
        client.lastPoll = process.world.strands.now
        do throws(KafkaError) { try process.step("polls") } catch { return }
        if !hasNews, timeoutMilliseconds > 0 {
            process.world.strands.wait(Int64(timeoutMilliseconds) * 1000) { self.hasNews }
        }
        awakening.isAwake = false
        client.lastPoll = process.world.strands.now
        if client.isFenced {
            batch.append(
                problem: Problem(
                    partition: nil,
                    error: KafkaError(code: .fencedInstance, message: "heartbeat", isFatal: true)))
        } else if !client.isAsked {
            fetcher.fetch(into: &batch)
        }
    }

    private var hasNews: Bool {
        awakening.isAwake || client.isFenced || !client.events.isEmpty
            || (!client.isAsked && fetcher.hasNews)
    }

    func nextRebalance() -> Rebalance? {
        client.events.isEmpty ? nil : client.events.removeFirst()
    }

    func assign(_ positions: [(partition: Int32, offset: Int64)]) throws(KafkaError) {
        let text = positions.map { "\($0.partition)@\($0.offset)" }.joined(separator: " ")
        process.world.note("\(process.instance) assigns \(text)")
        fetcher.assign(positions)
        client.answer()
    }

    func unassign() throws(KafkaError) {
        process.world.note("\(process.instance) unassigns")
        fetcher.assign([])
        client.answer()
    }

    func committed(
        _ partitions: [Int32], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [CommittedOffset] {
        let strands = process.world.strands
        let deadline = strands.now + Int64(timeoutMilliseconds) * 1000
        while true {
            let found = try process.call("asks for committed offsets") {
                [broker = process.world.broker] () throws(KafkaError) in
                broker.committedOffsets(partitions)
            }
            if let found { return found }
            if strands.now > deadline {
                throw KafkaError(code: .timedOut, message: "committed offsets", isRetriable: true)
            }
            strands.wait(100_000)
        }
    }

    func end(of partition: Int32) -> Int64? { nil }
    func groupMetadata() throws(KafkaError) -> MemberIdentity {
        if process.isKilled { throw Process.dead }
        return client.identity
    }
    func close() {}
}

extension ErrorCode {
    /// A namesake has taken the member's place.
    static let fencedInstance = ErrorCode(rawValue: 82)
}
