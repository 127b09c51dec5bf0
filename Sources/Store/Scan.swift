public import Vocabulary

/// A column, or a column of the row that a reference column points to.
public struct ColumnPath: Sendable, Hashable, CustomStringConvertible {
    /// A column of the model itself.
    public let column: String
    /// For a reference column: a column of the model it refers to.
    public let attribute: String?
    /// What of the value is looked at; nil for the value itself.
    public let derivation: Derivation?

    /// Names a column.
    public init(
        _ column: String, _ attribute: String? = nil, _ derivation: Derivation? = nil
    ) {
        self.column = column
        self.attribute = attribute
        self.derivation = derivation
    }

    /// `customer.name`, or `status`.
    public var description: String { attribute.map { "\(column).\($0)" } ?? column }
}

/// A condition on rows.
///
/// All conditions of a request must hold.
public enum Filter: Sendable, Hashable {
    /// The local day, in the company's zone, of an instant or day column lies in a period.
    case days(ColumnPath, Period)
    /// The column's number (see `Cell`) lies in a range; missing values do not.
    case range(ColumnPath, ClosedRange<Int64>)
    /// The column has one of these values; `missing` may be among them. References are given by
    /// `Cell.reference`, or by `Cell.key` of a row of any origin.
    case among(ColumnPath, [Cell])
    /// The column has none of these values. A missing value passes unless `missing` is listed.
    case notAmong(ColumnPath, [Cell])
    /// The first column stands so to the second one. A missing value stands in no way to any other.
    ///
    /// Both hold numbers, times, amounts of one currency, or words of categories; of words it can
    /// only be told whether they are equal.
    case compared(ColumnPath, Set<Standing>, ColumnPath)
}

/// What rows are put together by.
public enum Group: Sendable, Hashable {
    /// The company; the cell is the company's code as text.
    case company
    /// A column's value, or an attribute of the row it refers to.
    case value(ColumnPath)
    /// The step of time that the local day of an instant or day column lies in; the cell is the
    /// number of the step's first day.
    case step(ColumnPath, Grain)
    /// Which of some bands a number lies in; the cell is the number of bounds that are not greater
    /// than it. Bounds ascend.
    case band(ColumnPath, bounds: [Int64])
    /// Which of some bands the local day of an instant or day column falls in, as in the ageing of
    /// receivables; the cell is the number of bounds that are not after it. Bounds ascend.
    case dayBand(ColumnPath, bounds: [LocalDay])
    /// Whether a row lies in the first step of time in which its member has a row, as with new and
    /// returning customers; the cell is 1 in the first step and 0 in later ones. Rows without a
    /// member, or before its first row, are missing.
    case novelty(Novelty)
}

/// What makes a row the first of its member.
///
/// The first row is looked for in the whole history within the scope, whatever the period and the
/// other filters of the question are.
public struct Novelty: Sendable, Hashable {
    /// A reference column: the member, such as the customer.
    public let member: String
    /// The instant or day column whose local day counts.
    public let time: String
    /// The steps of time.
    public let grain: Grain
    /// Which rows count as a first row.
    public let filters: [Filter]

    /// Describes what makes a row the first of its member.
    public init(member: String, time: String, grain: Grain, filters: [Filter] = []) {
        self.member = member
        self.time = time
        self.grain = grain
        self.filters = filters
    }
}

/// A number of each row.
public enum Quantity: Sendable, Hashable {
    /// A column's number (see `Cell`).
    case column(ColumnPath)
    /// The time from one instant to another in microseconds, or from one day to another in days;
    /// missing when either is, or when 64 bits do not hold it.
    case elapsed(from: ColumnPath, to: ColumnPath)
    /// A number multiplied by values of tables; missing when any of them is.
    case valued(Valuation)
}

/// What is computed over the rows of a group.
///
/// Sums are exact in 128 bits.
public enum Measure: Sendable, Hashable {
    /// How many rows.
    case count
    /// How many rows have a value in the column.
    case countPresent(ColumnPath)
    /// How many rows have a number after all multiplications.
    case countValued(Valuation)
    /// The sum of the rows' numbers; nil when no row has one.
    case sum(Quantity)
    /// The least of the rows' numbers; nil when no row has one.
    case least(Quantity)
    /// The greatest of the rows' numbers; nil when no row has one.
    case greatest(Quantity)
    /// The number below which a share of the rows' numbers lies (0–1000 thousandths; 500 is the
    /// median), interpolated linearly between neighbours as SQL's `percentile_cont` does.
    ///
    /// The value is in thousandths of the quantity's unit, so that it is exact. Nil when no row has
    /// a number.
    case percentile(Quantity, perMille: Int)
    /// How many different values a column has, missing not counted.
    case distinct(ColumnPath)
}

