import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Store

/// Columns that follow from others, and codes that lead nowhere.
@Suite struct RelationTests {
    private static let missing = NumberVector.missing

    private static func schema() throws -> Schema {
        let model = Model(
            name: "order", label: "Order",
            columns: [
                Column(name: "number", label: "Number", type: .integer),
                Column(name: "net", label: "Net", type: .money(currency: "currency")),
                Column(name: "vat", label: "VAT", type: .money(currency: "currency")),
                Column(name: "gross", label: "Gross", type: .money(currency: "currency")),
                Column(name: "other", label: "Other", type: .money(currency: "currency")),
                Column(name: "currency", label: "Currency", type: .category),
                Column(name: "paid_at", label: "Paid", type: .instant),
                Column(name: "ordered_at", label: "Ordered", type: .instant),
                Column(name: "sent_at", label: "Sent", type: .instant),
            ], timeColumn: "ordered_at")
        return Schema(models: [model], companies: try ShopFixture.schema().companies)
    }

    private struct Order {
        let company: String
        let key: Int64
        let cells: [Int64]
    }

    private static func orders(_ count: Int, seed: UInt64) -> [Order] {
        var dice = Dice(seed: seed)
        var time = Int64(1_735_000_000_000_000)
        return (0..<count).map { row in
            time += Int64.random(in: 0..<40_000, using: &dice) * 1_000_000
            let net = Int64.random(in: -50_000...4_000_000, using: &dice)
            let (vat, rest) = (net * 25).quotientAndRemainder(dividingBy: 100)
            let isFree = dice.chance(8)
            let sent =
                dice.chance(20)
                ? missing : time + Int64.random(in: 60..<200_000, using: &dice) * 1_000_000
            let paid =
                sent == missing
                ? missing : sent + Int64.random(in: 1..<900_000, using: &dice) * 1_000_000
            return Order(
                company: ["north", "south", "east"][row % 3], key: Int64(row) + 1,
                cells: [
                    Int64(row) + 1, net, isFree ? 0 : vat - (rest < 0 ? 1 : 0), net * 5 / 4,
                    Int64.random(in: 0..<4_000_000, using: &dice), 0, paid, time, sent,
                ])
        }
    }

    private static func batch(_ orders: [Order]) -> ColumnBatch {
        let companies = ["north", "south", "east"]
        return ColumnBatch(
            companies: .codes(
                orders.map { Int32(companies.firstIndex(of: $0.company) ?? 0) }, of: companies),
            keys: .integers(orders.map(\.key)),
            columns: (0..<9).map { column in
                column == 5
                    ? .words(orders.map { _ in 0 }, of: ["DKK"])
                    : .numbers(orders.map { $0.cells[column] })
            })
    }

    private static func load(_ orders: [Order], _ fixture: ShopFixture) throws -> Store {
        let store = try Store(path: fixture.path, schema: schema())
        let load = try store.beginLoad(source: "a", segmentRows: 4000)
        try load.append(model: "order", origin: "a", rows: batch(orders))
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        return store
    }

