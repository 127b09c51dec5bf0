import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What happens to transaction numbers and servers between two polls.
@Suite struct PollingServerTests {
    @Test func numbersThatBeginAnewAreCompared() async throws {
        let cluster = try PollingCluster(settings: ["autovacuum=off"])
        try cluster.sql(TekupDatabase.schema + TekupDatabase.content(sales: 50))
        // As in a database that has lived long: all rows frozen, few numbers left before the 2³²nd.
        for database in ["postgres", "template1"] { try cluster.vacuum(database) }
        try cluster.stop()
        try cluster.run("pg_resetwal", ["-x", "4294967200", "-u", "4294960000"])
        try cluster.makeStatusFile(of: 4_294_967_200)
        try cluster.start()
        let world = try PollingWorld(SourceHarness(sales: 1), cluster)
        try await world.source.catchUp()
        try world.expectEqual()
        var crossed = false
        for round in 0..<12 {
            for step in 0..<15 {
                try cluster.sql(
                    "UPDATE sales SET final_amount = \(round * 100 + step) "
                        + "WHERE sale_number = 'RS-\((round * 15 + step) % 50 + 1)'")
            }
            let open = try cluster.sql("SELECT pg_snapshot_xmin(pg_current_snapshot())")[0][0]
            if UInt64(open ?? "") ?? 0 > 4_294_967_296 { crossed = true }
            try await world.source.poll(reloading: false, comparing: false)
            try world.expectEqual("round \(round)")
        }
        #expect(crossed)
        #expect(world.harness.reloads.isEmpty)
    }

    @Test func aStandbyIsPolledAndItsPromotionIsHeeded() async throws {
        let primary = try PollingCluster()
        try primary.sql(TekupDatabase.schema + TekupDatabase.content(sales: 40))
        let standby = try PollingCluster(standbyOf: primary)
        try standby.waitForReplay(of: primary)
        let world = try PollingWorld(SourceHarness(sales: 1), standby)
        let findings = try await world.source.check()
        #expect(findings.first?.severity == .notice)
        try await world.source.catchUp()
        try world.expectEqual()
        try primary.sql("UPDATE sales SET final_amount = 9 WHERE sale_number LIKE 'RS-1%'")
        try primary.sql("DELETE FROM sales WHERE sale_number = 'RS-2'")
        try standby.waitForReplay(of: primary)
        try await world.source.catchUp()
        try world.expectEqual()
        // While it replays nothing it tells how old its state is, and the state stays whole.
        try standby.sql("SELECT pg_wal_replay_pause()")
        try primary.sql("UPDATE sales SET final_amount = 10 WHERE sale_number LIKE 'RS-1%'")
        try await world.source.catchUp()
        try world.expectEqual("behind")
        // Read from the primary, and then again from a standby that has not seen as much.
        let ahead = try world.harness.polling(connection: primary.connection)
        try await ahead.catchUp()
        await #expect(throws: Advice.self) { try await world.source.catchUp() }
        #expect(world.source.status.lastError?.description.contains("has not yet replayed") == true)
        try standby.sql("SELECT pg_wal_replay_resume()")
        try standby.waitForReplay(of: primary)
        try await world.source.catchUp()
        try world.expectEqual()
        #expect(world.harness.reloads.isEmpty)
        // What the primary still wrote is lost with it.
        try standby.sql("SELECT pg_wal_replay_pause()")
        try primary.sql("UPDATE sales SET final_amount = 11 WHERE sale_number LIKE 'RS-3%'")
        try await ahead.catchUp()
        try primary.stop("immediate")
        try standby.sql("SELECT pg_wal_replay_resume()")
        try standby.promote()
        try standby.sql("UPDATE sales SET final_amount = 12 WHERE sale_number LIKE 'RS-4%'")
        try await world.source.catchUp()
        try world.expectEqual()
    }

    @Test func aServerThatWasSetBackIsReadAsAWhole() async throws {
        let cluster = try PollingCluster()
        try cluster.sql(TekupDatabase.schema + TekupDatabase.content(sales: 40))
        let world = try PollingWorld(SourceHarness(sales: 1), cluster)
        try await world.source.catchUp()
        // A copy of its files, as a volume's snapshot makes one.
        try cluster.stop()
        try cluster.copyData(to: "kept")
        try cluster.start()
        for number in 1...20 {
            try cluster.sql(
                "UPDATE sales SET final_amount = \(number) WHERE sale_number = 'RS-\(number)'")
        }
        try await world.source.poll(reloading: false, comparing: false)
        try world.expectEqual()
        try cluster.stop("immediate")
        try cluster.copyData(from: "kept")
        try cluster.start()
        try await world.source.poll(reloading: false, comparing: false)
        try world.expectEqual()
        #expect(world.harness.reloads == ["its server was set back to an earlier state"])
    }

