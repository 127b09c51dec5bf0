import Store
public import Vocabulary

/// How the figure of an open period is carried on to its end.
public enum ForecastMethod: String, Sendable, Hashable, CaseIterable {
    /// The period so far ÷ the days so far × all its days.
    case runRate = "run-rate"
    /// The period so far × what the whole period of a year before was of the same part of it.
    case season

    /// What its figures are called in headings.
    var label: String {
        switch self {
        case .runRate: "forecast at this pace"
        case .season: "forecast by last year"
        }
    }
}

extension MetricAnswer.Cell {
    /// What a figure may come to at the end of its period; never part of the figure itself.
    public struct Forecast: Sendable, Hashable {
        /// The forecast; missing for periods that are not open.
        public let value: Value
        /// The mean absolute error, as a share, of what would have been forecast for the last
        /// complete periods at the same part of them; missing for fewer than three.
        public let error: Value
        /// How many periods the error is of, twelve at the most.
        public let periods: Int

        static let unknown = Forecast(value: .missing, error: .missing, periods: 0)
    }
}

/// Forecasts one figure from its values by day.
///
/// Of a past period the same part is taken as is over of the open one: its days × share, rounded half
/// up, at least one. Today counts as a whole day, as everywhere.
struct Forecaster {
    let method: ForecastMethod
    let grain: Grain
    let calendar: FiscalCalendar
    /// The open period, and how many of its days have come.
    let open: Period
    let elapsed: Int
    /// The complete periods before, latest first.
    let past: [Period]

    /// Past periods that an error is taken of.
    static let most = 12
    /// Fewer say nothing.
    static let fewest = 3

    /// Nil when no step of the calendar is the period, or the period is not open.
    init?(
        _ method: ForecastMethod, of period: Period, by grain: Grain?, in calendar: FiscalCalendar,
        today: LocalDay
    ) {
        let grains = grain.map { [$0] } ?? Grain.allCases.reversed()
        guard
            let own = grains.first(where: {
                let step = Period($0, containing: today, in: calendar)
                return grain == nil
                    ? step == period : step.start >= period.start && step.end <= period.end
            })
        else { return nil }
        self.method = method
        self.grain = own
        self.calendar = calendar
        let open = Period(own, containing: today, in: calendar)
        self.open = open
        elapsed = open.start.distance(to: today) + 1
        var past: [Period] = []
        var end = open.start
        // So many years of days as one question may have.
        while past.count < Self.most, end.distance(to: today) < QueryLimits.steps - 1_500 {
            let step = Period(own, containing: end.adding(days: -1), in: calendar)
            past.append(step)
            end = step.start
        }
        self.past = past
    }

    /// The first day whose value is needed.
    var firstDay: LocalDay {
        let first = past.last ?? open
        return method == .season ? min(yearBefore(first).start, first.start) : first.start
    }

    /// The forecast, its error and of how many periods that is.
    func forecast(
        _ days: [LocalDay: ExactDecimal]
    ) -> (value: Fraction?, error: ExactDecimal?, periods: Int) {
        var errors: [ExactDecimal] = []
        for period in past {
            let actual = sum(period.start, period.days, days)
            guard actual != ExactDecimal(0), let real = Fraction(actual),
                let guess = projected(period, part(of: period), days),
                let error = PlanEvaluation.change(guess, real).number
            else { continue }
            errors.append(error.magnitude)
        }
        let mean =
            errors.count < Self.fewest
            ? nil
            : ExactDecimal.quotient(
                errors.reduce(ExactDecimal(0), +), ExactDecimal(errors.count),
                scale: PlanEvaluation.ratioDecimals)
        return (projected(open, elapsed, days), mean, errors.count)
    }

    /// What would be forecast for a period from its first days.
    private func projected(
        _ period: Period, _ elapsed: Int, _ days: [LocalDay: ExactDecimal]
    ) -> Fraction? {
        let (part, whole): (Fraction?, Fraction?)
        switch method {
        case .runRate:
            (part, whole) = (Fraction(whole: Int128(elapsed)), Fraction(whole: Int128(period.days)))
        case .season:
            let before = yearBefore(period)
            part = Fraction(sum(before.start, self.part(of: before), days))
            whole = Fraction(sum(before.start, before.days, days))
        }
        guard let part, let whole, !part.isZero,
            let soFar = Fraction(sum(period.start, elapsed, days))
        else { return nil }
        return part.inverted().flatMap { whole.multiplied(by: $0) }.flatMap {
            soFar.multiplied(by: $0)
        }
    }

    /// How many days of a period are as much of it as is over of the open one.
    private func part(of period: Period) -> Int {
        let days = (2 * elapsed * period.days + open.days) / (2 * open.days)
        return min(period.days, max(1, days))
    }

