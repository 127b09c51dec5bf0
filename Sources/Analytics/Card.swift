import Store
public import Vocabulary

/// One part of a dashboard or report that is made of metrics.
public struct Card: Sendable, Hashable {
    /// The form in which figures are shown.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// A row of headline figures.
        case figures
        /// A line over time.
        case line
        /// Vertical bars, over time or over the members of a dimension.
        case column
        /// Horizontal bars over the members of a dimension.
        case bar
        /// A table.
        case table
    }

    /// Name within its dashboard: `top-customers`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// The form in which figures are shown.
    public let form: Form
    /// Names of the metrics.
    public let metrics: [String]
    /// The step of a time series.
    public let grain: Grain?
    /// What figures are split by.
    public let by: [String]
    /// Conditions beyond those of the metrics.
    public let filters: [Condition]
    /// A period of its own; nil for the period of the whole.
    public let period: PeriodName?
    /// A comparison of its own.
    public let comparison: ComparisonChoice
    /// The order of members.
    public let order: MetricQuery.Order?
    /// How many members are named.
    public let limit: Int?
    /// A reporting currency of its own; nil for that of the whole.
    public let currency: ReportingCurrency?

    /// The question that the card asks when the whole has a period and a comparison.
    func query(
        period whole: PeriodName, comparison wholeComparison: Comparison?,
        filters more: [Condition], currency wholeCurrency: ReportingCurrency?
    ) -> MetricQuery {
        MetricQuery(
            metrics: metrics, period: period ?? whole, grain: grain, by: by,
            filters: filters + more, comparison: comparison.resolved(over: wholeComparison),
            order: order, limit: limit, currency: currency ?? wholeCurrency)
    }
}

/// Whether and with what figures are compared.
public enum ComparisonChoice: Sendable, Hashable {
    /// As the definition says.
    case asDefined
    /// Not at all.
    case none
    /// With this.
    case with(Comparison)

    /// The comparison, given what holds when nothing is chosen here.
    func resolved(over standard: Comparison?) -> Comparison? {
        switch self {
        case .asDefined: standard
        case .none: nil
        case .with(let comparison): comparison
        }
    }

    /// Reads `compare:`: the name of a comparison, or `none`.
    init(_ node: DefinitionNode?) throws {
        guard let node else {
            self = .asDefined
            return
        }
        let text = try node.string()
        if text == "none" {
            self = .none
        } else if let comparison = Comparison(rawValue: text) {
            self = .with(comparison)
        } else {
            throw node.advice(
                "‘\(text)’ is not a comparison",
                remedy: Spelling.remedy(
                    for: text, legal: Comparison.allCases.map(\.rawValue) + ["none"]))
        }
    }
}
