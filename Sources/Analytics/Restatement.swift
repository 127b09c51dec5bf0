public import Store
public import Vocabulary

/// What changed of a figure between two states of the store, down to the rows.
///
/// Lines are taken in one after another, by name of row: the share of a line is how far it moves the
/// figure. So shares add up to the difference for every kind of figure; for sums and counts a share is
/// what the row itself gave before and gives after.
public struct Restatement: Sendable {
    /// Why a line is there.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// The row was not known in the earlier state.
        case late
        /// The row was known, and says something else now.
        case correction
        /// The row is no longer there.
        case deletion
    }

    /// One value of a figure in both states.
    public struct Change: Sendable, Hashable {
        /// The currency that it is told apart by.
        public let currency: Currency?
        /// The value in the earlier state; `missing` where it was undefined or unknown.
        public let before: Value
        /// The value in the later state.
        public let after: Value
        /// `after − before`; `missing` when either is.
        public let difference: Value
        /// The shares of lines by cause; for a formula none.
        public let shares: [Cause: Value]
    }

    /// A row that gives something else to the figure than before.
    public struct Line: Sendable, Hashable {
        /// A column that says something else than before.
        public struct Difference: Sendable, Hashable {
            /// The column's label.
            public let column: String
            /// What it said; `missing` for a row that was not known.
            public let before: Value
            /// What it says; `missing` for a row that is gone.
            public let after: Value
        }

        /// Why it is there.
        public let cause: Cause
        /// The row's key at its source.
        public let row: String
        /// The code of its company.
        public let company: String
        /// The columns that decide about the figure and have changed.
        public let differences: [Difference]
        /// How far the row moves the figure, in each currency that it moves.
        public let shares: [Value]
    }

    /// A base metric with its rows.
    public struct Part: Sendable {
        /// The metric.
        public let metric: Metric
        /// Its values, one per currency.
        public let changes: [Change]
        /// The rows, by name; their shares add up to the differences.
        public let lines: [Line]
    }

    /// The metric that was asked for.
    public let metric: Metric
    /// The days that the figure covers.
    public let period: Period
    /// The conditions of the question beyond those of the metric, in words.
    public let conditions: [String]
    /// Its values, one per currency.
    public let changes: [Change]
    /// The base metrics that it rests on, each with its lines.
    public let parts: [Part]
    /// What its reader must know, as of which base metrics no lines are given.
    public let remarks: [String]

    /// Whether nothing about the figure has changed.
    public var isEmpty: Bool {
        changes.allSatisfy { $0.before == $0.after } && parts.allSatisfy { $0.lines.isEmpty }
    }
}

/// The difference of two values, as restatements and their checks have it.
enum ValueDifference {
    /// `after − before`; `missing` when either is, or they are not of one sort.
    static func of(_ before: Value, _ after: Value) -> Value {
        sum(after, negated(before))
    }

    /// The sum of two values of one sort.
    static func sum(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): .integer(first + second)
        case (.money(let first), .money(let second)):
            first.adding(second).map(Value.money) ?? .missing
        case (.missing, _), (_, .missing): .missing
        default:
            if let first = left.number, let second = right.number {
                .decimal(first + second)
            } else {
                .missing
            }
        }
    }

    /// Zero of the sort that a value is.
    static func zero(like value: Value) -> Value { of(value, value) }

    private static func negated(_ value: Value) -> Value {
        switch value {
        case .integer(let number): .integer(-number)
        case .money(let money):
            .money(Money(minorUnits: -money.minorUnits, currency: money.currency))
        case .decimal(let number): .decimal(-number)
        default: .missing
        }
    }
}

extension Definitions {
    /// What changed of a metric between two states, for the days of a question.
    ///
    /// Definitions, names of periods and today are the same for both states; only the rows differ.
    /// Without rows, only the figures are compared.
    ///
    /// - Throws: `Advice` when the question is impossible; of kind `damaged` when the lines do not add
    ///   up to the difference.
    public func restatement(
        _ name: String, of query: MetricQuery, from earlier: Snapshot, to later: Snapshot,
        now: Instant, withRows: Bool = true
    ) throws -> Restatement {
        var whole = query.whole(of: name)
        whole.comparison = nil
        let today = try Self.zone(of: later.companies).day(of: now)
        let plan = try MetricPlan(
            whole, definitions: self, today: today, companies: later.companies)
        let before = try RestatedState(plan, whole, self, earlier, now)
        let after = try RestatedState(plan, whole, self, later, now)
        let planned = plan.metrics[0]
        let currencies: [Currency?] =
            planned.isPerCurrency
            ? Set(before.evaluation.currencies[0] + after.evaluation.currencies[0])
                .sorted { $0.code < $1.code } : [nil]
        let parts = try (withRows ? plan.bases.indices : 0..<0).filter {
            plan.bases[$0].isMadeOfRows
        }.map {
            try RestatedRows(plan, $0, before, after, self, currencies).part()
        }
        let changes = try currencies.map { currency in
            let old = try before.value(planned, currency)
            let new = try after.value(planned, currency)
            var shares: [Restatement.Cause: Value] = [:]
            if case .base = planned.metric.source, let own = parts.first {
                shares = own.changes.first { $0.currency == currency }?.shares ?? [:]
            }
            return Restatement.Change(
                currency: currency, before: old, after: new,
                difference: ValueDifference.of(old, new), shares: shares)
        }
        return Restatement(
            metric: planned.metric, period: plan.spans.now,
            conditions: plan.filters.map(\.description), changes: changes, parts: parts,
            remarks: withRows ? plan.bases.compactMap(\.remarkOnRows) : [])
    }
}

