/// Adds up the totalled columns of a table while its rows pass by: numbers over all rows, amounts
/// per currency.
public struct ResultFooting: Sendable {
    private let columns: [ResultColumn]
    /// Per column, the sum of what are no amounts.
    private var numbers: [Value]
    /// The currencies that have occurred; per column, the sum in minor units, nil for none.
    private var amounts: [(currency: Currency, sums: [Int128?])] = []

    /// Prepares to add up a table's columns.
    public init(columns: [ResultColumn]) {
        self.columns = columns
        numbers = columns.map { _ in .missing }
    }

    /// The currencies of all amounts that have passed by, totalled or not, as they first came.
    public var currencies: [Currency] { amounts.map(\.currency) }

    /// Adds a row.
    public mutating func add(_ row: [Value]) {
        precondition(row.count == columns.count, "a row has one cell per column")
        for (index, value) in row.enumerated() { add(value, to: index) }
    }

    /// Adds the rows of a batch.
    public mutating func add(_ batch: ResultBatch) {
        guard batch.count > 0 else { return }
        precondition(batch.columns.count == columns.count, "a row has one cell per column")
        for (index, column) in batch.columns.enumerated() {
            switch column {
            case .values(let values):
                for value in values { add(value, to: index) }
            case .numbers(let numbers, .money(let currencies)):
                add(numbers, of: currencies, to: index)
            case .numbers(let numbers, let meaning) where columns[index].isTotalled:
                guard let sum = Self.sum(numbers) else { continue }
                switch meaning {
                case .integer: add(.whole(sum), to: index)
                case .decimal(let scale):
                    add(.decimal(ExactDecimal(unscaled: sum, scale: scale)), to: index)
                case .money, .text, .boolean, .day, .instant: continue
                }
            case .numbers: continue
            }
        }
    }

    /// Adds one cell, or what some cells of a column add up to.
    public mutating func add(_ value: Value, to column: Int) {
        if case .money(let money) = value {
            let line = line(of: money.currency)
            guard columns[column].isTotalled else { return }
            amounts[line].sums[column] = (amounts[line].sums[column] ?? 0) + money.minorUnits
        } else if columns[column].isTotalled {
            numbers[column] = Self.sum(numbers[column], value)
        }
    }

    private mutating func add(_ cells: [Int64], of currencies: ResultCurrencies, to column: Int) {
        var sums = [Int128](repeating: 0, count: currencies.list.count)
        var present = [Bool](repeating: false, count: currencies.list.count)
        if currencies.places.isEmpty {
            guard let sum = Self.sum(cells) else { return }
            (sums[0], present[0]) = (sum, true)
        } else {
            for (row, number) in cells.enumerated() where number != ResultBatch.missing {
                let place = Int(currencies.places[row])
                sums[place] &+= Int128(number)
                present[place] = true
            }
        }
        for (place, currency) in currencies.list.enumerated() where present[place] {
            add(.money(Money(minorUnits: sums[place], currency: currency)), to: column)
        }
    }

    /// The lines of totals; none when there is nothing to add up.
    ///
    /// Amounts of one currency and numbers share a line. Where there are several currencies, the
    /// first line has the numbers, which belong to all rows, and a line per currency its amounts, in
    /// alphabetical order.
    public var totals: [ResultTotal] {
        let lines = amounts.filter { $0.sums.contains { $0 != nil } }
            .sorted { $0.currency.code < $1.currency.code }
            .map { line in
                ResultTotal(
                    currency: line.currency,
                    cells: line.sums.map { sum in
                        sum.map { .money(Money(minorUnits: $0, currency: line.currency)) }
                            ?? .missing
                    })
            }
        guard numbers.contains(where: { $0 != .missing }) else { return lines }
        guard lines.count < 2 else {
            return [ResultTotal(currency: nil, cells: numbers)] + lines
        }
        let cells = lines.first.map { line in
            zip(line.cells, numbers).map { $0 == .missing ? $1 : $0 }
        }
        return [ResultTotal(currency: lines.first?.currency, cells: cells ?? numbers)]
    }

    /// The place of a currency among the lines of amounts, which it has from then on.
    private mutating func line(of currency: Currency) -> Int {
        if let known = amounts.firstIndex(where: { $0.currency == currency }) { return known }
        amounts.append((currency, columns.map { _ in nil }))
        return amounts.count - 1
    }

    /// The sum of those cells that have a value; nil when none has.
    private static func sum(_ cells: [Int64]) -> Int128? {
        var (sum, isPresent) = (Int128(0), false)
        for number in cells where number != ResultBatch.missing {
            sum &+= Int128(number)
            isPresent = true
        }
        return isPresent ? sum : nil
    }

    private static func sum(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.missing, .integer), (.missing, .decimal): right
        case (.integer(let first), .integer(let second)): .whole(Int128(first) + Int128(second))
        case (.decimal(let first), .decimal(let second)): .decimal(first + second)
        case (.integer(let whole), .decimal(let number)),
            (.decimal(let number), .integer(let whole)):
            .decimal(ExactDecimal(unscaled: Int128(whole), scale: 0) + number)
        default: left
        }
    }
}

extension Value {
    /// A whole number of any size: as an exact number where 64 bits do not hold it.
    public static func whole(_ number: Int128) -> Value {
        Int64(exactly: number).map(Value.integer)
            ?? .decimal(ExactDecimal(unscaled: number, scale: 0))
    }
}
