import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Every figure of the sales and shop packs against plain SQL over the source tables.
@Suite struct FirstLightOracleTests {
    static let companies = ["rendetalje", "tekup", "foodtruck"]
    static let periods = [
        "this-month", "last-month", "2026-03", "2025-10", "last-30-days", "2026-Q2", "2026",
        "2026-W44", "2026-07-12", "2020",
    ]
    static let cases = companies.flatMap { company in periods.map { (company, $0) } }

    private func answer(
        _ metrics: [String], _ company: String, _ period: String, by: [String] = [],
        grain: String? = nil
    ) async throws -> MetricAnswer {
        let world = try await FirstLightWorld.shared
        let question = try MetricQuestion(
            metrics: metrics, choices: ViewChoices(companies: [company], period: period),
            grain: grain, by: by, order: nil, limit: nil)
        return try world.desk.answer(question, scope: world.workplace.everything)
    }

    private func oracle(_ company: String, _ period: String) async throws -> SalesOracle {
        let zone = try Zone(named: "Europe/Copenhagen")
        let today = zone.day(of: FirstLightWorld.now)
        return SalesOracle(
            world: try await FirstLightWorld.shared, company: company,
            period: try PeriodName(period).period(today: today))
    }

    private func words(_ cells: [MetricAnswer.Cell]) -> Swift.Set<String> {
        Swift.Set(cells.compactMap { text($0.value) })
    }

    private func text(_ value: Value) -> String? {
        switch value {
        case .missing: nil
        case .integer(let number): "\(number)"
        case .decimal(let number): "\(number.rounded(toScale: 6))"
        case .money(let money): "\(money)"
        case .text(let text): text
        default: "\(value)"
        }
    }

    @Test(arguments: cases)
    func headlineFigures(company: String, period: String) async throws {
        let answer = try await answer(
            ["revenue", "sales", "average_sale", "leads", "converted_leads", "lead_conversion"],
            company, period)
        let oracle = try await oracle(company, period)
        let sales = try oracle.rows(
            """
            SELECT currency, sum(final_amount), count(*), round(sum(final_amount) / count(*), 2)
            FROM sales s WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
            GROUP BY currency
            """)
        let leads = try oracle.rows(
            """
            SELECT count(*), count(*) FILTER (WHERE status = 'CONVERTED'),
                round(count(*) FILTER (WHERE status = 'CONVERTED')::numeric
                    / nullif(count(*), 0), 6)
            FROM leads l WHERE \(oracle.scope("l", "created_at"))
            """)[0]
        let cells = answer.totals
        // Nothing sold is zero in the company's own currency; a mean of nothing is not known.
        let revenue = Swift.Set(sales.map { "\($0[1]) \($0[0])" })
        #expect(words(cells[0]) == (revenue.isEmpty ? ["0.00 DKK"] : revenue))
        let count = sales.compactMap { Int($0[2]) }.reduce(0, +)
        #expect(words(cells[1]) == ["\(count)"])
        #expect(words(cells[2]) == Swift.Set(sales.map { "\($0[3]) \($0[0])" }))
        #expect(words(cells[3]) == [leads[0]])
        #expect(words(cells[4]) == [leads[1]])
        #expect(words(cells[5]) == (leads[2] == "-" ? [] : [leads[2]]))
    }

    @Test(arguments: companies)
    func pipelineByStatus(company: String) async throws {
        let answer = try await answer(
            ["pipeline_value", "pipeline_count"], company, "this-month", by: ["status"])
        let oracle = try await oracle(company, "this-month")
        let expected = try oracle.rows(
            """
            SELECT status, sum(final_amount) || ' ' || currency, count(*) FROM sales s
            WHERE status IN ('QUOTE_SENT','ACCEPTED','SCHEDULED','IN_PROGRESS')
                AND \(oracle.organization("s")) GROUP BY status, currency
            """)
        var values: Swift.Set<String> = []
        for row in answer.rows {
            for cell in row.cells[0] {
                if let value = text(cell.value) {
                    values.insert("\(row.members[0].label) \(value)")
                }
            }
        }
        #expect(values == Swift.Set(expected.map { "\($0[0]) \($0[1])" }))
        for row in answer.rows {
            let count = expected.filter { $0[0] == row.members[0].label }.compactMap { Int($0[2]) }
                .reduce(0, +)
            #expect(words(row.cells[1]) == ["\(count)"])
        }
    }

