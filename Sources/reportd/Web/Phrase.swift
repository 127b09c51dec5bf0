import Reports
import Vocabulary

/// A sentence that the program says in English where it does not know its reader, in the other
/// languages of pages.
///
/// Errors are made where something goes wrong, and the headings of computed columns where they are
/// computed; neither place knows who will read them, and files, logs and the interface for programs
/// keep them as they are. A page finds their words here by the English ones. `{1}` and `{2}` stand
/// for what differs, each for one character or more.
///
/// A class, because books are searched for every name that a page shows.
final class Phrase: Sendable {
    let english: String
    let danish: String
    let dutch: String
    let swahili: String
    /// What stands between the places of the English sentence.
    private let pieces: [Substring]
    /// Whether only numbers stand in its places.
    private let isCounting: Bool

    /// A sentence in whose places numbers stand.
    convenience init(counting english: String, _ danish: String, _ dutch: String, _ swahili: String)
    {
        self.init(english, danish, dutch, swahili, isCounting: true)
    }

    init(
        _ english: String, _ danish: String, _ dutch: String, _ swahili: String,
        isCounting: Bool = false
    ) {
        self.isCounting = isCounting
        self.english = english
        self.danish = danish
        self.dutch = dutch
        self.swahili = swahili
        pieces = english.split(separator: /\{[1-9]\}/, omittingEmptySubsequences: false)
    }

    var hasPlaces: Bool { pieces.count > 1 }

    /// The byte that it begins with; nil where a place stands there.
    fileprivate var firstByte: UInt8? { pieces.first?.utf8.first }

    /// The sentence in a language, with its places.
    fileprivate func pattern(in locale: ReportLocale) -> String {
        switch locale.language {
        case .english: english
        case .danish: danish
        case .dutch: dutch
        case .swahili: swahili
        }
    }

    /// Whether a name stands in a place: somebody’s word in quotes, which is kept.
    fileprivate func isName(_ place: Int) -> Bool { pieces[place].hasSuffix("‘") }

    /// What stands in the places of a text; nil when it is another sentence.
    func places(in text: String) -> [Substring]? {
        // By bytes: each name that a page shows is held against every sentence with places.
        guard let first = pieces.first?.utf8, let last = pieces.last?.utf8,
            text.utf8.count > first.count + last.count, text.utf8.starts(with: first),
            text.utf8.suffix(last.count).elementsEqual(last)
        else { return nil }
        var places: [Substring] = []
        var rest = text.utf8.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() {
            guard let found = Self.first(piece.utf8, in: rest), found > rest.startIndex else {
                return nil
            }
            places.append(Substring(rest[..<found]))
            rest = rest[found...].dropFirst(piece.utf8.count)
        }
        guard !rest.isEmpty else { return nil }
        places.append(Substring(rest))
        return isCounting && !places.joined().allSatisfy(\.isNumber) ? nil : places
    }

    /// Where bytes stand first among others; nil where they do not.
    private static func first(
        _ piece: Substring.UTF8View, in text: Substring.UTF8View
    ) -> String.Index? {
        guard let byte = piece.first else { return text.startIndex }
        var rest = text
        while let place = rest.firstIndex(of: byte) {
            rest = rest[place...]
            if rest.starts(with: piece) { return place }
            rest = rest.dropFirst()
        }
        return nil
    }
}

/// Sentences by their English words.
struct PhraseBook: Sendable {
    let phrases: [Phrase]
    private let whole: [String: Phrase]
    /// The sentences with places that a text may be, by its first byte.
    private let patterns: [UInt8: [Phrase]]
    /// Those that may begin with anything.
    private let open: [Phrase]
    /// The book in which what stands in places is looked for, names too; empty where that is this one.
    private let parts: [PhraseBook]
    /// Whether it holds what stands in the middle of sentences: labels begin with a small letter there,
    /// and a sentence around anything else is somebody's own.
    private let isWithinSentences: Bool

    init(_ phrases: [Phrase], parts: PhraseBook? = nil, isWithinSentences: Bool = false) {
        self.phrases = phrases
        self.isWithinSentences = isWithinSentences
        self.parts = parts.map { [$0] } ?? []
        whole = Dictionary(phrases.map { ($0.english, $0) }) { first, _ in first }
        let patterns = phrases.filter(\.hasPlaces)
        open = patterns.filter { $0.firstByte == nil }
        self.patterns = Dictionary(
            uniqueKeysWithValues: Set(patterns.compactMap(\.firstByte)).map { byte in
                (byte, patterns.filter { $0.firstByte == nil || $0.firstByte == byte })
            })
    }

