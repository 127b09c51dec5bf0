import Store
import Vocabulary

/// Columns of the store as columns of a table, without a value for each cell.
extension RegisterReading {
    /// Some rows; `currencies` keeps what is known of words that are currencies.
    func batch(_ cells: CellColumns, _ currencies: inout CurrencyReading) -> ResultBatch {
        var read: [Int: CurrencyReading.Column] = [:]
        let made = columns.indices.map { index -> ResultBatch.Column in
            let cell = cells.columns[index]
            switch columns[index].type {
            case .money:
                guard let place = currencyIndices[index] else { return Self.missing(cells.count) }
                let column = read[place] ?? currencies.column(cells.columns[place])
                read[place] = column
                guard let found = column.currencies else { return Self.missing(cells.count) }
                var numbers = cell.numbers
                if !column.isComplete {
                    for row in numbers.indices where !column.isKnown[row] {
                        numbers[row] = ResultBatch.missing
                    }
                }
                return .numbers(numbers, .money(found))
            case .instant where columns[index].result.kind == .day:
                return .numbers(
                    cell.numbers.map { number in
                        number == CellColumns.missing
                            ? ResultBatch.missing
                            : Int64(zone.day(of: Instant(microseconds: number)).number)
                    }, .day)
            case .instant: return .numbers(cell.numbers, .instant)
            case .day: return .numbers(cell.numbers, .day)
            case .boolean: return .numbers(cell.numbers, .boolean)
            case .decimal(let scale): return .numbers(cell.numbers, .decimal(scale: scale))
            case .integer: return .numbers(cell.numbers, .integer)
            case .category, .text:
                guard let words = cell.words else { return Self.missing(cells.count) }
                return .numbers(cell.numbers, .text(words))
            case .reference: return Self.missing(cells.count)
            }
        }
        return ResultBatch(count: cells.count, columns: made)
    }

    private static func missing(_ count: Int) -> ResultBatch.Column {
        .numbers([Int64](repeating: ResultBatch.missing, count: count), .integer)
    }
}

/// Finds the currencies that a column's words are, each word once.
struct CurrencyReading {
    /// The currencies of some rows.
    struct Column {
        /// The currencies; nil when no row has one.
        let currencies: ResultCurrencies?
        /// Which rows have one.
        let isKnown: [Bool]
        /// Whether all have.
        let isComplete: Bool
    }

    private var words: ResultWords?
    private var list: [Currency] = []
    /// For each word, its place in the list.
    private var places: [UInt8?] = []

    /// Reads the currencies of some rows.
    mutating func column(_ cells: CellColumns.Column) -> Column {
        if let words = cells.words, words !== self.words { take(words) }
        var found = [UInt8](repeating: 0, count: cells.numbers.count)
        var isKnown = [Bool](repeating: false, count: cells.numbers.count)
        var first: UInt8?
        var (isUniform, isComplete) = (true, true)
        for (row, number) in cells.numbers.enumerated() {
            guard number != CellColumns.missing, cells.words != nil,
                let place = places[Int(number)]
            else {
                isComplete = false
                continue
            }
            found[row] = place
            isKnown[row] = true
            if let first, first != place { isUniform = false }
            first = first ?? place
        }
        return Column(
            currencies: first.map { first in
                isUniform
                    ? ResultCurrencies(list[Int(first)])
                    : ResultCurrencies(list, places: found)
            }, isKnown: isKnown, isComplete: isComplete)
    }

    private mutating func take(_ words: ResultWords) {
        self.words = words
        list = []
        places = (0..<words.count).map { place in
            guard let currency = Currency(words[place]) else { return nil }
            if let known = list.firstIndex(of: currency) { return UInt8(known) }
            list.append(currency)
            return UInt8(list.count - 1)
        }
    }
}
