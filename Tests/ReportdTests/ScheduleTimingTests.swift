import Foundation
import Testing
import Vocabulary

@testable import reportd

/// Days as accountants name them, and what becomes of them on holidays and when clocks change.
@Suite("Schedule timing")
struct ScheduleTimingTests {
    private let book: HolidayBook
    private let danish: HolidayCalendar
    private let copenhagen: Zone

    init() throws {
        book = try ScheduleFixture.holidays()
        danish = try book.calendar(of: "DK")
        copenhagen = try Zone(named: "Europe/Copenhagen")
    }

    private func day(_ text: String) throws -> LocalDay { try #require(LocalDay(text)) }

    private func rule(
        _ text: String, calendar: FiscalCalendar = .calendarYears, country: String = "DK"
    ) throws -> DayRule {
        try DayRule(
            DefinitionNode(parsing: text, file: "s.yaml"), calendar: { calendar },
            holidays: { try book.calendar(of: country) })
    }

    /// The days that a rule allows, from one up to but not including another.
    private func days(_ rule: DayRule, _ from: String, _ to: String) throws -> [String] {
        try (day(from)..<day(to)).filter(rule.allows).map(\.description)
    }

    @Test("days as accountants name them")
    func rules() throws {
        // DOMAIN §11.
        #expect(
            try days(rule("{business-day: last, of: month}"), "2026-10-01", "2026-11-01") == [
                "2026-10-30"
            ])
        // Easter: Maundy Thursday is 2 April, and work begins again on Tuesday the 7th.
        #expect(
            try days(rule("{business-day: 3, of: month}"), "2026-04-01", "2026-05-01") == [
                "2026-04-08"
            ])
        #expect(
            try days(rule("{business-day: 1, of: quarter}"), "2026-01-01", "2027-01-01") == [
                "2026-01-02", "2026-04-01", "2026-07-01", "2026-10-01",
            ])
        #expect(
            try days(rule("{day: 31, of: month}"), "2028-01-01", "2028-07-01") == [
                "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31", "2028-06-30",
            ])
        #expect(
            try days(rule("{friday: 2, of: month}"), "2026-01-01", "2026-04-01") == [
                "2026-01-09", "2026-02-13", "2026-03-13",
            ])
        // Not every month has a fifth Friday; the last one is meant then.
        #expect(
            try days(rule("{friday: 5, of: month}"), "2026-01-01", "2026-03-01") == [
                "2026-01-30", "2026-02-27",
            ])
        #expect(
            try days(rule("{weeks: 2, from: 2026-01-05}"), "2025-12-01", "2026-02-10") == [
                "2026-01-05", "2026-01-19", "2026-02-02",
            ])
        // Ten days after a fiscal year that ends in June; five business days after its quarters.
        let july = FiscalCalendar.months(from: 7)
        #expect(
            try days(
                rule("{day: 10, of: fiscal-year}", calendar: july), "2026-01-01", "2027-12-01")
                == ["2026-07-10", "2027-07-10"])
        #expect(
            try days(
                rule("{business-day: 5, of: fiscal-quarter}", calendar: july), "2026-07-01",
                "2027-02-01") == ["2026-07-07", "2026-10-07", "2027-01-08"])
        let retail = FiscalCalendar.weeks(
            FiscalWeeks(pattern: [4, 4, 5], weekday: 6, month: 1, isNearest: true))
        #expect(
            try days(
                rule("{day: -1, of: fiscal-month}", calendar: retail), "2026-02-01", "2026-05-03")
                == ["2026-02-28", "2026-03-28", "2026-05-02"])
    }

    /// The same rules by listing a step's days, for any number and step.
    @Test("a step has exactly one day of each number", arguments: ["NL", "DK", "KE", "MW"])
    func everyStepHasItsDay(country: String) throws {
        let calendar = try book.calendar(of: country)
        for unit in [Grain.week, .month, .quarter, .year] {
            for number in [1, 2, 5, 20, 23, 260, -1, -2, -5, -24] {
                let rule = try rule(
                    "{business-day: \(number), of: \(unit.rawValue)}", country: country)
                var start = unit.start(of: try day("2024-02-01"))
                while start < (try day("2026-06-01")) {
                    let next = unit.next(after: start)
                    let open = (start..<next).filter(calendar.isBusinessDay)
                    let place = number > 0 ? number - 1 : open.count + number
                    let wanted = open[min(max(place, 0), open.count - 1)]
                    #expect((start..<next).filter(rule.allows) == [wanted])
                    start = next
                }
            }
        }
    }

    @Test("a run on a holiday is shifted, and keeps the name and period of its day")
    func shifts() throws {
        // The first of January, Saturday and Sunday.
        let start = try #require(Instant("2026-12-30T00:00:00Z"))
        let cron = Timing.Days.cron(try Cron("30 7 1 * *"))
        let later = Timing(cron, in: copenhagen, shift: .next, holidays: danish)
        let run = later.next(after: start)
        #expect(run.local.description == "2027-01-01T07:30:00")
        #expect(run.instant == Instant("2027-01-04T06:30:00Z"))
        #expect(later.latest(after: start, through: run.instant) == run)
        #expect(later.run(plannedFor: run.local) == run)
        let earlier = Timing(cron, in: copenhagen, shift: .previous, holidays: danish)
        let before = earlier.next(after: start)
        #expect(before.local == run.local)
        #expect(before.instant == Instant("2026-12-31T06:30:00Z"))
        let period = try PeriodName("last-month").period(
            today: run.local.day, in: .calendarYears)
        #expect(period == (try Period(from: day("2026-12-01"), upTo: day("2027-01-01"))))
    }

    @Test("runs that are shifted onto one moment are one run")
    func meetings() throws {
        let daily = Timing(
            .cron(try Cron("30 7 * * *")), in: copenhagen, shift: .next, holidays: danish)
        // Christmas 2026 is Friday and Saturday.
        let found = daily.occurrences(
            from: try #require(Instant("2026-12-24T00:00:00Z")),
            to: try #require(Instant("2026-12-30T00:00:00Z")))
        #expect(
            found.map { "\($0.local) \($0.instant)" } == [
                "2026-12-24T07:30:00 2026-12-24T06:30:00Z",
                "2026-12-28T07:30:00 2026-12-28T06:30:00Z",
                "2026-12-29T07:30:00 2026-12-29T06:30:00Z",
            ])
        let friday = try #require(LocalTime("2026-12-25T07:30"))
        #expect(daily.run(plannedFor: friday) == found[1])
    }

    /// One after the other, backwards, and all at once: the same runs.
    @Test("next, latest and all runs agree", arguments: Timing.Shift.allCases)
    func agreement(shift: Timing.Shift) throws {
        let rules: [Timing.Days] = [
            .cron(try Cron("15 6,18 * * MON-FRI")), .cron(try Cron("0 2 28-31 * *")),
            .rule(try rule("{business-day: last, of: month}"), at: [9000, 61_200]),
            .rule(try rule("{day: 1, of: week}"), at: [0]),
            .rule(try rule("{weeks: 3, from: 2026-01-07}"), at: [86_340]),
        ]
        let from = try #require(Instant("2026-02-11T11:00:00Z"))
        let to = try #require(Instant("2027-01-20T00:00:00Z"))
        for days in rules {
            let timing = Timing(days, in: copenhagen, shift: shift, holidays: danish)
            let all = timing.occurrences(from: from, to: to)
            #expect(all.count > 8, "\(timing)")
            var (found, last) = ([Occurrence](), Instant(microseconds: from.microseconds - 1))
            while found.count < all.count {
                let run = timing.next(after: last)
                found.append(run)
                last = run.instant
            }
            #expect(found == all, "\(timing)")
            var end = Instant(microseconds: to.microseconds - 1)
            var backwards: [Occurrence] = []
            let start = Instant(microseconds: from.microseconds - 1)
            while let run = timing.latest(after: start, through: end) {
                backwards.append(run)
                end = Instant(microseconds: run.instant.microseconds - 1)
            }
            #expect(backwards.reversed() == all, "\(timing)")
            for run in all { #expect(timing.run(plannedFor: run.local) == run) }
        }
    }

    @Test("a schedule that begins years from now waits for that")
    func beginnings() throws {
        let timing = Timing(
            .rule(try rule("{weeks: 2, from: 2040-01-02}"), at: [27_000]), in: copenhagen)
        let run = timing.next(after: try #require(Instant("2026-01-01T00:00:00Z")))
        #expect(run.local.description == "2040-01-02T07:30:00")
    }

    private static let head = """
        schedule: s
        report: sales-register
        company: rendetalje
        period: last-month
        format: pdf
        recipients: [{address: a@example.com, companies: [rendetalje]}]

        """

    @Test("a definition says when it runs")
    func definition() throws {
        let schedule = try Schedule(
            DefinitionNode(
                parsing: Self.head + "days: {business-day: last, of: month}\nat: \"16:00\"\n",
                file: "s.yaml"), companies: ScheduleFixture.directory(), holidays: book,
            reports: ["sales-register"])
        #expect(
            schedule.timing.description
                == "business-day -1 of month at 16:00 Europe/Copenhagen")
        let runs = schedule.preview(after: try #require(Instant("2026-11-01T00:00:00Z")), count: 3)
        #expect(
            runs.map(\.local.description) == [
                "2026-11-30T16:00:00", "2026-12-31T16:00:00", "2027-01-29T16:00:00",
            ])
    }

    @Test(
        "mistakes are quoted and answered",
        arguments: [
            ("", "nothing says when the schedule runs; add ‘cron: 30 7 * * MON’"),
            ("at: \"07:30\"", "‘at’ goes with ‘days’"),
            ("cron: 30 7 * * MON\ndays: {day: 1, of: month}\nat: \"07:30\"", "says twice when"),
            ("days: {day: 1, of: month}", "‘at’ is missing"),
            ("days: {day: 0, of: month}\nat: \"07:30\"", "there is no day 0; count from 1"),
            (
                "days: {day: 1, of: moth}\nat: \"07:30\"",
                "‘moth’ is not a step of time; did you mean ‘month’?"
            ),
            ("days: {day: 1, friday: 2, of: month}\nat: \"07:30\"", "days are named twice"),
            ("days: {weeks: 2}\nat: \"07:30\"", "‘from’ is missing"),
            ("days: {weeks: 2, from: 2026-01-05, of: month}\nat: \"7\"", "does not go with"),
            ("days: {day: 1, of: month}\nat: 7:30", "is not a time of day; write it as"),
            ("days: {day: 1, of: month}\nat: [\"07:30\", \"07:30\"]", "not different times"),
            ("cron: 30 7 * * MON\nshift: next", "use one of: next-business-day, none, previous"),
            (
                "cron: 30 7 * * MON\nshift: next-business-day\nholidays: SE",
                "the holidays of ‘SE’ are not known"
            ),
        ])
    func mistakes(lines: String, words: String) throws {
        let advice = #expect(throws: Advice.self) {
            try Schedule(
                DefinitionNode(parsing: Self.head + lines + "\n", file: "s.yaml"),
                companies: ScheduleFixture.directory(), holidays: book,
                reports: ["sales-register"])
        }
        #expect(advice?.description.contains(words) == true, "\(advice?.description ?? "")")
        #expect(advice?.place != nil)
    }
}
