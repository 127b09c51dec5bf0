import Foundation
import GRDB
import Store
import Testing
import Vocabulary

/// The store against plain SQLite tables: the same random changes, the same random questions.
@Suite struct DifferentialTests {
    /// A history is replayed with `REPORTD_SEED=n`.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["REPORTD_SEED"].flatMap(UInt64.init).map { [$0] }
        ?? Array(1...12)

    @Test(arguments: seeds)
    func randomHistoriesAgree(seed: UInt64) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var run = try HistoryRun(fixture: fixture, seed: seed)
        try run.run(steps: 60)
    }
}

/// One random history.
private struct HistoryRun {
    private let fixture: ShopFixture
    private let oracle: DatabaseQueue
    private let seed: UInt64
    private var dice: Dice
    private var store: Store
    private var answers: [(commit: UInt64, request: ScanRequest, answer: [[String]])] = []
    private var favourites: [Question] = []
    private let clock = TestClock()
    private var erased: Set<Int64> = []
    private var erasedCustomers: Set<Int64> = []
    /// Snapshots that are kept open while the store is maintained, with what they answered.
    private var held: [(snapshot: Snapshot, request: ScanRequest, answer: [[String]])] = []

    private static let settings = StoreSettings(horizonDays: 20)

    private static let companies = ["north", "south", "east"]
    private static let statuses = ["OPEN", "PAID", "LOST", "Ærlig"]

