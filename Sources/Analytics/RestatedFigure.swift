import Store
import Vocabulary

/// A base metric on its way from one state to another, line by line.
///
/// It begins with the rows of the earlier state. Each line takes a row's share out and another in; how
/// far that moves the figure is the line's share of the difference, for every kind of figure.
struct RestatedFigure {
    private let metric: Metric
    private let own: PlannedMetric
    private let before: RestatedState
    private let after: RestatedState
    private let currencies: [Currency?]
    private var running: RunningFigure
    /// The figure before the first line, and after the last one, in each currency.
    private var start: [Value] = []
    private var values: [Value] = []
    private var shares: [[Restatement.Cause: Value]]
    private var lines: [Restatement.Line] = []

    /// Begins with no rows; `currencies` are those of an answer.
    init(
        _ plan: MetricPlan, _ index: Int, _ before: RestatedState, _ after: RestatedState,
        _ definitions: Definitions, _ currencies: [Currency?]
    ) throws {
        let base = plan.bases[index]
        metric = try definitions.metric(base.name)
        own = PlannedMetric(metric, alone: base, at: index)
        (self.before, self.after) = (before, after)
        self.currencies = base.currencies(currencies.compactMap { $0 })
        running = RunningFigure(base.base)
        shares = self.currencies.map { _ in [:] }
    }

    /// Takes in a row of the earlier state; all of them, before the first line.
    mutating func begin(with share: RowShare) { running.add(share) }

    private mutating func startOnce() throws {
        guard start.isEmpty else { return }
        start = try currencies.map {
            try before.evaluation.rounded(running.value(in: $0), metric, $0)
        }
        values = start
    }

    /// Takes one row from what it gave to what it gives; nil where it does not count.
    mutating func line(
        _ cause: Restatement.Cause, row: String, company: String,
        differences: [Restatement.Line.Difference], from old: RowShare?, to new: RowShare?
    ) throws {
        try startOnce()
        if let old { running.remove(old) }
        if let new { running.add(new) }
        var moved: [Value] = []
        for (index, currency) in currencies.enumerated()
        where old?.currency == currency || new?.currency == currency {
            let value = try after.evaluation.rounded(running.value(in: currency), metric, currency)
            let share = ValueDifference.of(values[index], value)
            values[index] = value
            moved.append(share)
            shares[index][cause] =
                shares[index][cause].map { ValueDifference.sum($0, share) } ?? share
        }
        lines.append(
            Restatement.Line(
                cause: cause, row: row, company: company, differences: differences, shares: moved))
    }

    /// The figure in both states with its lines.
    ///
    /// - Throws: `Advice` of kind `damaged` when they do not lead from the one to the other.
    mutating func part() throws -> Restatement.Part {
        try startOnce()
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
}
