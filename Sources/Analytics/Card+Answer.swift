import Store
public import Vocabulary

extension Definitions {
    /// Answers one card.
    func answer(
        _ card: Card, _ query: MetricQuery, with reader: ScanReader, now: Instant,
        into collected: inout CollectedProvenance
    ) throws -> CardAnswer {
        switch card.form {
        case .reconciliation:
            guard let name = card.reconciliation else {
                preconditionFailure("such a card was read with a name")
            }
            return try answer(card, query, reconciling: name, with: reader, now, &collected)
        case .quarantine: return try quarantine(card, query, with: reader, now: now)
        case .funnel: return try funnel(card, query, with: reader, now: now, into: &collected)
        case .cohort: return try cohorts(card, query, with: reader, now: now, into: &collected)
        case .figures, .line, .column, .bar, .stacked, .heatmap, .table: break
        }
        let answer = try answer(query, with: reader, now: now)
        let codes = answer.currencies
        collected.add(answer, currencies: codes.map(\.code))
        let content: CardAnswer.Content
        switch card.form {
        case .figures: content = .figures(answer.figures)
        case .table, .reconciliation, .funnel, .cohort, .quarantine:
            content = .table(answer.table(name: card.name, title: card.title))
        case .line, .column, .bar, .stacked, .heatmap:
            // Amounts of several currencies share neither an axis nor an order: one chart each.
            content = .charts(
                try codes.isEmpty
                    ? [answer.chart(card, currency: nil, isOnly: true)]
                    : codes.map { currency in
                        let ranked =
                            codes.count == 1
                            ? answer
                            : try self.answer(query, with: reader, now: now, ranking: currency)
                        return ranked.chart(card, currency: currency, isOnly: codes.count == 1)
                    })
        }
        let today = try Self.zone(of: reader.snapshot.companies).day(of: now)
        return CardAnswer(
            card: card, query: query, period: answer.period, comparedWith: answer.comparedWith,
            isOpen: answer.period.end > today, content: content,
            remarks: answer.provenance.remarks + answer.provenance.notes)
    }
}

extension Definitions {
    private func answer(
        _ card: Card, _ query: MetricQuery, reconciling name: String, with reader: ScanReader,
        _ now: Instant, _ collected: inout CollectedProvenance
    ) throws -> CardAnswer {
        let answer = try reconcile(name, query: query, on: reader.snapshot, now: now)
        collected.add(answer)
        let today = try Self.zone(of: reader.snapshot.companies).day(of: now)
        return CardAnswer(
            card: card, query: query, period: answer.period, comparedWith: nil,
            isOpen: answer.period.end > today,
            content: .table(answer.summary(name: card.name, title: card.title)),
            remarks: answer.remarks)
    }

    /// The models whose rows a card could show.
    func modelsTouched(by card: Card, period: PeriodName) throws -> Set<String> {
        if let name = card.reconciliation { return try reconciliation(name).modelsTouched }
        if card.form == .quarantine { return [Snapshot.quarantineName] }
        return try modelsTouched(
            by: card.query(period: period, comparison: nil, filters: [], currency: nil))
    }
}

extension MetricAnswer {
    /// The currencies of its cells, in alphabetical order.
    var currencies: [Currency] {
        let all = Set(totals.joined().compactMap(\.currency))
        return all.sorted { $0.code < $1.code }
    }

    /// The figures over all rows.
    public var figures: [Figure] {
        zip(metrics, totals).flatMap { metric, cells -> [Figure] in
            let figure = Figure(
                name: metric.name, label: metric.label, kind: metric.kind,
                values: cells.map(\.value), previous: cells.compactMap(\.previous),
                change: cells.compactMap(\.change), riseIsGood: metric.riseIsGood)
            let forecasts = cells.compactMap(\.forecast)
            let foreseen =
                forecasts.contains { $0.value != .missing }
                ? ForecastColumn.allCases.map { column in
                    Figure(
                        name: "\(metric.name).\(column.rawValue)",
                        label: "\(metric.label), \(column.label(query.forecast ?? .runRate))",
                        kind: column.kind(metric), values: forecasts.map(column.value),
                        riseIsGood: nil)
                } : []
            let targets = cells.compactMap(\.target)
            guard targets.contains(where: { $0.value != .missing }) else {
                return [figure] + foreseen
            }
            return [figure] + foreseen
                + TargetColumn.allCases.map { column in
                    Figure(
                        name: "\(metric.name).\(column.rawValue)",
                        label: "\(metric.label), \(column.label)", kind: column.kind(metric),
                        values: targets.map(column.value), riseIsGood: nil)
                }
        }
    }

