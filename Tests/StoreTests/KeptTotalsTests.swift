import Foundation
import Testing
import Vocabulary

@testable import Store

/// Totals and answers that are kept, against a store that keeps none.
@Suite struct KeptTotalsTests {
    private static let companies = ["north", "south", "east"]
    private static let (customer, net) = (ColumnPath("customer"), ColumnPath("net"))
    private static let (sold, status) = (ColumnPath("sold_at"), ColumnPath("status"))
    private static let revenue = Measure.sum(.column(net))

    private static let questions = [
        ScanRequest(
            model: "sale", groups: [.step(sold, .day)],
            measures: [.count, revenue, .distinct(customer)]),
        ScanRequest(model: "sale", measures: [.count, revenue, .countPresent(net)]),
        ScanRequest(
            model: "sale", groups: [.value(customer)], measures: [revenue, .count],
            top: Top(5, by: 0)),
        ScanRequest(
            model: "sale", filters: [.notAmong(sold.deriving(.weekday), [.number(3)])],
            groups: [.value(sold.deriving(.weekday)), .value(sold.deriving(.hour))],
            measures: [.count, revenue, .distinct(customer)]),
        ScanRequest(
            model: "sale", groups: [.value(status), .company],
            measures: [.count, .distinct(customer), .distinct(status)]),
        ScanRequest(
            model: "sale", filters: [.among(status, [.text("OPEN"), .text("LATE")])],
            groups: [.value(status)], measures: [.count, revenue], top: Top(1, by: 1)),
        ScanRequest(
            model: "sale", groups: [.value(ColumnPath("customer", "kind"))],
            measures: [.count, revenue]),
        ScanRequest(
            model: "sale",
            groups: [
                .step(sold, .month),
                .novelty(Novelty(member: "customer", time: "sold_at", grain: .month)),
            ], measures: [revenue, .distinct(customer)]),
        ScanRequest(
            model: "sale",
            measures: [.greatest(.column(net)), .percentile(.column(net), perMille: 500)]),
        ScanRequest(
            model: "sale", groups: [.value(status)],
            measures: [
                .sum(.valued(halved)), .countValued(halved), .least(.valued(halved)),
                .percentile(.valued(halved), perMille: 500), revenue,
            ]),
        ScanRequest(
            model: "sale", filters: [.among(customer, [.missing] + some)],
            groups: [.value(customer), .value(status)], measures: [.count, revenue]),
        ScanRequest(
            model: "sale", filters: [.notAmong(customer, some)], groups: [.value(status)],
            measures: [.count, revenue, .distinct(customer)]),
    ]

    /// A few customers of each company, and one that there is not.
    private static let some = (0...4).flatMap { company in
        [1, 5, 40, 41, 90, 150, 9_000].map {
            Cell.reference(Reference(company: company, index: $0))
        }
    }

    /// Half of what was sold to one kind of customer, from a day on.
    private static let halved = Valuation(
        net,
        [
            .init(
                ValueTable(["B2B": [.init(from: LocalDay(number: 20_500), .init(1, over: 2))]]),
                by: .column(ColumnPath("customer", "kind")), on: sold)
        ])

    /// The same rows in a store that keeps totals and in one that does not.
    private struct Pair {
        let fixtures: [ShopFixture]
        let stores: [Store]
        var dice: Dice

        init(seed: UInt64) throws {
            fixtures = [try ShopFixture(), try ShopFixture()]
            stores = [
                try fixtures[0].open(),
                try fixtures[1].open(settings: StoreSettings(memoBytes: 0)),
            ]
            dice = Dice(seed: seed)
        }

        func remove() { for fixture in fixtures { fixture.remove() } }

        func forBoth(_ body: (Store) throws -> Void) throws {
            for store in stores { try body(store) }
        }

        mutating func sale(_ key: Int64, into batch: inout ChangeBatch) {
            let day = 1 + Int.random(in: 0..<28, using: &dice)
            let month = 1 + Int.random(in: 0..<6, using: &dice)
            let isGone = dice.chance(10)
            if isGone {
                batch.delete(model: "sale", origin: "a", key: .integer(key))
                return
            }
            batch.upsert(
                model: "sale", origin: "a", company: KeptTotalsTests.companies[Int(key % 3)],
                key: .integer(key),
                cells: ShopFixture.sale(
                    customer: dice.chance(5) ? nil : Int64.random(in: 0..<200, using: &dice),
                    status: dice.pick(["OPEN", "LATE", "PAID"]),
                    net: dice.chance(3) ? nil : Int64.random(in: -500...100_000, using: &dice),
                    sold: "2026-0\(month)-\(day < 10 ? "0" : "")\(day)T12:00:00Z"))
        }

