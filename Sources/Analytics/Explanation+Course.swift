import Store
import Vocabulary

/// The rows that figures come from which follow rows over time.
extension Definitions {
    /// Of stays and moves the changes, of funnels and retention the rows that entered, of movements the
    /// members with what they were worth; nil for stays that last, and for all other metrics.
    ///
    /// The rows are those that are followed. Members of movements are added up again; what became of
    /// other rows is not worked out again.
    func coursePart(
        _ plan: MetricPlan, _ index: Int, _ result: PlanResult, _ evaluation: PlanEvaluation,
        _ reader: ScanReader
    ) throws -> Explanation.Part? {
        let planned = plan.bases[index]
        let (base, companies) = (planned.base, reader.snapshot.companies)
        let metric = try metric(planned.name)
        let (register, filters): (Register, [Condition])
        switch base.course {
        case nil: return nil
        case .movement(let movement, let part, _)?:
            return try movementPart(plan, index, movement, part, result, evaluation, reader)
        case .funnel?, .retention?:
            let (_, reading) = try RegisterReading.explaining(
                planned, metric, definitions: self, companies: companies)
            register = Register(
                name: metric.name, title: metric.label, model: base.model, date: base.date,
                basis: metric.basis, conditions: base.conditions, columns: reading.columns,
                order: base.date.map { [RowRequest.Order(ColumnPath($0))] } ?? [],
                models: metric.models)
            filters = plan.filters
        case .stay?, .move?:
            guard let changes = try Register(followed: metric, base, schema: schema) else {
                return nil
            }
            register = changes
            filters = try Register.ofHistory(
                plan.filters, base.course?.column ?? "", base.followedPath(in: schema))
        }
        let rows = try register.table(
            period: plan.spans.now, today: plan.spans.today, filters: filters, definitions: self,
            with: reader
        ).table
        let own = PlannedMetric(
            metric: metric, bases: [planned.name: index], ofMembers: [:], isPerCurrency: false,
            hasTotal: false, hasDays: false)
        let value = try evaluation.value(
            of: metric, in: own, result.now(0, 0), nil,
            PlanEvaluation.Place(step: 0, isBefore: false))
        return Explanation.Part(
            metric: metric, statement: base.words,
            conditions: (base.conditions + plan.filters).map(\.description), date: register.date,
            days: register.date == nil ? nil : plan.spans.now,
            workings: result.isUnknown(own, 0, isBefore: false)
                ? []
                : [
                    Explanation.Working(
                        value: try evaluation.rounded(value, metric, nil),
                        words: "from what became of these rows")
                ],
            rows: rows, excluded: [], rowsInAll: rows.rowCount, counted: nil,
            reading: RegisterReading(
                showing: register.columns, companies: companies,
                zone: try Self.zone(of: companies)))
    }
}
