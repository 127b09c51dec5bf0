import Analytics
import Reports
import Store
import Vocabulary

/// The page on which a question is put together.
extension PageAssembly {
    /// Pickers, the answer, files of it, and the card that it would be.
    func exploration(
        _ given: Exploration, _ choices: ViewChoices, frame: PageFrame
    ) throws -> ExplorePage {
        let definitions = desk.shelf.current.analytics
        let scope = principal.scope(in: desk.store.schema)
        let metrics = definitions.metrics(withDataIn: try desk.store.snapshot(scope))
        var asked = given
        if asked.metrics.isEmpty, let first = try beginning(metrics) {
            asked.metrics = [first.name]
            if first.isDated { asked.grain = .month }
        }
        guard !asked.metrics.isEmpty else {
            throw Advice(
                .unknown, "there are no figures to explore yet",
                remedy: "wait until a source has been read; /health tells of each")
        }
        let (answer, refusal) = try answer(asked, choices)
        var provenance = answer.provenance
        provenance.generatedAt = provenance.committedAt
        let period = try choices.periodName() ?? AnswerDesk.explored
        // What is kept is what is seen: a table where the form did not suit.
        var kept = try definitions.settled(asked)
        if refusal != nil { kept.form = .table }
        return ExplorePage(
            frame: frame, pickers: try pickers(asked, choices, metrics, period, frame.locale),
            conditions: choices.conditions,
            cards: answer.cards.flatMap { card in
                cards(card, provenance).map { shown in
                    var shown = shown
                    shown.width = .full
                    return shown
                }
            }, title: PhraseBook.titles.said(answer.dashboard.title, in: frame.locale),
            provenance: provenance,
            downloads: principal.mayExport ? files(asked, choices, frame.locale) : [],
            notices: refusal.map { [PageNotice(ToldAdvice($0, in: frame.locale))] } ?? [],
            definition: kept.card(
                titled: answer.dashboard.title, period: period,
                conditions: try choices.filters(),
                comparison: choices.compare == nil ? .asDefined : try choices.comparison(),
                currency: try choices.reportingCurrency()),
            address: Self.address("/explore", choices, more: Self.words(kept)))
    }

    /// What is shown before anything is chosen: the first figure of the first dashboard.
    private func beginning(_ metrics: [Metric]) throws -> Metric? {
        let definitions = desk.shelf.current.analytics
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        let names = definitions.dashboards(withDataIn: snapshot).first?.cards.flatMap(\.metrics)
        return try names?.first.map(definitions.metric) ?? metrics.first
    }

    /// The answer; in a form that does not suit the question, as a table, and why.
    private func answer(
        _ asked: Exploration, _ choices: ViewChoices
    ) throws -> (DashboardAnswer, Advice?) {
        do {
            return (try desk.explore(asked, choices, for: principal), nil)
        } catch let advice as Advice where advice.kind == .request && asked.form != nil {
            var plain = asked
            plain.form = .table
            return (try desk.explore(plain, choices, for: principal), advice)
        }
    }

