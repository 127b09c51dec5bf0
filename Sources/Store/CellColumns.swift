public import Vocabulary

/// Cells of some rows, column by column.
public struct CellColumns: Sendable {
    /// The cells of one column, one per row.
    public struct Column: Sendable {
        /// What is stored, as in `Cell.number`, `missing` where there is none.
        ///
        /// Of columns with words, places in the list of words; of references, the index of the row
        /// referred to within its company.
        public let numbers: [Int64]
        /// The words of a column of text or categories; nil for others.
        public let words: ResultWords?
        /// Whether the same list serves other batches, too.
        public let sharesWords: Bool
    }

    /// What stands for no value among numbers.
    public static let missing = NumberVector.missing

    /// How many rows there are.
    public let count: Int
    /// The wanted columns, in their order.
    public let columns: [Column]

    /// Bytes of texts that only these rows have.
    var textBytes: Int {
        columns.reduce(0) { $0 + ($1.sharesWords ? 0 : $1.words?.bytes.count ?? 0) }
    }
}
