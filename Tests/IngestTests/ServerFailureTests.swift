import Foundation
import Glibc
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Rows 16 and 33 of the failure table: a server that fails again and again at one place, and rows
/// that fit into no model.
@Suite struct ServerFailureTests {
    /// The server keeps large transactions in files while it reads its log for us.
    ///
    /// With no room for those it fails each time, at the same transaction.
    @Test func row16AServerThatFailsAgainAndAgainIsTriedUntilItCan() async throws {
        let cluster = ScratchCluster(named: "failing", settings: [])
        defer { cluster.stop() }
        let slots = cluster.folder + "/data/pg_replslot"
        cluster.halt()
        let owner = try FileManager.default.attributesOfItem(atPath: cluster.folder + "/data")
        let user = try #require(owner[.ownerAccountID] as? NSNumber)
        func room(_ megabytes: Int, _ flags: UInt) throws {
            let options = "size=\(megabytes)m,mode=700,uid=\(user)"
            try #require(
                mount("tmpfs", slots, "tmpfs", flags, options) == 0,
                "tests run as root, who may mount a small file system")
        }
        try room(1, 0)
        defer { umount2(slots, Int32(MNT_DETACH)) }
        cluster.start()
        let harness = try ThingHarness(cluster: cluster)
        let source = try harness.source(options: "options='-c logical_decoding_work_mem=64'")
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        try harness.sql(ThingHarness.insert("part", 1001...16_000))
        let end = try #require(
            LogPosition(try harness.sql("SELECT pg_current_wal_flush_lsn()")[0][0] ?? ""))
        try await harness.wait(for: "failures") {
            harness.count { if case .reconnecting = $0 { true } else { false } } >= 5
        }
        // Health tells the server's own words; what is here stays and can be asked for.
        let advice = try #require(source.status.lastError)
        #expect(advice.kind == .unreachable)
        #expect(advice.happened.contains("No space left on device"), "\(advice)")
        #expect(advice.remedy.contains("tried again by itself"))
        #expect(try harness.stored("part").count == 100)
        #expect(try #require(harness.position).log < end)
        // The waits grow.
        let waits = harness.events.withLock { events in
            events.compactMap { event -> Double? in
                if case .reconnecting(let seconds, _) = event { return seconds }
                return nil
            }
        }
        #expect(waits == waits.sorted() && waits[4] >= 4 * waits[1], "\(waits)")
        try room(64, UInt(MS_REMOUNT))
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
    }

    /// What passes by itself is tried again; what does not ends the source.
    @Test func row16TheServersWordsDecideWhetherToTryAgain() {
        func kind(_ state: String) -> Advice.Kind {
            PostgresFailure(state: state, message: "m", detail: "").advice(
                source: "s", target: "t"
            ).kind
        }
        // Memory, disk, files, spilled changes, cancelled statements, shutdowns, deadlocks, bugs.
        for state in [
            "XX000", "XX001", "53000", "53100", "53200", "53300", "53400", "57014", "57P01",
            "57P02",
            "57P03", "57P05", "58000", "58030", "58P01", "40001", "40P01", "08006", "25P03",
        ] {
            #expect(kind(state) == .unreachable, "\(state)")
        }
        #expect(kind("28P01") == .denied && kind("42501") == .denied)
        #expect(kind("42P01") == .input && kind("22012") == .input)
    }

    /// Rows that fit into no model, among others and many of them: they are kept with the reason, the
    /// others arrive, and both are counted.
    ///
    /// Beyond a limit the key alone is kept, with the same end.
    @Test(arguments: ReadingWay.allCases, [10_000, 50])
    func row33PoisonRowsStopNothing(way: ReadingWay, limit: Int) async throws {
        let harness = try SourceHarness(
            sales: 300, settings: StoreSettings(quarantineRows: limit))
        try harness.sql(
            "UPDATE sales SET currency = 'XYZ' WHERE sale_number LIKE '%7'; "
                + "ALTER TABLE sales ALTER COLUMN sale_date DROP NOT NULL")
        let source = try harness.source(way)
        try await source.catchUp()
        func expectSplit(_ comment: Comment) throws {
            let poisoned = try harness.sql("SELECT count(*) FROM sales WHERE currency = 'XYZ'")
            let all = try harness.sql("SELECT count(*) FROM sales")
            let (aside, count) = (Int(poisoned[0][0] ?? "") ?? -1, Int(all[0][0] ?? "") ?? -1)
            #expect(try harness.quarantined().count == aside, comment)
            let told = try harness.store.quarantineTables()["tekup"]?["public.sales"]
            #expect(told?.rows ?? 0 == aside, comment)
            #expect(told?.kept ?? 0 <= limit, comment)
            let kept = try harness.store.quarantined().filter(\.isKept)
            #expect(kept.count == told?.kept ?? 0, comment)
            #expect(kept.allSatisfy { $0.reason.contains("XYZ") }, comment)
            #expect(
                try harness.store.rowCount(model: "sale", origin: "tekup") == count - aside, comment
            )
            #expect(source.status.quarantined == aside, comment)
        }
        try expectSplit("loaded")
        // Thousands at once, in one transaction with good ones; then most of them are mended.
        try harness.sql(
            "BEGIN; \(TekupDatabase.insertSales(1000...4000)) UPDATE sales SET currency = 'XYZ' "
                + "WHERE sale_number LIKE 'RS-2___'; UPDATE customers SET name = name || '!'; COMMIT"
        )
        try await source.catchUp()
        try expectSplit("poisoned")
        let poisoned = try harness.store.quarantineTables()["tekup"]?["public.sales"]
        #expect(poisoned?.rows ?? 0 > 300 && poisoned?.kept == min(limit, poisoned?.rows ?? 0))
        try harness.sql("UPDATE sales SET currency = 'DKK' WHERE sale_number LIKE 'RS-2__4'")
        try harness.sql("DELETE FROM sales WHERE currency = 'XYZ' AND sale_number LIKE '%7'")
        try await source.catchUp()
        try expectSplit("partly mended")
        try harness.sql("UPDATE sales SET currency = 'DKK' WHERE currency = 'XYZ'")
        try await source.catchUp()
        try expectSplit("mended")
        try harness.expectEqual()
    }
}
