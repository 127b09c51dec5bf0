import Analytics
import Counterparts
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A public database that was not made for reportd, definitions written for it, and what they say.
final class ForeignDatabase: Sendable {
    /// What a question must answer: per row the names of members, then the figures.
    ///
    /// With a limit, what is not named stands behind these rows as one more.
    struct Answer {
        let metrics: [String]
        let period: String
        var by: [String] = []
        var filters: [String] = []
        var limit: Int?
        let rows: [[String]]
    }

    let database: String
    let store: Store
    private let folder: ScratchFolder
    private let definitions: Definitions
    private let source: PostgresSource

    /// Reads a database by the definitions of `Foreign/NAME`.
    init(_ name: String, in database: String) async throws {
        self.database = database
        folder = try ScratchFolder()
        let queries = repositoryFolder + "/Tests/PackTests/Foreign/" + name
        let schema = try Schema(definitions: queries)
        // Orders as members: of the largest database there are 1.5 million.
        store = try Store(
            path: folder.path + "/store.sqlite", schema: schema,
            settings: StoreSettings(resultBytes: 1 << 30))
        definitions = try Definitions(folder: queries, schema: schema)
        source = try PostgresSource(
            definition: #require(
                SourceDefinition.load(definitions: queries, schema: schema).first),
            connection: ScratchCluster.shared.connection(database), store: store,
            slot: "s_\(database)")
        try await catchUp()
    }

    deinit {
        try? store.close()
        _ = try? sql("SELECT pg_drop_replication_slot('s_\(database)')")
    }

    /// Reads the database up to its present state.
    func catchUp() async throws { try await source.catchUp() }

    @discardableResult
    func sql(_ text: String) throws -> [[String?]] {
        try ScratchCluster.shared.sql(database, text)
    }

    /// Expects published figures, to as many decimals as they were published with.
    func expect(_ answer: Answer, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let found = try rows(answer).prefix(answer.limit ?? .max)
        #expect(found.count == answer.rows.count, "\(found)", sourceLocation: sourceLocation)
        for (row, wanted) in zip(found, answer.rows) {
            let shown = zip(row, wanted).map { cell, wanted in
                guard let number = ExactDecimal(cell), let scale = ExactDecimal(wanted)?.scale
                else { return cell }
                return number.rounded(toScale: scale).description
            }
            #expect(shown == wanted, "\(answer.metrics)", sourceLocation: sourceLocation)
        }
    }

    /// The rows that a question is answered with; a single row of totals without dimensions.
    func rows(_ answer: Answer) throws -> [[String]] {
        let found = try definitions.answer(
            MetricQuery(
                metrics: answer.metrics, period: PeriodName(answer.period), by: answer.by,
                filters: answer.filters.map { try Condition(parsing: $0) },
                order: answer.limit == nil && !answer.by.isEmpty
                    ? MetricQuery.Order(answer.by[0], descending: false) : nil,
                limit: answer.limit),
            on: store.snapshot(Scope(companies: store.schema.companies.companies.map(\.code))),
            now: #require(Instant("2014-01-01T12:00:00Z")))
        return found.rows.map { row in
            row.members.map(\.label) + row.cells.map { $0.first?.value.figure ?? "missing" }
        }
    }

    // MARK: The databases

    /// The Chinook database as the package db.py brings it.
    static func chinook() throws -> String {
        try ScratchCluster.shared.database(
            Readers.text(
                Readers.interpreter(), [repositoryFolder + "/Tests/Support/chinook.py"]))
    }

    /// The database of TPC-H in the size of `scale` (1 are 6 million order lines), as the tool of
    /// the package tpchgen-cli makes it, row for row that of the benchmark's own.
    static func tpch(scale: String) throws -> String {
        let folder = try ScratchFolder()
        let tool = URL(fileURLWithPath: try Readers.interpreter()).deletingLastPathComponent()
        try Readers.run(
            tool.appendingPathComponent("tpchgen-cli").path,
            ["csv", "-s", scale, "-o", folder.path])
        let database = try ScratchCluster.shared.database(tpchTables)
        for table in [
            "region", "nation", "part", "supplier", "partsupp", "customer", "orders", "lineitem",
        ] {
            try ScratchCluster.shared.sql(
                database,
                "COPY \(table) FROM '\(folder.path)/\(table).csv' WITH (FORMAT csv, HEADER)")
        }
        try ScratchCluster.shared.sql(database, tpchReferences)
        return database
    }

    private static let tpchTables = """
        CREATE TABLE region (r_regionkey integer PRIMARY KEY, r_name char(25) NOT NULL,
            r_comment varchar(152));
        CREATE TABLE nation (n_nationkey integer PRIMARY KEY, n_name char(25) NOT NULL,
            n_regionkey integer NOT NULL, n_comment varchar(152));
        CREATE TABLE part (p_partkey integer PRIMARY KEY, p_name varchar(55) NOT NULL,
            p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL,
            p_size integer NOT NULL, p_container char(10) NOT NULL,
            p_retailprice decimal(15,2) NOT NULL, p_comment varchar(23) NOT NULL);
        CREATE TABLE supplier (s_suppkey integer PRIMARY KEY, s_name char(25) NOT NULL,
            s_address varchar(40) NOT NULL, s_nationkey integer NOT NULL, s_phone char(15) NOT NULL,
            s_acctbal decimal(15,2) NOT NULL, s_comment varchar(101) NOT NULL);
        CREATE TABLE partsupp (ps_partkey integer, ps_suppkey integer,
            ps_availqty integer NOT NULL, ps_supplycost decimal(15,2) NOT NULL,
            ps_comment varchar(199) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey));
        CREATE TABLE customer (c_custkey integer PRIMARY KEY, c_name varchar(25) NOT NULL,
            c_address varchar(40) NOT NULL, c_nationkey integer NOT NULL, c_phone char(15) NOT NULL,
            c_acctbal decimal(15,2) NOT NULL, c_mktsegment char(10) NOT NULL,
            c_comment varchar(117) NOT NULL);
        CREATE TABLE orders (o_orderkey bigint PRIMARY KEY, o_custkey integer NOT NULL,
            o_orderstatus char(1) NOT NULL, o_totalprice decimal(15,2) NOT NULL,
            o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL,
            o_shippriority integer NOT NULL, o_comment varchar(79) NOT NULL);
        CREATE TABLE lineitem (l_orderkey bigint, l_partkey integer NOT NULL,
            l_suppkey integer NOT NULL, l_linenumber integer, l_quantity decimal(15,2) NOT NULL,
            l_extendedprice decimal(15,2) NOT NULL, l_discount decimal(15,2) NOT NULL,
            l_tax decimal(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
            l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL,
            l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL,
            l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,
            PRIMARY KEY (l_orderkey, l_linenumber));
        """

    private static let tpchReferences = """
        ALTER TABLE nation ADD FOREIGN KEY (n_regionkey) REFERENCES region;
        ALTER TABLE supplier ADD FOREIGN KEY (s_nationkey) REFERENCES nation;
        ALTER TABLE customer ADD FOREIGN KEY (c_nationkey) REFERENCES nation;
        ALTER TABLE partsupp ADD FOREIGN KEY (ps_suppkey) REFERENCES supplier;
        ALTER TABLE partsupp ADD FOREIGN KEY (ps_partkey) REFERENCES part;
        ALTER TABLE orders ADD FOREIGN KEY (o_custkey) REFERENCES customer;
        ALTER TABLE lineitem ADD FOREIGN KEY (l_orderkey) REFERENCES orders;
        ALTER TABLE lineitem ADD FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp;
        ANALYZE;
        """
}

extension Value {
    /// A number with its decimals, an amount with its currency.
    fileprivate var figure: String {
        switch self {
        case .integer(let number): "\(number)"
        case .decimal(let number): "\(number)"
        case .money(let money): "\(money.amount) \(money.currency.code)"
        default: "missing"
        }
    }
}
