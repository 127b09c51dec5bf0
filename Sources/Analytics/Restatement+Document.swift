public import Store
public import Vocabulary

extension Definitions {
    /// What changed of a metric or a report between two states, as a document: what every format of it
    /// is made from.
    ///
    /// Its first tables hold each figure before and after; then there is one table for each base metric
    /// whose rows have changed, with a line per row, and the lines add up to the difference. Of a report
    /// it speaks of all metrics of its cards, and of the totals of its lists of rows.
    ///
    /// - Throws: `Advice` when there is neither a metric nor a report of that name, or a choice does not
    ///   fit it.
    public func restatementDocument(
        of name: String, _ request: ViewRequest, from earlier: Snapshot, to later: Snapshot,
        now: Instant
    ) throws -> ReportDocument {
        let subject = try RestatementSubject(name, request, self)
        let restatements = try subject.restatements(from: earlier, to: later, now: now)
        let companies = later.companies
        let today = try Self.zone(of: companies).day(of: now)
        var remarks: [String] = []
        for remark in restatements.flatMap(\.remarks) where !remarks.contains(remark) {
            remarks.append(remark)
        }
        var notes = Self.zoneNotes(companies)
        for note in restatements.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
        let codes = Set(restatements.flatMap { $0.changes.compactMap(\.currency?.code) })
        return ReportDocument(
            name: "restatement-\(name)", title: "\(subject.title): what changed",
            provenance: Provenance(
                companies: companies.map(\.name),
                period: try FiscalCalendar.days(of: subject.period, today: today, companies),
                zone: try Self.zone(of: companies),
                basis: "commit \(earlier.commit.number) of \(earlier.commit.time) against commit "
                    + "\(later.commit.number) of \(later.commit.time)",
                currency: Self.words(forCurrencies: codes.sorted()),
                filters: request.filters.map(\.description), commit: later.commit.number,
                committedAt: later.commit.time, generatedAt: now, definition: subject.hash,
                remarks: remarks, notes: notes),
            blocks: RestatementTables(restatements, companies).all.map { .table($0) })
    }

    /// What changed of each metric of a report, or of one metric, between two states.
    ///
    /// - Throws: `Advice` as `restatementDocument(of:_:from:to:now:)`.
    public func restatements(
        of name: String, _ request: ViewRequest, from earlier: Snapshot, to later: Snapshot,
        now: Instant, withRows: Bool = true
    ) throws -> [Restatement] {
        try RestatementSubject(name, request, self).restatements(
            from: earlier, to: later, now: now, withRows: withRows)
    }
}

/// What is restated: a metric, or all metrics of a report.
private struct RestatementSubject {
    let title: String
    let hash: String
    let period: PeriodName
    private let definitions: Definitions
    private let queries: [MetricQuery]

    init(_ name: String, _ request: ViewRequest, _ definitions: Definitions) throws {
        if let metric = definitions.metrics[name] {
            title = metric.label
            hash = metric.hash
            period = try request.period ?? PeriodName("this-month")
            self.definitions = definitions
            queries = [
                MetricQuery(
                    metrics: [name], period: period, filters: request.filters,
                    currency: request.currency)
            ]
            return
        }
        guard let report = definitions.reports[name] else {
            throw Advice(
                .unknown, "there is neither a report nor a metric ‘\(name)’",
                remedy: Spelling.remedy(
                    for: name,
                    legal: Array(definitions.reports.keys) + Array(definitions.metrics.keys)))
        }
        title = report.title
        hash = report.hash
        let period = request.period ?? report.period
        self.period = period
        var queries: [MetricQuery] = []
        var lists: [Metric] = []
        for case .card(let card) in report.blocks {
            let query = card.query(
                period: period, comparison: nil, filters: request.filters,
                currency: request.currency ?? report.currency)
            queries += query.metrics.map { query.whole(of: $0) }
        }
        for case .register(let register) in report.blocks {
            // A total that a metric of the report has as well is told once.
            let own = register.totalsAsMetrics(of: report).filter { total in
                !queries.contains { query in
                    query.period == period && query.filters == request.filters
                        && definitions.metrics[query.metrics[0]]?.source == total.source
                }
            }
            lists += own
            queries += own.map {
                MetricQuery(metrics: [$0.name], period: period, filters: request.filters)
            }
        }
        var seen: Set<MetricQuery> = []
        self.queries = queries.filter { seen.insert($0).inserted }
        self.definitions = definitions.adding(lists)
    }

