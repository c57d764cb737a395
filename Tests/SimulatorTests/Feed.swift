// What comes in: entries of a few customers over some weeks, written as producers of all kinds write them.
import Banking
import Engine
import Kafka
import Randomness
import SamplePolicy

@testable import Pipeline

/// The producers of the input.
struct Feed {
    /// Records still to be written.
    private var left: Int
    private let count: Int
    private let customers: Int
    private var producers = 0
    /// Whether entries come as time passes; else they are of some weeks long ago.
    private let isLive: Bool

    init(_ dice: inout Dice, isLive: Bool) {
        self.isLive = isLive
        count = dice.pick([40, 100, 200, 400])
        left = count
        customers = dice.pick([3, 8, 20])
    }

    var isEmpty: Bool { left == 0 }

    static let policy: Policy = {
        var bank = SamplePolicy(trailingDays: 10)
        bank.duplicateDays = 1
        return bank.policy
    }()

    /// Writes at most `most` records: plainly, or in a transaction that is committed, aborted or forgotten.
    mutating func write(_ most: Int, to broker: Broker, partitions: Int) {
        // Where days pass, something is left for every one of them.
        let amount = min(left, most, isLive ? max(1, left / 6) : left)
        guard amount > 0 else { return }
        let topic = Settings(policy: Feed.policy).inputTopic
        let now = broker.strands.wall.time(broker.strands.now)
        let records = (0..<amount).map { _ in record(&broker.strands.dice, now) }
        func place(_ key: [UInt8]) -> Int {
            Int(Partitioner.partition(of: key.span, partitions: partitions))
        }
        guard broker.strands.dice.chance(30) else {
            for (key, value) in records {
                broker.append(topic, place(key), key: key, value: value)
            }
            return
        }
        producers += 1
        let id = "feed-\(producers)"
        guard let epoch = try? broker.initialize(id) else { return }
        for (key, value) in records {
            try? broker.write(id, epoch, topic, place(key), key: key, value: value)
        }
        switch broker.strands.dice.number(0...3) {
        case 0: break
        case 1: _ = try? broker.initialize(id)
        default:
            let delay = Int64(broker.strands.dice.number(1000...3_000_000))
            broker.strands.after(delay) { try? broker.finish(id, epoch) }
        }
    }

    private mutating func record(
        _ dice: inout Dice, _ now: Instant
    ) -> (key: [UInt8], value: [UInt8]) {
        let number = count - left
        left -= 1
        let customer = "canary\(dice.number(1...customers))"
        let (date, time) =
            isLive
            ? Feed.moment(&dice, now) : ("2025-03-\(pad(1 + number * 20 / count))", "12:00:00")
        let amount = dice.chance(12) ? dice.number(30_000...70_000) : dice.number(0...9000)
        let direction = dice.chance(50) ? "debit" : "credit"
        let entry = dice.chance(3) ? max(0, number - dice.number(0...9)) : number
        var value =
            #"{"id":"e\#(entry)","customer_id":"\#(customer)","account_id":"a\#(customer)","#
        value += #""direction":"\#(direction)","amount":"\#(amount).00","currency":"CNY","#
        value += #""booking_date":"\#(date)","booked_at":"\#(date)T\#(time)+08:00"}"#
        if dice.chance(2) { value = "{" }
        return (Array(customer.utf8), Array(value.utf8))
    }

    /// Date and time of an entry that comes now: minutes old, some a day or two.
    private static func moment(_ dice: inout Dice, _ now: Instant) -> (date: String, time: String) {
        var age = Int64(dice.number(0...40)) * Micros.minute
        if dice.chance(8) { age += Int64(dice.number(1...2)) * Micros.day }
        let local = now.microseconds - age + 8 * Micros.hour
        let (year, month, day) = Day(Int32(local / Micros.day)).civil
        let second = Int(local % Micros.day / Micros.second)
        let time = [second / 3600, second / 60 % 60, second % 60].map(pad).joined(separator: ":")
        return ("\(year)-\(pad(month))-\(pad(day))", time)
    }
}

private func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
