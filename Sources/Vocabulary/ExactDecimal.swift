/// An exact decimal number: `unscaled × 10^-scale`.
///
/// Two numbers are equal when their values are: `1.50 == 1.5`. Addition, subtraction and
/// multiplication are exact and trap on overflow of 128 bits, which a bounded input cannot reach;
/// division names the scale of its answer and rounds half up on magnitude (DOMAIN §1: 2.345 → 2.35,
/// −2.345 → −2.35).
public struct ExactDecimal: Sendable {
    /// The digits, as an integer.
    public let unscaled: Int128
    /// How many of the digits stand behind the point, 0 to 18.
    public let scale: Int

    /// The largest scale that is kept.
    public static let maximumScale = 18
    /// Zero.
    public static let zero = ExactDecimal(unscaled: 0, scale: 0)

    /// Makes `unscaled × 10^-scale`.
    public init(unscaled: Int128, scale: Int) {
        precondition((0...Self.maximumScale).contains(scale), "scale out of range")
        self.unscaled = unscaled
        self.scale = scale
    }

    /// Makes a whole number.
    public init(_ whole: Int) {
        self.init(unscaled: Int128(whole), scale: 0)
    }

    /// Reads `-1234.50`, `.5` or `1.05e3`; nil when the text is anything else, or does not fit.
    public init?(_ text: some StringProtocol) {
        var digits = Int128(0)
        var scale = 0
        var seenDigit = false
        var seenPoint = false
        var exponent = 0
        var bytes = Array(text.utf8)[...]
        let negative = bytes.first == UInt8(ascii: "-")
        if negative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        if let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            let tail = String(decoding: bytes[(mark + 1)...], as: UTF8.self)
            guard let value = Int(tail), abs(value) <= 60 else { return nil }
            exponent = value
            bytes = bytes[..<mark]
        }
        for byte in bytes {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            digits = product + Int128(byte - UInt8(ascii: "0"))
            seenDigit = true
            if seenPoint { scale += 1 }
        }
        guard seenDigit else { return nil }
        scale -= exponent
        // Trailing zeros carry no value; dropping them lets 1.500000000000000000000 fit.
        while scale > Self.maximumScale, digits % 10 == 0 {
            digits /= 10
            scale -= 1
        }
        while scale < 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            digits = product
            scale += 1
        }
        guard scale <= Self.maximumScale else { return nil }
        self.init(unscaled: negative ? -digits : digits, scale: scale)
    }

    /// Ten to a power between 0 and 38.
    public static func powerOfTen(_ exponent: Int) -> Int128 { powersOfTen[exponent] }

    private static let powersOfTen = (0...38).map { exponent in
        (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 }
    }

    /// The same number with `scale` digits behind the point, rounded half up on magnitude.
    public func rounded(toScale scale: Int) -> ExactDecimal {
        if scale == self.scale { return self }
        if scale > self.scale {
            return ExactDecimal(
                unscaled: unscaled * Self.powerOfTen(scale - self.scale), scale: scale)
        }
        return ExactDecimal(
            unscaled: Self.divide(unscaled, Self.powerOfTen(self.scale - scale)), scale: scale)
    }

    /// `numerator ÷ denominator` with `scale` digits, rounded half up; nil when dividing by zero.
    public static func quotient(
        _ numerator: ExactDecimal, _ denominator: ExactDecimal, scale: Int
    ) -> ExactDecimal? {
        if denominator.unscaled == 0 { return nil }
        // a/10^s ÷ b/10^t = a·10^(t+scale-s) / b, in units of 10^-scale.
        let shift = denominator.scale + scale - numerator.scale
        if shift >= 0 {
            return ExactDecimal(
                unscaled: divide(numerator.unscaled * powerOfTen(shift), denominator.unscaled),
                scale: scale)
        }
        return ExactDecimal(
            unscaled: divide(numerator.unscaled, denominator.unscaled * powerOfTen(-shift)),
            scale: scale)
    }

    /// Integer division, rounded half up on magnitude.
    public static func divide(_ numerator: Int128, _ denominator: Int128) -> Int128 {
        precondition(denominator != 0, "division by zero")
        let magnitude = denominator.magnitude
        let (quotient, remainder) = numerator.magnitude.quotientAndRemainder(dividingBy: magnitude)
        let rounded = remainder >= magnitude - remainder ? quotient + 1 : quotient
        let negative = (numerator < 0) != (denominator < 0)
        return negative ? -Int128(rounded) : Int128(rounded)
    }

    /// The number as a `Double`, for drawing only; never for arithmetic.
    public var approximate: Double {
        // For 128 bits the library has a generic way only, which took a quarter of laying out a chart.
        let word = Int64(truncatingIfNeeded: unscaled)
        let digits = Int128(word) == unscaled ? Double(word) : Double(unscaled)
        return digits / Self.doublePowersOfTen[scale]
    }

    private static let doublePowersOfTen = powersOfTen.map { Double($0) }
}

extension ExactDecimal: Hashable, Comparable {
    private static func aligned(_ left: ExactDecimal, _ right: ExactDecimal) -> (Int128, Int128) {
        let scale = max(left.scale, right.scale)
        return (left.rounded(toScale: scale).unscaled, right.rounded(toScale: scale).unscaled)
    }

    /// Compares values, not digits.
    public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (first, second) = aligned(left, right)
        return first == second
    }

    /// Compares values.
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (first, second) = aligned(left, right)
        return first < second
    }

    /// Hashes the value, so that 1.50 and 1.5 meet.
    public func hash(into hasher: inout Hasher) {
        var (digits, places) = (unscaled, scale)
        while places > 0, digits % 10 == 0 {
            digits /= 10
            places -= 1
        }
        hasher.combine(digits)
        hasher.combine(places)
    }

    /// The exact sum.
    public static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let (first, second) = aligned(left, right)
        return ExactDecimal(unscaled: first + second, scale: max(left.scale, right.scale))
    }

    /// The exact difference.
    public static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let (first, second) = aligned(left, right)
        return ExactDecimal(unscaled: first - second, scale: max(left.scale, right.scale))
    }

    /// The product, exact up to 18 decimals.
    public static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let scale = left.scale + right.scale
        let digits = left.unscaled * right.unscaled
        if scale <= maximumScale { return ExactDecimal(unscaled: digits, scale: scale) }
        return ExactDecimal(
            unscaled: divide(digits, powerOfTen(scale - maximumScale)), scale: maximumScale)
    }

    /// The negated number.
    public static prefix func - (value: ExactDecimal) -> ExactDecimal {
        ExactDecimal(unscaled: -value.unscaled, scale: value.scale)
    }

    /// The number without its sign.
    public var magnitude: ExactDecimal {
        ExactDecimal(unscaled: Int128(unscaled.magnitude), scale: scale)
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// Plain digits with a point: `-1234.50`.
    ///
    /// The scale is kept.
    public var description: String {
        let digits = String(unscaled.magnitude)
        let sign = unscaled < 0 ? "-" : ""
        if scale == 0 { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}
