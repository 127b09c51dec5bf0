import Analytics
import Reports
import Vocabulary

/// A parameter of an address: what it is called, where it stands and what it may be.
///
/// Whoever reads an address takes the names that are known from these descriptions, and the document
/// shows them, so that there is one list of both.
struct APIParameter: Sendable {
    enum Place: String, Sendable {
        case path, query
    }

    let name: String
    let words: String
    var schema = APISchema.text
    var place = Place.query
    /// Whether it may be given several times.
    var isRepeated = false
    var isRequired = false

    /// The description as JSON.
    var json: String {
        APIText.object(
            [
                ("name", JSONText.quoted(name)), ("in", JSONText.quoted(place.rawValue)),
                ("description", JSONText.quoted(words)),
                ("required", isRequired || place == .path ? "true" : "false"),
            ] + (isRepeated ? [("style", "\"form\""), ("explode", "true")] : []) + [
                ("schema", isRepeated ? APISchema.list(of: schema).json : schema.json)
            ])
    }

    /// A part of the path.
    static func part(
        _ name: String, _ words: String, _ schema: APISchema = .text
    ) -> APIParameter {
        APIParameter(name: name, words: words, schema: schema, place: .path)
    }
}

extension ViewChoices.Name {
    /// The choice as a parameter of an address.
    var parameter: APIParameter {
        switch self {
        case .company:
            APIParameter(
                name: rawValue, words: "Codes of companies; several parted by commas too.",
                isRepeated: true)
        case .group: APIParameter(name: rawValue, words: "A group of companies, in their place.")
        case .period:
            APIParameter(
                name: rawValue,
                words: "A period: this-month, last-30-days, 2026-06, 2026-Q2, 2026.")
        case .from:
            APIParameter(
                name: rawValue, words: "The first day, in place of a period.", schema: .day)
        case .to: APIParameter(name: rawValue, words: "The last day, included.", schema: .day)
        case .compare:
            APIParameter(
                name: rawValue, words: "What the figures are held against.",
                schema: .comparison)
        case .where:
            APIParameter(
                name: rawValue, words: "A condition on the rows, as status=PAID.",
                isRepeated: true)
        case .knownAt:
            APIParameter(
                name: rawValue,
                words: "The state that is asked: a moment, the number of a commit, or now.")
        case .currency:
            APIParameter(
                name: rawValue, words: "The currency to convert to: EUR, group, EUR closing.")
        }
    }
}

extension APISchema {
    /// What `compare` may be.
    static let comparison = APISchema.word(Comparison.allCases.map(\.rawValue) + ["none"])
}

extension [APIParameter] {
    /// The choices of a dashboard or report.
    static let choices = ViewChoices.Name.allCases.map(\.parameter)

    var names: [String] { map(\.name) }
}

extension APIParameter {
    static let locale = APIParameter(
        name: "locale", words: "The language and region of what is written, as da-DK.")
    static let table = APIParameter(
        name: "table", words: "The table that CSV takes, where there are several.")
    static let profile = APIParameter(
        name: "profile",
        words: "Who reads the CSV: machine, excel-en, excel-da, excel-nl, or a program’s.")
    static let since = APIParameter(
        name: "since",
        words: "The earlier state: a moment, the number of a commit, or close.",
        isRequired: true)
    static let format = part("format", "The format of the file.", .word(of: ReportFormat.self))
}