    init(fixture: ShopFixture, seed: UInt64) throws {
        self.fixture = fixture
        self.seed = seed
        dice = Dice(seed: seed)
        store = try fixture.open(clock: clock.clock, settings: Self.settings)
        oracle = try DatabaseQueue(configuration: Self.withPercentiles)
        try oracle.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE sale (id INTEGER PRIMARY KEY, company TEXT, customer INTEGER,
                        status TEXT, net INTEGER, currency TEXT, quantity INTEGER, items INTEGER,
                        paid INTEGER, sold_at INTEGER, sold_day INTEGER, due INTEGER,
                        sold_hour INTEGER);
                    CREATE TABLE customer (id INTEGER, company TEXT, name TEXT, kind TEXT,
                        PRIMARY KEY (id));
                    CREATE TABLE change (id INTEGER, company TEXT, name TEXT, event TEXT,
                        from_word TEXT, to_word TEXT, from_number INTEGER, to_number INTEGER);
                    """)
        }
    }

    mutating func run(steps: Int) throws {
        for step in 0..<steps {
            switch Int.random(in: 0..<20, using: &dice) {
            case 0, 1: while try store.seal(minimum: 1) {}
            case 2:
                held = []
                try store.close()
                store = try fixture.open(clock: clock.clock, settings: Self.settings)
            case 3, 4, 5:
                for _ in 0..<Int.random(in: 1...6, using: &dice) {
                    try store.compact(isComplete: true, segmentRows: 16)
                }
            case 6: while try store.compact(isComplete: true, segmentRows: 50) {}
            case 7:
                clock.advance(days: Int64.random(in: 0...8, using: &dice))
                for _ in 0..<5 { try store.reclaim() }
            case 8: if dice.chance(40) { try erase() }
            default: try change()
            }
            try compare(step: step)
            try compareHistory(step: step)
        }
        let oldest = try store.health().oldestCommit
        for (commit, request, answer) in answers {
            // That the store was empty before its first commit is always known.
            if commit > 0, commit < oldest {
                #expect(throws: Advice.self) {
                    try store.snapshot(ShopFixture.everyone, at: .commit(commit))
                }
                continue
            }
            let then = try store.snapshot(ShopFixture.everyone, at: .commit(commit))
            #expect(
                Self.printed(try then.scan(request)) == answer, "seed \(seed), commit \(commit)")
        }
        for (snapshot, request, answer) in held {
            #expect(
                Self.printed(try snapshot.scan(request)) == answer,
                "seed \(seed), snapshot held at commit \(snapshot.commit.number)")
        }
        #expect(try store.verify().isWell, "seed \(seed)")
    }

    /// SQLite with an aggregate `percentile(number, thousandths)`, worked out from sorted numbers.
    private static var withPercentiles: Configuration {
        struct Percentile: DatabaseAggregate {
            var numbers: [Int64] = []
            var share: Int64 = 0

            mutating func step(_ values: [DatabaseValue]) {
                share = Int64.fromDatabaseValue(values[1]) ?? 0
                if let number = Int64.fromDatabaseValue(values[0]) { numbers.append(number) }
            }

            func finalize() -> (any DatabaseValueConvertible)? {
                guard !numbers.isEmpty else { return nil }
                let sorted = numbers.sorted()
                let rank = share * Int64(sorted.count - 1)
                let (low, rest) = (Int(rank / 1000), rank % 1000)
                let high = min(low + 1, sorted.count - 1)
                return sorted[low] * 1000 + (sorted[high] - sorted[low]) * rest
            }
        }
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            db.add(
                function: DatabaseFunction(
                    "percentile", argumentCount: 2, pure: true, aggregate: Percentile.self))
        }
        return configuration
    }

    /// Erases some sales and customers; their past answers are no longer given.
    private mutating func erase() throws {
        var rows: [RowIdentity] = []
        for _ in 0..<Int.random(in: 1...3, using: &dice) {
            if dice.chance(70) {
                let id = Int64.random(in: 1...60, using: &dice)
                erased.insert(id)
                rows.append(RowIdentity(model: "sale", origin: "a", key: .integer(id)))
                try oracle.write {
                    try $0.execute(sql: "DELETE FROM sale WHERE id = ?", arguments: [id])
                    try $0.execute(sql: "DELETE FROM change WHERE id = ?", arguments: [id])
                }
            } else {
                let id = Int64.random(in: 0..<12, using: &dice)
                erasedCustomers.insert(id)
                rows.append(RowIdentity(model: "customer", origin: "a", key: .integer(id)))
                try oracle.write {
                    try $0.execute(sql: "DELETE FROM customer WHERE id = ?", arguments: [id])
                }
            }
        }
        answers = []
        held = []
        #expect(try store.erase(rows).isClean)
    }

    /// Enters into the oracle what an upsert or a deletion means for the columns with history.
    private func note(_ id: Int64, company: String?, status: String?, net: Int64?) throws {
        try oracle.write { db in
            let before = try Row.fetchOne(
                db, sql: "SELECT company, status, net FROM sale WHERE id = ?", arguments: [id])
            let known = before?["company"] as String?
            func enter(
                _ company: String, _ event: String, _ from: (String?, Int64?),
                _ to: (String?, Int64?)
            ) throws {
                if from.0 != to.0 {
                    try db.execute(
                        sql: "INSERT INTO change VALUES (?, ?, 'status', ?, ?, ?, NULL, NULL)",
                        arguments: [id, company, event, from.0, to.0])
                }
                if from.1 != to.1 {
                    try db.execute(
                        sql: "INSERT INTO change VALUES (?, ?, 'net', ?, NULL, NULL, ?, ?)",
                        arguments: [id, company, event, from.1, to.1])
                }
            }
            let from = (before?["status"] as String?, before?["net"] as Int64?)
            if let known, let company, known == company {
                try enter(company, "changed", from, (status, net))
            } else {
                if let known { try enter(known, "ended", from, (nil, nil)) }
                if let company { try enter(company, "began", (nil, nil), (status, net)) }
            }
        }
    }

    private func compareHistory(step: Int) throws {
        let request = ScanRequest(
            model: "sale_history",
            groups: [
                .company, .value(ColumnPath("column")), .value(ColumnPath("event")),
                .value(ColumnPath("to_word")),
            ],
            measures: [
                .count, .sum(.column(ColumnPath("from_number"))),
                .sum(.column(ColumnPath("to_number"))),
                .countPresent(ColumnPath("from_word")),
            ])
        let answer = Self.printed(try store.snapshot(ShopFixture.everyone).scan(request))
        let expected = try oracle.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT company, name, event, to_word, count(*), sum(from_number),
                        sum(to_number), count(from_word)
                    FROM change GROUP BY 1, 2, 3, 4
                    """
            ).map(Self.printed)
        }
        #expect(
            answer.sorted { $0.lexicographicallyPrecedes($1) }
                == expected.sorted { $0.lexicographicallyPrecedes($1) },
            "history, seed \(seed), step \(step)")
    }

    private static func printed(_ row: Row) -> [String] {
        (0..<row.count).map { index in
            row.hasNull(atIndex: index)
                ? "-"
                : "\(row[index] as DatabaseValue)"
                    .trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
    }

    private mutating func change() throws {
        var batch = ChangeBatch()
        let zones = Dictionary(
            uniqueKeysWithValues: try ShopFixture.schema().companies.companies.map {
                ($0.code, $0.zone)
            })
        for _ in 0..<Int.random(in: 1...30, using: &dice) {
            let id = Int64.random(in: 1...60, using: &dice)
            if dice.chance(15) {
                batch.delete(model: "sale", origin: "a", key: .integer(id))
                try note(id, company: nil, status: nil, net: nil)
                try oracle.write {
                    try $0.execute(sql: "DELETE FROM sale WHERE id = ?", arguments: [id])
                }
            } else if dice.chance(25) {
                let customer = id % 12
                let company = Self.companies[Int(customer % 3)]
                let name = dice.chance(10) ? nil : "Name \(Int.random(in: 0..<6, using: &dice))"
                let kind = dice.chance(20) ? nil : dice.pick(["B2B", "B2C"])
                batch.upsert(
                    model: "customer", origin: "a", company: company, key: .integer(customer),
                    cells: ShopFixture.customer(name, kind: kind))
                if erasedCustomers.contains(customer) { continue }
                try oracle.write {
                    try $0.execute(
                        sql: "INSERT OR REPLACE INTO customer VALUES (?, ?, ?, ?)",
                        arguments: [customer, company, name, kind])
                }
            } else {
                try upsert(id, zones: zones, into: &batch)
            }
        }
        if dice.chance(5) {
            batch.retain(model: "sale", origin: "a", keys: Set((1...40).map { .integer($0) }))
            for id in Int64(41)...60 { try note(id, company: nil, status: nil, net: nil) }
            try oracle.write { try $0.execute(sql: "DELETE FROM sale WHERE id > 40") }
        }
        clock.advance(seconds: 3600)
        try store.commit(batch)
    }

    private mutating func upsert(
        _ id: Int64, zones: [String: Zone], into batch: inout ChangeBatch
    ) throws {
        let company = dice.pick(Self.companies)
        let customer: Int64? = dice.chance(20) ? nil : Int64.random(in: 0..<12, using: &dice)
        let status = dice.chance(10) ? nil : dice.pick(Self.statuses)
        let net: Int64? =
            dice.chance(10) ? nil : Int64.random(in: -5_000...5_000_000_000, using: &dice)
        let currency = dice.pick(["DKK", "EUR"])
        let quantity = Int64.random(in: 0...500, using: &dice)
        let items: Int64? = dice.chance(50) ? nil : Int64.random(in: -3...3, using: &dice)
        let paid = Int64.random(in: 0...1, using: &dice)
        // Around the change to summer time, and year ends.
        let base = dice.pick([1_774_745_000, 1_767_222_000, 1_782_860_400] as [Int64])
        let sold =
            dice.chance(5)
            ? nil : (base + Int64.random(in: -90_000...90_000, using: &dice)) * 1_000_000
        let day = sold.flatMap { sold in
            zones[company]?.day(of: Instant(microseconds: sold)).number
        }
        // By another library than the store's own.
        let hour = try sold.map { sold -> Int64 in
            let name = try #require(zones[company]).name
            let zone = try #require(TimeZone(identifier: name))
            let seconds = Int64((Double(sold) / 1_000_000).rounded(.down))
            let offset = zone.secondsFromGMT(
                for: Date(timeIntervalSince1970: TimeInterval(seconds)))
            return (seconds + Int64(offset)) % 86_400 / 3600
        }
        // Equal ones make runs in segments.
        let due: Int64? =
            dice.chance(10)
            ? nil
            : dice.chance(20) ? Int64.random(in: 20_000...20_100, using: &dice) : 20_000 + base % 80
        func cell(_ number: Int64?) -> Cell { number.map(Cell.number) ?? .missing }
        batch.upsert(
            model: "sale", origin: "a", company: company, key: .integer(id),
            cells: [
                .text("S\(id)"), customer.map { .key(.integer($0)) } ?? .missing,
                status.map(Cell.text) ?? .missing, cell(net), .text(currency), cell(quantity),
                cell(items), cell(paid), cell(sold), cell(due),
            ])
        if erased.contains(id) { return }
        try note(id, company: company, status: status, net: net)
        try oracle.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    id, company, customer.flatMap { erasedCustomers.contains($0) ? nil : $0 },
                    status, net, currency, quantity, items, paid, sold, day,
                    due, hour,
                ])
        }
    }

    // MARK: Questions

    private static let dimensions: [(group: Group, sql: String)] = [
        (.company, "s.company"),
        (.value(ColumnPath("status")), "s.status"),
        (.value(ColumnPath("currency")), "s.currency"),
        (.value(ColumnPath("customer", "name")), "c.name"),
        (.value(ColumnPath("customer", "kind")), "c.kind"),
        (.value(ColumnPath("items")), "s.items"),
        (.step(ColumnPath("sold_at"), .day), "s.sold_day"),
        // Monday of the week: day 0 was a Thursday.
        (
            .step(ColumnPath("sold_at"), .week),
            "s.sold_day - ((s.sold_day + 3) % 7)"
        ),
        (
            .step(ColumnPath("sold_at"), .month),
            "unixepoch(s.sold_day * 86400, 'unixepoch', 'start of month') / 86400"
        ),
        (.step(ColumnPath("due"), .day), "s.due"),
        (.value(ColumnPath("net")), "s.net"),
        (
            .band(ColumnPath("net"), bounds: [-4000, 0, 1_000_000_000]),
            "(s.net >= -4000) + (s.net >= 0) + (s.net >= 1000000000)"
        ),
        (.band(ColumnPath("due"), bounds: [20_050]), "s.due >= 20050"),
        (.value(ColumnPath("sold_at").deriving(.weekday)), "(s.sold_day + 3) % 7 + 1"),
        (.value(ColumnPath("due").deriving(.weekday)), "(s.due + 3) % 7 + 1"),
        (.value(ColumnPath("sold_at").deriving(.hour)), "s.sold_hour"),
        (
            .value(ColumnPath("sold_at").deriving(.dayOfMonth)),
            "CAST(strftime('%d', s.sold_day * 86400, 'unixepoch') AS INTEGER)"
        ),
        (
            .value(ColumnPath("sold_at").deriving(.monthOfYear)),
            "CAST(strftime('%m', s.sold_day * 86400, 'unixepoch') AS INTEGER)"
        ),
        (
            .value(ColumnPath("net").deriving(.band([-4000, 0, 1_000_000_000]))),
            "(s.net >= -4000) + (s.net >= 0) + (s.net >= 1000000000)"
        ),
        (
            .novelty(
                Novelty(
                    member: "customer", time: "sold_at", grain: .day,
                    filters: [.among(ColumnPath("customer", "kind"), [.text("B2C"), .missing])])),
            "CASE WHEN g.first IS NULL OR s.sold_day < g.first THEN NULL "
                + "ELSE s.sold_day = g.first END"
        ),
        (
            .novelty(Novelty(member: "customer", time: "sold_at", grain: .day)),
            "CASE WHEN f.first IS NULL OR s.sold_day < f.first THEN NULL "
                + "ELSE s.sold_day = f.first END"
        ),
    ]

    private static let measures: [(measure: Measure, sql: String)] = [
        (.count, "count(*)"),
        (.sum(.column(ColumnPath("net"))), "sum(s.net)"),
        (.sum(.column(ColumnPath("quantity"))), "sum(s.quantity)"),
        (.countPresent(ColumnPath("net")), "count(s.net)"),
        (.least(.column(ColumnPath("sold_at"))), "min(s.sold_at)"),
        (.greatest(.column(ColumnPath("net"))), "max(s.net)"),
        (.distinct(ColumnPath("customer")), "count(DISTINCT s.company || s.customer)"),
        (.distinct(ColumnPath("status")), "count(DISTINCT s.status)"),
        (.distinct(ColumnPath("net")), "count(DISTINCT s.net)"),
        (.distinct(ColumnPath("customer", "name")), "count(DISTINCT c.name)"),
        (.greatest(.column(ColumnPath("due"))), "max(s.due)"),
        (
            .sum(.elapsed(from: ColumnPath("due"), to: ColumnPath("due"))),
            "sum(s.due - s.due)"
        ),
        (
            .sum(.column(ColumnPath("sold_at").deriving(.daysBefore(LocalDay(number: 20_600))))),
            "sum(20600 - s.sold_day)"
        ),
        (
            .least(.column(ColumnPath("due").deriving(.daysBefore(LocalDay(number: 20_600))))),
            "min(20600 - s.due)"
        ),
        (.percentile(.column(ColumnPath("net")), perMille: 500), "percentile(s.net, 500)"),
        (.percentile(.column(ColumnPath("items")), perMille: 905), "percentile(s.items, 905)"),
    ]

    private mutating func filters() throws -> [(filter: Filter, sql: String)] {
        var chosen: [(Filter, String)] = []
        if dice.chance(40) {
            let start = LocalDay(
                number: dice.pick([20_540, 20_452, 20_633]) + Int32(dice.pick([-1, 0, 1])))
            let end = start.adding(days: Int.random(in: 0...3, using: &dice))
            chosen.append(
                (
                    .days(ColumnPath("sold_at"), try Period(from: start, upTo: end)),
                    "s.sold_day >= \(start.number) AND s.sold_day < \(end.number)"
                ))
        }
        if dice.chance(30) {
            chosen.append(
                (
                    .among(ColumnPath("status"), [.text("OPEN"), .text("never seen"), .missing]),
                    "(s.status IS NULL OR s.status IN ('OPEN', 'never seen'))"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .notAmong(ColumnPath("status"), [.text("PAID")]),
                    "(s.status IS NULL OR s.status <> 'PAID')"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (.among(ColumnPath("customer", "kind"), [.text("B2C")]), "c.kind = 'B2C'"))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .range(ColumnPath("net"), -100...2_000_000_000),
                    "s.net BETWEEN -100 AND 2000000000"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .among(ColumnPath("net"), [.number(-5000), .number(77), .missing]),
                    "(s.net IS NULL OR s.net IN (-5000, 77))"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .among(ColumnPath("items"), [.number(-2), .number(3), .missing]),
                    "(s.items IS NULL OR s.items IN (-2, 3))"
                ))
        }
        if dice.chance(15) {
            chosen.append(
                (
                    .compared(ColumnPath("due"), [.below], ColumnPath("sold_at")),
                    "s.due < s.sold_day"
                ))
        }
        if dice.chance(15) {
            chosen.append(
                (
                    .compared(ColumnPath("items"), [.equal, .above], ColumnPath("quantity")),
                    "s.items * 100 >= s.quantity"
                ))
        }
        if dice.chance(15) {
            chosen.append(
                (
                    .compared(
                        ColumnPath("status"), [.below, .above], ColumnPath("customer", "kind")),
                    "s.status <> c.kind"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .among(ColumnPath("sold_at").deriving(.hour), [.number(0), .number(14)]),
                    "s.sold_hour IN (0, 14)"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (
                    .notAmong(ColumnPath("sold_at").deriving(.weekday), [.number(7)]),
                    "(s.sold_day IS NULL OR (s.sold_day + 3) % 7 <> 6)"
                ))
        }
        if dice.chance(20) {
            let bounds = [20_030, 20_060].map { LocalDay(number: $0) }
            chosen.append(
                (
                    .among(ColumnPath("due").deriving(.dayBand(bounds)), [.number(0), .number(2)]),
                    "(s.due < 20030 OR s.due >= 20060)"
                ))
        }
        if dice.chance(20) {
            chosen.append(
                (.notAmong(ColumnPath("items"), [.number(2), .missing]), "s.items <> 2"))
        }
        if dice.chance(20) {
            let start = LocalDay(number: Int32.random(in: 20_000...20_090, using: &dice))
            chosen.append(
                (
                    .days(
                        ColumnPath("due"),
                        try Period(from: start, upTo: start.adding(days: 15))),
                    "s.due >= \(start.number) AND s.due < \(start.number + 15)"
                ))
        }
        if dice.chance(10) {
            let ids = (0..<9).map { _ in Int64.random(in: 1...60, using: &dice) }
            chosen.append(
                (
                    .among(ColumnPath("number"), ids.map { .text("S\($0)") }),
                    "s.id IN (\(ids.map(String.init).joined(separator: ", ")))"
                ))
        }
        return chosen
    }

    /// A question, and the same as SQL.
    private struct Question {
        let request: ScanRequest
        let companies: [String]
        let sql: String
    }

    private mutating func question() throws -> Question {
        let groups = Self.dimensions.shuffled(using: &dice).prefix(
            Int.random(in: 0...3, using: &dice))
        let measures = Self.measures.shuffled(using: &dice).prefix(3)
        let filters = try filters()
        let companies = dice.chance(50) ? Self.companies : [dice.pick(Self.companies)]
        let request = ScanRequest(
            model: "sale", filters: filters.map(\.filter), groups: groups.map(\.group),
            measures: measures.map(\.measure))
        let list = companies.map { "'\($0)'" }.joined(separator: ", ")
        let condition = (["s.company IN (\(list))"] + filters.map(\.sql)).joined(
            separator: " AND ")
        let columns = (groups.map(\.sql) + measures.map(\.sql)).joined(separator: ", ")
        let grouping =
            groups.isEmpty
            ? "" : " GROUP BY " + (1...groups.count).map(String.init).joined(separator: ", ")
        // A reference lies within its row's company, as in the store.
        let sql =
            "WITH f AS (SELECT company, customer, min(sold_day) AS first FROM sale "
            + "WHERE customer IS NOT NULL GROUP BY 1, 2), "
            + "g AS (SELECT s.company, s.customer, min(s.sold_day) AS first FROM sale s "
            + "LEFT JOIN customer c ON c.id = s.customer AND c.company = s.company "
            + "WHERE s.customer IS NOT NULL AND (c.kind IS NULL OR c.kind = 'B2C') GROUP BY 1, 2) "
            + "SELECT \(columns) FROM sale s LEFT JOIN customer c ON c.id = s.customer "
            + "AND c.company = s.company LEFT JOIN f ON f.customer = s.customer "
            + "AND f.company = s.company LEFT JOIN g ON g.customer = s.customer "
            + "AND g.company = s.company WHERE \(condition)\(grouping)"
        return Question(request: request, companies: companies, sql: sql)
    }

    private mutating func compare(step: Int) throws {
        // Some questions are asked all the time, so that kept totals have changes to follow.
        while favourites.count < 8 { favourites.append(try question()) }
        var questions = favourites
        for _ in 0..<3 { questions.append(try question()) }
        for question in questions {
            let (request, companies, sql) = (question.request, question.companies, question.sql)
            let snapshot = try store.snapshot(Scope(companies: companies))
            let answer = Self.printed(try snapshot.scan(request))
            let expected = try oracle.read { db in
                try Row.fetchAll(db, sql: sql).map(Self.printed)
            }
            #expect(
                answer.sorted { $0.lexicographicallyPrecedes($1) }
                    == expected.sorted { $0.lexicographicallyPrecedes($1) },
                "seed \(seed), step \(step): \(sql)")
            try compareTop(snapshot, request, step: step)
            if dice.chance(5) {
                held.append((snapshot, request, answer))
                if held.count > 3 { held.removeFirst() }
            }
            if companies.count == 3, answers.count < 40 {
                answers.append((snapshot.commit.number, request, answer))
            }
        }
    }

    /// The first groups are those of the whole answer, and the others are the rest of it.
    private func compareTop(_ snapshot: Snapshot, _ request: ScanRequest, step: Int) throws {
        if request.groups.isEmpty { return }
        let all = Array(try snapshot.scan(request).rows)
        var asked = request
        asked.top = Top(request.groups.count * 2 - 1, by: 0)
        let order = all.indices.sorted { left, right in
            let (first, second) = (all[left].values[0], all[right].values[0])
            if first == second { return left < right }
            guard let first, let second else { return second == nil }
            return first > second
        }
        let found = try snapshot.scan(asked)
        let count = request.groups.count * 2 - 1
        #expect(
            Array(found.rows) == order.prefix(count).map { all[$0] },
            "top, seed \(seed), step \(step): \(asked)")
        let rest = order.dropFirst(count).map { all[$0].values }
        let others = request.measures.enumerated().map { index, measure -> Int128? in
            let values = rest.compactMap { $0[index] }
            switch measure {
            case .distinct, .percentile: return nil
            case .least: return values.min()
            case .greatest: return values.max()
            case .sum where values.isEmpty: return nil
            default: return values.reduce(0, +)
            }
        }
        #expect(
            found.others == (rest.isEmpty ? nil : others),
            "others, seed \(seed), step \(step): \(asked)")
    }

    private static func printed(_ result: ScanResult) -> [[String]] {
        result.rows.map { row in
            row.key.map { cell in
                switch cell {
                case .missing: "-"
                case .number(let number): "\(number)"
                case .text(let text): text
                case .reference(let reference): "\(reference)"
                case .key(let key): "\(key)"
                }
            } + row.values.map { $0.map { "\($0)" } ?? "-" }
        }
    }
}
