import Foundation
import Store
import Testing
import Vocabulary

/// What SQL over the store shows, hides and refuses.
@Suite struct SQLReaderTests {
    /// Sales of three companies, half of them sealed.
    private func withStore(_ body: (Store) throws -> Void) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        for round in 0..<2 {
            var batch = ChangeBatch()
            for (number, company) in ["north", "south", "east"].enumerated() {
                let key = Int64(number * 10 + round)
                batch.upsert(
                    model: "customer", origin: "a", company: company, key: .integer(key),
                    cells: ShopFixture.customer("\(company) \(round)"))
                batch.upsert(
                    model: "sale", origin: "a", company: company, key: .integer(key),
                    cells: ShopFixture.sale(
                        customer: key, status: round == 0 ? "PAID" : "OPEN",
                        net: Int64(100 + key), currency: number == 0 ? "DKK" : "EUR",
                        sold: "2026-01-15T23:30:00Z"))
            }
            try store.commit(batch)
            if round == 0 { while try store.seal(minimum: 1) {} }
        }
        try body(store)
        try store.close()
    }

    private func texts(_ result: SQLResult) -> [String] {
        result.rows.map { row in
            row.map { value in
                switch value {
                case .missing: "-"
                case .integer(let number): String(number)
                case .real(let number): String(number)
                case .text(let text): text
                case .bytes: "bytes"
                }
            }.joined(separator: "|")
        }
    }

    @Test func columnsAreWhatTheDocumentSays() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let all = try reader.result(of: "SELECT * FROM sale WHERE company = 'north' LIMIT 1")
            #expect(
                all.columns == [
                    "number", "customer", "status", "net", "currency", "quantity", "items", "paid",
                    "sold_at", "sold_at_day", "due", "company", "origin", "key", "ref",
                ])
            // Half past eleven in UTC is the next day in Copenhagen and Tokyo.
            let days = try reader.result(
                of: """
                    SELECT company, sold_at_day, instant(sold_at), local(sold_at, company),
                        decimal(quantity, 2), origin, key
                    FROM sale WHERE status = 'PAID' ORDER BY company
                    """)
            #expect(
                texts(days) == [
                    "east|2026-01-16|2026-01-15T23:30:00Z|2026-01-16T08:30:00|1.50|a|20",
                    "north|2026-01-16|2026-01-15T23:30:00Z|2026-01-16T00:30:00|1.50|a|0",
                    "south|2026-01-16|2026-01-15T23:30:00Z|2026-01-16T01:30:00|1.50|a|10",
                ])
            let models = try reader.result(
                of: "SELECT meaning FROM models WHERE model = 'sale' AND \"column\" = 'net'")
            #expect(texts(models) == ["minor units of the currency in currency"])
        }
    }

    @Test func joinsFindTheRowsThatAreMeant() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let joined = try reader.result(
                of: """
                    SELECT c.name, s.net FROM sale s JOIN customer c ON c.ref = s.customer
                    ORDER BY s.net
                    """)
            #expect(
                texts(joined) == [
                    "north 0|100", "north 1|101", "south 0|110", "south 1|111", "east 0|120",
                    "east 1|121",
                ])
        }
    }

    @Test func moneyIsNotAddedAcrossCurrencies() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let sums = try reader.result(
                of: "SELECT currency, money_sum(net, currency) FROM sale GROUP BY currency")
            #expect(texts(sums).sorted() == ["DKK|201", "EUR|462"])
            let error = #expect(throws: Advice.self) {
                try reader.result(of: "SELECT money_sum(net, currency) FROM sale")
            }
            #expect(error?.happened.contains("cannot add") == true)
            let none = try reader.result(
                of: "SELECT money_sum(net, currency) FROM sale WHERE status = 'none'")
            #expect(texts(none) == ["-"])
        }
    }

    @Test func parametersAreBound() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let result = try reader.result(
                of: """
                    SELECT count(*) FROM sale
                    WHERE company = :company AND sold_at_day BETWEEN :from AND :to
                    """,
                parameters: [
                    "company": .text("north"), "from": .text("2026-01-16"),
                    "to": .text("2026-01-16"), "unused": .integer(1),
                ])
            #expect(texts(result) == ["2"])
            let error = #expect(throws: Advice.self) {
                try reader.result(
                    of: "SELECT count(*) FROM sale WHERE company = :compny",
                    parameters: ["company": .text("north")])
            }
            #expect(error?.remedy == "did you mean ‘:company’?")
        }
    }

    // MARK: Scope

    /// Statements that try to reach what lies outside the scope.
    private static let intrusions = [
        "SELECT company || net || ' ' || key FROM sale",
        "SELECT company || net FROM sale WHERE company <> 'north'",
        "SELECT company || net FROM sale WHERE company IN ('south', 'east', 'north')",
        "SELECT company || net FROM sale UNION ALL SELECT company || name FROM customer",
        "SELECT s.company || s.net FROM customer c JOIN sale s ON s.customer = c.ref",
        "SELECT c.company || c.name FROM sale s LEFT JOIN customer c ON c.ref = s.customer",
        """
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        SELECT c.company || c.name FROM n JOIN customer c ON c.ref = (n.i / 10 << 32) + n.i % 10
        """,
        """
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        SELECT s.company || s.net FROM n JOIN sale s ON s.customer = (n.i / 10 << 32) + n.i % 10
        """,
        "SELECT c.name FROM customer c WHERE c.ref IN (0, 1, 4294967296, 4294967297, 8589934592)",
        "SELECT company || net FROM sale ORDER BY company, status",
        "SELECT company || max(net) FROM sale GROUP BY company",
        "SELECT company || key FROM sale WHERE net = 110 OR status = 'OPEN' OR company = 'east'",
        "SELECT (SELECT group_concat(company || name) FROM customer)",
        "SELECT DISTINCT company FROM customer",
    ]

    @Test(arguments: intrusions)
    func otherCompaniesDoNotExist(sql: String) throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(Scope(companies: ["north"])))
            for line in texts(try reader.result(of: sql)) {
                #expect(!line.contains("south") && !line.contains("east"), "\(line)")
            }
        }
    }

    @Test(arguments: intrusions)
    func rowsBeyondALimitDoNotExist(sql: String) throws {
        try withStore { store in
            let scope = Scope(
                companies: ["north", "south"],
                limits: [
                    "sale": [.among(ColumnPath("status"), [.text("PAID")])],
                    "customer": [.among(ColumnPath("name"), [.text("north 0")])],
                ])
            let reader = try SQLReader(store.snapshot(scope))
            for line in texts(try reader.result(of: sql)) {
                for hidden in ["101", "111", "121", "north 1", "south 0", "south 1", "east"] {
                    #expect(!line.contains(hidden), "\(line)")
                }
            }
            #expect(texts(try reader.result(of: "SELECT count(*) FROM sale")) == ["2"])
            #expect(texts(try reader.result(of: "SELECT count(*) FROM customer")) == ["1"])
        }
    }

    @Test func theCommitIsTheSnapshots() throws {
        try withStore { store in
            let first = try SQLReader(store.snapshot(ShopFixture.everyone, at: .commit(1)))
            let count = "SELECT count(*) FROM sale"
            #expect(texts(try first.result(of: count)) == ["3"])
            var batch = ChangeBatch()
            batch.retain(model: "sale", origin: "a", keys: [])
            try store.commit(batch)
            #expect(texts(try first.result(of: count)) == ["3"])
            let now = try SQLReader(store.snapshot(ShopFixture.everyone))
            #expect(texts(try now.result(of: count)) == ["0"])
        }
    }

    // MARK: Refusals

    @Test(arguments: [
        "INSERT INTO sale (net) VALUES (1)", "UPDATE sale SET net = 1", "DELETE FROM sale",
        "INSERT INTO models VALUES (1, 2, 3, 4)", "DELETE FROM models", "DROP TABLE models",
        "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)", "CREATE TABLE x AS SELECT * FROM sale",
        "CREATE VIEW x AS SELECT 1", "CREATE INDEX x ON models (model)",
        "CREATE VIRTUAL TABLE x USING fts5(a)",
        "CREATE TEMP TRIGGER x INSERT ON models BEGIN SELECT 1; END",
        "ALTER TABLE models RENAME TO x", "ATTACH 'x.sqlite' AS x", "DETACH main",
        "PRAGMA table_info(sale)", "PRAGMA writable_schema = 1", "PRAGMA temp_store_directory",
        "BEGIN", "COMMIT", "SAVEPOINT x", "VACUUM", "VACUUM INTO 'x.sqlite'", "REINDEX", "ANALYZE",
        "SELECT load_extension('x')", "SELECT randomblob(10)", "SELECT zeroblob(1000000)",
        "SELECT readfile('/etc/passwd')", "SELECT writefile('x', 'y')", "SELECT sqlite_version()",
        "SELECT * FROM sqlite_schema", "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('sale')", "SELECT * FROM json_each('[1]')",
        "SELECT * FROM dbstat", "SELECT count(*) FROM sqlite_schema",
        "SELECT count(*) FROM pragma_database_list", "SELECT * FROM sqlite_stmt",
        "SELECT rowid FROM sale",
        "SELECT count(*) FROM sale WHERE rowid > 3", "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM sale",
        "", "   -- nothing", "SELECT edit('x')", "SELECT fts5(1)",
        "WITH x AS (SELECT 1) DELETE FROM models", "SELECT * FROM sale RETURNING 1",
        "EXPLAIN DELETE FROM models", "VALUES (load_extension('x'))",
    ])
    func nothingButReadingIsPossible(sql: String) throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let error = #expect(throws: Advice.self) { try reader.result(of: sql) }
            let advice = try #require(error)
            #expect(!advice.happened.isEmpty)
            #expect([.denied, .request, .unknown].contains(advice.kind), "\(advice)")
            // The reader still answers afterwards.
            #expect(texts(try reader.result(of: "SELECT count(*) FROM sale")) == ["6"])
        }
    }

    @Test func errorsNameThePlaceAndTheNearestName() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            let cases: [(String, Advice.Kind, String)] = [
                (
                    "SELECT stauts FROM sale", .unknown,
                    "SQL:1:8: there is no column ‘stauts’; did you mean ‘status’?"
                ),
                (
                    "SELECT 1\nFROM sales", .unknown,
                    "there is no table ‘sales’; did you mean ‘sale’?"
                ),
                ("SELECT \"SENT\" FROM sale", .unknown, "there is no column ‘SENT’"),
                ("SELECT monney_sum(1, 2)", .unknown, "did you mean ‘money_sum’?"),
                ("SELECT FROM sale", .request, "SQL:1:8: "),
                ("DELETE FROM sale", .denied, "SQL here only reads"),
            ]
            for (sql, kind, line) in cases {
                let error = #expect(throws: Advice.self) { try reader.result(of: sql) }
                #expect(error?.kind == kind, "\(sql): \(String(describing: error))")
                #expect(
                    error?.description.contains(line) == true,
                    "\(sql): \(String(describing: error))")
            }
        }
    }

    // MARK: Bounds

    private static let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    @Test func aStatementEndsInTime() throws {
        try withStore { store in
            var limits = SQLLimits()
            limits.seconds = 1
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone), limits: limits)
            let error = #expect(throws: Advice.self) { try reader.result(of: Self.endless) }
            #expect(error?.happened == "the query did not end within 1 seconds")
        }
    }

    @Test func aStatementCanBeCancelled() throws {
        try withStore { store in
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone))
            var looks = 0
            let error = #expect(throws: Advice.self) {
                try reader.run(
                    Self.endless,
                    isCancelled: {
                        looks += 1
                        return looks > 3
                    }, row: { _ in })
            }
            #expect(error?.happened == "the query was cancelled")
        }
    }

    @Test func resultsAndTemporaryFilesHaveALimit() throws {
        try withStore { store in
            var limits = SQLLimits()
            limits.resultBytes = 10_000
            limits.temporaryBytes = 1 << 20
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone), limits: limits)
            let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
            let large = #expect(throws: Advice.self) {
                try reader.result(of: numbers + "100000) SELECT i FROM n")
            }
            #expect(large?.happened.hasPrefix("the result has more than") == true)
            let sorted = #expect(throws: Advice.self) {
                try reader.result(
                    of: numbers
                        + "900000) SELECT i, hex(i) || printf('%099d', i) x FROM n ORDER BY x LIMIT 900000 OFFSET 899999"
                )
            }
            #expect(
                sorted?.happened.hasPrefix("sorting takes more") == true,
                "\(String(describing: sorted))")
            #expect(texts(try reader.result(of: "SELECT count(*) FROM sale")) == ["6"])
        }
    }

    @Test func joinsHaveALimit() throws {
        try withStore { store in
            var limits = SQLLimits()
            limits.joinBytes = 10
            let reader = try SQLReader(store.snapshot(ShopFixture.everyone), limits: limits)
            let error = #expect(throws: Advice.self) {
                try reader.result(
                    of: "SELECT c.name FROM sale s JOIN customer c ON c.ref = s.customer")
            }
            #expect(error?.happened.hasPrefix("joining ‘customer’ takes more memory") == true)
        }
    }
}
