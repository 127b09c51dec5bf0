import Store
import Testing
import Vocabulary

@testable import Analytics

/// What may stand in tables of values with dates, and how mistakes in them are told.
@Suite struct ReferenceTableTests {
    private static func problem(_ tables: String, _ metrics: String = "") -> String? {
        do {
            _ = try Definitions(
                metrics: metrics.isEmpty
                    ? [] : [DefinitionNode(parsing: metrics, file: "metrics/m.yaml")],
                reference: [DefinitionNode(parsing: tables, file: "reference/r.yaml")],
                schema: try Schema(definitions: Folders.queries))
            return nil
        } catch { return "\(error)" }
    }

    private static func table(_ lines: String) -> String {
        "tables:\n  t:\n    label: T\n    source: S\n"
            + lines.split(separator: "\n").map { "    " + $0 + "\n" }.joined()
    }

    @Test(arguments: [
        (
            "curency: USD\nvalues: {a: 1}",
            "reference/r.yaml:5:5: ‘curency’ is not known here; did you mean ‘currency’?"
        ),
        (
            "currency: USB\nvalues: {a: 1}",
            "reference/r.yaml:5:15: ‘USB’ is not a currency of ISO 4217; use a code such as DKK, "
                + "EUR, KES or MWK"
        ),
        ("currency: USD", "reference/r.yaml:3:5: ‘values’ is missing here; add a line ‘values: …’"),
        (
            "values:\n  a: 1,5",
            "reference/r.yaml:6:10: ‘1,5’ is not a number; write digits with a point, as 12.50 or 25 %"
        ),
        (
            "values:\n  a: 1.0000000000001",
            "reference/r.yaml:6:10: ‘1.0000000000001’ has more than 15 digits or 12 decimals; round it"
        ),
        (
            "values:\n  a:\n    - {from: 2026-02-30, value: 1}",
            "reference/r.yaml:7:18: ‘2026-02-30’ is not a day; write it as 2026-06-30"
        ),
        (
            "values:\n  a:\n    - {value: 1}\n    - {from: 2026-01-02, untill: 2026-01-03, value: 2}",
            "reference/r.yaml:8:30: ‘untill’ is not known here; did you mean ‘until’?"
        ),
        (
            "values:\n  a:\n    - {from: 2026-01-02, value: 1}\n    - {from: 2026-01-02, value: 2}",
            "reference/r.yaml:8:11: two values hold from 2026-01-02 on, the other stands in line 7; "
                + "give one of them another ‘from’, or remove it"
        ),
        (
            "values:\n  a:\n    - {value: 1}\n    - {until: 2026-01-02, value: 2}",
            "reference/r.yaml:8:11: two values hold from the beginning, the other stands in line 7; "
                + "give one of them another ‘from’, or remove it"
        ),
        (
            "values:\n  a:\n    - {until: 2026-01-02, value: 1}\n    - {from: 2026-01-02, value: 2}",
            "reference/r.yaml:8:11: the value begins on 2026-01-02, and the one in line 7 holds until "
                + "2026-01-02; let one end before the other begins, or leave ‘until’ out"
        ),
        (
            "values:\n  a:\n    - {from: 2026-01-02, until: 2026-01-01, value: 1}",
            "reference/r.yaml:7:11: the value ends on 2026-01-01, before it begins on 2026-01-02; put "
                + "the days in order"
        ),
        (
            "values:\n  a: []",
            "reference/r.yaml:6:10: the list is empty; add a value, or remove the word"
        ),
        (
            "days:\n  2026-01-02: {DKK: 7}",
            "reference/r.yaml:6:7: ‘days’ belongs to a table of exchange rates; add ‘base: EUR’"
        ),
        (
            "base: EUR\nvalues: {DKK: 7}",
            "reference/r.yaml:6:13: ‘values’ does not go with ‘base’, which makes this a table of "
                + "rates; write rates under ‘days’ or ‘fixed’, or remove ‘base’"
        ),
        (
            "base: EUR\ndays:\n  2026-01-02: {EUR: 7}",
            "reference/r.yaml:7:20: one EUR is always one EUR; remove the base from the rates"
        ),
        (
            "base: EUR\ndays:\n  2026-01-02: {DKR: 7}",
            "reference/r.yaml:7:20: ‘DKR’ is not a currency of ISO 4217; use a code such as DKK, EUR, "
                + "KES or MWK"
        ),
        (
            "base: EUR\ndays:\n  2026-01-02: {DKK: 0}",
            "reference/r.yaml:7:25: a rate is greater than 0, and ‘0’ is not; write how much DKK one "
                + "EUR is worth"
        ),
        (
            "base: EUR\ndays:\n  2026-01-02: {DKK: 7, dkk: 8}",
            "reference/r.yaml:7:28: DKK has two rates here; remove one"
        ),
        (
            "base: EUR\nfixed: {DKK: 7}\ndays:\n  2026-01-02: {DKK: 7}",
            "reference/r.yaml:8:7: rates are fixed or of days, not both; remove one"
        ),
    ]) func mistakesInTablesAreLocated(_ lines: String, _ expected: String) {
        #expect(Self.problem(Self.table(lines)) == expected)
    }

