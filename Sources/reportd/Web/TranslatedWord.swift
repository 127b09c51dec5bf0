import Reports

/// A word of a page in the languages that pages speak; templates know it by its raw name.
protocol TranslatedWord: RawRepresentable<String>, CaseIterable {
    /// English, Danish, Dutch, Swahili.
    typealias Translations = (String, String, String, String)

    var translations: Translations { get }
}

extension TranslatedWord {
    /// The word in a locale's language.
    func text(in locale: ReportLocale) -> String {
        let (english, danish, dutch, swahili) = translations
        switch locale.language {
        case .english: return english
        case .danish: return danish
        case .dutch: return dutch
        case .swahili: return swahili
        }
    }

    /// The word with something put in the place of its `#`.
    func text(in locale: ReportLocale, _ value: String) -> String {
        text(in: locale).replacing("#", with: value)
    }

    /// All words, for templates.
    static func table(for locale: ReportLocale) -> [String: String] {
        var table: [String: String] = [:]
        for word in allCases { table[word.rawValue] = word.text(in: locale) }
        return table
    }
}
