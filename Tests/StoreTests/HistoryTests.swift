import Foundation
import Store
import Testing
import Vocabulary

@Suite struct HistoryTests {
    private static let changes = RowRequest(
        model: "sale_history",
        columns: [
            "column", "event", "changed_at", "from_word", "to_word", "from_number", "to_number",
        ].map { ColumnPath($0) }, order: [])

    private func rows(_ store: Store) throws -> [String] {
        var found: [String] = []
        try store.snapshot(ShopFixture.everyone).rows(Self.changes).forEachBatch { rows in
            for row in rows {
                found.append(
                    row.map { cell in
                        switch cell {
                        case .text(let text): text
                        case .number(let number):
                            number > 1_000_000_000_000
                                ? "\(Instant(microseconds: number))" : "\(number)"
                        default: "-"
                        }
                    }.joined(separator: " "))
            }
        }
        return found.sorted()
    }

    @Test func eachChangeIsARow() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock("2026-02-01T08:00:00Z")
        let store = try fixture.open(clock: clock.clock)
        #expect(try store.snapshot(ShopFixture.everyone).historyKnownSince(model: "sale").isEmpty)
        func commit(status: String?, net: Int64?, at time: String? = nil) throws {
            var batch = ChangeBatch()
            if let time { batch.setSourceTime(try #require(Instant(time))) }
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(1),
                cells: ShopFixture.sale(status: status, net: net))
            try store.commit(batch)
            clock.advance(seconds: 60)
        }
        try commit(status: "OPEN", net: nil)
        try commit(status: "OPEN", net: nil)
        try commit(status: "PAID", net: 500, at: "2026-01-31T10:00:00Z")
        try commit(status: nil, net: 400)
        while try store.seal(minimum: 1) {}
        var deletion = ChangeBatch()
        deletion.delete(model: "sale", origin: "a", key: .integer(1))
        try store.commit(deletion)
        #expect(
            try rows(store)
                == [
                    // A live row gains a value: that is a change of it.
                    "net changed 2026-01-31T10:00:00Z - - - 500",
                    "net changed 2026-02-01T08:03:00Z - - 500 400",
                    "net ended 2026-02-01T08:04:00Z - - 400 -",
                    "status began 2026-02-01T08:00:00Z - OPEN - -",
                    "status changed 2026-01-31T10:00:00Z OPEN PAID - -",
                    "status changed 2026-02-01T08:03:00Z PAID - - -",
                ])
        let known = try store.snapshot(ShopFixture.everyone).historyKnownSince(model: "sale")
        #expect(known.keys.sorted() == ["net", "status"])
        #expect(known["net"]?.time == Instant("2026-02-01T08:00:00Z"))
    }

    @Test func aFirstLoadHasNoHistoryButTheFirstChangeTellsWhatWas() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open(clock: TestClock("2026-02-01T08:00:00Z").clock)
        let load = try store.beginLoad(source: "a")
        try load.append(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(status: "OPEN", net: 100))
        let commit = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
        #expect(try rows(store).isEmpty)
        #expect(
            try store.snapshot(ShopFixture.everyone).historyKnownSince(model: "sale")["status"]
                == commit)
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(status: "LOST", net: 100))
        try store.commit(batch)
        #expect(try rows(store) == ["status changed 2026-02-01T08:00:00Z OPEN LOST - -"])
        let byRow = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale_history", groups: [.value(ColumnPath("row", "number"))],
                measures: [.count]))
        #expect(byRow.rows.map(\.key) == [[.text("S")]])
    }

    @Test func definitionsDeclareIt() throws {
        func models(_ text: String) throws -> Schema {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "reportd-history-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("models"), withIntermediateDirectories: true)
            try """
            companies:
              - {code: a, name: A, zone: Europe/Copenhagen, currency: DKK, country: DK}
            """.write(
                to: folder.appendingPathComponent("companies.yaml"), atomically: true,
                encoding: .utf8)
            try text.write(
                to: folder.appendingPathComponent("models/m.yaml"), atomically: true,
                encoding: .utf8)
            return try Schema(definitions: folder.path)
        }
        let schema = try models(
            "models:\n  lead:\n    columns:\n      status: {type: category, history: true}\n")
        #expect(schema.models["lead"]?.column("status")?.hasHistory == true)
        #expect(schema.models["lead_history"]?.historyOf == "lead")
        #expect(schema.models["lead_history"]?.timeColumn == "changed_at")
        let again = Schema(models: Array(schema.models.values), companies: schema.companies)
        #expect(again.models == schema.models)
        #expect(throws: Advice.self) {
            try models(
                "models:\n  lead:\n    columns:\n      note: {type: text, history: true}\n")
        }
        #expect(throws: Advice.self) {
            try models(
                """
                models:
                  lead:
                    columns:
                      status: {type: category, history: true}
                  lead_history:
                    columns:
                      status: {type: category}
                """)
        }
    }
}
