import Vocabulary

/// Amounts as Stripe writes them: whole numbers of what it takes for the smallest unit.
///
/// Source: “Supported currencies” of Stripe's documentation, as DOMAIN §1 restates it. Apart from
/// ISO 4217 stand MGA, which has no decimals there, and ISK and UGX, which have two.
enum StripeAmount {
    private static let zeroDecimals: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
        "XOF", "XPF",
    ]

    /// How many decimals Stripe counts in a currency.
    private static func decimals(of currency: Currency) -> Int {
        if zeroDecimals.contains(currency.code) { return 0 }
        return currency.decimals == 3 ? 3 : 2
    }

    /// The amount in the minor units of ISO 4217; nil when it is not a whole number of them.
    static func minorUnits(_ amount: Int64, currency: Currency) -> Int64? {
        var exact = amount
        for _ in decimals(of: currency)..<max(currency.decimals, decimals(of: currency)) {
            let (product, overflow) = exact.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            exact = product
        }
        for _ in currency.decimals..<max(currency.decimals, decimals(of: currency)) {
            guard exact % 10 == 0 else { return nil }
            exact /= 10
        }
        return exact
    }
}
