import Foundation
import Store
import Testing
import Vocabulary

@Suite struct CompactionTests {
    private static let total = ScanRequest(
        model: "sale", measures: [.count, .sum(.column(ColumnPath("net")))])
    private static let byCustomer = ScanRequest(
        model: "sale", groups: [.value(ColumnPath("customer", "name"))], measures: [.count])

    private func values(_ snapshot: Snapshot) throws -> [Int128?] {
        try snapshot.scan(Self.total).rows[0].values
    }

    private func values(_ store: Store, at moment: Moment = .latest) throws -> [Int128?] {
        try values(try store.snapshot(ShopFixture.everyone, at: moment))
    }

    /// Writes rows of a range of keys, each with its key as amount and a text of some length.
    @discardableResult
    private func write(_ keys: Range<Int64>, plus: Int64 = 0, to store: Store) throws -> Commit {
        var batch = ChangeBatch()
        for key in keys {
            var cells = ShopFixture.sale(customer: key % 7, net: key + plus)
            cells[0] = .text("number \(key &* 0x1E37_79B9_7F4A_7C15) of \(plus)")
            batch.upsert(
                model: "sale", origin: "a",
                company: ["north", "south", "east"][Int(key % 3)], key: .integer(key), cells: cells)
        }
        return try store.commit(batch)
    }

    /// Loads rows of a range of keys as a source of their own: a run without history.
    private func load(_ keys: Range<Int64>, into store: Store) throws {
        let origin = "s\(keys.lowerBound)"
        let load = try store.beginLoad(source: origin)
        for key in keys {
            var cells = ShopFixture.sale(customer: key % 7, net: key)
            cells[0] = .text("number \(key &* 0x1E37_79B9_7F4A_7C15)")
            try load.append(
                model: "sale", origin: origin,
                company: ["north", "south", "east"][Int(key % 3)], key: .integer(key), cells: cells)
        }
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
    }

    private func sealAll(_ store: Store) throws { while try store.seal(minimum: 1) {} }

