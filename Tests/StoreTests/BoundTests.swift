import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Store

/// What is kept in memory and what an answer may take stay within their limits; definitions that the
/// file cannot follow are refused.
@Suite struct BoundTests {
    private func filled(_ fixture: ShopFixture, _ settings: StoreSettings) throws -> Store {
        let store = try fixture.open(settings: settings)
        let load = try store.beginLoad(source: "a", segmentRows: 4096)
        for number in 0..<40_000 {
            try load.append(
                model: "sale", origin: "a", company: ["north", "south"][number % 2],
                key: .integer(Int64(number)),
                cells: [
                    .text("S-\(number)"), .key(.integer(Int64(number % 900))),
                    .text(["OPEN", "PAID", "LOST"][number % 3]),
                    .number(Int64(number * 7919 % 1_000_003)),
                    .text("DKK"), .number(Int64(number * 104_729 % 100_003)),
                    .number(Int64(number * 15_013 % 1_000_003)),
                    .number(1), .number(1_767_225_600_000_000 + Int64(number) * 60_000_000),
                    .missing,
                ])
        }
        for number in 0..<900 {
            for company in ["north", "south"] {
                try load.append(
                    model: "customer", origin: "a", company: company, key: .integer(Int64(number)),
                    cells: ShopFixture.customer("Customer \(number)"))
            }
        }
        _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        return store
    }

    @Test func whatLookUpsKeepStaysWithinItsLimit() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try filled(fixture, StoreSettings())
        var dice = Dice(seed: 7)
        var nets = (0..<40_000).map { Int64($0 * 7919 % 1_000_003) }
        func change(_ numbers: [Int]) throws {
            var batch = ChangeBatch()
            for number in numbers {
                nets[number] = Int64.random(in: 0..<1000, using: &dice)
                batch.upsert(
                    model: "sale", origin: "a", company: ["north", "south"][number % 2],
                    key: .integer(Int64(number)), cells: ShopFixture.sale(net: nets[number]))
            }
            try store.commit(batch)
        }
        /// The segments of which something is kept, as the next transaction finds them, and all bytes.
        func kept() throws -> (segments: Set<Int64>, bytes: Int) {
            try store.write { _ in }
            return try store.writerAccess { writer in
                let kept = writer.readers.filter { $0.value.memory > 0 }
                return (Set(kept.keys), kept.values.reduce(0) { $0 + $1.memory })
            }
        }
        try change(stride(from: 0, to: 40_000, by: 40).map(\.self))
        let unbounded = try kept()
        let limit = unbounded.bytes / 2
        try store.writerAccess { $0.lookUpLimit = limit }
        for _ in 0..<20 {
            try change((0..<50).map { _ in Int.random(in: 0..<40_000, using: &dice) })
            #expect(try kept().bytes <= limit)
        }
        // Rows of the first segment are looked for again and again, one of each other segment once.
        let first = try #require(unbounded.segments.min())
        for number in stride(from: 4_000, to: 40_000, by: 4_000) {
            try change(Array(0..<100) + [number])
            #expect(try kept().segments.contains(first))
        }
        let answer = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale", measures: [.count, .sum(.column(ColumnPath("net")))]))
        #expect(answer.rows[0].values == [40_000, Int128(nets.reduce(0, +))])
        try store.close()
    }

    @Test func whatIsKeptStaysWithinItsLimits() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let settings = StoreSettings(chunkCacheBytes: 512 << 10, memoBytes: 1 << 20)
        let store = try filled(fixture, settings)
        let columns = ["status", "net", "quantity", "items", "paid", "sold_at", "customer"]
        var (greatest, greatestTotals, total) = (0, 0, 0)
        for limit in 0..<8 {
            for column in columns {
                let request = ScanRequest(
                    model: "sale",
                    filters: [.range(ColumnPath("net"), Int64(limit)...2_000_000)],
                    groups: [.value(ColumnPath(column == "status" ? "currency" : "status"))],
                    measures: [.count, .distinct(ColumnPath(column))])
                let rows = try store.snapshot(ShopFixture.everyone).scan(request).rows
                #expect(!rows.isEmpty)
                let bytes = store.memory.bytes
                // One entry may exceed a limit until the next one comes.
                #expect(bytes.totals + bytes.answers <= settings.memoBytes)
                #expect(bytes.attributes <= settings.attributeBytes)
                #expect(store.chunks.memory <= settings.chunkBytes)
                greatest = max(greatest, store.chunks.memory)
                greatestTotals = max(greatestTotals, bytes.totals)
                total += 1
            }
        }
        // They were full, so that the limits mattered.
        #expect(total == 56)
        #expect(greatest > settings.chunkBytes / 2)
        #expect(greatestTotals > settings.memoBytes / 2)
        try store.close()
    }

    @Test func anAnswerThatTakesTooMuchIsRefused() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try filled(fixture, StoreSettings(resultBytes: 1 << 20))
        let snapshot = try store.snapshot(ShopFixture.everyone)
        let few = ScanRequest(
            model: "sale", groups: [.value(ColumnPath("status"))],
            measures: [.count, .sum(.column(ColumnPath("net")))])
        #expect(try snapshot.scan(few).rows.count == 3)
        for request in [
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("net"))],
                measures: [.count, .sum(.column(ColumnPath("items")))]),
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("number"))], measures: [.count]),
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("status"))],
                measures: [.distinct(ColumnPath("number"))]),
        ] {
            let error = #expect(throws: Advice.self) { try snapshot.scan(request) }
            #expect(error?.kind == .request)
            #expect(error?.happened.contains("1 MB") == true)
            #expect(error?.remedy.contains("fewer dimensions") == true)
        }
        #expect(try snapshot.scan(few).rows.count == 3)
        try store.close()
        let roomy = try fixture.open()
        let all = ScanRequest(
            model: "sale", groups: [.value(ColumnPath("net"))], measures: [.count])
        #expect(try roomy.snapshot(ShopFixture.everyone).scan(all).rows.count == 40_000)
        try roomy.close()
    }

    @Test func anotherTimeColumnIsRefusedOnceRowsAreSorted() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let schema = try ShopFixture.schema()
        let changed = Schema(
            models: ShopFixture.models.map { model in
                model.name == "sale"
                    ? Model(
                        name: model.name, label: model.label, columns: model.columns,
                        timeColumn: "due") : model
            }, companies: schema.companies)
        // Without rows the order may change.
        try fixture.open().close()
        try Store(path: fixture.path, schema: changed).close()
        let store = try fixture.open()
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale())
        try store.commit(batch)
        while try store.seal(minimum: 1) {}
        try store.close()
        let error = #expect(throws: Advice.self) { try Store(path: fixture.path, schema: changed) }
        #expect(error?.kind == .definition)
        #expect(error?.happened.contains("‘sold_at’") == true)
        #expect(error?.happened.contains("‘time: due’") == true)
        try fixture.open().close()
    }
}
