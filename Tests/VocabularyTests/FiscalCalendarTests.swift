import Testing
import Vocabulary

/// Fiscal years: known dates, and steps that never leave a day out.
@Suite struct FiscalCalendarTests {
    private static let july = FiscalCalendar.months(from: 7)
    /// The retail calendar of the United States: 4-5-4, to the Saturday nearest to 31 January.
    private static let retail = FiscalCalendar.weeks(
        FiscalWeeks(pattern: [4, 5, 4], weekday: 6, month: 1, isNearest: true))
    private static let lastFriday = FiscalCalendar.weeks(
        FiscalWeeks(pattern: [4, 4, 5], weekday: 5, month: 12, isNearest: false))

    @Test(arguments: [
        ("FY2026", july, "2025-07-01 – 2026-06-30"),
        ("FY2026-Q3", july, "2026-01-01 – 2026-03-31"),
        ("FY2026-P01", july, "2025-07-01 – 2025-07-31"),
        ("this-fiscal-year", july, "2026-07-01 – 2027-06-30"),
        ("last-fiscal-quarter", july, "2026-07-01 – 2026-09-30"),
        ("fiscal-year-to-date", july, "2026-07-01 – 2026-11-20"),
        ("FY2026", .calendarYears, "2026-01-01 – 2026-12-31"),
        // National Retail Federation: its 2023 had 53 weeks and ended on 3 February 2024.
        ("FY2023", retail, "2022-01-30 – 2023-01-28"),
        ("FY2024", retail, "2023-01-29 – 2024-02-03"),
        ("FY2025", retail, "2024-02-04 – 2025-02-01"),
        ("FY2025-P02", retail, "2024-03-03 – 2024-04-06"),
        ("FY2024-P12", retail, "2023-12-31 – 2024-02-03"),
        ("FY2024-Q4", retail, "2023-10-29 – 2024-02-03"),
        ("FY2026", lastFriday, "2025-12-27 – 2026-12-25"),
    ])
    func yearsHaveTheirDays(_ name: String, _ calendar: FiscalCalendar, _ expected: String) throws {
        let today = try #require(LocalDay("2026-11-20"))
        #expect(
            try PeriodName(name).period(today: today, in: calendar).description == expected)
    }

    @Test(arguments: [july, retail, lastFriday, .calendarYears, .months(from: 12)])
    func everyDayLiesInOneStep(_ calendar: FiscalCalendar) throws {
        let first = try #require(LocalDay("2015-03-05"))
        for grain in [Grain.fiscalMonth, .fiscalQuarter, .fiscalYear] {
            var labels: Set<String> = []
            var step = grain.start(of: first, in: calendar)
            var longest = 0
            while step.civil.year < 2045 {
                let next = grain.next(after: step, in: calendar)
                let days = step.distance(to: next)
                longest = max(longest, days)
                #expect(labels.insert(grain.label(of: step, in: calendar)).inserted)
                for day in [step, step.adding(days: days / 2), next.adding(days: -1)] {
                    #expect(grain.start(of: day, in: calendar) == step)
                    // Every step lies in one of each greater grain.
                    let year = Grain.fiscalYear.start(of: day, in: calendar)
                    #expect(Grain.fiscalYear.start(of: step, in: calendar) == year)
                }
                #expect(
                    try PeriodName(grain.label(of: step, in: calendar))
                        .period(today: step, in: calendar).start == step)
                step = next
            }
            switch (grain, calendar) {
            case (.fiscalYear, .weeks): #expect(longest == 371)
            case (.fiscalYear, .months): #expect(longest == 366)
            case (.fiscalMonth, .weeks): #expect(longest == 42 || longest == 35)
            default: break
            }
        }
    }

    @Test(arguments: [
        ("FY2025-P02", Comparison.previous, "2024-02-04 – 2024-03-02"),
        ("FY2025-P02", .lastYear, "2023-02-26 – 2023-04-01"),
        ("FY2025", .lastYear, "2023-01-29 – 2024-02-03"),
        ("FY2025-Q1", .previous, "2023-10-29 – 2024-02-03"),
        ("FY2025-P02", .sameWeekday, "2023-03-05 – 2023-04-08"),
        ("2026-10", .previous, "2026-09-01 – 2026-09-30"),
    ])
    func periodsOfWeeksAreComparedWithTheirLikes(
        _ name: String, _ comparison: Comparison, _ before: String
    ) throws {
        let today = try #require(LocalDay("2026-11-20"))
        let period = try PeriodName(name).period(today: today, in: Self.retail)
        #expect(
            comparison.spans(of: period, today: today, in: Self.retail).before.description
                == before)
    }

    @Test func companiesSayWhenTheirYearsBegin() throws {
        func calendar(_ fields: String) throws -> FiscalCalendar {
            try CompanyDirectory(
                DefinitionNode(
                    parsing: """
                        companies:
                          - {code: a, name: A, zone: UTC, currency: EUR, country: NL, \(fields)}
                        """, file: "companies.yaml")
            ).companies[0].fiscalCalendar
        }
        #expect(try calendar("locale: nl") == .calendarYears)
        #expect(try calendar("fiscal-year-start: 7") == Self.july)
        #expect(
            try calendar(
                "fiscal-weeks: {pattern: 4-5-4, end: nearest, weekday: saturday, month: 1}")
                == Self.retail)
        for (fields, expected) in [
            ("fiscal-year-start: 13", "‘13’"),
            (
                "fiscal-weeks: {pattern: 4-4-6, end: last, weekday: friday, month: 1}",
                "‘4-4-6’ is not known here; did you mean ‘4-4-5’?"
            ),
            (
                "fiscal-year-start: 1, fiscal-weeks: {}",
                "a company has ‘fiscal-year-start’ or ‘fiscal-weeks’, not both"
            ),
        ] {
            let advice = try #require(throws: Advice.self) { try calendar(fields) }
            #expect(advice.description.contains(expected), "\(advice)")
        }
        for wrong in ["FY26", "FY2026-Q5", "FY2026-P13", "FY2026-Q1-x", "FY-2026", "FY2026-X1"] {
            #expect(throws: Advice.self) { try PeriodName(wrong) }
        }
    }
}