    /// A chart of the rows that have the currency.
    func chart(_ card: Card, currency: Currency?, isOnly: Bool) -> Chart {
        let kind: Chart.Kind =
            switch card.form {
            case .line: .line
            case .column: .column
            case .stacked: .stacked
            case .heatmap: .heatmap
            case .bar, .figures, .table, .reconciliation, .funnel, .cohort, .quarantine: .bar
            }
        let unit: Chart.Unit
        switch metrics.first?.unit {
        case .money?: unit = currency.map { .money($0) } ?? .count
        case .ratio?: unit = .ratio
        default: unit = .count
        }
        let shown = rows.filter { row in
            row.cells.contains { $0.contains { $0.currency == currency || $0.currency == nil } }
        }
        let title = isOnly ? card.title : "\(card.title) (\(currency?.code ?? ""))"
        if kind == .heatmap {
            let field = field(shown, currency)
            return Chart(
                title: title, kind: kind, unit: unit, categories: field.columns,
                series: field.rows, seriesAreMembers: true)
        }
        let areMembers = query.grain != nil && !dimensions.isEmpty
        return Chart(
            title: title, kind: kind, unit: unit,
            categories: query.grain == nil
                ? shown.map { $0.members.map(\.label).joined(separator: ", ") }
                : steps(of: shown),
            series: areMembers
                ? seriesOfMembers(shown, currency) : seriesOfMetrics(shown, currency),
            seriesAreMembers: areMembers)
    }

    /// The cells of a field: a row per member of the first dimension, a column per member of the
    /// second, or per step.
    ///
    /// What has an order of its own, as weekdays have, stands in it.
    private func field(
        _ rows: [Row], _ currency: Currency?
    ) -> (columns: [String], rows: [Chart.Series]) {
        func ordered(_ members: [Member]) -> [Member] {
            var seen: Set<Member> = []
            let found = members.filter { seen.insert($0).inserted }
            let numbers = found.compactMap { member -> Int64? in
                if case .number(let number)? = member.cell { number } else { nil }
            }
            guard numbers.count == found.count else { return found }
            return zip(found, numbers).sorted { $0.1 < $1.1 }.map(\.0)
        }
        func column(_ row: Row) -> String { row.step?.label ?? row.members.last?.label ?? "" }
        let columns =
            query.grain == nil
            ? ordered(rows.compactMap(\.members.last)).map(\.label) : steps(of: rows)
        var values: [Member: [String: ExactDecimal]] = [:]
        for row in rows {
            guard let member = row.members.first else { continue }
            values[member, default: [:]][column(row)] =
                row.cells.first?.cell(of: currency)?.value.number
        }
        return (
            columns,
            ordered(rows.compactMap(\.members.first)).map { member in
                Chart.Series(
                    label: member.label, values: columns.map { values[member]?[$0] })
            }
        )
    }

    private func steps(of rows: [Row]) -> [String] {
        var labels: [String] = []
        for case let step? in rows.map(\.step) where labels.last != step.label {
            labels.append(step.label)
        }
        return labels
    }

    private func seriesOfMetrics(_ rows: [Row], _ currency: Currency?) -> [Chart.Series] {
        metrics.indices.flatMap { index in
            let cells = rows.map { $0.cells[index].cell(of: currency) }
            var series = [
                Chart.Series(label: metrics[index].label, values: cells.map { $0?.value.number })
            ]
            if let comparison = query.comparison {
                let label =
                    metrics.count == 1
                    ? comparison.words : "\(metrics[index].label), \(comparison.words)"
                series.append(
                    Chart.Series(
                        label: label, values: cells.map { $0?.previous?.number }, isComparison: true
                    ))
            }
            if cells.contains(where: { $0?.target.map { $0.value != .missing } ?? false }) {
                series.append(
                    Chart.Series(
                        label: metrics.count == 1 ? "target" : "\(metrics[index].label), target",
                        values: cells.map { $0?.target?.value.number }, isComparison: true))
            }
            return series
        }
    }

    /// One series per member; what is compared with is left out, for lines would cover each other.
    private func seriesOfMembers(_ rows: [Row], _ currency: Currency?) -> [Chart.Series] {
        var order: [[Member]] = []
        var values: [[Member]: [ExactDecimal?]] = [:]
        for row in rows {
            if values[row.members] == nil { order.append(row.members) }
            values[row.members, default: []].append(
                row.cells.first?.cell(of: currency)?.value.number)
        }
        return order.map { members in
            Chart.Series(
                label: members.map(\.label).joined(separator: ", "), values: values[members] ?? [])
        }
    }
}

extension [MetricAnswer.Cell] {
    /// The cell of a currency, or the one that has none.
    func cell(of currency: Currency?) -> MetricAnswer.Cell? {
        first { $0.currency == currency } ?? first { $0.currency == nil }
    }
}

extension Value {
    /// The number drawn for it.
    var number: ExactDecimal? {
        switch self {
        case .integer(let number): ExactDecimal(Int(number))
        case .decimal(let number): number
        case .money(let money): money.amount
        case .missing, .text, .boolean, .day, .instant: nil
        }
    }
}

extension Comparison {
    /// What the compared days are called in legends and headings.
    var words: String {
        switch self {
        case .previous: "previous period"
        case .lastYear: "a year before"
        case .sameWeekday: "same weekdays a year before"
        }
    }
}
