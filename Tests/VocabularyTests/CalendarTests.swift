import Foundation
import Testing
import Vocabulary

@Suite struct CalendarTests {
    /// Lines that Python prints, as an independent calendar.
    private func python(_ program: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func daysAndIsoWeeksAgreeWithPython() throws {
        let lines = try python(
            """
            import datetime
            for n in range(-3000, 30000, 7):
                d = datetime.date(1970, 1, 1) + datetime.timedelta(days=n)
                y, w, wd = d.isocalendar()
                print(n, d, y, w, wd)
            """)
        #expect(lines.count > 4000)
        for line in lines {
            let words = line.split(separator: " ")
            let day = LocalDay(number: try #require(Int32(words[0])))
            let week = day.isoWeek
            #expect("\(day.number) \(day) \(week.year) \(week.week) \(day.isoWeekday)" == line)
            #expect(LocalDay(String(words[1])) == day)
        }
    }

    @Test func zonesAgreeWithPython() throws {
        // Python's zoneinfo reads the same files by code of its own.
        let lines = try python(
            """
            import datetime, zoneinfo
            zones = ["Europe/Copenhagen", "Europe/Amsterdam", "Africa/Nairobi", "Africa/Blantyre",
                     "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
                     "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin", "UTC"]
            for name in zones:
                zone = zoneinfo.ZoneInfo(name)
                # All times that we know of, and every hour or two around the changes of two years.
                for start, end, step in [(0, 4102444800, 1296013), (1735689600, 1798761600, 5003)]:
                    for t in range(start, end, step):
                        utc = datetime.datetime.fromtimestamp(t, datetime.timezone.utc)
                        print(name, t, int(utc.astimezone(zone).utcoffset().total_seconds()))
            """)
        #expect(lines.count > 180_000)
        for line in lines {
            let words = line.split(separator: " ")
            let zone = try Zone(named: String(words[0]))
            let instant = Instant(seconds: try #require(Int64(words[1])))
            #expect("\(words[0]) \(words[1]) \(zone.offset(at: instant))" == line)
        }
    }

    @Test func skippedAndRepeatedHoursFollowTheRule() throws {
        let zone = try Zone(named: "Europe/Copenhagen")
        func instant(_ day: String, _ hour: Int, _ minute: Int) throws -> String {
            let local = LocalTime(
                day: try #require(LocalDay(day)), secondOfDay: hour * 3600 + minute * 60)
            return zone.instant(of: local).description
        }
        // DOMAIN §11: 28 March 2027 02:30 does not exist and is shifted to 03:30 (+02:00).
        #expect(try instant("2027-03-28", 2, 30) == "2027-03-28T01:30:00Z")
        // 25 October 2026 02:30 comes twice; the first is at +02:00.
        #expect(try instant("2026-10-25", 2, 30) == "2026-10-25T00:30:00Z")
        #expect(
            zone.day(of: try #require(Instant("2026-06-30T22:30:00Z"))).description == "2026-07-01")
        #expect(
            zone.start(of: try #require(LocalDay("2026-10-26"))).description
                == "2026-10-25T23:00:00Z")
    }

    @Test func everyDayBeginsWhereTheLastOneEnds() throws {
        for name in ["Europe/Copenhagen", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"] {
            let zone = try Zone(named: name)
            var day = LocalDay(number: 10_957)
            while day.number < 25_000 {
                let start = zone.start(of: day)
                #expect(zone.day(of: start) == day, "\(name) \(day)")
                #expect(zone.day(of: start.adding(seconds: -1)) < day, "\(name) \(day)")
                day = day.adding(days: 1)
            }
        }
    }

    @Test func unknownZonesAreRefused() {
        for name in ["Europe/Kopenhagen", "", "../etc/passwd", "/etc/passwd", "Europe"] {
            #expect(throws: Advice.self) { try Zone(named: name) }
        }
    }

    @Test(arguments: [
        "2026-06-30T22:30:00Z", "1969-12-31T23:59:59.5Z", "2026-06-30T22:30:00.000001Z",
    ])
    func instantsReadBack(_ text: String) throws {
        let instant = try #require(Instant(text))
        #expect(Instant(instant.description) == instant)
    }

    @Test func instantsTakeOffsets() throws {
        #expect(Instant("2026-07-01T00:30:00+02:00") == Instant("2026-06-30T22:30:00Z"))
        for wrong in [
            "2026-06-30", "2026-06-30T22:30Z", "2026-02-30T00:00:00Z", "2026-06-30T24:00:00Z",
        ] {
            #expect(Instant(wrong) == nil)
        }
    }

    private let today = LocalDay(year: 2026, month: 11, day: 20)

    @Test(arguments: [
        ("today", "2026-11-20"), ("yesterday", "2026-11-19"),
        ("this-week", "2026-11-16 – 2026-11-22"), ("last-month", "2026-10-01 – 2026-10-31"),
        ("this-quarter", "2026-10-01 – 2026-12-31"), ("last-year", "2025-01-01 – 2025-12-31"),
        ("month-to-date", "2026-11-01 – 2026-11-20"), ("last-30-days", "2026-10-22 – 2026-11-20"),
        ("last-12-months", "2025-12-01 – 2026-11-30"), ("last-2-weeks", "2026-11-09 – 2026-11-22"),
        ("next-8-weeks", "2026-11-16 – 2027-01-10"), ("next-1-days", "2026-11-20"),
        ("next-30-days", "2026-11-20 – 2026-12-19"), ("next-2-months", "2026-11-01 – 2026-12-31"),
        ("2026", "2026-01-01 – 2026-12-31"),
        ("2026-Q2", "2026-04-01 – 2026-06-30"), ("2026-02", "2026-02-01 – 2026-02-28"),
        ("2026-W53", "2026-12-28 – 2027-01-03"), ("2026-06-30", "2026-06-30"),
        ("2026-06-01..2026-06-03", "2026-06-01 – 2026-06-03"),
    ])
    func periodsHaveNames(_ name: String, expected: String) throws {
        #expect(try PeriodName(name).period(today: #require(today)).description == expected)
    }

    @Test func impossiblePeriodsAreRefusedWithAdvice() throws {
        let backwards = #expect(throws: Advice.self) { try PeriodName("2026-06-03..2026-06-01") }
        #expect(
            backwards?.description
                == "the period ends on 2026-06-01, before it begins on 2026-06-03; exchange the two dates"
        )
        let misspelt = #expect(throws: Advice.self) { try PeriodName("this-mont") }
        #expect(misspelt?.description == "‘this-mont’ is not a period; did you mean ‘this-month’?")
        for wrong in ["2025-W53", "2026-13", "2026-Q5", "2026-02-30", "last-0-days", ""] {
            #expect(throws: Advice.self) { try PeriodName(wrong) }
        }
    }

    @Test(arguments: [
        // A closed month against the month before; an open one against the same elapsed part.
        ("2026-10", Comparison.previous, "2026-10-01 – 2026-10-31", "2026-09-01 – 2026-09-30"),
        ("2026-11", .previous, "2026-11-01 – 2026-11-20", "2026-10-01 – 2026-10-20"),
        ("2026-03", .previous, "2026-03-01 – 2026-03-31", "2026-02-01 – 2026-02-28"),
        ("this-week", .previous, "2026-11-16 – 2026-11-20", "2026-11-09 – 2026-11-13"),
        ("last-30-days", .previous, "2026-10-22 – 2026-11-20", "2026-09-22 – 2026-10-21"),
        ("this-year", .lastYear, "2026-01-01 – 2026-11-20", "2025-01-01 – 2025-11-20"),
        ("2024-02", .lastYear, "2024-02-01 – 2024-02-29", "2023-02-01 – 2023-02-28"),
        ("today", .sameWeekday, "2026-11-20", "2025-11-21"),
    ])
    func comparisonsNeverHoldAnOpenPeriodAgainstAClosedOne(
        _ name: String, comparison: Comparison, now: String, before: String
    ) throws {
        let today = try #require(today)
        let spans = comparison.spans(of: try PeriodName(name).period(today: today), today: today)
        #expect(spans.now.description == now)
        #expect(spans.before.description == before)
    }
}