    @Test(arguments: companies)
    func revenueTrend(company: String) async throws {
        let answer = try await answer(["revenue"], company, "2026", grain: "month")
        let oracle = try await oracle(company, "2026")
        let expected = try oracle.rows(
            """
            SELECT \(oracle.month("s.sale_date")), sum(final_amount) || ' ' || currency
            FROM sales s WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
            GROUP BY 1, currency
            """)
        var found: Swift.Set<String> = []
        for row in answer.rows {
            for cell in row.cells[0] {
                guard let value = text(cell.value), !value.hasPrefix("0.00 ") else { continue }
                found.insert("\(row.step?.label ?? "?") \(value)")
            }
        }
        #expect(found == Swift.Set(expected.map { "\($0[0]) \($0[1])" }))
        #expect(found.count > 6)
    }

    @Test(arguments: companies)
    func topCustomersAndServices(company: String) async throws {
        let oracle = try await oracle(company, "2026")
        for (metric, by, sql) in [
            ("revenue", "customer", "sum(final_amount) || ' ' || currency"),
            ("sales", "service", "count(*)::text"),
        ] {
            let answer = try await answer([metric], company, "2026", by: [by])
            let grouping = metric == "revenue" ? "x.id, x.name, currency" : "x.id, x.name"
            let expected = try oracle.rows(
                """
                SELECT x.name, \(sql) FROM sales s JOIN \(by)s x ON x.id = s.\(by)_id
                WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
                GROUP BY \(grouping)
                """)
            var found: [String] = []
            for row in answer.rows {
                for cell in row.cells[0] {
                    if let value = text(cell.value) {
                        found.append("\(row.members[0].label) \(value)")
                    }
                }
            }
            #expect(found.sorted() == expected.map { "\($0[0]) \($0[1])" }.sorted())
            #expect(found.count > 3)
        }
    }

    @Test func comparisonIsTheSameQuestionBefore() async throws {
        let world = try await FirstLightWorld.shared
        let question = try MetricQuestion(
            metrics: ["revenue"],
            choices: ViewChoices(
                companies: ["rendetalje"], period: "this-month", compare: "previous-period"),
            grain: nil, by: [], order: nil, limit: nil)
        let answer = try world.desk.answer(question, scope: world.workplace.everything)
        let now = try await oracle("rendetalje", "2026-11-01..2026-11-20")
        let before = try await oracle("rendetalje", "2026-10-01..2026-10-20")
        func sum(_ oracle: SalesOracle) throws -> String {
            try oracle.rows(
                """
                SELECT sum(final_amount) || ' DKK' FROM sales s WHERE \(SalesOracle.booked)
                AND \(oracle.scope("s", "sale_date"))
                """)[0][0]
        }
        let cell = try #require(answer.totals[0].first)
        #expect(text(cell.value) == (try sum(now)))
        #expect(cell.previous.flatMap(text) == (try sum(before)))
    }

    // The expected figures stand in Tests/Fixtures/Chikondi/README.md.
    @Test func shopFiguresAreThoseOfTheSamplePage() async throws {
        let all = try await answer(
            ["pos_sales", "pos_transactions", "pos_expenses", "pos_profit"], "tiyende",
            "2020-01-01..2026-12-31")
        let cells = all.totals.map { words($0) }
        #expect(cells == [["165311.04 MWK"], ["44"], ["377700.79 MWK"], ["-212389.75 MWK"]])
        for (day, amount) in [
            ("2025-10-15", "4050.00"), ("2025-10-16", "13750.75"), ("2025-10-17", "8651.10"),
        ] {
            let answer = try await answer(["pos_sales"], "tiyende", day)
            #expect(words(answer.totals[0]) == ["\(amount) MWK"])
        }
        let mix = try await answer(
            ["pos_sales"], "tiyende", "2020-01-01..2026-12-31", by: ["payment_method"])
        let tenders = Dictionary(
            uniqueKeysWithValues: mix.rows.map { ($0.members[0].label, words($0.cells[0])) })
        #expect(tenders["cash"] == ["107605.29 MWK"])
        #expect(tenders["mobile_money"] == ["57705.75 MWK"])
    }
}
