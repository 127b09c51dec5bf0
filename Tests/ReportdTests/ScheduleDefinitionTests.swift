import Analytics
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// Companies and schedules for tests.
enum ScheduleFixture {
    static let companies = """
        companies:
          - {code: rendetalje, name: Rendetalje, zone: Europe/Copenhagen, currency: DKK,
             country: DK, groups: [renos], locale: da}
          - {code: tekup, name: Tekup, zone: Europe/Copenhagen, currency: DKK, country: DK,
             groups: [renos], locale: da}
          - {code: chikondi, name: Chikondi, zone: Africa/Blantyre, currency: MWK, country: MW,
             groups: [all]}
        """

    static func directory() throws -> CompanyDirectory {
        try CompanyDirectory(DefinitionNode(parsing: companies, file: "companies.yaml"))
    }

    /// The holidays that are shipped.
    static func holidays() throws -> HolidayBook {
        try HolidayBook(definitions: repositoryQueries)
    }

    static let repositoryQueries = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("queries").path

    /// Channels that reports may go to.
    static func channels() throws -> [Channel] {
        try Channel.all(
            DefinitionNode(
                parsing: "channels: {managers: {kind: slack, url-file: /nowhere}}",
                file: "channels.yaml"))
    }

    /// Metrics that a condition may name.
    static let metrics = ScheduleMetrics(names: ["revenue", "sales"]) { query in
        guard query.filters.isEmpty || query.metrics == ["revenue"] else {
            throw Advice(.request, "no such column", remedy: "leave it out")
        }
    }

    /// A schedule with as many recipients as addresses are given.
    static func schedule(
        _ name: String = "monday-sales", cron: String = "30 7 * * MON", missed: String = "latest",
        more: String = "", to addresses: [String]
    ) throws -> Schedule {
        let recipients = addresses.map { "  - {address: \($0), companies: [rendetalje]}" }
        let text = """
            schedule: \(name)
            report: sales-register
            company: rendetalje
            period: last-week
            cron: "\(cron)"
            format: pdf
            missed: \(missed)
            \(more)
            recipients:
            \(recipients.joined(separator: "\n"))
            """
        return try Schedule(
            DefinitionNode(parsing: text, file: "\(name).yaml"), companies: directory(),
            holidays: HolidayBook(), reports: ["sales-register"], metrics: metrics)
    }
}

@Suite("Schedule definitions")
struct ScheduleDefinitionTests {
    static let text = """
        schedule: monday-sales
        report: sales-register
        companies: [rendetalje, tekup]
        period: last-week
        cron: 30 7 * * MON
        zone: Europe/Copenhagen
        format: pdf
        subject: Sales of last week
        missed: skip
        recipients:
          - address: office@Example.com
            name: Office
            locale: da
            companies: [rendetalje]
        """

    private func read(_ text: String) throws -> Schedule {
        try Schedule(
            DefinitionNode(parsing: text, file: "schedules/monday-sales.yaml"),
            companies: ScheduleFixture.directory(), holidays: ScheduleFixture.holidays(),
            reports: ["sales-register", "shop-register"], metrics: ScheduleFixture.metrics,
            channels: ScheduleFixture.channels())
    }

