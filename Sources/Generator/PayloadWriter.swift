// A planned entry as the JSON of a transaction event. Plain appends into one buffer; what is the same all day is
// made once a day.
import Banking

/// Writes the entries of one day.
struct PayloadWriter: Sendable {
    /// `2025-01-01T`.
    private var datePrefix: [UInt8] = []
    /// `20250101-`.
    private var idPrefix: [UInt8] = []

    /// Begins `day`.
    mutating func begin(_ day: Day) {
        let civil = day.civil
        datePrefix.removeAll(keepingCapacity: true)
        datePrefix.append(digits: civil.year, width: 4)
        datePrefix.append(45)
        datePrefix.append(digits: civil.month, width: 2)
        datePrefix.append(45)
        datePrefix.append(digits: civil.day, width: 2)
        datePrefix.append(84)
        idPrefix.removeAll(keepingCapacity: true)
        idPrefix.append(digits: civil.year, width: 4)
        idPrefix.append(digits: civil.month, width: 2)
        idPrefix.append(digits: civil.day, width: 2)
        idPrefix.append(45)
    }

    /// Appends `entry`, the `number`th of its day, to `bytes`; returns where its customer id lies.
    @inline(__always)
    func append(_ entry: Entry, number: Int, branch: UInt8, to bytes: inout [UInt8]) -> Range<Int> {
        bytes.append(static: "{\"id\":\"")
        bytes.append(contentsOf: idPrefix)
        bytes.append(digits: number, width: 7)
        bytes.append(static: "\",\"customer_id\":\"")
        let keyStart = bytes.count
        bytes.append(99)
        bytes.append(digits: Int(entry.customer) + 1, width: 7)
        let key = keyStart..<bytes.count
        bytes.append(static: "\",\"account_id\":\"")
        append(account: entry.account, of: entry.customer, to: &bytes)
        bytes.append(static: "\",\"direction\":\"")
        bytes.append(static: entry.direction.text)
        bytes.append(static: "\",\"amount\":\"")
        bytes.append(digits: Int(entry.amountMinor / 100), width: 1)
        bytes.append(46)
        bytes.append(digits: Int(entry.amountMinor % 100), width: 2)
        bytes.append(static: "\",\"currency\":\"CNY\",\"booked_at\":\"")
        bytes.append(contentsOf: datePrefix)
        append(time: Int(entry.millisecond), to: &bytes)
        bytes.append(static: "+08:00\",\"status\":\"booked\"")
        if entry.account == .wealth { bytes.append(static: ",\"account_kind\":\"wealth\"") }
        bytes.append(static: ",\"kind\":\"")
        bytes.append(static: entry.kind.text)
        bytes.append(static: "\",\"channel\":\"")
        bytes.append(static: entry.channel.text)
        bytes.append(static: "\",\"branch\":\"B")
        bytes.append(digits: Int(branch), width: 3)
        bytes.append(34)
        if entry.transfer > 0 {
            bytes.append(static: ",\"transfer_id\":\"T")
            bytes.append(contentsOf: idPrefix)
            bytes.append(digits: Int(entry.transfer), width: 7)
            bytes.append(static: "\",\"counterparty\":{\"account_id\":\"")
            append(account: entry.otherAccount, of: entry.customer, to: &bytes)
            bytes.append(static: "\",\"class\":\"")
        } else {
            bytes.append(static: ",\"counterparty\":{\"class\":\"")
        }
        bytes.append(static: entry.destination.text)
        bytes.append(static: "\"}}")
        return key
    }

    @inline(__always)
    private func append(account: Account, of customer: UInt32, to bytes: inout [UInt8]) {
        bytes.append(static: "62220")
        bytes.append(digits: Int(customer) + 1, width: 10)
        bytes.append(48 + account.rawValue)
    }

    @inline(__always)
    private func append(time millisecond: Int, to bytes: inout [UInt8]) {
        bytes.append(digits: millisecond / 3_600_000, width: 2)
        bytes.append(58)
        bytes.append(digits: millisecond / 60_000 % 60, width: 2)
        bytes.append(58)
        bytes.append(digits: millisecond / 1000 % 60, width: 2)
        bytes.append(46)
        bytes.append(digits: millisecond % 1000, width: 3)
    }
}

extension [UInt8] {
    /// Appends the UTF-8 of `text`.
    @inline(__always)
    fileprivate mutating func append(static text: StaticString) {
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends `value`, not negative, in at least `width` digits.
    @inline(__always)
    fileprivate mutating func append(digits value: Int, width: Int) {
        var digits = 1
        var power = 10
        while digits < width || value >= power {
            digits += 1
            power *= 10
        }
        for _ in 0..<digits { append(48) }
        var rest = value
        var index = count
        while rest > 0 {
            index -= 1
            self[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
    }
}
