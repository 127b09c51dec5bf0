/// The data of one chart.
///
/// How it is drawn is decided in Reports, once for page, mail and PDF.
public struct Chart: Sendable, Hashable {
    /// The form.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A line over time; missing values are gaps.
        case line
        /// Vertical bars from zero.
        case column
        /// Horizontal bars from zero, labels at the left.
        case bar
        /// Vertical bars whose parts, one of each series, add up to the whole.
        case stacked
        /// Horizontal bars from zero, each a step that fewer reach than the one before.
        case funnel
        /// A field of coloured cells: a row of each series, a column of each category.
        case heatmap
    }

    /// What the numbers are.
    public enum Unit: Sendable, Hashable {
        /// Amounts of one currency, in whole units of it.
        case money(Currency)
        /// How many.
        case count
        /// Shares of one, shown in percent.
        case ratio
    }

    /// One line, or one bar in each category.
    public struct Series: Sendable, Hashable {
        /// What the series is called.
        public let label: String
        /// One value per category; nil where it is not known.
        public let values: [ExactDecimal?]
        /// Whether it is what the others are compared with, and so drawn quietly.
        public let isComparison: Bool

        /// Makes a series.
        public init(label: String, values: [ExactDecimal?], isComparison: Bool = false) {
            self.label = label
            self.values = values
            self.isComparison = isComparison
        }
    }

    /// Heading.
    public let title: String
    /// The form.
    public let kind: Kind
    /// What the numbers are.
    public let unit: Unit
    /// The names along the axis: steps of time or members of a dimension.
    public let categories: [String]
    /// The series; each has as many values as there are categories.
    public let series: [Series]
    /// Whether series are members of a dimension, whose names are those of the data, and not figures.
    public let seriesAreMembers: Bool

    /// Describes a chart.
    public init(
        title: String, kind: Kind, unit: Unit, categories: [String], series: [Series],
        seriesAreMembers: Bool = false
    ) {
        precondition(series.allSatisfy { $0.values.count == categories.count })
        self.title = title
        self.kind = kind
        self.unit = unit
        self.categories = categories
        self.series = series
        self.seriesAreMembers = seriesAreMembers
    }
}

extension Chart {
    /// The same numbers with series and categories in each other's place, as a table shows a field:
    /// its rows are then categories.
    public var transposed: Chart {
        Chart(
            title: title, kind: kind, unit: unit, categories: series.map(\.label),
            series: categories.indices.map { index in
                Series(label: categories[index], values: series.map { $0.values[index] })
            }, seriesAreMembers: true)
    }
}
