import Store
import Vocabulary

/// What one row gives to the figure of a base metric.
struct RowShare: Hashable {
    /// The currency by which the figure is told apart; nil where it is not.
    let currency: Currency?
    /// The value that is added, compared or counted.
    let value: Cell
}

/// A figure as rows make it, one after another: the way to check what scans compute at once.
///
/// Rows may also be taken out again, so that the figure can be followed from one state of the data to
/// another row by row.
struct RunningFigure {
    fileprivate struct Line {
        var rows = 0
        var sum = Int128(0)
        /// How often each value occurs, for numbers of different values.
        var occurrences: [Cell: Int] = [:]
        /// All numbers, for extremes and percentiles.
        ///
        /// They are collected as they come until the figure is asked for, and kept in order after.
        var numbers: [Int64] = []
        var isSorted = false
    }

    private let base: BaseMetric
    private var lines: [Currency?: Line] = [:]

    init(_ base: BaseMetric) { self.base = base }

    /// The currencies of the rows, in alphabetical order; nil stands for “not told apart”.
    var currencies: [Currency?] {
        lines.filter { $0.value.rows > 0 }.keys.sorted { ($0?.code ?? "") < ($1?.code ?? "") }
    }

    /// How many rows there are in a currency.
    func rows(in currency: Currency?) -> Int { lines[currency]?.rows ?? 0 }

    /// The sum of the values in a currency, in their stored unit.
    func sum(in currency: Currency?) -> Int128 { lines[currency]?.sum ?? 0 }

    /// Takes a row in.
    mutating func add(_ share: RowShare) { count(share, 1) }

    /// Takes a row out that was taken in before.
    mutating func remove(_ share: RowShare) { count(share, -1) }

    private mutating func count(_ share: RowShare, _ sign: Int) {
        // Out of the dictionary and back, so that its arrays are changed in place.
        var line = lines.removeValue(forKey: share.currency) ?? Line()
        line.rows += sign
        if case .number(let number) = share.value { line.sum += Int128(sign) * Int128(number) }
        switch base.aggregate {
        case .sum, .count, .average: break
        case .distinct:
            line.occurrences[share.value, default: 0] += sign
            if line.occurrences[share.value] == 0 { line.occurrences[share.value] = nil }
        case .minimum, .maximum, .percentile:
            if case .number(let number) = share.value { line.note(number, sign) }
        }
        lines[share.currency] = line
    }

    /// The exact figure in a currency; nil where it is undefined.
    mutating func value(in currency: Currency?) -> Fraction? {
        let parts = Self.parts(of: base.content, in: currency)
        func fraction(_ number: Int128, _ more: Int128 = 1) -> Fraction? {
            Fraction(number, over: parts * more)
        }
        if lines[currency]?.isSorted == false { lines[currency]?.sort() }
        let line = lines[currency] ?? Line()
        switch base.aggregate {
        case .count: return Fraction(whole: Int128(line.rows))
        case .distinct: return Fraction(whole: Int128(line.occurrences.count))
        case .sum: return fraction(line.sum)
        case .average: return line.rows == 0 ? nil : fraction(line.sum, Int128(line.rows))
        case .minimum: return line.numbers.first.flatMap { fraction(Int128($0)) }
        case .maximum: return line.numbers.last.flatMap { fraction(Int128($0)) }
        case .percentile(let perMille):
            guard !line.numbers.isEmpty else { return nil }
            // Linearly between the two nearest numbers, as the store has it.
            let rank = perMille * (line.numbers.count - 1)
            let low = Int128(line.numbers[rank / 1000])
            let high = Int128(line.numbers[min(rank / 1000 + 1, line.numbers.count - 1)])
            return fraction(low * 1000 + (high - low) * Int128(rank % 1000), 1000)
        }
    }

    /// How many of the stored numbers make one of what the figure counts: cents of a krone.
    static func parts(of content: BaseMetric.Content, in currency: Currency?) -> Int128 {
        switch content {
        case .money, .amount: ExactDecimal.powerOfTen(currency?.decimals ?? 0)
        case .number(let decimals): ExactDecimal.powerOfTen(decimals)
        case .duration(let perDay): Int128(perDay)
        case .other: 1
        }
    }

    /// How the figure in a currency follows from its rows, in words.
    mutating func words(in currency: Currency?) -> String {
        let rows = rows(in: currency)
        let count = rows == 1 ? "1 row" : "\(rows) rows"
        let sum = Self.spoken(sum(in: currency), base.content, currency)
        switch base.aggregate {
        case .count: return count
        case .sum: return "\(sum), the sum of \(count)"
        case .average: return "\(sum), the sum of \(count), ÷ \(rows)"
        case .distinct: return "\(lines[currency]?.occurrences.count ?? 0) different among \(count)"
        case .minimum: return "the least of \(count)"
        case .maximum: return "the greatest of \(count)"
        case .percentile(let perMille):
            guard rows > 0 else { return count }
            if lines[currency]?.isSorted == false { lines[currency]?.sort() }
            let numbers = lines[currency]?.numbers ?? []
            let rank = perMille * (rows - 1)
            let place = rank / 1000
            let low = Self.spoken(Int128(numbers[place]), base.content, currency)
            guard rank % 1000 > 0 else { return "\(low), number \(place + 1) of \(count) in order" }
            let high = Self.spoken(Int128(numbers[place + 1]), base.content, currency)
            return "between \(low) and \(high), numbers \(place + 1) and \(place + 2) of \(count) "
                + "in order"
        }
    }

    private static func spoken(
        _ number: Int128, _ content: BaseMetric.Content, _ currency: Currency?
    ) -> String {
        switch content {
        case .money, .amount:
            return currency.map { "\(Money(minorUnits: number, currency: $0))" } ?? "\(number)"
        case .number(let scale): return "\(ExactDecimal(unscaled: number, scale: scale))"
        case .duration(let perDay):
            let days = ExactDecimal.divide(number * 10, Int128(perDay))
            return "\(ExactDecimal(unscaled: days, scale: 1)) days"
        case .other: return "\(number)"
        }
    }
}

extension RunningFigure.Line {
    fileprivate mutating func note(_ number: Int64, _ sign: Int) {
        if sign > 0, !isSorted {
            numbers.append(number)
            return
        }
        sort()
        let place = numbers.place(of: number)
        if sign > 0 {
            numbers.insert(number, at: place)
        } else if place < numbers.count, numbers[place] == number {
            numbers.remove(at: place)
        }
    }

    fileprivate mutating func sort() {
        if !isSorted { numbers.sort() }
        isSorted = true
    }
}

extension [Int64] {
    /// Where a number stands, or would stand, among ascending ones.
    fileprivate func place(of number: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
