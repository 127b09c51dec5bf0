import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Store

@Suite struct LoadTests {
    private static let companies = ["north", "south", "east"]
    private static let rows = RowRequest(
        model: "sale",
        columns: ["number", "customer", "status", "net", "currency", "quantity", "sold_at", "due"]
            .map { ColumnPath($0) })

    /// Sales as a batch and as single rows, with the kind of keys that is asked for.
    private static func sales(
        _ count: Int, seed: UInt64, key: (Int) -> RowKey, customer: (Int) -> RowKey
    ) -> (batch: ColumnBatch, rows: [(company: String, key: RowKey, cells: [Cell])]) {
        var dice = Dice(seed: seed)
        var single: [(company: String, key: RowKey, cells: [Cell])] = []
        var codes: [Int32] = []
        var mentions: [RowKey?] = []
        var states: [Int32] = []
        var numbers: [[Int64]] = Array(repeating: [], count: 6)
        var time = Int64(1_767_000_000)
        for row in 0..<count {
            codes.append(Int32.random(in: 0..<3, using: &dice))
            mentions.append(
                dice.chance(20) ? nil : customer(Int.random(in: 0..<40, using: &dice)))
            states.append(Int32.random(in: -1..<2, using: &dice))
            time += Int64.random(in: -30..<4000, using: &dice)
            let values = [
                Int64.random(in: 0..<100_000, using: &dice), 250, Int64(row % 3), Int64(row % 2),
                time * 1_000_000, dice.chance(30) ? ColumnBatch.missing : 20_000 + Int64(row / 50),
            ]
            for (place, value) in values.enumerated() { numbers[place].append(value) }
            func cell(_ place: Int) -> Cell {
                values[place] == ColumnBatch.missing ? .missing : .number(values[place])
            }
            single.append(
                (
                    companies[Int(codes[row])], key(row),
                    [
                        .text("S\(row)"), mentions[row].map(Cell.key) ?? .missing,
                        states[row] < 0 ? .missing : .text(["OPEN", "PAID"][Int(states[row])]),
                        cell(0), .text("DKK"), cell(1), cell(2), cell(3), cell(4), cell(5),
                    ]
                ))
        }
        let integers = mentions.compactMap { mention -> Int64? in
            guard let mention else { return ColumnBatch.missing }
            guard case .integer(let number) = mention else { return nil }
            return number
        }
        let batch = ColumnBatch(
            companies: .codes(codes, of: companies), keys: .other((0..<count).map(key)),
            columns: [
                .texts((0..<count).map { "S\($0)" }),
                integers.count == count ? .integerKeys(integers) : .keys(mentions),
                .words(states, of: ["OPEN", "PAID"]), .numbers(numbers[0]),
                .words([Int32](repeating: 0, count: count), of: ["DKK"]), .numbers(numbers[1]),
                .numbers(numbers[2]), .numbers(numbers[3]), .numbers(numbers[4]),
                .numbers(numbers[5]),
            ])
        return (batch, single)
    }

    private static func found(_ store: Store) throws -> [[Cell]] {
        var found: [[Cell]] = []
        try store.snapshot(ShopFixture.everyone).rows(rows).forEachBatch { found += $0 }
        return found
    }

    private static let keys: [(name: String, key: @Sendable (Int) -> RowKey)] = [
        ("ascending", { .integer(Int64($0) + 7) }),
        ("descending", { .integer(-Int64($0) * 1_000_003) }),
        ("uuids", { .uuid(UInt128($0) &* 0x9E37_79B9_7F4A_7C15_0000_0001) }),
        ("texts", { .text("k\($0)") }),
    ]

