import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Store

/// A byte of a chunk that flips is found and named, isolated, and its rows come back.
@Suite struct DamageTests {
    private static let sales = Int64(400)

    /// Changes a byte of one chunk behind the store's back.
    static func flip(
        _ path: String, model: String, column: String, part: Int = 0, segment: Int64? = nil
    ) throws {
        let own = [
            "origin": -1, "key": -2, "begin": -3, "reference": -4, "key index": -5,
            "key filter": -6,
        ]
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            let id =
                try own[column]
                ?? Int.fetchOne(
                    db,
                    sql: "SELECT c.id FROM model_column c JOIN model m ON m.id = c.model "
                        + "WHERE m.name = ? AND c.name = ?", arguments: [model, column])
            let row = try #require(
                try Row.fetchOne(
                    db,
                    sql: "SELECT chunk.rowid, data FROM chunk JOIN segment s ON s.id = segment "
                        + "JOIN model m ON m.id = s.model WHERE m.name = ? AND s.state = 1 "
                        + "AND column_id = ? AND part = ? AND s.id = coalesce(?, s.id) LIMIT 1",
                    arguments: [model, id, part, segment]), "\(model) \(column)")
            var bytes = [UInt8](row[1] as Data)
            // In the header, which all codecs have.
            bytes[bytes.count > 70 ? 66 : 20] ^= 0x10
            try db.execute(
                sql: "UPDATE chunk SET data = ? WHERE rowid = ?",
                arguments: [Data(bytes), row[0] as Int64])
        }
        try queue.close()
    }

    /// All sales and customers, as their source would give them again.
    private func reload(_ batch: inout ChangeBatch, changed: Set<Int64> = []) {
        batch.reload(model: "customer", origin: "a")
        for number in 0..<20 {
            batch.upsert(
                model: "customer", origin: "a", company: "north", key: .integer(Int64(number) * 7),
                cells: ShopFixture.customer("Customer \(number)"))
        }
        batch.reload(model: "sale", origin: "a")
        for number in 0..<Self.sales {
            // Texts and scattered integers, so that there is an index and a filter.
            batch.upsert(
                model: "sale", origin: "a", company: number % 3 == 0 ? "south" : "north",
                key: .text("S-\(number * 7919 % 400)"),
                cells: ShopFixture.sale(
                    customer: number % 3 == 0 ? nil : number % 20 * 7,
                    status: ["OPEN", "PAID", "LOST"][Int(number) % 3],
                    net: number * 10 + (changed.contains(number) ? 1 : 0),
                    sold: "2026-01-\(10 + number % 15)T12:00:00Z"))
        }
        batch.retain(
            model: "sale", origin: "a", keys: Set((0..<Self.sales).map { .text("S-\($0)") }))
    }

    private func fill(_ store: Store) throws {
        var batch = ChangeBatch()
        reload(&batch)
        try store.commit(batch)
        var change = ChangeBatch()
        for number in 0..<10 {
            change.delete(model: "sale", origin: "a", key: .text("S-\(number * 7919 % 400)"))
        }
        try store.commit(change)
        while try store.seal(minimum: 1) {}
        #expect(try store.health().segments == 3)
    }

    /// Changes a row and deletes another, which waits to be sealed.
    private func change(_ store: Store) throws {
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "south", key: .text("S-350"),
            cells: ShopFixture.sale(net: 3))
        batch.delete(model: "sale", origin: "a", key: .text("S-351"))
        try store.commit(batch)
    }

    private static let questions = [
        ScanRequest(model: "sale", groups: [.value(ColumnPath("status"))], measures: [.count]),
        ScanRequest(
            model: "sale", groups: [.value(ColumnPath("customer", "name"))],
            measures: [.count, .sum(.column(ColumnPath("net")))]),
        ScanRequest(
            model: "sale", groups: [.value(ColumnPath("currency"))],
            measures: [.distinct(ColumnPath("number")), .sum(.column(ColumnPath("quantity")))]),
    ]

    /// What the store answers to all there is to ask of it.
    private func answers(_ store: Store, at moment: Moment = .latest) throws -> [String] {
        let snapshot = try store.snapshot(ShopFixture.everyone, at: moment)
        var found = try Self.questions.map { request in
            try snapshot.scan(request).rows.map { "\($0.key) \($0.values)" }.joined(separator: ";")
        }
        for (model, columns) in [
            (
                "sale",
                ["number", "status", "net", "currency", "quantity", "items", "paid", "sold_at"]
            ),
            ("customer", ["name", "kind"]),
        ] {
            let rows = try snapshot.rows(
                RowRequest(
                    model: model, columns: columns.map { ColumnPath($0) },
                    order: columns.map { .init(ColumnPath($0)) }))
            var lines: [String] = []
            try rows.forEachBatch { lines += $0.map { "\($0)" } }
            found.append(lines.joined(separator: "\n"))
        }
        return found
    }

    /// A store that the same rows were given to and that nothing happened to.
    private func expected() throws -> [String] {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        reload(&batch, changed: [5])
        try store.commit(batch)
        return try answers(store)
    }

    @Test(arguments: [
        "number", "customer", "status", "net", "sold_at", "due", "origin", "key", "key index",
        "key filter", "begin",
    ])
    func whatIsDamagedIsNamedAndItsRowsComeBack(column: String) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let before = try fixture.open()
        try fill(before)
        let told = try answers(before)
        try before.close()
        try Self.flip(fixture.path, model: "sale", column: column)

        let store = try fixture.open()
        let damage = try store.verify().damage
        #expect(damage.map(\.model) == ["sale"])
        #expect(damage.map(\.columns) == [[column]])
        #expect(damage[0].origins == ["a"])
        #expect(damage[0].description.contains("‘\(column)’"))
        // All else goes on.
        let customers = ScanRequest(model: "customer", measures: [.count])
        #expect(try store.snapshot(ShopFixture.everyone).scan(customers).rows[0].values == [20])
        if !["status", "begin"].contains(column) {
            let scan = try store.snapshot(ShopFixture.everyone).scan(Self.questions[0])
            #expect(scan.rows.count == 3)
        }
        if column == "net" {
            #expect(throws: Advice.self) {
                try store.snapshot(ShopFixture.everyone).scan(Self.questions[1])
            }
        }
        #expect(try store.health().damage.map(\.columns) == [[column]])

        let left = try store.repair()
        let isDerived = ["key index", "key filter"].contains(column)
        #expect(left.isEmpty == isDerived, "\(left)")
        if isDerived { #expect(try answers(store) == told) }
        var batch = ChangeBatch()
        reload(&batch, changed: [5])
        try store.commit(batch)
        #expect(try answers(store) == expected(), "\(column)")
        #expect(try store.damage().isEmpty)
        #expect(try store.health().repairs.map(\.columns) == (isDerived ? [] : [[column]]))
        #expect(try store.verify().isWell)
        // States from before say what they still can, and fail rather than leave rows out.
        let count = ScanRequest(model: "sale", measures: [.count])
        let first = try store.snapshot(ShopFixture.everyone, at: .commit(2))
        #expect(try first.scan(count).rows[0].values == [390])
        while try !store.maintain().isEmpty {}
        while try store.seal(minimum: 1) {}
        while try store.compact(isComplete: true) {}
        #expect(try answers(store) == expected())
        try store.close()
        let again = try fixture.open(.readOnly)
        #expect(try answers(again) == expected())
        #expect(try again.verify().isWell)
        try again.close()
    }

    @Test(arguments: [
        ["reference"], ["key"], ["begin", "name"], ["reference", "origin"], ["key", "kind"],
    ])
    func rowsThatOthersReferToComeBack(columns: [String]) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let before = try fixture.open()
        try fill(before)
        try before.close()
        for column in columns { try Self.flip(fixture.path, model: "customer", column: column) }
        try Self.flip(fixture.path, model: "sale", column: "customer")
        let store = try fixture.open()
        #expect(try store.verify().damage.map(\.model) == ["customer", "sale"])
        #expect(try store.repair().count == 2)
        var batch = ChangeBatch()
        reload(&batch, changed: [5])
        try store.commit(batch)
        #expect(try answers(store) == expected(), "\(columns)")
        #expect(try store.verify().isWell)
        try store.close()
    }

    @Test func changesOfRowsThatCannotBeFoundWaitForTheirSource() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let before = try fixture.open()
        try fill(before)
        try before.close()
        try Self.flip(fixture.path, model: "sale", column: "key")
        let store = try fixture.open()
        var change = ChangeBatch()
        change.upsert(
            model: "sale", origin: "a", company: "north", key: .text("S-77"),
            cells: ShopFixture.sale())
        let error = #expect(throws: Advice.self) { try store.commit(change) }
        #expect(error?.kind == .damaged && error?.happened.contains("‘key’") == true)
        // The damage was written down, although nobody verified.
        #expect(try store.damage().map(\.columns) == [["key"]])
        // Rows of other origins are not concerned, and merges leave the segment out.
        var other = ChangeBatch()
        for number in 0..<9 {
            other.upsert(
                model: "sale", origin: "b", company: "east", key: .integer(Int64(number)),
                cells: ShopFixture.sale(status: "NEW"))
            try store.commit(other)
            while try store.seal(minimum: 1) {}
        }
        while try store.compact() {}
        while try !store.maintain().isEmpty {}
        #expect(try store.damage().count == 1)
        var batch = ChangeBatch()
        reload(&batch)
        try store.commit(batch)
        try store.commit(change)
        #expect(try store.damage().isEmpty)
        let count = ScanRequest(model: "sale", measures: [.count])
        #expect(try store.snapshot(ShopFixture.everyone).scan(count).rows[0].values == [409])
        try store.close()
    }

    /// Flips a bit of what the file has of sales outside of chunks.
    private static func flipChanges(_ path: String, table: String) throws {
        let model = "(SELECT id FROM model WHERE name = 'sale')"
        let (key, column, condition) =
            switch table {
            case "delta": ("id", "data", "model = \(model) ORDER BY id DESC")
            case "ended":
                (
                    "segment", "data",
                    "segment IN (SELECT id FROM segment WHERE state = 1 AND model = \(model))"
                )
            case "segment": ("id", "runs", "state = 1 AND model = \(model)")
            default:
                (
                    "code", "CAST(text AS BLOB)",
                    "column_id = (SELECT id FROM model_column WHERE model = \(model) "
                        + "AND name = 'status')"
                )
            }
        let file = try DatabaseQueue(path: path)
        try file.write { db in
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT \(key), \(column) FROM \(table) WHERE \(condition) LIMIT 1")
            var bytes = [UInt8](rows[0][1] as Data)
            bytes[bytes.count / 2] ^= 0x10
            if table == "dictionary" {
                try db.execute(
                    sql: "UPDATE dictionary SET text = ? WHERE \(condition) AND code = ?",
                    arguments: [String(decoding: bytes, as: UTF8.self), rows[0][0] as Int64])
            } else {
                try db.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE \(key) = ?",
                    arguments: [Data(bytes), rows[0][0] as Int64])
            }
        }
        try file.close()
    }

    /// Two sources feed the model: it is whole again when both have given their rows.
    @Test(arguments: ["delta", "ended", "segment", "dictionary"])
    func damagedChangesWaitForAllSources(table: String) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let before = try fixture.open()
        var other = ChangeBatch()
        other.upsert(
            model: "sale", origin: "b", company: "east", key: .integer(1),
            cells: ShopFixture.sale())
        try before.commit(other)
        try fill(before)
        if table == "delta" { try change(before) }
        try before.close()
        try Self.flipChanges(fixture.path, table: table)

        // One that only reads cannot mend anything, and says what is wrong.
        let reader = try fixture.open(.readOnly)
        #expect(try reader.verify().damage.last?.origins == ["a", "b"])
        #expect(throws: Advice.self) { try answers(reader) }
        try reader.close()

        let store = try fixture.open()
        let damage = try store.verify().damage
        #expect(damage.map(\.model) == ["sale"])
        #expect(damage.map(\.origins) == [["a", "b"]])
        #expect(damage[0].segment == nil)
        let error = #expect(throws: Advice.self) { try answers(store) }
        #expect(error?.kind == .damaged)
        let customers = ScanRequest(model: "customer", measures: [.count])
        #expect(try store.snapshot(ShopFixture.everyone).scan(customers).rows[0].values == [20])
        #expect(try store.repair().count == 1)
        var first = ChangeBatch()
        reload(&first, changed: [5])
        try store.commit(first)
        #expect(try store.damage().map(\.origins) == [["b"]])
        #expect(throws: Advice.self) { try answers(store) }
        // What is awaited outlasts a restart, and changes go on meanwhile.
        try store.close()
        let again = try fixture.open()
        #expect(try again.damage().map(\.origins) == [["b"]])
        var second = ChangeBatch()
        second.reload(model: "sale", origin: "b")
        second.retain(model: "sale", origin: "b", keys: [])
        try again.commit(second)
        #expect(try again.damage().isEmpty)
        #expect(try again.health().repairs.count == 1)
        #expect(try answers(again) == expected())
        #expect(try again.verify().isWell)
        // Nobody knows what they were.
        let last = try again.health().oldestCommit
        #expect(throws: Advice.self) {
            try again.snapshot(ShopFixture.everyone, at: .commit(last - 1))
        }
        while try !again.maintain().isEmpty {}
        #expect(try answers(again) == expected())
        try again.close()
    }

    @Test(arguments: ["delta", "ended"])
    func changesThatAreWholeInMemoryAreWrittenAgain(table: String) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try fill(store)
        if table == "delta" { try change(store) }
        let told = try answers(store)
        try Self.flipChanges(fixture.path, table: table)
        #expect(try store.verify().damage.count == 1)
        #expect(try store.verify().isWell)
        #expect(try answers(store) == told)
        try store.close()
        let again = try fixture.open(.readOnly)
        #expect(try again.verify().isWell)
        #expect(try answers(again) == told)
        try again.close()
    }

    @Test func theBackgroundCheckFindsDamageAndGoesOnAfterARestart() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let first = try fixture.open(clock: clock.clock)
        try fill(first)
        while try !first.maintain().isEmpty {}
        #expect(try first.health().lastScrub == clock.clock.now())
        // The round is over; the next one begins when its period does.
        try first.close()
        try Self.flip(fixture.path, model: "sale", column: "items")
        let store = try fixture.open(clock: clock.clock)
        clock.advance(days: 6)
        while try !store.maintain().isEmpty {}
        #expect(try store.damage().isEmpty)
        clock.advance(days: 1)
        var steps: [MaintenanceStep] = []
        while let step = try store.maintain().first { steps.append(step) }
        #expect(steps.contains(.scrubbed))
        #expect(try store.damage().map(\.columns) == [["items"]])
        #expect(try store.health().lastScrub == clock.clock.now())
        try store.close()
    }

    @Test func aLongCheckIsSpreadOverItsPeriod() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        var store = try fixture.open(clock: clock.clock)
        try fill(store)
        try store.close()
        // A round that has read half of all bytes.
        let file = try DatabaseQueue(path: fixture.path)
        let half = try file.write { db in
            let bytes = try Int64.fetchOne(db, sql: "SELECT sum(bytes) FROM segment") ?? 0
            try db.execute(
                sql: "INSERT OR REPLACE INTO scrub VALUES (1, ?, 7, ?, NULL)",
                arguments: [clock.clock.now().microseconds, bytes / 2])
            return bytes / 2
        }
        #expect(half > 0)
        try file.close()
        store = try fixture.open(clock: clock.clock)
        #expect(try store.scrub() == false)
        #expect(try (0.49...0.51).contains(store.health().scrubbedShare))
        clock.advance(days: 3)
        #expect(try store.scrub() == false)
        clock.advance(days: 1)
        #expect(try store.scrub())
        #expect(try store.health().lastScrub != nil || store.scrub())
        try store.close()
    }

    @Test func segmentsThatOnlyOldStatesNeedGoWithTheHorizon() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let settings = StoreSettings(horizonDays: 30)
        let before = try fixture.open(clock: clock.clock, settings: settings)
        try fill(before)
        try before.close()
        try Self.flip(fixture.path, model: "sale", column: "net")
        let store = try fixture.open(clock: clock.clock, settings: settings)
        #expect(try !store.verify().isWell)
        var batch = ChangeBatch()
        reload(&batch)
        try store.commit(batch)
        let old = try store.snapshot(ShopFixture.everyone, at: .commit(2))
        #expect(throws: Advice.self) { try old.scan(Self.questions[1]) }
        #expect(try old.scan(Self.questions[0]).rows.count == 3)
        clock.advance(days: 31)
        try store.commit(batch)
        while try !store.maintain().isEmpty {}
        #expect(throws: Advice.self) {
            try store.snapshot(ShopFixture.everyone, at: .commit(2))
        }
        let lost = try store.readerQueue.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM segment WHERE state = 4")
        }
        #expect(lost == 0)
        try store.close()
    }
}
