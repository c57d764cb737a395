// The two customers of each month whose money tells a story: one with a platinum average who leaves in three
// transfers, and one who climbs to gold. The crowd around them comes from the generator.
import Banking

/// One event of the story, or only a remark.
struct StoryEvent: Sendable {
    /// Days since the month's first.
    let day: Int
    let hour: Int
    let minute: Int
    let customer: String
    let direction: Direction
    let amountMinor: Int64
    let kind: EntryKind
    let destination: CounterpartyClass
    /// What the teller says as it happens.
    let remark: String
}

/// The story of one month.
struct DemoStory: Sendable {
    let leaver: String
    let climber: String
    let events: [StoryEvent]

    private static let leavers = [
        "liu-min", "wang-fang", "zhao-lei", "sun-jie", "he-jing", "luo-yan",
    ]
    private static let climbers = ["chen-yu", "lin-tao", "guo-mei", "tang-wei", "xu-ning", "ma-bo"]

    /// The story of the `month`th month of the demo, which begins on the 1st.
    init(month: Int) {
        let round = month / DemoStory.leavers.count
        let suffix = round == 0 ? "" : "-\(round + 1)"
        let leaver = DemoStory.leavers[month % DemoStory.leavers.count] + suffix
        let climber = DemoStory.climbers[month % DemoStory.climbers.count] + suffix
        self.leaver = leaver
        self.climber = climber
        func move(
            _ customer: String, day: Int, _ hour: Int, _ minute: Int, _ direction: Direction,
            _ amount: Int64, _ kind: EntryKind, _ destination: CounterpartyClass, _ remark: String
        ) -> StoryEvent {
            StoryEvent(
                day: day - 1, hour: hour, minute: minute, customer: customer, direction: direction,
                amountMinor: amount * 100, kind: kind, destination: destination, remark: remark)
        }
        events = [
            move(
                leaver, day: 1, 0, 10, .credit, 1_400_000, .openingBalance, .unknown,
                "\(leaver) is a platinum customer with 1,400,000.00 CNY"),
            move(
                climber, day: 1, 0, 20, .credit, 60_000, .openingBalance, .unknown,
                "\(climber) is an ordinary customer with 60,000.00 CNY"),
            move(
                climber, day: 6, 10, 30, .credit, 18_000, .salary, .otherBank,
                "\(climber) receives a salary of 18,000.00 CNY"),
            move(
                climber, day: 8, 14, 5, .credit, 165_000, .transfer, .otherBank,
                "\(climber) brings 165,000.00 CNY from another bank: on the way to gold"),
            move(
                leaver, day: 14, 9, 10, .debit, 48_000, .transfer, .otherBank,
                "\(leaver) sends 48,000.00 CNY to another bank: just below the limit of one payment"
            ),
            move(
                leaver, day: 14, 13, 30, .debit, 40_000, .transfer, .otherBank,
                "\(leaver) sends 40,000.00 CNY more"),
            move(
                leaver, day: 14, 17, 45, .debit, 45_000, .transfer, .otherBank,
                "\(leaver) sends 45,000.00 CNY more: three transfers in one day"),
            move(
                leaver, day: 15, 9, 20, .debit, 1_100_000, .transfer, .otherBank,
                "\(leaver) takes nearly all the rest away; the average will follow"),
        ]
    }
}

extension StoryEvent {
    /// The event as a payload of the input topic, booked on `date`.
    func payload(on date: Day, number: Int) -> [UInt8] {
        let (year, month, day) = date.civil
        let dateText = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
        let amount = DecimalText.string(Int128(amountMinor), exponent: 2)
        let text = """
            {"id":"story-\(pad(number, 5))","customer_id":"\(customer)",\
            "account_id":"6222-\(customer)-0001","direction":"\(direction.text)",\
            "amount":"\(amount)","currency":"CNY",\
            "booked_at":"\(dateText)T\(pad(hour, 2)):\(pad(minute, 2)):00.000+08:00",\
            "kind":"\(kind.text)","channel":"mobile","branch":"B007",\
            "counterparty":{"class":"\(destination.text)"}}
            """
        return Array(text.utf8)
    }

    private func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
