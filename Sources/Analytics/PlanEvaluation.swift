import Store
import Vocabulary

/// Turns tallies into figures: formulas, currencies, rounding, change.
struct PlanEvaluation {
    let plan: MetricPlan
    let definitions: Definitions
    /// Per metric, the currencies that occur anywhere in the answer, or else those of the
    /// companies, so that an empty answer still says “0.00 DKK”.
    let currencies: [[Currency]]

    /// A step of the asked or the compared days.
    struct Place {
        let step: Int
        let isBefore: Bool
        /// The weekdays, days or months that the members stand for; days are counted of these only.
        var parts: [CalendarMembers] = []
    }

    /// The value of a metric over all members at a place; nil without dimensions.
    typealias Totals = (Metric, PlannedMetric, Currency?, Place) throws -> Fraction?

    private let totals: Totals?
    private let layout: TallyLayout
    /// Per metric, the bases among its own that are amounts.
    private let amounts: [[Int]]
    private let empty: Tally

    init(
        _ plan: MetricPlan, _ result: PlanResult, definitions: Definitions, companies: [Company],
        currencies known: [[Currency]]? = nil, totals: Totals? = nil
    ) {
        self.totals = totals
        self.plan = plan
        self.definitions = definitions
        let layout = result.layout
        self.layout = layout
        empty = Tally(layout)
        let amounts = plan.metrics.map { metric in
            metric.bases.values.filter { plan.bases[$0].base.isAmount }
        }
        self.amounts = amounts
        if let known {
            currencies = known
            return
        }
        currencies = plan.metrics.indices.map { index in
            let seen = layout.currencies.filter { currency in
                func occurs(_ tally: Tally) -> Bool {
                    Self.has(tally, plan.metrics[index], amounts[index], currency, layout)
                }
                return result.allNow.contains { occurs($0.tally) }
                    || result.allBefore.contains(where: occurs)
            }
            guard seen.isEmpty, plan.metrics[index].isPerCurrency else { return seen }
            let own = amounts[index].map { plan.bases[$0].ownCurrency }
            if !own.isEmpty, !own.contains(nil) {
                return Set(own.compactMap { $0 }).sorted { $0.code < $1.code }
            }
            return Set(companies.map(\.currency)).sorted { $0.code < $1.code }
        }
    }

    /// The currency whose amounts of a metric decide the order of members: that of the first company
    /// which occurs, or else the first in the alphabet.
    func leadingCurrency(of metric: Int, _ companies: [Company]) -> Currency? {
        companies.map(\.currency).first(where: currencies[metric].contains)
            ?? currencies[metric].first
    }

    /// Figures of other rows of the same answer: in its currencies, of its totals.
    func speaking(of other: MetricPlan, _ result: PlanResult) -> PlanEvaluation {
        PlanEvaluation(
            other, result, definitions: definitions, companies: [], currencies: currencies,
            totals: totals)
    }

    /// The cells of one row, per metric.
    ///
    /// A tally is nil when there are no rows. `isFuture` tells that the row's days are all still to
    /// come, so that no rows mean “not yet known” rather than zero; `isBeforeCovered` that it has a
    /// counterpart; `isUnknown` of which metrics nothing is known; `allCurrencies` that every currency
    /// of the answer gets a cell, as in a series.
    func cells(
        now: Tally?, before: Tally?, step: Int = 0, isFuture: Bool = false,
        isBeforeCovered: Bool = true,
        isUnknown: (_ metric: PlannedMetric, _ isBefore: Bool) -> Bool = { _, _ in false },
        parts: [CalendarMembers] = [], allCurrencies: Bool
    ) throws -> [[MetricAnswer.Cell]] {
        try plan.metrics.indices.map { index in
            let metric = plan.metrics[index]
            var shown: [Currency?] = [nil]
            if metric.isPerCurrency {
                shown = currencies[index]
                if !allCurrencies, shown.count > 1 {
                    let own = currencies[index].filter { currency in
                        [now, before].contains { tally in
                            tally.map {
                                Self.has($0, metric, amounts[index], currency, layout)
                            } ?? false
                        }
                    }
                    if !own.isEmpty { shown = own }
                }
            }
            return try shown.map { currency in
                let value =
                    isUnknown(metric, false) || isFuture && !isKnown(metric, now, currency)
                    ? nil
                    : try self.value(
                        metric, now, currency, Place(step: step, isBefore: false, parts: parts))
                guard plan.spans.before != nil else {
                    return MetricAnswer.Cell(
                        currency: currency, value: try rounded(value, metric.metric, currency),
                        previous: nil, change: nil)
                }
                let previous =
                    metric.metric.followsPeriod && isBeforeCovered && !isUnknown(metric, true)
                    ? try self.value(
                        metric, before, currency, Place(step: step, isBefore: true, parts: parts))
                    : nil
                return MetricAnswer.Cell(
                    currency: currency, value: try rounded(value, metric.metric, currency),
                    previous: try rounded(previous, metric.metric, currency),
                    change: Self.change(value, previous))
            }
        }
    }