        /// Asks everything of both, in each of some scopes.
        func compare(_ step: Int, at moment: Moment = .latest) throws {
            for scope in [ShopFixture.everyone, Scope(companies: ["north", "east"])]
                + [Scope(companies: ["south"])]
            {
                for question in KeptTotalsTests.questions {
                    let answers = try stores.map { store in
                        try store.snapshot(scope, at: moment).scan(question)
                    }
                    #expect(
                        answers[0] == answers[1],
                        "step \(step), \(moment), \(scope.companies.sorted()): \(question)")
                }
            }
        }
    }

    /// Few and many rows of segments change, are sealed, merged and erased, while totals and answers
    /// follow; older commits are asked for in between.
    @Test(arguments: [1, 2] as [UInt64])
    func keptAnswersFollowChanges(seed: UInt64) throws {
        var pair = try Pair(seed: seed)
        defer { pair.remove() }
        var first = ChangeBatch()
        for customer in 0..<Int64(200) {
            for company in Self.companies {
                first.upsert(
                    model: "customer", origin: "a", company: company, key: .integer(customer),
                    cells: ShopFixture.customer("C", kind: customer % 2 == 0 ? "B2B" : "B2C"))
            }
        }
        // More rows of a company than one window has.
        for key in 0..<Int64(15_000) { pair.sale(key, into: &first) }
        try pair.forBoth { try $0.commit(first) }
        try pair.forBoth { while try $0.seal(minimum: 1) {} }
        try pair.compare(0)
        for step in 1...12 {
            var batch = ChangeBatch()
            // Now and then more rows of a segment than are read one by one.
            for _ in 0..<(step % 4 == 3 ? 600 : 9) {
                pair.sale(Int64.random(in: 0..<15_100, using: &pair.dice), into: &batch)
            }
            if step == 5 {
                batch.upsert(
                    model: "customer", origin: "a", company: "south", key: .integer(7),
                    cells: ShopFixture.customer("C", kind: "new kind"))
            }
            try pair.forBoth { try $0.commit(batch) }
            try pair.compare(step)
            switch step {
            case 4, 7, 10: try pair.forBoth { while try $0.seal(minimum: 1) {} }
            case 6, 11: try pair.forBoth { while try $0.compact(isComplete: true) {} }
            case 8:
                let rows = (0..<Int64(20)).map {
                    RowIdentity(model: "sale", origin: "a", key: .integer($0 * 11))
                }
                try pair.forBoth { _ = try $0.erase(rows) }
            default: break
            }
            try pair.compare(step)
            let newest = try pair.stores[0].snapshot(ShopFixture.everyone).commit.number
            if step % 5 == 0 { try pair.compare(step, at: .commit(newest - 2)) }
        }
    }

    /// A company whose rows are all gone takes its groups with it, and they come back.
    @Test func groupsThatNoCompanyHasAreNotShown() throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let request = ScanRequest(
            model: "sale", groups: [.value(Self.status)], measures: [.count, Self.revenue])
        func change(_ body: (inout ChangeBatch) -> Void) throws -> [[Int128?]] {
            var batch = ChangeBatch()
            body(&batch)
            try store.commit(batch)
            return try store.snapshot(ShopFixture.everyone).scan(request).rows.map(\.values)
        }
        func sale(_ company: String, _ key: Int64, _ status: String, _ batch: inout ChangeBatch) {
            batch.upsert(
                model: "sale", origin: "a", company: company, key: .integer(key),
                cells: ShopFixture.sale(status: status, net: 10))
        }
        #expect(try change { sale("north", 1, "OPEN", &$0) } == [[1, 10]])
        #expect(try change { sale("south", 2, "LATE", &$0) } == [[1, 10], [1, 10]])
        #expect(try change { sale("east", 3, "OPEN", &$0) } == [[1, 10], [2, 20]])
        #expect(
            try change { $0.delete(model: "sale", origin: "a", key: .integer(2)) } == [[2, 20]])
        #expect(
            try change { $0.delete(model: "sale", origin: "a", key: .integer(1)) } == [[1, 10]])
        #expect(try change { sale("south", 2, "LATE", &$0) } == [[1, 10], [1, 10]])
    }

    /// A window holds the numbers of its rows, however they lie in memory.
    @Test func windowsHoldTheirNumbers() throws {
        let missing = NumberVector.missing
        let samples: [[Int64]] = [
            Array(repeating: 7, count: 300),
            Array(repeating: missing, count: 300),
            (0..<300).map { Int64($0 / 40) },
            (0..<300).map { Int64($0 * 1000) - 40_000 },
            (0..<300).map { $0 % 7 == 0 ? missing : Int64($0) << 20 },
            (0..<300).map { $0 % 5 == 0 ? missing : Int64($0 % 3) },
            (0..<300).map { $0 % 2 == 0 ? .max - Int64($0) : .min + 1 + Int64($0) },
            (0..<300).map { $0 == 299 ? missing : .min + 1 + Int64($0 % 2) },
            (0..<300).map { Int64(UInt32.max) * Int64($0 % 2) },
            (0..<300).map { $0 % 3 == 0 ? missing : 255 * Int64($0 % 2) },
        ]
        for (number, sample) in samples.enumerated() {
            let encoded = NumberVector.encode(sample).encoded()
            let chunk = try #require(Chunk(encoded: encoded))
            let vectors = [try #require(NumberVector(chunk)), NumberVector(sample)]
            for vector in vectors {
                for range in [0..<300, 0..<1, 37..<139, 299..<300] {
                    #expect(vector.narrowed(range).all == Array(sample[range]), "sample \(number)")
                }
            }
        }
    }

    /// Percentiles of many sorted lists are those of their numbers together: few and many, equal ones,
    /// and the farthest apart.
    @Test func percentilesOfListsAreThoseOfAll() {
        var dice = Dice(seed: 3)
        for reach in [0, 3, 1000, Int64.max] {
            for most in [1, 9, 200] {
                var lists = (0..<7).map { _ in
                    (0..<Int.random(in: 0...most, using: &dice)).map { _ in
                        Int64.random(in: -reach...reach, using: &dice)
                    }.sorted()
                }
                lists.append([reach])
                let all = lists.flatMap { $0 }.sorted()
                for perMille in [0, 1, 250, 500, 905, 999, 1000] {
                    let (place, rest) = (
                        perMille * (all.count - 1) / 1000, perMille * (all.count - 1) % 1000
                    )
                    let (low, high) = (
                        Int128(all[place]), Int128(all[min(place + 1, all.count - 1)])
                    )
                    let found = lists.map { PercentileList(numbers: $0, isSorted: true) }
                        .percentile(perMille)
                    #expect(found == low * 1000 + (high - low) * Int128(rest))
                }
            }
        }
    }
}