    @Test func daysAndTablesAreWrittenOnce() {
        let days = Self.table("base: EUR\ndays:\n  2026-01-02: {DKK: 7}\n  2026-01-02: {DKK: 8}")
        #expect(Self.problem(days)?.contains("2026-01-02") == true)
        let twice =
            Self.table("values: {a: 1}") + "  u:\n    label: U\n    source: S\n    values: {a: 1}"
        #expect(Self.problem(twice) == nil)
        do {
            let file = try DefinitionNode(parsing: twice, file: "reference/r.yaml")
            _ = try Definitions(
                metrics: [], reference: [file, file],
                schema: try Schema(definitions: Folders.queries))
            Issue.record("two tables of one name were taken")
        } catch {
            #expect("\(error)".contains("table ‘t’ is also defined at reference/r.yaml:2:3"))
        }
    }

    @Test(arguments: [
        (
            "{table: u, by: product}",
            "metrics/m.yaml:7:20: there is no table ‘u’; did you mean ‘t’?"
        ),
        (
            "{table: t, by: produkt}",
            "metrics/m.yaml:7:27: model ‘pos_sale’ has no column ‘produkt’; did you mean ‘product’?"
        ),
        (
            "{table: t, by: quantity}",
            "metrics/m.yaml:7:27: column ‘quantity’ holds decimal(3), and tables are looked up by "
                + "words; name a category or text column, or one of a row referred to, or company, "
                + "company.country, company.currency"
        ),
        (
            "{table: t, by: product, on: product}",
            "metrics/m.yaml:7:40: ‘product’ is not an instant or day column of model ‘pos_sale’; use "
                + "one of: sold_at"
        ),
        (
            "{table: rates, by: currency}",
            "metrics/m.yaml:7:20: table ‘rates’ holds exchange rates; ask for the figure in a "
                + "currency, as ‘currency: EUR’"
        ),
    ]) func mistakesInFactorsAreLocated(_ times: String, _ expected: String) {
        let tables =
            Self.table("currency: USD\nvalues: {a: 1}")
            + "  rates:\n    label: R\n    source: S\n    base: EUR\n    fixed: {DKK: 7}"
        let metric = """
            metrics:
              m:
                description: x
                model: pos_sale
                kind: sum
                column: quantity
                times: \(times)
                date: sold_at
            """
        #expect(Self.problem(tables, metric) == expected)
        #expect(
            Self.problem(tables, metric.replacing("column: quantity", with: "column: amount"))
                .map { $0.contains("metrics/m.yaml:7") } == true)
    }

    /// What is printed below a converted figure.
    @Test func conversionsSayWhatTheyRestOn() throws {
        let metrics = """
            metrics:
              turnover: {description: x, model: pos_sale, kind: sum, column: amount, date: sold_at}
              balance: {description: x, model: pos_sale, kind: sum, column: amount, date: sold_at,
                        accumulate: always}
            """
        let tables = """
            tables:
              rates:
                label: Rates
                source: made up
                base: EUR
                days:
                  2026-05-29: {DKK: 7.45, MWK: 2000}
                  2026-06-05: {DKK: 7.46, MWK: 2100}
                  2026-06-30: {DKK: 7.47}
            """
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: metrics, file: "m.yaml")],
            reference: [DefinitionNode(parsing: tables, file: "r.yaml")],
            schema: try Schema(definitions: Folders.queries))
        let now = try #require(Instant("2026-07-20T12:00:00Z"))
        let store = try TestStore(schema: definitions.schema, clock: .fixed(now))
        try store.add(
            "pos_sale",
            """
            company | amount  | sold_at
            tiyende | 2000.00 | 2026-06-02 10:00
            tiyende | 2100.00 | 2026-06-06 10:00
            """)
        let query = MetricQuery(
            metrics: ["turnover", "balance"], period: try PeriodName("2026-06"),
            currency: try ReportingCurrency(parsing: "DKK"))
        let snapshot = try store.store.snapshot(Scope(companies: ["tiyende"]))
        let answer = try definitions.answer(query, on: snapshot, now: now)
        let conversion = try #require(answer.conversion)
        #expect(
            conversion.lines == [
                "in DKK: by the rate of each row's day, else the last of the 7 days before: Turnover",
                "in DKK: by the closing rate of each step: Balance", "rates: Rates (made up)",
                "1 EUR = 7.45 to 7.47 DKK (3 rates, 2026-05-29 to 2026-06-30)",
                "1 EUR = 2000 to 2100 MWK (2 rates, 2026-05-29 to 2026-06-05)",
            ])
        #expect(conversion.lines.allSatisfy(answer.provenance.notes.contains))
        // Figures of several cards say together what one answer with all of them says.
        func converted(_ metric: String, to currency: String) throws -> AppliedConversion {
            let query = MetricQuery(
                metrics: [metric], period: try PeriodName("2026-06"),
                currency: try ReportingCurrency(parsing: currency))
            return try #require(
                try definitions.answer(query, on: snapshot, now: now).conversion)
        }
        let (turnover, balance) = (
            try converted("turnover", to: "DKK"), try converted("balance", to: "DKK")
        )
        #expect(
            turnover.lines.first
                == "in DKK: by the rate of each row's day, else the last of the 7 days before")
        #expect(AppliedConversion.lines(of: [turnover, balance, turnover]) == conversion.lines)
        // Rates are the table's, whatever they were taken for.
        #expect(
            AppliedConversion.lines(of: [balance, try converted("turnover", to: "EUR")]) == [
                "in DKK: by the closing rate of each step: Balance",
                "in EUR: by the rate of each row's day, else the last of the 7 days before: Turnover",
                "rates: Rates (made up)", "1 EUR = 7.47 DKK (2026-06-30)",
                "1 EUR = 2000 to 2100 MWK (2 rates, 2026-05-29 to 2026-06-05)",
            ])
        #expect(answer.provenance.currency == "DKK")
        #expect(
            answer.provenance.remarks == [
                "incomplete: 2 rows of pos_sale are left out of ‘Balance’, without a rate to DKK in "
                    + "‘rates’: MWK"
            ])
        // 2000 ÷ 2000 × 7.45 and 2100 ÷ 2100 × 7.46.
        #expect("\(answer.totals[0][0].value)" == "money(14.91 DKK)")
    }

    @Test(arguments: [
        ("EUR", "EUR"), ("eur closing", "EUR closing"), ("group average ecb", "group average ecb"),
        ("EUR ecb fixed 2026-01-02", "EUR fixed 2026-01-02 ecb"), ("own", "own"),
    ]) func currenciesAreRead(_ text: String, _ expected: String) throws {
        #expect(try ReportingCurrency(parsing: text).description == expected)
    }

    @Test(arguments: [
        ("EUX", "‘EUX’ is not a currency of ISO 4217"), ("", "the currency is empty"),
        ("EUR Closing", "‘Closing’ in ‘EUR Closing’ is neither a policy nor a day nor a table"),
        ("EUR 2026-01-02", "names a day, which only a fixed rate has"),
        ("own closing", "converts nothing, so it has no policy"),
        ("EUR a b", "‘b’ in ‘EUR a b’ is neither"),
    ]) func otherWordsAreRefused(_ text: String, _ expected: String) {
        do {
            _ = try ReportingCurrency(parsing: text)
            Issue.record("‘\(text)’ was taken")
        } catch { #expect("\(error)".contains(expected)) }
    }
}
