public import Store
public import Vocabulary

/// The answer to a `MetricQuery`.
///
/// Amounts of different currencies are never added: where a metric has several, each row carries one
/// cell per currency.
public struct MetricAnswer: Sendable, Hashable {
    /// A value, and what it is held against.
    public struct Cell: Sendable, Hashable {
        /// The currency that the value belongs to, also for a ratio of amounts; nil without one.
        public let currency: Currency?
        /// The value; `missing` where it is undefined or not yet known.
        public let value: Value
        /// The value of the compared days; nil without a comparison.
        public let previous: Value?
        /// `(value − previous) ÷ |previous|`; nil without a comparison, `missing` if undefined.
        public let change: Value?
    }

    /// One combination of members, or one step of time.
    public struct Row: Sendable, Hashable {
        /// One member per dimension of the query.
        public let members: [Member]
        /// The step of time; nil without a grain.
        public let step: Step?
        /// The cells, per metric of the query one for each currency in alphabetical order.
        public let cells: [[Cell]]
    }

    /// The dimensions of the query.
    public struct Dimension: Sendable, Hashable {
        /// The name in the query.
        public let name: String
        /// The heading for people.
        public let label: String
    }

    /// The question.
    public let query: MetricQuery
    /// The definitions asked for, in the order of the query.
    public let metrics: [Metric]
    /// What figures are split by.
    public let dimensions: [Dimension]
    /// The days that the figures cover.
    public let period: Period
    /// The days that they are compared with.
    public let comparedWith: Period?
    /// The rows: without dimensions and grain exactly one.
    public let rows: [Row]
    /// The figures over all rows, per metric as in a row.
    public let totals: [[Cell]]
    /// Where the figures come from.
    public let provenance: Provenance
    /// How amounts were converted; nil where each keeps its currency.
    public let conversion: AppliedConversion?
    /// The newest commit that touched a row they could depend on; for ETags and caches.
    public let dataCommit: UInt64
}

/// One value of a dimension.
public struct Member: Sendable, Hashable {
    /// What sort of member it is.
    public enum Kind: Sendable, Hashable {
        /// A value of the dimension.
        case value
        /// The rows that have no value.
        case none
        /// A row of another model that has not arrived or is deleted.
        case unknown
        /// The members beyond the limit put together, and how many they are.
        case other(count: Int)
    }

    /// What sort of member it is.
    public let kind: Kind
    /// The words shown for it: a customer's name, `(none)`, `Other`.
    public let label: String
    /// The value; for a reference its name, `missing` for “(none)” and “Other”.
    public let value: Value
    /// The cell the store grouped by, for asking on; nil for “Other”.
    public let cell: Cell?
}

/// One step of a time series.
public struct Step: Sendable, Hashable {
    /// The first day of the step; it may lie before the period.
    public let start: LocalDay
    /// Its sortable name: `2026-06`.
    public let label: String
    /// Whether it has days to come, or the present day, so that its figures are not final.
    public let isOpen: Bool
    /// The first day of the step it is compared with, if there is one.
    public let previous: LocalDay?
}
