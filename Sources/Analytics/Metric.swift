public import Vocabulary

/// A figure that can be asked for: a definition of `queries/metrics/`.
public struct Metric: Sendable, Hashable {
    /// What its values are.
    public enum Unit: Sendable, Hashable {
        /// Amounts, one per currency.
        case money
        /// Whole numbers.
        case count
        /// Shares of one: 0.125 is 12.5 %.
        case ratio
        /// Numbers with that many decimals.
        case number(decimals: Int)
    }

    /// Name in queries: `average_sale`.
    public let name: String
    /// Name for people.
    public let label: String
    /// What it means and by which formula, in words.
    public let description: String
    /// What counts and when: `booked, by sale date`.
    public let basis: String
    /// What its values are.
    public let unit: Unit
    /// Whether a rise is good news; nil when it is neither.
    public let riseIsGood: Bool?
    /// Whether values of parts (months, customers) add up to the value of the whole.
    public let isAdditive: Bool
    /// Whether it has a day, so that periods, grains and comparisons mean something.
    public let isDated: Bool
    /// The definition as YAML.
    public let definition: String
    /// Hash of the definition and of everything it depends on.
    public let hash: String
    /// Where it is defined.
    public let place: Place
    /// Names of the models that it reads.
    public let models: Set<String>
    /// How it is computed.
    let source: Source

    enum Source: Sendable, Hashable {
        case base(BaseMetric)
        case formula(Formula)
    }

    /// The form of its values in results.
    public var kind: ResultColumn.Kind {
        switch unit {
        case .money: .money
        case .count: .integer
        case .ratio: .ratio
        case .number(let decimals): .decimal(scale: decimals)
        }
    }

    /// The formula over other metrics; nil for a metric computed from rows.
    public var formula: String? {
        guard case .formula(let formula) = source else { return nil }
        return "\(formula)"
    }
}

/// A metric computed from the rows of one model.
struct BaseMetric: Sendable, Hashable {
    /// What is done with the rows.
    enum Aggregate: String, Sendable, CaseIterable {
        case sum, count, distinct, average, minimum, maximum
    }

    let model: String
    let aggregate: Aggregate
    /// The column; nil for a count of rows.
    let column: String?
    /// What the column holds.
    let columnType: ColumnContent
    /// Conditions that all must hold.
    let conditions: [Condition]
    /// The column that says on which day a row counts; nil for a metric of all rows at once.
    let date: String?

    /// What the aggregated column holds, as far as arithmetic cares.
    enum ColumnContent: Sendable, Hashable {
        /// Amounts, with the column of the same row that names their currency.
        case money(currency: String)
        /// Numbers with that many decimals.
        case number(scale: Int)
        /// Anything that is only counted.
        case other
    }

    /// The currency column, when values are amounts.
    var currencyColumn: String? {
        guard case .money(let currency) = columnType, isValued else { return nil }
        return currency
    }

    /// Whether values come from the column itself rather than from counting.
    private var isValued: Bool {
        switch aggregate {
        case .sum, .average, .minimum, .maximum: true
        case .count, .distinct: false
        }
    }

    /// What it does, in words: `sum of net over sale`.
    var words: String {
        switch aggregate {
        case .count where column == nil: "number of \(model) rows"
        case .count: "number of \(model) rows that have \(column ?? "")"
        case .sum: "sum of \(model).\(column ?? "")"
        case .distinct: "number of different \(model).\(column ?? "")"
        case .average: "sum of \(model).\(column ?? "") ÷ number of \(model) rows that have it"
        case .minimum: "least \(model).\(column ?? "")"
        case .maximum: "greatest \(model).\(column ?? "")"
        }
    }
}
