import Vocabulary

/// An exact fraction of two whole numbers, in which formulas are computed.
///
/// Nothing is rounded on the way, so `a / b * 100` and `a * 100 / b` are the same number; the one
/// rounding is the last step. Invariants: the denominator is positive and the fraction is reduced.
/// Operations answer nil when 128 bits do not hold the result.
struct Fraction: Hashable {
    let numerator: Int128
    let denominator: Int128

    static let zero = Fraction(whole: 0)

    init(whole: Int128) {
        numerator = whole
        denominator = 1
    }

    /// `unscaled × 10^-scale`; nil when the amount is too large.
    init?(unscaled: Int128, scale: Int) {
        self.init(unscaled, over: ExactDecimal.powerOfTen(scale))
    }

    /// The number; nil only for the least of all, whose magnitude has no sign to lose.
    init?(_ decimal: ExactDecimal) {
        self.init(unscaled: decimal.unscaled, scale: decimal.scale)
    }

    private init?(_ numerator: Int128, over denominator: Int128) {
        if denominator == 0 || numerator == .min || denominator == .min { return nil }
        let divisor = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = numerator / Int128(divisor) * sign
        self.denominator = denominator / Int128(divisor) * sign
    }

    private static func commonDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
        var (larger, smaller) = (left, right)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return max(larger, 1)
    }

    private static func product(_ left: Int128, _ right: Int128) -> Int128? {
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : value
    }

    var isZero: Bool { numerator == 0 }

    func adding(_ other: Fraction) -> Fraction? {
        guard let first = Self.product(numerator, other.denominator),
            let second = Self.product(other.numerator, denominator),
            let bottom = Self.product(denominator, other.denominator)
        else { return nil }
        let (top, overflow) = first.addingReportingOverflow(second)
        return overflow ? nil : Fraction(top, over: bottom)
    }

    func negated() -> Fraction? { Fraction(-numerator, over: denominator) }

    func multiplied(by other: Fraction) -> Fraction? {
        // Reducing crosswise first keeps intermediate products as small as they can be.
        guard let left = Fraction(numerator, over: other.denominator),
            let right = Fraction(other.numerator, over: denominator),
            let top = Self.product(left.numerator, right.numerator),
            let bottom = Self.product(left.denominator, right.denominator)
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
    /// Compares values.
    ///
    /// Where 128 bits do not hold the cross products, whole parts decide first.
    static func < (left: Fraction, right: Fraction) -> Bool {
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

    private var floor: Int128 {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
