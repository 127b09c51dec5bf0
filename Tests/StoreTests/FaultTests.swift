import Foundation
import Glibc
import Store
import Testing
import Vocabulary

/// A process that is killed at any point leaves a store that opens clean and holds what it should;
/// a full disk stops writing and nothing else.
@Suite struct FaultTests {
    @Test(arguments: [
        "store-write:60", "store-written:45", "store-seal:3", "store-compact-begin:2",
        "store-compact-step:5", "store-compact-publish:2", "store-compacted:2", "store-retire:4",
        "store-vacuum:2", "store-erase:2", "store-erased:2", "store-scrub:2",
    ])
    func aKillAtANamedPointLosesNothing(point: String) async throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let seed = Self.seed
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.path as String, point, seed = seed as UInt64] in
            setenv("REPORTD_FAILPOINT", point, 1)
            var history = try SeededHistory(path: path, seed: seed)
            try history.run(upTo: 120)
        }
        var history = try SeededHistory(path: fixture.path, seed: seed)
        try history.check()
        try history.run(upTo: history.done + 20)
        try history.check()
        try history.store.close()
    }

    @Test func killsAtRandomLoseNothing() async throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let seed = Self.seed
        var dice = Dice(seed: seed)
        // In ‘make faults’ more often, with other seeds.
        let wanted = ProcessInfo.processInfo.environment["REPORTD_KILLS"].flatMap(Int.init)
        for round in 0..<(wanted ?? 8) {
            let microseconds = UInt32.random(in: 20_000...400_000, using: &dice)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = fixture.path as String, microseconds = microseconds as UInt32,
                    seed = seed as UInt64
                ] in
                var history = try SeededHistory(path: path, seed: seed)
                Thread.detachNewThread {
                    usleep(microseconds)
                    kill(getpid(), SIGKILL)
                }
                try history.run(upTo: .max)
            }
            let history = try SeededHistory(path: fixture.path, seed: seed)
            try history.check("seed \(seed), round \(round), \(microseconds) µs")
            try history.store.close()
        }
    }

    /// Row 36 of the table of failures: what was only written, and not synced, is gone.
    ///
    /// A library in the process that writes copies each file as it is when it has been synced.
    @Test func row36APowerCutLosesNothingThatWasCommitted() async throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let folder = fixture.folder.path
        let survivors = folder + "/survivors"
        let library = folder + "/power_loss.so"
        let names = ["store.sqlite", "store.sqlite-wal"]
        /// Makes the files of one folder those of another.
        func move(_ from: String, _ to: String) throws {
            for name in names + ["store.sqlite-shm"] {
                try? FileManager.default.removeItem(atPath: to + "/" + name)
            }
            for name in names where FileManager.default.fileExists(atPath: from + "/" + name) {
                try FileManager.default.copyItem(atPath: from + "/" + name, toPath: to + "/" + name)
            }
        }
        try FileManager.default.createDirectory(
            atPath: survivors, withIntermediateDirectories: true)
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Support/power_loss.c").path
        try #require(
            system("clang -shared -fPIC -o '\(library)' '\(source)' -ldl") == 0,
            "the C compiler that Swift comes with makes a library")
        var dice = Dice(seed: Self.seed)
        for round in 0..<3 {
            let hit = Int.random(in: 20...80, using: &dice)
            try move(folder, survivors)
            setenv("POWER_LOSS_FROM", folder + "/store.sqlite", 1)
            setenv("POWER_LOSS_TO", survivors, 1)
            setenv("LD_PRELOAD", library, 1)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = fixture.path as String, told = folder + "/told" as String,
                    hit = hit as Int, seed = Self.seed as UInt64
                ] in
                setenv("REPORTD_FAILPOINT", "store-written:\(hit)", 1)
                var history = try SeededHistory(path: path, seed: seed)
                while true {
                    try history.run(upTo: history.done + 1)
                    try "\(history.done)".write(toFile: told, atomically: true, encoding: .utf8)
                }
            }
            for word in ["LD_PRELOAD", "POWER_LOSS_FROM", "POWER_LOSS_TO"] { unsetenv(word) }
            // The machine comes up again with what was synced.
            try move(survivors, folder)
            let told = Int(try String(contentsOfFile: folder + "/told", encoding: .utf8)) ?? .max
            let history = try SeededHistory(path: fixture.path, seed: Self.seed)
            #expect(history.done >= told, "round \(round): \(history.done) of \(told) steps")
            try history.check("after a power cut, round \(round)")
            try history.store.close()
        }
    }

    @Test func aFullDiskStopsWritingOnly() async throws {
        let disk = try SmallDisk(megabytes: 48)
        defer { disk.remove() }
        var history = try SeededHistory(path: disk.path + "/store.sqlite", seed: Self.seed)
        try history.run(upTo: 10)
        try history.check()
        // Another program takes the room that is left.
        try disk.fill()
        var failure: Advice?
        do {
            for _ in 0..<500 { try history.run(upTo: history.done + 1) }
        } catch let advice as Advice {
            failure = advice
        }
        #expect(failure?.kind == .storage)
        #expect(failure?.happened.contains("full") == true, "\(String(describing: failure))")
        let done = history.done
        try history.check("with a full disk")
        #expect(throws: Advice.self) { try history.run(upTo: done + 1) }
        try history.check("after another attempt")
        // A reader of another process is served as well.
        let reader = try Store(
            path: disk.path + "/store.sqlite", schema: ShopFixture.schema(), access: .readOnly)
        #expect(reader.latest == history.store.latest)
        try reader.close()
        try disk.makeRoom()
        try history.run(upTo: done + 40)
        try history.check("with room again")
        try history.store.close()
        let again = try SeededHistory(path: disk.path + "/store.sqlite", seed: Self.seed)
        try again.check("opened again")
        try again.store.close()
    }

    private static let seed: UInt64 = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["REPORTD_SEED"].flatMap(UInt64.init) { return seed }
        return environment["REPORTD_KILLS"] == nil ? 20_261 : .random(in: 0...9_999_999)
    }()
}

