import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A process that follows CouchDB and is killed at any point has each row once.
@Suite struct CouchKillTests {
    /// Follows the server in another process that is killed on the way: at a failpoint, or after so
    /// many microseconds.
    private func die(
        at point: String = "", after microseconds: Int = 0, _ harness: CouchHarness,
        _ comment: String = ""
    ) async throws {
        let path = harness.folder.path + "/store.sqlite"
        let server = CouchHarness.address(harness.server)
        await #expect(processExitsWith: .signal(SIGKILL), "\(comment)") {
            [
                path = path as String, connection = server as String, point,
                microseconds = microseconds as Int
            ] in
            if !point.isEmpty { setenv("REPORTD_FAILPOINT", point, 1) }
            let schema = try Schema(definitions: definitionsFolder)
            var timing = CouchHarness.quick
            timing.pageRows = 40
            timing.patchRows = 25
            let source = try CouchSource(
                definition: try CouchHarness.chikondi(nil, schema), connection: connection,
                store: try Store(path: path, schema: schema), clock: .system, timing: timing,
                sleep: { _ in try await Task.sleep(for: .milliseconds(2)) }, log: { _ in })
            if microseconds > 0 {
                Thread.detachNewThread {
                    usleep(UInt32(microseconds))
                    kill(getpid(), SIGKILL)
                }
            }
            try await source.run()
        }
    }

    private func recover(_ harness: CouchHarness, _ comment: Comment = "") async throws {
        let again = try CouchHarness(reopening: harness)
        try await again.source().catchUp()
        try again.expectEqual()
        #expect(try again.store.verify().damage.isEmpty, comment)
        try again.store.close()
    }

    @Test(arguments: [
        "after-receive:3", "mid-copy:1", "mid-copy:4", "before-load-finish", "after-load-finish",
    ])
    func duringTheLoad(point: String) async throws {
        let harness = try CouchHarness()
        try harness.store.close()
        var shop = CouchWorkload(seed: 60)
        shop.work(300, on: harness.server)
        try await die(at: point, harness)
        shop.work(60, on: harness.server)
        try await recover(harness)
    }

    @Test(arguments: ["after-receive", "after-receive:4", "before-commit:2", "after-commit:2"])
    func duringTheFeed(point: String) async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 61)
        shop.work(200, on: harness.server)
        try await harness.source().catchUp()
        try harness.store.close()
        shop.work(200, on: harness.server)
        try await die(at: point, harness)
        shop.work(30, on: harness.server)
        try await recover(harness)
    }

    @Test(arguments: ["mid-copy:2", "before-commit:3", "after-commit:3"])
    func duringAReadingFromTheBeginning(point: String) async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 62)
        shop.work(300, on: harness.server)
        try await harness.source().catchUp()
        try harness.store.close()
        harness.server.makeDatabase("chikondi_sales")
        var other = CouchWorkload(seed: 63)
        other.work(300, on: harness.server)
        try await die(at: point, harness)
        try await recover(harness)
    }

    /// How many kills is `REPORTD_KILLS`.
    @Test func atAnyMoment() async throws {
        let harness = try CouchHarness()
        try harness.store.close()
        var dice = KillDice()
        var shop = CouchWorkload(seed: dice.seed % 1_000_003)
        let kills = KillCount.of(usual: 40)
        for number in 1...kills {
            shop.work(30 + shop.random(60), on: harness.server)
            if number % 9 == 0 { harness.server.makeDatabase("chikondi_inventory") }
            let microseconds = Int.random(in: 2000...120_000, using: &dice)
            let comment = "seed \(dice.seed), kill \(number)"
            try await die(after: microseconds, harness, comment)
            if number % 4 == 0 || number == kills { try await recover(harness, "\(comment)") }
        }
    }
}
