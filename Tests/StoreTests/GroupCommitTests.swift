import Foundation
import GRDB
import Synchronization
import Testing
import Vocabulary

@testable import Store

/// Callers of `commit` who wait for the disk share the next transaction, and nothing else.
@Suite struct GroupCommitTests {
    private static let writers = 8
    private static let batches = 25

    /// A batch with a row of its own and one that all writers write.
    private static func batch(_ writer: Int, _ number: Int) -> ChangeBatch {
        var batch = ChangeBatch()
        for key in ["\(writer)-\(number)", "all"] {
            batch.upsert(
                model: "customer", origin: "a", company: "north", key: .text(key),
                cells: [.text("\(writer)-\(number)"), .text("B2C")])
        }
        return batch
    }

    /// Runs work on threads of its own, and waits for them.
    private static func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
        let finished = DispatchSemaphore(value: 0)
        for number in 0..<count {
            Thread.detachNewThread {
                work(number)
                finished.signal()
            }
        }
        for _ in 0..<count { finished.wait() }
    }

    private static func names(_ store: Store, at moment: Moment) throws -> [String] {
        var names: [String] = []
        let request = RowRequest(model: "customer", columns: [ColumnPath("name")])
        try store.snapshot(ShopFixture.everyone, at: moment).rows(request).forEachBatch { rows in
            for case .text(let name) in rows.joined() { names.append(name) }
        }
        return names
    }

    @Test func eachBatchIsACommitOfItsOwnInTheOrderOfItsCaller() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let made = Mutex<[(commit: UInt64, name: String)]>([])
        Self.onThreads(Self.writers) { writer in
            for number in 0..<Self.batches {
                guard let commit = try? store.commit(Self.batch(writer, number)) else { return }
                made.withLock { $0.append((commit.number, "\(writer)-\(number)")) }
            }
        }
        let commits = made.withLock { $0 }.sorted { $0.commit < $1.commit }
        #expect(commits.map(\.commit) == Array(1...UInt64(Self.writers * Self.batches)))
        for writer in 0..<Self.writers {
            let own = commits.map(\.name).filter { $0.hasPrefix("\(writer)-") }
            #expect(own == (0..<Self.batches).map { "\(writer)-\($0)" })
        }
        func check(_ store: Store) throws {
            for (place, entry) in commits.enumerated() where place % 17 == 0 {
                // One name per commit so far, and that of the last one once more.
                let expected = commits[...place].map(\.name) + [entry.name]
                #expect(
                    try Self.names(store, at: .commit(entry.commit)).sorted() == expected.sorted())
            }
        }
        try check(store)
        try store.close()
        let again = try fixture.open()
        try check(again)
        while try again.seal(minimum: 1) {}
        try check(again)
        try again.close()
    }

    /// Those who come while one transaction is going on are in the next one, all of them.
    @Test func thoseWhoWaitAreTakenTogether() throws {
        let line = CommitLine()
        let groups = Mutex<[Int]>([])
        let entered = Atomic<Int>(0)
        Self.onThreads(5) { number in
            if number > 0 { while entered.load(ordering: .acquiring) == 0 { usleep(100) } }
            _ = try? line.commit(ChangeBatch()) { takeWaiting in
                takeWaiting { batches in
                    if entered.add(1, ordering: .acquiringAndReleasing).newValue == 1 {
                        // The others come now.
                        usleep(200_000)
                    }
                    groups.withLock { $0.append(batches.count) }
                    return batches.map { _ in
                        Commit(number: 1, time: Instant(microseconds: 0))
                    }
                }
            }
        }
        #expect(groups.withLock { $0 } == [1, 4])
    }

    @Test func aBatchThatCannotBeStoredFailsItsOwnCallerOnly() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var store = try fixture.open()
        let load = try store.beginLoad(source: "a")
        try load.append(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale())
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        try store.close()
        let queue = try DatabaseQueue(path: fixture.path)
        try queue.write {
            try $0.execute(
                sql: "UPDATE chunk SET data = zeroblob(length(data)) WHERE column_id = -2")
        }
        try queue.close()
        store = try fixture.open()
        let opened = store
        let before = store.latest.number
        let held = DispatchSemaphore(value: 0)
        let isHeld = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = try? opened.write { _ in
                isHeld.signal()
                held.wait()
            }
        }
        isHeld.wait()
        let outcomes = Mutex<[Int: Result<Commit, any Error>]>([:])
        Thread.detachNewThread {
            usleep(200_000)
            held.signal()
        }
        Self.onThreads(6) { writer in
            var batch = Self.batch(writer, 0)
            if writer == 3 {
                // The key has to be looked for in the segment that is damaged.
                batch.upsert(
                    model: "sale", origin: "a", company: "north", key: .integer(1),
                    cells: ShopFixture.sale(net: 7))
            }
            let outcome = Result { try opened.commit(batch) }
            outcomes.withLock { $0[writer] = outcome }
        }
        let all = outcomes.withLock { $0 }
        let numbers = all.values.compactMap { try? $0.get().number }
        #expect(numbers.sorted() == Array((before + 1)...(before + 5)))
        let error = #expect(throws: Advice.self) { _ = try all[3]?.get() }
        #expect(error?.kind == .damaged)
        let names = Set(try Self.names(store, at: .latest))
        #expect(names == Set([0, 1, 2, 4, 5].map { "\($0)-0" }))
        try store.close()
        let again = try fixture.open()
        #expect(Set(try Self.names(again, at: .latest)) == names)
        try again.close()
    }

    /// What a caller was told is stored; and of a batch nobody was told of, all or nothing.
    @Test(arguments: ["store-write:20", "store-written:20", "store-written:35"])
    func aKillLosesNothingThatACallerWasTold(point: String) async throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let told = fixture.folder.appendingPathComponent("told").path
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.path as String, told = told as String, point] in
            setenv("REPORTD_FAILPOINT", point, 1)
            let store = try Store(path: path, schema: ShopFixture.schema())
            let file = open(told, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            Self.onThreads(Self.writers) { writer in
                for number in 0..<1000 {
                    guard (try? store.commit(Self.batch(writer, number))) != nil else { return }
                    let line = "\(writer)-\(number)\n"
                    _ = line.withCString { write(file, $0, strlen($0)) }
                }
            }
        }
        let names = try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n")
        #expect(names.count >= 10)
        let store = try fixture.open()
        let stored = try Self.names(store, at: .latest)
        for name in names { #expect(stored.contains(String(name)), "\(name) was lost") }
        // Each commit has one row of its own, and the newest one is in the row of all, too.
        #expect(stored.count == Int(store.latest.number) + 1)
        #expect(stored.count - Set(stored).count == 1)
        try store.close()
    }
}
