import Foundation
import GRDB
import Store
import Testing
import Vocabulary

/// SQL over the store against the same SQL over plain SQLite tables with the same rows.
@Suite struct SQLDifferentialTests {
    @Test(arguments: DifferentialTests.seeds)
    func randomQueriesAgree(seed: UInt64) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        var run = try SQLRun(fixture: fixture, seed: seed)
        try run.run(steps: 12, queries: 25)
    }
}

/// One random history and the questions asked of it.
private struct SQLRun {
    private let fixture: ShopFixture
    private let seed: UInt64
    private var dice: Dice
    private var store: Store

    private static let companies = ["north", "south", "east"]

    init(fixture: ShopFixture, seed: UInt64) throws {
        self.fixture = fixture
        self.seed = seed
        dice = Dice(seed: seed &* 7919)
        store = try fixture.open()
    }

    mutating func run(steps: Int, queries: Int) throws {
        for _ in 0..<steps {
            if dice.chance(20) {
                while try store.seal(minimum: 1) {}
            } else if dice.chance(10) {
                try store.close()
                store = try fixture.open()
            } else {
                try change()
            }
            let companies = dice.chance(60) ? Self.companies : [dice.pick(Self.companies)]
            let newest = store.latest.number
            let moment: Moment =
                dice.chance(30) && newest > 1
                ? .commit(UInt64.random(in: 1...newest, using: &dice)) : .latest
            let snapshot = try store.snapshot(Scope(companies: companies), at: moment)
            let plain = try Self.plain(store, snapshot)
            let reader = try SQLReader(snapshot)
            for _ in 0..<queries {
                let sql = query()
                let theirs = try plain.read { db in
                    try Row.fetchAll(db, sql: sql).map { row in
                        Array(row.databaseValues).map { Self.printed($0) }
                    }
                }
                let ours = try reader.result(of: sql).rows.map { $0.map { Self.printed($0) } }
                let isOrdered = sql.contains("ORDER BY")
                #expect(
                    (isOrdered ? ours : ours.sorted { $0.lexicographicallyPrecedes($1) })
                        == (isOrdered
                            ? theirs : theirs.sorted { $0.lexicographicallyPrecedes($1) }),
                    "seed \(seed): \(sql)")
            }
        }
    }

    private mutating func change() throws {
        var batch = ChangeBatch()
        for _ in 0..<Int.random(in: 1...60, using: &dice) {
            let id = Int64.random(in: 1...80, using: &dice)
            if dice.chance(10) {
                batch.delete(model: "sale", origin: "a", key: .integer(id))
            } else if dice.chance(30) {
                let name = dice.chance(10) ? nil : "Name \(Int.random(in: 0..<6, using: &dice))"
                batch.upsert(
                    model: "customer", origin: "a", company: Self.companies[Int(id % 12 % 3)],
                    key: .integer(id % 12),
                    cells: ShopFixture.customer(
                        name, kind: dice.chance(20) ? nil : dice.pick(["B2B", "B2C"])))
            } else {
                batch.upsert(
                    model: "sale", origin: dice.chance(80) ? "a" : "b",
                    company: dice.pick(Self.companies), key: .integer(id), cells: sale(id))
            }
        }
        try store.commit(batch)
    }

    private mutating func sale(_ id: Int64) -> [Cell] {
        func number(_ range: ClosedRange<Int64>, missing: Int) -> Cell {
            dice.chance(missing) ? .missing : .number(Int64.random(in: range, using: &dice))
        }
        let base = dice.pick([1_774_745_000, 1_767_222_000, 1_782_860_400] as [Int64])
        let sold = number(-90_000...90_000, missing: 5)
        let instant: Cell
        if case .number(let seconds) = sold {
            instant = .number((base + seconds) * 1_000_000)
        } else {
            instant = .missing
        }
        return [
            dice.chance(10) ? .missing : .text("S\(id % 9) “æ”"),
            dice.chance(20) ? .missing : .key(.integer(Int64.random(in: 0..<12, using: &dice))),
            dice.chance(10) ? .missing : .text(dice.pick(["OPEN", "PAID", "LOST", "Ærlig"])),
            number(-5_000...5_000_000_000, missing: 10),
            dice.chance(5) ? .missing : .text(dice.pick(["DKK", "EUR"])),
            number(0...500, missing: 5), number(-3...3, missing: 50), number(0...1, missing: 5),
            instant, number(20_000...20_100, missing: 30),
        ]
    }

    // MARK: The plain tables

    /// Tables with what other readers of the store tell of its rows.
    ///
    /// A row finder does not tell whose rows it found, so each company is asked for by itself.
    private static func plain(_ store: Store, _ snapshot: Snapshot) throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        let zones = Dictionary(
            uniqueKeysWithValues: snapshot.companies.map { ($0.code, $0.zone) })
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE sale (number TEXT, customer INTEGER, status TEXT, net INTEGER,
                        currency TEXT, quantity INTEGER, items INTEGER, paid INTEGER,
                        sold_at INTEGER, sold_at_day TEXT, due TEXT, company TEXT);
                    CREATE TABLE customer (name TEXT, kind TEXT, company TEXT, ref INTEGER);
                    """)
            for company in snapshot.companies.map(\.code) {
                let own = try store.snapshot(
                    Scope(companies: [company]), at: .commit(snapshot.commit.number))
                let rows = try own.rows(
                    RowRequest(
                        model: "sale",
                        columns: ShopFixture.models[0].columns.map { ColumnPath($0.name) }))
                try rows.forEachBatch { batch in
                    for cells in batch {
                        var values = cells.map(databaseValue)
                        let day = int(cells[8]).flatMap {
                            zones[company]?.day(of: Instant(microseconds: $0))
                        }
                        let due = int(cells[9]).map { LocalDay(number: Int32($0)) }
                        values.insert((day.map(\.description)).databaseValue, at: 9)
                        values[10] = (due.map(\.description)).databaseValue
                        values.append(company.databaseValue)
                        try db.execute(
                            sql: "INSERT INTO sale VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                            arguments: StatementArguments(values))
                    }
                }
            }
        }
        let reader = try SQLReader(snapshot)
        // The one thing that no other reader tells: which number a referenced row has.
        try queue.write { db in
            for row in try reader.result(of: "SELECT name, kind, company, ref FROM customer").rows {
                try db.execute(
                    sql: "INSERT INTO customer VALUES (?,?,?,?)",
                    arguments: StatementArguments(row.map(databaseValue)))
            }
        }
        return queue
    }

    private static func int(_ cell: Cell) -> Int64? {
        guard case .number(let number) = cell else { return nil }
        return number
    }

    private static func databaseValue(_ cell: Cell) -> DatabaseValue {
        switch cell {
        case .missing, .key: .null
        case .number(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .reference(let reference):
            (Int64(reference.company) << 32 | Int64(reference.index)).databaseValue
        }
    }

    private static func databaseValue(_ value: SQLValue) -> DatabaseValue {
        switch value {
        case .missing: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    private static func printed(_ value: SQLValue) -> String {
        printed(databaseValue(value))
    }

    private static func printed(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "-"
        case .int64(let number): "i\(number)"
        // Sums of real numbers depend on the order of rows in the last place.
        case .double(let number): "r" + String(format: "%.9g", number)
        case .string(let text): "t\(text)"
        case .blob(let data): "b\(data.count)"
        }
    }
}

extension SQLRun {
    // MARK: Questions

    private mutating func comparison() -> String { dice.pick(["=", "<", "<=", ">", ">=", "<>"]) }

    private mutating func day() -> String {
        dice.pick([
            "'2026-03-29'", "'2026-01-01'", "'2025-12-31'", "'2026-06-30'", "'2026-07-01'",
            "'2026'", "'2026-03'", "''", "'x'", "'2024-11-01'", "'2026-03-29 '", "20260329", "NULL",
        ])
    }

    private mutating func condition(_ s: String = "s") -> String {
        switch Int.random(in: 0..<22, using: &dice) {
        case 0: "\(s).company = '\(dice.pick(["north", "south", "NORTH", "none"]))'"
        case 1: "\(s).company IN ('north', 'east')"
        case 2: "\(s).company \(comparison()) 'north'"
        case 3: "\(s).status = '\(dice.pick(["OPEN", "PAID", "Ærlig", "open", "never"]))'"
        case 4: "\(s).status = 'open' COLLATE NOCASE"
        case 5: "\(s).status IN ('OPEN', 'LOST', NULL)"
        case 6: "\(s).status IS NULL"
        case 7: "\(s).status \(comparison()) 'OPEN'"
        case 8: "\(s).net \(comparison()) \(dice.pick(["100", "0", "2000000000", "99.5", "'100'"]))"
        case 9: "\(s).net BETWEEN 0 AND 2000000000"
        case 10: "\(s).items \(comparison()) \(dice.pick(["1", "-3", "1.0", "'1'", "NULL"]))"
        case 11: "\(s).sold_at_day \(comparison()) \(day())"
        case 12: "\(s).sold_at_day BETWEEN \(day()) AND \(day())"
        case 13: "\(s).sold_at_day >= \(day()) AND \(s).sold_at_day < \(day())"
        case 14: "\(s).due \(comparison()) '2024-11-01'"
        case 15: "\(s).paid = \(dice.pick(["0", "1"]))"
        case 16: "\(s).sold_at \(comparison()) 1774745000000000"
        case 17: "\(s).number LIKE 'S\(Int.random(in: 0..<9, using: &dice))%'"
        case 18: "\(s).sold_at_day LIKE '2026-03%'"
        case 19: "\(s).customer = \(Int64.random(in: 0...2, using: &dice) << 32 + 1)"
        case 20: "(\(s).status = 'OPEN' OR \(s).net > 1000 OR \(s).company = 'east')"
        default: "\(s).items IN (1, 2, 3)"
        }
    }

    private mutating func conditions(_ s: String = "s") -> String {
        let count = Int.random(in: 0...3, using: &dice)
        if count == 0 { return "" }
        return " WHERE " + (0..<count).map { _ in condition(s) }.joined(separator: " AND ")
    }

    private mutating func query() -> String {
        let all =
            "s.number, s.customer, s.status, s.net, s.currency, s.quantity, s.items, s.paid, "
            + "s.sold_at, s.sold_at_day, s.due, s.company"
        let dimension = [
            "s.company", "s.status", "s.currency", "s.sold_at_day", "s.due", "s.items", "s.paid",
            "substr(s.sold_at_day, 1, 7)", "s.number",
        ]
        let measures = "count(*), sum(s.net), min(s.status), max(s.number), avg(s.items)"
        switch Int.random(in: 0..<12, using: &dice) {
        case 0: return "SELECT \(all) FROM sale s\(conditions())"
        case 1: return "SELECT count(*), sum(s.net), min(s.sold_at_day) FROM sale s\(conditions())"
        case 2, 3:
            let groups = dimension.shuffled(using: &dice).prefix(
                Int.random(in: 1...3, using: &dice)
            ).joined(separator: ", ")
            return "SELECT \(groups), \(measures) FROM sale s\(conditions()) GROUP BY \(groups)"
        case 4:
            let order = ["s.status", "s.company", "s.currency"].shuffled(using: &dice).prefix(
                Int.random(in: 1...2, using: &dice)
            ).map { $0 + dice.pick(["", " DESC"]) }.joined(separator: ", ")
            // Only what is ordered by is shown, so that ties look alike.
            return "SELECT s.status, s.company, s.currency FROM sale s\(conditions()) "
                + "ORDER BY \(order), 1, 2, 3"
        case 5: return "SELECT s.status FROM sale s\(conditions()) ORDER BY s.status DESC"
        case 6: return "SELECT DISTINCT s.status, s.company FROM sale s\(conditions())"
        case 7:
            return "SELECT s.number, s.net, c.name, c.kind FROM sale s "
                + dice.pick(["JOIN", "LEFT JOIN"])
                + " customer c ON c.ref = s.customer\(conditions())"
        case 8:
            return "SELECT c.name, c.company, count(s.net), sum(s.net) FROM customer c LEFT JOIN "
                + "sale s ON s.customer = c.ref AND \(condition()) GROUP BY c.name, c.company"
        case 9:
            return "SELECT c.name, (SELECT sum(s.net) FROM sale s WHERE s.customer = c.ref) "
                + "FROM customer c WHERE EXISTS (SELECT 1 FROM sale s WHERE s.customer = c.ref "
                + "AND \(condition()))"
        case 10:
            return "SELECT s.status, count(*) FROM sale s JOIN sale t ON s.company = t.company "
                + "AND s.status = t.status\(conditions("t")) GROUP BY s.status"
        default:
            return "WITH best AS (SELECT s.company, max(s.net) net FROM sale s\(conditions()) "
                + "GROUP BY s.company) SELECT s.number, s.net FROM sale s JOIN best b ON "
                + "b.company = s.company AND b.net = s.net ORDER BY s.net DESC, s.number LIMIT 7"
        }
    }
}
