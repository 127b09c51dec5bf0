import Store
import Vocabulary

/// A metric computed from another one's figures of each member of some dimensions, as the median of
/// what customers have spent, or the number of customers with five orders at least.
///
/// The figure of each member is rounded as it would be shown, so that whoever lists the members can
/// follow. Rows that have no member are nobody's and left out, and so is a member whose figure is
/// missing.
struct MemberMetric: Sendable, Hashable {
    /// The dimensions whose members have a figure each: `customer`.
    let members: [String]
    /// The metric of which each has one.
    let value: String
    /// The unit of the figures of members.
    let unit: Metric.Unit
    /// What is done with them.
    let aggregate: BaseMetric.Aggregate
    /// Between which figures a member's must lie to count; empty for all.
    let having: [Condition.Bound]

    /// The number of decimals that figures in a currency are rounded to.
    private func decimals(_ currency: Currency?) -> Int {
        switch unit {
        case .money: currency?.decimals ?? 0
        case .count: 0
        case .ratio: PlanEvaluation.ratioDecimals
        case .number(let decimals): decimals
        }
    }

    /// Whether a member with this figure counts.
    func admits(_ figure: ExactDecimal) -> Bool {
        having.allSatisfy { bound in
            guard let limit = ExactDecimal(bound.value) else {
                preconditionFailure("bounds were read as numbers")
            }
            return switch bound.relation {
            case .above: figure > limit
            case .atLeast: figure >= limit
            case .below: figure < limit
            case .atMost: figure <= limit
            }
        }
    }

    /// A figure in the whole units that `value(of:_:)` takes.
    func units(_ figure: ExactDecimal, _ currency: Currency?) -> Int128 {
        figure.rounded(toScale: decimals(currency)).unscaled
    }

    /// The metric's own figure, of those of the members; nil where it is undefined.
    func value(of figures: [Int128], _ currency: Currency?) -> Fraction? {
        let parts = ExactDecimal.powerOfTen(decimals(currency))
        let sum = figures.reduce(0, +)
        switch aggregate {
        case .count, .distinct: return Fraction(whole: Int128(figures.count))
        case .sum: return Fraction(sum, over: parts)
        case .average:
            return figures.isEmpty ? nil : Fraction(sum, over: parts * Int128(figures.count))
        case .minimum: return figures.min().flatMap { Fraction($0, over: parts) }
        case .maximum: return figures.max().flatMap { Fraction($0, over: parts) }
        case .percentile(let perMille):
            let sorted = figures.sorted()
            guard let last = sorted.last else { return nil }
            let place = Int128(perMille) * Int128(sorted.count - 1)
            let low = sorted[Int(place / 1000)]
            let high = place / 1000 + 1 < sorted.count ? sorted[Int(place / 1000) + 1] : last
            return Fraction(low * 1000 + (high - low) * (place % 1000), over: parts * 1000)
        }
    }
}

/// The figures of the members of a `MemberMetric`, by place in the answer.
struct MemberFigures {
    /// One member's figure.
    struct Figure {
        /// The members of the question's own dimensions.
        let key: PlanResult.Key
        let place: PlanEvaluation.Place
        let currency: Currency?
        let units: Int128
    }

    let name: String
    private(set) var figures: [Figure] = []

    /// Asks for a figure of each member.
    init(
        _ name: String, _ metric: MemberMetric, in query: MetricQuery, definitions: Definitions,
        with reader: ScanReader, now: Instant
    ) throws {
        self.name = name
        var own = query
        own.metrics = [metric.value]
        // A question may itself be split by what its members are told apart by.
        own.by = query.by + metric.members.filter { !query.by.contains($0) }
        own.order = nil
        own.limit = nil
        own.tellsQuantitiesApart = true
        guard own.by.count + (own.grain == nil ? 0 : 1) <= QueryLimits.groupings else {
            throw Advice(
                .request,
                "‘\(name)’ has a figure per \(metric.members.joined(separator: " and ")), which is "
                    + "too much to be split further by \(query.by.joined(separator: ", "))"
                    + (query.grain.map { " and " + $0.rawValue } ?? ""),
                remedy: "leave out a dimension or the grain")
        }
        let companies = reader.snapshot.companies
        let plan = try MetricPlan(
            own, definitions: definitions, today: try Definitions.zone(of: companies).day(of: now),
            companies: companies)
        let (result, evaluation) = try definitions.evaluated(plan, own, with: reader, now)
        let members = own.by.indices.filter { metric.members.contains(own.by[$0]) }
        for (number, key) in result.keys.enumerated()
        where !members.contains(where: { key[$0] == .missing }) {
            let outer = Array(key.prefix(query.by.count))
            for (isBefore, steps) in [(false, plan.spans.steps), (true, plan.spans.stepsBefore)] {
                for step in 0..<max(1, steps.count) {
                    // Who has no rows in a step is no member there, whose figure would be 0.
                    let tally = isBefore ? result.before(number, step) : result.now(number, step)
                    guard let tally else { continue }
                    let place = PlanEvaluation.Place(
                        step: step, isBefore: isBefore, parts: plan.parts(of: [key]))
                    add(try evaluation.figures(tally, place), metric, outer, place)
                }
            }
        }
    }

    private mutating func add(
        _ values: [(currency: Currency?, number: ExactDecimal)], _ metric: MemberMetric,
        _ key: PlanResult.Key, _ place: PlanEvaluation.Place
    ) {
        let counted = values.filter { metric.admits($0.number) }.map { currency, number in
            Figure(
                key: key, place: place, currency: metric.aggregate == .count ? nil : currency,
                units: metric.units(number, currency))
        }
        // Someone with amounts in two currencies is one member all the same.
        figures += metric.aggregate == .count ? counted.prefix(1) : counted[...]
    }
}
