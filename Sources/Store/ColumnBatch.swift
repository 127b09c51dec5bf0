/// Rows of one model, column by column: the fast way into a load.
///
/// All columns have the same number of rows; a wrong number is the caller's bug and traps.
public struct ColumnBatch: Sendable {
    /// Stands for a missing number or integer key.
    public static let missing = Int64.min

    /// The companies of the rows.
    public enum Companies: Sendable {
        /// All rows belong to one company.
        case one(String)
        /// For each row an index of a list of company codes.
        case codes([Int32], of: [String])
    }

    /// The keys of the rows.
    public enum Keys: Sendable {
        /// Whole numbers; none is `missing`.
        case integers([Int64])
        /// UUIDs as 128-bit numbers.
        case uuids([UInt128])
        /// Any others.
        case other([RowKey])
    }

    /// The values of one column.
    public enum Column: Sendable {
        /// Numbers, as `Cell.number` describes them, or `missing`.
        case numbers([Int64])
        /// Of a category column: for each row an index of a list of words, or -1.
        case words([Int32], of: [String])
        /// Of a text column.
        case texts([String?])
        /// Of a reference column: integer keys of the rows meant, or `missing`.
        case integerKeys([Int64])
        /// Of a reference column: any keys.
        case keys([RowKey?])

        var count: Int {
            switch self {
            case .numbers(let numbers): numbers.count
            case .words(let codes, _): codes.count
            case .texts(let texts): texts.count
            case .integerKeys(let keys): keys.count
            case .keys(let keys): keys.count
            }
        }
    }

    /// How many rows there are.
    public let count: Int
    let companies: Companies
    let keys: KeyColumn
    let columns: [Column]

    /// Puts columns together, in the order of the model's columns.
    public init(companies: Companies, keys: Keys, columns: [Column]) {
        switch keys {
        case .integers(let numbers):
            precondition(!numbers.contains(Self.missing), "a key is never missing")
            self.keys = KeyColumn(integers: numbers)
        case .uuids(let values): self.keys = KeyColumn(uuids: values)
        case .other(let keys): self.keys = KeyColumn(keys)
        }
        count = self.keys.count
        if case .codes(let codes, _) = companies {
            precondition(codes.count == self.keys.count, "a row has one company")
        }
        for column in columns {
            precondition(column.count == self.keys.count, "columns have one value per row")
        }
        self.companies = companies
        self.columns = columns
    }
}
