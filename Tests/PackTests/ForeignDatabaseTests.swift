import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Definitions written for databases that are none of the five, against figures that others published.
@Suite struct ForeignDatabaseTests {
    /// How large the database of TPC-H is: 0.01, or with `make foreign` 1, the size of the answers
    /// that the benchmark itself publishes.
    private static let scale =
        ProcessInfo.processInfo.environment["REPORTD_TPCH_SCALE"] ?? "0.01"

    private static let everything = "1992-01-01..1998-12-31"

    /// Scale 0.01: the answers in the repository of DuckDB (extension/tpch/dbgen/answers/sf0.01).
    ///
    /// Of Q13 only the customers without orders: the comments that it looks into were others there.
    private static let smallAnswers: [ForeignDatabase.Answer] = [
        pricingSummary(
            rows: [
                [
                    "A", "F", "380456", "532348211.65", "505822441.49", "526165934.00",
                    "25.575155", "35785.709307", "0.050081", "14876",
                ],
                [
                    "N", "F", "8971", "12384801.37", "11798257.2080", "12282485.056933",
                    "25.778736", "35588.509684", "0.047759", "348",
                ],
                [
                    "N", "O", "742802", "1041502841.45", "989737518.6346", "1029418531.52335",
                    "25.454988", "35691.129209", "0.049931", "29181",
                ],
                [
                    "R", "F", "381449", "534594445.35", "507996454.4067", "528524219.36",
                    "25.597168", "35874.006533", "0.049828", "14902",
                ],
            ]),
        answer("rebate_forgone", "1994", "1193053.2253"),
        answer("customers_without_orders", everything, "500"),
        answer("promotion_share", "1995-09", "15.486546"),
        ForeignDatabase.Answer(
            metrics: ["net"], period: "1996-Q1", by: ["supplier"], limit: 1,
            rows: [["Supplier#000000021", "1161099.4636"]]),
        answer("large_orders", everything, "2"),
        answer("pieces_of_large_orders", everything, "608"),
        answer("cases_in_person", everything, "22923.0280"),
    ]

    /// Scale 1: the answers that come with the benchmark's own tool, dbgen (folder answers).
    private static let publishedAnswers: [ForeignDatabase.Answer] = [
        pricingSummary(
            rows: [
                [
                    "A", "F", "37734107.00", "56586554400.73", "53758257134.87", "55909065222.83",
                    "25.52", "38273.13", "0.05", "1478493",
                ],
                [
                    "N", "F", "991417.00", "1487504710.38", "1413082168.05", "1469649223.19",
                    "25.52", "38284.47", "0.05", "38854",
                ],
                [
                    "N", "O", "74476040.00", "111701729697.74", "106118230307.61",
                    "110367043872.50", "25.50", "38249.12", "0.05", "2920374",
                ],
                [
                    "R", "F", "37719753.00", "56568041380.90", "53741292684.60", "55889619119.83",
                    "25.51", "38250.85", "0.05", "1478870",
                ],
            ]),
        answer("rebate_forgone", "1994", "123141078.23"),
        answer("customers_without_orders", everything, "50005"),
        answer("customers_with_10_orders", everything, "6532"),
        answer("promotion_share", "1995-09", "16.38"),
        ForeignDatabase.Answer(
            metrics: ["net"], period: "1996-Q1", by: ["supplier"], limit: 1,
            rows: [["Supplier#000008449", "1772627.21"]]),
        answer("large_orders", everything, "57"),
        answer("cases_in_person", everything, "3083843.06"),
    ]

    /// Q1.
    private static func pricingSummary(rows: [[String]]) -> ForeignDatabase.Answer {
        ForeignDatabase.Answer(
            metrics: [
                "quantity", "base_price", "net", "charge", "average_quantity", "average_price",
                "average_discount", "lines",
            ], period: "1992-01-01..1998-09-02", by: ["return_flag", "status"], rows: rows)
    }

    private static func answer(
        _ metric: String, _ period: String, _ figure: String
    ) -> ForeignDatabase.Answer {
        ForeignDatabase.Answer(metrics: [metric], period: period, rows: [[figure]])
    }

