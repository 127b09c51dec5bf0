/// What a figure is held against (FIELD §3).
public enum Comparison: String, Sendable, Hashable, CaseIterable {
    /// The period just before: the month before a month, the N days before N days. Of a period
    /// that is still open, only the part that has elapsed is compared with the same part before.
    case previous = "previous-period"
    /// The same dates one year before, with the same rule for open periods.
    case lastYear = "last-year"
    /// The same weekdays one year before: 364 days.
    case sameWeekday = "same-weekday"

    /// The two spans that are compared: `now` is the asked period, clipped to the days up to and
    /// including `today`, and `before` is its counterpart of the same length in steps.
    ///
    /// Whole steps of a fiscal calendar of weeks are compared with the steps before, and with the
    /// steps of the same number a year before, though these may be a week longer or shorter.
    public func spans(
        of period: Period, today: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) -> (now: Period, before: Period) {
        let now = period.clipped(before: today.adding(days: 1))
        let open = now.end < period.end
        let before: (start: LocalDay, end: LocalDay)
        let fiscal = self == .sameWeekday ? nil : fiscalCounterpart(of: period, in: calendar)
        switch self {
        case .previous where fiscal != nil, .lastYear where fiscal != nil:
            let whole = fiscal ?? period
            before = (
                whole.start,
                open ? min(whole.start.adding(days: now.days), period.start) : whole.end
            )
        case .previous:
            if let grain = period.wholeGrain {
                let months = monthsBetween(period.start, period.end)
                let start =
                    grain == .week
                    ? period.start.adding(days: -period.days)
                    : period.start.adding(months: -months)
                // The elapsed part keeps its number of days, but never passes the step's own end.
                before = (
                    start, open ? min(start.adding(days: now.days), period.start) : period.start
                )
            } else {
                before = (period.start.adding(days: -now.days), period.start)
            }
        case .lastYear:
            let start = period.start.adding(months: -12)
            before = (start, open ? start.adding(days: now.days) : period.end.adding(months: -12))
        case .sameWeekday:
            before = (period.start.adding(days: -364), now.end.adding(days: -364))
        }
        let span = try? Period(from: before.start, upTo: max(before.start, before.end))
        return (now, span ?? now)
    }

    /// The steps before, or a year before, of whole steps of a calendar of weeks.
    private func fiscalCounterpart(of period: Period, in calendar: FiscalCalendar) -> Period? {
        guard case .weeks = calendar, period.days > 0 else { return nil }
        for part in [FiscalPart.year, .quarter, .month] {
            guard calendar.start(of: period.start, part) == period.start,
                calendar.start(of: period.end, part) == period.end
            else { continue }
            var steps = 0
            var day = period.start
            while day < period.end {
                day = calendar.next(after: day, part)
                steps += 1
            }
            let back = self == .lastYear ? 12 / part.months : steps
            var (start, end) = (period.start, period.end)
            for _ in 0..<back {
                start = calendar.start(of: start.adding(days: -1), part)
                end = calendar.start(of: end.adding(days: -1), part)
            }
            return Period(unchecked: start, end)
        }
        return nil
    }

    private func monthsBetween(_ start: LocalDay, _ end: LocalDay) -> Int {
        let (first, second) = (start.civil, end.civil)
        return (second.year - first.year) * 12 + second.month - first.month
    }
}
