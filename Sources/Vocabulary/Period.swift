import Foundation

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

/// A span of local days, from `start` up to but not including `end`.
public struct Period: Sendable, Hashable {
    /// The first day.
    public let start: LocalDay
    /// The day after the last.
    public let end: LocalDay

    /// Makes a period.
    ///
    /// - Throws: `Advice` when it would end before it begins.
    public init(from start: LocalDay, upTo end: LocalDay) throws {
        guard start <= end else {
            throw Advice(
                .request,
                "the period ends on \(end.adding(days: -1)), before it begins on \(start)",
                remedy: "exchange the two dates")
        }
        self.start = start
        self.end = end
    }

    fileprivate init(unchecked start: LocalDay, _ end: LocalDay) {
        self.start = start
        self.end = end
    }

    /// The step of a grain that a day lies in.
    public init(
        _ grain: Grain, containing day: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) {
        let start = grain.start(of: day, in: calendar)
        self.init(unchecked: start, grain.next(after: start, in: calendar))
    }

    /// The last day; for an empty period the day before `start`.
    public var last: LocalDay { end.adding(days: -1) }
    /// How many days it has.
    public var days: Int { start.distance(to: end) }
    /// Whether a day lies in it.
    public func contains(_ day: LocalDay) -> Bool { start <= day && day < end }

    /// The instants from the first moment of the first day to the first moment after the last.
    public func instants(in zone: Zone) -> Range<Instant> {
        zone.start(of: start)..<zone.start(of: end)
    }

    /// The steps of a grain that touch the period, in order; first and last may reach beyond it.
    public func steps(
        of grain: Grain, in calendar: FiscalCalendar = .calendarYears
    ) -> [LocalDay] {
        var steps: [LocalDay] = []
        var step = grain.start(of: start, in: calendar)
        while step < end {
            steps.append(step)
            step = grain.next(after: step, in: calendar)
        }
        return steps
    }

    /// The grain whose single step, or whole number of steps, the period is; the coarsest one.
    public var wholeGrain: Grain? {
        guard days > 0 else { return nil }
        return [Grain.year, .quarter, .month, .week].first {
            $0.start(of: start) == start && $0.start(of: end) == end
        }
    }

    /// The part that lies before a day, and the whole if the period ends earlier.
    public func clipped(before day: LocalDay) -> Period {
        Period(unchecked: start, max(start, min(end, day)))
    }
}

extension Period: CustomStringConvertible {
    /// First and last day: `2026-01-01 – 2026-01-31`, or the single day.
    public var description: String { days == 1 ? "\(start)" : "\(start) – \(last)" }
}

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

/// A period by name, resolved against a company's own today.
public struct PeriodName: Sendable, Hashable, CustomStringConvertible {
    /// The name as written.
    public let description: String
    private let form: Form

    private enum Form: Sendable, Hashable {
        case step(Grain, ago: Int)
        case toDate(Grain)
        case lastDays(Int)
        case lastMonths(Int)
        case fixed(Period)
        case fiscal(year: Int, Grain, number: Int)
    }

    /// The names that need no number, for error messages and pickers.
    public static let simpleNames = [
        "today", "yesterday", "this-week", "last-week", "this-month", "last-month",
        "this-quarter", "last-quarter", "this-year", "last-year",
        "month-to-date", "quarter-to-date", "year-to-date",
        "this-fiscal-month", "last-fiscal-month", "this-fiscal-quarter", "last-fiscal-quarter",
        "this-fiscal-year", "last-fiscal-year", "fiscal-year-to-date",
    ]

    /// Reads `this-month`, `last-30-days`, `last-12-months`, `2026`, `2026-Q2`, `2026-06`,
    /// `2026-W27`, `FY2026`, `FY2026-Q2`, `FY2026-P03`, `2026-06-30` or `2026-06-01..2026-06-30`
    /// (both days included).
    ///
    /// - Throws: `Advice` naming the nearest legal name.
    public init(_ text: String) throws {
        guard let form = try Self.parse(text) else {
            throw Advice(
                .request, "‘\(text)’ is not a period",
                remedy: Spelling.nearest(to: text, in: Self.simpleNames).map {
                    "did you mean ‘\($0)’?"
                }
                    ?? "use a name such as this-month, last-30-days, 2026-06, 2026-Q2 or "
                    + "2026-06-01..2026-06-30")
        }
        self.description = text
        self.form = form
    }

