import Reports
import Testing
import Vocabulary

@Suite("Locale") struct LocaleTests {
    private func money(_ text: String, _ code: String) throws -> Money {
        Money(try #require(ExactDecimal(text)), try #require(Currency(code)))
    }

    @Test(
        "amounts follow the patterns of DOMAIN §9",
        arguments: [
            ("da", "-1234.50", "DKK", "-1.234,50 kr."),
            ("da", "1234567.89", "EUR", "1.234.567,89 €"),
            ("nl", "-1234.50", "EUR", "€ -1.234,50"), ("nl", "0", "EUR", "€ 0,00"),
            ("nl", "12.5", "DKK", "DKK 12,50"), ("en-KE", "-1234.50", "KES", "-Ksh 1,234.50"),
            ("en-MW", "-1234.50", "MWK", "-MK 1,234.50"), ("en-MW", "5", "KES", "KES 5.00"),
            ("sw", "-1234.50", "KES", "-Ksh 1,234.50"), ("sw", "1234", "EUR", "€1,234.00"),
            ("en", "-1234.5", "EUR", "-€1,234.50"), ("en", "1234", "JPY", "JPY 1,234"),
            ("en", "-0.125", "KWD", "-KWD 0.125"), ("da", "999", "DKK", "999,00 kr."),
        ])
    func amounts(tag: String, amount: String, currency: String, expected: String) throws {
        let written = ReportLocale(tag).money(try money(amount, currency))
        #expect(written == expected.replacing(" ", with: "\u{A0}"))
    }

    @Test(
        "unknown tags fall back to their language, then to English",
        arguments: [
            ("da-DK", "da"), ("nl_BE", "nl"), ("EN-ke", "en-KE"), ("en-GB", "en"), ("de-DE", "en"),
            ("ny", "en"), ("", "en"), ("sw-TZ", "sw"), ("SW", "sw"),
        ])
    func fallback(tag: String, expected: String) {
        #expect(ReportLocale(tag).tag == expected)
    }

    @Test("rounding is half up on magnitude, and nothing is minus zero")
    func rounding() throws {
        let locale = ReportLocale.english
        let cases = [
            ("2.345", "2.35"), ("-2.345", "-2.35"), ("-0.004", "0.00"),
            ("1234567.005", "1,234,567.01"),
        ]
        for (number, expected) in cases {
            #expect(locale.number(try #require(ExactDecimal(number)), scale: 2) == expected)
        }
    }

    @Test("percent has one decimal, a change has a sign, a missing ratio is n/a")
    func ratios() throws {
        let eighth = Value.decimal(try #require(ExactDecimal("0.125")))
        let zone = Zone.utc
        #expect(ReportLocale("en").format(eighth, kind: .ratio, zone: zone) == "12.5%")
        #expect(ReportLocale("nl").format(eighth, kind: .ratio, zone: zone) == "12,5%")
        #expect(ReportLocale("da").format(eighth, kind: .ratio, zone: zone) == "12,5\u{A0}%")
        #expect(ReportLocale("en").format(.missing, kind: .ratio, zone: zone) == "n/a")
        #expect(ReportLocale("en").format(.missing, kind: .money, zone: zone) == "–")
        #expect(ReportLocale("en").change(eighth) == "+12.5%")
        #expect(
            ReportLocale("en").change(.decimal(ExactDecimal(unscaled: -5, scale: 2))) == "-5.0%")
        #expect(ReportLocale("en").change(.decimal(ExactDecimal(unscaled: -1, scale: 4))) == "0.0%")
        #expect(ReportLocale("nl").change(.missing) == "n.v.t.")
    }

    @Test("numbers in few characters round over into the next unit")
    func compact() throws {
        let cases = [
            ("0", "0", "0"), ("950", "950", "950"), ("1234", "1.23K", "1,23 t."),
            ("-12345", "-12.3K", "-12,3 t."), ("123456", "123K", "123 t."),
            ("999950", "1M", "1 mio."), ("1250000", "1.25M", "1,25 mio."),
            ("4000000000", "4B", "4 mia."), ("12.5", "12.5", "12,5"),
        ]
        for (number, english, danish) in cases {
            let value = try #require(ExactDecimal(number))
            #expect(ReportLocale("en").compact(value) == english)
            #expect(ReportLocale("da").compact(value) == danish.replacing(" ", with: "\u{A0}"))
        }
        let value = try #require(ExactDecimal("-1250000"))
        #expect(ReportLocale("en-KE").compact(value, of: Samples.kes) == "-Ksh\u{A0}1.25M")
    }

    @Test("the labels of an axis share one unit and their decimals")
    func axis() throws {
        let ticks = ["0", "500000", "1000000", "1500000"].compactMap { ExactDecimal($0) }
        #expect(
            ReportLocale("en").axisLabels(ticks, unit: .count) == ["0.0", "0.5M", "1.0M", "1.5M"])
        let shares = ["0", "0.25", "0.5"].compactMap { ExactDecimal($0) }
        #expect(ReportLocale("en").axisLabels(shares, unit: .ratio) == ["0%", "25%", "50%"])
    }

    @Test("an instant is shown on the clock of the zone")
    func instants() throws {
        let instant = try #require(Instant("2026-06-30T22:30:00Z"))
        let zone = Samples.copenhagen
        #expect(ReportLocale("da").instant(instant, zone: zone) == "01.07.2026 00:30")
        #expect(ReportLocale("nl").instant(instant, zone: .utc) == "30-06-2026 22:30")
        #expect(ReportLocale("en-MW").instant(instant, zone: .utc) == "30 Jun 2026 22:30")
    }

    @Test("periods and steps have names")
    func periods() throws {
        let june = Period(.month, containing: try #require(LocalDay("2026-06-15")))
        let quarter = Period(.quarter, containing: june.start)
        let odd = try Period(from: june.start, upTo: june.start.adding(days: 10))
        #expect(ReportLocale("da").period(june) == "juni 2026")
        #expect(ReportLocale("en").period(quarter) == "Q2 2026")
        #expect(ReportLocale("nl").period(odd) == "01-06-2026 – 10-06-2026")
        #expect(ReportLocale("en").stepName("2026-06") == "June 2026")
        #expect(ReportLocale("nl").stepName("2026-W27") == "Week 27, 2026")
        #expect(ReportLocale("en").stepName("Window cleaning") == "Window cleaning")
        #expect(ReportLocale("en").stepName("2026-99") == "2026-99")
    }

    @Test("every fixed word exists in every language", arguments: ReportWord.allCases)
    func words(word: ReportWord) {
        for tag in ReportLocale.tags { #expect(!ReportLocale(tag).word(word).isEmpty) }
    }
}
