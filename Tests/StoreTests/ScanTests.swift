import Foundation
import Store
import Testing
import Vocabulary

/// Answers of scans where rows, values or moments are unusual.
@Suite struct ScanTests {
    private static let north = Scope(companies: ["north"])

    /// A sale with more of its columns to choose.
    private static func sale(
        customer: Int64? = nil, net: Int64? = 100, items: Int64? = 3, paid: Int64? = 1,
        sold: String = "2026-01-15T12:00:00Z", due: Int64? = nil
    ) -> [Cell] {
        func cell(_ number: Int64?) -> Cell { number.map(Cell.number) ?? .missing }
        var cells = ShopFixture.sale(customer: customer, net: net, sold: sold)
        cells[6] = cell(items)
        cells[7] = cell(paid)
        cells[9] = cell(due)
        return cells
    }

    private static func printed(_ result: ScanResult) -> [String] {
        result.rows.map { row in
            (row.key.map { cell -> String in
                switch cell {
                case .missing: "-"
                case .number(let number): "\(number)"
                case .text(let text): text
                case .reference(let reference): "\(reference.company):\(reference.index)"
                case .key(let key): "\(key)"
                }
            } + row.values.map { $0.map { "\($0)" } ?? "-" }).joined(separator: " ")
        }
    }

    private static func commit(
        _ store: Store, _ rows: [(key: Int64, cells: [Cell])], company: String = "north"
    ) throws {
        var batch = ChangeBatch()
        for (key, cells) in rows {
            batch.upsert(
                model: "sale", origin: "a", company: company, key: .integer(key), cells: cells)
        }
        try store.commit(batch)
    }

    private static func commit(
        _ store: Store, customer: Int64, _ name: String, kind: String
    ) throws {
        var batch = ChangeBatch()
        batch.upsert(
            model: "customer", origin: "a", company: "north", key: .integer(customer),
            cells: ShopFixture.customer(name, kind: kind))
        try store.commit(batch)
    }

    private static func answer(
        _ store: Store, _ request: ScanRequest, _ scope: Scope = north
    ) throws -> [String] {
        printed(try store.snapshot(scope).scan(request))
    }

    private static let count = [Measure.count]

