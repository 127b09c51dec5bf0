import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

@Suite struct PostgresSourceTests {
    @Test(arguments: ReadingWay.allCases)
    func theFirstLoadEqualsTheSource(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 3000)
        let source = try harness.source(way)
        try await source.catchUp()
        try harness.expectEqual()
        #expect(try harness.storedSales().count > 500)
        for (model, table) in [
            ("user", "users"), ("customer", "customers"), ("service", "services"),
            ("sale", "sales"), ("lead", "leads"),
        ] {
            let count = try harness.sql("SELECT count(*) FROM \(table)")[0][0]
            #expect(try harness.store.rowCount(model: model, origin: "tekup") == Int(count ?? ""))
        }
        let status = source.status
        #expect(status.state == .idle && status.position != nil && status.lastError == nil)
        if way == .polling { return }
        // Only mapped columns leave the source.
        let published = try harness.sql(
            "SELECT tablename, array_to_string(attnames, ' ') FROM pg_publication_tables")
        #expect(published.count == 6)
        #expect(!published.contains { ($0[1] ?? "").contains("password") })
        #expect(try harness.slot()?.active == false)
    }

    @Test(arguments: ReadingWay.allCases)
    func changesOfEveryKindArrive(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 200)
        let source = try harness.source(way)
        try await source.catchUp()
        try harness.sql(TekupDatabase.insertSales(201...260))
        try harness.sql(
            "UPDATE sales SET status = 'PAID', final_amount = 1.05 WHERE sale_number < 'RS-15'")
        try harness.sql("DELETE FROM sales WHERE sale_number LIKE 'RS-2%'")
        try harness.sql("UPDATE sales SET id = gen_random_uuid() WHERE sale_number = 'RS-33'")
        try harness.sql("UPDATE customers SET name = 'Ny ' || name WHERE customer_type = 'B2B'")
        try harness.sql(
            """
            BEGIN; UPDATE sales SET currency = 'eur' WHERE sale_number = 'RS-34';
            UPDATE sales SET currency = 'EUR' WHERE sale_number = 'RS-34';
            DELETE FROM sales WHERE sale_number = 'RS-35'; COMMIT;
            BEGIN; DELETE FROM sales; ROLLBACK
            """)
        try await source.catchUp()
        try harness.expectEqual()
        try harness.sql("TRUNCATE sales; \(TekupDatabase.insertSales(5...9))")
        try await source.catchUp()
        try harness.expectEqual("after truncation")
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == 5)
        // Nothing to do commits a position at the most, and no rows.
        let before = try harness.storedSales()
        try await source.catchUp()
        #expect(try harness.storedSales() == before)
    }

    @Test(arguments: ReadingWay.allCases)
    func row23LargeValuesThatAreNotSentAreKept(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 10)
        let source = try harness.source(way)
        // Text that no compression shortens is stored out of line, and not sent when unchanged.
        try harness.sql(
            """
            ALTER TABLE customers ALTER COLUMN name SET STORAGE EXTERNAL;
            UPDATE customers SET name = repeat('lang ', 2000) || name
            """)
        try await source.catchUp()
        try harness.sql("UPDATE customers SET status = 'BLOCKED'")
        try harness.sql(
            "UPDATE customers SET id = '\(TekupDatabase.id(3, 99))' "
                + "WHERE id = '\(TekupDatabase.id(3, 4))'; "
                + "UPDATE sales SET customer_id = '\(TekupDatabase.id(3, 99))' "
                + "WHERE customer_id = '\(TekupDatabase.id(3, 4))'")
        try await source.catchUp()
        try harness.expectEqual()
        #expect(try harness.storedSales().allSatisfy { $0.contains("lang lang") })
    }

    @Test(arguments: ReadingWay.allCases)
    func rowsWrittenDuringTheLoadAreNeitherLostNorDoubled(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 2000)
        let source = try harness.source(way)
        let stop = Mutex(false)
        let writer = Thread {
            var number = 3000
            while !stop.withLock({ $0 }) {
                _ = try? harness.sql(
                    TekupDatabase.insertSales(number...number + 4)
                        + "DELETE FROM sales WHERE sale_number = 'RS-\(number - 2000)';")
                number += 5
            }
        }
        writer.start()
        try await source.catchUp()
        stop.withLock { $0 = true }
        while !writer.isFinished { try await Task.sleep(for: .milliseconds(5)) }
        try await source.catchUp()
        try harness.expectEqual()
    }

    @Test(arguments: ReadingWay.allCases)
    func stoppingAndStartingLosesNothing(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 50)
        var number = 1000
        for round in 0..<6 {
            let source = try harness.source(way)
            let running = Task { try await source.run() }
            for _ in 0..<5 {
                try harness.sql(
                    "BEGIN; \(TekupDatabase.insertSales(number...number + 20)) "
                        + "UPDATE sales SET final_amount = final_amount + 1 "
                        + "WHERE sale_number LIKE 'RS-1%'; COMMIT")
                number += 21
            }
            if round > 0 {
                try await harness.wait(for: "some of it") {
                    try harness.storedSales().count > 50 + round * 15
                }
            }
            running.cancel()
            try await running.value
            #expect(
                try way == .polling || harness.slot()?.active ?? false == false,
                "the slot is released")
        }
        try await harness.source(way).catchUp()
        try harness.expectEqual()
    }

    @Test func aBrokenConnectionIsTriedAgain() async throws {
        let harness = try SourceHarness(sales: 20)
        let source = try harness.source()
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        try harness.sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'reportd%'
            """)
        try harness.sql(TekupDatabase.insertSales(500...510))
        try await harness.wait(for: "the rows after the break") {
            try harness.storedSales() == harness.sourceSales()
        }
        let breaks = harness.events.withLock { events in
            events.count { event in
                if case .reconnecting = event { return true }
                return false
            }
        }
        #expect(breaks > 0)
        running.cancel()
        try await running.value
        #expect(source.status.state == .idle)
    }

    @Test(arguments: ReadingWay.allCases)
    func unknownTenantsWaitUntilTheyAreKnown(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 20)
        let source = try harness.source(way)
        let (bakery, ghost) = (TekupDatabase.id(1, 8), TekupDatabase.id(1, 9))
        try harness.sql("INSERT INTO organizations VALUES ('\(bakery)', 'Bager', 'BAKERY')")
        try harness.sql(
            "UPDATE sales SET organization_id = '\(bakery)' WHERE sale_number = 'RS-1'")
        try await source.catchUp()
        #expect(
            try harness.quarantined() == [
                "public.sales \(TekupDatabase.id(5, 1)): tenant ‘\(bakery)’ is ‘BAKERY’, which the "
                    + "mapping gives no company"
            ])
        // In the stream: a placed row moves to a tenant that nobody knows, and leaves the figures.
        try harness.sql(
            "UPDATE sales SET organization_id = '\(ghost)' WHERE sale_number = 'RS-2'")
        try await source.catchUp()
        #expect(try harness.quarantined().count == 2)
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == 18)
        #expect(source.status.quarantined == 2)
        // Then it becomes known, and the row is in again.
        try harness.sql("INSERT INTO organizations VALUES ('\(ghost)', 'Ny', 'TEKUP')")
        try await source.catchUp()
        #expect(try harness.quarantined().count == 1)
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == 19)
        // And the other one is deleted.
        try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-1'")
        try await source.catchUp()
        #expect(try harness.quarantined().isEmpty)
        // A tenant that moves to another company takes its rows along.
        try harness.sql("UPDATE organizations SET type = 'FOODTRUCK' WHERE id = '\(ghost)'")
        try await source.catchUp()
        try harness.expectEqual()
        #expect(try harness.storedSales().contains { $0.hasPrefix("RS-2|") })
    }

    @Test(arguments: ReadingWay.allCases)
    func tenantsThatComeOrMoveWhileFollowingAreHeeded(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 20)
        let source = try harness.source(way)
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        let ghost = TekupDatabase.id(1, 9)
        try harness.sql(
            "UPDATE sales SET organization_id = '\(ghost)' WHERE sale_number = 'RS-2'")
        try await harness.wait(for: "quarantine") { try harness.quarantined().count == 1 }
        try harness.sql("INSERT INTO organizations VALUES ('\(ghost)', 'Ny', 'TEKUP')")
        try await harness.wait(for: "release") { try harness.quarantined().isEmpty }
        let reloads = { () -> Int in
            harness.events.withLock { events in
                events.count { event in
                    if case .reloading = event { return true }
                    return false
                }
            }
        }
        #expect(reloads() == 0)
        try harness.sql("UPDATE organizations SET type = 'FOODTRUCK' WHERE id = '\(ghost)'")
        try await harness.wait(for: "the row's move") {
            try harness.storedSales() == harness.sourceSales()
        }
        #expect(reloads() == 1)
        running.cancel()
        try await running.value
    }

    @Test(arguments: ReadingWay.allCases)
    func row33ValuesThatDoNotFitArePutAsideInBothPaths(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 10)
        let source = try harness.source(way)
        try harness.sql("UPDATE sales SET currency = 'XYZ' WHERE sale_number = 'RS-3'")
        try await source.catchUp()
        try harness.sql("UPDATE sales SET sale_date = 'infinity' WHERE sale_number = 'RS-4'")
        try harness.sql("UPDATE sales SET currency = 'dkk' WHERE sale_number = 'RS-3'")
        try await source.catchUp()
        #expect(
            try harness.quarantined() == [
                "public.sales \(TekupDatabase.id(5, 4)): sold_at: a special value ‘infinity’ does "
                    + "not fit a column of type instant"
            ])
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == 9)
    }

    @Test func row04IdlePositionsAreWrittenAndAcknowledged() async throws {
        let harness = try SourceHarness(sales: 5)
        var timing = PostgresTiming()
        timing.idle = .milliseconds(20)
        timing.status = .milliseconds(50)
        let source = try harness.source(timing: timing)
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        let before = try #require(try harness.slot()).confirmed
        // Traffic that concerns no mapped table.
        try harness.sql(
            "CREATE TABLE noise (n int); INSERT INTO noise SELECT generate_series(1, 5000)")
        let target = try #require(
            LogPosition(try harness.sql("SELECT pg_current_wal_flush_lsn()")[0][0] ?? ""))
        try await harness.wait(for: "the server may discard its log") {
            try (harness.slot()?.confirmed ?? before) >= target
        }
        running.cancel()
        try await running.value
        // What the server was told is never ahead of what is durable here.
        let stored = try #require(
            PostgresPosition(harness.store.position(of: "tekup")?.text ?? ""))
        #expect(try #require(try harness.slot()).confirmed <= stored.log)
    }

    @Test(arguments: ReadingWay.allCases)
    func aReloadCommitsDifferencesOnly(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 60)
        let source = try harness.source(way)
        try await source.catchUp()
        let untouched = try harness.store.snapshot(Scope(companies: ["rendetalje"]))
            .lastCommit(of: ["customer"])
        try harness.sql("DELETE FROM sales WHERE sale_number LIKE 'RS-2%'")
        try await source.catchUp(reloading: true)
        try harness.expectEqual()
        #expect(
            try harness.store.snapshot(Scope(companies: ["rendetalje"]))
                .lastCommit(of: ["customer"]) == untouched)
        // Another mapping is a reason to read again, by itself.
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/tekup.yaml", encoding: .utf8)
        let changed = try SourceHarness.tekup(
            text.replacing(
                "      status: status\n      payment_status",
                with: "      status: {from: status, map: {}, else: any}\n      payment_status"),
            harness.schema)
        try await harness.source(way, definition: changed).catchUp()
        #expect(try harness.storedSales().allSatisfy { $0.contains("|any|") })
        guard way == .replication else { return }
        try await harness.source().retire()
        #expect(try harness.slot() == nil)
    }
}
