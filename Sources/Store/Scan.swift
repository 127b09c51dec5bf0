public import Vocabulary

/// A column, or a column of the row that a reference column points to.
public struct ColumnPath: Sendable, Hashable, CustomStringConvertible {
    /// A column of the model itself.
    public let column: String
    /// For a reference column: a column of the model it refers to.
    public let attribute: String?

    /// Names a column.
    public init(_ column: String, _ attribute: String? = nil) {
        self.column = column
        self.attribute = attribute
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
}

/// What is computed over the rows of a group.
///
/// Sums are exact in 128 bits.
public enum Measure: Sendable, Hashable {
    /// How many rows.
    case count
    /// How many rows have a value in the column.
    case countPresent(ColumnPath)
    /// The sum of a column's numbers; nil when no row has one.
    case sum(ColumnPath)
    /// The least of a column's numbers; nil when no row has one.
    case least(ColumnPath)
    /// The greatest of a column's numbers; nil when no row has one.
    case greatest(ColumnPath)
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

    /// Describes a question.
    public init(
        model: String, filters: [Filter] = [], groups: [Group] = [], measures: [Measure]
    ) {
        self.model = model
        self.filters = filters
        self.groups = groups
        self.measures = measures
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

    /// The groups that have rows, ordered by key: missing first, then numbers, then text by its
    /// bytes.
    ///
    /// Without groups there is exactly one row, also when nothing matched.
    public let rows: [Row]
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
