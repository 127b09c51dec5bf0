import Store
import Vocabulary

/// Where the numbers of a tally lie.
///
/// A base that is told apart by currency has one block of slots per currency of the answer, any
/// other has one block. A block begins with a mark that says whether there were rows, followed by
/// the base's measures.
///
/// A class, so that each of very many rows passes on one reference to it.
final class TallyLayout: Sendable {
    enum Operation {
        case mark, add, least, greatest
    }

    let bases: [PlannedBase]
    /// The currencies that occur anywhere, in alphabetical order.
    let currencies: [Currency]
    /// What merging does, per slot.
    let operations: [Operation]
    /// Whether rows of a base count wherever they are, and none of them can be lost: what else is asked of
    /// a row is asked of its base.
    let isPlain: [Bool]
    private let offsets: [Int]
    /// Per base, whether it is told apart by currency, and the one currency that it is in.
    private let currenciesOfBases: [(isSeveral: Bool, own: Currency?)]
    private let blocks: [Int]
    private let numbers: [Currency: Int]

    init(bases: [PlannedBase], currencies codes: Set<String>) {
        self.bases = bases
        currencies = codes.sorted().compactMap { Currency($0) }
        numbers = Dictionary(uniqueKeysWithValues: currencies.enumerated().map { ($1, $0) })
        var operations: [Operation] = []
        var offsets: [Int] = []
        var blocks: [Int] = []
        for base in bases {
            let block =
                [.mark]
                + base.operations
            offsets.append(operations.count)
            blocks.append(block.count)
            for _ in 0..<(base.currencyColumn == nil ? 1 : currencies.count) {
                operations += block
            }
        }
        self.operations = operations
        isPlain = bases.map { !$0.countsLosses && !$0.countsListed && $0.ownCurrency == nil }
        currenciesOfBases = bases.map { ($0.currencyColumn != nil, $0.ownCurrency) }
        self.offsets = offsets
        self.blocks = blocks
    }

    /// The first slot of a base's block; nil when the currency does not occur.
    func block(of base: Int, _ currency: Currency?) -> Int? {
        guard currenciesOfBases[base].isSeveral else {
            let own = currenciesOfBases[base].own
            return own == nil || own == currency ? offsets[base] : nil
        }
        guard let currency, let number = numbers[currency] else { return nil }
        return offsets[base] + number * blocks[base]
    }
}

/// The numbers of the base metrics for one set of rows, before they become figures.
///
/// Tallies of disjoint sets of rows can be merged into the tally of their union, as long as all
/// bases are mergeable. Numbers lie in one array: an answer may have a tally per customer.
struct Tally {
    private var slots: [Int128?]
    /// The figures of members, by metric and currency.
    private var figures: [FigurePlace: [Int128]] = [:]

    private struct FigurePlace: Hashable {
        let metric: Int
        let currency: Currency?
    }

    init(_ layout: TallyLayout) {
        slots = Array(repeating: nil, count: layout.operations.count)
    }

    /// Adds the numbers that a row of a scan has for one base.
    mutating func add(
        _ values: [Int128?], of output: PlannedScan.Output, at block: Int, _ layout: TallyLayout
    ) {
        slots[block] = 1
        for (position, measure) in output.measures.enumerated() {
            merge(values[measure], at: block + 1 + position, layout)
        }
    }

    /// Adds the figure that a member has for a metric of members.
    mutating func add(figure units: Int128, of metric: Int, _ currency: Currency?) {
        figures[FigurePlace(metric: metric, currency: currency), default: []].append(units)
    }

    /// The figures of members in a currency.
    func figures(of metric: Int, _ currency: Currency?) -> [Int128] {
        figures[FigurePlace(metric: metric, currency: currency)] ?? []
    }

    /// Adds the numbers of another set of rows.
    mutating func merge(_ other: Tally, _ layout: TallyLayout) {
        figures.merge(other.figures, uniquingKeysWith: +)
        for slot in slots.indices { merge(other.slots[slot], at: slot, layout) }
    }

    private mutating func merge(_ number: Int128?, at slot: Int, _ layout: TallyLayout) {
        guard let number else { return }
        guard let present = slots[slot] else {
            slots[slot] = number
            return
        }
        switch layout.operations[slot] {
        case .mark: break
        case .add: slots[slot] = present + number
        case .least: slots[slot] = min(present, number)
        case .greatest: slots[slot] = max(present, number)
        }
    }

    /// The exact value of a base for a currency; nil where it is undefined.
    ///
    /// Sums and counts of no rows are zero; averages and extremes of no rows are undefined.
    func value(_ index: Int, currency: Currency?, _ layout: TallyLayout) -> Fraction? {
        let base = layout.bases[index].base
        let block = layout.block(of: index, currency)
        func number(_ position: Int) -> Int128? { block.flatMap { slots[$0 + 1 + position] } }
        // The number counts parts of the unit: cents, milliseconds, or thousandths of either.
        let parts: Int128
        switch base.content {
        case .money, .amount: parts = ExactDecimal.powerOfTen(currency?.decimals ?? 0)
        case .number(let decimals): parts = ExactDecimal.powerOfTen(decimals)
        case .duration(let perDay): parts = Int128(perDay)
        case .other: parts = 1
        }
        func fraction(_ number: Int128?, of parts: Int128) -> Fraction? {
            number.flatMap { Fraction($0, over: parts) }
        }
        switch base.aggregate {
        case .count, .distinct: return Fraction(whole: number(0) ?? 0)
        case .sum: return fraction(number(0) ?? 0, of: parts)
        case .minimum, .maximum: return fraction(number(0), of: parts)
        case .percentile: return fraction(number(0), of: parts * 1000)
        case .average:
            guard let count = number(1), count > 0, let sum = fraction(number(0), of: parts),
                let share = Fraction(whole: count).inverted()
            else { return nil }
            return sum.multiplied(by: share)
        }
    }

    /// Whether there were rows of a base in a currency.
    func hasRows(_ index: Int, _ currency: Currency?, _ layout: TallyLayout) -> Bool {
        layout.block(of: index, currency).map { slots[$0] != nil } ?? false
    }
}

extension PlannedBase {
    /// What merging does to the number of each measure.
    fileprivate var operations: [TallyLayout.Operation] {
        let own: [TallyLayout.Operation] =
            switch base.aggregate {
            case .minimum: [.least]
            case .maximum: [.greatest]
            // The last two are never merged: see `isMergeable`.
            case .sum, .count, .distinct, .percentile: [.add]
            case .average: [.add, .add]
            }
        return own + (countsLosses ? [.add, .add] : countsListed ? [.add] : [])
    }
}
