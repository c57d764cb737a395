// The log: one line an event, to standard error, as text or JSON. A line is written by one call under a lock, so
// that lines of several threads never mix. No line names a customer or an account.
public import Banking
import Glibc
import Pipeline
import Synchronization

/// A name and a value that belong to a line.
public typealias LogField = (name: String, value: String)

/// Writes lines; may be called on any thread, never once a record.
public final class Log: Sendable {
    private let settings: LogSettings
    private let output: Mutex<@Sendable ([UInt8]) -> Void>
    private let now: @Sendable () -> Instant

    /// A log to standard error.
    public convenience init(_ settings: LogSettings) {
        self.init(settings, now: { Clock.now() }, output: { Log.writeToStandardError($0) })
    }

    /// A log whose lines go to `output`, each whole and with its line break.
    public init(
        _ settings: LogSettings, now: @escaping @Sendable () -> Instant,
        output: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.settings = settings
        self.now = now
        self.output = Mutex(output)
    }

    /// Writes a line, if its level is high enough.
    public func write(_ level: Level, _ message: String, _ fields: [LogField] = []) {
        guard level >= settings.level else { return }
        let line =
            switch settings.format {
            case .text: textLine(level, message, fields)
            case .json: jsonLine(level, message, fields)
            }
        output.withLock { $0(line) }
    }

    /// For whoever looks for a fault.
    public func debug(_ message: String, _ fields: [LogField] = []) {
        write(.debug, message, fields)
    }

    /// What goes on.
    public func info(_ message: String, _ fields: [LogField] = []) { write(.info, message, fields) }

    /// What an operator wants to know.
    public func notice(_ message: String, _ fields: [LogField] = []) {
        write(.notice, message, fields)
    }

    /// What an operator should look at some day.
    public func warning(_ message: String, _ fields: [LogField] = []) {
        write(.warning, message, fields)
    }

    /// What an operator must act on.
    public func error(_ message: String, _ fields: [LogField] = []) {
        write(.error, message, fields)
    }

    private func textLine(_ level: Level, _ message: String, _ fields: [LogField]) -> [UInt8] {
        var line = Moment.text(now(), in: nil, decimals: 3) + " " + level.name + " "
        line += String(message.unicodeScalars.map { Log.isControl($0) ? " " : Character($0) })
        for field in fields { line += " " + field.name + "=" + Log.quoted(field.value) }
        return Array(line.utf8) + [10]
    }

    private func jsonLine(_ level: Level, _ message: String, _ fields: [LogField]) -> [UInt8] {
        var json = JSONOut()
        json.beginObject()
        json.field("time", Moment.text(now(), in: nil, decimals: 3))
        json.field("level", level.name)
        json.field("message", message)
        for field in fields { json.field(field.name, field.value) }
        json.endObject()
        return json.bytes + [10]
    }

    /// A value as it is when that is plain, else as a JSON string.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy {
            !isControl($0) && $0 != " " && $0 != "\"" && $0 != "="
        }
        if isPlain && !value.isEmpty { return value }
        var json = JSONOut()
        json.value(value)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || (127..<160).contains(scalar.value)
    }

    private static func writeToStandardError(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(2, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            // A log that cannot be written must not stop the daemon.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
