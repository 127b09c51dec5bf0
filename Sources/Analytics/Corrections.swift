public import Store
public import Vocabulary

/// A closed period, and the figures of its reports in two later states.
public struct ClosedFigures: Sendable {
    /// The first and last day of the period.
    public let period: Period
    /// What changed of its reports.
    public let restatements: [Restatement]

    /// Puts them together.
    public init(period: Period, restatements: [Restatement]) {
        self.period = period
        self.restatements = restatements
    }
}

extension Definitions {
    /// What the figures of a closed period's reports are in two states, without the rows behind them.
    ///
    /// - Throws: `Advice` when a report does not exist.
    public func closedFigures(
        of reports: [String], over period: Period, from earlier: Snapshot, to later: Snapshot,
        now: Instant
    ) throws -> ClosedFigures {
        let request = ViewRequest(period: try PeriodName("\(period.start)..\(period.last)"))
        return ClosedFigures(
            period: period,
            restatements: try reports.flatMap {
                try restatements(
                    of: $0, request, from: earlier, to: later, now: now, withRows: false)
            })
    }

    /// The tables of corrections to closed periods: each figure that changed, with its period; empty
    /// when nothing has changed.
    public static func corrections(_ closed: [ClosedFigures]) -> [ResultTable] {
        struct Entry {
            let period: Period
            let label: String
            let kind: ResultColumn.Kind
            let change: Restatement.Change
        }
        struct Question: Hashable {
            let metric: String
            let period: Period
            let conditions: [String]
            let currency: ReportingCurrency?
        }
        var entries: [Entry] = []
        for figures in closed {
            var seen: Set<Question> = []
            for restatement in figures.restatements {
                // A card with a period of its own does not speak of the closed one.
                guard restatement.period == figures.period,
                    seen.insert(
                        Question(
                            metric: restatement.metric.name, period: restatement.period,
                            conditions: restatement.conditions, currency: restatement.currency)
                    ).inserted
                else { continue }
                var more = restatement.conditions
                if let currency = restatement.currency,
                    currency != figures.restatements.first?.currency
                {
                    more.append("\(currency)")
                }
                let label =
                    restatement.metric.label
                    + (more.isEmpty ? "" : " (\(more.joined(separator: ", ")))")
                entries += restatement.changes.filter { $0.before != $0.after }.map {
                    Entry(
                        period: figures.period, label: label, kind: restatement.metric.kind,
                        change: $0)
                }
            }
        }
        var kinds: [ResultColumn.Kind] = []
        for entry in entries where !kinds.contains(entry.kind) { kinds.append(entry.kind) }
        return kinds.enumerated().map { number, kind in
            ResultTable(
                name: number == 0 ? "corrections" : "corrections-\(number + 1)",
                title: "Corrections to closed periods",
                columns: [
                    ResultColumn(name: "period", label: "Period", kind: .text),
                    ResultColumn(name: "figure", label: "Figure", kind: .text),
                    ResultColumn(name: "before", label: "As reported", kind: kind),
                    ResultColumn(name: "after", label: "Now", kind: kind),
                    ResultColumn(name: "difference", label: "Correction", kind: kind),
                ],
                rows: entries.filter { $0.kind == kind }.map {
                    [
                        .text("\($0.period)"), .text($0.label), $0.change.before, $0.change.after,
                        $0.change.difference,
                    ]
                })
        }
    }
}
