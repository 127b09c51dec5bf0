import Analytics
import Foundation
import Reports
import Store
import Vocabulary

/// Puts the values of pages together from answers; it computes no figure.
struct PageAssembly {
    let desk: AnswerDesk
    let principal: Principal

    private static let periods = [
        "this-month", "last-month", "this-quarter", "last-quarter", "last-30-days", "this-year",
        "last-year", "last-12-months",
    ]

    /// The page of a dashboard.
    func dashboard(
        _ answer: DashboardAnswer, _ choices: ViewChoices, frame: PageFrame,
        sources: [SourceFreshness]
    ) throws -> DashboardPage {
        let dashboard = answer.dashboard
        let around = surroundings(dashboard, choices, frame: frame, sources: sources)
        var provenance = answer.provenance
        provenance.generatedAt = provenance.committedAt
        let standard = dashboard.comparison?.rawValue ?? "none"
        let scope = principal.scope(in: desk.store.schema)
        let all = desk.shelf.current.analytics.dashboards(
            withDataIn: try desk.store.snapshot(scope))
        return DashboardPage(
            frame: frame, path: "/dashboards/\(dashboard.name)",
            title: frame.locale.named(dashboard.title),
            dashboards: all.map {
                PageLink(
                    title: frame.locale.named($0.title), path: "/dashboards/\($0.name)",
                    isCurrent: $0.name == dashboard.name)
            },
            companies: companies(choices, models: dashboard.modelsTouched, frame.locale),
            periods: Self.periods(choices, standard: dashboard.period, frame.locale),
            comparisons: ChoiceWord.comparisons.map { word in
                PageChoice(
                    code: word.rawValue, name: word.text(in: frame.locale),
                    isChosen: word.rawValue == choices.compare ?? standard)
            },
            comparedWith: answer.cards.first { $0.comparedWith != nil }?.comparedWith,
            cards: Self.filled(
                answer.cards.flatMap { card in
                    cards(card, provenance)
                }), provenance: provenance, sources: sources, now: around.now,
            notices: try notices(
                choices, standard: dashboard.period, models: dashboard.modelsTouched,
                path: "/dashboards/\(dashboard.name)", provenance: provenance, restated: nil,
                locale: frame.locale), knownAt: choices.knownAt,
            events: around.events, changePath: around.changePath)
    }

    /// What stands around a dashboard for this reader now.
    func surroundings(
        _ dashboard: Dashboard, _ choices: ViewChoices, frame: PageFrame,
        sources: [SourceFreshness]
    ) -> DashboardSurroundings {
        DashboardSurroundings(
            sources: sources, now: desk.clock.now(),
            events: choices.knownAt == nil || choices.knownAt == ViewChoices.present
                ? "/api/v1/events" : nil,
            changePath: frame.viewer?.mayDefine == true
                && desk.shelf.own?.shown(.dashboards, dashboard.name) == dashboard.place.file
                ? "\(OwnDashboardPages.path)#\(dashboard.name)" : nil)
    }

    /// The cards without gaps: one of half the width that has no neighbour takes all of it.
    private static func filled(_ cards: [PageCard]) -> [PageCard] {
        var cards = cards
        var open: Int?
        for index in cards.indices {
            if cards[index].width == .half, open == nil {
                open = index
                continue
            }
            if cards[index].width == .full, let lonely = open { cards[lonely].width = .full }
            open = nil
        }
        if let open { cards[open].width = .full }
        return cards
    }

    /// What is shown of a card: one part, or one for each currency.
    func cards(_ card: CardAnswer, _ provenance: Provenance) -> [PageCard] {
        let bands = desk.shelf.current.analytics.bands.filter { card.query.by.contains($0.key) }
        return Self.parts(card).map { part in
            var part = part
            part.explanations = explanations(card, provenance)
            part.bands = bands
            return part
        }
    }

    private static func parts(_ card: CardAnswer) -> [PageCard] {
        switch card.content {
        case .figures(let figures):
            return [
                .figures(
                    card.card.name, figures, heading: card.card.hasTitle ? card.card.title : nil)
            ]
        case .table(let table):
            if let picture = card.picture {
                return [
                    PageCard(
                        name: card.card.name, width: picture.kind == .funnel ? .half : .full,
                        body: .chart(picture, numbers: table))
                ]
            }
            return [
                PageCard(
                    name: card.card.name, width: table.columns.count > 3 ? .full : .half,
                    body: .table(table))
            ]
        case .charts(let charts):
            return charts.enumerated().map { index, chart in
                let isTrend = chart.kind != .bar
                return PageCard(
                    name: card.card.name + (index == 0 ? "" : "-\(index + 1)"),
                    width: isTrend ? .full : .half, body: .chart(chart))
            }
        case .unavailable(let advice):
            return [
                PageCard(
                    name: card.card.name,
                    body: .unavailable(title: card.card.title, advice))
            ]
        }
    }

    /// The companies that have something on the page, all of them together first.
    func companies(
        _ choices: ViewChoices, models: Set<String>, _ locale: ReportLocale
    ) -> [PageChoice] {
        let scope = principal.scope(in: desk.store.schema)
        let visible = desk.store.schema.companies.companies.filter { company in
            guard scope.companies.contains(company.code),
                let snapshot = try? desk.store.snapshot(Scope(companies: [company.code]))
            else { return false }
            return snapshot.lastCommit(of: models) > 0
        }
        guard visible.count > 1 else {
            return visible.map { PageChoice(code: $0.code, name: $0.name, isChosen: true) }
        }
        let chosen = choices.companies.first
        let all = ChoiceWord.allCompanies.text(in: locale)
        return [PageChoice(code: "", name: all, isChosen: chosen == nil)]
            + visible.map {
                PageChoice(code: $0.code, name: $0.name, isChosen: $0.code == chosen)
            }
    }

