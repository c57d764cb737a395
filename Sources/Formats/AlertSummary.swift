// The sentence of an alert for people at a branch: who, how much, when, against which limit. It names no account in
// full, whatever the settings say. The words are in AlertSummary+English.swift and AlertSummary+Chinese.swift.
import Banking

extension AlertWriter {
    /// Appends the sentence, escaped for JSON, without quotes.
    mutating func writeSummary(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        switch language {
        case .en: writeEnglish(alert, to: &output)
        case .zh: writeChinese(alert, to: &output)
        }
    }

    /// Appends the currency's amount with thousands separators: `1,234.50 CNY`.
    func writeAmount(_ minor: Int128, to output: inout OutputSpan<UInt8>) {
        DecimalText.append(minor, exponent: currency.exponent, grouped: true, to: &output)
        output.append(0x20)
        output.appendLetters(of: currency)
    }

    /// Appends `2025-05-06 10:01`; the date alone for the last microsecond of a day, which stands for a day as a whole.
    mutating func writeMoment(_ time: Instant, to output: inout OutputSpan<UInt8>) {
        let local = almanac.local(time)
        output.append(almanac.text(of: local.day))
        if almanac.isEndOfDay(time) { return }
        output.append(0x20)
        output.append(local.clock, count: 5)
    }

    /// Whether the average stands at the edge or above it: a rise, and else a fall.
    func isRise(_ alert: Alert) -> Bool {
        guard let threshold = alert.thresholdMinor else { return true }
        if let sum = alert.averageSum, alert.averageDays > 0 {
            return sum >= threshold * Int128(alert.averageDays)
        }
        return (alert.valueMinor ?? threshold) >= threshold
    }
}

/// The length of a window in the largest unit that fits: days from two on, hours, minutes.
enum WindowLength {
    case days(Int), hours(Int), minutes(Int)

    /// The length of `microseconds`; a window by date counts days, rounded up.
    init(microseconds: Int64, byDate: Bool) {
        if byDate {
            self = .days(Int((microseconds + Micros.day - 1) / Micros.day))
        } else if microseconds % Micros.day == 0 && microseconds > Micros.day {
            self = .days(Int(microseconds / Micros.day))
        } else if microseconds % Micros.hour == 0 {
            self = .hours(Int(microseconds / Micros.hour))
        } else {
            self = .minutes(Int(microseconds / Micros.minute))
        }
    }
}
