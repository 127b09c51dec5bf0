import Store
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
    /// Whether its rows have a day, so that there is one value per step of time.
    public let isDated: Bool
    /// Whether another period gives another value, so that comparisons mean something.
    public let followsPeriod: Bool
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
        case members(MemberMetric)
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
    enum Aggregate: Sendable, Hashable {
        case sum, count, distinct, average, minimum, maximum
        /// The number below which a share of the rows' numbers lies, in thousandths; 500 is the
        /// median. Interpolated linearly between neighbours, as SQL's `percentile_cont` does.
        case percentile(perMille: Int)
    }

    /// What of a row it is done with.
    enum Subject: Sendable, Hashable {
        case row
        case column(String)
        /// The time from one instant or day column to another, of the row or of one it refers to.
        case elapsed(from: ColumnPath, to: ColumnPath)
        /// The days from the local day of an instant or day column up to today.
        case age(of: ColumnPath)
        /// What comes of following it over time.
        case course
    }

    let model: String
    let aggregate: Aggregate
    let subject: Subject
    /// What the subject is.
    let content: Content
    /// Conditions that all must hold.
    let conditions: [Condition]
    /// The column that says on which day a row counts; nil for a metric of all rows at once.
    let date: String?
    /// Since when rows are added up; nil for those of the step alone.
    let accumulation: Accumulation?
    /// Whether another period gives another value that holds of that period.
    let followsPeriod: Bool
    /// The table by whose values each row's number, or one, is multiplied.
    var factor: TableFactor?
    /// How rows are followed over time; nil where they count as they are.
    var course: Course?

    /// Since when the rows of a step are added up with those before.
    enum Accumulation: Sendable, Hashable {
        /// Since there are rows: a balance.
        case always
        /// Since there are rows, each as it was at the end of the step.
        case standing
        /// Since the year began that the last day of the step lies in.
        case year
        /// Since the period began that is asked for.
        case period
        /// So many days or months up to the end of the step.
        case trailing(TrailingSpan)
    }

    /// Whether it looks back from the end of each step.
    var isTrailing: Bool {
        guard case .trailing? = accumulation else { return false }
        return true
    }

    /// What the subject is, as far as arithmetic cares.
    enum Content: Sendable, Hashable {
        /// Amounts, with the column of the same row that names their currency.
        case money(currency: String)
        /// Amounts of one currency.
        case amount(Currency)
        /// Numbers with that many decimals.
        case number(scale: Int)
        /// Spans of time, in a unit of which so many make a day; values are days.
        case duration(perDay: Int64)
        /// Anything that is only counted.
        case other
    }

    /// The column, where it is one.
    var column: String? {
        guard case .column(let name) = subject else { return nil }
        return name
    }

    /// The currency column, when values are amounts.
    var currencyColumn: String? {
        guard case .money(let currency) = content, isValued else { return nil }
        return currency
    }

    /// Whether values are amounts.
    var isAmount: Bool {
        switch content {
        case .money, .amount: isValued
        case .number, .duration, .other: false
        }
    }

    /// Whether values come from the column itself rather than from counting.
    private var isValued: Bool {
        switch aggregate {
        case .sum, .average, .minimum, .maximum, .percentile: true
        case .count, .distinct: false
        }
    }

    /// Which rows of a period it speaks of, in words.
    func reach(_ date: Column?) -> String {
        guard let date else {
            return conditions.contains(where: \.followsPeriod)
                ? "as of the period's end" : "all rows, whatever the period"
        }
        // In a sentence; ‘VAT date’ stays as it is.
        let isWord = date.label.dropFirst().first?.isLowercase == true
        let day = isWord ? date.label.prefix(1).lowercased() + date.label.dropFirst() : date.label
        return switch accumulation {
        case .always, .standing: "as of the period's end, by \(day)"
        case .trailing(let span): "last \(span), by \(day)"
        case .year, .period, nil: "by \(day)"
        }
    }

    /// What it does, in words: `sum of sale.net`.
    var words: String {
        var subject =
            switch subject {
            case .row: "\(model) rows"
            case .column(let column): "\(model).\(column)"
            case .elapsed(let from, let to): "days from \(model).\(from) to \(model).\(to)"
            case .age(let path): "days from \(model).\(path) to today"
            case .course: course?.words(model) ?? model
            }
        if let factor, factor.form == .presence {
            subject += " listed in " + factor.words
        } else if let factor {
            subject =
                (self.subject == .row ? "" : subject + " × ")
                + (factor.form == .included ? "included share of " : "") + factor.words
            if aggregate == .count { return "number of \(model) rows that have \(subject)" }
        }
        let reach =
            switch accumulation {
            case .always: ", of all days up to the end"
            case .standing: ", as they stood at the end"
            case .year: ", since the year began"
            case .period: ", since the period began"
            case .trailing(let span): ", over the last \(span) up to the end"
            case nil: ""
            }
        return verb(subject) + reach
    }

    private func verb(_ subject: String) -> String {
        switch aggregate {
        case .count where column == nil: return "number of \(subject)"
        case .count: return "number of \(model) rows that have \(column ?? "")"
        case .sum: return "sum of \(subject)"
        case .distinct: return "number of different \(subject)"
        case .average: return "sum of \(subject) ÷ number of \(model) rows that have it"
        case .minimum: return "least \(subject)"
        case .maximum: return "greatest \(subject)"
        case .percentile(let share):
            return share == 500
                ? "median of \(subject)"
                : "the number below which \(ExactDecimal(unscaled: Int128(share), scale: 1)) % of "
                    + "\(subject) lie"
        }
    }
}