    /// The values of the first metric, as they are shown, in the currencies that it has rows in.
    func figures(
        _ tally: Tally, _ place: Place
    ) throws -> [(currency: Currency?, number: ExactDecimal)] {
        let metric = plan.metrics[0]
        let shown: [Currency?] =
            metric.isPerCurrency
            ? currencies[0].filter { Self.has(tally, metric, amounts[0], $0, layout) } : [nil]
        return try shown.compactMap { currency in
            let value = try value(metric, tally, currency, place)
            return try rounded(value, metric.metric, currency).number.map { (currency, $0) }
        }
    }

    /// Whether there is something of a metric in a currency.
    private static func has(
        _ tally: Tally, _ metric: PlannedMetric, _ amounts: [Int], _ currency: Currency,
        _ layout: TallyLayout
    ) -> Bool {
        amounts.contains { tally.hasRows($0, currency, layout) }
            || metric.ofMembers.values.contains { !tally.figures(of: $0, currency).isEmpty }
    }

    /// Whether something is known of days that are still to come.
    ///
    /// A balance does not fall to zero then, only because nothing has happened yet.
    private func isKnown(_ metric: PlannedMetric, _ now: Tally?, _ currency: Currency?) -> Bool {
        guard let now else { return false }
        return metric.bases.values.allSatisfy {
            plan.bases[$0].base.accumulation == nil || now.hasRows($0, currency, layout)
        }
    }

    /// The exact value of a metric; nil where it is undefined.
    func value(
        _ metric: PlannedMetric, _ tally: Tally?, _ currency: Currency?, _ place: Place
    ) throws -> Fraction? {
        try value(metric.metric, metric, tally ?? empty, currency, place)
    }

    private func value(
        _ metric: Metric, _ planned: PlannedMetric, _ tally: Tally, _ currency: Currency?,
        _ place: Place
    ) throws -> Fraction? {
        switch metric.source {
        case .base:
            guard let index = planned.bases[metric.name] else {
                preconditionFailure("every base of a metric is planned")
            }
            return tally.value(index, currency: currency, layout)
        case .members(let members):
            guard let index = planned.ofMembers[metric.name] else {
                preconditionFailure("every metric of members is planned")
            }
            let own = plan.ofMembers[index].isPerCurrency ? currency : nil
            return members.value(of: tally.figures(of: index, own), own)
        case .formula(let formula):
            return try formula.value {
                plan.spans.days($0, at: place)
            } _: { name, isTotal in
                let metric = try definitions.metric(name)
                return isTotal && totals != nil
                    ? try totals?(metric, planned, currency, place)
                    : try value(metric, planned, tally, currency, place)
            }
        }
    }

    /// The value of any metric that those of the plan rest on.
    func value(
        of metric: Metric, in planned: PlannedMetric, _ tally: Tally?, _ currency: Currency?,
        _ place: Place
    ) throws -> Fraction? {
        try value(metric, planned, tally ?? empty, currency, place)
    }

    /// The value as it is shown and written, rounded once.
    func rounded(
        _ value: Fraction?, _ metric: Metric, _ currency: Currency?
    ) throws -> Value {
        guard let value, metric.unit != .money || currency != nil else { return .missing }
        let made = Self.value(value, of: metric, in: currency)
        guard made != .missing else {
            throw Advice(
                .request, "metric ‘\(metric.name)’ exceeds 128 bits on these rows",
                remedy: "ask for a shorter period or fewer companies")
        }
        return made
    }

    /// A value in the form of a metric; missing where it is undefined or exceeds 128 bits.
    static func value(_ value: Fraction?, of metric: Metric, in currency: Currency?) -> Value {
        let scale: Int
        switch metric.unit {
        case .money: scale = currency?.decimals ?? 0
        case .count: scale = 0
        case .ratio: scale = ratioDecimals
        case .number(let decimals): scale = decimals
        }
        guard let digits = value?.rounded(toScale: scale) else { return .missing }
        switch (metric.unit, currency) {
        case (.money, let currency?): return .money(Money(minorUnits: digits, currency: currency))
        case (.money, nil): return .missing
        case (.count, _):
            return Int64(exactly: digits).map(Value.integer)
                ?? .decimal(ExactDecimal(unscaled: digits, scale: 0))
        default: return .decimal(ExactDecimal(unscaled: digits, scale: scale))
        }
    }

    /// Decimals of shares and changes; printed with one decimal of a percent, that is three.
    static let ratioDecimals = 6

    /// `(now − before) ÷ |before|` (DOMAIN §2); missing when either is, or before is zero.
    static func change(_ now: Fraction?, _ before: Fraction?) -> Value {
        guard let now, let before, !before.isZero, let difference = before.negated(),
            let rise = now.adding(difference),
            let change = before.magnitude?.inverted().flatMap({ rise.multiplied(by: $0) }),
            let digits = change.rounded(toScale: ratioDecimals)
        else { return .missing }
        return .decimal(ExactDecimal(unscaled: digits, scale: ratioDecimals))
    }
}
