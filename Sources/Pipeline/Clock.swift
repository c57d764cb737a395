// Time as the machinery sees it: a clock that never goes back for deadlines, the wall clock for metrics and the log.
package import Banking
import Glibc

/// Clocks and waits of the operating system.
package enum Clock {
    /// Microseconds of a clock that never goes back.
    package static func monotonicMicroseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Milliseconds of a clock that never goes back.
    package static func monotonicMilliseconds() -> Int64 { read(CLOCK_MONOTONIC) / 1000 }

    /// The wall clock.
    package static func now() -> Instant { Instant(microseconds: read(CLOCK_REALTIME)) }

    /// Lets the calling thread rest.
    package static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        _ = unsafe nanosleep(&time, nil)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
