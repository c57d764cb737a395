// Who the generated customers are: how they earn, what they pay, where they spend. Fixed for a customer by the
// seed and the customer's number alone, so that more customers do not change the first ones.

/// What a customer lives on.
enum Livelihood: UInt8, Sendable {
    case salary, pension, business, wealth
}

/// One customer's habits; amounts in minor units.
struct Habits: Sendable {
    var livelihood: Livelihood
    /// Day of the month of the income, 1 to 28.
    var payDay: UInt8
    /// Day of the month of rent or mortgage, 1 to 8.
    var rentDay: UInt8
    /// Day of the month of the utilities' direct debit, 10 to 20.
    var billDay: UInt8
    var hasSavings: Bool
    var hasWealthAccount: Bool
    var paysFee: Bool
    /// The branch, 1 to 40.
    var branch: UInt8
    var incomeMinor: Int64
    var rentMinor: Int64
    /// A usual card payment.
    var spendingMinor: Int64
    /// What the first account holds at the start.
    var openingMinor: Int64

    /// The habits of customer `number` under `seed`.
    init(customer number: Int, seed: UInt64) {
        var mixer = seed &+ UInt64(number) &* 0xD1B5_4A32_D192_ED03
        var random = Random(seed: Random.splitMix(&mixer))
        livelihood =
            switch random.below(100) {
            case ..<68: .salary
            case ..<84: .pension
            case ..<95: .business
            default: .wealth
            }
        let payDays: [UInt8] = [5, 10, 10, 15, 15, 20, 25, 28]
        payDay = livelihood == .pension ? 12 : payDays[Int(random.below(8))]
        rentDay = UInt8(random.within(1...8))
        billDay = UInt8(random.within(10...20))
        paysFee = random.oneIn(8)
        branch = UInt8(random.within(1...40))
        // The smaller of two draws: many earn little, few earn much.
        let draw = min(random.below(1000), random.below(1000))
        switch livelihood {
        case .salary:
            incomeMinor = (6_000 + draw * 34) * 100
            openingMinor = random.within(2_000...80_000) * 100
        case .pension:
            incomeMinor = (3_000 + draw * 6) * 100
            openingMinor = random.within(10_000...160_000) * 100
        case .business:
            incomeMinor = (8_000 + draw * 60) * 100
            openingMinor = random.within(20_000...400_000) * 100
        case .wealth:
            incomeMinor = (40_000 + draw * 160) * 100
            openingMinor = random.within(300_000...6_000_000) * 100
        }
        rentMinor = livelihood == .pension ? 0 : incomeMinor * random.within(18...34) / 100
        spendingMinor = 3_000 + incomeMinor / 150
        hasSavings = random.below(100) < (livelihood == .pension ? 60 : 35)
        hasWealthAccount = livelihood == .wealth || random.below(100) < 8
    }
}
