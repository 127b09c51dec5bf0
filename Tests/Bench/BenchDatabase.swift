import Store
import Vocabulary

/// The sales in a Postgres database, as an application would keep them.
struct BenchDatabase {
    /// The server.
    let server: ScratchServer
    /// The database's name.
    let name = "bench"
    /// What was loaded.
    let files: SalesFiles

    /// The tables that the mapping reads, with the model that each fills and its columns there.
    static let tables = [
        (table: "customers", model: "customer", columns: "id, company_id, name"),
        ("services", "service", "id, company_id, name"),
        ("reps", "rep", "id, company_id, name"),
        ("sales", "sale", SalesFiles.saleColumns.joined(separator: ", ")),
    ]

    /// Makes and fills the database.
    init(_ server: ScratchServer, _ files: SalesFiles) throws {
        self.server = server
        self.files = files
        say("Loading \(files.data.rows) sales into Postgres")
        try server.run(["CREATE DATABASE \(name)"], in: "postgres")
        var commands: [String] = []
        for (file, _, _) in SalesFiles.parties {
            commands += [
                """
                CREATE TABLE \(file) (
                    id integer PRIMARY KEY, company_id smallint NOT NULL, name text NOT NULL)
                """,
                "\\copy \(file) from '\(files.path(file))' with (format csv, header)",
            ]
        }
        let columns = SalesFiles.saleColumns.map { column in
            column == "created_at" ? "to_timestamp(created_at)" : column
        }
        commands += [
            """
            CREATE TABLE sales (
                id integer NOT NULL, company_id smallint NOT NULL, created_at timestamptz NOT NULL,
                status text NOT NULL, customer_id integer NOT NULL, service_id integer NOT NULL,
                rep_id integer NOT NULL, source text NOT NULL, amount bigint NOT NULL,
                tax bigint NOT NULL, currency text NOT NULL)
            """,
            "CREATE TEMPORARY TABLE raw (LIKE sales)",
            "ALTER TABLE raw ALTER created_at TYPE bigint USING 0",
            "\\copy raw from '\(files.path("sales"))' with (format csv, header)",
            "INSERT INTO sales SELECT \(columns.joined(separator: ", ")) FROM raw ORDER BY id",
            "ALTER TABLE sales ADD PRIMARY KEY (id)",
            "VACUUM ANALYZE", "CHECKPOINT",
        ]
        try server.run(commands, in: name)
    }

    /// Checks that the store has the rows of every table: their count, and sums over the columns
    /// that have one.
    ///
    /// - Returns: How many rows all tables have.
    /// - Throws: `Advice` of kind `damaged` when it has others.
    @discardableResult
    func check(_ store: Store, case name: String) throws -> Int {
        let codes = store.schema.companies.companies.map(\.code)
        let snapshot = try store.snapshot(Scope(companies: codes))
        var total = 0
        for (table, model, _) in Self.tables {
            let isSales = table == "sales"
            let sums = isSales ? ["id", "amount", "tax"] : ["id"]
            let theirs = try server.row(
                "SELECT count(*)\(sums.map { ", sum(\($0))" }.joined()) FROM \(table)",
                in: self.name)
            let measures = sums.map { Measure.sum(.column(ColumnPath($0 == "id" ? "number" : $0))) }
            let ours = try snapshot.scan(ScanRequest(model: model, measures: [.count] + measures))
                .rows[0].values.map { $0.map { String($0) } ?? "" }
            guard ours == theirs, let count = ours.first.flatMap({ Int($0) }), count > 0 else {
                throw Advice(
                    .damaged, "case \(name): the store and table \(table) differ",
                    remedy: "find out who is wrong before any speed is believed",
                    cause: "ours \(ours), theirs \(theirs)")
            }
            total += count
        }
        return total
    }
}
