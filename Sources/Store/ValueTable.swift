public import Vocabulary

/// Numbers by word and day that numbers of rows are multiplied by: prices, unit costs, exchange rates.
///
/// A value holds from its day on until the next one of its word. Each word's values have a series of
/// ascending days; a series may take its value back, as where a product is no longer on the list.
///
/// Its hash is worked out once, for tables are part of questions that are looked for often.
public final class ValueTable: Sendable {
    /// What a number is multiplied by: a fraction of two whole numbers, in its smallest terms.
    public struct Ratio: Sendable, Hashable {
        /// The number above the line.
        public let numerator: Int128
        /// The number below the line; it is positive.
        public let denominator: Int128

        /// Makes `numerator ÷ denominator`; nil unless the denominator is positive.
        public init?(_ numerator: Int128, over denominator: Int128) {
            guard denominator > 0, numerator != .min else { return nil }
            var (larger, smaller) = (numerator.magnitude, denominator.magnitude)
            while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
            let divisor = Int128(larger)
            self.numerator = numerator / divisor
            self.denominator = denominator / divisor
        }

        /// One.
        public static let one = Ratio(whole: 1)

        private init(whole: Int128) { (numerator, denominator) = (whole, 1) }

        /// The number multiplied and rounded half up on magnitude (DOMAIN §1); nil when 64 bits do
        /// not hold it.
        public func applied(to number: Int64) -> Int64? {
            if let top = UInt64(exactly: numerator.magnitude),
                let bottom = UInt64(exactly: denominator)
            {
                let product = number.magnitude.multipliedFullWidth(by: top)
                guard product.high < bottom else { return nil }
                let (quotient, rest) = bottom.dividingFullWidth(product)
                let rounded = rest >= bottom - rest ? quotient + 1 : quotient
                guard quotient < UInt64(Int64.max) else { return nil }
                return (number < 0) != (numerator < 0) ? -Int64(rounded) : Int64(rounded)
            }
            let (product, overflow) = Int128(number).multipliedReportingOverflow(by: numerator)
            return overflow ? nil : Int64(exactly: ExactDecimal.divide(product, denominator))
        }
    }

    /// A value, and the day from which it holds.
    public struct Entry: Sendable, Hashable {
        /// The first day.
        public let from: LocalDay
        /// The value; nil where there is none from that day on.
        public let ratio: Ratio?

        /// Makes an entry.
        public init(from: LocalDay, _ ratio: Ratio?) {
            self.from = from
            self.ratio = ratio
        }
    }

    /// Values by word, each in ascending order of days.
    public let series: [String: [Entry]]
    /// Whether words are in capitals here and are looked up in any letter case, as currencies are.
    public let ignoresCase: Bool
    let lists: [[Entry]]
    private let numbers: [String: Int]
    private let code: Int

    /// Makes a table.
    ///
    /// - Precondition: The days of each series ascend, and with `ignoringCase` words are in capitals.
    public init(_ series: [String: [Entry]], ignoringCase: Bool = false) {
        self.series = series
        ignoresCase = ignoringCase
        let words = series.keys.sorted()
        lists = words.map { series[$0] ?? [] }
        precondition(
            lists.allSatisfy { list in
                zip(list, list.dropFirst()).allSatisfy { $0.from < $1.from }
            })
        numbers = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
        var hasher = Hasher()
        hasher.combine(series)
        hasher.combine(ignoringCase)
        code = hasher.finalize()
    }

    /// The value of a word on a day; nil when there is none.
    public func ratio(of word: String, on day: LocalDay) -> Ratio? {
        guard let list = number(of: word) else { return nil }
        let entries = lists[list]
        let place = (0..<entries.count).firstPlace { entries[$0].from <= day }
        return place == 0 ? nil : entries[place - 1].ratio
    }

    /// The place of a word's series.
    func number(of word: String) -> Int? { numbers[ignoresCase ? word.uppercased() : word] }
}

extension ValueTable: Hashable {
    /// Compares contents.
    public static func == (left: ValueTable, right: ValueTable) -> Bool {
        left === right
            || left.code == right.code && left.ignoresCase == right.ignoresCase
                && left.series == right.series
    }

    /// Hashes the contents.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// How the number of a row becomes another: multiplied by values of tables, one after another, each
/// product rounded half up to a whole number of its unit.
public struct Valuation: Sendable, Hashable {
    /// Where the word of a row is found.
    public enum Key: Sendable, Hashable {
        /// A category or text column, or such a column of the row referred to.
        case column(ColumnPath)
        /// The same word for all rows.
        case word(String)
        /// A word for each company, by its code.
        case companies([String: String])
    }

    /// One multiplication.
    public struct Factor: Sendable, Hashable {
        /// Where the word of a row is found.
        public let key: Key
        /// The instant or day column whose local day is looked up; nil where every day's value is the
        /// same, and the last one of the series is taken.
        public let day: ColumnPath?
        /// The values.
        public let table: ValueTable

        /// Describes a multiplication.
        public init(_ table: ValueTable, by key: Key, on day: ColumnPath?) {
            self.table = table
            self.key = key
            self.day = day
        }
    }

    /// The column of the number that is multiplied; nil for one.
    public let number: ColumnPath?
    /// The multiplications, in order.
    public let factors: [Factor]

    /// Describes how a number is valued.
    public init(_ number: ColumnPath?, _ factors: [Factor]) {
        self.number = number
        self.factors = factors
    }

    /// The valuation by the first of the factors alone.
    public func prefix(_ count: Int) -> Valuation {
        Valuation(number, Array(factors.prefix(count)))
    }

    /// The number of one row; nil when it has none, no value holds for it, or 64 bits do not hold the
    /// product.
    public func value(
        of number: Int64?, company: String, word: (ColumnPath) -> String?,
        day: (ColumnPath) -> LocalDay?
    ) -> Int64? {
        guard var value = self.number == nil ? 1 : number else { return nil }
        for factor in factors {
            let key: String?
            switch factor.key {
            case .column(let path): key = word(path)
            case .word(let word): key = word
            case .companies(let words): key = words[company]
            }
            guard let key, let on = factor.day.map(day) ?? .latest,
                let next = factor.table.ratio(of: key, on: on)?.applied(to: value)
            else { return nil }
            value = next
        }
        return value
    }
}
