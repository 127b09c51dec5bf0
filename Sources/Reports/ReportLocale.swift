public import Vocabulary

/// How numbers, dates and fixed words are written for the readers of a file, a mail or a page.
///
/// The patterns are our own (DOMAIN §9): the libraries at hand change theirs from version to
/// version, and one figure must look the same on the page, in the mail and in the PDF. Wherever a
/// number and its unit must not be torn apart, the space between them is a no-break space.
///
///     da     -1.234,50 kr.    12,5 %   30.06.2026
///     nl     € -1.234,50      12,5%    30-06-2026
///     en     -€1,234.50       12.5%    30 Jun 2026
///     en-KE  -Ksh 1,234.50    12.5%    30 Jun 2026
///     en-MW  -MK 1,234.50     12.5%    30 Jun 2026
///     sw     -Ksh 1,234.50    12.5%    30 Jun 2026
public struct ReportLocale: Sendable, Hashable {
    package enum Language: String, Sendable { case english, danish, dutch, swahili }

    /// The tag of the profile that is in force: `da`, `nl`, `sw`, `en`, `en-KE` or `en-MW`.
    public let tag: String
    package let language: Language

    /// What labels of definitions are in this language; nil where they stay as they are.
    public var words: LabelWords?

    /// The tags that have a profile of their own.
    public static let tags = ["da", "en", "en-KE", "en-MW", "nl", "sw"]
    /// International English, the profile of last resort.
    public static let english = ReportLocale("en")

    static let noBreakSpace = "\u{00A0}"
    static let missing = "–"

    /// Finds the profile of a BCP 47 tag, in any letter case.
    ///
    /// A tag without a profile falls back to its language (`da-DK` to `da`), and a language
    /// without a profile to English. `words` are those of definitions, by language.
    public init(_ tag: String, words: [String: LabelWords] = [:]) {
        let parts = tag.replacing("_", with: "-").split(separator: "-").map { $0.lowercased() }
        let region = parts.dropFirst().first ?? ""
        switch parts.first {
        case "da":
            (self.tag, language) = ("da", .danish)
        case "nl":
            (self.tag, language) = ("nl", .dutch)
        case "sw":
            (self.tag, language) = ("sw", .swahili)
        default:
            let known = parts.first == "en" && ["ke", "mw"].contains(region)
            (self.tag, language) = (known ? "en-" + region.uppercased() : "en", .english)
        }
        self.words = words[languageTag]
    }

    /// A label of a definition in this language, or as it is.
    public func named(_ label: String) -> String { words?[label] ?? label }

    /// The same without words for labels, for what may be a word of the data.
    package var withoutWords: ReportLocale {
        var locale = self
        locale.words = nil
        return locale
    }

    /// What tells a text in this language from others: its tag, and its words.
    package var form: String { words.map { "\(tag) \($0.hash)" } ?? tag }

    /// The language subtag, for `lang` attributes and the PDF's language entry.
    public var languageTag: String {
        switch language {
        case .english: "en"
        case .danish: "da"
        case .dutch: "nl"
        case .swahili: "sw"
        }
    }

    /// Whether decimals follow a point, and thousands a comma; elsewhere it is the other way round.
    var hasDecimalPoint: Bool { language == .english || language == .swahili }
    var decimalSeparator: String { hasDecimalPoint ? "." : "," }
    var groupSeparator: String { hasDecimalPoint ? "," : "." }

    /// The sign of a currency in this locale; its code where a sign would be ambiguous.
    func sign(of currency: Currency) -> String {
        switch (currency.code, tag) {
        case ("EUR", _): "€"
        case ("GBP", _): "£"
        case ("DKK", "da"): "kr."
        case ("KES", "en-KE"), ("KES", "sw"): "Ksh"
        case ("MWK", "en-MW"): "MK"
        default: currency.code
        }
    }

    /// Writes a cell as its readers see it.
    ///
    /// - Parameters:
    ///   - value: The cell.
    ///   - kind: What the column holds; decides grouping, decimals and percent.
    ///   - zone: The zone on whose clock instants are shown.
    /// - Returns: The text, in one line unless the cell itself holds line breaks.
    public func format(_ value: Value, kind: ResultColumn.Kind, zone: Zone) -> String {
        switch (value, kind) {
        case (.missing, .ratio): word(.notAvailable)
        case (.missing, _): Self.missing
        case (.integer(let number), .text), (.integer(let number), .identifier): String(number)
        case (.integer(let number), .ratio): percent(ExactDecimal(Int(number)))
        case (.integer(let number), .decimal(let scale)):
            self.number(ExactDecimal(Int(number)), scale: scale)
        case (.integer(let number), _): self.number(ExactDecimal(Int(number)), scale: 0)
        case (.decimal(let number), .ratio): percent(number)
        case (.decimal(let number), .decimal(let scale)): self.number(number, scale: scale)
        case (.decimal(let number), _): self.number(number, scale: number.scale)
        case (.money(let money), _): self.money(money)
        case (.text(let text), _): text
        case (.boolean(let truth), _): word(truth ? .yes : .no)
        case (.day(let day), _): self.day(day)
        case (.instant(let instant), _): self.instant(instant, zone: zone)
        }
    }
}