/// A file system of few megabytes of its own.
private struct SmallDisk {
    let path: String

    init(megabytes: Int) throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "reportd-disk-\(UUID().uuidString)"
            ).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        let status = path.withCString { target in
            mount("tmpfs", target, "tmpfs", 0, "size=\(megabytes)m")
        }
        try #require(status == 0, "tests run as root, who may mount a small file system")
    }

    func fill() throws {
        let name = path + "/filler"
        let descriptor = open(name, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        // Some pages stay free, so that the disk becomes full within a commit.
        let bytes = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, bytes, bytes.count) > 0 {}
        ftruncate(descriptor, max(0, lseek(descriptor, 0, SEEK_END) - 200_000))
        close(descriptor)
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

    func remove() {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A history in which each step depends on its number only, so that whoever opens the store can
/// tell what it must hold.
///
/// Step n commits changes of some sales and the position n; every seventh step erases a row after
/// it. The clock stands at day n. In between, the store is maintained.
private struct SeededHistory {
    private static let sales = Int64(40)
    private static let horizonDays = 30

    let store: Store
    private let seed: UInt64
    private let clock: TestClock
    private(set) var done: Int

    init(path: String, seed: UInt64) throws {
        self.seed = seed
        clock = TestClock()
        store = try Store(
            path: path, schema: ShopFixture.schema(), clock: clock.clock,
            settings: StoreSettings(horizonDays: Self.horizonDays))
        done = store.position(of: "a").flatMap { Int($0.text) } ?? 0
        clock.advance(days: Int64(done))
    }

    private enum Change {
        case set(Int64, net: Int64)
        case delete(Int64)
    }

    private func changes(of step: Int) -> [Change] {
        var dice = Dice(seed: seed &+ UInt64(step) &* 7919)
        return (0..<Int.random(in: 1...12, using: &dice)).map { _ in
            let key = Int64.random(in: 0..<Self.sales, using: &dice)
            return dice.chance(20)
                ? .delete(key) : .set(key, net: Int64.random(in: 0...9999, using: &dice))
        }
    }

    private func erased(after step: Int) -> Int64? {
        step % 7 == 0 ? (Int64(step) * 13) % Self.sales : nil
    }

    mutating func run(upTo end: Int) throws {
        // What a kill may have left out of the last step.
        if let key = erased(after: done), done > 0 { try eraseOnce(key) }
        while done < end {
            var batch = ChangeBatch()
            for change in changes(of: done + 1) {
                switch change {
                case .delete(let key):
                    batch.delete(model: "sale", origin: "a", key: .integer(key))
                case .set(let key, let net):
                    var cells = ShopFixture.sale(customer: key % 5, net: net)
                    cells[0] = .text(String(repeating: "sale \(key) ", count: 20))
                    batch.upsert(
                        model: "sale", origin: "a", company: key % 2 == 0 ? "north" : "south",
                        key: .integer(key), cells: cells)
                }
            }
            batch.setPosition(
                source: "a", SourcePosition(text: "\(done + 1)", sourceTime: nil))
            clock.stand(at: done + 1, after: TestClock())
            try store.commit(batch)
            done += 1
            if let key = erased(after: done) { try eraseOnce(key) }
            if done % 3 == 0 { while try store.seal(minimum: 1) {} }
            for _ in 0..<3 { try store.compact(isComplete: done % 2 == 0, segmentRows: 16) }
            for _ in 0..<2 { try store.reclaim() }
            while try !store.maintain().isEmpty {}
        }
    }

    private func eraseOnce(_ key: Int64) throws {
        guard !store.isErased(model: "sale", origin: "a", key: .integer(key)) else { return }
        try store.erase(model: "sale", origin: "a", key: .integer(key))
    }

    /// Compares the newest state, older ones, and what history there is with the seed.
    func check(_ comment: String = "") throws {
        #expect(try store.verify().isWell, "\(comment)")
        var net: [Int64: Int64] = [:]
        var gone: Set<Int64> = []
        var states: [[Int64: Int64]] = [[:]]
        for step in 0..<done {
            for change in changes(of: step + 1) {
                switch change {
                case .delete(let key): net[key] = nil
                case .set(let key, let amount): if !gone.contains(key) { net[key] = amount }
                }
            }
            // The last step's erasure may not have been reached.
            if let key = erased(after: step + 1),
                step + 1 < done || store.isErased(model: "sale", origin: "a", key: .integer(key))
            {
                gone.insert(key)
                net[key] = nil
            }
            states.append(net)
        }
        let oldest = try store.health().oldestCommit
        var checked = 0
        for step in max(0, done - Self.horizonDays + 2)...max(0, done) {
            // Each step makes a commit on its own day; an erasure makes another on the same day.
            let time = Instant(
                microseconds: TestClock().clock.now().microseconds
                    + Int64(step) * 86_400_000_000 + 1)
            guard step > 0 else { continue }
            let snapshot = try store.snapshot(ShopFixture.everyone, at: .time(time))
            #expect(snapshot.commit.number >= oldest, "\(comment)")
            var found: [Int64: Int64] = [:]
            try snapshot.rows(
                RowRequest(model: "sale", columns: [ColumnPath("net"), ColumnPath("number")])
            ).forEachBatch { rows in
                for row in rows {
                    guard case .number(let net) = row[0], case .text(let text) = row[1],
                        let key = Int64(text.split(separator: " ")[1])
                    else { continue }
                    #expect(found.updateValue(net, forKey: key) == nil, "\(comment)")
                }
            }
            #expect(
                found == states[step].filter { !gone.contains($0.key) },
                "seed \(seed), step \(step) of \(done) \(comment)")
            checked += 1
        }
        #expect(checked > 0 || done == 0)
    }
}
