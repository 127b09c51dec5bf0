import Store
import Vocabulary

/// One part of a figure that follows rows over time.
struct Fact {
    /// The company and the members of the dimensions, then the currency where one is told apart.
    let place: [Cell]
    /// The step of the question; 0 without a grain.
    let step: Int
    /// The number that is added up or ranked.
    let number: Int64?
}

/// Facts put together as a scan puts rows together.
struct FactSums {
    private struct Place: Hashable {
        let cells: [Cell]
        let step: Int
    }

    private struct Sums {
        var count = 0
        var present = 0
        var numbers: [Int64] = []
        var sum: Int128 = 0
    }

    private let measures: [Measure]
    /// Whether single numbers have to be kept.
    private let areRanked: Bool
    private var sums: [Place: Sums] = [:]

    init(_ measures: [Measure]) {
        self.measures = measures
        areRanked = measures.contains { measure in
            switch measure {
            case .percentile, .least, .greatest: true
            case .count, .countPresent, .countValued, .sum, .distinct: false
            }
        }
    }

    mutating func add(_ fact: Fact) {
        let place = Place(cells: fact.place, step: fact.step)
        sums[place, default: Sums()].count += 1
        guard let number = fact.number else { return }
        sums[place]?.present += 1
        sums[place]?.sum += Int128(number)
        if areRanked { sums[place]?.numbers.append(number) }
    }

    /// Hands out the numbers of each place and step, one per measure.
    func forEach(_ body: (_ place: [Cell], _ step: Int, _ values: [Int128?]) -> Void) {
        for (place, sums) in sums {
            let sorted = sums.numbers.sorted()
            body(
                place.cells, place.step,
                measures.map { measure in
                    switch measure {
                    case .count: Int128(sums.count)
                    case .countPresent, .countValued: Int128(sums.present)
                    case .sum: sums.present == 0 ? nil : sums.sum
                    case .least: sorted.first.map { Int128($0) }
                    case .greatest: sorted.last.map { Int128($0) }
                    case .percentile(_, let share): Self.percentile(sorted, share)
                    case .distinct: nil
                    }
                })
        }
    }

    /// SQL's `percentile_cont` in thousandths of the numbers' unit, as the store has it.
    private static func percentile(_ sorted: [Int64], _ perMille: Int) -> Int128? {
        guard !sorted.isEmpty else { return nil }
        let rank = perMille * (sorted.count - 1)
        let (place, rest) = (rank / 1000, rank % 1000)
        let low = Int128(sorted[place])
        let high = Int128(sorted[min(place + 1, sorted.count - 1)])
        return low * 1000 + (high - low) * Int128(rest)
    }
}

/// A moment as a column tells it: an instant, or a day only.
struct Occasion: Hashable {
    let day: LocalDay
    /// Microseconds since 1970; nil where only the day is known.
    let instant: Int64?

    /// Nil for a cell that holds none.
    init?(_ cell: Cell, _ type: ColumnType, _ zone: Zone) {
        guard case .number(let number) = cell else { return nil }
        if type == .day {
            day = LocalDay(number: Int32(clamping: number))
            instant = nil
        } else {
            day = zone.day(of: Instant(microseconds: number))
            instant = number
        }
    }

    init(_ time: Instant, _ zone: Zone) {
        day = zone.day(of: time)
        instant = time.microseconds
    }

    /// Whether it is at or after another; of days only the days are compared.
    func isSince(_ other: Occasion) -> Bool {
        if let instant, let earlier = other.instant { return instant >= earlier }
        return day >= other.day
    }

    /// The time since another in microseconds, or whole days where one of them is a day.
    func distance(since other: Occasion) -> Int64? {
        guard let instant, let earlier = other.instant else {
            return Int64(other.day.distance(to: day)) * Self.perDay
        }
        let (span, overflow) = instant.subtractingReportingOverflow(earlier)
        return overflow ? nil : span
    }

    static let perDay: Int64 = 86_400_000_000
}
