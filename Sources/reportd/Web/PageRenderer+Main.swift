import Reports
import Vocabulary

extension PageRenderer {
    /// What stands above the cards of a dashboard or a report.
    private struct Head {
        let path: String
        let title: String
        var summary = ""
        var comparedWith: Period?
        var tabs: [PageLink] = []
        var links: [PageLink] = []
        var notices: [PageNotice] = []
        var background: BackgroundForm?
        var pickers: [(name: String, label: String, choices: [PageChoice])] = []
        /// A form that takes the place of the pickers; empty for none.
        var form = ""
        /// What follows the cards; empty for nothing.
        var closing = ""
    }

    /// The `main` element of a dashboard.
    func main(_ page: DashboardPage) throws -> Main {
        let locale = page.frame.locale
        let head = Head(
            path: page.path, title: page.title, comparedWith: page.comparedWith,
            tabs: page.dashboards, links: page.links, notices: page.notices,
            pickers: [
                ("company", locale.word(.company), page.companies),
                ("period", locale.word(.period), page.periods),
                ("compare", PageWord.comparison.text(in: locale), page.comparisons),
            ] + Self.state(page.knownAt))
        return try main(head, cards: page.cards, provenance: page.provenance, locale: locale)
    }

    /// The `main` element of a question being put together.
    func main(_ page: ExplorePage) throws -> Main {
        let locale = page.frame.locale
        let words = PageWord.table(for: locale)
        var head = Head(
            path: "/explore", title: page.title, links: page.downloads, notices: page.notices)
        head.form = templates.render(.explore, page.form(words, locale))
        head.closing = templates.render(.kept, page.kept(words, locale))
        return try main(head, cards: page.cards, provenance: page.provenance, locale: locale)
    }

    /// The `main` element of a report.
    func main(_ page: ReportPage) throws -> Main {
        let locale = page.frame.locale
        let head = Head(
            path: page.path,
            title: PhraseBook.titles.said(page.document.title, in: locale), summary: page.summary,
            links: page.downloads, notices: page.notices, background: page.background,
            pickers: [
                ("company", locale.word(.company), page.companies),
                ("period", locale.word(.period), page.periods),
            ] + Self.state(page.knownAt))
        var charts = 0
        let cards = page.document.blocks.map { block -> PageCard in
            switch block {
            case .figures(let figures): return .figures("figures", figures)
            case .chart(let chart):
                charts += 1
                var card = PageCard(name: "chart-\(charts)", width: .full, body: .chart(chart))
                card.bands = page.bands
                return card
            case .table(let table):
                var card = PageCard(name: table.name, width: .full, body: .table(table))
                card.bands = page.bands
                return card
            }
        }
        return try main(
            head, cards: cards, provenance: page.document.provenance, locale: locale)
    }

    /// The state asked for as a choice of one, which forms send along unseen.
    private static func state(
        _ knownAt: String?
    ) -> [(name: String, label: String, choices: [PageChoice])] {
        knownAt.map {
            [("known-at", "", [PageChoice(code: $0, name: $0, isChosen: true)])]
        } ?? []
    }

