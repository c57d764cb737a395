// The machine under a worker as a small protocol: time, and a second thread with what the two wait on. The simulator
// has a clock of its own and lets one thread run at a time. Generic code over it is specialised, so it costs nothing.
import Banking
import Glibc
import Kafka

/// What threads wait on: signals are counted.
protocol Signal: AnyObject, Sendable {
    func signal()
    func wait()
    /// Waits at most `milliseconds`; false when the time was over.
    func wait(milliseconds: Int) -> Bool
}

/// Time, and threads.
protocol Machine: Sendable {
    associatedtype Waiting: Signal
    /// Microseconds of a clock that never goes back.
    func monotonicMicroseconds() -> Int64
    /// The wall clock.
    func now() -> Instant
    func sleep(milliseconds: Int)
    /// How many threads can run at a time.
    var processors: Int { get }
    func makeSignal() -> Waiting
    /// Starts a thread named `name`.
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread
}

extension Machine {
    /// Milliseconds of a clock that never goes back.
    func monotonicMilliseconds() -> Int64 { monotonicMicroseconds() / 1000 }

    /// Calls `body` until it succeeds, or `fail`, which is told of each failure, throws.
    func insist<Answer, End: Error>(
        pauseMilliseconds: Int, _ body: () throws(KafkaError) -> Answer,
        onFailure fail: (KafkaError) throws(End) -> Void
    ) throws(End) -> Answer {
        while true {
            do throws(KafkaError) { return try body() } catch { try fail(error) }
            sleep(milliseconds: pauseMilliseconds)
        }
    }
}

extension CountingSemaphore: Signal {}

/// The machine that the process runs on.
struct RealMachine: Machine {
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    func monotonicMicroseconds() -> Int64 { Clock.monotonicMicroseconds() }
    func now() -> Instant { Clock.now() }
    func sleep(milliseconds: Int) { Clock.sleep(milliseconds: milliseconds) }
    func makeSignal() -> CountingSemaphore { CountingSemaphore() }
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        Thread(name: name, body)
    }
}
