public import Store
public import Vocabulary

/// Where a figure comes from: from the definition down to the rows that sum to it.
public struct Explanation: Sendable {
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
        /// The figure of this part.
        public let cells: [MetricAnswer.Cell]
        /// The rows of the asked days, by date.
        ///
        /// For a sum, the total of the metric's column is the figure; for a count, `rowCount`.
        public let rows: ResultTable
    }

    /// The metric that was asked for.
    public let metric: Metric
    /// Its figures over the asked days.
    public let cells: [MetricAnswer.Cell]
    /// The formula with definitions of other metrics put in; nil for a metric computed from rows.
    public let formula: String?
    /// The base metrics that it rests on, each with its rows.
    public let parts: [Part]
    /// Where the figures come from.
    public let provenance: Provenance
}

extension Definitions {
    /// Explains the figure of one metric of a question.
    ///
    /// Grain and dimensions of the question do not matter: to explain one bar or one month, narrow
    /// the question by a filter or a period first.
    ///
    /// - Throws: `Advice` when the question is impossible.
    public func explain(
        _ name: String, of query: MetricQuery, on snapshot: Snapshot, now: Instant
    ) throws -> Explanation {
        let reader = ScanReader(snapshot)
        var whole = query
        whole.metrics = [name]
        whole.by = []
        whole.grain = nil
        whole.order = nil
        whole.limit = nil
        let answer = try answer(whole, with: reader, now: now)
        let metric = try metric(name)
        let today = try Self.zone(of: snapshot.companies).day(of: now)
        let parts = try baseMetrics(of: metric).map { part, base in
            var own = whole
            own.metrics = [part.name]
            let register = try Register(explaining: part, base, definitions: self)
            let period = try base.accumulation.map {
                try PlannedAccumulation(
                    $0, over: answer.period, by: nil,
                    in: try FiscalCalendar(of: snapshot.companies, isNeeded: false)
                ).days
            }
            let filled = try register.table(
                period: period ?? answer.period, today: today, filters: query.filters,
                definitions: self,
                with: reader)
            return Explanation.Part(
                metric: part, statement: base.words,
                conditions: (base.conditions + query.filters).map(\.description), date: base.date,
                cells: try self.answer(own, with: reader, now: now).totals[0], rows: filled.table)
        }
        return Explanation(
            metric: metric, cells: answer.totals[0], formula: try written(metric), parts: parts,
            provenance: answer.provenance)
    }

    private func baseMetrics(of metric: Metric) throws -> [(Metric, BaseMetric)] {
        switch metric.source {
        case .base(let base): return [(metric, base)]
        case .members(let members): return try baseMetrics(of: try self.metric(members.value))
        case .formula(let formula):
            var parts: [(Metric, BaseMetric)] = []
            for name in formula.metrics {
                for part in try baseMetrics(of: try self.metric(name))
                where !parts.contains(where: { $0.0.name == part.0.name }) {
                    parts.append(part)
                }
            }
            return parts
        }
    }

    /// The formula in terms of base metrics.
    private func written(_ metric: Metric) throws -> String? {
        guard case .formula(let formula) = metric.source else { return nil }
        return try expanded(formula).description
    }

    private func expanded(_ formula: Formula) throws -> Formula {
        switch formula {
        case .number, .total: return formula
        case .metric(let name):
            guard case .formula(let inner) = try metric(name).source else { return formula }
            return try expanded(inner)
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

extension Register {
    /// The rows of a base metric: all columns of the model, references by name, in order of date.
    init(explaining metric: Metric, _ base: BaseMetric, definitions: Definitions) throws {
        let schema = definitions.schema
        let model = try schema.model(base.model)
        var columns: [Column] = []
        var models: Set<String> = [model.name]
        for column in model.columns {
            var path = ColumnPath(column.name)
            var type = column.type
            if case .reference(let target) = column.type {
                guard let name = try schema.model(target).column("name") else { continue }
                path = ColumnPath(column.name, name.name)
                type = name.type
                models.insert(target)
            }
            var currency: ColumnPath?
            if case .money(let name) = type { currency = ColumnPath(name) }
            // Amounts of another currency column than the metric's would spoil the totals.
            if let own = base.currencyColumn, let currency, currency.column != own { continue }
            columns.append(
                Column(
                    path: path, type: type,
                    result: ResultColumn(
                        name: column.name, label: column.label, kind: Self.kind(of: type),
                        isTotalled: column.name == base.column && type.isAddable),
                    currency: currency))
        }
        if base.currencyColumn == nil, Set(columns.compactMap(\.currency)).count > 1 {
            columns.removeAll { $0.currency != nil }
        }
        self.init(
            name: metric.name, title: metric.label, model: model.name, date: base.date,
            basis: metric.basis, conditions: base.conditions, columns: columns,
            order: base.date.map { [RowRequest.Order(ColumnPath($0))] } ?? [], models: models)
    }

    private static func kind(of type: ColumnType) -> ResultColumn.Kind {
        switch type {
        case .boolean: .boolean
        case .integer: .integer
        case .decimal(let scale): .decimal(scale: scale)
        case .money: .money
        case .instant: .instant
        case .day: .day
        case .category, .text, .reference: .text
        }
    }
}
