import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The history of statuses, as it comes through a source: which, when, from what to what.
@Suite struct StatusHistoryTests {
    private static let question = """
        SELECT h."column", h.event, h.from_word, h.to_word FROM sale_history h
        JOIN sale s ON s.ref = h.row WHERE s.number = 'RS-3' ORDER BY 1, 2, 3
        """

    @Test(arguments: ReadingWay.allCases)
    func statusesOfSalesKeepTheirHistory(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 20)
        let source = try harness.source(way)
        try harness.sql("UPDATE sales SET status = 'QUOTE_SENT' WHERE sale_number = 'RS-3'")
        try await source.catchUp()
        let first = try harness.store.lines(of: "SELECT count(*) FROM sale_history")
        #expect(first == ["0"], "a first load writes none")
        for status in ["ACCEPTED", "COMPLETED"] {
            try harness.sql("UPDATE sales SET status = '\(status)' WHERE sale_number = 'RS-3'")
            try await source.catchUp()
        }
        // A change of something else, and one that is taken back before anybody looks.
        try harness.sql(
            "UPDATE sales SET final_amount = 7 WHERE sale_number = 'RS-3'; "
                + "UPDATE sales SET status = status WHERE sale_number = 'RS-3'")
        try await source.catchUp()
        #expect(
            try harness.store.lines(of: Self.question) == [
                "status|changed|ACCEPTED|COMPLETED", "status|changed|QUOTE_SENT|ACCEPTED",
            ])
        // Read anew, equal rows are no changes.
        try await source.catchUp(reloading: true)
        #expect(try harness.store.lines(of: Self.question).count == 2)
        try harness.expectEqual()
    }

    @Test func theHistoryCarriesTheSourcesTime() async throws {
        let harness = try SourceHarness(sales: 5)
        let source = try harness.source()
        try await source.catchUp()
        let before = try harness.sql(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        try harness.sql("UPDATE sales SET status = 'CANCELLED' WHERE sale_number = 'RS-3'")
        let after = try harness.sql(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        try await source.catchUp()
        let changed = try harness.store.lines(
            of: "SELECT changed_at FROM sale_history WHERE to_word = 'CANCELLED'")
        let moment = try #require(changed.first.flatMap { Int($0) })
        let (first, last) = (Int(before[0][0] ?? "") ?? .max, Int(after[0][0] ?? "") ?? 0)
        #expect((first...last).contains(moment))
    }

    @Test func everyStatusThatChangesIsKept() throws {
        let schema = try Schema(definitions: definitionsFolder)
        for (model, columns) in [
            ("sale", ["status", "payment_status"]), ("lead", ["status"]),
            ("booking", ["status", "stage"]), ("payment", ["status"]),
            ("deal", ["status", "stage"]),
            ("quote", ["status"]), ("job", ["status"]), ("invoice", ["status"]),
            ("bill", ["status"]),
            ("subscription", ["status"]),
        ] {
            for column in columns {
                #expect(
                    try schema.model(model).column(column)?.hasHistory == true, "\(model).\(column)"
                )
            }
        }
    }
}
