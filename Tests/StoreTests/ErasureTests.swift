import Foundation
import Testing
import Vocabulary

@testable import Store

@Suite struct ErasureTests {
    private static let secret = "Ingrid-Erased-Person"
    private static let names = RowRequest(model: "customer", columns: [ColumnPath("name")])

    private func names(_ store: Store, at moment: Moment = .latest) throws -> Set<String> {
        var found: Set<String> = []
        try store.snapshot(ShopFixture.everyone, at: moment).rows(Self.names).forEachBatch { rows in
            for case .text(let name) in rows.joined() { found.insert(name) }
        }
        return found
    }

    private func upsert(_ key: String, _ name: String, into batch: inout ChangeBatch) {
        batch.upsert(
            model: "customer", origin: "a", company: "north", key: .text(key),
            cells: ShopFixture.customer(name))
    }

    /// How often a text occurs in the store's files.
    private func occurrences(of text: String, _ fixture: ShopFixture) throws -> Int {
        var count = 0
        for suffix in ["", "-wal", "-shm"] {
            guard let bytes = FileManager.default.contents(atPath: fixture.path + suffix) else {
                continue
            }
            var start = bytes.startIndex
            while let range = bytes.range(of: Data(text.utf8), in: start..<bytes.endIndex) {
                count += 1
                start = range.upperBound
            }
        }
        return count
    }

    @Test func everyVersionLeavesFileAndLogAndStaysAway() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        var store = try fixture.open(clock: clock.clock)
        // Versions in the delta, in segments of several merges, in ones that were replaced, and in
        // room that has become free.
        for round in 0..<20 {
            var batch = ChangeBatch()
            for other in 0..<50 {
                upsert("other \(other)", "Other \(round)-\(other)", into: &batch)
            }
            upsert("key of \(Self.secret)", "\(Self.secret) \(round)", into: &batch)
            batch.quarantine(
                QuarantinedRow(
                    source: "a", table: "customers", key: "key of \(Self.secret)",
                    reason: "test", content: "{\"name\": \"\(Self.secret)\"}"))
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(Int64(round)),
                cells: ShopFixture.sale().enumerated().map {
                    $0.offset == 1 ? .key(.text("key of \(Self.secret)")) : $0.element
                })
            try store.commit(batch)
            if round % 2 == 0 { while try store.seal(minimum: 1) {} }
            if round % 5 == 0 { while try store.compact(isComplete: true, segmentRows: 30) {} }
            if round == 12 {
                clock.advance(seconds: 700)
                while try store.reclaim() {}
            }
        }
        // Free pages that hold it, and a merge in progress.
        while try store.compact(isComplete: true, segmentRows: 500) {}
        clock.advance(seconds: 700)
        while try store.reclaim() {}
        var last = ChangeBatch()
        upsert("other 1", "Other last", into: &last)
        try store.commit(last)
        while try store.seal(minimum: 1) {}
        _ = try store.compact(isComplete: true)
        #expect(try store.health().freeBytes > 30_000)
        #expect(try store.health().isCompacting)
        let old = store.latest.number - 6
        #expect(try occurrences(of: Self.secret, fixture) > 3)
        let pinned = try store.snapshot(ShopFixture.everyone)
        let erasure = try store.erase(
            model: "customer", origin: "a", key: .text("key of \(Self.secret)"))
        #expect(erasure.isClean)
        #expect(erasure.versions >= 20)
        #expect(try occurrences(of: Self.secret, fixture) == 0)
        // A reader of an older state does not see them either.
        let error = #expect(throws: Advice.self) {
            try pinned.rows(Self.names).forEachBatch { _ in }
        }
        #expect(error?.kind == .busy)
        for moment in [Moment.latest, .commit(old), .commit(1)] {
            #expect(try !names(store, at: moment).contains { $0.contains(Self.secret) })
            #expect(try names(store, at: moment).count == 50)
        }
        #expect(try store.quarantined().isEmpty)

        // Its source offers it again, and rows that refer to it.
        for isReopened in [false, true] {
            if isReopened {
                try store.close()
                store = try fixture.open(clock: clock.clock)
            }
            var batch = ChangeBatch()
            upsert("key of \(Self.secret)", Self.secret, into: &batch)
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(1),
                cells: ShopFixture.sale().enumerated().map {
                    $0.offset == 1 ? .key(.text("key of \(Self.secret)")) : $0.element
                })
            try store.commit(batch)
            let load = try store.beginLoad(source: "a")
            try load.append(
                model: "customer", origin: "a", company: "north",
                key: .text("key of \(Self.secret)"), cells: ShopFixture.customer(Self.secret))
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
            #expect(try names(store).count == 50)
            #expect(try occurrences(of: Self.secret, fixture) == 0)
        }
        let health = try store.health()
        #expect(health.erasedRows == 1)
        #expect(health.refusedRows == 2)
        #expect(try store.verify().isWell)
    }

    @Test func historyGoesWithTheRow() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        for (round, company) in ["north", "south", "north"].enumerated() {
            var batch = ChangeBatch()
            for key in 0..<Int64(5) {
                batch.upsert(
                    model: "sale", origin: "a", company: company, key: .integer(key),
                    cells: ShopFixture.sale(net: Int64(round) * 100 + key))
            }
            try store.commit(batch)
            if round == 1 { while try store.seal(minimum: 1) {} }
        }
        let count = ScanRequest(model: "sale_history", measures: [.count])
        let before = try #require(
            try store.snapshot(ShopFixture.everyone).scan(count).rows[0].values[0])
        let erasure = try store.erase(model: "sale", origin: "a", key: .integer(2))
        let after = try #require(
            try store.snapshot(ShopFixture.everyone).scan(count).rows[0].values[0])
        #expect(before == 50)
        #expect(after == 40)
        #expect(erasure.versions == 13)
        #expect(throws: Advice.self) {
            try store.erase(model: "sale_history", origin: "a", key: .integer(0))
        }
    }

    @Test func aLoadInProgressBeginsAgain() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        func load() throws -> Load {
            let load = try store.beginLoad(source: "a", segmentRows: 10)
            for key in 0..<25 {
                try load.append(
                    model: "customer", origin: "a", company: "north", key: .integer(Int64(key)),
                    cells: ShopFixture.customer("C\(key)"))
            }
            return load
        }
        let position = SourcePosition(text: "1", sourceTime: nil)
        let first = try load()
        try store.erase(model: "customer", origin: "a", key: .integer(3))
        let error = #expect(throws: Advice.self) { try first.finish(position: position) }
        #expect(error?.kind == .busy)
        _ = try load().finish(position: position)
        #expect(try names(store).count == 24)
    }

    @Test func theHashIsSipHash() {
        // openssl mac -macopt hexkey:000102…0f -macopt size:16 SIPHASH
        let key = (UInt64(0x0706_0504_0302_0100), UInt64(0x0F0E_0D0C_0B0A_0908))
        func hash(_ count: UInt8) -> String {
            ErasedRows.sipHash(Array(0..<count), key: key).littleEndianBytes
                .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        #expect(hash(0) == "a3817f04ba25a8e66df67214c7550293")
        #expect(hash(1) == "da87c1d86b99af44347659119b22fc45")
        #expect(hash(15) == "5493e99933b0a8117e08ec0f97cfc3d9")
    }
}
