import Vocabulary

/// The names of a workbook's sheets: at most 31 characters, none of `: \ / ? * [ ]`, no apostrophe
/// at either end, not the reserved “History”, and no two alike in any letter case.
struct SpreadsheetNames {
    private var taken: Set<String> = ["history"]

    static let maximumLength = 31

    /// The nearest legal name that is not taken yet; a second “Sales” becomes “Sales (2)”.
    mutating func name(for wanted: String) -> String {
        let forbidden: Set<Character> = [":", "\\", "/", "?", "*", "[", "]"]
        var base = String(
            wanted.map { character in
                forbidden.contains(character)
                    || character.unicodeScalars.contains { $0.value < 32 } ? " " : character
            })
        while base.hasPrefix("'") || base.hasPrefix(" ") { base.removeFirst() }
        base = Self.cut(base, to: Self.maximumLength)
        if base.isEmpty { base = "Sheet" }
        var name = base
        var number = 2
        while !taken.insert(name.lowercased()).inserted {
            let suffix = " (\(number))"
            name = Self.cut(base, to: Self.maximumLength - suffix.utf16.count) + suffix
            number += 1
        }
        return name
    }

    /// The first characters of a text that fit into so many UTF-16 units, which is how spreadsheets
    /// count.
    private static func cut(_ text: String, to limit: Int) -> String {
        var kept = ""
        var length = 0
        for character in text {
            length += character.utf16.count
            if length > limit { break }
            kept.append(character)
        }
        while kept.hasSuffix("'") || kept.hasSuffix(" ") { kept.removeLast() }
        return kept
    }

    /// `Sheet!A2:A9` with the sheet's name quoted as formulas want it.
    static func reference(_ sheet: String, _ range: String) -> String {
        "'" + sheet.replacing("'", with: "''") + "'!" + range
    }

    /// The letters of a column counted from 0: 0 is `A`, 26 is `AA`.
    static func letters(_ column: Int) -> String {
        var letters = ""
        var rest = column + 1
        while rest > 0 {
            let digit = (rest - 1) % 26
            letters = String(UnicodeScalar(UInt8(65 + digit))) + letters
            rest = (rest - 1) / 26
        }
        return letters
    }
}

/// Number formats of cells, in the invariant form that workbook files use; the reader's program
/// shows its own separators.
enum SpreadsheetFormat {
    /// The pattern of DOMAIN §9 for amounts of a currency in a locale.
    static func money(_ currency: Currency, _ locale: ReportLocale) -> String {
        let digits = number(scale: currency.decimals)
        let sign = locale.sign(of: currency)
        let space = ReportLocale.noBreakSpace
        switch locale.language {
        case .danish: return "\(digits)\"\(space)\(sign)\""
        case .dutch: return "\"\(sign)\(space)\"\(digits);\"\(sign)\(space)\"-\(digits)"
        case .english, .swahili:
            let isWord = sign.utf8.allSatisfy { $0 < 128 }
            let prefix = "\"\(sign)\(isWord ? space : "")\""
            return "\(prefix)\(digits);-\(prefix)\(digits)"
        }
    }

    static func number(scale: Int) -> String {
        scale == 0 ? "#,##0" : "#,##0." + String(repeating: "0", count: min(scale, 15))
    }

    static func percent(_ locale: ReportLocale) -> String {
        locale.language == .danish ? "0.0\"\(ReportLocale.noBreakSpace)\"%" : "0.0%"
    }

    static func day(_ locale: ReportLocale) -> String {
        switch locale.language {
        case .english, .swahili: "d mmm yyyy"
        case .danish: "dd\\.mm\\.yyyy"
        case .dutch: "dd\\-mm\\-yyyy"
        }
    }

    static func instant(_ locale: ReportLocale) -> String { day(locale) + " hh:mm" }
}