    /// Whether its days depend on the company's fiscal calendar.
    public var isFiscal: Bool {
        switch form {
        case .step(let grain, _), .toDate(let grain): grain.isFiscal
        case .fiscal: true
        case .lastDays, .lastMonths, .fixed: false
        }
    }

    /// The span the name means on a day.
    public func period(
        today: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) -> Period {
        switch form {
        case .fixed(let period): return period
        case .toDate(let grain):
            return Period(grain, containing: today, in: calendar)
                .clipped(before: today.adding(days: 1))
        case .step(let grain, let ago):
            var period = Period(grain, containing: today, in: calendar)
            for _ in 0..<ago {
                period = Period(grain, containing: period.start.adding(days: -1), in: calendar)
            }
            return period
        case .fiscal(let year, let grain, let number):
            let start = grain.fiscalPart.flatMap {
                calendar.start(ofYear: year, $0, number: number)
            }
            return Period(grain, containing: start ?? .earliest, in: calendar)
        case .lastDays(let days):
            return Self.span(today.adding(days: 1 - days), today.adding(days: 1))
        case .lastMonths(let months):
            let next = Grain.month.next(after: Grain.month.start(of: today))
            return Self.span(next.adding(months: -months), next)
        }
    }

    private static func span(_ start: LocalDay, _ end: LocalDay) -> Period {
        Period(.day, containing: start).extended(to: end)
    }

    private static func parse(_ text: String) throws -> Form? {
        switch text {
        case "today": return .step(.day, ago: 0)
        case "yesterday": return .step(.day, ago: 1)
        default: break
        }
        for grain in Grain.allCases where grain != .day {
            if text == "this-\(grain.rawValue)" { return .step(grain, ago: 0) }
            if text == "last-\(grain.rawValue)" { return .step(grain, ago: 1) }
            if text == "\(grain.rawValue)-to-date" { return .toDate(grain) }
        }
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        if text.hasPrefix("FY") { return fiscal(words) }
        if words.count == 3, words[0] == "last", let count = Int(words[1]),
            (1...3660).contains(count)
        {
            if words[2] == "days" { return .lastDays(count) }
            if words[2] == "months" { return .lastMonths(count) }
        }
        if let range = text.range(of: "..") {
            guard let start = LocalDay(text[..<range.lowerBound]),
                let last = LocalDay(text[range.upperBound...])
            else { return nil }
            return .fixed(try Period(from: start, upTo: last.adding(days: 1)))
        }
        if let day = LocalDay(text) { return .fixed(Period(.day, containing: day)) }
        guard let year = Int(words[0]), words[0].utf8.count == 4 else { return nil }
        guard let first = LocalDay(year: year, month: 1, day: 1) else { return nil }
        if words.count == 1 { return .fixed(Period(.year, containing: first)) }
        guard words.count == 2 else { return nil }
        let tail = words[1]
        if tail.hasPrefix("Q"), let quarter = Int(tail.dropFirst()), (1...4).contains(quarter) {
            return .fixed(Period(.quarter, containing: first.adding(months: quarter * 3 - 3)))
        }
        if tail.hasPrefix("W"), let week = Int(tail.dropFirst()), (1...53).contains(week),
            let fourth = LocalDay(year: year, month: 1, day: 4)
        {
            let monday = Grain.week.start(of: fourth).adding(days: week * 7 - 7)
            guard monday.isoWeek.week == week else { return nil }
            return .fixed(Period(.week, containing: monday))
        }
        if tail.utf8.count == 2, let month = Int(tail), (1...12).contains(month) {
            return .fixed(Period(.month, containing: first.adding(months: month - 1)))
        }
        return nil
    }
}

extension PeriodName {
    /// Reads `FY2026`, `FY2026-Q2` and `FY2026-P03`.
    private static func fiscal(_ words: [Substring]) -> Form? {
        guard words[0].utf8.count == 6, let year = Int(words[0].dropFirst(2)),
            (2...9998).contains(year), words.count <= 2
        else { return nil }
        guard words.count == 2 else { return .fiscal(year: year, .fiscalYear, number: 1) }
        guard let number = Int(words[1].dropFirst()) else { return nil }
        switch words[1].first {
        case "Q" where (1...4).contains(number):
            return .fiscal(year: year, .fiscalQuarter, number: number)
        case "P" where (1...12).contains(number):
            return .fiscal(year: year, .fiscalMonth, number: number)
        default: return nil
        }
    }
}

extension Period {
    /// The same start with another, later end.
    fileprivate func extended(to end: LocalDay) -> Period {
        Period(unchecked: start, max(start, end))
    }
}