    private static func codecs(_ store: Store) throws -> [String: Set<Chunk.Codec>] {
        let state = try #require(
            try store.snapshot(ShopFixture.everyone).state.models["order"])
        let reader = ChunkReader(queue: try StoreFile.openReader(path: store.path), limit: 0)
        var codecs: [String: Set<Chunk.Codec>] = [:]
        for segment in state.segments.map(\.segment) {
            for (position, column) in state.layout.model.columns.enumerated() {
                for part in [ChunkColumn.Part.values, .days] {
                    let id = ChunkColumn(state.layout.id(ofColumn: position), part)
                    guard let chunk = try reader.read(segment, id) else { continue }
                    codecs[column.name + (part == .days ? " days" : ""), default: []]
                        .insert(chunk.codec)
                }
            }
        }
        return codecs
    }

    private static func expectRows(_ store: Store, _ orders: [Order]) throws {
        let names = ["number", "net", "vat", "gross", "other", "paid_at", "ordered_at", "sent_at"]
        var found: [Int64: [Int64]] = [:]
        try store.snapshot(ShopFixture.everyone).rows(
            RowRequest(model: "order", columns: names.map { ColumnPath($0) })
        ).forEachBatch {
            for row in $0 {
                let numbers = row.map { cell -> Int64 in
                    if case .number(let number) = cell { number } else { missing }
                }
                found[numbers[0]] = numbers
            }
        }
        #expect(found.count == orders.count)
        for order in orders {
            let wanted = [0, 1, 2, 3, 4, 6, 7, 8].map { order.cells[$0] }
            #expect(found[order.key] == wanted)
        }
    }

    /// The paid orders of each local day, counted by the store and by hand.
    private static func expectDays(_ store: Store, _ orders: [Order]) throws {
        let zones = [
            "north": "Europe/Copenhagen", "south": "Africa/Blantyre", "east": "Asia/Tokyo",
        ]
        for (company, zone) in zones {
            let zone = try Zone(named: zone)
            let result = try store.snapshot(Scope(companies: [company])).scan(
                ScanRequest(
                    model: "order", groups: [.step(ColumnPath("paid_at"), .day)],
                    measures: [.count]))
            var wanted: [Int64: Int] = [:]
            for order in orders where order.company == company && order.cells[6] != missing {
                wanted[LocalDayCode.of(order.cells[6], zone), default: 0] += 1
            }
            let counts = result.rows.map { "\($0.values[0] ?? 0)" }.sorted()
            let missed = orders.count { $0.company == company && $0.cells[6] == missing }
            #expect(counts == (wanted.values.map { "\($0)" } + ["\(missed)"]).sorted())
        }
    }

    @Test func columnsThatFollowFromOthersComeBack() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let orders = Self.orders(9000, seed: 11)
        var store = try Self.load(orders, fixture)
        let codecs = try Self.codecs(store)
        for column in ["number", "vat", "gross", "sent_at", "paid_at", "sent_at days"] {
            #expect(codecs[column] == [.related], "\(column)")
        }
        #expect(codecs["net"]?.contains(.related) == false)
        #expect(codecs["other"]?.contains(.related) == false)
        try Self.expectRows(store, orders)
        try Self.expectDays(store, orders)
        #expect(try store.verify().damage.isEmpty)
        // A merge reads them and writes them anew.
        while try store.compact(isComplete: true) {}
        try Self.expectRows(store, orders)
        try Self.expectDays(store, orders)
        try store.close()
        store = try Store(path: fixture.path, schema: Self.schema(), access: .readOnly)
        try Self.expectRows(store, orders)
        try store.close()
    }

    @Test func whatFollowsFromADamagedColumnIsDamaged() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var store = try Self.load(Self.orders(3000, seed: 12), fixture)
        try store.close()
        try DatabaseQueue(path: fixture.path).write { db in
            let id = try #require(
                try Int64.fetchOne(db, sql: "SELECT id FROM model_column WHERE name = 'net'"))
            let data = try #require(
                try Data.fetchOne(
                    db, sql: "SELECT data FROM chunk WHERE column_id = ?", arguments: [id]))
            var bytes = [UInt8](data)
            bytes[100] ^= 4
            try db.execute(
                sql: "UPDATE chunk SET data = ? WHERE column_id = ?",
                arguments: [Data(bytes), id])
        }
        store = try Store(path: fixture.path, schema: Self.schema(), access: .readOnly)
        let snapshot = try store.snapshot(ShopFixture.everyone)
        for column in ["net", "vat", "gross"] {
            let advice = #expect(throws: Advice.self) {
                try snapshot.scan(
                    ScanRequest(model: "order", measures: [.sum(.column(ColumnPath(column)))]))
            }
            #expect(advice?.kind == .damaged)
            #expect(advice?.happened.contains("‘net’") == true)
        }
        let other = try snapshot.scan(
            ScanRequest(model: "order", measures: [.sum(.column(ColumnPath("other")))]))
        #expect(other.rows.count == 1)
        try store.close()
    }

    // MARK: Codes that lead nowhere

    /// Writes other numbers for a column of every segment of sales, with right checksums.
    private static func replace(
        _ name: String, in fixture: ShopFixture, _ number: (Int) -> Int64
    ) throws {
        try DatabaseQueue(path: fixture.path).write { db in
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT chunk.rowid, segment.row_count, segment, column_id FROM chunk "
                    + "JOIN segment ON segment.id = chunk.segment "
                    + "JOIN model_column ON model_column.id = chunk.column_id "
                    + "JOIN model ON model.id = model_column.model "
                    + "WHERE model_column.name = ? AND model.name = 'sale'",
                arguments: [name])
            #expect(!rows.isEmpty)
            for row in rows {
                let count: Int = row[1]
                let chunk = NumberVector.encode((0..<count).map(number))
                let place = Chunk.Place(segment: row[2], column: ChunkColumn(row[3]))
                try db.execute(
                    sql: "UPDATE chunk SET data = ?, least = ?, greatest = ?, missing = ? "
                        + "WHERE rowid = ?",
                    arguments: [
                        Data(chunk.encoded(at: place)), chunk.least, chunk.greatest, chunk.missing,
                        row[0] as Int64,
                    ])
            }
        }
    }

    private static let questions: [(column: String, ScanRequest)] = [
        (
            "status",
            ScanRequest(model: "sale", groups: [.value(ColumnPath("status"))], measures: [.count])
        ),
        (
            "status",
            ScanRequest(model: "sale", measures: [.distinct(ColumnPath("status"))])
        ),
        (
            "customer",
            ScanRequest(model: "sale", groups: [.value(ColumnPath("customer"))], measures: [.count])
        ),
        (
            "customer",
            ScanRequest(model: "sale", measures: [.distinct(ColumnPath("customer"))])
        ),
        (
            "customer",
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("customer", "kind"))],
                measures: [.count])
        ),
    ]

    @Test(arguments: [Int64(1 << 20), 200, -1, -(1 << 40), .max])
    func aCodeWithoutAWordIsDamage(_ wrong: Int64) throws {
        for (column, question) in Self.questions {
            let fixture = try ShopFixture()
            defer { fixture.remove() }
            var store = try fixture.open()
            let load = try store.beginLoad(source: "a", segmentRows: 100)
            for number in 0..<250 {
                let company = ["north", "south", "east"][number % 3]
                try load.append(
                    model: "customer", origin: "a", company: company,
                    key: .integer(Int64(number)), cells: ShopFixture.customer("C", kind: "B2C"))
                try load.append(
                    model: "sale", origin: "a", company: company, key: .integer(Int64(number)),
                    cells: ShopFixture.sale(
                        customer: Int64(number), status: ["OPEN", "PAID"][number % 2]))
            }
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
            try store.close()
            try Self.replace(column, in: fixture) { $0 % 7 == 0 ? wrong : 0 }
            store = try fixture.open(.readOnly)
            let snapshot = try store.snapshot(ShopFixture.everyone)
            let advice = #expect(throws: Advice.self) { try snapshot.scan(question) }
            #expect(advice?.kind == .damaged, "\(column) \(wrong)")
            try store.close()
        }
    }

    @Test func aSummaryThatIsNotTheChunksIsDamage() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var store = try Self.load(Self.orders(300, seed: 13), fixture)
        try store.close()
        try DatabaseQueue(path: fixture.path).write { db in
            try db.execute(
                sql: "UPDATE chunk SET greatest = greatest - 1 WHERE column_id = "
                    + "(SELECT id FROM model_column WHERE name = 'other')")
        }
        store = try Store(path: fixture.path, schema: Self.schema(), access: .readOnly)
        let advice = #expect(throws: Advice.self) {
            try store.snapshot(ShopFixture.everyone).scan(
                ScanRequest(model: "order", measures: [.sum(.column(ColumnPath("other")))]))
        }
        #expect(advice?.kind == .damaged)
        try store.close()
    }

    // MARK: Booleans

    /// A number in the file that no boolean has must not leave the memory of the marks.
    @Test func distinctValuesOfOddBooleans() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var store = try fixture.open()
        let load = try store.beginLoad(source: "a")
        for number in Int64(0)..<40 {
            try load.append(
                model: "sale", origin: "a", company: "north", key: .integer(number),
                cells: ShopFixture.sale())
        }
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        try store.close()
        try Self.replace("paid", in: fixture) { [0, 1, -5_000_000, 1_000_000][$0 % 4] }
        store = try fixture.open(.readOnly)
        let result = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(model: "sale", measures: [.distinct(ColumnPath("paid"))]))
        #expect(result.rows.map { $0.values.map { "\($0 ?? 0)" } } == [["4"]])
        try store.close()
    }

    private static func saleIsWritten(paid: Int64, byLoad: Bool) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var cells = ShopFixture.sale()
        cells[7] = .number(paid)
        if byLoad {
            let load = try store.beginLoad(source: "a")
            try load.append(
                model: "sale", origin: "a", company: "north", key: .integer(1), cells: cells)
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        } else {
            var batch = ChangeBatch()
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(1), cells: cells)
            try store.commit(batch)
        }
        try store.close()
    }

    @Test func aBooleanIsZeroOrOne() async throws {
        for paid in [Int64(0), 1] {
            try Self.saleIsWritten(paid: paid, byLoad: true)
            try Self.saleIsWritten(paid: paid, byLoad: false)
        }
        await #expect(processExitsWith: .failure) {
            try RelationTests.saleIsWritten(paid: 2, byLoad: false)
        }
        await #expect(processExitsWith: .failure) {
            try RelationTests.saleIsWritten(paid: -1, byLoad: true)
        }
    }
}
