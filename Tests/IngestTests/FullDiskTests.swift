import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Row 35 of the failure table: a disk that does not hold what arrives, on a real small file system.
///
/// In every way of reading it is told, nothing is acknowledged or lost, what is here can be read, and
/// reading goes on by itself once there is room.
@Suite struct FullDiskTests {
    @Test(arguments: [20_000, 1000])
    func row35AFullDiskIsWaitedFor(groupChanges: Int) async throws {
        let disk = try SmallDisk(megabytes: 12)
        let harness = try ThingHarness(rows: 500, storeFolder: disk.path)
        var timing = ThingHarness.timing
        timing.groupChanges = groupChanges
        let source = try harness.source(timing: timing)
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        try disk.fill()
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
        #expect(try harness.stored("part").count == 500)
        try disk.makeRoom()
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
        try harness.store.close()
    }

    @Test func row35DuringTheCopies() async throws {
        let disk = try SmallDisk(megabytes: 40)
        let harness = try ThingHarness(rows: 20_000, storeFolder: disk.path)
        try disk.fill(leaving: 100_000)
        let source = try harness.source()
        let running = Task { try await source.run() }
        try await harness.wait(for: "the disk is full") {
            source.status.lastError?.kind == .storage
        }
        #expect(source.status.lastError?.description.contains("full") == true)
        #expect(try harness.stored("part").count == 0)
        try harness.sql(ThingHarness.insert("part", 20_001...20_100))
        try disk.makeRoom()
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
        #expect(try harness.store.verify().damage.isEmpty)
        try harness.store.close()
    }

    @Test(arguments: [true, false])
    func row35Polling(isLoading: Bool) async throws {
        let disk = try SmallDisk(megabytes: 24)
        let harness = try SourceHarness(sales: isLoading ? 3000 : 200, storeFolder: disk.path)
        let source = try harness.polling()
        if !isLoading { try await source.catchUp() }
        try disk.fill(leaving: isLoading ? 200_000 : 0)
        let before = harness.store.position(of: "tekup")
        if !isLoading {
            try harness.sql(TekupDatabase.insertSales(1000...3000))
            try harness.sql("DELETE FROM sales WHERE sale_number LIKE 'RS-1_'")
        }
        let running = Task { try await source.run() }
        try await harness.wait(for: "the disk is full") {
            source.status.lastError?.kind == .storage
        }
        #expect(harness.store.position(of: "tekup") == before)
        #expect(try harness.storedSales().isEmpty == isLoading)
        try disk.makeRoom()
        try await harness.wait(for: "the store equals the source") {
            try harness.storedSales() == harness.sourceSales()
        }
        running.cancel()
        try await running.value
        try harness.expectEqual()
        try harness.store.close()
    }

    @Test(arguments: ["first load", "again", "new changes"])
    func row35CouchDB(reading: String) async throws {
        let disk = try SmallDisk(megabytes: 24)
        let harness = try CouchHarness(storeFolder: disk.path)
        var shop = CouchWorkload(seed: 35)
        if reading != "first load" {
            shop.work(100, on: harness.server)
            try await harness.source().catchUp()
        }
        if reading == "again" { harness.server.makeDatabase("chikondi_sales") }
        let before = harness.store.position(of: "chikondi")
        let sales = try harness.store.rowCount(model: "pos_sale", origin: "chikondi")
        try disk.fill(leaving: reading == "first load" ? 200_000 : 0)
        shop.work(900, on: harness.server)
        let source = try harness.source()
        let running = Task { try await source.run() }
        let end = ContinuousClock.now + .seconds(30)
        while source.status.lastError?.kind != .storage, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(source.status.lastError?.kind == .storage)
        #expect(harness.store.position(of: "chikondi") == before)
        #expect(try harness.store.rowCount(model: "pos_sale", origin: "chikondi") == sales)
        try disk.makeRoom()
        try await harness.settle()
        running.cancel()
        try await running.value
        #expect(try harness.store.verify().damage.isEmpty)
        try harness.store.close()
    }
}
