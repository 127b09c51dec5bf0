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
        /// Vertical bars over time whose parts are the members of a dimension.
        case stacked
        /// A field of coloured cells, over two dimensions or over a dimension and time.
        case heatmap
        /// A table.
        case table
        /// How many lines of a reconciliation are of each kind, and their amounts.
        case reconciliation
        /// The steps of a funnel, drawn and as a table.
        case funnel
        /// Cohorts by the steps after they first came, drawn as a field and as a table.
        case cohort
        /// How many rows of each table of a source are put aside, and since when.
        case quarantine
    }

    /// Name within its dashboard: `top-customers`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// Whether the definition gives the title; otherwise it is that of the first thing shown.
    public let hasTitle: Bool
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
    /// A comparison of its own; what is drawn with many colours has none.
    public let comparison: ComparisonChoice
    /// The order of members.
    public let order: MetricQuery.Order?
    /// How many members are named.
    public let limit: Int?
    /// Name of the reconciliation that it shows instead of metrics.
    public let reconciliation: String?
    /// A reporting currency of its own; nil for that of the whole.
    public let currency: ReportingCurrency?
    /// Whether figures are shown beside their targets.
    public let hasTargets: Bool
    /// How figures of open periods are carried on to their end.
    public let forecast: ForecastMethod?
    /// For a cohort: how many steps after the first are shown, and whether as counts.
    let cohort: CohortForm?

    /// The question that the card asks when the whole has a period and a comparison.
    func query(
        period whole: PeriodName, comparison wholeComparison: Comparison?,
        filters more: [Condition], currency wholeCurrency: ReportingCurrency?
    ) -> MetricQuery {
        MetricQuery(
            metrics: metrics, period: period ?? whole, grain: grain, by: by,
            filters: filters + more, comparison: comparison.resolved(over: wholeComparison),
            order: order, limit: limit, currency: currency ?? wholeCurrency,
            hasTargets: hasTargets, forecast: forecast)
    }
}

/// How cohorts are shown.
struct CohortForm: Sendable, Hashable {
    /// Steps after the first.
    let steps: Int
    /// Whether members are counted, rather than divided by those of the cohort.
    let areCounted: Bool
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