    func restatements(
        from earlier: Snapshot, to later: Snapshot, now: Instant, withRows: Bool = true
    ) throws -> [Restatement] {
        try queries.map { query in
            try definitions.restatement(
                query.metrics[0], of: query, from: earlier, to: later, now: now,
                withRows: withRows)
        }
    }
}

extension Register {
    /// The totals of the list as metrics of their own; of a list without totals, the number of rows.
    fileprivate func totalsAsMetrics(of report: Report) -> [Metric] {
        func metric(
            _ part: String, _ label: String, _ unit: Metric.Unit, _ aggregate: BaseMetric.Aggregate,
            _ subject: BaseMetric.Subject, _ content: BaseMetric.Content
        ) -> Metric {
            Metric(
                name: "\(report.name).\(name).\(part)", label: "\(title): \(label)",
                description: "", basis: basis, unit: unit, riseIsGood: nil, isAdditive: true,
                isDated: date != nil, followsPeriod: date != nil, definition: "",
                hash: report.hash, place: report.place, models: models,
                source: .base(
                    BaseMetric(
                        model: model, aggregate: aggregate, subject: subject, content: content,
                        conditions: conditions, date: date, accumulation: nil,
                        followsPeriod: date != nil)))
        }
        let totals = columns.compactMap { column -> Metric? in
            guard column.result.isTotalled, column.path.attribute == nil else { return nil }
            let label = column.result.label
            let subject = BaseMetric.Subject.column(column.path.column)
            switch column.type {
            case .money(let currency):
                return metric(
                    column.result.name, label, .money, .sum, subject, .money(currency: currency))
            case .decimal(let scale):
                return metric(
                    column.result.name, label, .number(decimals: scale), .sum, subject,
                    .number(scale: scale))
            case .integer:
                return metric(
                    column.result.name, label, .count, .sum, subject, .number(scale: 0))
            default: return nil
            }
        }
        return totals.isEmpty ? [metric("rows", "rows", .count, .count, .row, .other)] : totals
    }
}

/// Restatements as tables.
struct RestatementTables {
    private let restatements: [Restatement]
    private let names: [String: String]
    /// The base metrics, each once for the same days and conditions.
    private let parts: [(restatement: Restatement, part: Restatement.Part)]

    /// What tells questions about one metric apart.
    private struct Question: Hashable {
        let metric: String
        let period: Period
        let conditions: [String]
        let currency: ReportingCurrency?
    }

