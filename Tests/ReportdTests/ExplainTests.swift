import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Explanations through commands, the API and pages.
@Suite struct ExplainTests {
    private let question = "period=2026-10&company=rendetalje"

    private struct Part {
        let rows: [[Any]]
        let net: Int
        let count: Int
        let next: Int?
        let figure: String
    }

    /// Reads the first explanation's first part.
    private func part(_ body: Data) throws -> Part {
        let content = try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        let all = try #require(content["explanations"] as? [[String: Any]])
        let part = try #require((all[0]["parts"] as? [[String: Any]])?.first)
        let table = try #require(part["rows"] as? [String: Any])
        let columns = try #require(table["columns"] as? [[String: Any]])
        let figure = (all[0]["figure"] as? [[String: String]])?.first?["amount"]
        return Part(
            rows: try #require(table["rows"] as? [[Any]]),
            net: try #require(columns.firstIndex { $0["name"] as? String == "net" }),
            count: try #require(part["rowCount"] as? Int), next: part["nextOffset"] as? Int,
            figure: figure ?? "")
    }

    @Test func pagesOfRowsAddUpToTheFigureOfPostgres() async throws {
        let world = try await FirstLightWorld.shared
        let server = try await TestServer.start(world)
        let token = try await server.token(.salesManager, ["rendetalje"])
        var offset: Int? = 0
        var keys: Set<String> = []
        var sum = ExactDecimal.zero
        var figure = ""
        while let start = offset {
            let answer = try await server.get(
                "/api/v1/explain?metric=revenue&\(question)&limit=7&offset=\(start)", token: token)
            #expect(answer.status == 200, "\(answer.text)")
            let part = try part(answer.body)
            for row in part.rows {
                keys.insert(row[0] as? String ?? "")
                let amount = (row[part.net + 0] as? [String: String])?["amount"] ?? "0"
                sum = sum + (ExactDecimal(amount) ?? .zero)
            }
            if part.next == nil { #expect(keys.count == part.count) }
            (offset, figure) = (part.next, part.figure)
        }
        #expect(keys.count > 7)
        #expect(ExactDecimal(figure) == sum)
        let oracle = SalesOracle(
            world: world, company: "rendetalje",
            period: try PeriodName("2026-10").period(
                today: LocalDay(number: 0), in: .calendarYears))
        let expected = try oracle.rows(
            "SELECT s.id FROM sales s WHERE \(SalesOracle.booked) AND "
                + oracle.scope("s", "sale_date"))
        if !expected.isEmpty { #expect(Set(expected.map { $0[0] }) == keys) }
        await server.stop()
    }

    @Test func aRepresentativeSeesOwnRowsOnly() async throws {
        let world = try await FirstLightWorld.shared
        let server = try await TestServer.start(world)
        let rep = try #require(
            try world.postgres.query(
                """
                SELECT assigned_to, count(*) FROM sales WHERE assigned_to IS NOT NULL
                AND organization_id = (SELECT id FROM organizations WHERE type = 'RENDETALJE')
                GROUP BY 1 ORDER BY 2 DESC LIMIT 1
                """, database: TekupDemo.database
            ).first)
        let token = try await server.token(.salesRep, ["rendetalje"], user: rep[0])
        let body =
            "{\"metrics\":[\"recorded_sales\"],\"period\":\"2020-01-01..2026-12-31\","
            + "\"limit\":10000}"
        let own = try await server.post("/api/v1/explain", body, token: token)
        let part = try part(own.body)
        #expect("\(part.count)" == rep[1])
        #expect(part.rows.count == part.count)
        #expect(own.text.contains("\"rowsInAll\":\(part.count)"))
        #expect(own.text.contains("\"quarantined\":null"))
        let foreign = try await server.get(
            "/api/v1/explain?metric=revenue&company=foodtruck", token: token)
        #expect(foreign.status == 404)
        await server.stop()
    }

    @Test func figuresOfADashboardLeadToTheirRows() async throws {
        let world = try ClosingWorld(now: "2026-11-20T13:31:00Z")
        try world.sell(
            ("S-1", "PAID", 10_000, "2026-10-02T10:00:00Z"),
            ("S-2", "PAID", 5_000, "2026-10-03T10:00:00Z"))
        try world.signUp()
        let server = try await TestServer.start(world.workplace, world.desk, world.board)
        let session = try await server.token(.accountant, ["rendetalje"], use: .session)
        let headers = ["Cookie": "\(Recognition.cookie)=\(session)"]
        let dashboard = try await server.get(
            "/dashboards/sales?period=2026-10", headers: headers
        ).text
        let link = try #require(dashboard.firstMatch(of: /href="(\/explain\?metric=[^"]+)"/)?.1)
        let page = try await server.get(
            String(link).replacing("&amp;", with: "&"), headers: headers)
        #expect(page.status == 200)
        #expect(page.text.contains("how it follows"))
        #expect(page.text.contains("Hash of the definition"))
        let all = try await server.get(
            "/explain?metric=average_sale&limit=1&\(question)", headers: headers)
        #expect(all.text.contains("revenue / sales"))
        #expect(all.text.contains("Next rows: Revenue"))
        await server.stop()
    }

    @Test(arguments: [
        ("metric=revenu", 404, "did you mean ‘revenue’?"),
        ("metric=revenue&part=leads", 404, "does not rest on a metric ‘leads’"),
        ("metric=revenue&limit=0", 400, "are no page"),
        ("metric=revenue&offset=x", 400, "is no number"),
        ("metric=revenue&known-at=2001-01-01T00:00:00Z", 404, "the earliest moment that can be"),
        ("", 400, "no metric is named"),
    ])
    func mistakesAreAnswered(query: String, status: Int, words: String) async throws {
        let server = try await TestServer.start(try await FirstLightWorld.shared)
        let token = try await server.token(.admin, ["rendetalje"])
        let answer = try await server.get("/api/v1/explain?\(query)", token: token)
        #expect(answer.status == status, "\(answer.text)")
        #expect(answer.text.contains(words), "\(answer.text)")
        await server.stop()
    }

    @Test func commandExplains() throws {
        let world = try ClosingWorld(now: "2026-11-04T09:00:00Z")
        try world.sell(
            ("S-1", "PAID", 10_000, "2026-10-02T10:00:00Z"),
            ("S-2", "PAID", 5_000, "2026-10-03T10:00:00Z"),
            ("S-3", "CANCELLED", 700, "2026-10-04T10:00:00Z"),
            ("S-4", "PAID", 700, "2026-09-04T10:00:00Z"))
        let now = "2026-11-04T10:00:00Z"
        let words = ["--company", "rendetalje", "--period", "2026-10"]
        let table = try world.run(["explain", "revenue"] + words, now: now)
        #expect(table.status == 0, "\(table.text)")
        #expect(table.text.contains("150.00 DKK, the sum of 2 rows"))
        #expect(table.text.contains("Rows that count: 2 of 4"))
        #expect(table.text.contains("Sale date is on other days: 1"))
        #expect(table.text.contains("Not counted: not so: status is"))
        let csv = try world.run(
            ["explain", "average_sale", "--part", "revenue", "--format", "csv"] + words, now: now)
        #expect(csv.text.split(separator: "\r\n").count == 3, "\(csv.text)")
        let which = try world.run(
            ["explain", "average_sale", "--format", "csv"] + words, now: now)
        #expect(which.status == 64)
        // The same question of an older state.
        try world.sell(("S-2", "PAID", 6_000, "2026-10-03T10:00:00Z"))
        let then = try world.run(["explain", "revenue", "--known-at", "1"] + words, now: now)
        #expect(then.text.contains("150.00 DKK, the sum of 2 rows"))
    }
}
