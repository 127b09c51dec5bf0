import Store
public import Vocabulary

extension MetricAnswer.Cell {
    /// What the figure was meant to be, over all days of its step or period.
    public struct Target: Sendable, Hashable {
        /// The target; missing where there is none for exactly these days.
        public let value: Value
        /// The figure ÷ the target; missing where either is, or the target is 0.
        public let attainment: Value
        /// The share of the target that the days so far should have brought, by calendar days.
        ///
        /// One for days that are over.
        public let expected: Value

        static let unknown = Target(value: .missing, attainment: .missing, expected: .missing)
    }
}

/// Finds the targets of the cells of an answer.
struct TargetSearch {
    let targets: [Target]
    let plan: MetricPlan
    let query: MetricQuery
    /// Codes of the companies asked about, and of all there are.
    let companies: Set<String>
    let all: Set<String>

    /// The cells of a metric over some days, with their targets.
    func cells(
        _ cells: [MetricAnswer.Cell], of index: Int, members: [Member], step: LocalDay?
    ) -> [MetricAnswer.Cell] {
        let metric = plan.metrics[index].metric
        var span = plan.spans.whole
        if let step, let grain = plan.spans.grain {
            let end = grain.next(after: step, in: plan.spans.calendar)
            // Of a step that reaches beyond the period a part is asked for, and no part has a target.
            guard step >= span.start, end <= span.end,
                let own = try? Period(from: step, upTo: end)
            else { return cells.map { Self.with(.unknown, $0) } }
            span = own
        }
        return cells.map { cell in
            guard let place = place(members),
                let goal = goal(metric, place, cell.currency, span)
            else { return Self.with(.unknown, cell) }
            return Self.with(Self.target(goal, cell, metric), cell)
        }
    }

    private struct Place {
        let companies: Set<String>
        let only: Target.Share?
    }

    /// Whose targets count; nil where nobody sets any, as for “Other”.
    private func place(_ members: [Member]) -> Place? {
        var place = companies
        var shares: [Target.Share] = []
        for (dimension, member) in zip(query.by, members) {
            guard member.kind == .value else { return nil }
            if dimension == "company", case .text(let code)? = member.cell {
                place = [code]
            } else {
                shares.append(Target.Share(dimension: dimension, member: member.label))
            }
        }
        for filter in query.filters {
            guard case .among(let values) = filter.test, let only = values.first, values.count == 1
            else { return nil }
            shares.append(Target.Share(dimension: filter.path, member: only))
        }
        guard shares.count <= 1 else { return nil }
        return Place(companies: place, only: shares.first)
    }

    /// The target of these companies together, or else the sum of those of each.
    private func goal(
        _ metric: Metric, _ place: Place, _ currency: Currency?, _ span: Period
    ) -> (amount: ExactDecimal, expected: Fraction)? {
        func goal(_ companies: Set<String>) -> (amount: ExactDecimal, expected: Fraction)? {
            targets.lazy.compactMap { target in
                guard target.metric == metric.name, target.only == place.only,
                    target.currency == currency,
                    target.companies == companies || target.companies.isEmpty && companies == all
                else { return nil }
                return target.goal(span, by: plan.spans.today, isAdditive: metric.isAdditive)
            }.first
        }
        if let own = goal(place.companies) { return own }
        guard metric.isAdditive, place.companies.count > 1 else { return nil }
        var sum: (amount: ExactDecimal, expected: Fraction) = (ExactDecimal(0), Fraction(whole: 0))
        for company in place.companies {
            guard let own = goal([company]), let expected = sum.expected.adding(own.expected) else {
                return nil
            }
            sum = (sum.amount + own.amount, expected)
        }
        return sum
    }

    private static func target(
        _ goal: (amount: ExactDecimal, expected: Fraction), _ cell: MetricAnswer.Cell,
        _ metric: Metric
    ) -> MetricAnswer.Cell.Target {
        func share(_ part: Fraction?) -> Value {
            guard let part, let whole = Fraction(goal.amount), !whole.isZero,
                let digits = whole.inverted().flatMap({ part.multiplied(by: $0) })?.rounded(
                    toScale: PlanEvaluation.ratioDecimals)
            else { return .missing }
            return .decimal(ExactDecimal(unscaled: digits, scale: PlanEvaluation.ratioDecimals))
        }
        let value: Value
        switch metric.unit {
        case .money:
            guard let currency = cell.currency else { return .unknown }
            value = .money(
                Money(
                    minorUnits: goal.amount.rounded(toScale: currency.decimals).unscaled,
                    currency: currency))
        case .count: value = .decimal(goal.amount)
        case .ratio:
            value = .decimal(goal.amount.rounded(toScale: PlanEvaluation.ratioDecimals))
        case .number(let decimals): value = .decimal(goal.amount.rounded(toScale: decimals))
        }
        return MetricAnswer.Cell.Target(
            value: value, attainment: share(cell.value.number.flatMap { Fraction($0) }),
            expected: share(goal.expected))
    }

    private static func with(
        _ target: MetricAnswer.Cell.Target, _ cell: MetricAnswer.Cell
    ) -> MetricAnswer.Cell {
        var cell = cell
        cell.target = target
        return cell
    }
}

/// What is shown of a target beside its figure.
enum TargetColumn: String, CaseIterable {
    case target, attainment, expected

    var label: String {
        switch self {
        case .target: "target"
        case .attainment: "share of target"
        case .expected: "share expected by today"
        }
    }

    func kind(_ metric: Metric) -> ResultColumn.Kind {
        guard self == .target else { return .ratio }
        // Targets of counts may be broken: half a sale a day.
        return metric.unit == .count ? .decimal(scale: 0) : metric.kind
    }

    func value(_ target: MetricAnswer.Cell.Target) -> Value {
        switch self {
        case .target: target.value
        case .attainment: target.attainment
        case .expected: target.expected
        }
    }
}
