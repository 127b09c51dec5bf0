import Foundation
import Vocabulary

/// The engines that hold the same rows as our store, each in its best layout.
///
/// Their databases are made once and kept with the files. DuckDB's tables are sorted by company and
/// time. SQLite has an index that covers the questions for one company, one for all, and one of each
/// for receivables and for customers' first purchases.
struct SalesPeers {
    private let files: SalesFiles
    private let script: String

    init(_ files: SalesFiles, script: String) {
        self.files = files
        self.script = script
    }

    /// DuckDB with one thread.
    func duckdb() throws -> PeerEngine {
        try prepared("duckdb") { peer in
            try peer.execute("SET threads = 2")
            for (file, _, _) in SalesFiles.parties {
                let columns = "{id: INTEGER, company_id: SMALLINT, name: VARCHAR}"
                try peer.execute(Self.duckdbTable(file, files.path(file), columns, times: []))
            }
            try peer.execute(
                Self.duckdbTable(
                    "sales", files.path("sales"),
                    """
                    {id: INTEGER, company_id: SMALLINT, created_at: BIGINT, status: VARCHAR,
                    customer_id: INTEGER, service_id: INTEGER, rep_id: SMALLINT, lead_id: INTEGER,
                    source: VARCHAR, amount: BIGINT, tax: BIGINT, currency: VARCHAR}
                    """, times: ["created_at"]))
            try peer.execute(
                Self.duckdbTable(
                    "leads", files.path("leads"),
                    """
                    {id: INTEGER, company_id: SMALLINT, created_at: BIGINT, source: VARCHAR,
                    status: VARCHAR, rep_id: SMALLINT, estimated_value: BIGINT,
                    contacted_at: BIGINT, qualified_at: BIGINT, closed_at: BIGINT,
                    converted_sale_id: INTEGER}
                    """, times: ["created_at", "contacted_at", "qualified_at", "closed_at"]))
            try peer.execute("CHECKPOINT")
        }
    }

    /// Gives DuckDB the table `export.sales`: the sales as a file has them, in the file's order.
    func prepareExport(_ duckdb: PeerEngine) throws {
        try duckdb.execute("ATTACH '\(files.folder)/export.db' AS export")
        try duckdb.execute(
            """
            CREATE TABLE IF NOT EXISTS export.sales AS
            SELECT sales.id AS number, timezone('UTC', created_at) AS sold_at,
                customers.name AS customer_name, services.name AS service_name,
                reps.name AS rep_name, lead_id AS lead_number, status, source,
                (amount / 100.0)::DECIMAL(18, 2) AS amount, currency AS amount_currency,
                (tax / 100.0)::DECIMAL(18, 2) AS tax, currency AS tax_currency
            FROM sales JOIN customers ON customers.id = customer_id
                JOIN services ON services.id = service_id JOIN reps ON reps.id = rep_id
            ORDER BY created_at, sales.id
            """)
    }

    private static func duckdbTable(
        _ table: String, _ path: String, _ columns: String, times: [String]
    ) -> String {
        let replaced = times.map { "to_timestamp(\($0)) AS \($0)" }.joined(separator: ", ")
        return """
            CREATE TABLE \(table) AS SELECT *\(times.isEmpty ? "" : " REPLACE (\(replaced))")
            FROM read_csv('\(path)', header = true, columns = \(columns))
            ORDER BY company_id, \(times.isEmpty ? "id" : "created_at")
            """
    }

    /// SQLite with its best indexes.
    func sqlite() throws -> PeerEngine {
        try prepared("sqlite") { peer in
            try peer.execute("PRAGMA journal_mode = off; PRAGMA synchronous = off")
            for (file, _, _) in SalesFiles.parties {
                try peer.execute(
                    "CREATE TABLE \(file) (id INTEGER PRIMARY KEY, company_id INTEGER, name TEXT)")
                try peer.load(file, from: files.path(file))
            }
            try peer.execute("CREATE TABLE sales (\(Self.sqliteSales))")
            try peer.load("sales", from: files.path("sales"))
            try peer.execute(
                """
                CREATE TABLE leads (
                    id INTEGER PRIMARY KEY, company_id INTEGER, created_at INTEGER, source TEXT,
                    status TEXT, rep_id INTEGER, estimated_value INTEGER, contacted_at INTEGER,
                    qualified_at INTEGER, closed_at INTEGER, converted_sale_id INTEGER)
                """)
            try peer.load("leads", from: files.path("leads"))
            try peer.execute(
                """
                CREATE INDEX sales_company ON sales (company_id, created_at, status, customer_id,
                    service_id, rep_id, amount, lead_id);
                CREATE INDEX sales_time ON sales (created_at, status, customer_id, service_id,
                    rep_id, amount, lead_id);
                CREATE INDEX sales_due ON sales (company_id, created_at, status, amount, tax)
                    WHERE status IN ('invoiced', 'overdue');
                CREATE INDEX sales_customer ON sales (company_id, customer_id, created_at, status);
                CREATE INDEX leads_company ON leads (company_id, created_at, source,
                    converted_sale_id, estimated_value);
                CREATE INDEX leads_time ON leads (created_at, source, converted_sale_id,
                    estimated_value);
                ANALYZE;
                """)
        }
    }

    /// The columns of SQLite's sales.
    static let sqliteSales = """
        id INTEGER PRIMARY KEY, company_id INTEGER, created_at INTEGER, status TEXT,
        customer_id INTEGER, service_id INTEGER, rep_id INTEGER, lead_id INTEGER, source TEXT,
        amount INTEGER, tax INTEGER, currency TEXT
        """

    /// The path of an engine's database.
    func database(_ name: String) -> String { "\(files.folder)/\(name).db" }

    private func prepared(
        _ name: String, _ fill: (PeerEngine) throws -> Void
    ) throws -> PeerEngine {
        let database = database(name)
        if !FileManager.default.fileExists(atPath: database) {
            say("Loading \(name)")
            let unfinished = database + ".unfinished"
            try? FileManager.default.removeItem(atPath: unfinished)
            let peer = try PeerEngine(name, database: unfinished, script: script)
            do {
                try fill(peer)
            } catch {
                peer.stop()
                throw error
            }
            peer.stop()
            try FileManager.default.moveItem(atPath: unfinished, toPath: database)
        }
        return try PeerEngine(name, database: database, script: script)
    }
}
