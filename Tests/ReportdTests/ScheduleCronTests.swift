import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Cron")
struct ScheduleCronTests {
    private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

    private func locals(
        _ line: String, _ zoneName: String, from: String, count: Int
    ) throws -> [String] {
        let (cron, zone) = (try Cron(line), try Zone(named: zoneName))
        var last = try instant(from)
        return (0..<count).map { _ in
            let run = cron.next(after: last, in: zone)
            last = run.instant
            return "\(run.local) \(run.instant)"
        }
    }

    @Test("lists, ranges, steps, names, Sunday as 0 and 7")
    func fields() throws {
        #expect(
            try locals("0,30 8-9 * * *", "UTC", from: "2026-01-01T00:00:00Z", count: 5) == [
                "2026-01-01T08:00:00 2026-01-01T08:00:00Z",
                "2026-01-01T08:30:00 2026-01-01T08:30:00Z",
                "2026-01-01T09:00:00 2026-01-01T09:00:00Z",
                "2026-01-01T09:30:00 2026-01-01T09:30:00Z",
                "2026-01-02T08:00:00 2026-01-02T08:00:00Z",
            ])
        let same = [
            ["0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * sun"],
            ["0 0 * * FRI-SUN", "0 0 * * 5-7", "0 0 * * 0,5-6"],
            ["*/20 * 1 jan,JUL *", "0,20,40 0-23 1 1-7/6 *"],
            ["0 0 * * *", "0 0 */1 * *", "0 0 1-31 * *"],
        ]
        for lines in same {
            let runs = try lines.map {
                try locals($0, "Africa/Nairobi", from: "2026-02-01T00:00:00Z", count: 40)
            }
            #expect(runs.dropFirst().allSatisfy { $0 == runs[0] }, "\(lines)")
        }
    }

    @Test("both day fields: either suffices, unless one begins with *")
    func bothDays() throws {
        #expect(
            try locals("0 8 13 * FRI", "UTC", from: "2026-02-07T00:00:00Z", count: 4).map {
                $0.prefix(10)
            } == ["2026-02-13", "2026-02-20", "2026-02-27", "2026-03-06"])
        #expect(
            try locals("0 8 */10 * MON", "UTC", from: "2026-01-01T00:00:00Z", count: 3).map {
                $0.prefix(10)
            } == ["2026-05-11", "2026-06-01", "2026-08-31"])
    }

    @Test("days 29–31 are the last day of short months; steps are not")
    func shortMonths() throws {
        let ends = try locals("0 8 31 * *", "UTC", from: "2028-01-01T00:00:00Z", count: 12)
        #expect(
            ends.map { String($0.prefix(10).suffix(5)) } == [
                "01-31", "02-29", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30",
                "10-31", "11-30", "12-31",
            ])
        #expect(
            try locals("0 8 29-31 2 *", "UTC", from: "2026-01-01T00:00:00Z", count: 4).map {
                $0.prefix(10)
            } == ["2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"])
        #expect(
            try locals("0 8 */2 4 *", "UTC", from: "2026-04-28T00:00:00Z", count: 2).map {
                $0.prefix(10)
            } == ["2026-04-29", "2027-04-01"])
    }

    @Test("the clock changes of DOMAIN §11")
    func clockChanges() throws {
        #expect(
            try locals("30 2 * * *", "Europe/Copenhagen", from: "2027-03-27T12:00:00Z", count: 2)
                == [
                    "2027-03-28T02:30:00 2027-03-28T01:30:00Z",
                    "2027-03-29T02:30:00 2027-03-29T00:30:00Z",
                ])
        #expect(
            try locals("30 2 * * *", "Europe/Copenhagen", from: "2026-10-24T12:00:00Z", count: 2)
                == [
                    "2026-10-25T02:30:00 2026-10-25T00:30:00Z",
                    "2026-10-26T02:30:00 2026-10-26T01:30:00Z",
                ])
        // 02:00 and 02:30, shifted, coincide with 03:00 and 03:30: one run each.
        #expect(
            try locals("*/30 * * * *", "Europe/Copenhagen", from: "2027-03-28T00:30:00Z", count: 3)
                == [
                    "2027-03-28T03:00:00 2027-03-28T01:00:00Z",
                    "2027-03-28T03:30:00 2027-03-28T01:30:00Z",
                    "2027-03-28T04:00:00 2027-03-28T02:00:00Z",
                ])
        // Samoa left out 30 December 2011.
        #expect(
            try locals("0 9 30 12 *", "Pacific/Apia", from: "2011-12-01T00:00:00Z", count: 1) == [
                "2011-12-30T09:00:00 2011-12-30T19:00:00Z"
            ])
    }

    @Test("year ends, leap days, the turn of a century")
    func calendar() throws {
        #expect(
            try locals("59 23 31 12 *", "Africa/Blantyre", from: "2026-06-01T00:00:00Z", count: 2)
                == [
                    "2026-12-31T23:59:00 2026-12-31T21:59:00Z",
                    "2027-12-31T23:59:00 2027-12-31T21:59:00Z",
                ])
        let leap = try Cron("0 0 29 2 *")
        var last = try instant("2095-01-01T00:00:00Z")
        var days: [String] = []
        for _ in 0..<11 {
            let run = leap.next(after: last, in: .utc)
            days.append(String(run.local.day.description.suffix(5)))
            last = run.instant
        }
        #expect(days == (2095...2105).map { [2096, 2104].contains($0) ? "02-29" : "02-28" })
        // The rarest line there is: 1 February on a Monday, after 2094.
        let rare = try Cron("0 0 */31 2 1").next(after: instant("2094-03-01T00:00:00Z"), in: .utc)
        #expect(rare.local.day.description == "2100-02-01")
    }

    /// Zones with ordinary, half-hour, two-hour, midnight, Ramadan and southern changes, and none.
    static let zones = [
        "Europe/Copenhagen", "Europe/Amsterdam", "Europe/London", "Africa/Nairobi",
        "Africa/Blantyre", "Africa/Casablanca", "Africa/Cairo", "America/New_York",
        "America/Santiago", "America/Havana", "America/Nuuk", "Asia/Beirut", "Asia/Tehran",
        "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Chatham",
    ]
    /// Cron lines on the quarter hour, each with the same rule in other words.
    static let lines: [(line: String, allows: @Sendable (LocalTime) -> Bool)] = [
        ("*/15 * * * *", { _ in true }),
        ("30 2 * * *", { $0.secondOfDay == 9000 }),
        ("0 0 * * *", { $0.secondOfDay == 0 }),
        (
            "15,45 0-3 * * SUN",
            {
                $0.day.isoWeekday == 7 && $0.secondOfDay / 900 % 2 == 1
                    && $0.secondOfDay < 4 * 3600
            }
        ),
        (
            "30 23 31 * *",
            {
                $0.secondOfDay == 23 * 3600 + 1800
                    && $0.day.civil.day
                        == LocalDay.length(
                            ofMonth: $0.day.civil.month,
                            year: $0.day.civil.year)
            }
        ),
    ]

    /// What a watcher of the wall clock sees, quarter hour by quarter hour (minute by minute where
    /// clocks change beside one): a time the clock shows for the first time runs now, a time it skips
    /// runs as much later as it skips.
    private func watched(
        _ zone: Zone, around change: Instant, _ allows: (LocalTime) -> Bool
    ) -> [Occurrence] {
        let look: Int64 = change.seconds % 900 == 0 ? 900 : 60
        let start = change.adding(seconds: -2 * 86_400)
        var highest = zone.local(start.adding(seconds: -look)).secondsSinceEpoch
        var found: [Instant: Occurrence] = [:]
        for step in 0..<(4 * 86_400 / look) {
            let now = start.adding(seconds: step * look)
            let shown = zone.local(now).secondsSinceEpoch
            while highest < shown {
                highest += look
                let local = LocalTime(secondsSinceEpoch: highest)
                let skipped = highest < shown
                guard local.secondOfDay % 900 == 0, allows(local) else { continue }
                let gap =
                    shown - zone.local(now.adding(seconds: -look)).secondsSinceEpoch - look
                let instant = skipped ? now.adding(seconds: highest + gap - shown) : now
                if found[instant] == nil || !skipped {
                    found[instant] = Occurrence(local: local, instant: instant)
                }
            }
        }
        return found.values.sorted { $0.instant < $1.instant }
    }

    @Test("every clock change from 2020 to 2035 agrees with watching the clock", arguments: zones)
    func properties(name: String) throws {
        let zone = try Zone(named: name)
        let years = try instant("2020-01-01T00:00:00Z")..<instant("2036-01-01T00:00:00Z")
        var moments = zone.changes(in: years)
        if moments.isEmpty {
            moments = [try instant("2024-02-29T00:00:00Z"), try instant("2026-12-31T23:00:00Z")]
        }
        for change in moments {
            let (from, to) = (change.adding(seconds: -100_800), change.adding(seconds: 100_800))
            for (line, allows) in Self.lines {
                let cron = try Cron(line)
                let expected = watched(zone, around: change, allows)
                    .filter { $0.instant >= from && $0.instant < to }
                let found = cron.occurrences(from: from, to: to, in: zone)
                #expect(found == expected, "\(line) in \(name) around \(change)")
                for (run, following) in zip(expected, expected.dropFirst())
                where line != Self.lines[0].line || run.instant == change {
                    #expect(cron.next(after: run.instant, in: zone) == following)
                }
                let justBefore = Instant(microseconds: to.microseconds - 1)
                let start = Instant(microseconds: from.microseconds - 1)
                #expect(
                    cron.latest(after: start, through: justBefore, in: zone) == expected.last,
                    "\(line) in \(name) around \(change)")
            }
        }
    }

    /// Every zone that the system knows, those that were always alike once: each clock change with
    /// one of the lines, in turns.
    @Test("every clock change of every zone from 2000 to 2040 agrees with watching the clock")
    func everyZone() throws {
        let table = try String(contentsOfFile: "/usr/share/zoneinfo/tzdata.zi", encoding: .utf8)
        let names = table.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return switch words.first {
            case "Z": String(words[1])
            case "L": String(words[2])
            default: nil
            }
        }
        #expect(names.count > 500)
        let years = try instant("2000-01-01T00:00:00Z")..<instant("2041-01-01T00:00:00Z")
        var seen: Set<[Int64]> = []
        var changes = 0
        for name in names.sorted() {
            let zone = try Zone(named: name)
            let moments = zone.changes(in: years)
            let offsets = ([years.lowerBound] + moments).map { Int64(zone.offset(at: $0)) }
            guard seen.insert(moments.map(\.seconds) + offsets).inserted else { continue }
            for change in moments {
                let (line, allows) = Self.lines[changes % Self.lines.count]
                changes += 1
                let cron = try Cron(line)
                let (from, to) = (change.adding(seconds: -100_800), change.adding(seconds: 100_800))
                let expected = watched(zone, around: change, allows)
                    .filter { $0.instant >= from && $0.instant < to }
                #expect(
                    cron.occurrences(from: from, to: to, in: zone) == expected,
                    "\(line) in \(name) around \(change)")
            }
        }
        #expect(changes > 5_000)
    }

    @Test(
        "mistakes are quoted and answered",
        arguments: [
            (
                "30 7 * *",
                "‘30 7 * *’ has 4 fields, and a cron line has five; write minute, hour, "
                    + "day, month and weekday, as 30 7 * * MON"
            ),
            (
                "@daily",
                "‘@daily’ has 1 fields, and a cron line has five; write minute, hour, day, "
                    + "month and weekday, as 30 7 * * MON"
            ),
            ("75 7 * * *", "‘75’ is not a minute; use a number from 0 to 59"),
            ("0 24 * * *", "‘24’ is not a hour; use a number from 0 to 23"),
            ("0 0 0 * *", "‘0’ is not a day of the month; use a number from 1 to 31"),
            ("0 0 * * MOM", "‘MOM’ is not a day of the week; did you mean ‘MON’?"),
            (
                "0 0 * JANUARY *",
                "‘JANUARY’ is not a month; use a number from 1 to 12, or names "
                    + "such as JAN"
            ),
            (
                "0 0 * * 5L",
                "‘5L’ is not a day of the week; use a number from 0 to 7, or names "
                    + "such as SUN"
            ),
            (
                "*/0 * * * *",
                "‘*/0’ in the field minute has no legal step; write a step as */2 or "
                    + "8-18/2"
            ),
            (
                "5/10 * * * *",
                "‘5/…’ in the field minute has a step but no range; write where it "
                    + "ends, as 5-59/5"
            ),
            (
                "0 22-2 * * *",
                "the range ‘22-2’ in the field hour runs backwards; write two ranges: "
                    + "22-23,0-2"
            ),
            (
                "0 1-2-3 * * *",
                "‘1-2-3’ in the field hour is not a range; write two values with a "
                    + "hyphen between them, as 9-17"
            ),
            ("0 1, * * *", "‘’ is not a hour; use a number from 0 to 23"),
        ])
    func mistakes(line: String, words: String) throws {
        let advice = #expect(throws: Advice.self) { try Cron(line) }
        #expect(advice?.description.hasPrefix(words) == true, "\(advice?.description ?? "")")
    }
}

extension Cron {
    fileprivate func next(after instant: Instant, in zone: Zone) -> Occurrence {
        Timing(.cron(self), in: zone).next(after: instant)
    }

    fileprivate func latest(
        after start: Instant, through end: Instant, in zone: Zone
    ) -> Occurrence? {
        Timing(.cron(self), in: zone).latest(after: start, through: end)
    }

    fileprivate func occurrences(
        from start: Instant, to end: Instant, in zone: Zone
    ) -> [Occurrence] {
        Timing(.cron(self), in: zone).occurrences(from: start, to: end)
    }
}
