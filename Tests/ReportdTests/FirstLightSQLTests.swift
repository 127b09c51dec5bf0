import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// `reportd sql` through the real binary, against plain SQL over the source tables.
@Suite struct FirstLightSQLTests {
    /// What the program printed and how it ended.
    private func run(_ words: [String]) async throws -> (status: Int32, text: String) {
        let world = try await FirstLightWorld.shared
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-sql-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try """
        definitions: \(FirstLightWorld.root)/queries
        store: \(world.settings.store)
        """.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        return try LiveProgram(["sql", "--config", folder + "/reportd.yaml"] + words).finish()
    }

    @Test func theLedgerByStatusEqualsItsSource() async throws {
        let world = try await FirstLightWorld.shared
        let (status, text) = try await run([
            "--company", "rendetalje", "--format", "csv", "--from", "2026-01-01", "--to",
            "2026-06-30",
            """
            SELECT s.status, count(*) AS sales, count(c.name) AS named,
                decimal(money_sum(s.net, s.currency), 2) AS net
            FROM sale s LEFT JOIN customer c ON c.ref = s.customer
            WHERE s.company = :company AND s.sold_at_day BETWEEN :from AND :to
            GROUP BY s.status ORDER BY s.status
            """,
        ])
        #expect(status == 0, "\(text)")
        let oracle = SalesOracle(
            world: world, company: "rendetalje",
            period: try Period(
                from: try #require(LocalDay("2026-01-01")),
                upTo: try #require(LocalDay("2026-07-01"))))
        let expected = try oracle.rows(
            """
            SELECT s.status, count(*), count(c.id), sum(s.final_amount)
            FROM sales s LEFT JOIN customers c ON c.id = s.customer_id
            WHERE \(oracle.scope("s", "sale_date"))
            GROUP BY s.status ORDER BY s.status::text COLLATE "C"
            """)
        #expect(!expected.isEmpty)
        let lines = text.split(separator: "\r\n").map(String.init)
        #expect(lines.first == "status,sales,named,net")
        #expect(Array(lines.dropFirst()) == expected.map { $0.joined(separator: ",") })
    }

    @Test func answersAreTablesAndJSON() async throws {
        let statement = "SELECT 1 AS one, 2.5 AS half, NULL AS none, 'å' AS text"
        let table = try await run([statement])
        #expect(table.status == 0)
        #expect(table.text.hasPrefix("one  half"), "\(table.text)")
        let json = try await run(["--format", "json", statement])
        #expect(json.status == 0)
        #expect(
            json.text.contains(
                "\"columns\":[\"one\",\"half\",\"none\",\"text\"],\"rows\":[[1,2.5,null,\"å\"]]"),
            "\(json.text)")
    }

    @Test func mistakesAreAdvice() async throws {
        let cases: [([String], Int32, String)] = [
            (["DELETE FROM sale"], 77, "SQL here only reads"),
            (["SELECT * FROM sqlite_schema"], 77, "SQL here only reads"),
            (["SELECT nett FROM sale"], 66, "SQL:1:8: there is no column ‘nett’"),
            (["SELECT * FROM sales"], 66, "did you mean ‘sale’?"),
            (["SELECT :from"], 64, "parameter ‘:from’ has no value"),
            (["--from", "June", "SELECT :from"], 64, "is not a day"),
            (["--company", "rendetalie", "SELECT 1"], 66, "did you mean ‘rendetalje’?"),
            (["SELECT"], 64, "the query is not right"),
        ]
        for (words, status, advice) in cases {
            let answer = try await run(words)
            #expect(answer.status == status, "\(words): \(answer)")
            #expect(answer.text.contains(advice), "\(words): \(answer)")
        }
    }
}
