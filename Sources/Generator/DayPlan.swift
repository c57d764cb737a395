// What all customers do on one day. Customers are visited in order and draw from one random sequence; balances
// are kept so that nobody spends what is not there.
import Banking

/// Money of all customers and the randomness of their days.
struct DayPlan: Sendable {
    let habits: [Habits]
    private var current: [Int64]
    private var savings: [Int64]
    private var random: Random
    private(set) var entries: [Entry] = []
    private var transfers: UInt32 = 0

    init(customers: Int, seed: UInt64) {
        precondition(customers > 0, "somebody has an account")
        habits = (1...customers).map { Habits(customer: $0, seed: seed) }
        current = .init(repeating: 0, count: customers)
        savings = .init(repeating: 0, count: customers)
        random = Random(seed: seed ^ 0x7469_6465_6D61_726B)
    }

    /// Plans `day`; `isFirst` opens the accounts.
    ///
    /// The entries are in no order of time.
    mutating func plan(_ day: Day, isFirst: Bool) {
        entries.removeAll(keepingCapacity: true)
        transfers = 0
        let facts = DayFacts(day)
        for customer in habits.indices {
            if isFirst { open(customer) }
            earn(customer, facts)
            pay(customer, facts)
            spend(customer, facts)
            move(customer, facts)
        }
    }

    /// Adds card payments of customers drawn at random until the day has `count` entries.
    mutating func fill(to count: Int) {
        while entries.count < count {
            let customer = Int(random.below(Int64(habits.count)))
            let before = entries.count
            payByCard(customer)
            if entries.count == before { helpOut(customer) }
        }
    }

    // MARK: What a customer does

    private mutating func open(_ customer: Int) {
        let opening = habits[customer].openingMinor
        add(customer, opening, .credit, .openingBalance, .batch, .unknown, hours: 0...0)
        if habits[customer].hasSavings {
            let saved = opening / 2
            savings[customer] += saved
            append(
                Entry(
                    customer: UInt32(customer), millisecond: time(hours: 0...0), amountMinor: saved,
                    account: .savings, direction: .credit, kind: .openingBalance, channel: .batch,
                    destination: .unknown))
        }
    }

    private mutating func earn(_ customer: Int, _ day: DayFacts) {
        let habit = habits[customer]
        switch habit.livelihood {
        case .salary where day.isPayDay(habit.payDay):
            add(customer, habit.incomeMinor, .credit, .salary, .batch, .sameBank, hours: 8...10)
            save(customer, habit.incomeMinor / 5)
        case .pension where day.isPayDay(habit.payDay):
            add(customer, habit.incomeMinor, .credit, .pension, .batch, .otherBank, hours: 8...9)
            save(customer, habit.incomeMinor / 10)
        case .business where !day.isWeekend && random.oneIn(5), .wealth where random.oneIn(45):
            let amount = habit.incomeMinor * random.within(10...60) / 100
            add(customer, amount, .credit, .transfer, .online, .otherBank, hours: 9...18)
        default: break
        }
        if day.civil.day == 21 {
            // Interest of a month at about 0.3 % a year.
            let interest = (current[customer] + savings[customer]) / 4000
            if interest > 0 {
                add(customer, interest, .credit, .interest, .batch, .unknown, hours: 1...2)
            }
        }
    }

    private mutating func pay(_ customer: Int, _ day: DayFacts) {
        let habit = habits[customer]
        if habit.rentMinor > 0, day.isDueDay(habit.rentDay) {
            let kind = habit.rentDay % 3 == 0 ? EntryKind.loanRepayment : .standingOrder
            let destination = kind == .loanRepayment ? CounterpartyClass.loan : .otherBank
            add(customer, habit.rentMinor, .debit, kind, .batch, destination, hours: 3...6)
        }
        if day.isDueDay(habit.billDay) {
            let bill = random.within(8_000...60_000)
            add(customer, bill, .debit, .directDebit, .batch, .thirdPartyPayment, hours: 5...7)
        }
        if habit.paysFee, day.civil.day == 1 {
            add(customer, 1_000, .debit, .fee, .batch, .unknown, hours: 1...2)
        }
    }

    private mutating func spend(_ customer: Int, _ day: DayFacts) {
        let draw = random.below(100)
        let payments =
            day.isWeekend
            ? (draw < 20 ? 0 : draw < 50 ? 1 : draw < 75 ? 2 : draw < 90 ? 3 : 4)
            : (draw < 35 ? 0 : draw < 70 ? 1 : draw < 88 ? 2 : draw < 96 ? 3 : 4)
        for _ in 0..<payments { payByCard(customer) }
        if random.oneIn(14) {
            let amount = random.within(2...30) * 10_000
            add(customer, amount, .debit, .cash, .atm, .cash, hours: 8...21)
        }
    }

