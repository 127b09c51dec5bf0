import Reports
import Vocabulary

/// A question being put together, with its answer.
struct ExplorePage: Sendable {
    /// One of the question's parts.
    struct Picker: Sendable {
        /// Its identity on the page.
        let id: String
        /// What the form sends it as; several may be sent under one name.
        let name: String
        /// What people read.
        let label: String
        /// What there is to choose.
        let choices: [PageChoice]
    }

    /// What surrounds it.
    let frame: PageFrame
    /// The question's parts.
    let pickers: [Picker]
    /// What rows must meet, as people write it; one more may be added.
    let conditions: [String]
    /// The answer.
    let cards: [PageCard]
    /// What the answer is called.
    let title: String
    /// Where the figures come from.
    let provenance: Provenance
    /// The answer as files.
    let downloads: [PageLink]
    /// What to know of the answer.
    let notices: [PageNotice]
    /// The answer as a card of a definition file.
    let definition: String
}

extension ExplorePage {
    /// The form's values for its template.
    func form(_ words: [String: String], _ locale: ReportLocale) -> PageValues {
        [
            "w": words,
            "pickers": pickers.map { picker -> PageValues in
                [
                    "id": picker.id, "name": picker.name, "label": picker.label,
                    "choices": picker.choices.map {
                        ["code": $0.code, "title": $0.name, "isChosen": $0.isChosen]
                    },
                ]
            },
            "conditions": (conditions + [""]).enumerated().map { number, text -> PageValues in
                ["id": "where-\(number + 1)", "text": text]
            },
        ]
    }
}
