public import Vocabulary

/// A question for figures.
///
/// Whose rows and which state of the store are decided by the snapshot that it is answered on
/// (`Store.snapshot(_:of:at:)`); the question itself is the same for every reader.
public struct MetricQuery: Sendable, Hashable {
    /// How the members of dimensions are ordered.
    public struct Order: Sendable, Hashable {
        /// A metric or dimension of the query.
        public var name: String
        /// Whether the greatest comes first.
        public var isDescending: Bool

        /// Orders by a metric or dimension.
        public init(_ name: String, descending: Bool) {
            self.name = name
            self.isDescending = descending
        }

        /// Reads `customer`, or `-revenue` for the greatest first.
        public init(parsing text: String) {
            let isDescending = text.hasPrefix("-")
            self.init(isDescending ? String(text.dropFirst()) : text, descending: isDescending)
        }
    }

    /// Names of metrics.
    public var metrics: [String]
    /// The days asked for.
    public var period: PeriodName
    /// The step of a time series; nil for one figure over the whole period.
    public var grain: Grain?
    /// What figures are split by: `company`, a column, or `reference.column`.
    public var by: [String]
    /// Conditions beyond those of the metrics; they apply to every metric of the query.
    public var filters: [Condition]
    /// What the figures are held against.
    public var comparison: Comparison?
    /// The order of members; nil for the first metric, greatest first.
    public var order: Order?
    /// How many members are named; the others are put together as “Other”.
    ///
    /// Nil names all.
    public var limit: Int?
    /// Whether rows may be told apart by amounts and quantities, whose members are not shown.
    var tellsQuantitiesApart = false
    /// The one currency that amounts are converted to; nil leaves each in its own.
    public var currency: ReportingCurrency?
    /// Whether figures are shown beside their targets.
    public var hasTargets: Bool
    /// How figures of open periods are carried on to their end; nil for no forecast.
    public var forecast: ForecastMethod?

    /// Describes a question.
    public init(
        metrics: [String], period: PeriodName, grain: Grain? = nil, by: [String] = [],
        filters: [Condition] = [], comparison: Comparison? = nil, order: Order? = nil,
        limit: Int? = nil, currency: ReportingCurrency? = nil, hasTargets: Bool = false,
        forecast: ForecastMethod? = nil
    ) {
        self.metrics = metrics
        self.period = period
        self.grain = grain
        self.by = by
        self.filters = filters
        self.comparison = comparison
        self.order = order
        self.limit = limit
        self.currency = currency
        self.hasTargets = hasTargets
        self.forecast = forecast
    }
}

extension MetricQuery {
    /// The same question without dimensions.
    var undivided: MetricQuery {
        var query = self
        (query.by, query.order, query.limit) = ([], nil, nil)
        return query
    }
}

/// How much one question may ask for.
enum QueryLimits {
    /// Metrics in one question.
    static let metrics = 24
    /// Dimensions and grain together: the store groups by four, and one is kept for the currency.
    static let groupings = 3
    /// Steps of a time series: ten years of days and a bit.
    static let steps = 3_700
    /// Steps of a trailing metric that are read one by one.
    static let windows = 400
    /// Members of bands and parts of the calendar that are shown without rows, in all combinations.
    static let emptyMembers = 2_000
    /// See `ScanReader.fewMembers`.
    static let fewMembers = 2_000
    /// See `ScanReader.leaders`; the first number is enough for most cards, so that they share what
    /// is found.
    static let leaders = [64, 1_024, 16_384]
    /// Members that may be named by `limit`.
    static let members = 1...100_000
}
