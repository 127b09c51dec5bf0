import Analytics
import Vocabulary

/// What has to be so that a run is sent, judged on what its recipient may see.
///
///     when: not-empty                                  # or empty, or changed
///     when: {metric: revenue, below: 10000}            # or above: …
///     when: {metric: revenue, unusual: 30%, against: weekdays}    # or years
///
/// A metric is asked for the run's own period, with `where:` and `currency:` as anywhere.
enum SendCondition: Sendable, Hashable {
    /// The report shows something: rows in a list, or a figure other than zero where it has none.
    case notEmpty
    /// It shows nothing.
    case empty
    /// It shows something else than what was sent last.
    case changed
    /// A metric is as described.
    case metric(MetricCondition)

    /// The words that stand alone.
    private enum Word: String, CaseIterable {
        case notEmpty = "not-empty"
        case empty, changed
    }

    /// Reads the section `when` of a schedule.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal word.
    init(_ node: DefinitionNode, metrics: ScheduleMetrics) throws {
        if node.isMapping {
            self = .metric(try MetricCondition(node, metrics: metrics))
            return
        }
        switch try node.choice(Word.self, naming: "condition") {
        case .notEmpty: self = .notEmpty
        case .empty: self = .empty
        case .changed: self = .changed
        }
    }
}

/// A condition on one metric.
struct MetricCondition: Sendable, Hashable {
    /// Earlier spans that are alike.
    enum Season: String, Sendable, Hashable, CaseIterable {
        /// The same weekdays of eight weeks before.
        case weekdays
        /// The same dates of three years before.
        case years
    }

    /// What makes the condition met.
    enum Limit: Sendable, Hashable {
        case below(ExactDecimal)
        case above(ExactDecimal)
        /// It differs by more than this share from the median of earlier spans.
        case unusual(by: ExactDecimal, against: Season)
    }

    /// Weeks and years that are looked back.
    static let weeksBack = 8
    static let yearsBack = 3
    /// Fewer earlier values than this say nothing, of weeks and of years.
    static let fewestWeeks = 3
    static let fewestYears = 2
    /// The longest period whose weekdays can be compared, in days.
    static let longestWeek = 7

    /// The metric's name.
    let metric: String
    let limit: Limit
    let filters: [Condition]
    /// The one currency that amounts are converted to; nil leaves them in their own.
    let currency: ReportingCurrency?

    /// Reads a condition on a metric.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal word.
    init(_ node: DefinitionNode, metrics: ScheduleMetrics) throws {
        let fields = try node.mapping(allowing: [
            "metric", "below", "above", "unusual", "against", "where", "currency",
        ])
        let metricNode = try fields.required("metric")
        metric = try metricNode.string()
        guard metrics.names.contains(metric) else {
            throw metricNode.advice(
                "there is no metric ‘\(metric)’",
                remedy: Spelling.remedy(for: metric, legal: metrics.names))
        }
        limit = try Self.limit(fields)
        filters =
            try fields.optional("where")?.sequence().map { node in
                try node.reading { try Condition(parsing: $0) }
            } ?? []
        currency = try fields.optional("currency")?.reading { try ReportingCurrency(parsing: $0) }
        do {
            try metrics.check(query(PeriodName("yesterday")))
        } catch let error as Advice where error.place == nil {
            throw (fields.optional("where") ?? metricNode).advice(
                error.happened, remedy: error.remedy)
        }
    }

    private static func limit(_ fields: DefinitionMapping) throws -> Limit {
        let written = ["below", "above", "unusual"].filter { fields.optional($0) != nil }
        guard written.count == 1 else {
            throw fields.node.advice(
                written.isEmpty
                    ? "the condition has no limit"
                    : "the condition has \(written.count) limits: "
                        + written.joined(separator: ", "),
                remedy: "write one of ‘below: …’, ‘above: …’ and ‘unusual: …’")
        }
        if let node = fields.optional("unusual") {
            let share = try number(node)
            guard share > .zero else {
                throw node.advice(
                    "every figure differs by more than this", remedy: "write a share such as 30%")
            }
            return .unusual(
                by: share,
                against: try fields.required("against").choice(Season.self, naming: "season"))
        }
        if let node = fields.optional("against") {
            throw node.advice(
                "a fixed limit is held against nothing",
                remedy: "leave this out, or write ‘unusual: 30%’ instead of the limit")
        }
        if let node = fields.optional("below") { return .below(try number(node)) }
        return .above(try number(fields.required("above")))
    }

    /// A number, or a share written in percent.
    private static func number(_ node: DefinitionNode) throws -> ExactDecimal {
        let text = try node.string()
        let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
        guard let value = ExactDecimal(String(digits)) else {
            throw node.advice(
                "‘\(text)’ is not a number", remedy: "write digits with a point, as 12.50, or 30%")
        }
        return text.hasSuffix("%") ? value * ExactDecimal(unscaled: 1, scale: 2) : value
    }

    /// Checks that a period is one whose season can be known.
    ///
    /// - Throws: `Advice` for the weekdays of a longer period than a week.
    func check(_ period: PeriodName, at node: DefinitionNode) throws {
        guard case .unusual(_, .weekdays) = limit else { return }
        let example = period.period(today: LocalDay(number: 20_000))
        guard example.days <= Self.longestWeek else {
            throw node.advice(
                "‘\(period)’ is longer than a week, so its weekdays are all of them",
                remedy: "write ‘against: years’, or a shorter period")
        }
    }

    /// The question for the metric in a period.
    func query(_ period: PeriodName) -> MetricQuery {
        MetricQuery(metrics: [metric], period: period, filters: filters, currency: currency)
    }

    /// The earlier spans that a season compares with, latest first.
    static func spans(_ season: Season, before period: Period) throws -> [Period] {
        switch season {
        case .weekdays:
            try (1...weeksBack).map {
                try Period(
                    from: period.start.adding(days: -7 * $0), upTo: period.end.adding(days: -7 * $0)
                )
            }
        case .years:
            try (1...yearsBack).map {
                try Period(
                    from: period.start.adding(months: -12 * $0),
                    upTo: period.end.adding(months: -12 * $0))
            }
        }
    }
}

/// The metrics that a schedule's condition may name.
struct ScheduleMetrics: Sendable {
    /// Their names.
    var names: [String] = []
    /// The reports that cannot be divided among recipients, since closing a period freezes them.
    var undivided: Set<String> = []
    /// Says whether a question is possible, by throwing when it is not.
    var check: @Sendable (MetricQuery) throws -> Void = { _ in }
}