    /// The same step a year before: that of the same number, or 52 weeks before.
    private func yearBefore(_ period: Period) -> Period {
        let isOfWeeks: Bool
        switch (grain, calendar) {
        case (.day, _), (.week, _): isOfWeeks = true
        case (_, .weeks): isOfWeeks = grain.isFiscal
        default: isOfWeeks = false
        }
        return Period(
            grain,
            containing: isOfWeeks
                ? period.start.adding(days: -364) : period.start.adding(months: -12), in: calendar)
    }

    private func sum(
        _ start: LocalDay, _ count: Int, _ days: [LocalDay: ExactDecimal]
    ) -> ExactDecimal {
        (start..<start.adding(days: count)).reduce(ExactDecimal(0)) {
            $0 + (days[$1] ?? ExactDecimal(0))
        }
    }
}

extension Definitions {
    /// The answer with forecasts of what is open.
    ///
    /// - Throws: `Advice` for figures that do not add up over days, and for split ones.
    func forecast(
        _ answer: MetricAnswer, by method: ForecastMethod, _ plan: MetricPlan,
        with reader: ScanReader, now: Instant
    ) throws -> MetricAnswer {
        if let metric = answer.metrics.first(where: { !$0.isAdditive || !$0.isDated }) {
            throw Advice(
                .request,
                "metric ‘\(metric.name)’ is not the sum of its days, so that it has no forecast",
                remedy: "forecast sums and counts that have a date")
        }
        if let base = plan.bases.first(where: \.isValuedByStep) {
            throw Advice(
                .request,
                "‘\(base.name)’ is valued as of the end of its period, and forecasts are made of days",
                remedy: "ask for it by the rates of each row’s own day, or without a forecast")
        }
        guard answer.query.by.isEmpty else {
            throw Advice(
                .request,
                "forecasts are of the whole, not of the members of ‘\(answer.query.by[0])’",
                remedy: "narrow the question to one member instead")
        }
        let spans = plan.spans
        var answer = answer
        let forecaster = Forecaster(
            method, of: spans.whole, by: spans.grain, in: spans.calendar, today: spans.today)
        var days: [[Currency?: [LocalDay: ExactDecimal]]] = answer.metrics.map { _ in [:] }
        if let forecaster {
            let history = try self.answer(
                MetricQuery(
                    metrics: answer.query.metrics,
                    period: PeriodName("\(forecaster.firstDay)..\(spans.today)"), grain: .day,
                    filters: answer.query.filters, currency: answer.query.currency),
                with: reader, now: now)
            for row in history.rows {
                guard let step = row.step else { continue }
                for (metric, cells) in row.cells.enumerated() {
                    for cell in cells where cell.value.number != nil {
                        days[metric][cell.currency, default: [:]][step.start] = cell.value.number
                    }
                }
            }
        }
        for (index, metric) in answer.metrics.enumerated() {
            func forecast(_ cell: MetricAnswer.Cell, isOpen: Bool) -> MetricAnswer.Cell {
                var cell = cell
                cell.forecast = .unknown
                guard isOpen, let forecaster else { return cell }
                let made = forecaster.forecast(days[index][cell.currency] ?? [:])
                cell.forecast = MetricAnswer.Cell.Forecast(
                    value: PlanEvaluation.value(made.value, of: metric, in: cell.currency),
                    error: made.error.map(Value.decimal) ?? .missing, periods: made.periods)
                return cell
            }
            for row in answer.rows.indices {
                let isOpen =
                    answer.rows[row].step.map { $0.start == forecaster?.open.start } ?? true
                answer.rows[row].cells[index] = answer.rows[row].cells[index].map {
                    forecast($0, isOpen: isOpen)
                }
            }
            answer.totals[index] = answer.totals[index].map {
                forecast($0, isOpen: spans.grain == nil)
            }
        }
        return answer
    }
}

/// What is shown of a forecast beside its figure.
enum ForecastColumn: String, CaseIterable {
    case forecast
    case error = "forecast_error"
    case periods = "forecast_periods"

    func label(_ method: ForecastMethod) -> String {
        switch self {
        case .forecast: method.label
        case .error: "mean error of such forecasts"
        case .periods: "periods the error is of"
        }
    }

    func kind(_ metric: Metric) -> ResultColumn.Kind {
        switch self {
        case .forecast: metric.kind
        case .error: .ratio
        case .periods: .integer
        }
    }

    func value(_ forecast: MetricAnswer.Cell.Forecast) -> Value {
        switch self {
        case .forecast: forecast.value
        case .error: forecast.error
        case .periods: forecast.value == .missing ? .missing : .integer(Int64(forecast.periods))
        }
    }
}
