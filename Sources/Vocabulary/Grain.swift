/// The step of a time series.
public enum Grain: String, Sendable, Hashable, CaseIterable {
    /// A local day.
    case day
    /// An ISO 8601 week, Monday to Sunday, in every locale.
    case week
    /// A calendar month.
    case month
    /// A calendar quarter.
    case quarter
    /// A calendar year.
    case year
    /// A month or period of the company's fiscal calendar.
    case fiscalMonth = "fiscal-month"
    /// A quarter of the company's fiscal calendar.
    case fiscalQuarter = "fiscal-quarter"
    /// A year of the company's fiscal calendar.
    case fiscalYear = "fiscal-year"

    /// The part of the fiscal calendar; nil for steps that are the same for everybody.
    var fiscalPart: FiscalPart? {
        switch self {
        case .fiscalMonth: .month
        case .fiscalQuarter: .quarter
        case .fiscalYear: .year
        case .day, .week, .month, .quarter, .year: nil
        }
    }

    /// Whether its steps depend on the company's fiscal calendar.
    public var isFiscal: Bool { fiscalPart != nil }

    /// The first day of the step that a day lies in.
    public func start(
        of day: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) -> LocalDay {
        if let part = fiscalPart { return calendar.start(of: day, part) }
        let (_, month, number) = day.civil
        switch self {
        case .day: return day
        case .week: return day.adding(days: 1 - day.isoWeekday)
        case .month: return day.adding(days: 1 - number)
        case .quarter: return day.adding(days: 1 - number).adding(months: -((month - 1) % 3))
        case .year, .fiscalMonth, .fiscalQuarter, .fiscalYear:
            return day.adding(days: 1 - number).adding(months: 1 - month)
        }
    }

    /// The first day of the next step.
    public func next(
        after start: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) -> LocalDay {
        if let part = fiscalPart { return calendar.next(after: start, part) }
        return switch self {
        case .day: start.adding(days: 1)
        case .week: start.adding(days: 7)
        case .month: start.adding(months: 1)
        case .quarter: start.adding(months: 3)
        case .year, .fiscalMonth, .fiscalQuarter, .fiscalYear: start.adding(months: 12)
        }
    }

    /// A sortable name of the step: `2026-06-30`, `2026-W27`, `2026-06`, `2026-Q2`, `2026`,
    /// `FY2026-P03`, `FY2026-Q1`, `FY2026`.
    public func label(
        of start: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) -> String {
        if let part = fiscalPart {
            let (year, number) = calendar.position(of: start, part)
            let name = "FY" + String(repeating: "0", count: max(0, 4 - "\(year)".count)) + "\(year)"
            return switch part {
            case .month: "\(name)-P\(number < 10 ? "0" : "")\(number)"
            case .quarter: "\(name)-Q\(number)"
            case .year: name
            }
        }
        let (year, month, _) = start.civil
        switch self {
        case .day: return start.description
        case .week:
            let week = start.isoWeek
            return "\(week.year)-W\(week.week < 10 ? "0" : "")\(week.week)"
        case .month: return String(start.description.prefix(7))
        case .quarter: return "\(year)-Q\((month - 1) / 3 + 1)"
        case .year, .fiscalMonth, .fiscalQuarter, .fiscalYear:
            return String(start.description.prefix(4))
        }
    }
}
