import Store
import Vocabulary

extension Funnel {
    /// The metrics that count its steps, the entry first.
    var metricNames: [String] {
        ([entry] + steps.map(\.name)).map { "\(name)_\($0.name)" }
    }
}

extension Metric {
    /// What it follows, if it is computed from rows that are followed over time.
    var course: Course? {
        guard case .base(let base) = source else { return nil }
        return base.course
    }

    /// Whom it sees come back, if that is what it is about.
    var retention: Retention? {
        guard case .retention(let retention)? = course else { return nil }
        return retention
    }
}

extension Definitions {
    /// The funnels, by name.
    var funnels: [String: Funnel] {
        var found: [String: Funnel] = [:]
        for metric in metrics.values {
            if case .funnel(let funnel, 0, _)? = metric.course { found[funnel.name] = funnel }
        }
        return found
    }

    /// A funnel by name.
    func funnel(_ name: String) -> Funnel? { funnels[name] }

    /// Draws a funnel and fills its table: per step how many reached it, of the first, of the one before,
    /// and the median days it took.
    func funnel(
        _ card: Card, _ query: MetricQuery, with reader: ScanReader, now: Instant,
        into collected: inout CollectedProvenance
    ) throws -> CardAnswer {
        let answer = try answer(query, with: reader, now: now)
        let hasBefore = answer.comparedWith != nil
        var columns = [
            ResultColumn(name: "step", label: "Step", kind: .text),
            ResultColumn(name: "reached", label: "Reached", kind: .integer),
            ResultColumn(name: "of_first", label: "Of first", kind: .ratio),
            ResultColumn(name: "of_previous", label: "Of previous", kind: .ratio),
            ResultColumn(
                name: "days", label: "Median days from previous", kind: .decimal(scale: 1)),
        ]
        if let comparison = query.comparison, hasBefore {
            columns += [
                ResultColumn(
                    name: "reached.previous", label: "Reached, \(comparison.words)", kind: .integer),
                ResultColumn(name: "reached.change", label: "Reached, change", kind: .ratio),
            ]
        }
        let rows = try answer.metrics.enumerated().map { number, metric -> [Value] in
            var details = [Value](repeating: .missing, count: 3)
            if number > 0 {
                var own = query
                own.metrics = ["_of_first", "_of_previous", "_days"].map { metric.name + $0 }
                own.comparison = nil
                details = try self.answer(own, with: reader, now: now).totals.map {
                    $0.first?.value ?? .missing
                }
            }
            let cell = answer.totals[number].first
            let before = hasBefore ? [cell?.previous ?? .missing, cell?.change ?? .missing] : []
            return [.text(metric.label), cell?.value ?? .missing] + details + before
        }
        var series = [
            Chart.Series(label: "Reached", values: answer.totals.map { $0.first?.value.number })
        ]
        if let comparison = query.comparison, hasBefore {
            series.append(
                Chart.Series(
                    label: comparison.words,
                    values: answer.totals.map { $0.first?.previous?.number }, isComparison: true))
        }
        return try finished(
            card, answer,
            ResultTable(
                name: card.name, title: card.title, columns: columns, rows: rows, totals: []),
            drawn: Chart(
                title: card.title, kind: .funnel, unit: .count,
                categories: answer.metrics.map(\.label), series: series),
            with: reader, now: now, into: &collected)
    }

    /// Draws cohorts and fills their table: one line per step in which members first came, and how many of
    /// them, or which share, had activity in each step after.
    ///
    /// Steps that are not over have no figure.
    func cohorts(
        _ card: Card, _ query: MetricQuery, with reader: ScanReader, now: Instant,
        into collected: inout CollectedProvenance
    ) throws -> CardAnswer {
        guard let metric = try query.metrics.first.map(metric),
            case .base(let base) = metric.source,
            let retention = metric.retention, let form = card.cohort
        else { preconditionFailure("a card of cohorts is made for one retention") }
        let answer = try answer(query, with: reader, now: now)
        let schema = reader.snapshot.schema
        let model = try schema.model(base.model)
        let today = try Self.zone(of: reader.snapshot.companies).day(of: now)
        let asked = AskedDays(answer.period, today: today)
        func filters(_ conditions: [Condition]) throws -> [Filter] {
            try conditions.map { try $0.filter(for: model, in: schema, asked: asked) }
        }
        let run = try RetentionRun(
            Entries.Rule(
                model: model.name, date: retention.date, member: retention.member,
                filters: try filters(base.conditions)),
            retention.grain, answer.period, filters: try filters(query.filters), groups: [],
            steps: form.steps, today: today, reader)
        let starts = answer.period.steps(of: retention.grain)
        var members: [LocalDay: [Entry]] = [:]
        for entry in run.entries.all {
            members[retention.grain.start(of: entry.moment.day), default: []].append(entry)
        }
        let word = retention.grain.rawValue
        let columns =
            [
                ResultColumn(
                    name: "cohort", label: word.prefix(1).uppercased() + word.dropFirst(),
                    kind: .text),
                ResultColumn(name: "members", label: "Members", kind: .integer, isTotalled: true),
            ]
            + (1...form.steps).map { step in
                ResultColumn(
                    name: "after_\(step)", label: "\(word) \(step)",
                    kind: form.areCounted ? .integer : .ratio)
            }
        let rows = starts.map { start -> [Value] in
            let own = members[start] ?? []
            let line = (1...form.steps).map { step -> Value in
                let states = own.map { run.wasActive($0, after: step) }
                guard !own.isEmpty, !states.contains(nil) else { return .missing }
                let active = states.count { $0 == true }
                if form.areCounted { return .integer(Int64(active)) }
                let scale = PlanEvaluation.ratioDecimals
                let share = Fraction(Int128(active), over: Int128(own.count))
                return (share?.rounded(toScale: scale)).map {
                    .decimal(ExactDecimal(unscaled: $0, scale: scale))
                } ?? .missing
            }
            return [.text(retention.grain.label(of: start)), .integer(Int64(own.count))] + line
        }
        var footing = ResultFooting(columns: columns)
        for row in rows { footing.add(row) }
        return try finished(
            card, answer,
            ResultTable(
                name: card.name, title: card.title, columns: columns, rows: rows,
                totals: footing.totals),
            drawn: Chart(
                title: card.title, kind: .heatmap, unit: form.areCounted ? .count : .ratio,
                categories: columns.dropFirst(2).map(\.label),
                series: zip(starts, rows).map { start, row in
                    Chart.Series(
                        label: retention.grain.label(of: start),
                        values: row.dropFirst(2).map(\.number))
                }, seriesAreMembers: true),
            with: reader, now: now, into: &collected)
    }

    private func finished(
        _ card: Card, _ answer: MetricAnswer, _ table: ResultTable, drawn picture: Chart,
        with reader: ScanReader, now: Instant, into collected: inout CollectedProvenance
    ) throws -> CardAnswer {
        collected.add(answer, currencies: [])
        let today = try Self.zone(of: reader.snapshot.companies).day(of: now)
        return CardAnswer(
            card: card, query: answer.query, period: answer.period,
            comparedWith: answer.comparedWith, isOpen: answer.period.end > today,
            content: .table(table), picture: picture,
            remarks: answer.provenance.remarks + answer.provenance.notes)
    }
}
