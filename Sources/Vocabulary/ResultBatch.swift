/// Some consecutive rows of a table, held column by column.
///
/// What comes out of the store is numbers and words, and stays so up to the writer of a file: a batch
/// has an array of numbers per column, and says once what they mean. Rows that were written down
/// value by value are columns of values. As a collection a batch is its rows; they are made when
/// they are asked for, which is for readers that are not in a hurry.
public struct ResultBatch: Sendable {
    /// The cells of one column.
    public enum Column: Sendable {
        /// Any values.
        case values([Value])
        /// Numbers of one meaning; `missing` stands where there is no value.
        case numbers([Int64], Meaning)
    }

    /// What the numbers of a column stand for.
    public enum Meaning: Sendable {
        /// Whole numbers.
        case integer
        /// Digits of exact numbers with so many decimals.
        case decimal(scale: Int)
        /// Minor units of amounts.
        case money(ResultCurrencies)
        /// Places in a list of words.
        case text(ResultWords)
        /// 0 for no, any other number for yes.
        case boolean
        /// Days since 1970-01-01.
        case day
        /// Microseconds since 1970-01-01T00:00:00Z.
        case instant
    }

    /// What stands for no value among numbers.
    public static let missing = Int64.min

    /// How many rows there are.
    public let count: Int
    /// The columns, in the table's order.
    public let columns: [Column]

    /// Puts columns together, each of which has one cell per row.
    public init(count: Int, columns: [Column]) {
        for column in columns {
            precondition(column.count == count, "a column has one cell per row")
        }
        self.count = count
        self.columns = columns
    }

    /// Makes a batch of rows at hand, each of which has one cell per column.
    public init(_ rows: [[Value]]) {
        let width = rows.first?.count ?? 0
        precondition(rows.allSatisfy { $0.count == width }, "a row has one cell per column")
        self.init(
            count: rows.count,
            columns: (0..<width).map { column in .values(rows.map { $0[column] }) })
    }
}

extension ResultBatch: RandomAccessCollection {
    /// The first row.
    public var startIndex: Int { 0 }
    /// The place after the last row.
    public var endIndex: Int { count }

    /// One row: a value per column.
    public subscript(row: Int) -> [Value] { columns.map { $0[row] } }
}

extension ResultBatch.Column {
    /// How many rows there are.
    public var count: Int {
        switch self {
        case .values(let values): values.count
        case .numbers(let numbers, _): numbers.count
        }
    }

    /// The value of one row.
    public subscript(row: Int) -> Value {
        switch self {
        case .values(let values): return values[row]
        case .numbers(let numbers, let meaning):
            let number = numbers[row]
            guard number != ResultBatch.missing else { return .missing }
            switch meaning {
            case .integer: return .integer(number)
            case .decimal(let scale):
                return .decimal(ExactDecimal(unscaled: Int128(number), scale: scale))
            case .money(let currencies):
                return .money(
                    Money(minorUnits: Int128(number), currency: currencies[row]))
            case .text(let words): return .text(words[Int(number)])
            case .boolean: return .boolean(number != 0)
            case .day: return .day(LocalDay(number: Int32(clamping: number)))
            case .instant: return .instant(Instant(microseconds: number))
            }
        }
    }
}

/// The currencies of a column of amounts: one for all rows, or one per row.
public struct ResultCurrencies: Sendable, Hashable {
    /// The currencies that rows may have.
    public let list: [Currency]
    /// For each row, which of the list it is; empty where all rows have the first.
    public let places: [UInt8]

    /// The same currency for all rows.
    public init(_ currency: Currency) {
        list = [currency]
        places = []
    }

    /// A currency per row; places of rows without an amount do not matter.
    public init(_ list: [Currency], places: [UInt8]) {
        precondition(!list.isEmpty, "there is a currency where there are amounts")
        self.list = list
        self.places = places
    }

    /// The currency of a row.
    public subscript(row: Int) -> Currency { places.isEmpty ? list[0] : list[Int(places[row])] }
}

/// Words that rows name by their place in the list.
///
/// Batches of one table share a list, by identity, where its words recur; so what a writer has to
/// do to a word it does once.
public final class ResultWords: Sendable {
    /// The UTF-8 of all words, one after another.
    public let bytes: [UInt8]
    /// Where each word ends among the bytes.
    public let ends: [Int]

    /// Takes words as they lie in memory.
    public init(bytes: [UInt8], ends: [Int]) {
        precondition(bytes.count == ends.last ?? 0, "the last word ends with the bytes")
        self.bytes = bytes
        self.ends = ends
    }

    /// Takes words one by one.
    public convenience init(_ words: some Sequence<String>) {
        var (bytes, ends): ([UInt8], [Int]) = ([], [])
        for word in words {
            bytes += word.utf8
            ends.append(bytes.count)
        }
        self.init(bytes: bytes, ends: ends)
    }

    /// How many words there are.
    public var count: Int { ends.count }

    /// Where a word lies among the bytes.
    public func range(of place: Int) -> Range<Int> {
        (place == 0 ? 0 : ends[place - 1])..<ends[place]
    }

    /// A word.
    public subscript(place: Int) -> String {
        String(decoding: bytes[range(of: place)], as: UTF8.self)
    }
}
