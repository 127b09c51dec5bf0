/// An account number of a country in the SEPA scheme (ISO 13616), as banks exchange it: capitals,
/// without blanks.
///
/// What is not a correct number cannot be made: country, length, kinds of characters and check digits
/// were looked at, and nothing about it was ever altered.
public struct IBAN: Sendable, Hashable, CustomStringConvertible {
    /// The number: `NL91ABNA0417164300`.
    public let text: String

    /// The number.
    public var description: String { text }
    /// The country's two letters.
    public var country: String { String(text.prefix(2)) }

    /// Reads an account number.
    ///
    /// - Throws: `Advice` that says what is wrong with it.
    public init(_ text: String) throws {
        func refuse(_ problem: String, _ remedy: String) -> Advice {
            Advice(.input, "‘\(text)’ is not an IBAN: \(problem)", remedy: remedy)
        }
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ Self.isDigit($0) || Self.isCapital($0) }) else {
            throw refuse(
                "it has other characters than capitals and digits",
                "write it without blanks and in capitals")
        }
        let country = String(text.prefix(2))
        guard let form = Self.forms[country] else {
            throw refuse(
                "SEPA has no country ‘\(country)’", "pay this one outside of SEPA, or correct it")
        }
        let kinds = Self.kinds(form)
        guard bytes.count == kinds.count + 4 else {
            throw refuse(
                "it has \(bytes.count) characters, and \(country) has \(kinds.count + 4)",
                "correct it where it was entered")
        }
        let isInForm = zip(bytes.dropFirst(4), kinds).allSatisfy { byte, kind in
            switch kind {
            case "n": Self.isDigit(byte)
            case "a": Self.isCapital(byte)
            default: true
            }
        }
        guard isInForm, Self.isDigit(bytes[2]), Self.isDigit(bytes[3]) else {
            throw refuse(
                "letters and digits do not stand where \(country) has them",
                "correct it where it was entered")
        }
        guard CheckDigits.remainder(bytes[4...] + bytes[..<4]) == 1 else {
            throw refuse("its check digits do not fit", "correct it where it was entered")
        }
        self.text = text
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isCapital(_ byte: UInt8) -> Bool { (65...90).contains(byte) }

    /// Spells `4a10n` out: one letter for each place.
    private static func kinds(_ form: String) -> [Character] {
        var kinds: [Character] = []
        var count = 0
        for character in form {
            if let digit = character.wholeNumberValue {
                count = count * 10 + digit
            } else {
                kinds += Array(repeating: character, count: count)
                count = 0
            }
        }
        return kinds
    }

    /// What follows country and check digits, by country of the SEPA scheme: n digits, a capitals,
    /// c either (SWIFT IBAN Registry; EPC409-09, the list of countries, with Serbia since May 2026).
    public static let forms = [
        "AD": "8n12c", "AL": "8n16c", "AT": "16n", "BE": "12n", "BG": "4a6n8c", "CH": "5n12c",
        "CY": "8n16c", "CZ": "20n", "DE": "18n", "DK": "14n", "EE": "16n", "ES": "20n",
        "FI": "14n", "FR": "10n11c2n", "GB": "4a14n", "GI": "4a15c", "GR": "7n16c", "HR": "17n",
        "HU": "24n", "IE": "4a14n", "IS": "22n", "IT": "1a10n12c", "LI": "5n12c", "LT": "16n",
        "LU": "3n13c", "LV": "4a13c", "MC": "10n11c2n", "MD": "20c", "ME": "18n", "MK": "3n10c2n",
        "MT": "4a5n18c", "NL": "4a10n", "NO": "11n", "PL": "24n", "PT": "21n", "RO": "4a16c",
        "RS": "18n", "SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c", "VA": "18n",
    ]
}

/// The check of ISO 7064 that IBANs and creditor references share (MOD 97-10).
public enum CheckDigits {
    /// The remainder by 97 of digits, where letters stand for 10 to 35; 1 for a correct number.
    public static func remainder(_ characters: some Sequence<UInt8>) -> Int {
        var remainder = 0
        for byte in characters {
            let value = Int(byte) - ((48...57).contains(byte) ? 48 : 55)
            remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97
        }
        return remainder
    }
}

/// The code of a bank (ISO 9362).
public struct BIC: Sendable, Hashable, CustomStringConvertible {
    /// The code: eight characters, or eleven with the branch.
    public let text: String

    /// The code.
    public var description: String { text }

    /// Reads a code.
    ///
    /// - Throws: `Advice` that says what is wrong with it.
    public init(_ text: String) throws {
        let bytes = Array(text.utf8)
        func isCapital(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
        func isEither(_ byte: UInt8) -> Bool { isCapital(byte) || (48...57).contains(byte) }
        // Six letters; a place that is not 0 or 1; one that is not O; a branch of three or none.
        guard bytes.count == 8 || bytes.count == 11, bytes.allSatisfy(isEither),
            bytes[..<6].allSatisfy(isCapital), bytes[6] != 48, bytes[6] != 49, bytes[7] != 79
        else {
            throw Advice(
                .input, "‘\(text)’ is not a BIC",
                remedy: "write 8 or 11 capitals and digits as the bank does, or leave it out")
        }
        self.text = text
    }
}

/// The bank account of a company of ours, from which it pays.
public struct BankAccount: Sendable, Hashable {
    /// The name that the bank knows its holder by.
    public let holder: String
    /// The account.
    public let iban: IBAN
    /// The bank's code; nil where it is not told.
    public let bic: BIC?
    /// Whether it is an example that nobody can pay from.
    public let isExample: Bool

    /// Describes an account.
    public init(holder: String, iban: IBAN, bic: BIC? = nil, isExample: Bool = false) {
        self.holder = holder
        self.iban = iban
        self.bic = bic
        self.isExample = isExample
    }
}
