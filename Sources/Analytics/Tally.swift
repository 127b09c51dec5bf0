import Store
import Vocabulary

/// The numbers of the base metrics for one set of rows, before they become figures.
///
/// Tallies of disjoint sets of rows can be merged into the tally of their union, as long as all
/// bases are mergeable.
struct Tally: Hashable {
    /// Per base of the plan: the values of its measures by currency code; the code is empty for a
    /// base that is not told apart by currency.
    private(set) var values: [[String: [Int128?]]]

    init(bases: Int) { values = Array(repeating: [:], count: bases) }

    /// Adds the numbers of one row of a scan.
    mutating func add(_ numbers: [Int128?], currency: String, base index: Int, of base: PlannedBase)
    {
        guard let present = values[index][currency] else {
            values[index][currency] = numbers
            return
        }
        values[index][currency] = zip(zip(present, numbers), base.measures).map { pair, measure in
            Self.merged(pair.0, pair.1, measure)
        }
    }

    /// Adds the numbers of another set of rows.
    mutating func merge(_ other: Tally, _ bases: [PlannedBase]) {
        for (index, base) in bases.enumerated() {
            for (currency, numbers) in other.values[index] {
                add(numbers, currency: currency, base: index, of: base)
            }
        }
    }

    private static func merged(_ left: Int128?, _ right: Int128?, _ measure: Measure) -> Int128? {
        guard let left, let right else { return left ?? right }
        return switch measure {
        case .least: min(left, right)
        case .greatest: max(left, right)
        case .count, .countPresent, .sum, .distinct: left + right
        }
    }

    /// The exact value of a base for a currency; nil where it is undefined.
    ///
    /// Sums and counts of no rows are zero; averages and extremes of no rows are undefined.
    func value(_ index: Int, _ base: PlannedBase, currency: Currency?) -> Fraction? {
        let code = base.currencyColumn == nil ? "" : currency?.code ?? ""
        let numbers = values[index][code]
        let scale: Int
        switch base.base.columnType {
        case .money: scale = currency?.decimals ?? 0
        case .number(let decimals): scale = decimals
        case .other: scale = 0
        }
        func fraction(_ number: Int128?) -> Fraction? {
            number.flatMap { Fraction(unscaled: $0, scale: scale) }
        }
        switch base.base.aggregate {
        case .count, .distinct: return Fraction(whole: numbers?[0] ?? 0)
        case .sum: return fraction(numbers?[0] ?? 0)
        case .minimum, .maximum: return fraction(numbers?[0])
        case .average:
            guard let numbers, let count = numbers[1], count > 0 else { return nil }
            return fraction(numbers[0])?.multiplied(by: Fraction(whole: count).inverted() ?? .zero)
        }
    }

    /// The currencies of the amounts among some bases.
    func currencies(of indices: some Sequence<Int>, _ bases: [PlannedBase]) -> Set<String> {
        var codes: Set<String> = []
        for index in indices where bases[index].base.currencyColumn != nil {
            codes.formUnion(values[index].keys)
        }
        return codes
    }
}
