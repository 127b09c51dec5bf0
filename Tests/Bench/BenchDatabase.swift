import Store
import Vocabulary

/// The sales and leads in a Postgres database, as an application would keep them.
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
        ("leads", "lead", SalesFiles.leadColumns.joined(separator: ", ")),
        ("sales", "sale", SalesFiles.saleColumns.joined(separator: ", ")),
    ]

    private static let sales = """
        id integer NOT NULL, company_id smallint NOT NULL, created_at timestamptz NOT NULL,
        status text NOT NULL, customer_id integer NOT NULL, service_id integer NOT NULL,
        rep_id integer NOT NULL, lead_id integer, source text NOT NULL, amount bigint NOT NULL,
        tax bigint NOT NULL, currency text NOT NULL
        """
    private static let leads = """
        id integer NOT NULL, company_id smallint NOT NULL, created_at timestamptz NOT NULL,
        source text NOT NULL, status text NOT NULL, rep_id integer NOT NULL,
        estimated_value bigint NOT NULL, contacted_at timestamptz, qualified_at timestamptz,
        closed_at timestamptz, converted_sale_id integer
        """

    /// Makes and fills the database.
    init(_ server: ScratchServer, _ files: SalesFiles) throws {
        self.server = server
        self.files = files
        say("Loading \(files.data.sales.count) sales into Postgres")
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
        for (table, columns, definition) in [
            ("leads", SalesFiles.leadColumns, Self.leads),
            ("sales", SalesFiles.saleColumns, Self.sales),
        ] {
            let times = columns.filter { $0.hasSuffix("_at") }
            let values = columns.map { times.contains($0) ? "to_timestamp(\($0))" : $0 }
            commands += [
                "CREATE TABLE \(table) (\(definition))",
                "CREATE TEMPORARY TABLE raw_\(table) (LIKE \(table))",
            ]
            commands += times.map {
                "ALTER TABLE raw_\(table) ALTER \($0) TYPE bigint USING 0"
            }
            commands += [
                "\\copy raw_\(table) from '\(files.path(table))' with (format csv, header)",
                """
                INSERT INTO \(table) SELECT \(values.joined(separator: ", "))
                FROM raw_\(table) ORDER BY id
                """,
                "ALTER TABLE \(table) ADD PRIMARY KEY (id)",
            ]
        }
        commands += ["VACUUM ANALYZE", "CHECKPOINT"]
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