    private func main(
        _ head: Head, cards: [PageCard], provenance: Provenance, locale: ReportLocale
    ) throws -> Main {
        let words = PageWord.table(for: locale)
        var page = PageParts()
        var failures: [Advice] = []
        if head.tabs.count > 1 {
            page.add(
                templates.render(
                    .tabs, ["label": words["dashboards"] ?? "", "tabs": Self.links(head.tabs)]))
        }
        page.add("<div class=\"top\">\n")
        page.add(
            "heading", "div", ".heading",
            templates.render(.heading, heading(head, provenance, words, locale)))
        let choices = head.pickers.filter { !$0.choices.isEmpty }
        if choices.contains(where: { $0.choices.count > 1 }) {
            page.add(
                "controls-part", "div", ".controls",
                templates.render(.controls, Self.controls(head.path, choices, words)))
        }
        if !head.form.isEmpty {
            page.add("controls-part", "div", ".controls", head.form)
        }
        if !head.links.isEmpty {
            page.add(
                "links-part", "div", ".links",
                templates.render(.links, ["w": words, "links": Self.links(head.links)]))
        }
        page.add("</div>\n")
        if let form = head.background {
            page.add(
                "background", "section", ".background",
                templates.render(.background, form.values(words, locale)))
        }
        if !head.notices.isEmpty {
            let notices = head.notices.map { notice -> PageValues in
                [
                    "text": notice.text, "links": Self.links(notice.links),
                    "isEnglish": notice.isEnglish,
                ]
            }
            page.add(
                "notices", "div", ".notices",
                templates.render(.notices, Self.folded(notices, words, locale)))
        }
        if !provenance.remarks.isEmpty {
            page.add(
                "remarks", "section", ".remarks",
                templates.render(
                    .remarks,
                    Self.folded(
                        provenance.remarks.map { Self.remark($0, locale, provenance.zone) }, words,
                        locale)))
        }
        if cards.isEmpty {
            let inner = templates.render(
                .empty,
                [
                    "title": PageWord.emptyDashboard.text(in: locale),
                    "advice": PageWord.emptyDashboardAdvice.text(in: locale),
                ])
            page.add("<div class=\"card empty\">\(inner)</div>\n")
        } else {
            page.add("<div class=\"cards\">\n")
            try add(
                cards.map { $0.said(in: locale) }, to: &page, under: head.title,
                zone: provenance.zone, words, locale, failures: &failures)
            page.add("</div>\n")
        }
        if !head.closing.isEmpty {
            page.add("card full", "section", ".closing", head.closing)
        }
        page.add(
            "provenance", "section", ".provenance",
            templates.render(.provenance, Self.origin(provenance, words, locale)))
        let company = provenance.companies.joined(separator: ", ")
        let title = company.isEmpty ? head.title : "\(head.title) · \(company)"
        let version = page.version(under: title)
        let opening =
            "<main id=\"main\" tabindex=\"-1\" data-version=\"\(version)\" "
            + "data-commit=\"\(provenance.commit)\" "
            + "data-title=\"\(MarkupText.escaped(title)) · reportd\">\n"
        return Main(
            html: opening + page.html + "</main>", title: title, version: version,
            failures: failures)
    }

    /// All cards; one that fails says so in its place, and the others stand.
    private func add(
        _ cards: [PageCard], to page: inout PageParts, under heading: String, zone: Zone,
        _ words: [String: String], _ locale: ReportLocale, failures: inout [Advice]
    ) throws {
        let charts = ChartMarkup(locale: locale)
        let pictures = Result { () throws -> [Int: [ChartMarkup.Picture]] in
            try charts.pictures(of: cards)
        }
        var names: Set<String> = []
        for (index, card) in cards.enumerated() {
            let name = Self.unique(card.name, &names)
            var style = card.width == .full ? "card full" : "card"
            var template: PageTemplates.Name
            var values: PageValues
            do {
                switch card.body {
                case .figures(let figures, let trends):
                    style += " headlines"
                    template = .figures
                    values = FigureMarkup(locale: locale, zone: zone).values(
                        figures, trends: trends, links: card.explanations, card: name)
                    values["heading"] = card.heading ?? false
                case .chart(let chart, let numbers):
                    template = .chart
                    values = try charts.values(
                        chart, numbers, pictures: try pictures.get()[index] ?? [], card: name,
                        width: card.width)
                case .table(let table):
                    template = .table
                    values = try TableMarkup(locale: locale, zone: zone).values(table)
                    // What the page is called already is not said a second time above its table.
                    values["isRepeated"] = table.title == heading
                case .unavailable(_, let advice):
                    throw advice
                }
            } catch let advice as Advice {
                failures.append(advice)
                template = .unavailable
                values = ToldAdvice.values(advice, in: locale)
                values["title"] = card.title
            }
            values["w"] = words
            page.add(style, "section", name, templates.render(template, values))
        }
    }

