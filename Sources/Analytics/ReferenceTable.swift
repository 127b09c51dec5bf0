import Store
public import Vocabulary

/// A table of `queries/reference/`: values by word, each with the days on which it holds.
///
/// Price lists, unit costs, tax rates and exchange rates are data with dates, never constants.
public struct ReferenceTable: Sendable {
    /// What the values are.
    public enum Content: Sendable, Hashable {
        /// Amounts of one currency, such as prices and unit costs.
        case amounts(Currency)
        /// Numbers with at most that many decimals, such as tax rates.
        case numbers(scale: Int)
        /// How much of each currency one unit of the base is worth.
        case rates(base: Currency)
    }

    /// A value, and the days on which it holds.
    public struct Entry: Sendable, Hashable {
        /// The first day.
        public let from: LocalDay
        /// The last day; nil where it holds until the next one of its word.
        ///
        /// A rate of a day is also taken for days without one: see `CurrencyConversion`.
        public let until: LocalDay?
        /// The value.
        public let value: ExactDecimal
    }

    /// Name in metrics and questions: `pack_price`.
    public let name: String
    /// Name for people.
    public let label: String
    /// Where the values come from, printed under converted figures.
    public let source: String
    /// What else there is to know; may be empty.
    public let remark: String
    /// What the values are.
    public let content: Content
    /// The values by word (in capitals where words are currencies), in the order of their days.
    public let values: [String: [Entry]]
    /// Whether these are rates that hold on every day.
    public let isFixed: Bool
    /// The definition as YAML.
    public let definition: String
    /// Hash of the definition.
    public let hash: String
    /// Where it is defined.
    public let place: Place
}

extension ReferenceTable: Hashable {
    /// Whether both are the same definition.
    public static func == (left: ReferenceTable, right: ReferenceTable) -> Bool {
        left.name == right.name && left.hash == right.hash
    }

    /// Hashes the definition.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(hash)
    }
}

extension ReferenceTable {
    /// The last entry of a word that began on a day or before and has not ended.
    func entry(of word: String, on day: LocalDay) -> Entry? {
        guard let entries = values[word] else { return nil }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].from <= day { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let found = entries[low - 1]
        return found.until.map { $0 < day } ?? false ? nil : found
    }

    /// The values as the store multiplies by them, each times a power of ten.
    ///
    /// - Throws: `Advice` when they do not fit 128 bits.
    func series(timesTenTo power: Int) throws -> [String: [ValueTable.Entry]] {
        try values.mapValues { entries in
            var series: [ValueTable.Entry] = []
            for (index, entry) in entries.enumerated() {
                series.append(.init(from: entry.from, try ratio(entry.value, timesTenTo: power)))
                guard let end = entry.until?.adding(days: 1) else { continue }
                if !entries.indices.contains(index + 1) || entries[index + 1].from > end {
                    series.append(.init(from: end, nil))
                }
            }
            return series
        }
    }

    /// The values that hold on a day.
    ///
    /// - Throws: `Advice` when they do not fit 128 bits.
    func series(
        on day: LocalDay, timesTenTo power: Int
    ) throws -> [String: [ValueTable.Entry]] {
        var series: [String: [ValueTable.Entry]] = [:]
        for word in values.keys {
            guard let entry = entry(of: word, on: day) else { continue }
            series[word] = [
                .init(from: .earliest, try ratio(entry.value, timesTenTo: power))
            ]
        }
        return series
    }

    private func ratio(
        _ value: ExactDecimal, timesTenTo power: Int
    ) throws -> ValueTable.Ratio {
        let shift = power - value.scale
        let ratio =
            shift >= 0
            ? ValueTable.Ratio(value.unscaled * ExactDecimal.powerOfTen(shift), over: 1)
            : ValueTable.Ratio(value.unscaled, over: ExactDecimal.powerOfTen(-shift))
        // Values have at most 15 digits and 12 decimals, units at most 18 decimals.
        guard let ratio else { preconditionFailure("a power of ten is positive") }
        return ratio
    }
}
