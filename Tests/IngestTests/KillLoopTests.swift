import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A process that is killed at points of chance, again and again, ends with each row once.
///
/// Ten times `REPORTD_KILLS`.
@Suite struct KillLoopTests {
    private static let points = [
        "after-receive", "mid-transaction", "before-commit", "after-commit", "before-ack",
        "before-load-finish", "after-load-finish", "mid-copy", "store-write", "store-written",
    ]

    @Test func killsAtAnyPoint() async throws {
        let kills = KillCount.of(usual: 20) * 10
        var dice = KillDice()
        let seed = dice.seed
        var harness = try ThingHarness(rows: 300)
        let path = harness.folder.path + "/store.sqlite"
        let server = harness.cluster.connection(harness.database)
        let name = "s_\(harness.database)"
        let mapping = ThingHarness.mapping(harness.tables)
        try harness.store.close()
        var next = 1000
        for kill in 1...kills {
            let point = Self.points[Int.random(in: 0..<Self.points.count, using: &dice)]
            let hit = "\(point):\(Int.random(in: 1...4, using: &dice))"
            let base = next
            next += 8
            try harness.sql(
                "BEGIN; \(ThingHarness.insert("part", base...base + 7)) "
                    + "UPDATE part SET count = count + 1, kind = 'used' WHERE id % 50 = \(kill % 50); "
                    + "UPDATE part SET id = id + 1000000 WHERE id = \(base - 40); "
                    + "DELETE FROM part WHERE id = \(base - 20); COMMIT; "
                    + "UPDATE item SET name = 'n\(kill)' WHERE id = \(kill % 50 + 1)")
            if kill % 40 == 0 {
                // Now and then a table has to be read again.
                try harness.sql("ALTER PUBLICATION \(name) DROP TABLE part")
            }
            await #expect(processExitsWith: .signal(SIGKILL), "seed \(seed), kill \(kill)") {
                [
                    path = path as String, server = server as String, name = name as String,
                    mapping = mapping as String, hit = hit as String
                ] in
                setenv("REPORTD_FAILPOINT", hit, 1)
                for _ in 0..<100 {
                    do {
                        try await ThingProcess.catchUp(
                            path: path, connection: server, slot: name, mapping: mapping)
                        break
                    } catch let advice as Advice where advice.kind == .busy {
                        // The server has not noticed yet that the last one is gone.
                        usleep(10_000)
                    }
                }
                raise(SIGKILL)
            }
            guard kill % 25 == 0 || kill == kills else { continue }
            harness = try ThingHarness(reopening: harness)
            try await harness.wait(for: "the slot to be free") {
                try harness.slot()?.isActive != true
            }
            try await harness.source().catchUp()
            try harness.expectEqual("seed \(seed), kill \(kill)")
            try harness.store.close()
        }
    }
}
