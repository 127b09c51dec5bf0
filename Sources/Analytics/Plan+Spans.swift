import Vocabulary

extension PlannedSpans {
    /// Resolves the days of a query.
    ///
    /// With a comparison an open period is cut after today, so that equal parts are compared.
    ///
    /// - Throws: `Advice` when companies have different fiscal years, or the series too many steps.
    init(_ query: MetricQuery, today: LocalDay, companies: [Company]) throws {
        let calendar = try FiscalCalendar(
            of: companies, isNeeded: query.period.isFiscal || query.grain?.isFiscal == true)
        let asked = query.period.period(today: today, in: calendar)
        let spans = query.comparison?.spans(of: asked, today: today, in: calendar)
        let now = spans?.now ?? asked
        if let grain = query.grain {
            // Counted in days first, so that an enormous period is refused before it is listed.
            let shortest =
                switch grain {
                case .day: 1
                case .week: 7
                case .month, .fiscalMonth: 28
                case .quarter, .fiscalQuarter: 90
                case .year, .fiscalYear: 364
                }
            guard now.days / shortest <= QueryLimits.steps else {
                throw Advice(
                    .request,
                    "\(now) has more than \(QueryLimits.steps) steps of one "
                        + grain.rawValue,
                    remedy: "use a longer step or a shorter period")
            }
        }
        self.now = now
        before = spans?.before
        whole = asked
        wholeBefore =
            query.comparison?.spans(of: asked, today: max(asked.end, today), in: calendar).before
        grain = query.grain
        self.calendar = calendar
        steps = query.grain.map { now.steps(of: $0, in: calendar) } ?? []
        stepsBefore =
            query.grain.flatMap { grain in spans?.before.steps(of: grain, in: calendar) } ?? []
        self.today = today
    }

    /// Whether a step has days that are still to come, or the present one.
    func isOpen(step: LocalDay) -> Bool {
        guard let grain else { return false }
        return grain.next(after: step, in: calendar) > today
    }
}
