import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Transactions that do not fit into memory.
@Suite struct LargeTransactionTests {
    @Test func row10ALargeTransactionIsOneCommit() async throws {
        let harness = try ThingHarness(rows: 1000)
        var timing = ThingHarness.timing
        timing.groupChanges = 2000
        let source = try harness.source(timing: timing)
        try await source.catchUp()
        let before = harness.store.latest.number
        // Inserts, keys that change, rows touched again and again, rows that come and go, and a
        // truncation, with a small transaction on each side.
        try harness.sql(
            """
            UPDATE part SET count = 1 WHERE id = 1;
            BEGIN;
            \(ThingHarness.insert("part", 10_001...75_000))
            UPDATE part SET count = 2 WHERE id % 10 = 0;
            UPDATE part SET id = id + 1000000 WHERE id BETWEEN 20000 AND 25000;
            DELETE FROM part WHERE id BETWEEN 30000 AND 35000;
            \(ThingHarness.insert("part", 30_000...31_000))
            UPDATE part SET note = 'last' WHERE id % 7 = 0;
            TRUNCATE item;
            \(ThingHarness.insert("item", 1...60))
            COMMIT;
            UPDATE part SET count = 3 WHERE id = 2
            """)
        try await source.catchUp()
        try harness.expectEqual()
        let commits = Int(harness.store.latest.number - before)
        #expect(commits <= 4, "\(commits) commits")
        // The next ones find the rows.
        try harness.sql(
            "UPDATE part SET kind = 'used' WHERE id % 50 = 0; DELETE FROM part WHERE id > 70000")
        try await source.catchUp()
        try harness.expectEqual("after it")
        try harness.store.close()
        let again = try ThingHarness(reopening: harness)
        try again.expectEqual("opened again")
        #expect(try again.store.verify().damage.isEmpty)
    }

    @Test func row10AFailedLargeCommitLeavesNothing() async throws {
        let harness = try ThingHarness(rows: 300)
        try await harness.source().catchUp()
        let before = try harness.stored("part")
        struct Stop: Error {}
        var number = 0
        #expect(throws: Stop.self) {
            try harness.store.commit {
                if number > 100_000 { throw Stop() }
                var batch = ChangeBatch()
                for _ in 0..<5000 {
                    number += 1
                    batch.delete(model: "part", origin: "things", key: .integer(Int64(number)))
                    batch.upsert(
                        model: "part", origin: "things", company: "tekup",
                        key: .integer(Int64(number)),
                        cells: [.text("\(number)")] + [Cell?](repeating: .missing, count: 8)
                            + [.key(.integer(Int64(number % 999)))])
                }
                return batch
            }
        }
        #expect(try harness.stored("part") == before)
        try harness.sql(ThingHarness.insert("part", 301...400) + "DELETE FROM part WHERE id < 100")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }
}
