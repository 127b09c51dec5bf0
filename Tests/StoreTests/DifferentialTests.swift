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
        try run.run(steps: 40)
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

    private static let companies = ["north", "south", "east"]
    private static let statuses = ["OPEN", "PAID", "LOST", "Ærlig"]

    init(fixture: ShopFixture, seed: UInt64) throws {
        self.fixture = fixture
        self.seed = seed
        dice = Dice(seed: seed)
        store = try fixture.open()
        oracle = try DatabaseQueue()
        try oracle.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE sale (id INTEGER PRIMARY KEY, company TEXT, customer INTEGER,
                        status TEXT, net INTEGER, currency TEXT, quantity INTEGER, items INTEGER,
                        paid INTEGER, sold_at INTEGER, sold_day INTEGER, due INTEGER);
                    CREATE TABLE customer (id INTEGER, company TEXT, name TEXT, kind TEXT,
                        PRIMARY KEY (id));
                    """)
        }
    }

    mutating func run(steps: Int) throws {
        for step in 0..<steps {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0: while try store.seal(minimum: 1) {}
            case 1:
                try store.close()
                store = try fixture.open()
            default: try change()
            }
            try compare(step: step)
        }
        for (commit, request, answer) in answers {
            let then = try store.snapshot(ShopFixture.everyone, at: .commit(commit))
            #expect(
                Self.printed(try then.scan(request)) == answer, "seed \(seed), commit \(commit)")
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
            try oracle.write { try $0.execute(sql: "DELETE FROM sale WHERE id > 40") }
        }
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
        let due: Int64? = dice.chance(30) ? nil : Int64.random(in: 20_000...20_100, using: &dice)
        func cell(_ number: Int64?) -> Cell { number.map(Cell.number) ?? .missing }
        batch.upsert(
            model: "sale", origin: "a", company: company, key: .integer(id),
            cells: [
                .text("S\(id)"), customer.map { .key(.integer($0)) } ?? .missing,
                status.map(Cell.text) ?? .missing, cell(net), .text(currency), cell(quantity),
                cell(items), cell(paid), cell(sold), cell(due),
            ])
        try oracle.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    id, company, customer, status, net, currency, quantity, items, paid, sold, day,
                    due,
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
        return chosen
    }

    private mutating func compare(step: Int) throws {
        for _ in 0..<4 {
            let groups = Self.dimensions.shuffled(using: &dice).prefix(
                Int.random(in: 0...3, using: &dice))
            let measures = Self.measures.shuffled(using: &dice).prefix(3)
            let filters = try filters()
            let companies = dice.chance(50) ? Self.companies : [dice.pick(Self.companies)]
            let request = ScanRequest(
                model: "sale", filters: filters.map(\.filter), groups: groups.map(\.group),
                measures: measures.map(\.measure))
            let snapshot = try store.snapshot(Scope(companies: companies))
            let answer = Self.printed(try snapshot.scan(request))
            let list = companies.map { "'\($0)'" }.joined(separator: ", ")
            let condition = (["s.company IN (\(list))"] + filters.map(\.sql)).joined(
                separator: " AND ")
            let columns = (groups.map(\.sql) + measures.map(\.sql)).joined(separator: ", ")
            let grouping =
                groups.isEmpty
                ? "" : " GROUP BY " + (1...groups.count).map(String.init).joined(separator: ", ")
            // A reference lies within its row's company, as in the store.
            let sql =
                "SELECT \(columns) FROM sale s LEFT JOIN customer c ON c.id = s.customer "
                + "AND c.company = s.company WHERE \(condition)\(grouping)"
            let expected = try oracle.read { db in
                try Row.fetchAll(db, sql: sql).map { row in
                    (0..<row.count).map { index in
                        row.hasNull(atIndex: index)
                            ? "-"
                            : "\(row[index] as DatabaseValue)"
                                .trimmingCharacters(in: CharacterSet(charactersIn: "\""))
                    }
                }
            }
            #expect(
                answer.sorted { $0.lexicographicallyPrecedes($1) }
                    == expected.sorted { $0.lexicographicallyPrecedes($1) },
                "seed \(seed), step \(step): \(sql)")
            if companies.count == 3, answers.count < 40 {
                answers.append((snapshot.commit.number, request, answer))
            }
        }
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
