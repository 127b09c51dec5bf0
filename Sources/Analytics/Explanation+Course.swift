import Store
import Vocabulary

/// The rows and members that figures come from which follow them over time.
extension Definitions {
    /// One line per change, entry or member that the figure counts; together they have to give it.
    ///
    /// - Throws: `Advice` of kind `damaged` when they do not.
    func coursePart(
        _ plan: MetricPlan, _ index: Int, _ result: PlanResult, _ evaluation: PlanEvaluation,
        _ reader: ScanReader
    ) throws -> Explanation.Part {
        let planned = plan.bases[index]
        let metric = try metric(planned.name)
        let followed = try FollowedRows(plan, index, self, reader)
        var running = RunningFigure(planned.base)
        for row in followed.rows { running.add(row.share) }
        return Explanation.Part(
            metric: metric, statement: planned.base.words,
            conditions: (planned.base.conditions + plan.filters).map(\.description),
            date: planned.base.date,
            days: planned.base.followsPeriod ? plan.spans.now : nil,
            workings: try workings(plan, index, &running, result, evaluation),
            rows: followed.table, excluded: followed.excluded,
            rowsInAll: followed.rows.count + followed.excluded.reduce(0) { $0 + $1.rows },
            lines: followed.lines)
    }
}
