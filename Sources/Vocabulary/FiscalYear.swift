/// One fiscal year of a company and its months.
public struct FiscalYear: Sendable, Hashable {
    /// A month of the year: one of twelve parts, whatever the calendar calls them.
    public struct Month: Sendable, Hashable {
        /// Its number, from 1.
        public let number: Int
        /// Its days.
        public let days: Period
    }

    /// The calendar year in which it ends.
    public let name: Int
    /// Its days.
    public let days: Period
    /// Its months, in order.
    public let months: [Month]

    /// The year that a day lies in.
    public init(containing day: LocalDay, in calendar: FiscalCalendar) {
        let start = calendar.start(of: day, .year)
        days = Period(unchecked: start, calendar.next(after: start, .year))
        name = calendar.position(of: day, .year).year
        var months: [Month] = []
        var first = start
        while first < days.end {
            let next = calendar.next(after: first, .month)
            months.append(Month(number: months.count + 1, days: Period(unchecked: first, next)))
            first = next
        }
        self.months = months
    }
}
