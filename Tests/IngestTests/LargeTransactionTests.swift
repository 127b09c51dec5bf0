import Foundation
import Glibc
import Store
import Testing
import Vocabulary

@testable import Ingest

/// Transactions that do not fit into memory, and disks that do not hold what arrives.
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

    /// A file system of a few megabytes.
    private func smallDisk(megabytes: Int) throws -> String {
        let path = NSTemporaryDirectory() + "/reportd-small-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try #require(
            mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0,
            "tests run as root, who may mount a small file system")
        return path
    }

    @Test(arguments: [20_000, 1000])
    func row35AFullDiskIsWaitedFor(groupChanges: Int) async throws {
        let path = try smallDisk(megabytes: 12)
        defer {
            umount2(path, Int32(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: path)
        }
        let harness = try ThingHarness(rows: 500, storeFolder: path)
        var timing = ThingHarness.timing
        timing.groupChanges = groupChanges
        let source = try harness.source(timing: timing)
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        let filler = path + "/filler"
        let descriptor = open(filler, O_WRONLY | O_CREAT, 0o600)
        let zeros = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, zeros, zeros.count) > 0 {}
        close(descriptor)
        let confirmed = try #require(try harness.slot()).confirmed
        try harness.sql(
            "BEGIN; \(ThingHarness.insert("part", 1001...9000)) UPDATE part SET count = 7 "
                + "WHERE id < 400; COMMIT")
        let end = try #require(
            LogPosition(try harness.sql("SELECT pg_current_wal_flush_lsn()")[0][0] ?? ""))
        try await harness.wait(for: "the disk is full") {
            source.status.lastError?.kind == .storage
        }
        #expect(try #require(try harness.slot()).confirmed < end)
        #expect(try #require(try harness.slot()).confirmed >= confirmed)
        try FileManager.default.removeItem(atPath: filler)
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
        try harness.store.close()
    }
}

/// A process that is killed at points of chance, again and again, ends with each row once.
///
/// A tenth of how often is `REPORTD_KILLS`.
@Suite struct KillLoopTests {
    private static let points = [
        "after-receive", "mid-transaction", "before-commit", "after-commit", "before-ack",
        "before-load-finish", "after-load-finish", "mid-copy", "store-write", "store-written",
    ]

    @Test func killsAtAnyPoint() async throws {
        let wanted = ProcessInfo.processInfo.environment["REPORTD_KILLS"].flatMap { Int($0) }
        let kills = wanted.map { $0 * 10 } ?? 200
        let seed = UInt64.random(in: 0...UInt64.max)
        var dice = LinearDice(state: seed)
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

/// A reproducible generator (SplitMix64; Steele, Lea, Flood 2014).
private struct LinearDice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