    private func pickers(
        _ asked: Exploration, _ choices: ViewChoices, _ metrics: [Metric], _ period: PeriodName,
        _ locale: ReportLocale
    ) throws -> [ExplorePage.Picker] {
        let definitions = desk.shelf.current.analytics
        let nothing = ("", "–")
        func picker(
            _ name: String, _ word: PageWord, _ all: [(String, String)], _ chosen: String,
            number: Int = 1
        ) -> ExplorePage.Picker {
            ExplorePage.Picker(
                id: "\(name)-\(number)", name: name,
                label: word.text(in: locale) + (number > 1 ? " \(number)" : ""),
                choices: all.map { PageChoice(code: $0.0, name: $0.1, isChosen: $0.0 == chosen) })
        }
        func label(_ metric: Metric) -> String {
            PhraseBook.labels.said(metric.label, in: locale)
        }
        var listed = metrics.map { ($0.name, label($0)) }
        for name in asked.metrics where !listed.contains(where: { $0.0 == name }) {
            listed.append((name, label(try definitions.metric(name))))
        }
        var pickers = [picker("metric", .figurePicker, listed, asked.metrics[0])]
        // One more is offered than there are.
        for number in 1...asked.metrics.count where number < 4 {
            pickers.append(
                picker(
                    "metric", .figurePicker, [nothing] + listed,
                    asked.metrics.dropFirst(number).first ?? "", number: number + 1))
        }
        let splits =
            [nothing]
            + (try definitions.splits(of: asked.metrics)).map { name, label in
                (name, Retelling.heading(name, label, locale))
            }
        for number in 0...min(asked.by.count, 1) {
            var own = splits
            if let name = asked.by.dropFirst(number).first, !own.contains(where: { $0.0 == name }) {
                own.append((name, name))
            }
            pickers.append(
                picker(
                    "by", .splitBy, own, asked.by.dropFirst(number).first ?? "", number: number + 1)
            )
        }
        pickers.append(
            picker(
                "grain", .stepOfTime,
                [nothing]
                    + ChoiceWord.steps.map { ($0.grain.rawValue, $0.word.text(in: locale)) },
                asked.grain?.rawValue ?? ""))
        pickers.append(
            picker(
                "top", .mostMembers,
                [nothing]
                    + Set([5, 10, 20, 50] + [asked.top].compactMap(\.self)).sorted().map {
                        ("\($0)", "\($0)")
                    },
                asked.top.map(String.init) ?? ""))
        pickers.append(
            picker(
                "as", .shownAs,
                [nothing] + Exploration.forms.map { ($0.rawValue, Self.name(of: $0, locale)) },
                asked.form?.rawValue ?? ""))
        let models = try asked.metrics.reduce(into: Set<String>()) {
            $0.formUnion(try definitions.metric($1).models)
        }
        let companies = companies(choices, models: models, locale)
        if companies.count > 1 {
            pickers.append(
                ExplorePage.Picker(
                    id: "company", name: "company", label: locale.word(.company),
                    choices: companies))
        }
        pickers.append(
            ExplorePage.Picker(
                id: "period", name: "period", label: locale.word(.period),
                choices: Self.periods(choices, standard: period, locale)))
        return pickers
    }

    private static func name(of form: Card.Form, _ locale: ReportLocale) -> String {
        switch form {
        case .line: locale.word(.lineChart)
        case .column: locale.word(.columnChart)
        case .bar: locale.word(.barChart)
        case .stacked: locale.word(.stackedChart)
        case .heatmap: locale.word(.heatChart)
        case .funnel: locale.word(.funnelChart)
        case .figures: PageWord.headlines.text(in: locale)
        case .table, .reconciliation, .cohort, .quarantine: ChoiceWord.table.text(in: locale)
        }
    }

    /// A question as it stands in an address.
    private static func words(_ asked: Exploration) -> [(String, String)] {
        var words = asked.metrics.map { ("metric", $0) } + asked.by.map { ("by", $0) }
        if let grain = asked.grain { words.append(("grain", grain.rawValue)) }
        if let top = asked.top { words.append(("top", "\(top)")) }
        if let form = asked.form { words.append(("as", form.rawValue)) }
        return words
    }

    /// The answer as files, of the same question.
    private func files(
        _ asked: Exploration, _ choices: ViewChoices, _ locale: ReportLocale
    ) -> [PageLink] {
        let more = Self.words(asked)
        return [ReportFormat.csv, .xlsx, .pdf].map { format in
            let own =
                format == .csv
                ? [("profile", CSVProfile.excel(for: locale).rawValue)]
                : [("locale", locale.tag)]
            return PageLink(
                title: format.rawValue.uppercased(),
                path: Self.address(
                    "/api/v1/explore.\(format.rawValue)", choices, more: more + own),
                isFile: true)
        }
    }
}