    @Test(arguments: zip([0, 1, 2, 3, 0], [0, 1, 2, 3, 2]))
    func columnsAndRowsGiveTheSameStore(_ keys: Int, _ customers: Int) throws {
        let (batch, single) = Self.sales(
            2500, seed: UInt64(keys + 1), key: Self.keys[keys].key,
            customer: Self.keys[customers].key)
        var answers: [[[Cell]]] = []
        for isColumnar in [true, false] {
            let fixture = try ShopFixture()
            defer { fixture.remove() }
            let store = try fixture.open()
            let load = try store.beginLoad(source: "a", segmentRows: 1000)
            // Half of the customers come before the sales, the others after, two of them never.
            func append(_ numbers: Range<Int>) throws {
                for number in numbers {
                    for company in Self.companies {
                        try load.append(
                            model: "customer", origin: "a", company: company,
                            key: Self.keys[customers].key(number),
                            cells: ShopFixture.customer("\(company) \(number)"))
                    }
                }
            }
            try append(0..<20)
            if isColumnar {
                try load.append(model: "sale", origin: "a", rows: batch)
            } else {
                for row in single {
                    try load.append(
                        model: "sale", origin: "a", company: row.company, key: row.key,
                        cells: row.cells)
                }
            }
            try append(20..<38)
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
            answers.append(try Self.found(store))
            #expect(answers[0].count == 2500)
            // The names of the customers are those of the keys that were mentioned.
            let names = try store.snapshot(ShopFixture.everyone).scan(
                ScanRequest(
                    model: "sale", groups: [.value(ColumnPath("customer", "name"))],
                    measures: [.count]))
            #expect(names.rows.count >= 100)

            // Each row is found by its key: the same row again changes nothing, another does.
            var same = ChangeBatch()
            for row in single {
                same.upsert(
                    model: "sale", origin: "a", company: row.company, key: row.key,
                    cells: row.cells)
            }
            let before = store.latest
            try store.commit(same)
            let lastSales = try store.snapshot(ShopFixture.everyone).lastCommit(of: ["sale"])
            #expect(lastSales == before.number)
            var others = ChangeBatch()
            for row in single.prefix(3) {
                others.delete(model: "sale", origin: "a", key: row.key)
                others.delete(model: "sale", origin: "b", key: row.key)
            }
            try store.commit(others)
            #expect(try Self.found(store).count == 2497)
            try store.close()
        }
        #expect(answers[0] == answers[1])
    }

