import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Store

@Suite struct CommitTests {
    private let total = ScanRequest(
        model: "sale", measures: [.count, .sum(.column(ColumnPath("net")))])

    private func values(_ store: Store, _ scope: Scope = ShopFixture.everyone) throws -> [Int128?] {
        try store.snapshot(scope).scan(total).rows[0].values
    }

    @Test func insertsUpdatesAndDeletesAreSeenAtOnce() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        #expect(try values(store) == [0, nil])
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(net: 100))
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(2),
            cells: ShopFixture.sale(net: 20))
        let first = try store.commit(batch)
        #expect(try values(store) == [2, 120])

        var change = ChangeBatch()
        change.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(net: 70))
        change.delete(model: "sale", origin: "a", key: .integer(2))
        change.delete(model: "sale", origin: "a", key: .integer(3))
        try store.commit(change)
        #expect(try values(store) == [1, 70])
        let before = try store.snapshot(ShopFixture.everyone, at: .commit(first.number))
        #expect(try before.scan(total).rows[0].values == [2, 120])
    }

    @Test func companiesAreKnownByTheModelsThatTheyHaveRowsOf() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        func found(_ models: String...) throws -> [String] {
            try store.snapshot(ShopFixture.everyone).companies(with: models).map(\.code)
        }
        #expect(try found("sale", "customer") == [])
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "south", key: .integer(1),
            cells: ShopFixture.sale())
        try store.commit(batch)
        #expect(try found("sale", "customer") == ["south"])
        #expect(try found("customer") == [])
        batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(2),
            cells: ShopFixture.sale())
        batch.delete(model: "sale", origin: "a", key: .integer(1))
        try store.commit(batch)
        let both = try store.snapshot(ShopFixture.everyone).companies.map(\.code)
            .filter { ["north", "south"].contains($0) }
        #expect(try found("sale") == both, "those that had rows are among them")
        // What is put aside is nobody's, before the store was opened anew as after that.
        #expect(try found(Snapshot.quarantineName) == [])
        try store.close()
        let again = try fixture.open()
        let snapshot = try again.snapshot(ShopFixture.everyone)
        #expect(snapshot.companies(with: [Snapshot.quarantineName]).isEmpty)
        #expect(snapshot.lastCommit(of: [Snapshot.quarantineName]) == snapshot.commit.number)
    }

    @Test func theSameRowAgainMakesNoVersion() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale())
        let first = try store.commit(batch)
        try store.commit(batch)
        let snapshot = try store.snapshot(ShopFixture.everyone)
        #expect(snapshot.lastCommit(of: ["sale"]) == first.number)
        #expect(store.latest.number == first.number + 1)
    }

    @Test func aCellThatIsNotGivenKeepsItsValue() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        batch.upsert(
            model: "customer", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.customer("Ida", kind: "B2C"))
        batch.upsert(
            model: "customer", origin: "a", company: "north", key: .integer(1),
            cells: [nil, .text("B2B")])
        try store.commit(batch)
        let rows = try store.snapshot(ShopFixture.everyone).rows(
            RowRequest(model: "customer", columns: [ColumnPath("name"), ColumnPath("kind")]))
        var found: [[Cell]] = []
        try rows.forEachBatch { found += $0 }
        #expect(found == [[.text("Ida"), .text("B2B")]])
    }

    @Test func otherCompaniesDoNotExist() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        for company in ["north", "south"] {
            var batch = ChangeBatch()
            batch.upsert(
                model: "sale", origin: company, company: company, key: .integer(1),
                cells: ShopFixture.sale(customer: 9, net: company == "north" ? 1 : 1000))
            batch.upsert(
                model: "customer", origin: company, company: company, key: .integer(9),
                cells: ShopFixture.customer("Customer of \(company)"))
            try store.commit(batch)
        }
        let north = Scope(companies: ["north"])
        #expect(try values(store, north) == [1, 1])
        while try store.seal(minimum: 1) {}
        while try store.seal(minimum: 1) {}
        #expect(try values(store, north) == [1, 1])
        let names = try store.snapshot(north).scan(
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("customer", "name"))],
                measures: [.count]))
        #expect(names.rows.map(\.key) == [[.text("Customer of north")]])
        #expect(throws: Advice.self) { try store.snapshot(Scope(companies: ["nord"])) }
        let limited = Scope(
            companies: ["north"],
            limits: ["sale": [.among(ColumnPath("status"), [.text("NOBODY")])]])
        #expect(try values(store, limited) == [0, nil])
    }

    @Test func aReferenceIsResolvedWhenItsRowArrivesLater() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let byName = ScanRequest(
            model: "sale", groups: [.value(ColumnPath("customer", "name"))], measures: [.count])
        var mention = ChangeBatch()
        mention.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(customer: 5))
        try store.commit(mention)
        #expect(try store.snapshot(ShopFixture.everyone).scan(byName).rows[0].key == [.missing])
        var arrival = ChangeBatch()
        arrival.upsert(
            model: "customer", origin: "a", company: "north", key: .integer(5),
            cells: ShopFixture.customer("Bo"))
        try store.commit(arrival)
        #expect(
            try store.snapshot(ShopFixture.everyone).scan(byName).rows[0].key == [.text("Bo")])
        var again = ChangeBatch()
        again.delete(model: "customer", origin: "a", key: .integer(5))
        try store.commit(again)
        try store.commit(arrival)
        #expect(
            try store.snapshot(ShopFixture.everyone).scan(byName).rows[0].key == [.text("Bo")])
    }

    @Test func daysBelongToTheCompanysZone() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        for (number, company) in ["north", "south", "east"].enumerated() {
            batch.upsert(
                model: "sale", origin: "a", company: company, key: .integer(Int64(number)),
                cells: ShopFixture.sale(sold: "2026-06-30T22:30:00Z"))
        }
        try store.commit(batch)
        func days(_ store: Store) throws -> [String] {
            try store.snapshot(ShopFixture.everyone).scan(
                ScanRequest(
                    model: "sale", groups: [.company, .step(ColumnPath("sold_at"), .day)],
                    measures: [.count])
            ).rows.map { row in
                guard case .text(let code) = row.key[0], case .number(let day) = row.key[1] else {
                    return "?"
                }
                return "\(code) \(LocalDay(number: Int32(day)))"
            }
        }
        let expected = ["east 2026-07-01", "north 2026-07-01", "south 2026-07-01"]
        #expect(try days(store) == expected)
        while try store.seal(minimum: 1) {}
        #expect(try days(store) == expected)
        let june = try Period(
            from: #require(LocalDay("2026-06-30")), upTo: #require(LocalDay("2026-07-01")))
        let none = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale", filters: [.days(ColumnPath("sold_at"), june)], measures: [.count]))
        #expect(none.rows[0].values == [0])
    }

    @Test func onlyOneProcessWrites() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let refusal = #expect(throws: Advice.self) { try fixture.open() }
        #expect(refusal?.kind == .busy)
        let reader = try fixture.open(.readOnly)
        #expect(try values(reader) == [0, nil])
        var batch = ChangeBatch()
        batch.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale())
        try store.commit(batch)
        #expect(try values(reader) == [1, 100])
        #expect(throws: Advice.self) { try reader.commit(batch) }
        try store.close()
        #expect(try values(try fixture.open()) == [1, 100])
    }

    @Test func aFullDeltaBecomesOneSegmentAndTheRestWaits() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let rows = StoreLimits.deltaRows + 70
        var batch = ChangeBatch()
        for number in 0..<rows {
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .text("k\(number)"),
                cells: ShopFixture.sale(net: 1))
        }
        try store.commit(batch)
        // The history of the rows has as many.
        while try store.seal() {}
        func sizes() -> [Int]? {
            store.newestState.models["sale"].map {
                $0.segments.map(\.segment.rows) + [$0.deltaRows]
            }
        }
        #expect(sizes() == [StoreLimits.deltaRows, 70])
        // Rows are found in both, by what tells that they differ or do not.
        var change = ChangeBatch()
        for number in [0, 1, StoreLimits.deltaRows - 1, StoreLimits.deltaRows, rows - 1] {
            for (net, status) in [(1, "OPEN"), (2, "OPEN"), (2, "PAID"), (2, "PAID")] {
                change.upsert(
                    model: "sale", origin: "a", company: "north", key: .text("k\(number)"),
                    cells: ShopFixture.sale(status: status, net: Int64(net)))
            }
        }
        try store.commit(change)
        #expect(try values(store) == [Int128(rows), Int128(rows + 5)])
        #expect(sizes() == [StoreLimits.deltaRows, 70 + 10])
        while try store.seal(minimum: 1) {}
        #expect(sizes() == [StoreLimits.deltaRows, 75, 0])
        try store.close()
        #expect(try values(try fixture.open()) == [Int128(rows), Int128(rows + 5)])
    }

    @Test func aLoadAppearsAtOnceOrNotAtAll() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let position = SourcePosition(text: "0/1", sourceTime: nil)
        do {
            let store = try fixture.open()
            let load = try store.beginLoad(source: "a", segmentRows: 400)
            for number in 0..<1400 {
                try load.append(
                    model: "sale", origin: "a", company: number % 2 == 0 ? "north" : "south",
                    key: .integer(Int64(number)),
                    cells: ShopFixture.sale(customer: Int64(number % 100), net: 1))
            }
            #expect(try values(store) == [0, nil])
            try store.close()
        }
        let store = try fixture.open()
        #expect(try values(store) == [0, nil])
        #expect(store.position(of: "a") == nil)
        let load = try store.beginLoad(source: "a", segmentRows: 400)
        // The referring model comes first: its mentions must meet the rows that come later.
        for number in 0..<1500 {
            try load.append(
                model: "sale", origin: "a", company: "north", key: .integer(Int64(number)),
                cells: ShopFixture.sale(customer: Int64(number % 100), net: 1))
        }
        for number in 0..<100 {
            try load.append(
                model: "customer", origin: "a", company: "north", key: .integer(Int64(number)),
                cells: ShopFixture.customer("C\(number % 3)"))
        }
        let commit = try load.finish(position: position)
        #expect(try values(store) == [1500, 1500])
        #expect(store.position(of: "a") == position)
        let names = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("customer", "name"))],
                measures: [.count]))
        #expect(names.rows.map(\.values) == [[510], [495], [495]])
        #expect(try store.rowCount(model: "sale", origin: "a") == 1500)
        #expect(commit == store.latest)
        var change = ChangeBatch()
        change.retain(model: "sale", origin: "a", keys: [.integer(7)])
        try store.commit(change)
        #expect(try values(store) == [1, 1])
        #expect(try store.verify().isWell)
    }

    @Test func anAbandonedLoadLeavesNoReferencesBehind() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        for isLast in [false, true] {
            let load = try store.beginLoad(source: "a", segmentRows: 10)
            // Enough referring rows to be written before the rows they refer to arrive.
            for number in 0..<25 {
                try load.append(
                    model: "sale", origin: "a", company: "north", key: .integer(Int64(number)),
                    cells: ShopFixture.sale(customer: Int64(number % 5)))
            }
            for number in 0..<25 {
                try load.append(
                    model: "customer", origin: "a", company: number < 20 ? "north" : "south",
                    key: .integer(Int64(number)), cells: ShopFixture.customer("C\(number)"))
            }
            if isLast {
                _ = try load.finish(position: SourcePosition(text: "1", sourceTime: nil))
            } else {
                try load.abandon()
            }
        }
        let names = try store.snapshot(ShopFixture.everyone).scan(
            ScanRequest(
                model: "sale", groups: [.value(ColumnPath("customer", "name"))],
                measures: [.count]))
        #expect(names.rows.map(\.key) == (0..<5).map { [.text("C\($0)")] })
    }

    @Test func aModelThatBecomesReferencedIsReadable() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let full = try ShopFixture.schema()
        let alone = Schema(
            models: ShopFixture.models.filter { $0.name == "customer" }, companies: full.companies)
        var batch = ChangeBatch()
        batch.upsert(
            model: "customer", origin: "a", company: "north", key: .integer(5),
            cells: ShopFixture.customer("Bo"))
        let before = try Store(path: fixture.path, schema: alone)
        try before.commit(batch)
        try before.seal(minimum: 1)
        try before.close()
        let store = try fixture.open()
        var sale = ChangeBatch()
        sale.upsert(
            model: "sale", origin: "a", company: "north", key: .integer(1),
            cells: ShopFixture.sale(customer: 5))
        try store.commit(sale)
        let byName = ScanRequest(
            model: "sale", groups: [.value(ColumnPath("customer", "name"))], measures: [.count])
        #expect(try store.snapshot(ShopFixture.everyone).scan(byName).rows[0].key == [.missing])
        // The source is read again, as it is when its mapping changes.
        try store.commit(batch)
        #expect(
            try store.snapshot(ShopFixture.everyone).scan(byName).rows[0].key == [.text("Bo")])
    }

    @Test func textsAreComparedByTheirBytes() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        for name in ["Caf\u{E9}", "Cafe\u{301}"] {
            batch.upsert(
                model: "customer", origin: "a", company: "north", key: .text(name),
                cells: ShopFixture.customer(name, kind: name))
        }
        try store.commit(batch)
        let request = ScanRequest(
            model: "customer", groups: [.value(ColumnPath("kind"))], measures: [.count])
        for _ in 0..<2 {
            #expect(
                try store.snapshot(ShopFixture.everyone).scan(request).rows.map(\.values)
                    == [[1], [1]])
            while try store.seal(minimum: 1) {}
        }
    }

    @Test func aCompanyKeepsItsZone() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        try fixture.open().close()
        let moved = try DefinitionNode(
            parsing: """
                companies:
                  - {code: north, name: N, zone: Asia/Tokyo, currency: DKK, country: DK}
                """, file: "companies.yaml")
        let error = #expect(throws: Advice.self) {
            try Store(
                path: fixture.path,
                schema: Schema(models: ShopFixture.models, companies: CompanyDirectory(moved)))
        }
        #expect(error?.kind == .definition)
    }

    @Test func aDamagedChunkIsNamed() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        for number in 0..<500 {
            batch.upsert(
                model: "sale", origin: "a", company: "north", key: .integer(Int64(number)),
                cells: ShopFixture.sale(net: Int64(number * 7919 % 1000)))
        }
        try store.commit(batch)
        while try store.seal(minimum: 1) {}
        try store.close()
        let file = try DatabaseQueue(path: fixture.path)
        try file.write { db in
            let net = "column_id = (SELECT id FROM model_column WHERE name = 'net')"
            let stored = try Data.fetchOne(db, sql: "SELECT data FROM chunk WHERE \(net)")
            var data = try #require(stored)
            data[60] ^= 1
            try db.execute(sql: "UPDATE chunk SET data = ? WHERE \(net)", arguments: [data])
        }
        try file.close()
        let damaged = try fixture.open()
        let error = #expect(throws: Advice.self) { try values(damaged) }
        #expect(error?.kind == .damaged)
        #expect(try damaged.verify().damage.count == 1)
    }

    @Test func quarantineKeepsOneRowPerKey() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var batch = ChangeBatch()
        for reason in ["unknown tenant ‘x’", "unknown tenant ‘y’"] {
            batch.quarantine(
                QuarantinedRow(source: "a", table: "sales", key: "1", reason: reason, content: "{}")
            )
        }
        try store.commit(batch)
        #expect(try store.quarantined().map(\.reason) == ["unknown tenant ‘y’"])
        var release = ChangeBatch()
        release.release(source: "a", table: "sales", key: "1")
        try store.commit(release)
        #expect(try store.quarantined().isEmpty)
    }

    /// A row is aside since it came there first, and answers that tell of it grow old with it.
    @Test func quarantineTellsSinceWhen() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock("1970-01-01T00:16:40Z")
        let store = try fixture.open(clock: clock.clock)
        func put(_ key: String, table: String = "sales", reason: String = "unknown tenant") throws {
            var batch = ChangeBatch()
            batch.quarantine(
                QuarantinedRow(source: "a", table: table, key: key, reason: reason, content: "{}"))
            try store.commit(batch)
            clock.advance(seconds: 100)
        }
        func told() throws -> [String] {
            try store.snapshot(ShopFixture.everyone).quarantine().map {
                "\($0.source) \($0.table) \($0.time?.seconds ?? 0) \($0.count)"
            }
        }
        func last(_ models: String...) throws -> UInt64 {
            try store.snapshot(ShopFixture.everyone).lastCommit(of: models)
        }
        try put("1")
        try put("2", table: "leads")
        try put("1", reason: "no currency")
        #expect(try told() == ["a leads 1100 1", "a sales 1000 1"])
        #expect(try last("sale") == 0)
        let before = try last("sale", Snapshot.quarantineName)
        var release = ChangeBatch()
        release.release(source: "a", table: "sales", key: "1")
        try store.commit(release)
        #expect(try told() == ["a leads 1100 1"])
        #expect(try last("sale", Snapshot.quarantineName) > before)
    }
}
