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

    /// The form that keeps it as a card.
    struct Keeping: Sendable {
        /// What its fields say.
        let wish: OwnDashboards.Wish
        /// Where the card may go to.
        let dashboards: [(name: String, title: String)]
        /// Whether it goes to a new one; nil where nobody has chosen yet.
        let isNew: Bool?
        /// Why it was not kept.
        let failure: Advice?
        let formToken: String
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
    /// Where the same question is asked.
    let address: String
    /// The form that keeps it; nil for who may not.
    var keeping: Keeping?
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

    /// What follows the answer: the form that keeps it, and the card’s lines.
    func kept(_ words: [String: String], _ locale: ReportLocale) -> PageValues {
        var values: PageValues = ["w": words, "definition": definition, "mayKeep": false]
        guard let keeping else { return values }
        let isNew = keeping.isNew ?? keeping.dashboards.isEmpty
        let wish = keeping.wish
        let more: PageValues = [
            "mayKeep": true, "keepPath": address + "#keep", "formToken": keeping.formToken,
            "cardTitle": wish.title, "mostTitle": "\(OwnDashboards.mostTitle)",
            "heading": wish.heading, "mostName": "\(OwnDashboards.mostName)",
            "newName": wish.name, "hasOwn": !keeping.dashboards.isEmpty, "isNew": isNew,
            "nameHint": ScheduleFormWord.nameHint.text(in: locale),
            "own": keeping.dashboards.map { name, title -> PageValues in
                ["code": name, "title": title, "isChosen": name == wish.dashboard]
            },
        ]
        values.merge(more) { $1 }
        values.merge(ToldAdvice.values(keeping.failure, in: locale)) { $1 }
        return values
    }
}
