/// What the labels of definitions are in one other language: of dashboards, cards, figures, columns and
/// reports, by the English ones.
///
/// A label that is not among them is shown as it is.
public struct LabelWords: Sendable, Hashable {
    /// The languages of pages and files besides English, as in BCP 47.
    public static let languages = ["da", "nl", "sw"]

    /// The language, one of `languages`.
    public let language: String
    /// Changes with any of the words.
    public let hash: String
    private let words: [String: String]

    /// Describes the words of a language.
    public init(language: String, words: [String: String], hash: String) {
        (self.language, self.words, self.hash) = (language, words, hash)
    }

    /// The label in this language; nil when there is no word for it.
    public subscript(label: String) -> String? { words[label] }

    /// The labels that there are words for, in no order.
    public var labels: [String] { Array(words.keys) }

    /// Words are the same when they were read from the same text.
    public static func == (left: LabelWords, right: LabelWords) -> Bool {
        left.language == right.language && left.hash == right.hash
    }

    /// Hashes what tells words from others.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(language)
        hasher.combine(hash)
    }
}