    @Test("a definition is read, and its period is that of the scheduled day")
    func reads() throws {
        let schedule = try read(Self.text)
        #expect(schedule.companies == ["rendetalje", "tekup"])
        #expect(schedule.subject == "Sales of last week")
        #expect(schedule.missed == .skip)
        #expect(
            schedule.recipients == [
                Schedule.Recipient(
                    address: "office@example.com", name: "Office", locale: "da",
                    companies: ["rendetalje"])
            ])
        // Monday 6 July 2026, 07:30 in Copenhagen.
        let runs = schedule.preview(after: try #require(Instant("2026-07-01T00:00:00Z")), count: 2)
        #expect(
            runs.map { "\($0.local) \($0.instant) \(schedule.period(of: $0))" } == [
                "2026-07-06T07:30:00 2026-07-06T05:30:00Z 2026-06-29 – 2026-07-05",
                "2026-07-13T07:30:00 2026-07-13T05:30:00Z 2026-07-06 – 2026-07-12",
            ])
    }

    @Test("what may be left out follows the company")
    func defaults() throws {
        let schedule = try ScheduleFixture.schedule(to: ["a@example.com"])
        #expect(schedule.zone.name == "Europe/Copenhagen")
        #expect(schedule.missed == .latest)
        #expect(schedule.recipients[0].locale == "da")
        #expect(schedule.subject == nil)
        let group = try read(
            Self.text.replacing("companies: [rendetalje, tekup]", with: "group: renos"))
        #expect(group.companies == ["rendetalje", "tekup"])
        #expect(group.group == "renos")
    }

    @Test(
        "each mistake names file, line and the nearest name",
        arguments: [
            (
                "sales-register", "sales-regster",
                ":2:9: there is no report ‘sales-regster’; did you "
                    + "mean ‘sales-register’?"
            ),
            (
                "rendetalje, tekup", "rendetalje, tekop",
                ":3:25: there is no company ‘tekop’; did you "
                    + "mean ‘tekup’?"
            ),
            (
                "companies: [rendetalje, tekup]", "group: reno",
                ":3:8: there is no group ‘reno’; did "
                    + "you mean ‘renos’?"
            ),
            (
                "companies: [rendetalje, tekup]\n", "",
                ":1:1: the schedule names no company; write "
                    + "one of ‘company: …’, ‘companies: […]’ and ‘group: …’"
            ),
            (
                "period", "group: renos\nperiod",
                ":1:1: the schedule names its companies twice, by "
                    + "companies, group; write one of ‘company: …’, ‘companies: […]’ and ‘group: …’"
            ),
            (
                "last-week", "last-weak",
                ":4:9: ‘last-weak’ is not a period; did you mean "
                    + "‘last-week’?"
            ),
            ("* * MON", "* * MOM", ":5:7: ‘MOM’ is not a day of the week; did you mean ‘MON’?"),
            (
                "Europe/Copenhagen", "Europe/Kopenhagen",
                ":6:7: time zone ‘Europe/Kopenhagen’ is not "
                    + "in this system's zone database; use a name such as Europe/Copenhagen, and see "
                    + "that package tzdata is installed"
            ),
            ("pdf", "pfd", ":7:9: ‘pfd’ is not a file format; did you mean ‘pdf’?"),
            (
                "subject: Sales of last week", "subject: \"a\\nBcc: x@y\"",
                ":8:10: this is not one "
                    + "line of text; write it on one line"
            ),
            ("skip", "skipp", ":9:9: ‘skipp’ is not a rule for missed runs; did you mean ‘skip’?"),
            (
                "office@Example.com", "office",
                ":11:14: ‘office’ is not a mail address; write it as "
                    + "name@domain, in letters of plain ASCII"
            ),
            (
                "locale: da", "locale: danish",
                ":13:13: ‘danish’ is not a language and region; write "
                    + "one as da or en-MW"
            ),
            (
                "companies: [rendetalje]", "companies: [chikondi]",
                ":14:16: office@example.com may "
                    + "see none of the companies that the report shows; grant one of them here, or "
                    + "remove the recipient"
            ),
            (
                "companies: [rendetalje]", "companies: []",
                ":14:16: this list is empty; add an entry"
            ),
            (
                "recipients", "recipient",
                ":10:1: ‘recipient’ is not known here; did you mean "
                    + "‘recipients’?"
            ),
            (
                "missed: skip", "missed: skip\npaused: maybe",
                ":10:9: ‘maybe’ is neither true nor false; write one of them"
            ),
            (
                "missed: skip", "wait: {until: date, for: 6h, then: hold}",
                ":9:15: ‘date’ is not a thing to wait for; did you mean ‘data’?"
            ),
            (
                "missed: skip", "wait: {until: data, for: 6 hours, then: hold}",
                ":9:26: ‘6 hours’ is no span of time from 1 minute to 14 days; write a whole "
                    + "number and m, h or d, such as 90m or 6h"
            ),
            (
                "missed: skip", "wait: {until: data, for: 15d, then: hold}",
                ":9:26: ‘15d’ is no span of time from 1 minute to 14 days; write a whole number "
                    + "and m, h or d, such as 90m or 6h"
            ),
            (
                "missed: skip", "wait: {until: data, for: 6h, then: send}",
                ":9:36: ‘send’ is not a way for a wait to end; use one of: hold, send-incomplete"
            ),
            (
                "missed: skip", "wait: {until: data, for: 6h}",
                ":9:7: ‘then’ is missing here; add a line ‘then: …’"
            ),
            (
                "missed: skip", "when: notempty",
                ":9:7: ‘notempty’ is not a condition; did you mean ‘not-empty’?"
            ),
            (
                "missed: skip", "when: {metric: revenu, below: 5}",
                ":9:16: there is no metric ‘revenu’; did you mean ‘revenue’?"
            ),
            (
                "missed: skip", "when: {metric: revenue}",
                ":9:7: the condition has no limit; write one of ‘below: …’, ‘above: …’ and "
                    + "‘unusual: …’"
            ),
            (
                "missed: skip", "when: {metric: revenue, below: 5, above: 9}",
                ":9:7: the condition has 2 limits: below, above; write one of ‘below: …’, "
                    + "‘above: …’ and ‘unusual: …’"
            ),
            (
                "missed: skip", "when: {metric: revenue, below: 5 kr}",
                ":9:32: ‘5 kr’ is not a number; write digits with a point, as 12.50, or 30%"
            ),
            (
                "missed: skip", "when: {metric: revenue, unusual: 30%, against: weekday}",
                ":9:48: ‘weekday’ is not a season; did you mean ‘weekdays’?"
            ),
            (
                "missed: skip", "when: {metric: revenue, unusual: 0%, against: weekdays}",
                ":9:34: every figure differs by more than this; write a share such as 30%"
            ),
            (
                "missed: skip", "when: {metric: revenue, below: 5, against: weekdays}",
                ":9:44: a fixed limit is held against nothing; leave this out, or write "
                    + "‘unusual: 30%’ instead of the limit"
            ),
            (
                "missed: skip", "when: {metric: sales, below: 5, where: [statu = x]}",
                ":9:40: no such column; leave it out"
            ),
            (
                "last-week\ncron: 30 7 * * MON\nzone: Europe/Copenhagen",
                "last-month\nwhen: {metric: sales, unusual: 30%, against: weekdays}\n"
                    + "cron: 30 7 * * MON\nzone: Europe/Copenhagen",
                ":5:7: ‘last-month’ is longer than a week, so its weekdays are all of them; write "
                    + "‘against: years’, or a shorter period"
            ),
            (
                "missed: skip", "tell: {again: 3}",
                ":9:7: a schedule without a condition sends every run; add ‘when: …’, or leave "
                    + "this out"
            ),
            (
                "missed: skip", "when: empty\ntell: {again: 0}",
                ":10:15: ‘0’ is not a whole number from 1 to 1000; write such a number"
            ),
            (
                "address: office@Example.com\n    name: Office", "channel: manager",
                ":11:14: there is no channel ‘manager’; did you mean ‘managers’?"
            ),
            (
                "address: office@Example.com", "channel: managers",
                ":12:11: a channel has its address in channels.yaml; leave this out"
            ),
            ("zone: Europe/Copenhagen\n", "", nil),
            (
                "[rendetalje, tekup]\nperiod: last-week\ncron: 30 7 * * MON\nzone: Europe/Copenhagen",
                "[rendetalje, chikondi]\nperiod: last-week\ncron: 30 7 * * MON",
                ":1:1: the "
                    + "companies are in several zones: Africa/Blantyre, Europe/Copenhagen; add a line "
                    + "‘zone: …’ that says whose clocks are meant"
            ),
        ] as [(String, String, String?)])
    func mistakes(right: String, wrong: String, words: String?) throws {
        let broken = Self.text.replacing(right, with: wrong, maxReplacements: 1)
        guard let words else {
            #expect(try read(broken).zone.name == "Europe/Copenhagen")
            return
        }
        let advice = #expect(throws: Advice.self) { try read(broken) }
        #expect(advice?.description == "schedules/monday-sales.yaml" + words)
    }

    @Test("a broken file leaves the last good definition in force and says why")
    func reloading() throws {
        let folder = try DeliveryFolder()
        let companies = try ScheduleFixture.directory()
        func load(_ previous: ScheduleBook? = nil) -> ScheduleBook {
            ScheduleBook.load(
                folder.path, companies: companies, reports: ["sales-register"], keeping: previous)
        }
        _ = try folder.write(Self.text, to: "schedules/a.yaml")
        let first = load()
        #expect(first.schedules.map(\.name) == ["monday-sales"])
        #expect(first.problems.isEmpty)

        _ = try folder.write(Self.text.replacing("pdf", with: "pfd"), to: "schedules/a.yaml")
        _ = try folder.write(
            Self.text.replacing("monday-sales", with: "other"), to: "schedules/b.yaml")
        let second = load(first)
        #expect(second.schedules.map(\.name) == ["monday-sales", "other"])
        #expect(
            second.problems.map(\.description) == [
                "schedules/a.yaml:7:9: ‘pfd’ is not a file format; did you mean ‘pdf’?"
            ])
        #expect(load().schedules.map(\.name) == ["other"])

        _ = try folder.write(Self.text, to: "schedules/a.yaml")
        _ = try folder.write(Self.text, to: "schedules/b.yaml")
        #expect(
            load(second).problems.map(\.description) == [
                "schedules/b.yaml:1:1: schedule ‘monday-sales’ is also defined in "
                    + "schedules/a.yaml; give one of the two another name"
            ])
        let advice = #expect(throws: Advice.self) { try second.schedule("monday-sale") }
        #expect(
            advice?.description
                == "there is no schedule ‘monday-sale’; did you mean ‘monday-sales’?")
    }

    @Test("the schedule we ship is legal")
    func shipped() throws {
        let book = ScheduleBook.load(
            ScheduleFixture.repositoryQueries, companies: try ScheduleFixture.directory(),
            holidays: try ScheduleFixture.holidays(), reports: ["sales-register"])
        #expect(book.problems.map(\.description) == [])
        let schedule = try book.schedule("monday-sales")
        #expect(schedule.recipients.allSatisfy { $0.address.hasSuffix("@example.com") })
        #expect(schedule.timing.description == "30 7 * * MON Europe/Copenhagen")
    }
}