    private mutating func payByCard(_ customer: Int) {
        let usual = habits[customer].spendingMinor
        var amount = 200 + usual * random.within(5...220) / 100
        if random.oneIn(40) { amount *= random.within(4...12) }
        // Prices like round ends.
        if random.oneIn(3) { amount -= amount % 100 }
        let channel: Channel =
            switch random.below(10) {
            case ..<4: .wechat
            case ..<7: .pos
            case ..<9: .mobile
            default: .online
            }
        let kind = channel == .pos ? EntryKind.card : .other
        add(customer, amount, .debit, kind, channel, .thirdPartyPayment, hours: 7...22)
    }

    /// The large movements: seldom for most, a habit for the wealthy.
    private mutating func move(_ customer: Int, _ day: DayFacts) {
        guard !day.isWeekend else { return }
        let habit = habits[customer]
        guard random.oneIn(habit.livelihood == .wealth ? 40 : 1500) else { return }
        let share = current[customer] * random.within(10...45) / 100
        guard share > 1_000_000 else { return }
        let amount = share - share % 100_000
        switch random.below(habit.hasWealthAccount ? 10 : 7) {
        case ..<4: add(customer, amount, .debit, .transfer, .mobile, .otherBank, hours: 9...20)
        case ..<6: add(customer, amount, .debit, .transfer, .online, .securities, hours: 9...14)
        case 6: add(customer, amount, .debit, .transfer, .branch, .ownOtherBank, hours: 9...16)
        default: transfer(customer, amount, to: .wealth, .productPurchase, .wealthProduct)
        }
    }

    /// Saves a part of an income, when there is an account for it.
    private mutating func save(_ customer: Int, _ amountMinor: Int64) {
        guard habits[customer].hasSavings, current[customer] >= amountMinor else { return }
        savings[customer] += amountMinor
        transfer(customer, amountMinor, to: .savings, .transfer, .ownAccount)
    }

    /// Moves money from the current account to another one of the same customer: two legs of one transfer.
    private mutating func transfer(
        _ customer: Int, _ amountMinor: Int64, to account: Account, _ kind: EntryKind,
        _ destination: CounterpartyClass
    ) {
        current[customer] -= amountMinor
        transfers += 1
        var leg = Entry(
            customer: UInt32(customer), millisecond: time(hours: 11...21), amountMinor: amountMinor,
            kind: kind, channel: .mobile, destination: destination, otherAccount: account,
            transfer: transfers)
        append(leg)
        leg.millisecond += 120
        leg.account = account
        leg.otherAccount = .current
        leg.direction = .credit
        append(leg)
    }

    // MARK: Entries

    /// Adds an entry on the current account, unless it would take what is not there.
    private mutating func add(
        _ customer: Int, _ amountMinor: Int64, _ direction: Direction, _ kind: EntryKind,
        _ channel: Channel, _ destination: CounterpartyClass, hours: ClosedRange<Int64>
    ) {
        switch direction {
        case .credit: current[customer] += amountMinor
        case .debit:
            guard current[customer] >= amountMinor else { return }
            current[customer] -= amountMinor
        }
        append(
            Entry(
                customer: UInt32(customer), millisecond: time(hours: hours),
                amountMinor: amountMinor, direction: direction, kind: kind, channel: channel,
                destination: destination))
    }

    /// Somebody lends a customer whose purse is empty a little money.
    private mutating func helpOut(_ customer: Int) {
        let amount = random.within(50...500) * 100
        add(customer, amount, .credit, .transfer, .wechat, .sameBank, hours: 9...22)
    }

    private mutating func append(_ entry: Entry) { entries.append(entry) }

    /// A moment between the first hour's begin and the last hour's end, in milliseconds of the day.
    private mutating func time(hours: ClosedRange<Int64>) -> UInt32 {
        UInt32(
            random.within(hours.lowerBound * 3_600_000...(hours.upperBound + 1) * 3_600_000 - 200))
    }
}

/// What a date says about habits.
struct DayFacts: Sendable {
    let civil: (year: Int, month: Int, day: Int)
    /// 0 is Monday.
    let weekday: Int
    /// Bit n: income that is due on the nth comes today.
    private let payDays: UInt32
    /// Bit n: what is due on the nth is taken today.
    private let dueDays: UInt32

    var isWeekend: Bool { weekday >= 5 }

    init(_ day: Day) {
        civil = day.civil
        weekday = (Int(day.number) % 7 + 7 + 3) % 7
        var payDays: UInt32 = 0
        var dueDays: UInt32 = 0
        switch weekday {
        case 5, 6: break
        default:
            // Income that falls on a weekend comes on the Friday before it, dues are taken on the Monday after.
            for ahead in 0...(weekday == 4 ? 2 : 0) {
                payDays |= 1 << UInt32((day + ahead).civil.day)
            }
            for behind in 0...(weekday == 0 ? 2 : 0) {
                dueDays |= 1 << UInt32((day - behind).civil.day)
            }
        }
        self.payDays = payDays
        self.dueDays = dueDays
    }

    func isPayDay(_ day: UInt8) -> Bool { payDays & (1 << UInt32(day)) != 0 }
    func isDueDay(_ day: UInt8) -> Bool { dueDays & (1 << UInt32(day)) != 0 }
}
