import Vocabulary

/// An exact fraction of two whole numbers, in which formulas are computed.
///
/// Nothing is rounded on the way, so `a / b * 100` and `a * 100 / b` are the same number; the one
/// rounding is the last step. Invariant: the denominator is positive. Fractions are reduced only
/// where 128 bits would not hold a result otherwise, for most of them are decimals that are merely
/// compared; operations answer nil when a reduced result does not fit either.
struct Fraction {
    let numerator: Int128
    let denominator: Int128

    static let zero = Fraction(whole: 0)

    init(whole: Int128) {
        numerator = whole
        denominator = 1
    }

    /// `unscaled × 10^-scale`; nil only for the least of all, whose magnitude has no sign to lose.
    init?(unscaled: Int128, scale: Int) {
        self.init(unscaled, over: ExactDecimal.powerOfTen(scale))
    }

    /// The number, as `init(unscaled:scale:)`.
    init?(_ decimal: ExactDecimal) {
        self.init(unscaled: decimal.unscaled, scale: decimal.scale)
    }

    /// Nil over zero, and for the least of all numbers.
    init?(_ numerator: Int128, over denominator: Int128) {
        if denominator == 0 || numerator == .min || denominator == .min { return nil }
        self.numerator = denominator < 0 ? -numerator : numerator
        self.denominator = denominator < 0 ? -denominator : denominator
    }

    /// The same number in its smallest terms.
    var reduced: Fraction {
        var (larger, smaller) = (numerator.magnitude, denominator.magnitude)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        let divisor = Int128(larger)
        return Fraction(numerator / divisor, over: denominator / divisor) ?? self
    }

    private static func product(_ left: Int128, _ right: Int128) -> Int128? {
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : value
    }

    var isZero: Bool { numerator == 0 }

    func adding(_ other: Fraction) -> Fraction? {
        sum(other) ?? reduced.sum(other.reduced)
    }

    private func sum(_ other: Fraction) -> Fraction? {
        if denominator == other.denominator {
            let (top, overflow) = numerator.addingReportingOverflow(other.numerator)
            return overflow ? nil : Fraction(top, over: denominator)
        }
        guard let first = Self.product(numerator, other.denominator),
            let second = Self.product(other.numerator, denominator),
            let bottom = Self.product(denominator, other.denominator)
        else { return nil }
        let (top, overflow) = first.addingReportingOverflow(second)
        return overflow ? nil : Fraction(top, over: bottom)
    }

    func negated() -> Fraction? { Fraction(-numerator, over: denominator) }

    func multiplied(by other: Fraction) -> Fraction? {
        if let product = product(other) { return product }
        // Reducing crosswise keeps the products as small as they can be.
        guard let left = Fraction(numerator, over: other.denominator)?.reduced,
            let right = Fraction(other.numerator, over: denominator)?.reduced
        else { return nil }
        return left.product(right)
    }

    private func product(_ other: Fraction) -> Fraction? {
        guard let top = Self.product(numerator, other.numerator),
            let bottom = Self.product(denominator, other.denominator)
        else { return nil }
        return Fraction(top, over: bottom)
    }

    /// The reciprocal; nil for zero.
    func inverted() -> Fraction? { Fraction(denominator, over: numerator) }

    var magnitude: Fraction? { numerator < 0 ? negated() : self }

    /// The digits with that many decimals, rounded half up on magnitude (DOMAIN §1).
    func rounded(toScale scale: Int) -> Int128? {
        guard let scaled = multiplied(by: Fraction(whole: ExactDecimal.powerOfTen(scale)))
        else { return nil }
        return ExactDecimal.divide(scaled.numerator, scaled.denominator)
    }
}

extension Fraction: Comparable {
    /// Compares values, not terms.
    static func == (left: Fraction, right: Fraction) -> Bool {
        if left.denominator == right.denominator { return left.numerator == right.numerator }
        let (first, second) = (left.reduced, right.reduced)
        return first.numerator == second.numerator && first.denominator == second.denominator
    }

    /// Compares values.
    ///
    /// Where 128 bits do not hold the cross products, whole parts decide first.
    static func < (left: Fraction, right: Fraction) -> Bool {
        if left.denominator == right.denominator { return left.numerator < right.numerator }
        if let first = product(left.numerator, right.denominator),
            let second = product(right.numerator, left.denominator)
        {
            return first < second
        }
        let (leftWhole, rightWhole) = (left.floor, right.floor)
        if leftWhole != rightWhole { return leftWhole < rightWhole }
        // Both remainders lie in 0..<1; the larger reciprocal is the smaller number.
        let leftRest = left.numerator - leftWhole * left.denominator
        let rightRest = right.numerator - rightWhole * right.denominator
        if leftRest == 0 || rightRest == 0 { return leftRest == 0 && rightRest != 0 }
        guard let first = Fraction(left.denominator, over: leftRest),
            let second = Fraction(right.denominator, over: rightRest)
        else { return false }
        return second < first
    }

    /// The greatest whole number that is not above it.
    var floor: Int128 {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
