import Vocabulary

/// A derived metric: arithmetic over metrics and numbers.
///
/// ```
/// sum     = product { ("+" | "-" | "−") product }
/// product = factor { ("*" | "×" | "/" | "÷") factor }
/// factor  = number | metric | "total(" metric ")" | "days(" ("period" | "elapsed") ")"
///         | ("floor" | "ceiling" | "rounded") "(" sum ")" | "(" sum ")" | ("-" | "−") factor
/// ```
///
/// Arithmetic is exact; the only rounding is that of the finished value to the metric's unit, and
/// what a formula itself takes to whole numbers.
/// Division by zero gives a missing value, and so does everything computed from one.
indirect enum Formula: Sendable, Hashable {
    case number(ExactDecimal)
    case metric(String)
    /// The metric over all members of the dimensions that an answer is split by.
    case total(String)
    /// How many days the step has, or the whole period without steps.
    case days(DaySpan)
    /// Taken to a whole number; of amounts, to whole units of their currency.
    case whole(WholeNumber, Formula)
    case negated(Formula)
    case added(Formula, Formula)
    case subtracted(Formula, Formula)
    case multiplied(Formula, Formula)
    case divided(Formula, Formula)

    /// The metrics it names, each once, in the order of their first mention.
    var metrics: [String] {
        var names: [String] = []
        func visit(_ formula: Formula) {
            switch formula {
            case .number, .days: break
            case .metric(let name), .total(let name):
                if !names.contains(name) { names.append(name) }
            case .whole(_, let inner), .negated(let inner): visit(inner)
            case .added(let left, let right), .subtracted(let left, let right),
                .multiplied(let left, let right), .divided(let left, let right):
                visit(left)
                visit(right)
            }
        }
        visit(self)
        return names
    }

    /// Whether it holds a division or a number with decimals, so that its values may be broken.
    var mayBeBroken: Bool {
        switch self {
        case .number(let number): number.rounded(toScale: 0) != number
        case .metric, .total, .days, .whole: false
        case .negated(let inner): inner.mayBeBroken
        case .divided: true
        case .added(let left, let right), .subtracted(let left, let right),
            .multiplied(let left, let right):
            left.mayBeBroken || right.mayBeBroken
        }
    }

    /// Whether it only adds and subtracts metrics, so that its values over parts add up.
    var isAdditive: Bool {
        switch self {
        case .number, .total, .days, .whole, .multiplied, .divided: false
        case .metric: true
        case .negated(let inner): inner.isAdditive
        case .added(let left, let right), .subtracted(let left, let right):
            left.isAdditive && right.isAdditive
        }
    }
}

/// Which days of a step a formula counts.
enum DaySpan: String, Sendable, Hashable {
    /// All of them.
    case period
    /// Those up to and including today.
    case elapsed
}

/// How a formula takes a value to a whole number.
enum WholeNumber: String, Sendable, Hashable, CaseIterable {
    /// The greatest that is not above it: −10.5 becomes −11.
    case floor
    /// The least that is not below it: −10.5 becomes −10.
    case ceiling
    /// The nearest, half up on magnitude (DOMAIN §1): −10.5 becomes −11.
    case rounded

    /// The whole number; nil when 128 bits do not hold it.
    func applied(to value: Fraction) -> Fraction? {
        switch self {
        case .floor: Fraction(whole: value.floor)
        case .ceiling:
            value.negated().flatMap { Fraction(whole: $0.floor).negated() }
        case .rounded: value.rounded(toScale: 0).map { Fraction(whole: $0) }
        }
    }
}

extension Formula: CustomStringConvertible {
    /// The formula as one would write it, with parentheses where they are needed.
    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .metric(let name): name
        case .total(let name): "total(\(name))"
        case .days(let span): "days(\(span.rawValue))"
        case .whole(let kind, let inner): "\(kind.rawValue)(\(inner))"
        case .negated(let inner): "-\(inner.enclosed)"
        case .added(let left, let right): "\(left) + \(right)"
        case .subtracted(let left, let right):
            "\(left) - \(right.isSum ? right.enclosed : right.description)"
        case .multiplied(let left, let right): "\(left.factor) * \(right.divisor)"
        case .divided(let left, let right): "\(left.factor) / \(right.divisor)"
        }
    }

    private var isSum: Bool {
        switch self {
        case .added, .subtracted: true
        case .number, .metric, .total, .days, .whole, .negated, .multiplied, .divided: false
        }
    }

    private var enclosed: String {
        switch self {
        case .number, .metric, .total, .days, .whole: description
        case .negated, .added, .subtracted, .multiplied, .divided: "(\(description))"
        }
    }

    private var factor: String { isSum ? enclosed : description }

    private var divisor: String { enclosed }
}

/// What a formula's value is, before it is rounded to a unit.
enum FormulaType: String, Sendable {
    /// An amount, one per currency.
    case money
    /// A number without a currency.
    case number

