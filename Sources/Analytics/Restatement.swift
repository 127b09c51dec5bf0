public import Store
public import Vocabulary

/// What changed of a figure between two states of the store, down to the rows.
///
/// Lines are taken in one after another, by name of row: the share of a line is how far it moves the
/// figure. So shares add up to the difference for every kind of figure; for sums and counts a share is
/// what the row itself gave before and gives after. Both states are valued by the tables of today, so
/// that a row moves a figure only by what it says itself: another amount, word or day.
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
    /// The one currency that its amounts are converted to; nil where each keeps its own.
    public let currency: ReportingCurrency?
    /// Its values, one per currency.
    public let changes: [Change]
    /// The base metrics that it rests on, each with its lines.
    public let parts: [Part]
    /// What its reader must know, as that both states are valued by tables of today.
    public let remarks: [String]
    /// By which rates its amounts were converted; empty where none was.
    public let notes: [String]

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
        let parts = try (withRows ? plan.bases.indices : 0..<0).map { index in
            try plan.bases[index].base.course == nil
                ? RestatedRows(plan, index, before, after, self, currencies).part()
                : RestatedCourse(plan, index, before, after, self, currencies).part()
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
            conditions: plan.filters.map(\.description), currency: query.currency,
            changes: changes, parts: parts,
            remarks: withRows ? plan.remarksOnRestatedRows : [],
            notes: try plan.appliedConversion(on: after.reader)?.lines ?? [])
    }
}

extension MetricPlan {
    /// What the reader of a restatement's lines must know.
    fileprivate var remarksOnRestatedRows: [String] {
        let valued = bases.filter { !$0.valuationWords.isEmpty }
        return valued.isEmpty
            ? []
            : [
                "both states of \(valued.map(\.name).joined(separator: ", ")) are valued by the "
                    + "tables of today: what a change of a table moves is not among the differences"
            ]
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