    @Test func anotherServerIsRefusedUntilAPersonAcceptsIt() async throws {
        let cluster = try PollingCluster()
        try cluster.sql(TekupDatabase.schema + TekupDatabase.content(sales: 40))
        let world = try PollingWorld(SourceHarness(sales: 1), cluster)
        try await world.source.catchUp()
        try world.expectEqual()
        // The database of the harness lies in another cluster, and has one sale.
        let wrong = try world.harness.windows()
        let refusal = await advice { try await wrong.catchUp() }
        #expect(refusal.contains("is another database server than the one that was read so far"))
        #expect(refusal.contains("run reportd ingest --reload tekup"))
        #expect(wrong.status.state == .refused)
        try world.expectEqual("nothing was replaced")
        try await world.source.poll(reloading: false, comparing: false)
        try await wrong.catchUp(reloading: true)
        try world.harness.expectEqual("the person said that it is the right one")
        #expect(wrong.status.lastError == nil && wrong.status.state == .idle)
    }

    @Test func theStartIsDecidedFromWhatBothSidesHave() throws {
        let table = PolledTable(fingerprint: "f", leaves: [5: 6])
        let stored = PollingPosition(
            oldest: 1000, system: "7", timeline: 1, tenants: "t", tables: ["public.a": table])
        func start(
            standby: Bool = false, upcoming: UInt64 = 2000,
            _ change: (inout PollingPosition) -> Void
        ) throws -> PollingStart {
            var now = stored
            now.oldest = 1500
            change(&now)
            return try PollingStart(
                stored: stored, reload: nil, now: now, order: ["public.a"],
                server: PollingServer(
                    oldest: now.oldest, upcoming: upcoming, system: now.system,
                    timeline: now.timeline, isStandby: standby, time: Instant(seconds: 0)),
                source: "s")
        }
        #expect(try start { _ in } == .poll([.window], reason: nil, compares: false))
        #expect(try start { $0.oldest = 1000 } == .poll([.window], reason: nil, compares: false))
        func isWhole(_ start: PollingStart) -> Bool {
            if case .poll([.whole], .some, true) = start { return true }
            return false
        }
        #expect(throws: Advice.otherServer(than: "s")) { try start { $0.system = "8" } }
        #expect(try isWhole(start { $0.timeline = 2 }))
        #expect(try isWhole(start { $0.oldest = 999 }))
        #expect(try start(standby: true) { $0.oldest = 999 } == .behind)
        #expect(try isWhole(start { $0.tenants = "u" }))
        #expect(try isWhole(start(upcoming: 1000 + 1 << 31) { _ in }))
        #expect(
            try isWhole(
                start { $0.tables["public.a"] = PolledTable(fingerprint: "g", leaves: [:]) }))
        #expect(
            try start { $0.tables["public.a"] = PolledTable(fingerprint: "f", leaves: [5: 7]) }
                == .poll([.window], reason: nil, compares: true))
        #expect(
            try start {
                $0.tables["public.a"] = PolledTable(fingerprint: "f", leaves: [5: 6, 8: 8])
            }
                == .poll([.window], reason: nil, compares: false))
    }

    @Test func thePositionIsReadAsItWasWritten() throws {
        let position = PollingPosition(
            oldest: 1 << 40 + 7, system: "7301234567890123456", timeline: 3, tenants: "5d01",
            tables: [
                "public.Sales, \"odd\"=@ Æ": PolledTable(
                    fingerprint: "9a", leaves: [16_402: 16_405, 4_294_967_295: 1]),
                "public.none": PolledTable(fingerprint: "9b", leaves: [:]),
            ])
        #expect(PollingPosition(position.description) == position)
        #expect(PollingPosition.isOne(position.description))
        #expect(PostgresPosition(position.description) == nil)
        for wrong in ["", "polled-2 1 of 2 on 1 for t with", "polled-1 x of 2 on 1 for t with"] {
            #expect(PollingPosition(wrong) == nil)
        }
        let empty = PollingPosition(
            oldest: 3, system: "1", timeline: 1, tenants: "t", tables: [:])
        #expect(PollingPosition(empty.description) == empty)
    }
}

extension PollingCluster {
    fileprivate func vacuum(_ database: String) throws {
        let connection = try PostgresConnection(
            ConnectionSettings("host=\(folder) dbname=\(database) user=postgres", source: "test"),
            replication: false, application: "test", interrupt: Interrupt())
        try connection.execute("VACUUM FREEZE")
    }

    /// The server wants the file that holds the status of a number; an empty one will do.
    fileprivate func makeStatusFile(of transaction: UInt64) throws {
        // 32 pages of 8 KiB with four transactions in each byte.
        let number = transaction / (32 * 8192 * 4)
        let name = String(number, radix: 16, uppercase: true)
        let path = folder + "/data/pg_xact/" + String(repeating: "0", count: 4 - name.count) + name
        try Data(count: 32 * 8192).write(to: URL(fileURLWithPath: path))
        let owner = try FileManager.default.attributesOfItem(atPath: folder + "/data")
        try FileManager.default.setAttributes(
            owner.filter { [.ownerAccountID, .groupOwnerAccountID].contains($0.key) },
            ofItemAtPath: path)
    }

    fileprivate func copyData(to name: String) throws { try copy("data", to: name) }

    fileprivate func copyData(from name: String) throws {
        try FileManager.default.removeItem(atPath: folder + "/data")
        try copy(name, to: "data")
    }

    private func copy(_ from: String, to name: String) throws {
        #expect(system("cp -a '\(folder)/\(from)' '\(folder)/\(name)'") == 0)
    }
}
