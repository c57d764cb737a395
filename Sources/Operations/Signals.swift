// Signals are waited for by the main thread and interrupt nobody: they are blocked before any thread is made, and
// all threads inherit that.
import Glibc

/// The signals that mean something to the daemon.
public enum StopSignal: Int32, Sendable {
    /// SIGHUP.
    case hangup = 1
    /// SIGINT.
    case interrupt = 2
    /// SIGTERM.
    case terminate = 15
}

/// Blocks and awaits signals.
public enum Signals {
    /// Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE; to be called by `main` before there is any thread.
    public static func block() {
        var set = stopSet()
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Waits at most `milliseconds` for a signal; nil when none came.
    public static func wait(milliseconds: Int) -> StopSignal? {
        var set = stopSet()
        var time = timespec(
            tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000)
        let number = unsafe sigtimedwait(&set, nil, &time)
        return StopSignal(rawValue: number)
    }

    /// From now on SIGTERM and SIGINT end the process at once, with 70.
    public static func endAtOnceOnNext() {
        for number in [SIGTERM, SIGINT] {
            _ = signal(number) { _ in _exit(ExitCode.internalError.rawValue) }
        }
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        unsafe sigaddset(&set, SIGINT)
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Waits on the main thread until `isDone`, and calls `stop` at the first SIGTERM or SIGINT;
    /// the next one ends the process.
    ///
    /// Meanwhile the service manager hears that the process is alive as long as `isAlive` says so.
    public static func supervise(
        isDone: () -> Bool, isAlive: () -> Bool = { true }, onHangup: () -> Void = {},
        stop: (StopSignal) -> Void
    ) {
        let watchdog = ServiceManager.watchdogMilliseconds
        var silence = ContinuousClock.now
        var isStopping = false
        while !isDone() {
            switch wait(milliseconds: min(watchdog ?? 100, 100)) {
            case .hangup: onHangup()
            case .some(let signal):
                // One that comes while this waits is taken here, and reaches no handler.
                if isStopping { _exit(ExitCode.internalError.rawValue) }
                isStopping = true
                endAtOnceOnNext()
                ServiceManager.stopping()
                stop(signal)
            case nil: break
            }
            guard let watchdog, ContinuousClock.now - silence >= .milliseconds(watchdog) else {
                continue
            }
            silence = .now
            if isAlive() { ServiceManager.alive() }
        }
    }

    private static func stopSet() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&set, number) }
        return set
    }
}
