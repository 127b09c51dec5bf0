import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What goes wrong between a source and its server, by row of the table in docs/INGEST.md.
///
/// Every test ends with the oracle: count and hash of all values.
@Suite struct FailureTableTests {
    @Test func row01SlotRecreatedOrAdvancedIsAGap() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        let slot = "s_\(harness.database)"
        try harness.sql(ThingHarness.insert("part", 101...110))
        try harness.sql("SELECT pg_replication_slot_advance('\(slot)', pg_current_wal_lsn())")
        let advanced = await advice { try await harness.source().catchUp() }
        #expect(advanced.hasPrefix("source ‘things’ was told that changes up to "))
        #expect(
            advanced.hasSuffix(
                "run reportd ingest --reload things to read it again from the beginning"))
        try await harness.source().catchUp(reloading: true)
        try harness.expectEqual()
        try harness.sql(
            "SELECT pg_drop_replication_slot('\(slot)'); " + ThingHarness.insert("part", 111...120))
        #expect(
            await advice { try await harness.source().catchUp() }.contains(
                "no longer has our replication slot"))
        try harness.sql("SELECT pg_create_logical_replication_slot('\(slot)', 'pgoutput')")
        #expect(
            await advice { try await harness.source().catchUp() }.contains("was told that changes"))
        try await harness.source().catchUp(reloading: true)
        try harness.expectEqual()
    }

    @Test func row02ALostSlotServesStaleRowsUntilAReload() async throws {
        let cluster = ScratchCluster(
            named: "lost", settings: ["max_slot_wal_keep_size='16MB'", "max_wal_size='32MB'"])
        defer { cluster.stop() }
        let harness = try ThingHarness(cluster: cluster)
        try await harness.source().catchUp()
        let before = try harness.stored("part")
        for _ in 0..<6 {
            try harness.sql(
                "UPDATE part SET note = repeat(md5(random()::text), 2000) WHERE id <= 100; "
                    + "SELECT pg_switch_wal()")
        }
        try harness.sql("CHECKPOINT")
        #expect(
            try harness.sql("SELECT wal_status FROM pg_replication_slots")[0][0] == "lost")
        #expect(
            await advice { try await harness.source().catchUp() }.contains(
                "has discarded changes that were not read in time (max_slot_wal_keep_size)"))
        #expect(try harness.stored("part") == before)
        try await harness.source().catchUp(reloading: true)
        try harness.expectEqual()
    }

    @Test func row03And05NothingIsAcknowledgedBeforeItIsDurable() async throws {
        let harness = try ThingHarness()
        let source = try harness.source()
        try await source.catchUp()
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        let go = harness.store.holdWriter()
        let start = try #require(harness.position).log
        try harness.sql(ThingHarness.insert("part", 101...200))
        let end = try #require(
            LogPosition(try harness.sql("SELECT pg_current_wal_flush_lsn()")[0][0] ?? ""))
        // Several status messages and keepalives go by while the commit waits.
        for _ in 0..<15 {
            try await Task.sleep(for: .milliseconds(100))
            let confirmed = try #require(try harness.slot()).confirmed
            #expect(confirmed < end)
            #expect(confirmed <= max(start, try #require(harness.position).log))
        }
        go.signal()
        try await harness.wait(for: "acknowledgement") {
            try harness.slot()?.confirmed ?? start >= end
        }
        running.cancel()
        try await running.value
        try harness.expectEqual()
    }

    @Test func row06AZombieOfOursIsWaitedFor() async throws {
        let harness = try ThingHarness()
        let proxy = try FaultProxy(to: [harness.cluster.folder])
        let options = "options='-c wal_sender_timeout=1500'"
        var timing = ThingHarness.timing
        timing.endMilliseconds = 50
        let first = try harness.source(through: proxy, options: options, timing: timing)
        let running = Task { try await first.run() }
        try await harness.wait(for: "following") { first.status.state == .following }
        // The first one is cut off without its server noticing, and another begins.
        proxy.set(.stall)
        try await Task.sleep(for: .milliseconds(150))
        running.cancel()
        try await running.value
        #expect(try harness.slot()?.isActive == true)
        try harness.sql(ThingHarness.insert("part", 101...110))
        let second = try harness.source(options: options)
        try await harness.following(second) {}
        #expect(
            harness.count {
                if case .reconnecting(_, let reason) = $0 {
                    return reason.contains("another process already follows")
                }
                return false
            } > 0)
    }

    @Test func row07TwoConsumersOfOneSlot() async throws {
        let harness = try ThingHarness()
        let source = try harness.source()
        let folder = try ScratchFolder()
        let other = try Store(path: folder.path + "/other.sqlite", schema: harness.schema)
        try await harness.following(source) {
            let second = try harness.source(store: other)
            let text = await advice { try await second.catchUp() }
            #expect(text.hasPrefix("another process already follows source ‘things’"), "\(text)")
            try harness.sql(ThingHarness.insert("part", 101...150))
        }
        // Once it is free, the second one makes a slot of its own under the name, and the first one
        // notices that it was robbed.
        try await harness.source(store: other).catchUp()
        try harness.expectEqual(in: other)
        try harness.sql(ThingHarness.insert("part", 151...160))
        let text = await advice { try await harness.source().catchUp() }
        #expect(text.contains("was told that changes up to"), "\(text)")
        try other.close()
    }

    @Test func row08ASlotFromBeforeThePublicationIsNotUsed() async throws {
        let harness = try ThingHarness()
        try harness.sql(
            "SELECT pg_create_logical_replication_slot('s_\(harness.database)', 'pgoutput')")
        try harness.sql(ThingHarness.insert("part", 101...150))
        try await harness.source().catchUp()
        try harness.expectEqual()
        try harness.sql("DELETE FROM part WHERE id % 3 = 0")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row09AnOpenWriterThatBlocksTheSlotIsNamed() async throws {
        let harness = try ThingHarness()
        let writer = try PostgresConnection(
            ConnectionSettings(harness.cluster.connection(harness.database), source: "test"),
            replication: false, application: "writer", interrupt: Interrupt())
        try writer.execute("BEGIN; " + ThingHarness.insert("part", 101...101))
        let process = try writer.query("SELECT pg_backend_pid()")[0][0] ?? ""
        var timing = ThingHarness.timing
        timing.slot = .seconds(1)
        let text = await advice { try await harness.source(timing: timing).catchUp() }
        #expect(
            text.hasPrefix(
                "a transaction on the server of source ‘things’ has been open for too long "
                    + "(process \(process) of ‘postgres’ in database ‘"), "\(text)")
        #expect(text.contains("SELECT pg_terminate_backend(\(process));"), "\(text)")
        #expect(try harness.slot() == nil)
        try writer.execute("COMMIT")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row11AServerHearsOfUsWhileACommitTakesLong() async throws {
        let harness = try ThingHarness()
        let source = try harness.source(options: "options='-c wal_sender_timeout=1000'")
        try await harness.following(source) {
            let process =
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = "
                + "'s_\(harness.database)'"
            let before = try harness.sql(process)
            let go = harness.store.holdWriter()
            try harness.sql(ThingHarness.insert("part", 101...200))
            try await Task.sleep(for: .seconds(4))
            #expect(try harness.sql(process) == before)
            go.signal()
        }
        #expect(harness.count { if case .reconnecting = $0 { true } else { false } } == 0)
    }

    @Test(arguments: ["cut", "reset", "stall"])
    func row12BrokenAndHalfOpenConnectionsAreMadeAgain(fault: String) async throws {
        let harness = try ThingHarness()
        let proxy = try FaultProxy(to: [harness.cluster.folder])
        var timing = ThingHarness.timing
        timing.silence = .milliseconds(1500)
        timing.endMilliseconds = 100
        let source = try harness.source(
            through: proxy, options: "options='-c wal_sender_timeout=1000'", timing: timing)
        try await harness.following(source) {
            for round in 1...3 {
                switch fault {
                case "cut": proxy.cut()
                case "reset": proxy.reset()
                default: proxy.set(.stall)
                }
                try harness.sql(ThingHarness.insert("part", round * 1000...round * 1000 + 50))
                try await harness.wait(for: "noticed") {
                    harness.count { if case .reconnecting = $0 { true } else { false } } >= round
                }
                proxy.set(.none)
                try await harness.wait(for: "following") { source.status.state == .following }
            }
        }
    }

    @Test func row12CutAtAnyByte() async throws {
        let harness = try ThingHarness(rows: 400)
        let proxy = try FaultProxy(to: [harness.cluster.folder])
        let source = try harness.source(through: proxy)
        var dice = SystemRandomNumberGenerator()
        let running = Task { try await source.run() }
        // Also during the load, which then begins again.
        for round in 0..<25 {
            proxy.cut(afterBytes: Int.random(in: 1..<60_000, using: &dice))
            try harness.sql(
                "BEGIN; \(ThingHarness.insert("part", round * 100 + 1001...round * 100 + 1060)) "
                    + "UPDATE part SET count = count + 1, id = id + 500000 WHERE id = \(round + 1); "
                    + "DELETE FROM part WHERE id = \(round + 200); COMMIT")
            try await Task.sleep(for: .milliseconds(60))
        }
        proxy.cut(afterBytes: .max)
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
    }

    @Test func bytesThatArriveOneByOneMakeNoDifference() async throws {
        let harness = try ThingHarness(rows: 60)
        let proxy = try FaultProxy(to: [harness.cluster.folder])
        proxy.set(.slices)
        try await harness.source(through: proxy).catchUp()
        try harness.expectEqual()
        try harness.sql("UPDATE part SET amount = -amount, note = NULL WHERE id < 20")
        try await harness.source(through: proxy).catchUp()
        try harness.expectEqual()
    }

    @Test func row13LongFilteredSilenceIsNoDeath() async throws {
        let harness = try ThingHarness()
        let source = try harness.source()
        try await harness.following(source) {
            try harness.sql(
                "CREATE TABLE noise (n int); INSERT INTO noise SELECT generate_series(1, 300000)")
            try harness.sql(ThingHarness.insert("part", 101...110))
        }
        #expect(harness.count { if case .reconnecting = $0 { true } else { false } } == 0)
    }

    @Test func row14And15FailoverAndRestore() async throws {
        let primary = ScratchCluster(named: "primary", settings: [])
        defer { primary.stop() }
        let harness = try ThingHarness(cluster: primary)
        try await harness.source().catchUp()
        // A standby does not have the slot, even when nothing is missing.
        let standby = ScratchCluster(
            named: "standby", settings: ["hot_standby=on"], copying: primary.folder, isStandby: true
        )
        defer { standby.stop() }
        try harness.sql(ThingHarness.insert("part", 101...110))
        try await harness.source().catchUp()
        func source(on cluster: ScratchCluster) throws -> PostgresSource {
            try PostgresSource(
                definition: harness.definition, connection: cluster.connection(harness.database),
                store: harness.store, slot: "s_\(harness.database)")
        }
        let standing = await advice { try await source(on: standby).catchUp() }
        #expect(
            standing.hasPrefix("the server is a read-only standby; connect to the primary server"))
        standby.promote()
        let promoted = await advice { try await source(on: standby).catchUp() }
        #expect(
            promoted.contains("no longer has our replication slot")
                || promoted.contains("was failed over or restored"), "\(promoted)")
        // A slot made there by hand does not hide that changes may be missing.
        try standby.sql(
            harness.database,
            "SELECT pg_create_logical_replication_slot('s_\(harness.database)', 'pgoutput')")
        let made = await advice { try await source(on: standby).catchUp() }
        #expect(made.contains("run reportd ingest --reload things"), "\(made)")
        // The former primary comes back from a copy of before its last changes.
        primary.halt()
        let copy = ScratchCluster(named: "copy", settings: [], copying: primary.folder)
        defer { copy.stop() }
        primary.start()
        try harness.sql(ThingHarness.insert("part", 111...120) + "SELECT pg_switch_wal();")
        try await harness.source().catchUp()
        let restored = await advice { try await source(on: copy).catchUp() }
        #expect(restored.contains("was set back to an earlier state"), "\(restored)")
        let fresh = ScratchCluster(named: "fresh", settings: [])
        defer { fresh.stop() }
        try fresh.sql("postgres", "CREATE DATABASE \(harness.database)")
        try fresh.sql(
            harness.database,
            ThingHarness.table("item") + ThingHarness.table("part")
                + ThingHarness.insert("part", 1...3))
        let other = await advice { try await source(on: fresh).catchUp() }
        #expect(other.contains("is another database server"), "\(other)")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row18And19And20NothingIsLostAtTheBoundaryOfTheSnapshot() async throws {
        let harness = try ThingHarness(rows: 3000)
        // A transaction that is open while the slot is made, and writers throughout.
        let long = try PostgresConnection(
            ConnectionSettings(harness.cluster.connection(harness.database), source: "test"),
            replication: false, application: "writer", interrupt: Interrupt())
        try long.execute("BEGIN; " + ThingHarness.insert("part", 900_001...900_020))
        let stop = Mutex(false)
        let writers = (1...3).map { number in
            Thread {
                var next = number * 100_000
                while !stop.withLock({ $0 }) {
                    _ = try? harness.sql(
                        "BEGIN; \(ThingHarness.insert("part", next...next + 3)) "
                            + "UPDATE part SET count = -1 WHERE id = \(next % 3000); "
                            + "DELETE FROM part WHERE id = \(next % 2000); COMMIT")
                    next += 4
                }
            }
        }
        for writer in writers { writer.start() }
        let source = try harness.source()
        let running = Task { try await source.run() }
        try await Task.sleep(for: .milliseconds(600))
        try long.execute("COMMIT")
        try await harness.wait(for: "following") { source.status.state == .following }
        try await Task.sleep(for: .milliseconds(500))
        stop.withLock { $0 = true }
        for writer in writers {
            while !writer.isFinished { try await Task.sleep(for: .milliseconds(5)) }
        }
        try await harness.wait(for: "the store equals the source") { try harness.isEqual() }
        running.cancel()
        try await running.value
        try harness.expectEqual()
    }

    @Test func row21AnAddressOfTwoServersIsRefused() async throws {
        let other = ScratchCluster(named: "other", settings: [])
        defer { other.stop() }
        let harness = try ThingHarness()
        try other.sql("postgres", "CREATE DATABASE \(harness.database)")
        try other.sql(harness.database, ThingHarness.table("item") + ThingHarness.table("part"))
        let proxy = try FaultProxy(to: [harness.cluster.folder, other.folder])
        let text = await advice { try await harness.source(through: proxy).catchUp() }
        #expect(text.contains("reached two database servers"), "\(text)")
        #expect(harness.store.position(of: "things") == nil)
    }

    @Test func row34AReplayOfWhatIsHereChangesNothing() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        let stale = try #require(harness.store.position(of: "things"))
        let slot = "s_\(harness.database)"
        try harness.sql("SELECT pg_copy_logical_replication_slot('\(slot)', '\(slot)_before')")
        try harness.sql(
            "BEGIN; \(ThingHarness.insert("part", 101...130)) DELETE FROM part WHERE id < 10; "
                + "UPDATE part SET id = id + 1000 WHERE id BETWEEN 20 AND 25; COMMIT")
        try await harness.source().catchUp()
        try harness.expectEqual()
        // Neither side knows any more that all of this is here, so it is sent again.
        try harness.sql(
            """
            SELECT pg_drop_replication_slot('\(slot)');
            SELECT pg_copy_logical_replication_slot('\(slot)_before', '\(slot)');
            SELECT pg_drop_replication_slot('\(slot)_before')
            """)
        var batch = ChangeBatch()
        batch.setPosition(source: "things", stale)
        try harness.store.commit(batch)
        harness.events.withLock { $0 = [] }
        try await harness.source().catchUp()
        #expect(
            harness.count {
                if case .committed(_, let changes) = $0 { return changes >= 45 }
                return false
            } > 0, "it was sent again")
        try harness.expectEqual()
    }

    @Test func row46OrderDoesNotComeFromAClock() async throws {
        let harness = try ThingHarness()
        let day = Int64(86_400)
        for (round, shift) in [Int64(0), day, -day, 3 * day].enumerated() {
            let clock = WallClock.fixed(Instant(seconds: 1_767_225_600 + shift))
            let source = try PostgresSource(
                definition: harness.definition,
                connection: harness.cluster.connection(harness.database), store: harness.store,
                clock: clock, slot: "s_\(harness.database)", sleep: { _ in })
            try harness.sql(
                "UPDATE part SET count = \(round); DELETE FROM part WHERE id = \(round + 1)")
            try await source.catchUp()
            try harness.expectEqual()
        }
    }
}
