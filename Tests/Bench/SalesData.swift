/// Deterministic sales of fifty companies over five years.
///
/// The shape of a growing group of service companies: company n has the n-th share of a Zipf
/// distribution (the first 22 %, the twelfth 1.9 %), every year has more sales than the one before,
/// a few customers and services make most of the turnover, amounts are skewed, and what is old has
/// been paid. Rows come in the order of their time, as an application would have written them.
///
/// Only integer arithmetic, exact floating-point operations and square roots are used (IEEE 754
/// rounds them correctly), so the rows are the same on every machine.
struct SalesData {
    /// One sale.
    struct Sale {
        var id: Int
        /// 1 to `companies`.
        var company: Int
        /// Seconds since the epoch.
        var time: Int
        var status: Int
        var customer: Int
        var service: Int
        var rep: Int
        var source: Int
        /// Minor units, net and tax.
        var amount: Int
        var tax: Int
        var currency: Int
    }

    /// Changes with every change of the rows or of their files.
    static let version = 1

    static let companies = 50
    static let servicesPerCompany = 20
    static let repsPerCompany = 10
    /// 2021-01-01 00:00 UTC.
    static let start = 1_609_459_200
    /// 2026-01-01 00:00 in Copenhagen.
    static let end = 1_767_222_000
    static let statuses = ["draft", "open", "invoiced", "paid", "overdue", "cancelled"]
    static let sources = [
        "web", "referral", "phone", "email", "partner", "social", "event", "walkin",
    ]
    static let currencies = ["DKK", "EUR", "USD"]
    private static let statusShares = [0.02, 0.06, 0.10, 0.72, 0.04, 0.06]
    private static let sourceShares = [0.3, 0.2, 0.12, 0.12, 0.1, 0.08, 0.05, 0.03]
    private static let currencyShares = [0.85, 0.1, 0.05]

    /// How many sales there are.
    let rows: Int
    /// The last customer's number of each company; 0 stands before the first company.
    let customerEnds: [Int]
    private let companyShares: [Double]

    init(rows: Int) {
        self.rows = rows
        let weights = (1...Self.companies).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        companyShares = weights.map { $0 / total }
        var ends = [0]
        for share in companyShares {
            ends.append(ends[ends.count - 1] + max(Int(share * Double(rows / 20)), 1))
        }
        customerEnds = ends
    }

    /// Calls its argument with each sale, in the order of their numbers.
    func forEachSale(_ body: (Sale) throws -> Void) rethrows {
        var random = SplitMix64(state: 20_260_101)
        let span = Double(Self.end - Self.start)
        // Volume doubles over the five years: the inverse of the distribution whose density rises
        // from 2/3 at the start to 4/3 at the end.
        let times = (0..<rows).map { _ in
            let moment = (random.fraction() * 0.75 + 0.25).squareRoot() * 2 - 1
            return min(Self.start + Int(moment * span), Self.end - 1)
        }.sorted()
        for (index, time) in times.enumerated() {
            let company = random.position(in: companyShares)
            let first = customerEnds[company]
            let customers = Double(customerEnds[company + 1] - first)
            let early = random.fraction()
            let amount = Self.amount(&random)
            try body(
                Sale(
                    id: index + 1, company: company + 1, time: time,
                    status: Self.status(age: Self.end - time, &random),
                    customer: first + Int(customers * early * early) + 1,
                    service: company * Self.servicesPerCompany
                        + Self.skewed(Self.servicesPerCompany, &random) + 1,
                    rep: company * Self.repsPerCompany
                        + Self.skewed(Self.repsPerCompany, &random) + 1,
                    source: random.position(in: Self.sourceShares), amount: amount,
                    tax: random.fraction() < 0.9 ? amount / 4 : 0,
                    currency: random.position(in: Self.currencyShares)))
        }
    }

    /// A number below `count`, small ones more often.
    private static func skewed(_ count: Int, _ random: inout SplitMix64) -> Int {
        let fraction = random.fraction()
        return min(Int(Double(count) * fraction * fraction.squareRoot()), count - 1)
    }

    /// Unpaid invoices are mostly younger than four months.
    private static func status(age: Int, _ random: inout SplitMix64) -> Int {
        let status = random.position(in: statusShares)
        let (invoiced, paid, overdue) = (2, 3, 4)
        let isPaidByNow = random.fraction() < 0.9
        let isOld = age > 120 * 86_400
        return isOld && isPaidByNow && (status == invoiced || status == overdue) ? paid : status
    }

    /// Skewed as amounts are: a power of two whose exponent is nearly normal (a sum of twelve even
    /// numbers), with its fraction taken linearly.
    private static func amount(_ random: inout SplitMix64) -> Int {
        var sum = -6.0
        for _ in 0..<12 { sum += random.fraction() }
        let exponent = 15.9 + 1.6 * sum
        let whole = exponent.rounded(.down)
        return Int(Double(1 << Int(whole)) * (1 + exponent - whole)) + 100
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64 {
    private var state: UInt64

    init(state: UInt64) { self.state = state }

    /// A number from 0 up to but not including 1.
    mutating func fraction() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }

    /// The position of one share, each as probable as it is large; the shares add up to 1.
    mutating func position(in shares: [Double]) -> Int {
        var rest = fraction()
        for (index, share) in shares.enumerated() {
            rest -= share
            if rest < 0 { return index }
        }
        return shares.count - 1
    }
}
