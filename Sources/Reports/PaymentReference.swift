import Vocabulary

/// What the creditor of a payment knows it by, as it travels: structured or as text, never both.
enum PaymentReference: Hashable {
    /// A reference with check digits, which the creditor's software reads by itself.
    case structured(String, issuer: Issuer)
    /// Any other text.
    case text(String)
    /// None.
    case none

    /// Who defined a structured reference.
    enum Issuer: String {
        /// The Dutch banks: a betalingskenmerk.
        case dutchBanks = "CUR"
        /// ISO 11649: `RF18539007547034`.
        case iso = "ISO"
    }

    /// The most characters that text may have.
    static let maximumText = 140

    /// Sorts a reference; nothing of it is altered but blanks at its ends, and those between groups of a
    /// structured one, which are for the eye.
    ///
    /// - Parameter parts: The texts that it is made of. If the first is structured, it travels alone.
    init(_ parts: [String]) {
        let first = Self.compact(parts.first ?? "")
        if Self.isDutch(first) {
            self = .structured(first, issuer: .dutchBanks)
        } else if Self.isISO(first) {
            self = .structured(first, issuer: .iso)
        } else {
            let text = parts.map { Self.trimmed($0) }.filter { !$0.isEmpty }.joined(separator: " ")
            self = text.isEmpty ? .none : .text(text)
        }
    }

    /// The reference without its sort, for comparing.
    var words: String {
        switch self {
        case .structured(let text, _), .text(let text): text
        case .none: ""
        }
    }

    /// Why a bank would refuse it; nil when it would not.
    var flaw: String? {
        guard case .text(let text) = self else { return nil }
        return Self.flaw(in: text, longest: Self.maximumText)
    }

    /// What looks like a structured reference and is none, since its check digit does not fit.
    var suspicion: String? {
        guard case .text(let text) = self else { return nil }
        let compact = Self.compact(text)
        let isSixteen = compact.utf8.count == 16 && compact.utf8.allSatisfy(Self.isDigit)
        let isISO =
            compact.hasPrefix("RF") && compact.utf8.count > 12
            && compact.utf8.dropFirst(2).prefix(2).allSatisfy(Self.isDigit)
            && compact.utf8.allSatisfy(Self.isAlphanumeric)
        guard isSixteen || isISO else { return nil }
        return isSixteen ? "a betalingskenmerk" : "a reference of ISO 11649"
    }

    /// Why a bank would refuse a text that must not be altered; nil when it would not.
    static func flaw(in text: String, longest: Int) -> String? {
        let refused = BankText.refused(in: text)
        if !refused.isEmpty {
            return "it has characters that banks do not take: "
                + refused.map { "‘\($0)’" }.joined(separator: ", ")
        }
        if text.utf8.count > longest {
            return "it has \(text.utf8.count) characters, and \(longest) are allowed"
        }
        if text.hasPrefix("/") || text.hasSuffix("/") || text.contains("//") {
            return "it begins or ends with ‘/’, or has ‘//’"
        }
        return nil
    }

    /// Whether a text is a betalingskenmerk of sixteen digits whose first, the check digit, fits.
    ///
    /// Weights 2 4 8 5 10 9 7 3 6 1 from the right over the last 15; 11 − sum mod 11, where 10 becomes 1
    /// and 11 becomes 0 (DOMAIN §7).
    static func isDutch(_ text: String) -> Bool {
        let digits = text.utf8.map { Int($0) - 48 }
        guard digits.count == 16, text.utf8.allSatisfy(isDigit) else { return false }
        let weights = [2, 4, 8, 5, 10, 9, 7, 3, 6, 1]
        var sum = 0
        for (place, digit) in digits.dropFirst().reversed().enumerated() {
            sum += digit * weights[place % weights.count]
        }
        let check = 11 - sum % 11
        return digits[0] == (check == 10 ? 1 : check == 11 ? 0 : check)
    }

    /// Whether a text is a creditor reference of ISO 11649.
    static func isISO(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count > 4, bytes.count <= 25, text.hasPrefix("RF"),
            bytes[2...3].allSatisfy(isDigit), bytes.allSatisfy(isAlphanumeric)
        else { return false }
        return CheckDigits.remainder(bytes[4...] + bytes[..<4]) == 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte)
    }
    private static func compact(_ text: String) -> String { text.filter { $0 != " " } }
    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0 == " " }
        guard let last = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...last])
    }
}
