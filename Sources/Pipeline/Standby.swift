// Partitions that other processes own, followed in the changelog, so that taking one over skips most of its restore. A
// thread of the process reads them all. Nothing of it is trusted blindly: a restore begins where the image stands, reads
// the changelog to the end that it has after the committed offset is known, and is checked like any other.
import Checkpoint
import Engine
import Kafka
import Synchronization

/// The images of partitions that no worker of this process holds.
final class Standby<C: Cluster>: @unchecked Sendable {
    /// An image on its way between threads; whoever has it out of the table owns it.
    private struct Image: @unchecked Sendable { let image: ChangelogImage }

    private struct Shared {
        /// By worker; nil until it has heard from the group.
        var held: [[Int32]?]
        var images: [Int32: Image] = [:]
        /// Partitions that cannot be followed.
        var unusable: Set<Int32> = []
        /// Changes whenever something else must be read, or read from another place.
        var version = 0

        /// What nobody here holds; nil while that is not known.
        func wanted(of partitions: Int) -> [Int32]? {
            guard held.allSatisfy({ $0 != nil }) else { return nil }
            let held = Set(held.flatMap { $0 ?? [] })
            return (0..<Int32(partitions)).filter { !held.contains($0) && !unusable.contains($0) }
        }

        /// Where to read on.
        func positions(_ partitions: Int, _ topic: String) -> [PartitionOffset] {
            (wanted(of: partitions) ?? []).compactMap { partition in
                images[partition].map {
                    PartitionOffset(topic, partition, offset: $0.image.position)
                }
            }
        }
    }

    private let settings: Settings
    private let partitions: Int
    private let cluster: C
    private let machine: C.Host
    private let log: LogSink
    private let shared: Mutex<Shared>
    private let isEnding = Atomic<Bool>(false)
    private let ended: C.Host.Waiting
    private let thread = Mutex<Thread?>(nil)

    /// - Parameter partitions: Of the input.
    init(settings: Settings, partitions: Int, cluster: C, log: LogSink) {
        self.settings = settings
        self.partitions = partitions
        self.cluster = cluster
        self.log = log
        machine = cluster.machine
        ended = machine.makeSignal()
        shared = Mutex(Shared(held: Array(repeating: nil, count: settings.workers)))
    }

    /// Starts to follow, once every worker has said what it holds.
    func start() { thread.withLock { $0 = machine.start("standby") { [self] in run() } } }

    /// Lets the thread find its end; it needs nobody any more.
    func stop() { isEnding.store(true, ordering: .releasing) }

    /// Stops, and waits for the thread: the time of one call to Kafka.
    func end() {
        stop()
        guard let thread = thread.withLock({ $0.take() }) else { return }
        ended.wait()
        thread.join()
    }

    /// Says what a worker holds from now on; images of these are kept as they are until they are taken or dropped.
    func hold(_ partitions: [Int32], worker: Int) {
        shared.withLock { shared in
            guard shared.held[worker] != partitions else { return }
            shared.held[worker] = partitions
            shared.version += 1
        }
    }

    /// The image of a partition that is held, if there is one.
    func take(_ partition: Int32) -> ChangelogImage? {
        shared.withLock { $0.images.removeValue(forKey: partition) }?.image
    }

    /// How far the images are, by partition: offsets of the changelog.
    var positions: [Int32: Int64] { shared.withLock { $0.images.mapValues(\.image.position) } }

    // MARK: The thread

    private func run() {
        var reader: C.Reader?
        var batch = Batch(capacity: 1024)
        var version = -1
        while !isEnding.load(ordering: .acquiring) {
            do throws(KafkaError) {
                try addImages()
                let (positions, now) = shared.withLock { shared in
                    (shared.positions(partitions, settings.stateTopic), shared.version)
                }
                if positions.isEmpty {
                    reader = nil
                    version = -1
                    machine.sleep(milliseconds: 200)
                    continue
                }
                if reader == nil { reader = try cluster.reader(follows: true) }
                if now != version {
                    try reader!.assign(positions)
                    version = now
                }
                reader!.poll(into: &batch, timeoutMilliseconds: 100)
            } catch {
                log(.debug, "following the changelog", [("error", "\(error)")])
                machine.sleep(milliseconds: 1000)
                continue
            }
            take(batch, version)
        }
        reader = nil
        ended.signal()
    }

    /// Begins an image for each partition that nobody here holds.
    private func addImages() throws(KafkaError) {
        let missing = shared.withLock { shared in
            (shared.wanted(of: partitions) ?? []).filter { shared.images[$0] == nil }
        }
        for partition in missing {
            let ends = try cluster.watermarks(settings.stateTopic, partition)
            let image = Image(image: ChangelogImage(settings: settings, position: ends.low))
            shared.withLock { shared in
                guard shared.wanted(of: partitions)?.contains(partition) == true else { return }
                shared.images[partition] = image
                shared.version += 1
            }
        }
    }

    /// Takes what was read from the positions of `version`; if they have changed meanwhile it is read again.
    private func take(_ batch: borrowing Batch, _ version: Int) {
        var failed: [(partition: Int32, error: String)] = []
        shared.withLock { shared in
            guard shared.version == version else { return }
            for (partition, one) in shared.images {
                do {
                    try one.image.take(batch, of: partition)
                } catch {
                    failed.append((partition, "\(error)"))
                    shared.unusable.insert(partition)
                }
            }
            for problem in batch.problems where problem.error.code == .offsetOutOfRange {
                // Made anew from the first record that is there.
                if let partition = problem.partition?.partition { shared.images[partition] = nil }
                shared.version += 1
            }
            for one in failed { shared.images[one.partition] = nil }
            if !failed.isEmpty { shared.version += 1 }
        }
        for one in failed {
            log(
                .warning, "a partition of the state cannot be followed",
                [("partition", "\(one.partition)"), ("error", one.error)])
        }
    }
}
