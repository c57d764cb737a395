// Threads of which one runs at a time, and a clock that moves only when none of them can go on. Whoever waits hands
// the turn to a strand that can run, chosen by the dice: the same seed gives the same run, and every order of steps
// that threads of several processes could take may come up.
import Banking
import Kafka
import Randomness
import Synchronization

@testable import Pipeline

/// A thread of the simulated world.
final class Strand {
    let machine: SimMachine?
    fileprivate let gate = CountingSemaphore()
    /// Goes on at this time, or as soon as `isReady`.
    fileprivate var deadline: Int64
    fileprivate var isReady: (() -> Bool)?

    fileprivate init(_ machine: SimMachine?, now: Int64) {
        self.machine = machine
        deadline = now
    }

    fileprivate func canRun(_ now: Int64) -> Bool {
        if let machine, machine.pausedUntil > now { return false }
        return deadline <= now || isReady?() ?? false
    }

    /// When time itself lets it go on.
    fileprivate func nextTime(_ now: Int64) -> Int64 {
        guard let machine, machine.pausedUntil > now else { return deadline }
        return machine.pausedUntil
    }
}

/// All strands, their clock, and what is to happen at given times.
///
/// Touched only by the thread whose turn it is.
final class Strands: @unchecked Sendable {
    /// Microseconds since the world began.
    private(set) var now: Int64 = 0
    var dice: Dice
    var wall: Wall
    private var all: [Strand]
    private var current: Strand
    private var timers: [(time: Int64, body: () -> Void)] = []

    /// The calling thread becomes the first strand.
    init(seed: UInt64) {
        dice = Dice(seed: seed)
        wall = Wall(seed: seed)
        current = Strand(nil, now: 0)
        all = [current]
    }

    /// Lets others run for `microseconds`, or until `isReady`.
    func wait(_ microseconds: Int64, or isReady: (() -> Bool)? = nil) {
        let strand = current
        let (end, overflows) = now.addingReportingOverflow(microseconds)
        strand.deadline = overflows ? .max : end
        strand.isReady = isReady
        let next = choose()
        guard next !== strand else { return }
        current = next
        next.gate.signal()
        strand.gate.wait()
    }

    /// Calls `body` at the time, in the turn of whoever waits then.
    func after(_ microseconds: Int64, _ body: @escaping () -> Void) {
        timers.append((now + microseconds, body))
    }

    /// Forgets what was still to happen, and with it whom that would have happened to.
    func end() { timers = [] }

    /// Starts a thread whose turn comes when the dice say so.
    func start(
        _ name: String, on machine: SimMachine, _ body: @escaping @Sendable () -> Void
    ) -> Thread {
        let strand = Strand(machine, now: now)
        all.append(strand)
        let start = Start(strand: strand, strands: self)
        return Thread(name: name) {
            start.strand.gate.wait()
            body()
            start.strands.finish(start.strand)
        }
    }

    /// What a new thread takes with it.
    private struct Start: @unchecked Sendable {
        let strand: Strand
        let strands: Strands
    }

    private func finish(_ strand: Strand) {
        all.removeAll { $0 === strand }
        current = choose()
        current.gate.signal()
    }

    private func choose() -> Strand {
        while true {
            while let due = timers.firstIndex(where: { $0.time <= now }) {
                timers.remove(at: due).body()
            }
            let ready = all.filter { $0.canRun(now) }
            if let only = ready.first { return ready.count == 1 ? only : dice.pick(ready) }
            let next = min(
                all.reduce(.max) { min($0, $1.nextTime(now)) },
                timers.reduce(.max) { min($0, $1.time) })
            precondition(next > now && next < .max, "every strand waits for another")
            now = next
        }
    }
}

/// A semaphore of the simulated world.
final class SimSignal: Signal, @unchecked Sendable {
    private let strands: Strands
    private var count = 0

    init(_ strands: Strands) { self.strands = strands }

    func signal() { count += 1 }

    func wait() {
        if count == 0 { strands.wait(.max) { self.count > 0 } }
        count -= 1
    }

    func wait(milliseconds: Int) -> Bool {
        if count == 0, milliseconds > 0 {
            strands.wait(Int64(milliseconds) * 1000) { self.count > 0 }
        }
        guard count > 0 else { return false }
        count -= 1
        return true
    }
}

/// The machine of one simulated process, which can be stopped for a while.
final class SimMachine: Machine, @unchecked Sendable {
    let strands: Strands
    var pausedUntil: Int64 = 0

    init(_ strands: Strands) { self.strands = strands }

    func monotonicMicroseconds() -> Int64 { strands.now }

    func now() -> Instant { strands.wall.time(strands.now) }

    func sleep(milliseconds: Int) { strands.wait(Int64(max(1, milliseconds)) * 1000) }

    var processors: Int { 4 }

    func makeSignal() -> SimSignal { SimSignal(strands) }

    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        strands.start(name, on: self, body)
    }
}
