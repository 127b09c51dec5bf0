import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A process that is killed while rows wait for those they belong to ends with each row once.
@Suite struct BelongingKillTests {
    private typealias Kids = TeddyKidsDatabase

    private static let points = [
        "after-receive", "mid-transaction", "before-commit", "after-commit", "before-load-finish",
        "after-load-finish", "mid-copy", "store-write", "store-written",
    ]

    /// Lines come before their bills, bills move and go; a quarter of `REPORTD_KILLS`.
    @Test(arguments: ReadingWay.allCases)
    func linesOfBillsAreLostToNoKill(way: ReadingWay) async throws {
        let kills = max(1, KillCount.of(usual: 20) / 4)
        var dice = KillDice()
        let seed = dice.seed
        var harness = try SystemHarness(
            "teddykids", schema: "teddykids",
            content: "ALTER TABLE invoice_items DROP CONSTRAINT invoice_items_invoice_id_fkey; "
                + "DROP TABLE batch_export_invoices; " + Kids.content)
        let server = ScratchCluster.shared.connection(harness.database)
        let path = harness.folder.path + "/store.sqlite"
        for kill in 1...kills {
            let point = Self.points[Int.random(in: 0..<Self.points.count, using: &dice)]
            let hit = "\(point):\(Int.random(in: 1...4, using: &dice))"
            let base = 1000 + kill * 10
            try harness.sql(
                """
                \(Kids.lines(base...base + 5))
                BEGIN; \(Kids.bills(base - 10...base - 7))
                UPDATE invoices SET paying_company_id = 'cafe'
                    WHERE factuur_number LIKE '%\(kill % 10)' AND random() < 0.5;
                DELETE FROM invoices WHERE factuur_number = 'F-\(kill * 3)'; COMMIT;
                DELETE FROM invoice_items WHERE right(id::text, 3) = lpad('\(kill * 2)', 3, '0')
                """)
            try harness.store.close()
            await #expect(processExitsWith: .signal(SIGKILL), "seed \(seed), kill \(kill)") {
                [
                    path = path as String, server = server as String, hit = hit as String,
                    way = way.rawValue as String, slot = "s_" + harness.database as String
                ] in
                setenv("REPORTD_FAILPOINT", hit, 1)
                for _ in 0..<100 {
                    do {
                        try await Self.catchUp(
                            way, path: path, connection: server, slot: slot)
                        break
                    } catch let advice as Advice where advice.kind == .busy {
                        // The server has not noticed yet that the last one is gone.
                        usleep(10_000)
                    }
                }
                raise(SIGKILL)
            }
            harness = try SystemHarness(reopening: harness)
            guard kill % 5 == 0 || kill == kills else { continue }
            for attempt in 0... {
                do {
                    try await harness.catchUp(way)
                    break
                } catch let advice as Advice where advice.kind == .busy && attempt < 500 {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try harness.expectEqual(Kids.oracles, "seed \(seed), kill \(kill)")
        }
    }

    private static func catchUp(
        _ way: String, path: String, connection: String, slot: String
    ) async throws {
        let schema = try Schema(definitions: definitionsFolder)
        let definition = try SourceDefinition(
            DefinitionNode(
                contentsOf: definitionsFolder + "/sources/teddykids.yaml",
                relativeTo: definitionsFolder), schema: schema)
        let store = try Store(path: path, schema: schema)
        let source: any FollowedSource =
            way == ReadingWay.polling.rawValue
            ? try PostgresPolling(definition: definition, connection: connection, store: store)
            : try PostgresSource(
                definition: definition, connection: connection, store: store, slot: slot)
        do {
            try await source.catchUp()
        } catch {
            try store.close()
            throw error
        }
    }
}
