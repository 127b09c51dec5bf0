import Analytics
import Foundation
import Reports
import Store
import Vocabulary

/// What pages say of the state that they show, and the pages about where figures come from.
extension PageAssembly {
    // MARK: Notices

    /// What a reader must know of the state shown: that it is an older one, or that of a close.
    func notices(
        _ choices: ViewChoices, standard: PeriodName, models: Set<String>, path: String,
        provenance: Provenance, restated: String?, locale: ReportLocale
    ) throws -> [PageNotice] {
        let scope = principal.scope(in: desk.store.schema)
        if let knownAt = choices.knownAt, knownAt != ViewChoices.present {
            var now = choices
            now.knownAt = nil
            return [asKnownAt(provenance, now: Self.address(path, now), locale)]
        }
        var asked = choices
        asked.knownAt = nil
        guard
            let (close, _) = try desk.closing(
                asked, standard: standard,
                desk.newest(of: models, asked, scope: scope).companies, now: desk.clock.now())
        else { return [] }
        let isAsClosed = choices.knownAt == nil
        var other = asked
        other.knownAt = isAsClosed ? ViewChoices.present : nil
        other.companies = [close.company]
        other.group = nil
        var links = [
            PageLink(
                title: (isAsClosed ? PageWord.figuresNow : .figuresAsClosed).text(in: locale),
                path: Self.address(path, other))
        ]
        if let restated {
            asked.companies = [close.company]
            asked.group = nil
            asked.period = asked.periodIsChosen ? asked.period : standard.description
            links.append(
                PageLink(
                    title: PageWord.changedSinceClose.text(in: locale),
                    path: Self.address(
                        "/restatements/\(restated)", asked, more: [("since", "close")])))
        }
        let moment = PageRenderer.moment(close.closedAt, zone: provenance.zone, locale: locale)
        let text = (isAsClosed ? PageWord.closedOn : .closedButNow).text(in: locale)
        return [
            PageNotice(
                text: text.replacing("#", with: moment).replacing("@", with: close.closedBy),
                links: links)
        ]
    }

    /// That figures are of an older state, with the way to the newest.
    private func asKnownAt(
        _ provenance: Provenance, now path: String, _ locale: ReportLocale
    ) -> PageNotice {
        let moment = PageRenderer.moment(
            provenance.committedAt, zone: provenance.zone, locale: locale)
        return PageNotice(
            text: PageWord.asKnownAt.text(in: locale).replacing("#", with: moment),
            links: [PageLink(title: PageWord.figuresNow.text(in: locale), path: path)])
    }

    // MARK: Explanations

    /// Where the figures of a card lead: to their explanation, from the same state.
    func explanations(_ card: CardAnswer, _ provenance: Provenance) -> [String: String] {
        guard case .figures(let figures) = card.content else { return [:] }
        let codes = desk.store.schema.companies.companies.filter {
            provenance.companies.contains($0.name)
        }.map(\.code)
        var choices = ViewChoices(
            companies: codes, period: card.query.period.description,
            compare: card.query.comparison?.rawValue,
            conditions: card.query.filters.flatMap(\.expressions))
        choices.knownAt = "\(provenance.commit)"
        choices.currency = card.query.currency?.description
        return Dictionary(
            figures.map {
                ($0.name, Self.address("/explain", choices, more: [("metric", $0.name)]))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The page of an explanation; further rows are reached by links that keep its state.
    func explanation(
        _ figures: [ExplainedFigure], _ asked: ExplainQuestion, frame: PageFrame
    ) throws -> ReportPage {
        let documents = try figures.map { try $0.document() }
        guard let first = documents.first else {
            throw Advice(.request, "no metric is named", remedy: "name one")
        }
        var (choices, now) = (asked.question.choices, asked.question.choices)
        now.knownAt = nil
        choices.knownAt = "\(first.provenance.commit)"
        var links: [PageLink] = []
        let names = figures.map { ("metric", $0.explanation.metric.name) }
        for part in figures.flatMap(\.explanation.parts) {
            let offset = asked.page.offset(of: part.metric)
            let steps: [(PageWord, Int)] = [
                (.previousRows, offset - asked.page.limit), (.nextRows, offset + asked.page.limit),
            ]
            for (word, start) in steps
            where word == .nextRows ? start < part.rows.rowCount : offset > 0 {
                links.append(
                    PageLink(
                        title: word.text(in: frame.locale)
                            + (names.count + figures[0].explanation.parts.count > 2
                                ? ": \(part.metric.label)" : ""),
                        path: Self.address(
                            "/explain", choices,
                            more: names + [
                                ("part", part.metric.name), ("offset", "\(max(0, start))"),
                                ("limit", "\(asked.page.limit)"),
                            ])))
            }
        }
        if principal.mayExport {
            links.append(
                PageLink(
                    title: "JSON",
                    path: Self.address(
                        "/api/v1/explain", choices, more: names + [("limit", "10000")]),
                    isFile: true))
        }
        return ReportPage(
            frame: frame, path: "/explain",
            document: ReportDocument(
                name: first.name, title: first.title, provenance: first.provenance,
                blocks: documents.flatMap(\.blocks)), downloads: links,
            notices: asked.question.choices.knownAt == nil
                ? []
                : [
                    asKnownAt(
                        first.provenance,
                        now: Self.address("/explain", now, more: names), frame.locale)
                ], now: desk.clock.now())
    }

    // MARK: Restatements

    /// The page of what changed between two states.
    func restatement(
        _ document: ReportDocument, _ question: RestatementQuestion, since: String,
        frame: PageFrame
    ) -> ReportPage {
        let formats: [ReportFormat] = principal.mayExport ? [.pdf, .xlsx, .csv] : []
        return ReportPage(
            frame: frame, path: "/restatements/\(question.name)",
            summary: PhraseBook.bases(document.provenance.basis, in: frame.locale),
            document: document,
            downloads: formats.map { format in
                var more = [("since", since), ("locale", frame.locale.tag)]
                // Of several tables, a CSV holds the last: the rows behind the figures.
                if format == .csv, document.tables.count > 1, let table = document.tables.last {
                    more.append(("table", table.name))
                }
                return PageLink(
                    title: format.rawValue.uppercased(),
                    path: Self.address(
                        "/api/v1/restatements/\(question.name).\(format.fileExtension)",
                        question.choices, more: more), isFile: true)
            }, now: desk.clock.now())
    }

    /// An address of ours with choices in it.
    static func address(
        _ path: String, _ choices: ViewChoices, more: [(String, String)] = []
    ) -> String {
        let items =
            more + choices.companies.map { ("company", $0) }
            + choices.conditions.map { ("where", $0) }
            + [
                ("group", choices.group), ("period", choices.period), ("from", choices.from),
                ("to", choices.to), ("compare", choices.compare), ("known-at", choices.knownAt),
                ("currency", choices.currency),
            ].compactMap { name, value in value.map { (name, $0) } }
        let texts = items.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        return texts.isEmpty ? path : path + "?" + texts.joined(separator: "&")
    }
}

extension ViewChoices {
    /// Whether the reader chose days.
    fileprivate var periodIsChosen: Bool { period != nil || from != nil }
}
