/// How a company divides its years for reporting.
///
/// A fiscal year is named by the calendar year in which it ends: FY2026 is the one that ends in 2026.
public enum FiscalCalendar: Sendable, Hashable {
    /// Years of twelve calendar months that begin with a month (1–12).
    case months(from: Int)
    /// Years of 52 or 53 whole weeks, as 4-4-5.
    case weeks(FiscalWeeks)

    /// Fiscal years that are calendar years.
    public static let calendarYears = FiscalCalendar.months(from: 1)

    /// The first day of the month, quarter or year of the calendar that a day lies in.
    func start(of day: LocalDay, _ part: FiscalPart) -> LocalDay {
        switch self {
        case .months(let first):
            let (_, month, number) = day.civil
            let since = (month - first + 12) % 12
            return day.adding(days: 1 - number).adding(months: -(since % part.months))
        case .weeks(let weeks):
            let year = weeks.year(of: day)
            let steps = weeks.starts(of: year, part)
            return steps.last { $0 <= day } ?? steps[0]
        }
    }

    /// The first day of the step after the one that begins on a day.
    func next(after start: LocalDay, _ part: FiscalPart) -> LocalDay {
        switch self {
        case .months: return start.adding(months: part.months)
        case .weeks(let weeks):
            let year = weeks.year(of: start)
            return weeks.starts(of: year, part).first { $0 > start }
                ?? weeks.end(of: year).adding(days: 1)
        }
    }

    /// The name of the fiscal year that a day lies in, and the number of its step in it, from 1.
    func position(of day: LocalDay, _ part: FiscalPart) -> (year: Int, number: Int) {
        switch self {
        case .months(let first):
            let (year, month, _) = day.civil
            let since = (month - first + 12) % 12
            return (first > 1 && month >= first ? year + 1 : year, since / part.months + 1)
        case .weeks(let weeks):
            let year = weeks.year(of: day)
            return (year, weeks.starts(of: year, part).count { $0 <= day })
        }
    }

    /// The first day of a step of a fiscal year; nil when the year has no such step.
    func start(ofYear year: Int, _ part: FiscalPart, number: Int) -> LocalDay? {
        guard (1...9998).contains(year), (1...12 / part.months).contains(number) else { return nil }
        switch self {
        case .months(let first):
            return LocalDay(year: first > 1 ? year - 1 : year, month: first, day: 1)?
                .adding(months: (number - 1) * part.months)
        case .weeks(let weeks): return weeks.starts(of: year, part)[number - 1]
        }
    }
}

/// A part of a fiscal year.
enum FiscalPart: Sendable {
    case month, quarter, year

    /// How many twelfths of a year it is.
    var months: Int {
        switch self {
        case .month: 1
        case .quarter: 3
        case .year: 12
        }
    }
}

/// Fiscal years of whole weeks: four quarters of thirteen weeks, each of three periods.
///
/// A year ends on the last of some weekday in a month, or on the one that is nearest to the month's
/// last day. Years of 53 weeks have the last one in their last period.
public struct FiscalWeeks: Sendable, Hashable {
    /// The weeks of the three periods of a quarter, as 4, 4 and 5.
    public let pattern: [Int]
    /// The weekday on which years end, 1 (Monday) to 7.
    public let weekday: Int
    /// The month (1–12) at whose end they end.
    public let month: Int
    /// Whether it is the weekday nearest to the month's last day, which may lie in the next month.
    public let isNearest: Bool

    /// Describes fiscal years; the pattern has three numbers that make thirteen.
    public init(pattern: [Int], weekday: Int, month: Int, isNearest: Bool) {
        precondition(pattern.count == 3 && pattern.reduce(0, +) == 13, "a quarter has 13 weeks")
        self.pattern = pattern
        self.weekday = weekday
        self.month = month
        self.isNearest = isNearest
    }

    /// The last day of a year.
    func end(of year: Int) -> LocalDay {
        guard
            let last = LocalDay(
                year: year, month: month, day: LocalDay.length(ofMonth: month, year: year))
        else { preconditionFailure("every month has a last day") }
        let back = (last.isoWeekday - weekday + 7) % 7
        return last.adding(days: isNearest && back > 3 ? 7 - back : -back)
    }

    /// The year that a day lies in.
    func year(of day: LocalDay) -> Int {
        let year = day.civil.year
        return (year - 1...year + 1).first { day <= end(of: $0) } ?? year + 1
    }

    /// The first days of the parts of a year.
    func starts(of year: Int, _ part: FiscalPart) -> [LocalDay] {
        var day = end(of: year - 1).adding(days: 1)
        var starts: [LocalDay] = []
        for period in 0..<12 {
            if period % part.months == 0 { starts.append(day) }
            day = day.adding(days: pattern[period % 3] * 7)
        }
        return starts
    }
}

extension FiscalCalendar {
    private enum Ending: String, CaseIterable { case last, nearest }
    private static let weekdays = [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    ]
    private static let patterns = ["4-4-5": [4, 4, 5], "4-5-4": [4, 5, 4], "5-4-4": [5, 4, 4]]

    /// Reads `fiscal-year-start: 7`, or
    /// `fiscal-weeks: {pattern: 4-4-5, end: last, weekday: saturday, month: 1}`.
    init(_ fields: DefinitionMapping) throws {
        let start = fields.optional("fiscal-year-start")
        guard let node = fields.optional("fiscal-weeks") else {
            self = .months(from: try start?.integer(in: 1...12) ?? 1)
            return
        }
        if let start {
            throw start.advice(
                "a company has ‘fiscal-year-start’ or ‘fiscal-weeks’, not both",
                remedy: "remove one")
        }
        let parts = try node.mapping(allowing: ["pattern", "end", "weekday", "month"])
        func choice<Choice>(_ node: DefinitionNode, _ choices: [String: Choice]) throws -> Choice {
            let text = try node.string()
            if let found = choices[text] { return found }
            throw node.advice(
                "‘\(text)’ is not known here",
                remedy: Spelling.remedy(for: text, legal: choices.keys.sorted()))
        }
        self = .weeks(
            FiscalWeeks(
                pattern: try choice(try parts.required("pattern"), Self.patterns),
                weekday: try choice(
                    try parts.required("weekday"),
                    Dictionary(
                        uniqueKeysWithValues: Self.weekdays.enumerated().map { ($1, $0 + 1) })),
                month: try parts.required("month").integer(in: 1...12),
                isNearest: try parts.required("end").choice(Ending.self, naming: "end of a year")
                    == .nearest))
    }
}

extension FiscalCalendar {
    /// The calendar of companies: that of the first one.
    ///
    /// - Throws: `Advice` when one is needed and they have several.
    public init(of companies: [Company], isNeeded: Bool) throws {
        let calendar = companies.first?.fiscalCalendar ?? .calendarYears
        guard !isNeeded || companies.allSatisfy({ $0.fiscalCalendar == calendar }) else {
            throw Advice(
                .request, "the companies asked for do not have the same fiscal years",
                remedy: "ask for one company, or for calendar steps")
        }
        self = calendar
    }

    /// The days that a name means on a day, for companies.
    ///
    /// - Throws: `Advice` when they have different fiscal years.
    public static func days(
        of name: PeriodName, today: LocalDay, _ companies: [Company]
    ) throws -> Period {
        name.period(
            today: today, in: try FiscalCalendar(of: companies, isNeeded: name.isFiscal))
    }
}