    init(_ restatements: [Restatement], _ companies: [Company]) {
        self.restatements = restatements
        var seen: Set<Question> = []
        parts = restatements.flatMap { restatement in
            restatement.parts.filter { part in
                seen.insert(
                    Question(
                        metric: part.metric.name, period: restatement.period,
                        conditions: restatement.conditions, currency: restatement.currency)
                ).inserted
            }.map { (restatement, $0) }
        }
        names = Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0.name) })
    }

    /// The figures before and after, then the lines of each base metric.
    var all: [ResultTable] { figures + lines }

    private var figures: [ResultTable] {
        var entries: [(label: String, kind: ResultColumn.Kind, change: Restatement.Change)] = []
        var seen: Set<Question> = []
        func add(
            _ metric: Metric, _ changes: [Restatement.Change], of restatement: Restatement
        ) {
            let question = Question(
                metric: metric.name, period: restatement.period,
                conditions: restatement.conditions, currency: restatement.currency)
            guard seen.insert(question).inserted else { return }
            entries += changes.map { (label(metric, restatement), metric.kind, $0) }
        }
        for restatement in restatements {
            add(restatement.metric, restatement.changes, of: restatement)
        }
        for (restatement, part) in parts { add(part.metric, part.changes, of: restatement) }
        var kinds: [ResultColumn.Kind] = []
        for entry in entries where !kinds.contains(entry.kind) { kinds.append(entry.kind) }
        return kinds.enumerated().map { number, kind in
            let own = entries.filter { $0.kind == kind }
            var columns = [ResultColumn(name: "figure", label: "Figure", kind: .text)]
            for (name, label) in [
                ("before", "Before"), ("after", "After"), ("difference", "Difference"),
                ("late", "of it late rows"), ("correction", "corrections"),
                ("deletion", "deletions"),
            ] {
                columns.append(ResultColumn(name: name, label: label, kind: kind))
            }
            return ResultTable(
                name: number == 0 ? "figures" : "figures-\(number + 1)",
                title: "Before and after", columns: columns,
                rows: own.map { label, _, change in
                    [.text(label), change.before, change.after, change.difference]
                        + Restatement.Cause.allCases.map { change.shares[$0] ?? .missing }
                })
        }
    }

    private var lines: [ResultTable] {
        let changed = parts.filter { !$0.part.lines.isEmpty }
        return changed.enumerated().map { number, entry in
            let part = entry.part
            let twin = changed[..<number].count { $0.part.metric.name == part.metric.name }
            let columns =
                [
                    ResultColumn(name: "cause", label: "Cause", kind: .text),
                    ResultColumn(name: "row", label: "Row", kind: .identifier),
                ]
                + (names.count > 1
                    ? [ResultColumn(name: "company", label: "Company", kind: .text)] : [])
                + [
                    ResultColumn(name: "column", label: "Column", kind: .text),
                    ResultColumn(name: "before", label: "Before", kind: .text),
                    ResultColumn(name: "after", label: "After", kind: .text),
                    ResultColumn(
                        name: "share", label: part.metric.label, kind: part.metric.kind,
                        isTotalled: true),
                ]
            var footing = ResultFooting(columns: columns)
            var rows: [[Value]] = []
            for line in part.lines {
                for share in line.shares {
                    let row = values(line, share)
                    footing.add(row)
                    rows.append(row)
                }
            }
            return ResultTable(
                name: "lines-\(part.metric.name)" + (twin > 0 ? "-\(twin + 1)" : ""),
                title: "\(label(part.metric, entry.restatement)), row by row",
                columns: columns, rows: rows, totals: footing.totals)
        }
    }

    /// The metric's label, with what is asked beyond the others' question.
    private func label(_ metric: Metric, _ restatement: Restatement) -> String {
        var more = restatement.conditions
        if restatement.period != restatements.first?.period { more.append("\(restatement.period)") }
        if let currency = restatement.currency, currency != restatements.first?.currency {
            more.append("\(currency)")
        }
        return metric.label + (more.isEmpty ? "" : " (\(more.joined(separator: ", ")))")
    }

    private func values(_ line: Restatement.Line, _ share: Value) -> [Value] {
        func joined(_ text: (Restatement.Line.Difference) -> String) -> Value {
            .text(line.differences.map(text).joined(separator: "; "))
        }
        return [.text(line.cause.rawValue), .text(line.row)]
            + (names.count > 1 ? [.text(names[line.company] ?? line.company)] : [])
            + [
                joined(\.column), joined { Self.words($0.before) }, joined { Self.words($0.after) },
                share,
            ]
    }

    /// A value in the form that is the same in every language.
    private static func words(_ value: Value) -> String {
        switch value {
        case .missing: "–"
        case .integer(let number): "\(number)"
        case .decimal(let number): "\(number)"
        case .money(let money): "\(money)"
        case .text(let text): text
        case .boolean(let truth): truth ? "yes" : "no"
        case .day(let day): "\(day)"
        case .instant(let instant): "\(instant)"
        }
    }
}