    @Test func whatTPCHPublishes() async throws {
        let foreign = try await ForeignDatabase(
            "tpch", in: ForeignDatabase.tpch(scale: Self.scale))
        for answer in Self.scale == "1" ? Self.publishedAnswers : Self.smallAnswers {
            try foreign.expect(answer)
        }
        // Q16 has too many rows to be listed here, and is asked of the database itself.
        let suppliers = ForeignDatabase.Answer(
            metrics: ["suppliers_of_parts"], period: Self.everything,
            by: ["part.brand", "part.type", "part.size"],
            filters: ["part.brand!=Brand#45", "part.size=49,14,23,45,19,3,36,9"], rows: [])
        let wanted = try foreign.sql(
            """
            SELECT trim(p_brand), p_type, p_size, count(DISTINCT ps_suppkey)
            FROM partsupp, part WHERE p_partkey = ps_partkey AND p_brand <> 'Brand#45'
                AND p_type NOT LIKE 'MEDIUM POLISHED%' AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9)
                AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier
                    WHERE s_comment LIKE '%Customer%Complaints%')
            GROUP BY 1, 2, 3
            """)
        #expect(wanted.count > 200)
        #expect(
            Set(try foreign.rows(suppliers)) == Set(wanted.map { $0.map { $0 ?? "" } }))
    }

    /// What the many tutorials about Chinook print: 412 invoices over 2328.60, 523.06 of it in the
    /// USA, 1297 of 3503 tracks are Rock, Helena Holý is the best customer.
    @Test func whatIsKnownOfChinook() async throws {
        let foreign = try await ForeignDatabase("chinook", in: ForeignDatabase.chinook())
        let years = "2009-01-01..2013-12-31"
        let figures: KeyValuePairs = [
            "sales": "2328.60 USD", "invoices": "412", "average_invoice": "5.65 USD",
            "buyers": "59", "countries": "24", "lines_sold": "2240",
            "sales_of_lines": "2328.60 USD", "unexplained": "0.00 USD", "customers": "59",
            "tracks": "3503", "albums": "347",
        ]
        for (metric, figure) in figures { try foreign.expect(Self.answer(metric, years, figure)) }
        for (year, sales) in [
            "2009": "449.46 USD", "2010": "481.45 USD", "2011": "469.58 USD", "2012": "477.53 USD",
            "2013": "450.58 USD",
        ] {
            try foreign.expect(Self.answer("sales", year, sales))
        }
        func split(_ metric: String, by: String, limit: Int?, _ rows: [[String]]) throws {
            try foreign.expect(
                ForeignDatabase.Answer(
                    metrics: [metric], period: years, by: [by], limit: limit, rows: rows))
        }
        try split(
            "sales", by: "country", limit: 3,
            [["USA", "523.06 USD"], ["Canada", "303.96 USD"], ["France", "195.10 USD"]])
        try split("sales", by: "customer", limit: 1, [["Helena Holý", "49.62 USD"]])
        try split(
            "tracks", by: "genre", limit: 3,
            [["Rock", "1297"], ["Latin", "579"], ["Metal", "374"]])
        try split(
            "customers", by: "agent", limit: nil,
            [["Johnson", "18"], ["Park", "20"], ["Peacock", "21"]])
        // A change arrives, and the bridge from invoices to their lines shows it.
        try foreign.sql(
            #"UPDATE "InvoiceLine" SET "Quantity" = 3 WHERE "InvoiceLineId" = 1"#)
        try await foreign.catchUp()
        try foreign.expect(Self.answer("sales_of_lines", years, "2330.58 USD"))
        try foreign.expect(Self.answer("unexplained", years, "-1.98 USD"))
    }

    /// A proposal as discover makes it, unedited: it is read whole, and says what it should.
    private func proposal(for database: String) async throws -> String {
        let files = try await PostgresDiscovery(
            connection: ScratchCluster.shared.connection(database), source: "found", existing: nil
        ).propose()
        let folder = try ScratchFolder()
        _ = try folder.write("companies.yaml", files.companies)
        for (name, text) in [("sources", files.mapping), ("models", files.models)] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: true)
            _ = try folder.write("\(name)/found.yaml", text)
        }
        let schema = try Schema(definitions: folder.path)
        let definition = try #require(
            SourceDefinition.load(definitions: folder.path, schema: schema).first)
        let store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        try await PostgresSource(
            definition: definition, connection: ScratchCluster.shared.connection(database),
            store: store, slot: "s_\(database)"
        ).catchUp()
        #expect(try store.quarantined().isEmpty)
        for table in definition.tables {
            let (schema, name) = SQL.parts(of: table.name)
            let wanted = try ScratchCluster.shared.sql(
                database, "SELECT count(*) FROM \(SQL.name(schema)).\(SQL.name(name))")
            #expect(
                try store.lines(of: "SELECT count(*) FROM \"\(table.model.name)\"")
                    == [wanted[0][0] ?? ""], "\(table.name)")
        }
        try store.close()
        try ScratchCluster.shared.sql(
            database, "SELECT pg_drop_replication_slot('s_\(database)')")
        return files.mapping + files.models + files.metrics
    }

    @Test func whatDiscoverProposesForTPCH() async throws {
        let text = try await proposal(for: ForeignDatabase.tpch(scale: "0.01"))
        for line in [
            // The letters that a table's columns begin with are no part of a name.
            "      extendedprice: l_extendedprice\n",
            "      extendedprice: {type: money, currency: currency}\n",
            "      totalprice: {type: money, currency: currency}\n",
            "    time: shipdate   # decide",
            // Shares are no amounts.
            "      discount: l_discount   # all values looked at lie between 0 and 1: a share",
            "      tax: {type: decimal, scale: 2}\n",
            // Part and supplier of a line are those of the stock that it is taken from.
            "      partkey: l_partkey   # by way of public.partsupp\n",
            "      suppkey: {type: reference, to: supplier}\n",
            // Fixed lengths are padded with blanks.
            "      shipmode: {from: l_shipmode, form: trim}   # 7 different",
            "      name: {from: n_name, form: trim}",
            "#   o_comment (character varying(79)): free text",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        // What one piece costs is not added up.
        #expect(!text.contains("column: retailprice"))
    }

    @Test func whatDiscoverProposesForChinook() async throws {
        let text = try await proposal(for: ForeignDatabase.chinook())
        for line in [
            "      name: {from: [FirstName, LastName]}", "      customer: CustomerId\n",
            "      amount: {product: [Quantity, UnitPrice]}   # decide",
            "      amount: {type: money, currency: currency}\n", "    column: amount\n",
            "#   BirthDate (timestamp without time zone): personal",
            "    key: [PlaylistId, TrackId]\n",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(!text.contains("column: unit_price"))
    }
}