    /// A sentence in a reader's language; nil when the book does not have it.
    ///
    /// What stands in a place is looked for as well, unless it is a name.
    func found(_ text: String, in locale: ReportLocale) -> String? {
        if locale.language == .english { return text }
        if let word = locale.words?[text] { return word }
        if isWithinSentences,
            let word = locale.words?[text.prefix(1).uppercased() + text.dropFirst()]
        {
            return word.prefix(1).lowercased() + word.dropFirst()
        }
        if let phrase = whole[text] { return phrase.pattern(in: locale) }
        for phrase in text.utf8.first.flatMap({ patterns[$0] }) ?? open {
            guard let places = phrase.places(in: text),
                parts.first.map({ $0.hasAll(places, in: locale) }) ?? true
            else { continue }
            var said = phrase.pattern(in: locale)
            for (number, place) in places.enumerated() {
                let own =
                    parts.first?.said(String(place), in: locale)
                    ?? (phrase.isName(number)
                        ? String(place) : self.said(String(place), in: locale))
                said = said.replacing("{\(number + 1)}", with: own)
            }
            return said
        }
        return Self.list(text, in: locale)
    }

    /// What several figures are called together: their labels, some of which hold commas themselves.
    private static func list(_ text: String, in locale: ReportLocale) -> String? {
        guard let words = locale.words, text.utf8.contains(UInt8(ascii: ",")) else { return nil }
        var rest = text.split(separator: ", ").map(String.init)[...]
        var labels: [String] = []
        while !rest.isEmpty {
            let known = (1...min(rest.count, 3)).reversed().lazy.compactMap { count in
                words[rest.prefix(count).joined(separator: ", ")].map { (count, $0) }
            }.first
            guard let (count, label) = known else { return nil }
            labels.append(label)
            rest = rest.dropFirst(count)
        }
        return labels.joined(separator: ", ")
    }

    private func hasAll(_ places: [Substring], in locale: ReportLocale) -> Bool {
        !isWithinSentences
            || places.allSatisfy { place in
                place.allSatisfy(\.isNumber) || found(String(place), in: locale) != nil
            }
    }

    /// A sentence in a reader's language, or as it is.
    func said(_ text: String, in locale: ReportLocale) -> String {
        found(text, in: locale) ?? text
    }
}

/// Advice as a page tells it: in its reader's language, or in English and marked as such.
struct ToldAdvice: Sendable, Hashable {
    /// What happened, a sentence.
    let happened: String
    /// What to do, a sentence; empty when nobody can do anything.
    let remedy: String
    /// Whether it is English on a page in another language, which then says so (`lang`).
    let isEnglish: Bool

    init(_ advice: Advice, in locale: ReportLocale) {
        let book = PhraseBook.advice
        let happened = book.found(advice.happened, in: locale)
        let remedy =
            advice.remedy.isEmpty ? "" : book.found(advice.remedy, in: locale)
        // Half a piece of advice in one language and half in another is harder to read than either.
        isEnglish = happened == nil || remedy == nil
        self.happened = PageRenderer.sentence(
            isEnglish ? advice.happened : happened ?? advice.happened)
        let told = isEnglish ? advice.remedy : remedy ?? advice.remedy
        self.remedy = told.isEmpty ? "" : PageRenderer.sentence(told)
    }

    /// What happened, as a heading: without its full stop.
    var heading: String {
        happened.hasSuffix(".") ? String(happened.dropLast()) : happened
    }

    /// For the templates of forms that were not taken; `failure` is false without advice.
    static func values(_ advice: Advice?, in locale: ReportLocale) -> PageValues {
        guard let advice else { return ["failure": false, "remedy": false, "isEnglish": false] }
        let told = ToldAdvice(advice, in: locale)
        return [
            "failure": told.happened, "happened": told.happened,
            "remedy": told.remedy.isEmpty ? false : told.remedy as Any,
            "isEnglish": told.isEnglish,
        ]
    }
}

extension PageNotice {
    /// Advice as a notice.
    init(_ told: ToldAdvice) {
        self.init(
            text: [told.happened, told.remedy].filter { !$0.isEmpty }.joined(separator: " "),
            isEnglish: told.isEnglish)
    }
}
