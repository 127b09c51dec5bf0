import Vocabulary

/// What no story knows by itself: who was a customer when, and the running numbers of sales.
///
/// Both follow from the stories of a bounded number of days before, so they are the same whichever
/// day one begins to look.
struct TekupLedger {
    /// A customer: one who came with a story, or one of the first, of 2019.
    struct Customer: Hashable, Sendable {
        let unit: Int
        /// The story's day; nil for one of the first customers.
        let day: LocalDay?
        let number: Int
    }

    /// A known buyer became a customer at most that many days before the story begins.
    static let memory = 365
    /// How many customers each company has from its beginnings.
    static let firstCustomers = 6

    private let seed: UInt64
    private let zone: Zone
    /// By company, in order of birth.
    private var births: [[(at: Instant, customer: Customer)]]
    /// By sale, its number within company and local year.
    private var numbers: [TekupStory.ID: (year: Int, number: Int)] = [:]

    /// Reads the stories of some days.
    ///
    /// `wanted` are the days whose stories will be asked about.
    init(_ demo: TekupDemo, for wanted: ClosedRange<LocalDay>) {
        seed = demo.seed
        zone = demo.workdays.zone
        births = Array(repeating: [], count: TekupUnit.all.count)
        let first = wanted.lowerBound.adding(
            days: -Self.memory - TekupStory.longestCourtship - 2)
        for unit in TekupUnit.all {
            var sales: [(at: Instant, id: TekupStory.ID)] = []
            var born: [(at: Instant, customer: Customer)] = []
            demo.forEachStory(of: unit, from: first, through: wanted.upperBound) { story in
                guard let sale = story.sale else { return }
                sales.append((sale.created, story.id))
                if case .newcomer = story.buyer {
                    let customer = Customer(
                        unit: unit.index, day: story.id.day, number: story.id.number)
                    born.append((sale.created, customer))
                }
            }
            births[unit.index] = born.sorted { left, right in
                (left.at, left.customer.number) < (right.at, right.customer.number)
            }
            sales.sort { ($0.at, $0.id.day, $0.id.number) < ($1.at, $1.id.day, $1.id.number) }
            var running: [Int: Int] = [:]
            for sale in sales {
                let year = zone.day(of: sale.at).civil.year
                running[year, default: 0] += 1
                numbers[sale.id] = (year, running[year] ?? 0)
            }
        }
    }

    /// The number of a sale: `RS-2026-0001`.
    func saleNumber(of story: TekupStory) -> String {
        guard let found = numbers[story.id] else { preconditionFailure("story outside the ledger") }
        let digits = String(found.number)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(TekupUnit.all[story.id.unit].prefix)-\(found.year)-\(padded)"
    }

    /// Who buys in a story.
    ///
    /// Of three customers of the last year the most loyal is taken, so that few buy often.
    func customer(of story: TekupStory) -> Customer {
        guard case .known(let draw) = story.buyer else {
            return Customer(
                unit: story.id.unit, day: story.id.day, number: story.id.number)
        }
        var random = DemoRandom(seed, .loyalty, Int(truncatingIfNeeded: draw))
        let pool = births[story.id.unit]
        let low = Self.position(
            of: zone.start(of: story.id.day.adding(days: -Self.memory)), in: pool)
        let high = Self.position(of: zone.start(of: story.id.day), in: pool)
        guard high > low, !random.chance(0.09) else {
            return Customer(
                unit: story.id.unit, day: nil, number: random.integer(0...Self.firstCustomers - 1))
        }
        let candidates = (0..<3).map { _ in pool[random.integer(low...(high - 1))].customer }
        return candidates.dropFirst().reduce(candidates[0]) { best, next in
            loyalty(of: next) > loyalty(of: best) ? next : best
        }
    }

    /// How likely a customer is to come again, from 0 to 1.
    func loyalty(of customer: Customer) -> Double {
        var random = DemoRandom(
            seed, .loyalty, customer.unit, customer.day.map { Int($0.number) } ?? 0,
            customer.number)
        return random.fraction()
    }

    private static func position(
        of instant: Instant, in pool: [(at: Instant, customer: Customer)]
    ) -> Int {
        var (low, high) = (0, pool.count)
        while low < high {
            let middle = (low + high) / 2
            if pool[middle].at < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
