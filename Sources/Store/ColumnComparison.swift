import Vocabulary

/// How the value of one column stands to that of another one in the same row.
public enum Standing: Int64, Sendable, Hashable, CaseIterable {
    /// It is less, or earlier.
    case below = 0
    /// Both are the same.
    case equal = 1
    /// It is greater, or later; also a word that is another one.
    case above = 2
}

/// How the numbers of two columns are held against each other.
///
/// Two instants are compared by the moment, two days by the day, and an instant with a day by the
/// local day. Amounts are compared in minor units: whoever asks sees to it that the currency is one.
enum ColumnComparison: Hashable, Sendable {
    /// Numbers that count the same after each is multiplied.
    case numbers(Int64, Int64)
    /// Words of two dictionaries, by the numbers of their columns.
    case words(Int, Int)

    /// Nil when the two can only be different.
    init?(_ first: ScanPlan.Meaning, _ second: ScanPlan.Meaning) {
        switch (first, second) {
        case (.category(let first), .category(let second)): self = .words(first, second)
        case (.number(let first), .number(let second)):
            guard let scales = Self.scales(first, second) else { return nil }
            self = .numbers(Self.power(scales.1 - scales.0), Self.power(scales.0 - scales.1))
        default: return nil
        }
    }

    /// How many decimals the numbers of two columns have; nil when they count different things.
    private static func scales(_ first: ColumnType, _ second: ColumnType) -> (Int, Int)? {
        func scale(_ type: ColumnType) -> Int? {
            switch type {
            case .integer: 0
            case .decimal(let scale): scale
            default: nil
            }
        }
        switch (first, second) {
        case (.instant, .instant), (.day, .day), (.instant, .day), (.day, .instant),
            (.boolean, .boolean), (.money, .money):
            return (0, 0)
        default:
            guard let left = scale(first), let right = scale(second) else { return nil }
            return (left, right)
        }
    }

    private static func power(_ exponent: Int) -> Int64 {
        (0..<max(0, exponent)).reduce(1) { power, _ in power * 10 }
    }

    /// The codes of the second dictionary by those of the first; empty for numbers.
    func codes(in state: StoreState) -> [Int64] {
        guard case .words(let first, let second) = self else { return [] }
        // The number that stands for “missing” is the code of no word.
        return (state.dictionaries[first]?.texts ?? []).map { text in
            state.dictionaries[second]?.code(of: text) ?? NumberVector.missing
        }
    }

    /// Replaces the first numbers of a buffer by their standing to those of another one; missing where
    /// either is.
    func apply(
        to first: KernelBuffer<Int64>, _ second: KernelBuffer<Int64>, count: Int, codes: [Int64]
    ) {
        for row in 0..<count {
            first[row] = standing(first[row], second[row], codes)
        }
    }

    func standing(_ first: Int64, _ second: Int64, _ codes: [Int64]) -> Int64 {
        let missing = NumberVector.missing
        if first == missing || second == missing { return missing }
        switch self {
        case .words:
            // Other threads may know words that this snapshot does not.
            let isSame = codes.indices.contains(Int(first)) && codes[Int(first)] == second
            return (isSame ? Standing.equal : .above).rawValue
        case .numbers(let left, let right):
            let (first, second) = (
                Int128(first) * Int128(left), Int128(second) * Int128(right)
            )
            return
                (first == second
                ? Standing.equal : first < second ? .below : .above).rawValue
        }
    }
}

extension Snapshot {
    /// How two columns of a model are compared, and which numbers of them.
    ///
    /// - Throws: `Advice` when they hold different things.
    func comparison(
        _ path: ColumnPath, _ other: ColumnPath, of layout: ModelLayout
    ) throws -> (comparison: ColumnComparison, part: ChunkColumn.Part) {
        let (first, second) = (
            try operand(path, .values, of: layout).1, try operand(other, .values, of: layout).1
        )
        guard let comparison = ColumnComparison(first, second) else {
            throw Advice(
                .request,
                "‘\(path)’ and ‘\(other)’ of model ‘\(layout.model.name)’ hold different things",
                remedy: "compare two numbers, two amounts, two times or two categories")
        }
        if case .number(let one) = first, case .number(let another) = second, one != another,
            one == .instant || another == .instant
        {
            return (comparison, .days)
        }
        return (comparison, .values)
    }
}
