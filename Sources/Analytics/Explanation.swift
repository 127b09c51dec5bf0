public import Store
public import Vocabulary

/// Where a figure comes from: from the definition down to the rows that make it.
public struct Explanation: Sendable {
    /// A reason for which rows do not count, and how many there are.
    public struct Exclusion: Sendable, Hashable {
        /// The reason, in words.
        public let reason: String
        /// How many rows it keeps out.
        public let rows: Int

        /// States a reason.
        public init(reason: String, rows: Int) {
            self.reason = reason
            self.rows = rows
        }
    }

    /// One value of a base metric, and how it follows from its rows.
    public struct Working: Sendable, Hashable {
        /// The value, as it enters the figure.
        public let value: Value
        /// How it follows from the rows: `1,234.50 DKK, the sum of 12 rows, ÷ 12`.
        public let words: String
    }

    /// What tables do to the numbers of rows before a figure is made of them.
    public struct Valuation: Sendable {
        /// What is done, step by step, and where it is rounded, in words.
        public let words: [String]
        /// The entries of tables that rows took, and how many rows took each.
        public let used: ResultTable
        /// The first of the rows that do not count because a table has no value for them, each with
        /// the reason; their number is told among the rows that do not count.
        public let leftOut: ResultTable
    }

    /// One base metric and the rows it was computed from.
    public struct Part: Sendable {
        /// The definition.
        public let metric: Metric
        /// What is done with the rows, in words: `sum of sale.net`.
        public let statement: String
        /// All conditions that the rows meet, in words; company and period are not among them.
        public let conditions: [String]
        /// The column that places a row in the period; nil for all rows.
        public let date: String?
        /// The days whose rows count; nil for all.
        public let days: Period?
        /// The figure of this part, per currency where it is told apart by one, and how it follows
        /// from the rows; empty when nothing is known of the days asked for.
        public let workings: [Working]
        /// The rows that count, by date.
        public let rows: ResultTable
        /// The rows of the model that do not count, each by the first reason that applies.
        public let excluded: [Exclusion]
        /// How many rows of the model the reader may see: those that count and those that do not.
        public let rowsInAll: Int
        /// What tables do to the numbers of rows; nil where these are taken as they are.
        public internal(set) var valuation: Valuation?
        /// The lines of some of the rows, by their places.
        let lines: @Sendable (Range<Int>) throws -> [[Value]]
    }

    /// The metric that was asked for.
    public let metric: Metric
    /// The days that the figure covers.
    public let period: Period
    /// Its figures over the asked days.
    public let cells: [MetricAnswer.Cell]
    /// The formula with definitions of other metrics put in; nil for a metric computed from rows.
    public let formula: String?
    /// The base metrics that it rests on, each with its rows.
    public let parts: [Part]
    /// Where the figures come from.
    public let provenance: Provenance

    /// How many rows are listed that a table has no value for.
    static let rowsLeftOut = 100
}

extension Explanation.Part {
    /// Some of the rows, without totals: those of a page that begins after `offset` rows.
    ///
    /// - Throws: What the store throws.
    public func page(offset: Int, limit: Int) throws -> ResultTable {
        let start = min(max(offset, 0), rows.rowCount)
        let end = min(start + max(limit, 0), rows.rowCount)
        let columns = rows.columns.map {
            ResultColumn(name: $0.name, label: $0.label, kind: $0.kind)
        }
        var page = ResultTable(
            name: rows.name, title: rows.title, columns: columns, rows: try lines(start..<end))
        page.listsRows = true
        return page
    }
}

