/// Adds up the totalled columns of a table while its rows pass by.
public struct ResultFooting: Sendable {
    private let columns: [ResultColumn]
    private var sums: [String: [Value]] = [:]
    private var currencies: [String] = []

    /// The codes by which rows are kept apart, as they first came; empty for rows without an amount.
    public var codes: [String] { currencies }

    /// Prepares to add up a table's columns.
    public init(columns: [ResultColumn]) { self.columns = columns }

    /// Adds a row.
    ///
    /// Rows of several currencies are kept apart by the currency of their first amount.
    public mutating func add(_ row: [Value]) {
        precondition(row.count == columns.count, "a row has one cell per column")
        var code = ""
        for case .money(let money) in row {
            code = money.currency.code
            break
        }
        if sums[code] == nil {
            sums[code] = columns.map { _ in .missing }
            currencies.append(code)
        }
        for (index, column) in columns.enumerated() where column.isTotalled {
            guard let sum = sums[code]?[index] else { continue }
            sums[code]?[index] = Self.sum(sum, row[index])
        }
    }

    /// Adds the rows of a batch, column by column where it has one way to be added up.
    public mutating func add(_ batch: ResultBatch) {
        guard batch.count > 0 else { return }
        guard let groups = CurrencyGroups(batch) else {
            for row in batch { add(row) }
            return
        }
        precondition(batch.columns.count == columns.count, "a row has one cell per column")
        for code in groups.codes where sums[code] == nil {
            sums[code] = columns.map { _ in .missing }
            currencies.append(code)
        }
        for (index, column) in columns.enumerated() where column.isTotalled {
            for (code, sum) in groups.sums(of: batch.columns[index]) {
                guard let known = sums[code]?[index] else { continue }
                sums[code]?[index] = Self.sum(known, sum)
            }
        }
    }

    /// The lines of totals, currencies in alphabetical order; empty when no column is totalled.
    public var totals: [ResultTotal] {
        guard columns.contains(where: \.isTotalled) else { return [] }
        return currencies.sorted().map { code in
            ResultTotal(currency: Currency(code), cells: sums[code] ?? [])
        }
    }

    private static func sum(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.missing, let other), (let other, .missing): return other
        case (.integer(let first), .integer(let second)): return .integer(first + second)
        case (.decimal(let first), .decimal(let second)): return .decimal(first + second)
        case (.money(let first), .money(let second)):
            // A second currency in one row has no place in that row's total.
            return first.adding(second).map(Value.money) ?? left
        default: return left
        }
    }
}

/// The rows of a batch, told apart by the currency of their first amount.
private struct CurrencyGroups {
    /// The groups' currency codes by their number; the first, without amounts, is empty.
    private let names: [String]
    private let currencies: [Currency]
    /// The group of each row.
    private let groups: [UInt8]
    /// The group of all rows, where it is one.
    private let only: UInt8?

    /// Sorts the rows; nil where amounts of one row may have several currencies, or columns hold
    /// values of any kind.
    init?(_ batch: ResultBatch) {
        var found: ResultCurrencies?
        var groups = [UInt8](repeating: 0, count: batch.count)
        for column in batch.columns {
            guard case .numbers(let numbers, let meaning) = column else { return nil }
            guard case .money(let currencies) = meaning else { continue }
            guard found == nil || found == currencies, currencies.list.count < 255 else {
                return nil
            }
            found = currencies
            let isUniform = currencies.places.isEmpty
            for row in groups.indices where groups[row] == 0 && numbers[row] != ResultBatch.missing
            {
                groups[row] = isUniform ? 1 : currencies.places[row] + 1
            }
        }
        currencies = found?.list ?? []
        names = [""] + currencies.map(\.code)
        let first = groups[0]
        only = groups.allSatisfy { $0 == first } ? first : nil
        self.groups = groups
    }

    /// The codes of the groups that have rows.
    var codes: [String] {
        if let only { return [names[Int(only)]] }
        return Set(groups).sorted().map { names[Int($0)] }
    }

    /// The sum of a column in each group that has a value there.
    func sums(of column: ResultBatch.Column) -> [(code: String, sum: Value)] {
        guard case .numbers(let numbers, let meaning) = column else { return [] }
        var sums = [Int128](repeating: 0, count: names.count)
        var present = [Bool](repeating: false, count: names.count)
        if let only {
            var (sum, isPresent) = (Int128(0), false)
            for number in numbers where number != ResultBatch.missing {
                sum &+= Int128(number)
                isPresent = true
            }
            (sums[Int(only)], present[Int(only)]) = (sum, isPresent)
        } else {
            for (row, number) in numbers.enumerated() where number != ResultBatch.missing {
                sums[Int(groups[row])] &+= Int128(number)
                present[Int(groups[row])] = true
            }
        }
        return names.indices.compactMap { group in
            guard present[group] else { return nil }
            let value: Value
            switch meaning {
            case .integer: value = .integer(Int64(sums[group]))
            case .decimal(let scale):
                value = .decimal(ExactDecimal(unscaled: sums[group], scale: scale))
            case .money:
                value = .money(
                    Money(minorUnits: sums[group], currency: currencies[group - 1]))
            case .text, .boolean, .day, .instant: return nil
            }
            return (names[group], value)
        }
    }
}