    /// Rows outside of the period lie in runs between those in it.
    @Test func stepsOfAColumnInRuns() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try Self.commit(
            store,
            (0..<3000).map { key in
                (Int64(key), Self.sale(due: Int64(20_000 + key / 1000 * 10)))
            })
        while try store.seal(minimum: 1) {}
        let due = ColumnPath("due")
        let period = try Period(from: LocalDay(number: 20_010), upTo: LocalDay(number: 20_011))
        let request = ScanRequest(
            model: "sale", filters: [.days(due, period)], groups: [.step(due, .day)],
            measures: Self.count)
        #expect(try Self.answer(store, request) == ["20010 1000"])
    }

    /// −1 is next to the place of missing values in a table of numbers.
    @Test func aDateThatMeansNeverIsAStepLikeOthers() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let never = try #require(LocalDay("9999-12-31")).number
        try Self.commit(
            store, [(1, Self.sale(due: 20_454)), (2, Self.sale(due: Int64(never)))])
        let request = ScanRequest(
            model: "sale", groups: [.step(ColumnPath("due"), .year)], measures: [.count])
        let first = try #require(LocalDay("9999-01-01")).number
        for _ in 0..<2 {
            #expect(try Self.answer(store, request) == ["20454 1", "\(first) 1"])
        }
    }

    @Test func minusOneIsNotMissing() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try Self.commit(
            store, (0..<10).map { (Int64($0), Self.sale(items: $0 == 9 ? nil : Int64($0) - 2)) })
        let items = ColumnPath("items")
        for isSealed in [false, true] {
            if isSealed { while try store.seal(minimum: 1) {} }
            func count(_ filter: Filter) throws -> [String] {
                try Self.answer(
                    store, ScanRequest(model: "sale", filters: [filter], measures: Self.count))
            }
            #expect(try count(.among(items, [.missing, .number(2)])) == ["2"])
            #expect(try count(.notAmong(items, [.missing, .number(2)])) == ["8"])
            #expect(try count(.among(items, (0...12).map { .number($0) } + [.missing])) == ["8"])
            #expect(try count(.notAmong(items, [.number(2), .number(3)])) == ["8"])
            #expect(try count(.range(items, .min ... .min)) == ["0"])
        }
    }

    /// By moments, local days, decimals of different length, and words of two dictionaries.
    @Test func columnsAreComparedWithinARow() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        // 20 468 is 15 January 2026; in Copenhagen the third sale is of the 16th.
        try Self.commit(store, customer: 1, "Ada", kind: "OPEN")
        try Self.commit(store, customer: 2, "Bo", kind: "B2B")
        try Self.commit(
            store,
            [
                (1, Self.sale(customer: 1, items: 1, due: 20_467)),
                (2, Self.sale(customer: 2, items: 2, due: 20_468)),
                (3, Self.sale(customer: 9, items: 3, sold: "2026-01-15T23:30:00Z", due: 20_468)),
                (4, Self.sale(items: nil)),
            ])
        let (due, sold) = (ColumnPath("due"), ColumnPath("sold_at"))
        let (items, quantity) = (ColumnPath("items"), ColumnPath("quantity"))
        let (status, kind) = (ColumnPath("status"), ColumnPath("customer", "kind"))
        for isSealed in [false, true] {
            if isSealed { while try store.seal(minimum: 1) {} }
            func keys(_ filter: Filter) throws -> [String] {
                let rows = try store.snapshot(Self.north).rows(
                    RowRequest(
                        model: "sale", filters: [filter], columns: [items],
                        order: [
                            RowRequest.Order(items)
                        ]))
                var found: [String] = []
                try rows.forEachRow { row in
                    if case .number(let number) = row.cells[0] { found.append("\(number)") }
                }
                let counted = try Self.answer(
                    store, ScanRequest(model: "sale", filters: [filter], measures: Self.count))
                #expect(counted == ["\(found.count)"])
                return found
            }
            #expect(try keys(.compared(due, [.below], sold)) == ["1", "3"])
            #expect(try keys(.compared(due, [.equal], sold)) == ["2"])
            #expect(try keys(.compared(sold, [.equal, .above], due)) == ["1", "2", "3"])
            // One and a half of everything.
            #expect(try keys(.compared(items, [.above], quantity)) == ["2", "3"])
            #expect(try keys(.compared(quantity, [.above], items)) == ["1"])
            // Nobody knows the customer of the third.
            #expect(try keys(.compared(status, [.equal], kind)) == ["1"])
            #expect(try keys(.compared(status, [.below, .above], kind)) == ["2"])
            #expect(throws: Advice.self) { try keys(.compared(status, [.equal], items)) }
        }
    }

    /// The first rows of members may depend on other models.
    @Test func firstRowsFollowAttributes() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try Self.commit(store, customer: 1, "A", kind: "B2B")
        try Self.commit(
            store, [(1, Self.sale(customer: 1)), (2, Self.sale(customer: 1))])
        let request = ScanRequest(
            model: "sale",
            groups: [
                .novelty(
                    Novelty(
                        member: "customer", time: "sold_at", grain: .day,
                        filters: [.among(ColumnPath("customer", "kind"), [.text("B2B")])]))
            ], measures: Self.count)
        #expect(try Self.answer(store, request) == ["1 2"])
        try Self.commit(store, customer: 1, "A", kind: "B2C")
        #expect(try Self.answer(store, request) == ["- 2"])
        try Self.commit(store, customer: 1, "A", kind: "B2B")
        #expect(try Self.answer(store, request) == ["1 2"])
    }

    /// Each of several such dimensions has first rows of its own.
    @Test func twoKindsOfFirstRows() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        func novelty(_ items: Int64) -> Group {
            .novelty(
                Novelty(
                    member: "customer", time: "sold_at", grain: .day,
                    filters: [.among(ColumnPath("items"), [.number(items)])]))
        }
        for groups in [[novelty(3), novelty(4)], [novelty(4), novelty(3)]] {
            let request = ScanRequest(model: "sale", groups: groups, measures: Self.count)
            let first: Int64 = groups[0] == novelty(3) ? 1 : 11
            try Self.commit(
                store,
                [
                    (first, Self.sale(customer: first, items: 3, sold: "2026-01-15T12:00:00Z")),
                    (first + 1, Self.sale(customer: first, items: 4, sold: "2026-01-15T12:00:00Z")),
                ])
            for (key, items) in [(Int64(2), Int64(3)), (3, 4)] {
                _ = try Self.answer(store, request)
                try Self.commit(
                    store,
                    [
                        (
                            first + key,
                            Self.sale(
                                customer: first, items: items,
                                sold: "2026-01-1\(4 - key % 2)T12:00:00Z")
                        )
                    ])
                let fresh = try fixture.open(
                    .readOnly, settings: StoreSettings(memoBytes: 0))
                #expect(try Self.answer(store, request) == Self.answer(fresh, request))
            }
        }
    }

    /// Versions that ended may be gone before kept totals learn of their end.
    @Test func totalsFromBeyondTheHorizon() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let clock = TestClock()
        let settings = StoreSettings(horizonDays: 1)
        let store = try fixture.open(clock: clock.clock, settings: settings)
        try Self.commit(store, (0..<100).map { (Int64($0), Self.sale(net: 1)) })
        while try store.seal(minimum: 1) {}
        let request = ScanRequest(
            model: "sale", measures: [.count, .sum(.column(ColumnPath("net")))])
        #expect(try Self.answer(store, request) == ["100 100"])
        clock.advance(days: 1)
        try Self.commit(store, (0..<50).map { (Int64($0), Self.sale(net: 10)) })
        while try store.seal(minimum: 1) {}
        clock.advance(days: 5)
        try Self.commit(store, [(1000, Self.sale(net: 1))])
        clock.advance(days: 5)
        for _ in 0..<10 { try store.compact(isComplete: true, segmentRows: 1000) }
        #expect(try store.health().oldestCommit > 1)
        #expect(try Self.answer(store, request) == ["101 551"])
    }

    /// A key may become a row's after sales refer to it.
    @Test func keysThatArriveLater() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try Self.commit(store, [(1, Self.sale(customer: 7))])
        let request = ScanRequest(
            model: "sale", filters: [.among(ColumnPath("customer"), [.key(.integer(7))])],
            measures: Self.count)
        let before = try Self.answer(store, request)
        let fresh = try fixture.open(.readOnly, settings: StoreSettings(memoBytes: 0))
        #expect(try before == Self.answer(fresh, request))
        try Self.commit(store, customer: 7, "A", kind: "B2B")
        #expect(try Self.answer(store, request) == ["1"])
    }

    /// Rows that others refer to are found by who they are, for whoever sees those that refer to them.
    @Test func whoReferredRowsAre() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try Self.commit(store, customer: 7, "A", kind: "B2B")
        try Self.commit(store, [(1, Self.sale(customer: 7)), (2, Self.sale(customer: 8))])
        try Self.commit(store, [(3, Self.sale(customer: 9))])
        try Self.commit(store, customer: 8, "B", kind: "B2B")
        func keys(_ scope: Scope, at moment: Moment = .latest) throws -> [String] {
            let snapshot = try store.snapshot(scope, at: moment)
            let groups = try store.snapshot(Self.north).scan(
                ScanRequest(
                    model: "sale", groups: [.value(ColumnPath("customer"))],
                    measures: Self.count)
            ).rows
            let references = groups.compactMap { row -> Reference? in
                guard case .reference(let reference) = row.key[0] else { return nil }
                return reference
            }
            #expect(references.count == 3)
            return try snapshot.names(model: "customer", of: references).values.map {
                "\($0.origin) \($0.key)"
            }.sorted()
        }
        let limited = Scope(
            companies: ["north"], limits: ["customer": [.among(ColumnPath("name"), [])]])
        for _ in 0..<2 {
            #expect(try keys(Self.north) == ["a 7", "a 8"])
            #expect(try keys(limited) == ["a 7", "a 8"])
            #expect(try keys(Scope(companies: ["south"])) == [])
            #expect(try keys(Self.north, at: .commit(3)) == ["a 7"])
            while try store.seal(minimum: 1) {}
        }
        var batch = ChangeBatch()
        batch.delete(model: "customer", origin: "a", key: .integer(7))
        try store.commit(batch)
        #expect(try keys(Self.north) == ["a 8"])
    }

    /// Sums leave 64 bits in segments, in the delta, with and without groups, and come back.
    @Test func sumsBeyond64Bits() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let extremes: [Int64?] = [
            .max, .max, .min + 1, .max, nil, 1 << 62, -(1 << 62), .max, .min + 1, 5, -1, 0,
        ]
        var rows: [Int64: (net: Int64?, items: Int64)] = [:]
        var dice = Dice(seed: 7)
        let net = ColumnPath("net")
        let measures: [Measure] = [
            .sum(.column(net)), .countPresent(net), .least(.column(net)), .greatest(.column(net)),
            .distinct(net), .count,
        ]
        let plain = ScanRequest(model: "sale", measures: measures)
        let grouped = ScanRequest(
            model: "sale", groups: [.value(ColumnPath("items"))], measures: measures)
        for round in 0..<6 {
            var changes: [(Int64, [Cell])] = []
            for _ in 0..<(round == 0 ? 6000 : 300) {
                let key = Int64.random(in: 0..<9000, using: &dice)
                let row = (
                    net: dice.pick(extremes), items: Int64.random(in: 0..<4, using: &dice)
                )
                rows[key] = row
                changes.append((key, Self.sale(net: row.net, items: row.items)))
            }
            try Self.commit(store, changes)
            if round % 3 == 1 { while try store.seal(minimum: 1) {} }
            func values(_ some: [(net: Int64?, items: Int64)]) -> String {
                let numbers = some.compactMap(\.net)
                return [
                    "\(numbers.reduce(Int128(0)) { $0 + Int128($1) })", "\(numbers.count)",
                    numbers.min().map { "\($0)" } ?? "-", numbers.max().map { "\($0)" } ?? "-",
                    "\(Set(numbers).count)", "\(some.count)",
                ].joined(separator: " ")
            }
            let all = Array(rows.values)
            #expect(try Self.answer(store, plain) == [values(all)], "round \(round)")
            let expected = (0..<4).map { items in
                "\(items) \(values(all.filter { $0.items == Int64(items) }))"
            }
            #expect(try Self.answer(store, grouped) == expected, "round \(round)")
        }
    }

    /// Rows that refer to nothing are one group of all companies, be they the first in none of them.
    @Test(arguments: [false, true]) func missingReferencesAreSharedByCompanies(
        isKept: Bool
    ) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open(settings: StoreSettings(memoBytes: isKept ? 1 << 20 : 0))
        let customer = ColumnPath("customer")
        let request = ScanRequest(
            model: "sale", groups: [.value(customer)],
            measures: [.count, .sum(.column(ColumnPath("net")))], top: Top(2, by: 0))
        var key = Int64(0)
        func sell(_ company: String, to customer: Int64?, _ times: Int) throws {
            var rows: [(Int64, [Cell])] = []
            for _ in 0..<times {
                key += 1
                rows.append((key, Self.sale(customer: customer)))
            }
            try Self.commit(store, rows, company: company)
        }
        for (number, company) in ["north", "south", "east"].enumerated() {
            try sell(company, to: nil, 3)
            for other in 0..<4 { try sell(company, to: Int64(number * 10 + other), 4 + other) }
        }
        func counts() throws -> [Int128?] {
            let found = try store.snapshot(ShopFixture.everyone).scan(request)
            #expect(found.rows.first?.key == [.missing])
            return found.rows.map { $0.values[0] } + [found.others?[0]]
        }
        #expect(try counts() == [9, 7, 59])
        try sell("south", to: nil, 1)
        try sell("east", to: 20, 1)
        #expect(try counts() == [10, 7, 60])
        while try store.seal(minimum: 1) {}
        #expect(try counts() == [10, 7, 60])
    }

    /// Many groups, more than one batch per company, rows in segments and in the delta, and changes:
    /// kept totals, totals made anew and threads agree with sums made here.
    @Test func manyGroupsAndBatches() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let fresh = try fixture.open(.readOnly, settings: StoreSettings(memoBytes: 0, threads: 3))
        var dice = Dice(seed: 3)
        var rows: [Int64: (net: Int64, items: Int64?, customer: Int64)] = [:]
        let (net, items, customer) = (
            ColumnPath("net"), ColumnPath("items"), ColumnPath("customer")
        )
        let measures: [Measure] = [
            .count, .sum(.column(net)), .distinct(customer), .greatest(.column(net)),
            .percentile(.column(net), perMille: 500),
        ]
        let requests = [
            ScanRequest(
                model: "sale", groups: [.value(items), .value(net)], measures: measures),
            ScanRequest(
                model: "sale", groups: [.value(customer), .value(items)], measures: measures,
                top: Top(20, by: 1)),
            ScanRequest(model: "sale", groups: [.value(items)], measures: measures),
            ScanRequest(
                model: "sale", groups: [.value(customer)], measures: [.count], top: Top(7, by: 0)),
        ]
        for round in 0..<4 {
            var changes: [(Int64, [Cell])] = []
            for _ in 0..<(round == 0 ? 9_000 : 60) {
                let key = Int64.random(in: 0..<9_000, using: &dice)
                let row = (
                    net: Int64.random(in: -90...90, using: &dice) * (1 << 40),
                    items: dice.chance(5) ? nil : Int64.random(in: -500...500, using: &dice),
                    customer: Int64.random(in: 0..<Int64(900 + round * 40), using: &dice)
                )
                rows[key] = row
                changes.append(
                    (key, Self.sale(customer: row.customer, net: row.net, items: row.items)))
            }
            try Self.commit(store, changes)
            if round % 2 == 0 { while try store.seal(minimum: 1) {} }
            for request in requests {
                #expect(
                    try Self.answer(store, request) == Self.answer(fresh, request),
                    "round \(round): \(request)")
            }
            let found = try store.snapshot(Self.north).scan(requests[2])
            let expected = Dictionary(grouping: rows.values) { $0.items }
            #expect(found.rows.count == expected.count)
            for row in found.rows {
                var key: Int64?
                if case .number(let number) = row.key[0] { key = number }
                let some = expected[key] ?? []
                let nets = some.map { Int128($0.net) }.sorted()
                let median =
                    nets.isEmpty ? 0 : (nets[(nets.count - 1) / 2] + nets[nets.count / 2]) * 500
                #expect(
                    row.values == [
                        Int128(some.count), nets.reduce(0, +),
                        Int128(Set(some.map(\.customer)).count), nets.last, median,
                    ])
            }
        }
    }

    /// Readers of several commits ask the same questions while another thread commits.
    @Test func readersBesideAWriter() async throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let (net, items) = (ColumnPath("net"), ColumnPath("items"))
        // Commit n has n rows of 1 each, of which every item is the same.
        let request = ScanRequest(
            model: "sale",
            groups: [
                .value(items),
                .novelty(Novelty(member: "customer", time: "sold_at", grain: .day)),
            ],
            measures: [.count, .sum(.column(net)), .distinct(ColumnPath("customer"))])
        try Self.commit(store, [(0, Self.sale(customer: 0, net: 1))])
        let first = try store.snapshot(Self.north).commit.number
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for round in 1..<150 {
                    try Self.commit(
                        store, [(Int64(round), Self.sale(customer: Int64(round % 9), net: 1))])
                    if round % 40 == 0 { _ = try store.seal(minimum: 1) }
                }
            }
            for _ in 0..<3 {
                tasks.addTask {
                    var held: [Snapshot] = []
                    for round in 0..<250 {
                        let newest = try store.snapshot(Self.north)
                        if round % 20 == 0 { held.append(newest) }
                        for snapshot in [newest] + held.suffix(2) {
                            let rows = Int128(snapshot.commit.number - first + 1)
                            let answer = try snapshot.scan(request)
                            #expect(answer.rows.map(\.values) == [[rows, rows, min(rows, 9)]])
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// Rows from before a column existed are missing in it, in segments and in the delta.
    @Test func columnsThatCameLater() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let full = try ShopFixture.schema()
        let sale = ShopFixture.models[0]
        let early = Schema(
            models: [
                Model(
                    name: "sale", label: "Sale", columns: Array(sale.columns.dropLast()),
                    timeColumn: "sold_at"), ShopFixture.models[1],
            ], companies: full.companies)
        do {
            let store = try Store(path: fixture.path, schema: early)
            for keys in [Int64(0)..<10, 10..<15] {
                try Self.commit(
                    store, keys.map { ($0, Array(Self.sale(customer: $0 % 3).dropLast())) })
                if keys.lowerBound == 0 { while try store.seal(minimum: 1) {} }
            }
            try store.close()
        }
        let store = try fixture.open()
        let due = ColumnPath("due")
        let request = ScanRequest(
            model: "sale", groups: [.step(due, .month)],
            measures: [.count, .countPresent(due), .least(.column(due)), .distinct(due)])
        #expect(try Self.answer(store, request) == ["- 15 0 - 0"])
        try Self.commit(store, [(3, Self.sale(due: 20_000)), (20, Self.sale(due: 20_001))])
        #expect(try Self.answer(store, request) == ["- 14 0 - 0", "19997 2 2 20000 2"])
        let ranged = ScanRequest(
            model: "sale", filters: [.range(due, -5...30_000)], groups: [.value(due)],
            measures: Self.count)
        #expect(try Self.answer(store, ranged) == ["20000 1", "20001 1"])
    }
}
