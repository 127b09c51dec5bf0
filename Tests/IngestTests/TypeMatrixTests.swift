import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Row 32: every type with its extremes, through the copy and through the stream.
@Suite struct TypeMatrixTests {
    /// A type, values of it, and whether its text with us is the server's.
    private struct Case {
        let type: String
        let values: [String]
        var isServersText = true
    }

    /// Types of which we read the binary form.
    private static let binary = [
        Case(type: "boolean", values: ["true", "false"], isServersText: false),
        Case(type: "smallint", values: ["-32768", "32767"]),
        Case(type: "integer", values: ["-2147483648", "2147483647"]),
        Case(type: "bigint", values: ["-9223372036854775808", "9223372036854775807"]),
        Case(
            type: "real", values: ["3.4028235e38", "1e-45", "NaN", "-Infinity", "-0", "0.1"],
            isServersText: false),
        Case(
            type: "double precision",
            values: ["1.7976931348623157e308", "5e-324", "Infinity", "NaN", "0.30000000000000004"],
            isServersText: false),
        Case(
            type: "numeric",
            values: [
                "NaN", "Infinity", "-Infinity", "0", "-0.000", "1e131071", "12345.678900",
                "-99999999999999999999999999999999999999", "0.000000000000000001",
                "100000000000000000000000000000000000000000.5", "10000", "0.0001", "1000.00",
            ]),
        Case(type: "numeric(12,2)", values: ["9999999999.99", "-0.01", "0", "NaN"]),
        Case(type: "text", values: ["", " ", "Ærø € 🍞 \u{1} \\ \" '' | \n\t", "\u{FEFF}x"]),
        Case(type: "varchar(5)", values: ["abc", "æøåÆØ"]),
        Case(type: "char(4)", values: ["ab"], isServersText: false),
        Case(type: "\"char\"", values: ["x"]),
        Case(type: "name", values: ["pg_class"]),
        Case(
            type: "uuid",
            values: [
                "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ]),
        Case(
            type: "timestamp",
            values: [
                "infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999",
                "1969-12-31 23:59:59.999999", "2026-02-28 24:00:00", "0001-01-01 00:00:00",
                "10000-01-01 00:00:00.1",
            ], isServersText: false),
        Case(
            type: "timestamptz",
            values: [
                "infinity", "-infinity", "4713-11-24 00:00:00+00 BC",
                "294276-12-31 23:59:59.999999+00", "2026-03-29 02:30:00+01",
                "1890-01-01 00:00:00+00",
            ], isServersText: false),
        Case(
            type: "date",
            values: [
                "infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "9999-12-31", "99999-01-01",
            ], isServersText: false),
        Case(type: "json", values: ["{\"a\" : [1, null, \"\\u0041\"]}", "null", "1e400"]),
        Case(
            type: "jsonb", values: ["{\"a\": [1, null, \"A\"]}", "null", "123456789012345678901"]),
        Case(type: "mood", values: ["sad", "Æ'gte"]),
        Case(type: "price", values: ["0.01", "99.90"]),
        Case(type: "mood_domain", values: ["sad"]),
    ]

    /// Types that travel as text.
    private static let foreign = [
        Case(type: "bytea", values: ["\\x", "\\x00ff5c27", "\\xdeadbeef"]),
        Case(
            type: "interval",
            values: [
                "178000000 years", "-1 mon +1 day -00:00:00.000001", "0", "1 year 2 mons 3 days",
            ]
        ),
        Case(type: "integer[]", values: ["{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={7,8}"]),
        Case(type: "text[]", values: ["{\"a b\",\"\\\"\",NULL,\"NULL\",\"\"}"]),
        Case(type: "numeric[]", values: ["{NaN,1.50,-0.001}"]),
        Case(type: "mood[]", values: ["{sad,\"Æ'gte\"}"]),
        Case(type: "time", values: ["00:00:00", "24:00:00", "23:59:59.999999"]),
        Case(type: "timetz", values: ["12:00:00+15:59", "00:00:00-15:59"]),
        Case(type: "inet", values: ["::1", "10.0.0.1/8"]),
        Case(type: "cidr", values: ["10.0.0.0/8"]),
        Case(type: "macaddr", values: ["08:00:2b:01:02:03"]),
        Case(type: "money", values: ["-1.50"]),
        Case(type: "bit(3)", values: ["101"]),
        Case(type: "varbit", values: ["", "1"]),
        Case(type: "int4range", values: ["empty", "[1,5)", "(,)"]),
        Case(type: "tstzrange", values: ["[\"2026-01-01 00:00:00+00\",infinity)"]),
        Case(type: "point", values: ["(1.5,-2)"]),
        Case(type: "xml", values: ["<a>æ</a>"]),
        Case(type: "tsvector", values: ["'a':1 'b':2"]),
        Case(type: "pair", values: ["(1,\"a,b\")"]),
        Case(type: "oid", values: ["4294967295"]),
        Case(type: "pg_lsn", values: ["FFFFFFFF/FFFFFFFF"]),
    ]

    @Test(arguments: [true, false])
    func row32BothPathsGiveTheSame(isBinary: Bool) async throws {
        let cases = isBinary ? Self.binary : Self.binary + Self.foreign
        let most = cases.map(\.values.count).max() ?? 0
        func row(_ number: Int, id: Int) -> String {
            let values = cases.map { one in
                number < one.values.count
                    ? "'\(one.values[number].replacing("'", with: "''"))'::\(one.type)" : "NULL"
            }
            return "INSERT INTO \"Værdi\" VALUES (\(id), \(values.joined(separator: ", ")));"
        }
        let columns = cases.indices.map { "c\($0)" }
        let database = try ScratchCluster.shared.database(
            """
            CREATE TYPE mood AS ENUM ('sad', 'Æ''gte');
            CREATE DOMAIN price AS numeric(8,2) CHECK (value > 0);
            CREATE DOMAIN mood_domain AS mood; CREATE TYPE pair AS (n int, t text);
            CREATE TABLE "Værdi" (id int PRIMARY KEY,
                \(zip(columns, cases).map { "\"\($0)\" \($1.type)" }.joined(separator: ", ")));
            \((0..<most).map { row($0, id: $0) }.joined(separator: "\n"))
            """)
        let model = Model(
            name: "value", label: "Value",
            columns: (["id"] + columns).map { Column(name: $0, label: $0, type: .text) },
            timeColumn: nil)
        let schema = Schema(models: [model], companies: try testCompanies())
        let definition = try SourceDefinition(
            DefinitionNode(
                parsing: """
                    source: values
                    kind: postgres
                    company: tekup
                    tables:
                      - table: "Værdi"
                        model: value
                        key: id
                        columns: {\((["id"] + columns).map { "\($0): \($0)" }.joined(separator: ", "))}
                    """, file: "values.yaml"), schema: schema)
        let folder = try ScratchFolder()
        let store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        let source = try PostgresSource(
            definition: definition, connection: ScratchCluster.shared.connection(database),
            store: store, slot: "s_\(database)", sleep: { _ in })
        try await source.catchUp()
        try ScratchCluster.shared.sql(
            database, (0..<most).map { row($0, id: $0 + 1000) }.joined(separator: "\n"))
        try await source.catchUp()
        var found: [String: [Cell]] = [:]
        try store.snapshot(Scope(companies: ["tekup"])).rows(
            RowRequest(model: "value", columns: (["id"] + columns).map { ColumnPath($0) })
        ).forEachBatch { batch in
            for cells in batch {
                if case .text(let id) = cells[0] { found[id] = Array(cells[1...]) }
            }
        }
        #expect(found.count == 2 * most)
        let server = try ScratchCluster.shared.sql(
            database,
            "SELECT \(columns.map { "\"\($0)\"" }.joined(separator: ", ")) FROM \"Værdi\" "
                + "WHERE id < 1000 ORDER BY id")
        for number in 0..<most {
            let (copied, streamed) = (found["\(number)"], found["\(number + 1000)"])
            for (column, one) in cases.enumerated() {
                #expect(
                    copied?[column] == streamed?[column], "\(one.type) \(one.values) \(number)")
                guard one.isServersText else { continue }
                #expect(
                    copied?[column] == server[number][column].map { .text($0) } ?? .missing,
                    "\(one.type) \(number)")
            }
        }
        try store.close()
    }
}
