/// A currency of ISO 4217 and the number of decimals of its minor unit.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    /// The three-letter code, in capitals.
    public let code: String
    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    public let decimals: Int

    /// Finds a currency by its code, in any letter case; nil when ISO 4217 does not list it.
    public init?(_ code: some StringProtocol) {
        let upper = code.uppercased()
        guard let decimals = Self.decimals(of: upper) else { return nil }
        self.code = upper
        self.decimals = decimals
    }

    /// The code.
    public var description: String { code }

    // ISO 4217, active codes of countries (funds and metals left out). Everything that is not
    // listed with another number has two decimals.
    private static func decimals(of code: String) -> Int? {
        if zeroDecimals.contains(code) { return 0 }
        if threeDecimals.contains(code) { return 3 }
        return twoDecimals.contains(code) ? 2 : nil
    }

    private static let zeroDecimals: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
        "XAF", "XOF", "XPF",
    ]
    private static let threeDecimals: Set<String> = [
        "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
    ]
    private static let twoDecimals = Set(
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN \
        BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
        GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR \
        LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
        PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
        SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))
}

/// An exact amount of one currency, in its minor units.
///
/// Amounts of different currencies cannot be added: `+` is not defined, and `adding` answers nil.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// The amount in minor units: 123450 for 1,234.50 EUR.
    public let minorUnits: Int128
    /// The currency of the amount.
    public let currency: Currency

    /// Makes an amount from minor units.
    public init(minorUnits: Int128, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Makes an amount from a decimal, rounded half up to the currency's minor unit.
    public init(_ amount: ExactDecimal, _ currency: Currency) {
        self.minorUnits = amount.rounded(toScale: currency.decimals).unscaled
        self.currency = currency
    }

    /// The amount as a decimal with the currency's number of decimals.
    public var amount: ExactDecimal {
        ExactDecimal(unscaled: minorUnits, scale: currency.decimals)
    }

    /// The sum, or nil when the currencies differ.
    public func adding(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        return Money(minorUnits: minorUnits + other.minorUnits, currency: currency)
    }

    /// `1234.50 EUR`, for logs and errors; readers get a locale's form from Reports.
    public var description: String { "\(amount) \(currency.code)" }

    /// The minor units meant by a float that a source stored for money (DOMAIN §1).
    ///
    /// The shortest decimal that reads back as the same float is rounded half up to the minor
    /// unit. `repaired` tells whether that moved the amount by more than 0.000001, which a mapping
    /// counts as a precision warning: 114.99999999999999 → 115.00 no, 10.005 → 10.01 yes.
    /// Nil for NaN, infinities and numbers beyond 15 whole digits.
    public static func minorUnits(
        ofFloat value: Double, currency: Currency
    ) -> (units: Int64, repaired: Bool)? {
        guard value.isFinite, value.magnitude < 1e15 else { return nil }
        // A float's shortest text may have more than 18 decimals (1e-20); those are zero money.
        guard let exact = ExactDecimal(value.description) else {
            return value.magnitude < 1e-9 ? (0, false) : nil
        }
        let rounded = exact.rounded(toScale: currency.decimals)
        let moved = (rounded - exact).magnitude
        guard let units = Int64(exactly: rounded.unscaled) else { return nil }
        return (units, moved > ExactDecimal(unscaled: 1, scale: 6))
    }
}
