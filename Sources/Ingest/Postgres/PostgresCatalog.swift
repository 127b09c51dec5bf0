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
        /// Number, modifier of the type, and the transaction that last changed the column.
        ///
        /// The last one changes when the column's values are rewritten without a single event in
        /// the stream, and not with VACUUM FULL.
        let version: String
    }

    struct UniqueKey: Sendable, Hashable {
        let index: String
        let isPrimary: Bool
        let columns: Set<String>
    }

    struct Leaf: Sendable, Hashable {
        let name: String
        let pages: Int
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
        /// The unique indexes without nulls, conditions and expressions.
        let uniqueKeys: [UniqueKey]
        /// Object identifiers of the table and all its partitions, the files of these, since no event
        /// tells that one of them was truncated, and of each one's part in the publication.
        let members: String
        /// The tables that hold its rows: its partitions, or itself, with their size in pages.
        let leaves: [Leaf]

        func column(_ name: String) -> Column? { columns.first { $0.name == name } }
    }

    private(set) var tables: [String: Table] = [:]
    /// All table names, for suggestions.
    private(set) var names: [String] = []

    /// Reads the tables that a source maps, and the names of all others.
    init(
        of definition: SourceDefinition, publication: String,
        through connection: PostgresConnection
    ) throws {
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
            tables[name] = Table(
                name: name, isPartitioned: row[2] == "p", identity: row[3] ?? "n",
                hidesRows: row[4] == "t", isOwned: row[5] == "t",
                columns: try Self.columns(of: oid, through: connection),
                uniqueKeys: try Self.uniqueKeys(of: oid, through: connection),
                members: try Self.members(of: oid, publication, through: connection),
                leaves: try Self.leaves(of: oid, through: connection))
        }
    }

    private static func columns(
        of table: String, through connection: PostgresConnection
    ) throws -> [Column] {
        try connection.query(
            """
            SELECT a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod),
                   a.attgenerated <> '', has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
                   coalesce(a.attnum = ANY(i.indkey::int2[]), false),
                   concat_ws(' ', a.attnum, a.atttypmod, a.xmin)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 LEFT JOIN pg_index i ON i.indrelid = c.oid
                     AND CASE c.relreplident WHEN 'd' THEN i.indisprimary
                              WHEN 'i' THEN i.indisreplident ELSE false END
            WHERE a.attrelid = \(table) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """
        ).map { column in
            Column(
                name: column[0] ?? "", typeOID: UInt32(column[1] ?? "") ?? 0,
                typeName: column[2] ?? "", isGenerated: column[3] == "t",
                maySelect: column[4] == "t", isIdentity: column[5] == "t",
                version: column[6] ?? "")
        }
    }

    private static func uniqueKeys(
        of table: String, through connection: PostgresConnection
    ) throws -> [UniqueKey] {
        try connection.query(
            """
            SELECT x.relname, i.indisprimary, array_to_string(array_agg(a.attname), E'\\x1f')
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_attribute a
                 ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey::int2[])
            WHERE i.indrelid = \(table) AND i.indisunique AND i.indimmediate AND i.indisvalid
              AND i.indpred IS NULL AND i.indexprs IS NULL
            GROUP BY x.relname, i.indisprimary HAVING bool_and(a.attnotnull) ORDER BY 2 DESC, 1
            """
        ).map { row in
            UniqueKey(
                index: row[0] ?? "", isPrimary: row[1] == "t",
                columns: Set((row[2] ?? "").split(separator: "\u{1F}").map(String.init)))
        }
    }

    /// A query for a table and all partitions below it.
    ///
    /// The server's own function for that waits for locks of the table: behind a statement that
    /// itself waits until our copy has been taken by the thread that asks.
    private static func partitions(of table: String) -> String {
        """
        WITH RECURSIVE tree(relid) AS (
            SELECT \(table)::oid
            UNION ALL SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
                 JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition)
        SELECT relid FROM tree
        """
    }

    private static func members(
        of table: String, _ publication: String, through connection: PostgresConnection
    ) throws -> String {
        try connection.query(
            """
            SELECT string_agg(
                concat_ws(' ', t.relid, CASE WHEN c.relispartition THEN c.relfilenode END, r.oid),
                ',' ORDER BY t.relid)
            FROM (\(partitions(of: table))) t JOIN pg_class c ON c.oid = t.relid
                 LEFT JOIN pg_publication p ON p.pubname = \(SQL.text(publication))
                 LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = t.relid
            """
        ).first?.first.flatMap(\.self) ?? table
    }

    private static func leaves(
        of table: String, through connection: PostgresConnection
    ) throws -> [Leaf] {
        try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, c.relpages
            FROM (\(partitions(of: table))) t JOIN pg_class c ON c.oid = t.relid
                 JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' ORDER BY c.oid
            """
        ).map { Leaf(name: $0[0] ?? "", pages: Int($0[1] ?? "") ?? 0) }
    }

    /// A hash of all that decides whether rows that were read earlier still are what the stream and
    /// a copy would give: it changes when a table is made anew, swapped, or leaves the publication,
    /// and when a column that is read is renamed, retyped or rewritten.
    func fingerprint(of name: String, fields: [String], mapping: String) -> String {
        guard let table = tables[name] else { return "gone" }
        let columns = fields.map { field in
            table.column(field).map { "\(field) \($0.typeOID) \($0.version)" } ?? field
        }
        var hash = ContentHash()
        hash.add(bytes: ([mapping, table.members] + columns).joined(separator: "\u{1E}").utf8)
        return hash.short
    }

    /// The fingerprints of all mapped tables.
    func fingerprints(_ definition: SourceDefinition) -> [String: String] {
        var found: [String: String] = [:]
        for table in definition.tables {
            found[table.name] = fingerprint(
                of: table.name, fields: table.fields,
                mapping: definition.fingerprint(of: table))
        }
        return found
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
