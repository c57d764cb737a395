// Words to systemd (sd_notify); nothing happens outside of it.
import CSystemd

/// Tells the service manager how it goes.
public enum ServiceManager {
    /// The daemon does its work.
    public static func ready() { notify("READY=1") }

    /// The daemon drains and ends.
    public static func stopping() { notify("STOPPING=1") }

    /// The daemon is alive; to be said at least every `watchdogMilliseconds`.
    public static func alive() { notify("WATCHDOG=1") }

    /// One line for `systemctl status`.
    public static func status(_ line: String) { notify("STATUS=\(line)") }

    /// Half the time after which the service manager takes silence for death; nil when it does not watch.
    public static var watchdogMilliseconds: Int? {
        var microseconds: UInt64 = 0
        guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return max(1, Int(microseconds / 2_000))
    }

    private static func notify(_ state: String) { _ = unsafe sd_notify(0, state) }
}