/// A question that is answered by one pass over a model.
public struct ScanRequest: Sendable, Hashable {
    /// The model.
    public var model: String
    /// Conditions that all must hold.
    public var filters: [Filter]
    /// What rows are put together by, at most four; none gives one group.
    public var groups: [Group]
    /// What is computed for each group.
    public var measures: [Measure]
    /// How many groups are wanted, and by what; nil for all, ordered by key.
    public var top: Top?

    /// Describes a question.
    public init(
        model: String, filters: [Filter] = [], groups: [Group] = [], measures: [Measure],
        top: Top? = nil
    ) {
        self.model = model
        self.filters = filters
        self.groups = groups
        self.measures = measures
        self.top = top
    }
}

/// The groups with the greatest values of a measure.
public struct Top: Sendable, Hashable {
    /// How many groups.
    public let count: Int
    /// Which of the measures decides; a nil value stands behind all numbers.
    ///
    /// Ties go to the lesser key.
    public let measure: Int

    /// Asks for the first groups by a measure.
    public init(_ count: Int, by measure: Int) {
        self.count = count
        self.measure = measure
    }
}

/// The answer to a `ScanRequest`.
public struct ScanResult: Sendable, Hashable {
    /// One group of rows.
    public struct Row: Sendable, Hashable {
        /// One cell per group of the request.
        public let key: [Cell]
        /// One number per measure of the request; nil where it is undefined.
        public let values: [Int128?]
    }

    /// The groups of an answer, column by column; a row is put together when it is asked for.
    public struct Rows: Sendable, Hashable, RandomAccessCollection {
        /// How many groups there are.
        public let count: Int
        private let keys: [[Cell]]
        private let values: [[Int128?]]

        init(count: Int, keys: [[Cell]], values: [[Int128?]]) {
            self.count = count
            self.keys = keys
            self.values = values
        }

        /// The cells of the request's last group, in the order of the rows; none without groups.
        public var lastCells: [Cell] { keys.last ?? [] }

        /// A row's cell of one of the request's groups.
        public func cell(_ group: Int, of position: Int) -> Cell { keys[group][position] }

        /// Reads a row's number for each measure into an array, in place of what it holds.
        public func read(valuesOf position: Int, into numbers: inout [Int128?]) {
            numbers.removeAll(keepingCapacity: true)
            for column in values { numbers.append(column[position]) }
        }

        /// The place of the first group: 0.
        public var startIndex: Int { 0 }
        /// One more than the place of the last group.
        public var endIndex: Int { count }

        /// A group by its place.
        public subscript(position: Int) -> Row {
            Row(key: keys.map { $0[position] }, values: values.map { $0[position] })
        }
    }

    /// The groups that have rows, ordered by key: missing first, then numbers, then text by its
    /// bytes.
    ///
    /// With `top` they are ordered by its measure, the greatest first. Without groups there is
    /// exactly one row, also when nothing matched.
    public let rows: Rows
    /// With `top`, the groups that are not among the rows, put together; nil when there are none.
    ///
    /// A distinct count or percentile of them is not known and nil.
    public let others: [Int128?]?
}

/// A question for rows themselves.
public struct RowRequest: Sendable, Hashable {
    /// A column to sort by.
    public struct Order: Sendable, Hashable {
        /// The column.
        public let path: ColumnPath
        /// Whether the greatest comes first.
        ///
        /// Missing values come last either way.
        public let isDescending: Bool

        /// Sorts by a column.
        public init(_ path: ColumnPath, descending: Bool = false) {
            self.path = path
            self.isDescending = descending
        }
    }

    /// The model.
    public var model: String
    /// Conditions that all must hold.
    public var filters: [Filter]
    /// The cells wanted of each row.
    public var columns: [ColumnPath]
    /// How to sort; ties are broken by origin and key, so the order is always the same.
    public var order: [Order]
    /// How many rows at the most; nil for all.
    public var limit: Int?

    /// Describes a question for rows.
    public init(
        model: String, filters: [Filter] = [], columns: [ColumnPath], order: [Order] = [],
        limit: Int? = nil
    ) {
        self.model = model
        self.filters = filters
        self.columns = columns
        self.order = order
        self.limit = limit
    }
}
