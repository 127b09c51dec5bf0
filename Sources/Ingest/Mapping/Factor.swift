import Vocabulary

/// One factor of a product that a mapping makes of a row: a column, what a share leaves or adds, or
/// a number.
struct Factor: Sendable, Hashable {
    /// What is made of the column's number, x.
    enum Form: String, Sendable, CaseIterable {
        /// x
        case from
        /// 1 − x, what a discount of 0.05 leaves.
        case less
        /// 1 + x, what a tax of 0.25 makes of a net amount.
        case plus
        /// 1 − x ÷ 100
        case lessPercent = "less-percent"
        /// 1 + x ÷ 100
        case plusPercent = "plus-percent"
    }

    /// The field of the row; negative where the source lacks it, and for a number.
    let field: Int
    let form: Form
    /// The number where the field has none.
    let fallback: ExactDecimal?

    /// The factor of a row; nil where it has none.
    func number(of values: [SourceValue]) throws(Misfit) -> ExactDecimal? {
        guard var number = try Self.number(values.field(field)) ?? fallback else { return nil }
        guard number.unscaled.magnitude < UInt128(1) << 100 else {
            throw Misfit(reason: "\(number) has too many digits to be multiplied")
        }
        // Only floats have as many decimals, and a percentage takes two more.
        if number.scale > 16 { number = number.rounded(toScale: 16) }
        let one = ExactDecimal(1)
        let percent = ExactDecimal(unscaled: number.unscaled, scale: number.scale + 2)
        return switch form {
        case .from: number
        case .less: one - number
        case .plus: one + number
        case .lessPercent: one - percent
        case .plusPercent: one + percent
        }
    }

    private static func number(_ value: SourceValue) throws(Misfit) -> ExactDecimal? {
        switch value {
        case .null, .unchanged: return nil
        case .integer(let whole): return ExactDecimal(unscaled: Int128(whole), scale: 0)
        case .decimal(let exact): return exact
        case .float(let float):
            if let exact = ExactDecimal(float.description) { return exact }
            if float.magnitude < 1e-9 { return .zero }
        case .text(let text):
            if text.trimmingBlank.isEmpty { return nil }
            if let exact = ExactDecimal(text.trimmingBlank) { return exact }
        default: break
        }
        throw Misfit(reason: "‘\((value.text ?? "").shortened)’ is not a number to multiply")
    }
}

extension [Factor] {
    /// The product of a row's factors; nothing where one of them has no value.
    func product(of values: [SourceValue]) throws(Misfit) -> SourceValue {
        for factor in self where values.field(factor.field) == .unchanged { return .unchanged }
        var product = ExactDecimal(1)
        for factor in self {
            guard let number = try factor.number(of: values) else { return .null }
            let (digits, overflow) = product.unscaled.multipliedReportingOverflow(
                by: number.unscaled)
            let scale = product.scale + number.scale
            let excess = Swift.max(0, scale - ExactDecimal.maximumScale)
            guard !overflow else { throw Misfit(reason: "the product has too many digits") }
            product = ExactDecimal(
                unscaled: excess == 0
                    ? digits : ExactDecimal.divide(digits, ExactDecimal.powerOfTen(excess)),
                scale: scale - excess)
        }
        if product.scale == 0, let whole = Int64(exactly: product.unscaled) {
            return .integer(whole)
        }
        return .decimal(product)
    }
}
