import Foundation

/// A period by name, resolved against a company's own today.
public struct PeriodName: Sendable, Hashable, CustomStringConvertible {
    /// The name as written.
    public let description: String
    private let form: Form

    private enum Form: Sendable, Hashable {
        case step(Grain, ago: Int)
        case toDate(Grain)
        /// So many steps, of which the present one is the last, or the first.
        case steps(Grain, Int, areAhead: Bool)
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

    /// Reads `this-month`, `last-30-days`, `last-12-months`, `next-8-weeks`, `2026`, `2026-Q2`, `2026-06`,
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
        case .steps, .fixed: false
        }
    }

    /// The days of a period that is named by them, as `2026-06`; nil where they depend on the day.
    public var days: Period? {
        if case .fixed(let period) = form { period } else { nil }
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
        case .steps(let grain, let count, let areAhead):
            var span = Period(grain, containing: today)
            for _ in 1..<count {
                span =
                    areAhead
                    ? Period(unchecked: span.start, grain.next(after: span.end))
                    : Period(unchecked: grain.start(of: span.start.adding(days: -1)), span.end)
            }
            return span
        }
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
        if words.count == 3, words[0] == "last" || words[0] == "next", let count = Int(words[1]),
            (1...3660).contains(count),
            let grain = [Grain.day, .week, .month].first(where: { words[2] == "\($0.rawValue)s" })
        {
            return .steps(grain, count, areAhead: words[0] == "next")
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