extension Definitions {
    /// Explains the figure of one metric of a question.
    ///
    /// Grain and dimensions of the question do not matter: to explain one bar or one month, narrow
    /// the question by a filter or a period first. The rows are added up again, one by one, and have
    /// to give the figure that scans gave.
    ///
    /// - Throws: `Advice` when the question is impossible; of kind `damaged` when the rows do not give
    ///   the figure.
    public func explain(
        _ name: String, of query: MetricQuery, on snapshot: Snapshot, now: Instant
    ) throws -> Explanation {
        let reader = ScanReader(snapshot)
        let whole = query.whole(of: name)
        let companies = snapshot.companies
        let today = try Self.zone(of: companies).day(of: now)
        let answer = try answer(whole, with: reader, now: now)
        let plan = try MetricPlan(whole, definitions: self, today: today, companies: companies)
        let (result, evaluation) = try evaluated(plan, whole, with: reader, now)
        let planned = plan.metrics[0]
        var parts = try plan.bases.indices.map { index in
            try plan.bases[index].base.course == nil
                ? part(plan, index, planned, result, evaluation, reader)
                : coursePart(plan, index, result, evaluation, reader)
        }
        var provenance = answer.provenance
        var remarks: [String] = []
        for own in plan.ofMembers {
            let more = try explain(own.metric.value, of: query, on: snapshot, now: now)
            parts += more.parts.filter { part in
                !parts.contains { $0.metric.name == part.metric.name }
            }
            remarks += more.provenance.remarks
        }
        for remark in remarks where !provenance.remarks.contains(remark) {
            provenance.remarks.append(remark)
        }
        return Explanation(
            metric: planned.metric, period: answer.period, cells: answer.totals[0],
            formula: try written(planned.metric), parts: parts, provenance: provenance)
    }

    private func part(
        _ plan: MetricPlan, _ index: Int, _ whole: PlannedMetric, _ result: PlanResult,
        _ evaluation: PlanEvaluation, _ reader: ScanReader
    ) throws -> Explanation.Part {
        let base = plan.bases[index]
        let metric = try metric(base.name)
        let valuer = try RowValuer(
            base, over: plan.spans.valueDays, schema, companies: reader.snapshot.companies)
        let (columns, reading) = try RegisterReading.explaining(
            base, metric, valuer: valuer, definitions: self, companies: reader.snapshot.companies)
        let counted = try CountedRows(
            base, period: plan.spans.now, today: plan.spans.today, calendar: plan.spans.calendar,
            filters: plan.filters, columns: reading.paths, definitions: self, reader: reader)
        var running = RunningFigure(base.base)
        var footing: [Currency?: Int128] = [:]
        var used = UsedEntries()
        try counted.forEach { row in
            running.add(row.share)
            used.note(row.steps)
            if case .number(let number) = row.share.value {
                footing[row.share.currency, default: 0] += Int128(number)
            }
        }
        let workings = try workings(plan, index, &running, result, evaluation)
        let excluded = try counted.exclusions(with: reader)
        var table = ResultTable(
            name: metric.name, title: metric.label, columns: columns, rowCount: counted.count,
            totals: reading.totals(footing)
        ) { body in
            var batch: [[Value]] = []
            try counted.forEach { row in
                batch.append(reading.line(row))
                if batch.count == 1000 {
                    try body(batch)
                    batch.removeAll(keepingCapacity: true)
                }
            }
            if !batch.isEmpty { try body(batch) }
        }
        table.listsRows = true
        return Explanation.Part(
            metric: metric, statement: base.base.words,
            conditions: (base.base.conditions + plan.filters).map(\.description),
            date: base.base.date, days: counted.days, workings: workings, rows: table,
            excluded: excluded.map { Explanation.Exclusion(reason: $0.reason, rows: $0.rows) },
            rowsInAll: counted.count + excluded.reduce(0) { $0 + $1.rows },
            valuation: try valuer.map {
                Explanation.Valuation(
                    words: base.valuationWords, used: used.table(of: metric, $0),
                    leftOut: try leftOut(counted, metric, columns, reading))
            },
            lines: { range in
                var lines: [[Value]] = []
                try counted.forEach(in: range) { lines.append(reading.line($0)) }
                return lines
            })
    }

