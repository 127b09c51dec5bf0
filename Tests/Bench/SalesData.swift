/// Deterministic sales and leads of fifty companies over five years.
///
/// The shape of a growing group of service companies: company n has the n-th share of a Zipf
/// distribution (the first 22 %, the twelfth 1.9 %), every year has more sales than the one before,
/// a few customers and services make most of the turnover, amounts are skewed, and what is old has
/// been paid. Every fifth sale came from a lead, which is days to months older; there are half as
/// many leads as sales. Rows are numbered in the order of their time, as an application would have
/// written them.
///
/// Only integer arithmetic, exact floating-point operations and square roots are used (IEEE 754
/// rounds them correctly), so the rows are the same on every machine. They are kept column by
/// column, about 80 bytes a sale together with its leads.
struct SalesData {
    /// Changes with every change of the rows or of their files.
    static let version = 2

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
    static let leadStatuses = ["new", "contacted", "qualified", "won", "lost"]
    private static let statusShares = [0.02, 0.06, 0.10, 0.72, 0.04, 0.06]
    private static let sourceShares = [0.3, 0.2, 0.12, 0.12, 0.1, 0.08, 0.05, 0.03]
    private static let currencyShares = [0.85, 0.1, 0.05]
    /// Of leads that became no sale: none is won.
    private static let openShares = [0.2, 0.2, 0.1, 0, 0.5]
    private static let day = 86_400

    /// The sales; number n is at position n - 1.
    private(set) var sales = Sales()
    /// The leads; number n is at position n - 1.
    private(set) var leads = Leads()
    /// The last customer's number of each company; 0 stands before the first company.
    let customerEnds: [Int]
    private let companyShares: [Double]

    /// The columns of the sales.
    struct Sales {
        /// 1 to `companies`.
        var company: [Int32] = []
        /// Seconds since the epoch.
        var time: [Int64] = []
        /// Position in `statuses`.
        var status: [UInt8] = []
        var customer: [Int32] = []
        var service: [Int32] = []
        var rep: [Int32] = []
        /// Position in `sources`.
        var source: [UInt8] = []
        /// Minor units, net and tax.
        var amount: [Int64] = []
        var tax: [Int64] = []
        /// Position in `currencies`.
        var currency: [UInt8] = []
        /// The number of the lead that it came from; 0 for none.
        var lead: [Int32] = []

        var count: Int { time.count }
    }

    /// The columns of the leads; a time of 0 means that it has not come.
    struct Leads {
        var company: [Int32] = []
        var time: [Int64] = []
        /// Position in `sources`.
        var source: [UInt8] = []
        /// Position in `leadStatuses`.
        var status: [UInt8] = []
        var rep: [Int32] = []
        /// Minor units.
        var value: [Int64] = []
        var contacted: [Int64] = []
        var qualified: [Int64] = []
        var closed: [Int64] = []
        /// The number of the sale that it became; 0 for none.
        var sale: [Int32] = []

        var count: Int { time.count }
    }

    /// Makes so many sales, and half as many leads.
    init(rows: Int) {
        let weights = (1...Self.companies).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        companyShares = weights.map { $0 / total }
        var ends = [0]
        for share in companyShares {
            ends.append(ends[ends.count - 1] + max(Int(share * Double(rows / 20)), 1))
        }
        customerEnds = ends
        var random = SplitMix64(state: 20_260_101)
        makeSales(rows, &random)
        makeLeads(rows / 2, &random)
    }

