import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Rows whose company is that of another row: lines of bills, whose bills come late, move and go.
@Suite struct BelongingTests {
    private typealias Kids = TeddyKidsDatabase

    private func harness(
        _ way: ReadingWay, settings: StoreSettings = StoreSettings()
    ) async throws -> SystemHarness {
        // Without the foreign key, lines may come before their bill and stay after it.
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids",
            content: "ALTER TABLE invoice_items DROP CONSTRAINT invoice_items_invoice_id_fkey; "
                + "DROP TABLE batch_export_invoices; "
                + Kids.content, settings: settings)
        try await harness.catchUp(way)
        try harness.expectEqual(Kids.oracles, "after the load")
        return harness
    }

    private func lines(_ harness: SystemHarness, _ bill: Int) throws -> [String] {
        try harness.stored(
            "SELECT l.company FROM bill_line l JOIN bill b ON b.ref = l.bill "
                + "WHERE b.number = 'F-\(bill)' ORDER BY l.key")
    }

    @Test(arguments: ReadingWay.allCases)
    func linesFollowTheirBillToAnotherCompany(way: ReadingWay) async throws {
        let harness = try await harness(way)
        try harness.sql(
            "UPDATE invoices SET paying_company_id = 'cafe' WHERE factuur_number = 'F-5'")
        try await harness.catchUp(way)
        #expect(try lines(harness, 5) == ["teddy-cafe", "teddy-cafe"])
        try harness.expectEqual(Kids.oracles)
        // There, back, and elsewhere in one transaction, with lines that come and go meanwhile.
        try harness.sql(
            """
            BEGIN;
            UPDATE invoices SET paying_company_id = 'tisa' WHERE factuur_number = 'F-5';
            DELETE FROM invoice_items WHERE right(id::text, 3) = '005' AND quantity = 2;
            UPDATE invoices SET paying_company_id = 'cafe' WHERE factuur_number = 'F-5';
            INSERT INTO invoice_items (invoice_id, description, unit_price, amount)
                SELECT id, 'x', 7, 7 FROM invoices WHERE factuur_number = 'F-5';
            UPDATE invoices SET paying_company_id = 'teddy-kids' WHERE factuur_number = 'F-5';
            COMMIT
            """)
        try await harness.catchUp(way)
        #expect(try lines(harness, 5) == ["teddy-kids", "teddy-kids"])
        try harness.expectEqual(Kids.oracles)
    }

    /// Also when of most of them only the key is kept.
    @Test(arguments: ReadingWay.allCases, [10_000, 3])
    func linesThatComeBeforeTheirBillWaitForIt(way: ReadingWay, limit: Int) async throws {
        let harness = try await harness(way, settings: StoreSettings(quarantineRows: limit))
        try harness.sql(Kids.lines(400...410))
        try await harness.catchUp(way)
        #expect(try harness.quarantined().count == 22)
        #expect(try harness.store.quarantined().count(where: \.isKept) == min(22, limit))
        try harness.expectEqual(Kids.oracles, "before their bills")
        let restarted = try SystemHarness(reopening: harness)
        try restarted.sql(Kids.bills(400...405))
        try await restarted.catchUp(way)
        #expect(try restarted.quarantined().count == 10)
        try restarted.expectEqual(Kids.oracles, "some bills have come")
        // In one transaction, in the wrong order.
        try restarted.sql("BEGIN; \(Kids.lines(420...422)) \(Kids.bills(406...422)) COMMIT")
        try await restarted.catchUp(way)
        #expect(try restarted.quarantined().isEmpty)
        try restarted.expectEqual(Kids.oracles, "all bills have come")
    }

    @Test(arguments: ReadingWay.allCases)
    func linesWithoutTheirBillAreInNoFigure(way: ReadingWay) async throws {
        let harness = try await harness(way)
        try harness.sql("DELETE FROM invoices WHERE factuur_number IN ('F-5', 'F-6')")
        try await harness.catchUp(way)
        #expect(try harness.quarantined().count == 4)
        try harness.expectEqual(Kids.oracles, "two bills are gone")
        // One comes back under another company, the lines of the other go too.
        try harness.sql(
            Kids.bills(5...5) + "DELETE FROM invoice_items WHERE right(id::text, 3) = '006';"
                + "UPDATE invoices SET paying_company_id = 'tisa' WHERE factuur_number = 'F-5'")
        try await harness.catchUp(way)
        #expect(try harness.quarantined().isEmpty)
        try harness.expectEqual(Kids.oracles, "one is back")
        try harness.sql("TRUNCATE invoices")
        try await harness.catchUp(way)
        try harness.expectEqual(Kids.oracles, "no bill is left")
        #expect(try harness.store.rowCount(model: "bill_line", origin: "teddykids") == 0)
    }

    @Test func aLargeTransactionSettlesItsLinesAtItsEnd() async throws {
        let harness = try await harness(.replication)
        try harness.sql(
            """
            BEGIN;
            \(Kids.lines(2000...2200))
            UPDATE invoices SET paying_company_id = 'cafe' WHERE factuur_number <= 'F-2';
            \(Kids.bills(2000...2200))
            DELETE FROM invoices WHERE factuur_number LIKE 'F-1%';
            COMMIT
            """)
        var timing = PostgresTiming()
        timing.groupChanges = 100
        try await harness.source(timing: timing).catchUp()
        try harness.expectEqual(Kids.oracles)
    }

    @Test func aPollOfSeveralCommitsKeepsLinesBesideTheirBills() async throws {
        let harness = try await harness(.polling)
        var limits = PollingLimits()
        limits.commitChanges = 10
        let parted = Task {
            // No state of the store has a line in another company than its bill: there the reference
            // would lead nowhere.
            var lost = 0
            for await _ in harness.store.commits() {
                let unknown = try harness.stored(
                    "SELECT count(*) FROM bill_line WHERE bill NOT IN (SELECT ref FROM bill)")
                if unknown != ["0"] { lost += 1 }
            }
            return lost
        }
        try harness.sql(
            "UPDATE invoices SET paying_company_id = 'cafe' WHERE issue_date > '2026-02-01'")
        try await harness.catchUp(.polling, limits: limits)
        try harness.sql(
            "UPDATE invoices SET paying_company_id = 'tisa'; DELETE FROM invoices WHERE amount > 300"
        )
        try await harness.catchUp(.polling, limits: limits)
        try harness.expectEqual(Kids.oracles)
        parted.cancel()
        #expect(try await parted.value == 0)
    }

    @Test func billsThatAreReadAnewTakeTheirLinesAlong() async throws {
        let harness = try await harness(.replication)
        // No event tells of this, only the definition of the table.
        try harness.sql(
            """
            ALTER PUBLICATION "s_\(harness.database)" DROP TABLE invoices;
            UPDATE invoices SET paying_company_id = 'cafe' WHERE right(factuur_number, 1) = '3';
            DELETE FROM invoices WHERE right(factuur_number, 1) = '4';
            """)
        try await harness.catchUp()
        try harness.expectEqual(Kids.oracles)
        // While lines are read anew, bills move.
        try harness.sql("ALTER PUBLICATION \"s_\(harness.database)\" DROP TABLE invoice_items")
        let writing = Task {
            for round in 0..<20 {
                try harness.sql(
                    """
                    UPDATE invoices SET paying_company_id =
                        CASE paying_company_id WHEN 'cafe' THEN 'tisa' ELSE 'cafe' END
                        WHERE right(factuur_number, 1) = '\(round % 10)';
                    """)
            }
        }
        try await harness.catchUp()
        try await writing.value
        try await harness.catchUp()
        try harness.expectEqual(Kids.oracles)
    }

    @Test func belongingsThatLeadNowhereAreRefused() throws {
        let schema = try Schema(definitions: definitionsFolder)
        func message(_ tables: String) -> String {
            do {
                _ = try SourceDefinition(
                    DefinitionNode(
                        parsing: "source: x\nkind: postgres\ntables:\n" + tables, file: "x.yaml"),
                    schema: schema)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let bill = "  - {table: b, model: bill, key: id, company: tisa, columns: {number: n}}\n"
        func line(_ tenant: String, _ columns: String = "bill: bill_id", more: String = "")
            -> String
        {
            "  - {table: l, model: bill_line, key: id, \(more)tenant: \(tenant), "
                + "columns: {\(columns)}}\n"
        }
        #expect(message(bill + line("{through: bill_id}")) == "no error")
        #expect(message(line("{through: bill_id}") + bill) == "no error")
        #expect(
            message(bill + line("{through: other}")).contains(
                "‘through: other’ of table ‘public.l’ leads to no row"))
        #expect(
            message(line("{through: bill_id}")).contains(
                "stands in model ‘bill’, which no table of this source fills; map a table to ‘bill’"
            ))
        #expect(
            message(
                bill.replacing("key: id", with: "key: id, optional: true")
                    + line("{through: bill_id}")
            )
            .hasSuffix(
                "belong to rows of ‘public.b’, a table that may lack; add ‘optional: true’ to "
                    + "‘public.l’ too"))
        #expect(
            message(bill + line("{thruogh: bill_id}")).contains("did you mean ‘through’?"))
        // Two tables of one identity: reading one again would delete the rows of the other.
        #expect(
            message(bill + bill.replacing("table: b", with: "table: old_b")).contains(
                "tables ‘public.b’ and ‘public.old_b’ fill model ‘bill’ under the same origin; give one "
                    + "of them an ‘origin:’ of its own"))
        #expect(
            message(
                bill.replacing("company: tisa", with: "where: {status: {like: a*}}, company: tisa")
            ).contains("‘where’ is asked of the database too"))
    }
}
