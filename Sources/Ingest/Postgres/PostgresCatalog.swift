import Vocabulary

/// What the server's catalog says about the mapped tables.
struct PostgresCatalog: Sendable {
    struct Column: Sendable, Hashable {
        let name: String
        let typeOID: UInt32
        let typeName: String
        let isGenerated: Bool
        let maySelect: Bool
        /// Whether the column is part of what identifies a row in the stream.
        let isIdentity: Bool
    }

    struct Table: Sendable, Hashable {
        let name: String
        let isPartitioned: Bool
        /// `d` primary key, `i` an index, `f` the whole row, `n` nothing.
        let identity: String
        /// Row-level security is on and applies to us.
        let hidesRows: Bool
        let isOwned: Bool
        let columns: [Column]

        func column(_ name: String) -> Column? { columns.first { $0.name == name } }
    }

    private(set) var tables: [String: Table] = [:]
    /// All table names, for suggestions.
    private(set) var names: [String] = []

    /// Reads the tables that a source maps, and the names of all others.
    init(of definition: SourceDefinition, through connection: PostgresConnection) throws {
        let wanted = Set(
            definition.tables.map(\.name) + [definition.tenants?.table?.name].compactMap(\.self))
        let rows = try connection.query(
            """
            SELECT c.oid, n.nspname || '.' || c.relname, c.relkind, c.relreplident,
                   c.relrowsecurity AND NOT coalesce(
                       r.rolsuper OR r.rolbypassrls
                       OR (pg_has_role(c.relowner, 'USAGE') AND NOT c.relforcerowsecurity), false),
                   pg_has_role(c.relowner, 'USAGE')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_roles r ON r.rolname = current_user
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND n.nspname NOT LIKE 'pg\\_%'
            ORDER BY 2
            """)
        for row in rows {
            guard let oid = row[0], let name = row[1] else { continue }
            names.append(name)
            guard wanted.contains(name) else { continue }
            let columns = try connection.query(
                """
                SELECT a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod),
                       a.attgenerated <> '', has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
                       CASE c.relreplident WHEN 'f' THEN true
                            ELSE coalesce(a.attnum = ANY(i.indkey::int2[]), false) END
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                     LEFT JOIN pg_index i ON i.indrelid = c.oid
                         AND CASE c.relreplident WHEN 'd' THEN i.indisprimary
                                  WHEN 'i' THEN i.indisreplident ELSE false END
                WHERE a.attrelid = \(oid) AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum
                """
            ).map { column in
                Column(
                    name: column[0] ?? "", typeOID: UInt32(column[1] ?? "") ?? 0,
                    typeName: column[2] ?? "", isGenerated: column[3] == "t",
                    maySelect: column[4] == "t", isIdentity: column[5] == "t")
            }
            tables[name] = Table(
                name: name, isPartitioned: row[2] == "p", identity: row[3] ?? "n",
                hidesRows: row[4] == "t", isOwned: row[5] == "t", columns: columns)
        }
    }
}

/// The types of a database by object identifier, including its enumerations and domains.
struct PostgresTypes: Sendable {
    private var declared: [UInt32: PostgresType] = [:]
    private var byTable: [String: [PostgresType]] = [:]

    /// Only built-in types, for tests of the protocol.
    init() {}

    /// Reads the enumerations and domains, and the types of the mapped columns.
    init(
        of definition: SourceDefinition, catalog: PostgresCatalog,
        through connection: PostgresConnection
    ) throws {
        let rows = try connection.query(
            """
            WITH RECURSIVE base(oid, type) AS (
                SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd'
                UNION ALL
                SELECT b.oid, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.type
                WHERE t.typtype = 'd')
            SELECT b.oid, b.type, t.typtype FROM base b JOIN pg_type t ON t.oid = b.type
            WHERE t.typtype <> 'd'
            UNION ALL SELECT oid, oid, typtype FROM pg_type WHERE typtype <> 'd'
            """)
        for row in rows {
            guard let oid = row[0].flatMap({ UInt32($0) }),
                let base = row[1].flatMap({ UInt32($0) })
            else { continue }
            // Labels of enumerations travel as text in both forms.
            declared[oid] = row[2] == "e" ? .text : PostgresType(oid: base) ?? .foreign
        }
        for table in definition.tables {
            byTable[table.name] = table.fields.map { field in
                catalog.tables[table.name]?.column(field).flatMap { declared[$0.typeOID] }
                    ?? .foreign
            }
        }
    }

    /// The type of an identifier; nil when it was created after the catalog was read.
    subscript(oid: UInt32) -> PostgresType? { PostgresType(oid: oid) ?? declared[oid] }

    /// The types of a table's fields, in their order.
    func types(of mapping: TableMapping) -> [PostgresType] {
        byTable[mapping.name] ?? mapping.fields.map { _ in .foreign }
    }

    /// Whether every mapped column has a binary form that we read.
    var allBinary: Bool { !byTable.values.contains { $0.contains(.foreign) } }
}
