import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What polling alone has to get right; what both ways do is in `PostgresSourceTests`.
@Suite struct PostgresPollingTests {
    @Test func aPollReadsOnlyWhatWasWrittenSince() async throws {
        let harness = try SourceHarness(sales: 500)
        let source = try harness.windows()
        try await source.catchUp()
        try harness.expectEqual()
        try harness.sql(TekupDatabase.insertSales(501...505))
        try harness.sql("UPDATE sales SET final_amount = 7 WHERE sale_number = 'RS-9'")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
        let changes = harness.events.withLock { events in
            events.compactMap { event -> Int? in
                if case .committed(_, let changes) = event { return changes }
                return nil
            }
        }
        #expect(changes == [6])
        #expect(source.status.everySeconds == 1)
        #expect(source.status.position?.hasPrefix("transaction ") == true)
        // Nothing is left on the server.
        #expect(try harness.slot() == nil)
        #expect(try harness.sql("SELECT count(*) FROM pg_publication")[0][0] == "0")
        #expect(
            try harness.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'reportd%' "
                    + "AND datname = current_database()")[0][0] == "0")
    }

    /// Row 42 of the failure table: ties and late commits.
    @Test func row42TransactionsThatEndLateAreNotMissed() async throws {
        let harness = try SourceHarness(sales: 50)
        let source = try harness.windows()
        // Begun before the first poll, written after it: no number exists yet, and its clock is older.
        let idle = try harness.session()
        try idle.execute("BEGIN; SELECT now()")
        // With a number before the first poll, committed after later ones.
        let slow = try harness.session()
        try slow.execute("BEGIN; UPDATE sales SET final_amount = 1 WHERE sale_number = 'RS-1'")
        try await source.catchUp()
        let nested = try harness.session()
        try nested.execute(
            "BEGIN; UPDATE sales SET final_amount = 3 WHERE sale_number = 'RS-3'; SAVEPOINT a")
        try idle.execute(
            "UPDATE sales SET final_amount = 2, updated_at = now() WHERE sale_number = 'RS-2'")
        try harness.sql("UPDATE sales SET final_amount = 4 WHERE sale_number = 'RS-4'")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("the committed one")
        // Subtransactions, one of which is rolled back, around another poll.
        try nested.execute(
            """
            UPDATE sales SET final_amount = 5 WHERE sale_number = 'RS-5'; RELEASE a;
            SAVEPOINT b; UPDATE sales SET final_amount = 6 WHERE sale_number = 'RS-6'; ROLLBACK TO b;
            UPDATE sales SET final_amount = 7 WHERE sale_number = 'RS-7'
            """)
        for number in 1000..<1040 {
            try harness.sql(TekupDatabase.insertSales(number...number))
        }
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("while three are open")
        try idle.execute("COMMIT")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("after the idle one")
        try slow.execute("COMMIT")
        try nested.execute("COMMIT")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("after all")
        #expect(harness.reloads.isEmpty)
    }

    @Test func writersAtWorkLoseNothingBetweenPolls() async throws {
        let harness = try SourceHarness(sales: 200)
        let source = try harness.windows()
        try await source.catchUp()
        let stop = Mutex(false)
        let writers = (0..<3).map { writer in
            Thread {
                guard let session = try? harness.session() else { return }
                var number = 10_000 * (writer + 1)
                while !stop.withLock({ $0 }) {
                    let end = number % 3 == 0 ? "ROLLBACK" : "COMMIT"
                    try? session.execute("BEGIN; \(TekupDatabase.insertSales(number...number))")
                    try? session.execute(
                        "SAVEPOINT s; UPDATE sales SET final_amount = final_amount + 1 WHERE id = "
                            + "'\(TekupDatabase.id(5, number % 200 + 1))'; RELEASE s; \(end)")
                    number += 1
                    // On a busy machine they must not write faster than a poll reads.
                    Thread.sleep(forTimeInterval: 0.005)
                }
            }
        }
        for writer in writers { writer.start() }
        for _ in 0..<25 {
            try await source.poll(reloading: false, comparing: false)
            try await Task.sleep(for: .milliseconds(20))
        }
        stop.withLock { $0 = true }
        for writer in writers {
            while !writer.isFinished { try await Task.sleep(for: .milliseconds(5)) }
        }
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
    }

    @Test func preparedTransactionsHoldThePositionBack() async throws {
        let cluster = try PollingCluster(settings: ["max_prepared_transactions=5"])
        let harness = try SourceHarness(sales: 1)
        try cluster.sql(
            TekupDatabase.schema + TekupDatabase.content(sales: 30))
        let world = try PollingWorld(harness, cluster)
        try cluster.sql(
            "BEGIN; UPDATE sales SET final_amount = 1 WHERE sale_number = 'RS-1'; "
                + "PREPARE TRANSACTION 'p'")
        try await world.source.catchUp()
        try cluster.sql("UPDATE sales SET final_amount = 2 WHERE sale_number = 'RS-2'")
        try await world.source.poll(reloading: false, comparing: false)
        try cluster.sql("COMMIT PREPARED 'p'")
        try await world.source.poll(reloading: false, comparing: false)
        try world.expectEqual()
    }

    @Test func deletionsAreSeenWithinTheInterval() async throws {
        let harness = try SourceHarness(sales: 100)
        let source = try harness.polling()
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        try harness.sql("DELETE FROM sales WHERE sale_number LIKE 'RS-2%'")
        try await harness.wait(for: "the deletion") {
            try harness.storedSales() == harness.sourceSales()
        }
        // A row whose key changes is there twice until keys are compared, and once after.
        try harness.sql("UPDATE sales SET id = gen_random_uuid() WHERE sale_number = 'RS-33'")
        try await harness.wait(for: "the key's change") {
            try harness.storedSales() == harness.sourceSales()
        }
        try harness.sql("TRUNCATE sales; \(TekupDatabase.insertSales(5...9))")
        try await harness.wait(for: "truncation") {
            try harness.store.rowCount(model: "sale", origin: "tekup") == 5
        }
        running.cancel()
        try await running.value
        #expect(source.status.state == .idle)
        try harness.expectEqual()
        #expect(harness.reloads.isEmpty)
    }

    @Test func truncationIsSeenByTheNextPoll() async throws {
        let harness = try SourceHarness(sales: 40)
        let source = try harness.windows()
        try await source.catchUp()
        try harness.sql("TRUNCATE sales; \(TekupDatabase.insertSales(3...6))")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == 4)
        try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-4'")
        try harness.sql("VACUUM FULL sales")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
    }

    /// A transaction that truncates and fills a table is not seen half.
    @Test func aTableThatIsRewrittenWhileItIsReadIsReadAgain() async throws {
        let harness = try SourceHarness(sales: 300)
        let source = try harness.windows()
        try await source.catchUp()
        let stop = Mutex(false)
        let writer = Thread {
            guard let session = try? harness.session() else { return }
            while !stop.withLock({ $0 }) {
                try? session.execute(
                    "BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM sales; TRUNCATE sales; "
                        + "INSERT INTO sales SELECT * FROM kept; DROP TABLE kept; COMMIT")
            }
        }
        writer.start()
        for _ in 0..<40 {
            do { try await source.poll(reloading: false, comparing: true) } catch {
                #expect("\(error)".contains("rewritten each time"))
            }
            #expect(try harness.storedSales().count == harness.sourceSales().count)
        }
        stop.withLock { $0 = true }
        while !writer.isFinished { try await Task.sleep(for: .milliseconds(5)) }
        try await source.catchUp()
        try harness.expectEqual()
    }

    @Test func partitionsThatComeAndGoAreHeeded() async throws {
        let harness = try SourceHarness(sales: 60)
        try harness.sql(
            """
            ALTER TABLE sales RENAME TO plain;
            CREATE TABLE sales (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
            CREATE TABLE "Sales.0" PARTITION OF sales FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE sales_1 PARTITION OF sales FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO sales SELECT * FROM plain
            """)
        let source = try harness.windows()
        try await source.catchUp()
        try harness.expectEqual()
        try harness.sql("UPDATE sales SET final_amount = 1 WHERE sale_number LIKE 'RS-1%'")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("an update")
        try harness.sql("ALTER TABLE sales DETACH PARTITION sales_1")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("detached")
        // Its rows were written long before.
        try harness.sql(
            "ALTER TABLE sales ATTACH PARTITION sales_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("attached")
        #expect(harness.reloads.isEmpty)
        // Another table takes its place, with older rows.
        try harness.sql("DROP TABLE sales; ALTER TABLE plain RENAME TO sales")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual("replaced")
    }

    @Test func columnsMadeAnewAndTablesAddedAreReadAsAWhole() async throws {
        let harness = try SourceHarness(sales: 20)
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/tekup.yaml", encoding: .utf8)
        let leads = try #require(text.range(of: "  - table: public.leads"))
        let less = try SourceHarness.tekup(String(text[..<leads.lowerBound]), harness.schema)
        try await harness.polling(definition: less).catchUp()
        #expect(try harness.store.rowCount(model: "lead", origin: "tekup") == 0)
        let source = try harness.windows()
        try await source.poll(reloading: false, comparing: false)
        #expect(try harness.store.rowCount(model: "lead", origin: "tekup") == 5)
        #expect(harness.reloads == ["table ‘public.leads’ is new"])
        // No row is rewritten by this, and every row has another value.
        try harness.sql(
            "ALTER TABLE sales DROP COLUMN currency; "
                + "ALTER TABLE sales ADD COLUMN currency text NOT NULL DEFAULT 'EUR'")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
        #expect(harness.reloads.last == "table ‘public.sales’ or its mapping has changed")
        #expect(try harness.storedSales().allSatisfy { $0.contains("|EUR|") })
    }

    @Test func frozenRowsAreReadWhileTheyAreNew() async throws {
        let harness = try SourceHarness(sales: 30)
        let source = try harness.windows()
        try await source.catchUp()
        try harness.sql(TekupDatabase.insertSales(31...40))
        try harness.sql("UPDATE customers SET name = 'Ny ' || name")
        try harness.sql("VACUUM FREEZE")
        try await source.poll(reloading: false, comparing: false)
        try harness.expectEqual()
    }

    @Test func bothWaysFollowOneAnother() async throws {
        let harness = try SourceHarness(sales: 40)
        try await harness.source().catchUp()
        try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-3'")
        try await harness.polling().catchUp()
        try harness.expectEqual()
        #expect(harness.reloads == ["it was read in another way before"])
        try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-4'")
        try await harness.source().catchUp()
        try harness.expectEqual()
        try await harness.source().retire()
    }

    @Test func manyChangesAreWrittenInParts() async throws {
        let harness = try SourceHarness(sales: 10)
        let limits = PollingLimits(commitChanges: 500, passKeys: 130)
        let source = try harness.windows(limits: limits)
        try await source.catchUp()
        let count = limits.commitChanges * 2 + 77
        try harness.sql(TekupDatabase.insertSales(100...99 + count))
        let before = harness.store.latest.number
        try await source.poll(reloading: false, comparing: false)
        #expect(harness.store.latest.number == before + 3)
        #expect(try harness.store.rowCount(model: "sale", origin: "tekup") == count + 10)
        // Keys are compared in passes that hold few of them.
        try harness.sql(
            "DELETE FROM sales WHERE random() < 0.7; UPDATE sales SET currency = 'XYZ' "
                + "WHERE sale_number LIKE '%4'")
        var drift = ChangeBatch()
        for key in try harness.sql("SELECT id FROM sales WHERE sale_number LIKE '%5'") {
            let key = try #require(key[0].flatMap { RowKey(uuid: $0) })
            drift.delete(model: "sale", origin: "tekup", key: key)
        }
        try harness.store.commit(drift)
        try await source.poll(reloading: false, comparing: true)
        #expect(try harness.storedSales() == harness.sourceSales().filter { !$0.contains("|XYZ|") })
        #expect(try harness.quarantined().count > 10)
        try harness.sql("DELETE FROM sales WHERE currency = 'XYZ'")
        try await source.poll(reloading: false, comparing: true)
        try harness.expectEqual()
        #expect(try harness.quarantined().isEmpty)
    }

    @Test func erasedRowsStayAwayAndHideNoDeletion() async throws {
        let harness = try SourceHarness(sales: 20)
        let source = try harness.windows()
        try await source.catchUp()
        _ = try harness.store.erase(
            model: "customer", origin: "tekup",
            key: #require(RowKey(uuid: TekupDatabase.id(3, 2))))
        try harness.sql("DELETE FROM customers WHERE id = '\(TekupDatabase.id(3, 9))'")
        // As many rows are there as here, and still one was deleted.
        try await harness.windows().poll(reloading: false, comparing: false)
        #expect(try harness.store.rowCount(model: "customer", origin: "tekup") == 8)
        try await source.poll(reloading: false, comparing: true)
        #expect(try harness.store.rowCount(model: "customer", origin: "tekup") == 8)
    }

    @Test func rowsMissingHereAreReadAgain() async throws {
        let harness = try SourceHarness(sales: 30)
        let source = try harness.windows()
        try await source.catchUp()
        var drift = ChangeBatch()
        for number in [3, 5, 8] {
            let key = try #require(RowKey(uuid: TekupDatabase.id(5, number)))
            drift.delete(model: "sale", origin: "tekup", key: key)
        }
        try harness.store.commit(drift)
        try await source.poll(reloading: false, comparing: true)
        try harness.expectEqual()
        let restored = harness.events.withLock { events in
            events.contains { $0 == .reconciled(deleted: 0, restored: 3) }
        }
        #expect(restored)
    }

    @Test func keysOfSeveralColumnsAndOddNamesAreCompared() async throws {
        let harness = try SourceHarness(sales: 1)
        try harness.sql(
            """
            CREATE SCHEMA "Data Æ"; CREATE TABLE "Data Æ"."teamMembers" (
                "orgId" uuid, "E-mail" text, "fullName" text, PRIMARY KEY ("orgId", "E-mail"));
            INSERT INTO "Data Æ"."teamMembers" SELECT '\(TekupDatabase.id(1, 1))',
                'o''brien\\' || n || '@x', 'Name ' || n FROM generate_series(1, 30) n
            """)
        let definition = try SourceHarness.tekup(
            """
            source: team
            kind: postgres
            company: tekup
            tables:
              - table: "Data Æ.teamMembers"
                model: user
                key: [orgId, E-mail]
                columns: {name: fullName}
            """, harness.schema)
        let source = try harness.polling(definition: definition)
        func count() throws -> Int { try harness.store.rowCount(model: "user", origin: "team") }
        try await source.catchUp()
        #expect(try count() == 30)
        try harness.sql(#"DELETE FROM "Data Æ"."teamMembers" WHERE "E-mail" LIKE '%1%'"#)
        var drift = ChangeBatch()
        for number in [2, 3] {
            drift.delete(
                model: "user", origin: "team",
                key: .text(TekupDatabase.id(1, 1) + "\u{1F}o'brien\\\(number)@x"))
        }
        try harness.store.commit(drift)
        #expect(try count() == 28)
        try await source.catchUp()
        #expect(harness.events.withLock { $0.contains(.reconciled(deleted: 12, restored: 2)) })
        let left = try harness.sql(#"SELECT count(*) FROM "Data Æ"."teamMembers""#)[0][0]
        #expect(try String(count()) == left)
    }

    @Test func aServerThatGoesAwayIsTriedAgain() async throws {
        let cluster = try PollingCluster()
        try cluster.sql(TekupDatabase.schema + TekupDatabase.content(sales: 20))
        let harness = try SourceHarness(sales: 1)
        let source = try harness.polling(connection: cluster.connection)
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        try cluster.stop("immediate")
        try await harness.wait(for: "waiting") { source.status.state == .waiting }
        #expect(source.status.lastError?.kind == .unreachable)
        try cluster.start()
        try cluster.sql(TekupDatabase.insertSales(100...104))
        try await harness.wait(for: "the rows after the break") {
            try harness.store.rowCount(model: "sale", origin: "tekup") == 25
        }
        try await harness.wait(for: "following") { source.status.state == .following }
        #expect(source.status.lastError == nil)
        running.cancel()
        try await running.value
        #expect(source.status.state == .idle)
    }

    @Test func sourcesThatShareAnOriginAreTold() throws {
        let schema = try Schema(definitions: definitionsFolder)
        func source(_ name: String, _ model: String, origin: String) throws -> SourceDefinition {
            try SourceHarness.tekup(
                """
                source: \(name)
                kind: postgres
                company: tekup
                tables:
                  - {table: t, model: \(model), key: id, origin: \(origin), columns: {name: n}}
                """, schema)
        }
        let first = try source("a", "user", origin: "shop")
        #expect(first.sharesRows(with: try source("b", "user", origin: "shop")))
        #expect(!first.sharesRows(with: try source("b", "user", origin: "b")))
        #expect(!first.sharesRows(with: try source("b", "customer", origin: "shop")))
    }

    @Test func aPoolThatLendsOneTransactionAtATimeWillDo() async throws {
        let harness = try SourceHarness(sales: 50)
        let pool = try PooledServer(
            connectQuery: "SET idle_in_transaction_session_timeout = 77000")
        let source = try harness.polling(connection: pool.connection(harness.database))
        try await source.catchUp()
        try harness.expectEqual()
        for round in 0..<5 {
            try harness.sql(TekupDatabase.insertSales(100 + round * 10...109 + round * 10))
            try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-\(round + 1)'")
            try await source.poll(reloading: false, comparing: true)
            try harness.expectEqual()
        }
        // What others find in a session that we had is what the server gave it.
        let other = try PostgresConnection(
            ConnectionSettings(pool.connection(harness.database), source: "test"),
            replication: false, application: "other", interrupt: Interrupt(),
            settingSession: false)
        let zone = try other.query("SELECT current_setting('idle_in_transaction_session_timeout')")
        #expect(zone[0][0] == "77s")
    }
}