    /// A name that is safe in an attribute and stands once on the page.
    private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
        let plain = String(
            name.unicodeScalars.map { scalar -> Character in
                let isPlain =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                    || ("0"..."9").contains(scalar) || scalar == "_"
                return isPlain ? Character(scalar) : "-"
            })
        var candidate = plain
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(plain)-\(number)"
            number += 1
        }
        return candidate
    }

    private func heading(
        _ head: Head, _ provenance: Provenance, _ words: [String: String], _ locale: ReportLocale
    ) -> PageValues {
        let companies = provenance.companies.joined(separator: ", ")
        return [
            "w": words, "title": head.title, "companies": companies.isEmpty ? false : companies,
            "period": provenance.period.map { locale.period($0) as Any } ?? false,
            "comparedWith": head.comparedWith.map { locale.period($0) as Any } ?? false,
            "summary": head.summary.isEmpty ? false : head.summary,
        ]
    }

    /// The pickers; what cannot be chosen is sent along unseen.
    private static func controls(
        _ path: String, _ pickers: [(name: String, label: String, choices: [PageChoice])],
        _ words: [String: String]
    ) -> PageValues {
        [
            "w": words, "path": path,
            "fixed": pickers.filter { $0.choices.count == 1 }.map {
                ["name": $0.name, "code": $0.choices[0].code]
            },
            "pickers": pickers.filter { $0.choices.count > 1 }.map { picker -> PageValues in
                [
                    "name": picker.name, "label": picker.label,
                    "choices": picker.choices.map { choice -> PageValues in
                        [
                            "code": choice.code, "title": choice.name,
                            "isChosen": choice.isChosen,
                        ]
                    },
                ]
            },
        ]
    }

    /// A remark, which was made with the figures: in the reader's language, or as it is and marked as
    /// English.
    private static func remark(
        _ remark: String, _ locale: ReportLocale, _ zone: Zone
    ) -> PageValues {
        let told = PhraseBook.remarks.found(remark, in: locale)
        return ["text": told.map { locale.withDays($0, zone) } ?? remark, "isEnglish": told == nil]
    }

    /// Remarks or notices: the first ones to be seen, the others behind a line that counts them.
    private static func folded(
        _ sentences: [PageValues], _ words: [String: String], _ locale: ReportLocale
    ) -> PageValues {
        // A single one more takes no more room than the line that would count it.
        let shown = sentences.count > 4 ? 3 : sentences.count
        let more = PageWord.moreRemarks.text(in: locale)
            .replacing("#", with: "\(sentences.count - shown)")
        return [
            "w": words, "first": Array(sentences.prefix(shown)),
            "more": shown < sentences.count ? more : false,
            "rest": Array(sentences.dropFirst(shown)),
        ]
    }

    /// Where the figures come from, in the order in which people ask.
    private static func origin(
        _ provenance: Provenance, _ words: [String: String], _ locale: ReportLocale
    ) -> PageValues {
        var items: [(ReportWord, String, Any)] = [
            (
                .asOf,
                provenance.asOf.map { moment($0, zone: provenance.zone, locale: locale) }
                    ?? locale.word(.noData), provenance.asOf.map { $0.description as Any } ?? false
            ),
            (.commit, "\(provenance.commit)", false), (.zone, provenance.zone.name, false),
            (.currency, PhraseBook.notes.said(provenance.currency, in: locale), false),
            (.basis, PhraseBook.bases(provenance.basis, in: locale), false),
        ]
        if !provenance.filters.isEmpty {
            items.append((.filters, provenance.filters.joined(separator: "; "), false))
        }
        if !provenance.notes.isEmpty {
            let notes = provenance.notes.map { PhraseBook.note($0, in: locale, provenance.zone) }
            items.append((.notes, notes.joined(separator: "; "), false))
        }
        items.append((.definition, provenance.definition, false))
        return [
            "w": words,
            "items": items.filter { !$0.1.isEmpty }.map { word, text, datetime -> PageValues in
                ["label": locale.word(word), "text": text, "datetime": datetime]
            },
        ]
    }
}

extension ReportLocale {
    /// A number as the reader writes it.
    func decimal(_ text: String) -> String {
        ExactDecimal(text).map { number($0, scale: $0.scale) } ?? text
    }

    /// A sentence whose moments and days are written as the reader writes them, by the clocks of a zone.
    func withDays(_ text: String, _ zone: Zone) -> String {
        text.replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/) { match in
            Instant(String(match.output)).map { instant($0, zone: zone) } ?? String(match.output)
        }.replacing(/\d{4}-\d\d-\d\d(?!T)/) { match in
            LocalDay(match.output).map(day) ?? String(match.output)
        }
    }
}