    /// The figure of a base metric in each of its currencies, as its rows give it.
    ///
    /// - Throws: `Advice` of kind `damaged` when they do not.
    func workings(
        _ plan: MetricPlan, _ index: Int, _ running: inout RunningFigure, _ result: PlanResult,
        _ evaluation: PlanEvaluation
    ) throws -> [Explanation.Working] {
        let base = plan.bases[index]
        let metric = try metric(base.name)
        let own = PlannedMetric(metric, alone: base, at: index)
        guard !result.isUnknown(own, 0, isBefore: false) else { return [] }
        let currencies = base.currencies(evaluation.currencies[0])
        // A count that a formula splits by currency may have rows where no amount is asked about.
        guard
            base.base.currencyColumn == nil
                || running.currencies.allSatisfy({ currencies.contains($0) })
        else {
            throw Advice(
                .damaged, "rows of ‘\(metric.name)’ have currencies that its figure lacks",
                remedy: "run ‘reportd verify’; the figure should not be used until it is settled")
        }
        return try currencies.map { currency in
            let value = try evaluation.value(
                of: metric, in: own, result.now(0, 0), currency,
                PlanEvaluation.Place(step: 0, isBefore: false))
            let found = running.value(in: currency)
            guard value == found else {
                throw Advice(
                    .damaged,
                    "the rows of ‘\(metric.name)’ do not give its figure"
                        + (currency.map { " in \($0.code)" } ?? ""),
                    remedy:
                        "run ‘reportd verify’; the figure should not be used until it is settled",
                    cause: "by scan \(String(describing: value)), by rows "
                        + String(describing: found))
            }
            return Explanation.Working(
                value: try evaluation.rounded(value, metric, currency),
                words: running.words(in: currency))
        }
    }

    /// The first rows that a table has no value for.
    private func leftOut(
        _ counted: CountedRows, _ metric: Metric, _ columns: [ResultColumn],
        _ reading: RegisterReading
    ) throws -> ResultTable {
        let shown = min(counted.lostCount, Explanation.rowsLeftOut)
        var lines: [[Value]] = []
        try counted.forEachLost(upTo: shown) { row, reason in
            lines.append([.text(reason)] + reading.line(row))
        }
        return ResultTable(
            name: "left-out-\(metric.name)",
            title: "\(metric.label): \(shown) of \(counted.lostCount) rows left out",
            columns: [ResultColumn(name: "row_reason", label: "Reason", kind: .text)]
                + columns.map { ResultColumn(name: $0.name, label: $0.label, kind: $0.kind) },
            rows: lines)
    }

    /// The formula in terms of base metrics.
    private func written(_ metric: Metric) throws -> String? {
        guard case .formula(let formula) = metric.source else { return nil }
        return try expanded(formula).description
    }

    private func expanded(_ formula: Formula) throws -> Formula {
        switch formula {
        case .number, .total, .days: return formula
        case .metric(let name):
            guard case .formula(let inner) = try metric(name).source else { return formula }
            return try expanded(inner)
        case .whole(let kind, let inner): return .whole(kind, try expanded(inner))
        case .negated(let inner): return .negated(try expanded(inner))
        case .added(let left, let right): return .added(try expanded(left), try expanded(right))
        case .subtracted(let left, let right):
            return .subtracted(try expanded(left), try expanded(right))
        case .multiplied(let left, let right):
            return .multiplied(try expanded(left), try expanded(right))
        case .divided(let left, let right):
            return .divided(try expanded(left), try expanded(right))
        }
    }
}

extension MetricQuery {
    /// The question for one figure of a metric, over all members and days.
    func whole(of name: String) -> MetricQuery {
        var whole = self
        whole.metrics = [name]
        whole.by = []
        whole.grain = nil
        whole.order = nil
        whole.limit = nil
        whole.hasTargets = false
        whole.forecast = nil
        return whole
    }
}