/// The figures of a plan in one of the two states.
struct RestatedState {
    let reader: ScanReader
    let result: PlanResult
    let evaluation: PlanEvaluation

    init(
        _ plan: MetricPlan, _ query: MetricQuery, _ definitions: Definitions, _ snapshot: Snapshot,
        _ now: Instant
    ) throws {
        reader = ScanReader(snapshot)
        (result, evaluation) = try definitions.evaluated(plan, query, with: reader, now)
    }

    /// The finished value of a metric; `missing` where nothing is known.
    func value(_ metric: PlannedMetric, _ currency: Currency?) throws -> Value {
        guard !result.isUnknown(metric, 0, isBefore: false) else { return .missing }
        let exact = try evaluation.value(
            of: metric.metric, in: metric, result.now(0, 0), currency,
            PlanEvaluation.Place(step: 0, isBefore: false))
        return try evaluation.rounded(exact, metric.metric, currency)
    }
}

/// The rows of one base metric, compared between two states.
private struct RestatedRows {
    let base: PlannedBase
    let metric: Metric
    let own: PlannedMetric
    let before: RestatedState
    let after: RestatedState
    let currencies: [Currency?]
    let reading: RegisterReading
    let earlierRows: CountedRows
    let laterRows: CountedRows

    init(
        _ plan: MetricPlan, _ index: Int, _ before: RestatedState, _ after: RestatedState,
        _ definitions: Definitions, _ currencies: [Currency?]
    ) throws {
        let base = plan.bases[index]
        self.base = base
        metric = try definitions.metric(base.name)
        own = PlannedMetric(
            metric: metric, bases: [base.name: index], ofMembers: [:],
            isPerCurrency: base.currencyColumn != nil, hasTotal: false, hasDays: false)
        self.before = before
        self.after = after
        self.currencies = base.currencyColumn == nil ? [nil] : currencies
        let companies = after.reader.snapshot.companies
        let reading = RegisterReading(
            showing: try Self.deciding(base, plan.filters, definitions),
            companies: companies, zone: try Definitions.zone(of: companies))
        self.reading = reading
        func rows(_ state: RestatedState) throws -> CountedRows {
            try CountedRows(
                base, period: plan.spans.now, today: plan.spans.today,
                calendar: plan.spans.calendar, filters: plan.filters, columns: reading.paths,
                order: .name, definitions: definitions, reader: state.reader)
        }
        (earlierRows, laterRows) = (try rows(before), try rows(after))
        guard earlierRows.count <= Self.limit, laterRows.count <= Self.limit else {
            throw Advice(
                .request,
                "\(max(earlierRows.count, laterRows.count)) rows of \(base.base.model) would have "
                    + "to be compared", remedy: "ask for fewer companies or a shorter period")
        }
    }

    /// How many rows are compared in memory, about 200 bytes each.
    private static let limit = 2_000_000

    /// The columns that decide whether a row counts and what it gives.
    private static func deciding(
        _ planned: PlannedBase, _ filters: [Condition], _ definitions: Definitions
    ) throws -> [Register.Column] {
        let base = planned.base
        let schema = definitions.schema
        let model = try schema.model(base.model)
        let terms = ConditionTerms(
            dimensions: definitions.dimensions, date: base.date.flatMap(model.column))
        var paths: [ColumnPath] = base.date.map { [ColumnPath($0)] } ?? []
        switch base.subject {
        case .row: break
        case .column(let column): paths.append(ColumnPath(column))
        case .elapsed(let from, let to): paths += [from, to]
        case .age(let path): paths.append(path)
        case .course: preconditionFailure("it is asked of figures that are made of rows")
        }
        paths += planned.currencyColumn.map { [ColumnPath($0)] } ?? []
        paths += try (base.conditions + filters).map {
            try $0.filter(for: model, in: schema, terms: terms).path.underived
        }
        var seen: Set<ColumnPath> = []
        return try paths.filter { seen.insert($0).inserted }.compactMap {
            try Register.Column(showing: $0, of: model, schema: schema)
        }
    }