    /// The periods to choose from, with the one in force among them.
    static func periods(
        _ choices: ViewChoices, standard: PeriodName, _ locale: ReportLocale
    ) -> [PageChoice] {
        var current = choices.period ?? standard.description
        if let from = choices.from, let to = choices.to { current = "\(from)..\(to)" }
        let all = (periods.contains(current) ? [] : [current]) + periods
        return all.map { code in
            let name = (try? PeriodName(code)).map { PeriodWord.name(of: $0, in: locale) }
            return PageChoice(code: code, name: name ?? code, isChosen: code == current)
        }
    }

    // MARK: Reports

    /// The reports that this reader may see.
    func reportEntries(_ locale: ReportLocale) throws -> [ReportListPage.Entry] {
        let scope = principal.scope(in: desk.store.schema)
        let definitions = desk.shelf.current.analytics
        return definitions.reports(withDataIn: try desk.store.snapshot(scope)).map { report in
            ReportListPage.Entry(
                title: locale.named(report.title), summary: report.description,
                path: "/reports/\(report.name)",
                downloads: downloads(report.name, query: "", formats: report.formats))
        }
    }

    /// The page of a report.
    func report(
        _ document: ReportDocument, _ choices: ViewChoices, frame: PageFrame
    ) throws -> ReportPage {
        let report = try desk.shelf.current.analytics.report(document.name)
        return ReportPage(
            frame: frame, path: "/reports/\(report.name)", summary: report.description,
            companies: companies(choices, models: report.modelsTouched, frame.locale),
            periods: Self.periods(choices, standard: report.period, frame.locale),
            document: document,
            downloads: downloads(
                report.name, query: Self.query(choices, locale: frame.locale),
                formats: report.formats, tables: document.tables.map(\.name))
                + regularly(report, frame),
            notices: try notices(
                choices, standard: report.period, models: report.modelsTouched,
                path: "/reports/\(report.name)", provenance: document.provenance,
                restated: report.name, locale: frame.locale)
                + Self.paymentNotices(document, frame.locale), knownAt: choices.knownAt,
            now: desk.clock.now(), background: try background(document, choices, frame),
            bands: desk.shelf.current.analytics.bands)
    }

    /// The form that asks for a large report in the background.
    private func background(
        _ document: ReportDocument, _ choices: ViewChoices, _ frame: PageFrame
    ) throws -> BackgroundForm? {
        let rows = document.tables.map(\.rowCount).max() ?? 0
        guard principal.mayExport, let viewer = frame.viewer,
            rows > BackgroundForm.offeredAbove
        else { return nil }
        // Of several tables, a CSV holds the last, as with downloads.
        let request = try ExportRequest(
            report: document.name, format: ReportFormat.csv.rawValue, locale: frame.locale.tag,
            table: document.tables.count > 1 ? document.tables.last?.name : nil, choices: choices)
        return BackgroundForm(
            request: request.formText, rows: rows, formToken: viewer.formToken)
    }

    private func downloads(
        _ name: String, query: String, formats: [ReportFormat], tables: [String] = []
    ) -> [PageLink] {
        guard principal.mayExport else { return [] }
        // JSON is for programs, and the earlier version for banks that ask for it.
        let offered = [ReportFormat.pdf, .xlsx, .csv, .sepa, .auditFile]
        return offered.filter(formats.contains).map { format in
            var parts = query.isEmpty ? [] : [query]
            // Of several tables, a CSV holds the last: the register that the others sum up.
            if format == .csv, let table = tables.last, tables.count > 1 {
                parts.append("table=\(table)")
            }
            let tail = parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
            return PageLink(
                title: format.rawValue.uppercased(),
                path: "/api/v1/reports/\(name).\(format.rawValue)\(tail)", isFile: true)
        }
    }

    /// The way to a schedule of a report, for who may make one.
    private func regularly(_ report: Report, _ frame: PageFrame) -> [PageLink] {
        guard principal.rights.contains(.sending) else { return [] }
        return [
            PageLink(
                title: ScheduleWord.sendRegularly.text(in: frame.locale),
                path: "/new-schedule?report=\(report.name)")
        ]
    }

    /// What whoever releases payments must know: what a bank would refuse, or would read otherwise than
    /// it stands on the page.
    private static func paymentNotices(
        _ document: ReportDocument, _ locale: ReportLocale
    ) -> [PageNotice] {
        guard document.payments != nil, document.tables.contains(where: { $0.rowCount > 0 }) else {
            return []
        }
        do {
            return try ReportOutput(.sepa, locale: .english).notices(of: document).map {
                PageNotice(text: PageRenderer.sentence($0), isEnglish: locale.languageTag != "en")
            }
        } catch let advice as Advice {
            let told = ToldAdvice(advice, in: locale)
            return [PageNotice(told)]
                + advice.details.map {
                    PageNotice(
                        text: PageRenderer.sentence($0), isEnglish: locale.languageTag != "en")
                }
        } catch {
            return []
        }
    }

    /// The choices as they stand in an address.
    private static func query(_ choices: ViewChoices, locale: ReportLocale) -> String {
        var items = choices.companies.map { ("company", $0) }
        items += choices.conditions.map { ("where", $0) }
        for (name, value) in [
            ("group", choices.group), ("period", choices.period), ("from", choices.from),
            ("to", choices.to), ("compare", choices.compare), ("known-at", choices.knownAt),
            ("currency", choices.currency), ("locale", Optional(locale.tag)),
        ] {
            if let value { items.append((name, value)) }
        }
        return items.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }.joined(separator: "&")
    }
}