    @Test func integerKeysThatAscendNeedNoIndex() throws {
        for (name, key) in Self.keys {
            let fixture = try ShopFixture()
            defer { fixture.remove() }
            let store = try fixture.open()
            let load = try store.beginLoad(source: "a")
            for number in 0..<100 {
                try load.append(
                    model: "customer", origin: "a", company: "north", key: key(number),
                    cells: ShopFixture.customer("x"))
            }
            _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
            try store.close()
            let queue = try DatabaseQueue(path: fixture.path)
            let count = try queue.read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM chunk WHERE column_id IN (-5, -6)")
            }
            #expect(count == (name == "ascending" ? 0 : 2), "\(name)")
        }
    }

    @Test func aLoadThatIsGivenUpLeavesNoIndices() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let key: (Int) -> RowKey = { .integer(Int64($0)) }
        let (batch, single) = Self.sales(1500, seed: 3, key: key, customer: key)
        let kept = try store.beginLoad(source: "kept", segmentRows: 1000)
        try kept.append(model: "sale", origin: "kept", rows: batch)
        let load = try store.beginLoad(source: "a", segmentRows: 1000)
        try load.append(model: "sale", origin: "a", rows: batch)
        // A commit mentions a customer that only the unfinished load knows.
        var commit = ChangeBatch()
        commit.upsert(
            model: "sale", origin: "a", company: single[0].company, key: .integer(-1),
            cells: ShopFixture.sale(customer: 5))
        try store.commit(commit)
        try load.abandon()
        var arrival = ChangeBatch()
        arrival.upsert(
            model: "customer", origin: "a", company: single[0].company, key: .integer(5),
            cells: ShopFixture.customer("Ida"))
        try store.commit(arrival)
        for company in Self.companies {
            for number in 0..<40 {
                try kept.append(
                    model: "customer", origin: "kept", company: company, key: key(number),
                    cells: ShopFixture.customer("kept"))
            }
        }
        _ = try kept.finish(position: SourcePosition(text: "1", sourceTime: nil))
        let names = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("customer", "name"))], measures: [.count])
        )
        let mentioned = single.count { $0.cells[1] != .missing }
        let expected: [Cell: Int128?] = [
            .text("Ida"): 1, .text("kept"): Int128(mentioned), .missing: Int128(1500 - mentioned),
        ]
        var found: [Cell: Int128?] = [:]
        for row in names.rows { found[row.key[0]] = row.values[0] }
        #expect(found == expected)
        try store.close()
    }

    // MARK: Damage

    @Test func aDamagedChunkIsNamedAndTheRestWorks() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let key: (Int) -> RowKey = { .integer(Int64($0)) }
        let (batch, _) = Self.sales(2000, seed: 3, key: key, customer: key)
        let first = try fixture.open()
        let load = try first.beginLoad(source: "a", segmentRows: 1000)
        try load.append(model: "sale", origin: "a", rows: batch)
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        try first.close()
        let queue = try DatabaseQueue(path: fixture.path)
        try queue.write { db in
            let row = try #require(
                try Row.fetchOne(
                    db,
                    sql: "SELECT chunk.rowid, data FROM chunk JOIN model_column ON id = column_id "
                        + "WHERE name = 'net' AND segment = (SELECT max(id) FROM segment)"))
            var data: Data = row[1]
            data[data.count / 2] ^= 4
            try db.execute(
                sql: "UPDATE chunk SET data = ? WHERE rowid = ?",
                arguments: [data, row[0] as Int64])
        }
        try queue.close()
        let store = try fixture.open()
        let snapshot = try store.snapshot(ShopFixture.everyone)
        for _ in 0..<2 {
            let advice = #expect(throws: Advice.self) {
                try snapshot.scan(
                    ScanRequest(model: "sale", measures: [.sum(.column(ColumnPath("net")))]))
            }
            #expect(advice?.kind == .damaged)
            let said = "\(advice.map { "\($0)" } ?? "")"
            #expect(said.contains("‘sale’") && said.contains("segment 2"))
            #expect(said.contains("‘net’"))
        }
        let others = try snapshot.scan(
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("currency"))],
                measures: [.count, .sum(.column(ColumnPath("items")))]))
        #expect(others.rows.first?.values.first == 2000)
        let found = try store.verify()
        #expect(found.chunks > 20)
        #expect(found.damage.count == 1)
        try store.close()
    }

    // MARK: Cache

    @Test func theCacheKeepsToItsBudget() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let key: (Int) -> RowKey = { .integer(Int64($0)) }
        let (batch, _) = Self.sales(3000, seed: 3, key: key, customer: key)
        let store = try fixture.open()
        let load = try store.beginLoad(source: "a", segmentRows: 500)
        try load.append(model: "sale", origin: "a", rows: batch)
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        let snapshot = try store.snapshot(ShopFixture.everyone)
        let segments = try #require(snapshot.state.models["sale"]).segments.map(\.segment)
        let reader = ChunkReader(
            queue: try StoreFile.openReader(path: fixture.path), limit: 20_000)
        for turn in 0..<3 {
            for segment in segments {
                for column in segment.summaries.keys where column.id > 0 {
                    guard let chunk = try reader.read(segment, column) else {
                        Issue.record("segment \(segment.id) has no column \(column.id)")
                        return
                    }
                    if TextVector(chunk) != nil {
                        _ = try reader.texts(segment, column)
                    } else {
                        let numbers = try reader.numbers(segment, column)
                        let fresh = try reader.numbers(of: chunk, segment)
                        #expect(numbers.all == fresh?.all, "turn \(turn)")
                    }
                    #expect(reader.memory <= 20_000)
                }
            }
        }
        #expect(reader.memory > 10_000)
        reader.forget(Set(segments.map(\.id)))
        #expect(reader.memory == 0)
        try store.close()
    }
}
