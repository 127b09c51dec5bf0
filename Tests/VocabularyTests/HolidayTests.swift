import Counterparts
import Foundation
import Testing
import Vocabulary

/// The holidays that are shipped, against those that the Python package `holidays` knows.
@Suite struct HolidayTests {
    private let book: HolidayBook

    init() throws {
        let queries = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("queries").path
        book = try HolidayBook(definitions: queries)
    }

    private struct Known: Decodable {
        let day: String
        let name: String
    }

    /// What differs, and why: the package estimates days that the moon decides, and does not know
    /// Kenya's Madaraka Day before the constitution of 2010 named it; Malawi's Eid it leaves to
    /// Muslims.
    @Test(
        arguments: [
            ("NL", 2000, []), ("DK", 2000, []), ("KE", 2011, ["Eid al-Fitr", "Idd-ul-Fitr"]),
            ("MW", 2000, ["Eid al-Fitr"]),
        ] as [(String, Int, [String])])
    func workingDaysAreThoseOfOthers(country: String, first: Int, moon: [String]) throws {
        let calendar = try book.calendar(of: country)
        let known: [Known] = try Readers.python(
            """
            import holidays
            country, first = sys.argv[1], int(sys.argv[2])
            found = holidays.country_holidays(country, years=range(first, 2041))
            emit([{"day": str(day), "name": name} for day, name in found.items()])
            """, [country, "\(first)"])
        #expect(known.count > 300)
        var theirs: [LocalDay: String] = [:]
        for holiday in known { theirs[try #require(LocalDay(holiday.day))] = holiday.name }
        var day = try #require(LocalDay(year: first, month: 1, day: 1))
        var differences: [String] = []
        while day.civil.year <= 2040 {
            defer { day = day.adding(days: 1) }
            let (own, other) = (calendar.holiday(on: day), theirs[day])
            guard day.isoWeekday < 6, (own == nil) != (other == nil) else { continue }
            let name = own ?? other ?? ""
            // Elections and funerals before 2020 are not listed; the moon's days are as published.
            let isOfTheMoon = moon.contains { name.hasPrefix($0) }
            let isOnce = country == "KE" && day.civil.year < 2020 && own == nil
            let isMourning = name == "Day of Mourning for Queen Elizabeth II"
            if isOfTheMoon || isOnce || isMourning { continue }
            differences.append("\(day): \(own ?? "-"), \(other ?? "-")")
        }
        #expect(differences == [])
    }

    @Test func easterIsThatOfOthers() throws {
        let known: [String] = try Readers.python(
            """
            from dateutil.easter import easter
            emit([str(easter(year)) for year in range(1583, 4100)])
            """, [])
        #expect((1583..<4100).map { LocalDay.easter(of: $0).description } == known)
    }

    @Test func whatTheMoonDecidesIsKnownForPublishedYearsOnly() throws {
        let kenya = try book.calendar(of: "KE")
        #expect(try kenya.holiday(on: #require(LocalDay("2026-03-20"))) == "Idd-ul-Fitr")
        #expect(kenya.unpublished(in: 2026) == [])
        #expect(kenya.unpublished(in: 2027) == ["Idd-ul-Fitr"])
        #expect(try book.calendar(of: "DK").unpublished(in: 2027) == [])
    }

    @Test func yearsFarAwayAreKnownToo() throws {
        let calendar = try book.calendar(of: "DK")
        for year in [1899, 1989, 2101, 2400] {
            let christmas = try #require(LocalDay(year: year, month: 12, day: 25))
            #expect(calendar.holiday(on: christmas) == "Juledag")
            #expect(!calendar.isBusinessDay(christmas))
        }
    }

    @Test(
        arguments: [
            ("{name: A, on: 02-30}", "‘02-30’ is no day of a year; write month and day, as 12-25"),
            ("{name: A}", "nothing says when ‘A’ is; write one of"),
            ("{name: A, on: 01-01, easter: 1}", "‘A’ says when it is by on and by easter"),
            ("{name: A, on: 01-01, every: 5}", "nothing says which years ‘A’ comes in; add ‘from’"),
            ("{name: A, on: 01-01, from: 2020, until: 2019}", "‘A’ ends before it begins"),
            (
                "{name: A, on: 01-01, instead: {sundy: 1}}",
                "‘sundy’ is not a day of the week; did you mean ‘sunday’?"
            ),
            ("{name: A, days: [2026-13-01]}", "‘2026-13-01’ is no day; write it as 2026-03-20"),
        ])
    func mistakesAreQuotedAndAnswered(rule: String, words: String) throws {
        let text = "countries: {NL: {holidays: [\(rule)]}}"
        let advice = #expect(throws: Advice.self) {
            try HolidayBook(DefinitionNode(parsing: text, file: "holidays.yaml"))
        }
        #expect(advice?.description.contains(words) == true, "\(advice?.description ?? "")")
    }

    @Test func aCountryThatIsNotDeclaredIsNamed() {
        let advice = #expect(throws: Advice.self) { try book.calendar(of: "SE") }
        #expect(
            advice?.description
                == "the holidays of ‘SE’ are not known; declare them in holidays.yaml, which has NL, "
                + "DK, KE, MW")
    }
}