    @Test func eightRunsBecomeOneAndEveryCommitAnswersAsBefore() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var answers: [(commit: UInt64, values: [Int128?])] = []
        for number in 0..<Int64(8) {
            #expect(try !store.compact(), "no step before there are eight runs")
            try write(number * 60..<number * 100 + 100, plus: number, to: store)
            answers.append((store.latest.number, try values(store)))
            try sealAll(store)
        }
        // Sales and their history.
        #expect(try store.health().segments == 16)
        var steps = 0
        while try store.compact(isComplete: false, segmentRows: 200) { steps += 1 }
        #expect(steps > 10, "the work is done in many bounded steps")
        #expect(try !store.health().isCompacting)
        #expect(try store.health().retiredSegments == 16)
        for (commit, values) in answers {
            #expect(try self.values(store, at: .commit(commit)) == values)
        }
        try store.close()
        let again = try fixture.open()
        for (commit, values) in answers {
            #expect(try self.values(again, at: .commit(commit)) == values)
        }
        #expect(try again.verify().isWell)
    }

    @Test func changesDuringAMergeAreCarriedOver() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var store = try fixture.open()
        for number in 0..<Int64(8) {
            try write(number * 100..<number * 100 + 100, to: store)
            try sealAll(store)
        }
        var expected = Int128((0..<800).reduce(0, +))
        var step = Int64(0)
        while try store.compact(isComplete: false, segmentRows: 100) {
            // Of each step some rows that were merged before it, and some that were not.
            for key in [step * 13, 799 - step * 17] {
                expected += 1_000_000
                try write(key..<key + 1, plus: 1_000_000, to: store)
            }
            #expect(try values(store) == [800, expected], "step \(step)")
            if step == 4 {
                try store.close()
                store = try fixture.open()
                #expect(try store.health().isCompacting, "a merge goes on after a restart")
            }
            step += 1
        }
        #expect(step > 10)
        #expect(try values(store) == [800, expected])
        #expect(try store.rowCount(model: "sale", origin: "a") == 800)
        try store.close()
        #expect(try values(try fixture.open()) == [800, expected])
    }

    @Test func aSnapshotKeepsItsSegmentsAndRoomIsGivenBackAfterIt() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let store = try fixture.open(clock: clock.clock)
        for number in 0..<Int64(16) {
            try load(number * 5000..<number * 5000 + 5000, into: store)
        }
        var pinned: Snapshot? = try store.snapshot(ShopFixture.everyone)
        let before = try #require(try pinned.map(values))
        while try store.compact(isComplete: true) {}
        let retired = try store.health()
        #expect(retired.retiredSegments == 16)
        clock.advance(seconds: 599)
        #expect(try !store.reclaim(), "another process may still read them")
        clock.advance(seconds: 2)
        while try store.reclaim() {}
        #expect(try store.health().retiredSegments == 16, "this process still reads them")
        #expect(try pinned.map(values) == before)
        pinned = nil
        while try store.reclaim() {}
        #expect(try store.health().retiredSegments == 0)
        try store.close()
        let size = try FileManager.default.attributesOfItem(atPath: fixture.path)[.size]
        let bytes = try #require((size as? NSNumber)?.intValue)
        #expect(bytes < retired.fileBytes - retired.retiredBytes / 2, "\(bytes) of \(retired)")
        #expect(try values(try fixture.open()) == before)
    }

    @Test func aReaderCannotKeepMoreThanTheCap() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open(
            settings: StoreSettings(chunkCacheBytes: 0, pinnedBytes: 20_000))
        for number in 0..<Int64(8) {
            try load(number * 500..<number * 500 + 500, into: store)
        }
        let pinned = try store.snapshot(ShopFixture.everyone)
        while try store.compact() {}
        #expect(try store.health().isAtPinLimit)
        while try store.reclaim() {}
        let health = try store.health()
        #expect(health.retiredBytes <= 20_000)
        #expect(!health.isAtPinLimit)
        #expect(health.brokenPins > 0)
        let error = #expect(throws: Advice.self) { try values(pinned) }
        #expect(error?.kind == .busy)
        #expect(try values(store) == [4000, (0..<4000).reduce(0, +)])
    }

    @Test func totalsKeptFromBeforeTheHorizonAreMadeAnew() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let store = try fixture.open(
            clock: clock.clock, settings: StoreSettings(horizonDays: 30))
        try write(0..<1000, to: store)
        try sealAll(store)
        // From here on the totals are kept; nobody asks while the rows end and are forgotten.
        #expect(try values(store)[0] == 1000)
        var batch = ChangeBatch()
        for key in Int64(0)..<400 {
            batch.delete(model: "sale", origin: "a", key: .integer(key))
        }
        clock.advance(days: 1)
        try store.commit(batch)
        clock.advance(days: 1)
        try write(1000..<1001, to: store)
        try sealAll(store)
        clock.advance(days: 40)
        while try store.compact(isComplete: true) {}
        #expect(try values(store)[0] == 601)
    }

    @Test func versionsBehindTheHorizonGoAndTheirStatesCannotBeAskedFor() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let settings = StoreSettings(horizonDays: 30)
        let store = try fixture.open(clock: clock.clock, settings: settings)
        var first = try write(0..<1000, to: store)
        try sealAll(store)
        clock.advance(days: 1)
        let second = try write(0..<400, plus: 7, to: store)
        clock.advance(days: 1)
        let third = try write(0..<400, plus: 8, to: store)
        try sealAll(store)
        #expect(try !store.compact())
        let before = try values(store, at: .commit(third.number))
        clock.advance(days: 29)
        // A quarter of the first segment ended before the second commit; that is now the horizon.
        while try store.compact() {}
        #expect(try store.health().oldestCommit == second.number)
        let error = #expect(throws: Advice.self) { try values(store, at: .commit(first.number)) }
        #expect(error?.kind == .unknown)
        #expect(throws: Advice.self) { try values(store, at: .time(first.time)) }
        #expect(try values(store, at: .time(third.time)) == before)
        #expect(try values(store, at: .commit(second.number))[0] == 1000)
        while try store.reclaim() {}
        #expect(try values(store, at: .time(second.time))[0] == 1000)
        #expect(throws: Advice.self) { try values(store, at: .time(first.time)) }
        try store.close()
        let again = try fixture.open(.readOnly, settings: settings)
        #expect(throws: Advice.self) { try values(again, at: .commit(first.number)) }
        #expect(try values(again, at: .commit(third.number)) == before)
        first = second
    }

    @Test func aRowThatWentBehindTheHorizonComesBackAsItself() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let store = try fixture.open(
            clock: clock.clock, settings: StoreSettings(horizonDays: 10))
        var batch = ChangeBatch()
        for key in 0..<Int64(7) {
            batch.upsert(
                model: "customer", origin: "a", company: "north", key: .integer(key),
                cells: ShopFixture.customer("C\(key)"))
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(key),
                cells: ShopFixture.sale(customer: key))
        }
        try store.commit(batch)
        var deletion = ChangeBatch()
        for key in 0..<Int64(3) {
            deletion.delete(model: "customer", origin: "a", key: .integer(key))
        }
        try store.commit(deletion)
        try sealAll(store)
        clock.advance(days: 20)
        try write(900..<901, to: store)
        while try store.compact() {}
        #expect(try store.health().oldestCommit > 0, "the versions are gone")
        try store.close()
        let again = try fixture.open()
        try again.commit(batch)
        let names = try again.snapshot(ShopFixture.everyone).scan(Self.byCustomer)
        let found = names.rows.map(\.key).filter { $0 != [.missing] }
        #expect(found == (0..<7).map { [.text("C\($0)")] })
    }

    @Test func theCommitLogIsThinned() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let store = try fixture.open(clock: clock.clock, settings: StoreSettings(horizonDays: 1))
        for number in 0..<Int64(20) {
            try write(0..<30, plus: number, to: store)
            clock.advance(seconds: 7200)
        }
        let last = store.latest
        let known = try values(store, at: .commit(last.number - 5))
        try sealAll(store)
        while try store.compact(isComplete: true) {}
        while try store.reclaim() {}
        let oldest = try store.health().oldestCommit
        #expect((1..<last.number).contains(oldest))
        let time = Instant(microseconds: last.time.microseconds - 5 * 7_200_000_000 + 1)
        #expect(
            try store.snapshot(ShopFixture.everyone, at: .time(time)).commit.number
                == last.number - 5)
        #expect(try values(store, at: .time(time)) == known)
    }

    @Test func maintenanceDoesEverythingAndThenNothing() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let store = try fixture.open(clock: clock.clock)
        for number in 0..<Int64(9) {
            let load = try store.beginLoad(source: "s\(number)", segmentRows: 500)
            for key in number * 1000..<number * 1000 + 1000 {
                try load.append(
                    model: "sale", origin: "s\(number)", company: "north", key: .integer(key),
                    cells: ShopFixture.sale(net: key))
            }
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        }
        let before = try values(store)
        var steps: [MaintenanceStep] = []
        while case let step = try store.maintain(), !step.isEmpty { steps += step }
        #expect(steps.contains(.compacted))
        clock.advance(seconds: 601)
        while case let step = try store.maintain(budget: 3), !step.isEmpty { steps += step }
        #expect(steps.contains(.reclaimed))
        #expect(try store.health().retiredSegments == 0)
        #expect(try store.health().segments <= 4)
        #expect(try values(store) == before)
    }
}
