import Store
import Vocabulary

/// Exact numbers at a fixed scale, in 64 bits.
enum ScaledNumber {
    private static let powers: [Int64] = (0...18).map { exponent in
        (0..<exponent).reduce(Int64(1)) { product, _ in product * 10 }
    }

    /// The number in units of `10^-scale`, rounded half up on magnitude.
    ///
    /// Nil when it does not fit or is no number. `moved` becomes true when rounding changed it by
    /// more than 0.000001.
    static func scaled(_ value: SourceValue, scale: Int, moved: inout Bool) -> Int64? {
        switch value {
        case .integer(let whole):
            let (product, overflow) = whole.multipliedReportingOverflow(by: powers[scale])
            return overflow ? nil : product
        case .decimal(let exact): return scaled(exact, scale: scale, moved: &moved)
        case .float(let float):
            guard let exact = ExactDecimal(float.description) else {
                return float.magnitude < 1e-9 ? 0 : nil
            }
            return scaled(exact, scale: scale, moved: &moved)
        default: return nil
        }
    }

    /// The number in units of `10^-scale` if no digit is lost by that; else nil.
    static func exactly(_ exact: ExactDecimal, scale: Int) -> Int64? {
        guard exact.unscaled.magnitude < UInt128(1) << 100 else { return nil }
        let rounded = exact.rounded(toScale: scale)
        return rounded == exact ? Int64(exactly: rounded.unscaled) : nil
    }

    /// The number in units of `10^-scale`, as above.
    static func scaled(_ exact: ExactDecimal, scale: Int, moved: inout Bool) -> Int64? {
        if let digits = Int64(exactly: exact.unscaled) {
            if exact.scale <= scale {
                let (product, overflow) = digits.multipliedReportingOverflow(
                    by: powers[scale - exact.scale])
                return overflow ? nil : product
            }
            let divisor = powers[exact.scale - scale]
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: divisor)
            if remainder == 0 { return quotient }
        }
        // Digits beyond 64 bits fit only if rounding takes some away; 126 bits leave room for it.
        guard exact.scale > scale, exact.unscaled.magnitude < UInt128(1) << 126 else { return nil }
        let rounded = exact.rounded(toScale: scale)
        if (rounded - exact).magnitude > ExactDecimal(unscaled: 1, scale: 6) { moved = true }
        return Int64(exactly: rounded.unscaled)
    }
}

extension RowKey {
    /// The key that a single value is; nil for values that cannot be one.
    init?(_ value: SourceValue) {
        switch value {
        case .integer(let number): self = .integer(number)
        case .uuid(let number): self = .uuid(number)
        case .text(let text):
            // Many systems keep identifiers as text; in 16 bytes they are found by either form.
            self = Self.canonical(text) ?? .text(text)
        case .decimal(let exact):
            guard let number = ScaledNumber.exactly(exact, scale: 0) else { return nil }
            self = .integer(number)
        default: return nil
        }
    }

    /// The UUID that text in its usual form is, in small letters; nil for other text.
    private static func canonical(_ text: String) -> RowKey? {
        guard text.utf8.count == 36, let key = RowKey(uuid: text), key.description == text else {
            return nil
        }
        return key
    }

    /// The key made of one or several values; nil when one of them is null.
    init?(parts: [SourceValue]) throws(Misfit) {
        for part in parts where part == .null { return nil }
        if parts.count == 1 {
            guard let key = RowKey(parts[0]) else {
                throw Misfit(reason: "\(parts[0].kind) cannot be a key")
            }
            self = key
            return
        }
        var texts: [String] = []
        for part in parts {
            guard let text = part.text else { throw Misfit(reason: "a key's part did not arrive") }
            texts.append(text)
        }
        self = .text(texts.joined(separator: "\u{1F}"))
    }
}
