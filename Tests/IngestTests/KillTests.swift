import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// So small that a few hundred rows are read and compared in several parts.
private let pollingLimits = PollingLimits(commitChanges: 200, passKeys: 150)

/// A process that is killed at any point and started again has each row once.
@Suite struct KillTests {
    /// Reads the source up to its present state, in another process that is killed on the way.
    private func die(at point: String, _ harness: SourceHarness) async throws {
        try harness.store.close()
        let store = harness.folder.path + "/store.sqlite"
        let server = ScratchCluster.shared.connection(harness.database)
        let name = "s_\(harness.database)"
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                path = store as String, connection = server as String, slot = name as String,
                point
            ] in
            setenv("REPORTD_FAILPOINT", point, 1)
            let schema = try Schema(definitions: definitionsFolder)
            let source = try PostgresSource(
                definition: try SourceHarness.tekup(nil, schema), connection: connection,
                store: try Store(path: path, schema: schema), slot: slot)
            try await source.catchUp()
        }
    }

    private func recover(_ harness: SourceHarness, _ way: ReadingWay = .replication) async throws {
        let again = try SourceHarness(reopening: harness)
        // The server may take a moment to notice that the killed process is gone.
        try await harness.wait(for: "the slot to be free") {
            try harness.slot()?.active != true
        }
        try await again.source(way).catchUp()
        try again.expectEqual()
        #expect(
            try again.store.rowCount(model: "sale", origin: "tekup")
                == Int(again.sql("SELECT count(*) FROM sales")[0][0] ?? ""))
        try again.store.close()
    }

    @Test(arguments: ["after-slot", "mid-copy:4", "before-load-finish", "after-load-finish"])
    func duringTheLoad(point: String) async throws {
        let harness = try SourceHarness(sales: 300)
        try await die(at: point, harness)
        try harness.sql(TekupDatabase.insertSales(301...310))
        try await recover(harness)
    }

    @Test(arguments: [
        "after-receive", "mid-transaction:30", "before-commit", "after-commit", "before-ack",
    ])
    func duringTheStream(point: String) async throws {
        let harness = try SourceHarness(sales: 100)
        try await harness.source().catchUp()
        for number in 0..<5 {
            try harness.sql(
                "BEGIN; \(TekupDatabase.insertSales(1000 + number * 10...1009 + number * 10)) "
                    + "DELETE FROM sales WHERE sale_number = 'RS-\(number + 1)'; "
                    + "UPDATE sales SET final_amount = final_amount + 1; COMMIT")
        }
        try await die(at: point, harness)
        try await recover(harness)
    }

    // MARK: Polling

    /// Kills at random in loads, polls and comparisons; how many is `REPORTD_KILLS`.
    @Test func pollingAtAnyPoint() async throws {
        let kills = KillCount.of(usual: 40)
        var dice = KillDice()
        var harness = try SourceHarness(sales: 60)
        let points = [
            "after-snapshot", "mid-copy", "before-load-finish", "after-load-finish",
            "before-commit", "after-commit", "before-compare", "store-write", "store-written",
        ]
        for kill in 1...kills {
            let point = points[Int.random(in: 0..<points.count, using: &dice)]
            let base = 1000 + kill * 10
            try harness.sql(
                """
                BEGIN; \(TekupDatabase.insertSales(base...base + 7))
                UPDATE sales SET final_amount = \(kill) WHERE sale_number LIKE '%\(kill % 10)';
                DELETE FROM sales WHERE sale_number = 'RS-\(base - 15)';
                UPDATE customers SET name = name || '.' WHERE id = '\(TekupDatabase.id(3, 2))'; COMMIT
                """)
            let hit = "\(point):\(Int.random(in: 1...4, using: &dice))"
            try await dieInAPoll(at: hit, harness, "\(dice.seed), kill \(kill)")
            guard kill % 10 == 0 || kill == kills else { continue }
            try await recover(harness, .polling)
            harness = try SourceHarness(reopening: harness)
        }
    }

    /// Polls and compares keys in another process that is killed on the way.
    ///
    /// Where that point is not reached, it dies at the end.
    private func dieInAPoll(
        at point: String, _ harness: SourceHarness, _ comment: String = ""
    ) async throws {
        try harness.store.close()
        let store = harness.folder.path + "/store.sqlite"
        let server = ScratchCluster.shared.connection(harness.database)
        await #expect(processExitsWith: .signal(SIGKILL), "\(comment)") {
            [
                path = store as String, connection = server as String, point,
                isNamed = comment.isEmpty as Bool
            ] in
            setenv("REPORTD_FAILPOINT", point, 1)
            let schema = try Schema(definitions: definitionsFolder)
            let source = try PostgresPolling(
                definition: try SourceHarness.tekup(nil, schema), connection: connection,
                store: try Store(path: path, schema: schema), clock: .system,
                intervals: PollingIntervals(), limits: pollingLimits, sleep: { _ in },
                log: { _ in })
            try await source.catchUp()
            if !isNamed { raise(SIGKILL) }
        }
    }

    @Test(arguments: ["after-snapshot", "mid-copy:4", "before-load-finish", "after-load-finish"])
    func duringTheFirstPoll(point: String) async throws {
        let harness = try SourceHarness(sales: 300)
        try await dieInAPoll(at: point, harness)
        try harness.sql(TekupDatabase.insertSales(301...310))
        try harness.sql("DELETE FROM sales WHERE sale_number = 'RS-7'")
        try await recover(harness, .polling)
    }

    @Test(arguments: [
        "after-snapshot", "mid-copy:4", "before-commit", "after-commit", "before-commit:2",
        "after-commit:2", "before-commit:3", "after-commit:3", "before-compare", "before-commit:4",
        "after-commit:4",
    ])
    func duringAPoll(point: String) async throws {
        let harness = try SourceHarness(sales: 100)
        try await harness.polling().catchUp()
        // Three parts of changes, and one of deletions.
        let many = pollingLimits.commitChanges * 2 + 100
        try harness.sql(
            """
            BEGIN; \(TekupDatabase.insertSales(1000...999 + many))
            DELETE FROM sales WHERE sale_number LIKE 'RS-1_'; COMMIT;
            UPDATE customers SET name = 'Ny ' || name
            """)
        try await dieInAPoll(at: point, harness)
        try await recover(harness, .polling)
    }
}