    private mutating func makeSales(_ rows: Int, _ random: inout SplitMix64) {
        let span = Double(Self.end - Self.start)
        // Volume doubles over the five years: the inverse of the distribution whose density rises
        // from 2/3 at the start to 4/3 at the end.
        sales.time = (0..<rows).map { _ in
            let moment = (random.fraction() * 0.75 + 0.25).squareRoot() * 2 - 1
            return Int64(min(Self.start + Int(moment * span), Self.end - 1))
        }.sorted()
        for time in sales.time {
            let company = random.position(in: companyShares)
            let first = customerEnds[company]
            let customers = Double(customerEnds[company + 1] - first)
            let early = random.fraction()
            let amount = random.amount()
            sales.company.append(Int32(company + 1))
            sales.status.append(UInt8(Self.status(age: Self.end - Int(time), &random)))
            sales.customer.append(Int32(first + Int(customers * early * early) + 1))
            sales.service.append(
                Int32(
                    company * Self.servicesPerCompany + random.skewed(Self.servicesPerCompany) + 1))
            sales.rep.append(
                Int32(company * Self.repsPerCompany + random.skewed(Self.repsPerCompany) + 1))
            sales.source.append(UInt8(random.position(in: Self.sourceShares)))
            sales.amount.append(Int64(amount))
            sales.tax.append(random.fraction() < 0.9 ? Int64(amount / 4) : 0)
            sales.currency.append(UInt8(random.position(in: Self.currencyShares)))
        }
    }

    /// Unpaid invoices are mostly younger than four months.
    private static func status(age: Int, _ random: inout SplitMix64) -> Int {
        let status = random.position(in: statusShares)
        let (invoiced, paid, overdue) = (2, 3, 4)
        let isPaidByNow = random.fraction() < 0.9
        let isOld = age > 120 * day
        return isOld && isPaidByNow && (status == invoiced || status == overdue) ? paid : status
    }

    private mutating func makeLeads(_ count: Int, _ random: inout SplitMix64) {
        // Which sale each came from, 0 for none, and when it came in; sorted by time before the
        // rest is drawn, so that their numbers follow their time.
        var arrivals: [(time: Int64, sale: Int32)] = []
        arrivals.reserveCapacity(count)
        for (index, time) in sales.time.enumerated()
        where random.fraction() < 0.2 && arrivals.count < count {
            let before = min(random.wait(half: 14 * Self.day), 300 * Self.day) + 60
            arrivals.append((time - Int64(before), Int32(index + 1)))
        }
        while arrivals.count < count {
            arrivals.append((Int64(Self.start + random.below(Self.end - Self.start)), 0))
        }
        arrivals.sort { ($0.time, $0.sale) < ($1.time, $1.sale) }
        sales.lead = [Int32](repeating: 0, count: sales.count)
        for (index, (time, sale)) in arrivals.enumerated() {
            if sale > 0 { sales.lead[Int(sale) - 1] = Int32(index + 1) }
            addLead(time: time, sale: sale, &random)
        }
    }

    private mutating func addLead(time: Int64, sale: Int32, _ random: inout SplitMix64) {
        let row = Int(sale) - 1
        let company =
            sale > 0 ? Int(sales.company[row]) - 1 : random.position(in: companyShares)
        let (new, contacted, won, lost) = (0, 1, 3, 4)
        let status = sale > 0 ? won : random.position(in: Self.openShares)
        let firstContact = time + Int64(600 + random.below(3 * Self.day))
        let qualification = firstContact + Int64(600 + random.below(9 * Self.day))
        leads.company.append(Int32(company + 1))
        leads.time.append(time)
        leads.source.append(sale > 0 ? sales.source[row] : UInt8(random.below(Self.sources.count)))
        leads.status.append(UInt8(status))
        leads.rep.append(
            Int32(company * Self.repsPerCompany + random.below(Self.repsPerCompany) + 1))
        leads.value.append(
            sale > 0
                ? sales.amount[row] * Int64(600 + random.below(800)) / 1000
                : Int64(random.amount()))
        leads.contacted.append(status == new ? 0 : firstContact)
        leads.qualified.append(status == new || status == contacted ? 0 : qualification)
        switch status {
        case won: leads.closed.append(sales.time[row])
        case lost: leads.closed.append(qualification + Int64(Self.day))
        default: leads.closed.append(0)
        }
        leads.sale.append(sale)
    }
}