    /// The type of `left operation right`, or advice when the two cannot be combined.
    static func combining(
        _ left: FormulaType, _ operation: Character, _ right: FormulaType
    ) throws -> FormulaType {
        switch (left, operation, right) {
        case (.money, "+", .money), (.money, "-", .money): return .money
        case (.number, "+", .number), (.number, "-", .number): return .number
        case (.number, "*", .number), (.number, "/", .number), (.money, "/", .money):
            return .number
        case (.money, "*", .number), (.number, "*", .money), (.money, "/", .number):
            return .money
        case (_, "*", _):
            throw Advice(
                .definition, "the formula multiplies an amount by an amount",
                remedy: "multiply amounts by numbers only")
        case (_, "/", _):
            throw Advice(
                .definition, "the formula divides a number by an amount",
                remedy: "divide the amount by the number, or an amount by an amount")
        default:
            throw Advice(
                .definition,
                "the formula \(operation == "+" ? "adds" : "subtracts") an amount and a number",
                remedy: "use amounts on both sides, or numbers on both sides")
        }
    }
}

extension Formula {
    /// The type of its value, given the types of the metrics it names.
    ///
    /// - Throws: `Advice` when amounts and numbers are combined in a way that means nothing.
    func type(_ typeOfMetric: (String) throws -> FormulaType) throws -> FormulaType {
        switch self {
        case .number, .days: return .number
        case .metric(let name), .total(let name): return try typeOfMetric(name)
        case .whole(_, let inner), .negated(let inner): return try inner.type(typeOfMetric)
        case .added(let left, let right):
            return try .combining(left.type(typeOfMetric), "+", right.type(typeOfMetric))
        case .subtracted(let left, let right):
            return try .combining(left.type(typeOfMetric), "-", right.type(typeOfMetric))
        case .multiplied(let left, let right):
            return try .combining(left.type(typeOfMetric), "*", right.type(typeOfMetric))
        case .divided(let left, let right):
            return try .combining(left.type(typeOfMetric), "/", right.type(typeOfMetric))
        }
    }

    /// Whether it names the total of a metric.
    var hasTotal: Bool {
        contains { if case .total = $0 { true } else { false } }
    }

    /// Whether it counts days.
    var hasDays: Bool {
        contains { if case .days = $0 { true } else { false } }
    }

    /// Whether a part of it passes a test.
    private func contains(_ test: (Formula) -> Bool) -> Bool {
        if test(self) { return true }
        return switch self {
        case .number, .metric, .total, .days: false
        case .whole(_, let inner), .negated(let inner): inner.contains(test)
        case .added(let left, let right), .subtracted(let left, let right),
            .multiplied(let left, let right), .divided(let left, let right):
            left.contains(test) || right.contains(test)
        }
    }

    /// Its value, given the values of the metrics it names and how many days there are; nil where it
    /// is undefined.
    ///
    /// - Throws: `Advice` when a number grows beyond 128 bits.
    func value(
        days: (DaySpan) -> Int = { _ in 0 },
        _ valueOfMetric: (_ name: String, _ isTotal: Bool) throws -> Fraction?
    ) throws -> Fraction? {
        func held(_ fraction: Fraction?) throws -> Fraction {
            if let fraction { return fraction }
            throw Advice(
                .request, "the formula ‘\(self)’ exceeds 128 bits on these rows",
                remedy: "ask for a shorter period or fewer companies")
        }
        func both(
            _ left: Formula, _ right: Formula, _ combine: (Fraction, Fraction) -> Fraction?
        ) throws -> Fraction? {
            guard let first = try left.value(days: days, valueOfMetric),
                let second = try right.value(days: days, valueOfMetric)
            else { return nil }
            return try held(combine(first, second))
        }
        switch self {
        case .number(let number): return try held(Fraction(number))
        case .metric(let name): return try valueOfMetric(name, false)
        case .total(let name): return try valueOfMetric(name, true)
        case .days(let span): return Fraction(whole: Int128(days(span)))
        case .whole(let kind, let inner):
            guard let value = try inner.value(days: days, valueOfMetric) else { return nil }
            return try held(kind.applied(to: value))
        case .negated(let inner):
            guard let value = try inner.value(days: days, valueOfMetric) else { return nil }
            return try held(value.negated())
        case .added(let left, let right): return try both(left, right) { $0.adding($1) }
        case .subtracted(let left, let right):
            return try both(left, right) { first, second in
                second.negated().flatMap { first.adding($0) }
            }
        case .multiplied(let left, let right):
            return try both(left, right) { $0.multiplied(by: $1) }
        case .divided(let left, let right):
            guard let divisor = try right.value(days: days, valueOfMetric), !divisor.isZero else {
                return nil
            }
            return try both(left, right) { first, second in
                second.inverted().flatMap { first.multiplied(by: $0) }
            }
        }
    }
}