    private struct Sides {
        var before: CountedRow?
        var after: CountedRow?
    }

    func part() throws -> Restatement.Part {
        var running = RunningFigure(base.base)
        var sides: [RowName: Sides] = [:]
        try earlierRows.forEach { row in
            running.add(row.share)
            sides[row.name] = Sides(before: row)
        }
        try laterRows.forEach { row in
            if sides[row.name]?.before?.share == row.share {
                sides[row.name] = nil
            } else {
                sides[row.name, default: Sides()].after = row
            }
        }
        let known = try states(of: sides)
        var values = try currencies.map {
            try before.evaluation.rounded(running.value(in: $0), metric, $0)
        }
        let start = values
        var lines: [Restatement.Line] = []
        var shares: [[Restatement.Cause: Value]] = currencies.map { _ in [:] }
        for name in sides.keys.sorted() {
            guard let side = sides[name], let row = side.after ?? side.before else { continue }
            if let old = side.before { running.remove(old.share) }
            if let new = side.after { running.add(new.share) }
            let cause = known.cause(of: name, side.before != nil, side.after != nil)
            var moved: [Value] = []
            for (index, currency) in currencies.enumerated()
            where side.before?.share.currency == currency
                || side.after?.share.currency == currency
            {
                let value = try after.evaluation.rounded(
                    running.value(in: currency), metric, currency)
                let share = ValueDifference.of(values[index], value)
                values[index] = value
                moved.append(share)
                shares[index][cause] =
                    shares[index][cause].map { ValueDifference.sum($0, share) } ?? share
            }
            lines.append(
                Restatement.Line(
                    cause: cause, row: name.words, company: row.company,
                    differences: differences(
                        side.before?.cells ?? known.earlier[name],
                        side.after?.cells ?? known.later[name]), shares: moved))
        }
        let changes = try currencies.indices.map { index in
            let currency = currencies[index]
            let old = try before.value(own, currency)
            let new = try after.value(own, currency)
            // What is not known of a state has no rows there, and what follows from them is no check.
            let isKnown =
                !before.result.isUnknown(own, 0, isBefore: false)
                && !after.result.isUnknown(own, 0, isBefore: false)
            guard !isKnown || start[index] == old && values[index] == new else {
                throw Advice(
                    .damaged,
                    "the changed rows of ‘\(metric.name)’ do not add up to its difference",
                    remedy: "run ‘reportd verify’; the restatement should not be used until it is "
                        + "settled",
                    cause: "from \(old) to \(new), by rows from \(start[index]) to "
                        + "\(values[index])")
            }
            return Restatement.Change(
                currency: currency, before: old, after: new,
                difference: ValueDifference.of(old, new), shares: shares[index])
        }
        return Restatement.Part(metric: metric, changes: changes, lines: lines)
    }

    /// What the rows hold in the states in which they do not count.
    private struct OtherStates {
        var earlier: [RowName: [Cell]] = [:]
        var later: [RowName: [Cell]] = [:]

        func cause(of name: RowName, _ countedBefore: Bool, _ countsAfter: Bool)
            -> Restatement.Cause
        {
            if !countedBefore, earlier[name] == nil { return .late }
            if !countsAfter, later[name] == nil { return .deletion }
            return .correction
        }
    }

    private func states(of sides: [RowName: Sides]) throws -> OtherStates {
        func cells(_ names: Set<RowName>, _ state: RestatedState) throws -> [RowName: [Cell]] {
            let records = try state.reader.snapshot.records(
                model: base.base.model, columns: reading.paths, of: names)
            return Dictionary(
                records.map { (RowName(origin: $0.origin, key: $0.key), $0.cells) },
                uniquingKeysWith: { first, _ in first })
        }
        return OtherStates(
            earlier: try cells(Set(sides.filter { $0.value.before == nil }.keys), before),
            later: try cells(Set(sides.filter { $0.value.after == nil }.keys), after))
    }

    private func differences(
        _ before: [Cell]?, _ after: [Cell]?
    ) -> [Restatement.Line.Difference] {
        let old = before.map(reading.values)
        let new = after.map(reading.values)
        return reading.columns.indices.compactMap { index in
            let (was, isNow) = (old?[index] ?? .missing, new?[index] ?? .missing)
            guard was != isNow else { return nil }
            return Restatement.Line.Difference(
                column: reading.columns[index].result.label, before: was, after: isNow)
        }
    }
}
