import Vocabulary

/// What the catalog of a database says about all that is in it, for a proposal of a mapping.
struct DatabaseSurvey: Sendable {
    /// What a column's type means to a mapping, domains resolved.
    enum Kind: Sendable, Hashable {
        case boolean, integer, float, text, uuid, timestamp, timestamptz, date, json
        /// Exact numbers; nil where no number of decimals is declared.
        case numeric(scale: Int?)
        case enumeration([String])
        /// Arrays, composites, bytes, addresses, ranges and all else that is no single value of ours.
        case other

        /// What values compare as when they are keys; nil when they are none.
        var keyClass: String? {
            switch self {
            case .integer, .numeric: "number"
            case .uuid: "uuid"
            case .text, .enumeration: "text"
            default: nil
            }
        }

        var isTextual: Bool {
            switch self {
            case .text, .enumeration: true
            default: false
            }
        }

        var isTime: Bool { self == .timestamp || self == .timestamptz || self == .date }
    }

    struct Column: Sendable, Hashable {
        let name: String
        let kind: Kind
        let typeName: String
        let isRequired: Bool
        let isGenerated: Bool
        let maySelect: Bool
        /// The default as an expression; empty when there is none.
        let standard: String

        /// A short word that the names of all columns of its table begin with, as `l` in
        /// `l_quantity`; empty where there is none.
        var prefix = ""

        /// The words of its name, without the prefix.
        var words: [String] {
            let words = NameForm.words(name)
            return !prefix.isEmpty && words.first == prefix ? Array(words.dropFirst()) : words
        }
    }

    /// A foreign key.
    struct Reference: Sendable, Hashable {
        let columns: [String]
        let target: String
        let targetColumns: [String]
    }

    struct Relation: Sendable, Hashable {
        let schema: String
        let table: String
        /// The letter of `pg_class.relkind`.
        let kind: String
        let isUnlogged: Bool
        /// `d` primary key, `i` an index, `f` the whole row, `n` nothing.
        let identity: String
        /// What identifies its rows in the stream, in the order of the index.
        let key: [String]
        /// The name of a unique index without nulls, for tables that nothing identifies.
        let uniqueIndex: String?
        let hasPrimaryKey: Bool
        let hidesRows: Bool
        /// About how many rows; nil before the first ANALYZE.
        let rows: Int?
        /// The table whose columns it inherits, as far as it is no partition.
        let parent: String?
        let hasChildren: Bool
        var columns: [Column] = []
        var references: [Reference] = []

        var name: String { schema + "." + table }

        func column(_ name: String) -> Column? { columns.first { $0.name == name } }
    }

    let database: String
    /// The server's own zone, in which `now()` fills times without zone.
    let zone: String
    let relations: [Relation]

    /// Reads the catalog; nothing is read from any table.
    ///
    /// `schemas` limits what is looked at; without any, all but the server's own are.
    init(schemas: [String], through connection: PostgresConnection) throws {
        let about =
            try connection.query(
                """
                SELECT current_database(),
                       (SELECT CASE source WHEN 'client' THEN boot_val ELSE reset_val END
                        FROM pg_settings WHERE name = 'TimeZone')
                """
            ).first ?? []
        database = about.first.flatMap(\.self) ?? ""
        zone = about.last.flatMap(\.self) ?? "UTC"
        let chosen =
            schemas.isEmpty
            ? "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
            : "n.nspname IN (" + schemas.map(SQL.text).joined(separator: ", ") + ")"
        let rows = try connection.query(
            """
            SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 'u', c.relreplident,
                   c.relrowsecurity AND NOT coalesce(
                       r.rolsuper OR r.rolbypassrls
                       OR (pg_has_role(c.relowner, 'USAGE') AND NOT c.relforcerowsecurity), false),
                   CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
                   (SELECT pn.nspname || '.' || p.relname FROM pg_inherits i
                    JOIN pg_class p ON p.oid = i.inhparent
                    JOIN pg_namespace pn ON pn.oid = p.relnamespace
                    WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1),
                   c.relkind = 'r' AND EXISTS (
                       SELECT 1 FROM pg_inherits i WHERE i.inhparent = c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_roles r ON r.rolname = current_user
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
              AND c.relpersistence <> 't' AND \(chosen)
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid
                              AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
            ORDER BY n.nspname, c.relname
            """)
        let columns = Dictionary(grouping: try Self.columns(through: connection), by: \.table)
        let keys = Dictionary(grouping: try Self.keys(through: connection), by: \.table)
        let references = Dictionary(
            grouping: try Self.references(through: connection), by: \.table)
        relations = rows.map { row in
            let oid = row[0] ?? ""
            let unique = keys[oid] ?? []
            let identity = row[5] ?? "n"
            let primary = unique.first(where: \.isPrimary)
            let identifying =
                identity == "i"
                ? unique.first(where: \.isIdentity) : identity == "n" ? nil : primary
            var relation = Relation(
                schema: row[1] ?? "", table: row[2] ?? "", kind: row[3] ?? "",
                isUnlogged: row[4] == "t", identity: identity, key: identifying?.columns ?? [],
                uniqueIndex: unique.first { !$0.isPrimary }?.index, hasPrimaryKey: primary != nil,
                hidesRows: row[6] == "t", rows: row[7].flatMap { Int($0) }, parent: row[8],
                hasChildren: row[9] == "t")
            relation.columns = Self.sharingPrefix((columns[oid] ?? []).map(\.column))
            relation.references = (references[oid] ?? []).map(\.reference)
            return relation
        }
    }

    func relation(_ name: String) -> Relation? { relations.first { $0.name == name } }

    /// The columns with what all their names begin with, if that is no word of its own.
    private static func sharingPrefix(_ columns: [Column]) -> [Column] {
        let names = columns.map { NameForm.words($0.name) }
        guard columns.count > 1, let prefix = names[0].first, prefix.count <= 3,
            names.allSatisfy({ $0.count > 1 && $0[0] == prefix }),
            !["is", "has", "no", "num", "sub", "tax", "net", "vat", "due"].contains(prefix)
        else { return columns }
        return columns.map { column in
            var column = column
            column.prefix = prefix
            return column
        }
    }

    private static func columns(
        through connection: PostgresConnection
    ) throws -> [(table: String, column: Column)] {
        // A domain of a domain ends at its base type; the declared decimals are those of the first
        // that declares any.
        try connection.query(
            """
            WITH RECURSIVE base(oid, type, modifier) AS (
                SELECT oid, typbasetype, typtypmod FROM pg_type WHERE typtype = 'd'
                UNION ALL
                SELECT b.oid, t.typbasetype,
                       CASE WHEN b.modifier >= 0 THEN b.modifier ELSE t.typtypmod END
                FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
            SELECT a.attrelid, a.attname, coalesce(b.type, a.atttypid), t.typtype,
                   CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE coalesce(b.modifier, -1) END,
                   format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
                   has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
                   coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
                   (SELECT string_agg(e.enumlabel, E'\\x1f' ORDER BY e.enumsortorder)
                    FROM pg_enum e WHERE e.enumtypid = t.oid), t.typname
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 LEFT JOIN LATERAL (SELECT b.type, b.modifier FROM base b
                     JOIN pg_type x ON x.oid = b.type
                     WHERE b.oid = a.atttypid AND x.typtype <> 'd') b ON true
                 JOIN pg_type t ON t.oid = coalesce(b.type, a.atttypid)
                 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
              AND c.relnamespace <> 'pg_catalog'::regnamespace
            ORDER BY a.attrelid, a.attnum
            """
        ).map { row in
            let kind = kind(
                oid: row[2].flatMap { UInt32($0) } ?? 0, isEnumeration: row[3] == "e",
                modifier: row[4].flatMap { Int($0) } ?? -1, labels: row[10], name: row[11] ?? "")
            return (
                row[0] ?? "",
                Column(
                    name: row[1] ?? "", kind: kind, typeName: row[5] ?? "",
                    isRequired: row[6] == "t", isGenerated: row[7] == "t",
                    maySelect: row[8] == "t", standard: row[9] ?? "")
            )
        }
    }

    private static func kind(
        oid: UInt32, isEnumeration: Bool, modifier: Int, labels: String?, name: String
    ) -> Kind {
        if isEnumeration {
            return .enumeration((labels ?? "").split(separator: "\u{1F}").map(String.init))
        }
        switch PostgresType(oid: oid) {
        case .boolean: return .boolean
        case .int2, .int4, .int8: return .integer
        case .float4, .float8: return .float
        case .text: return .text
        case .uuid: return .uuid
        case .timestamp: return .timestamp
        case .timestamptz: return .timestamptz
        case .date: return .date
        case .json, .jsonb: return .json
        case .numeric:
            // Precision and scale stand in the modifier; the scale has 11 bits and a sign.
            guard modifier >= 4 else { return .numeric(scale: nil) }
            let bits = (modifier - 4) & 0x7FF
            return .numeric(scale: (bits ^ 1024) - 1024)
        case .foreign, nil: return name == "citext" ? .text : .other
        }
    }

    private struct Key {
        let table: String
        let index: String
        let isPrimary: Bool
        let isIdentity: Bool
        let columns: [String]
    }

    private static func keys(through connection: PostgresConnection) throws -> [Key] {
        try connection.query(
            """
            SELECT i.indrelid, x.relname, i.indisprimary, i.indisreplident,
                   string_agg(a.attname, E'\\x1f' ORDER BY k.place)
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                 CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
            WHERE i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
              AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
            GROUP BY i.indrelid, x.relname, i.indisprimary, i.indisreplident
            HAVING bool_and(a.attnotnull) ORDER BY i.indrelid, x.relname
            """
        ).map { row in
            Key(
                table: row[0] ?? "", index: row[1] ?? "", isPrimary: row[2] == "t",
                isIdentity: row[3] == "t",
                columns: (row[4] ?? "").split(separator: "\u{1F}").map(String.init))
        }
    }

    private static func references(
        through connection: PostgresConnection
    ) throws -> [(table: String, reference: Reference)] {
        try connection.query(
            """
            SELECT k.conrelid, n.nspname || '.' || c.relname,
                   (SELECT string_agg(a.attname, E'\\x1f' ORDER BY u.place)
                    FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
                    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
                   (SELECT string_agg(a.attname, E'\\x1f' ORDER BY u.place)
                    FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
                    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number)
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE k.contype = 'f' AND NOT c.relispartition ORDER BY k.conrelid, k.conname
            """
        ).map { row in
            func names(_ text: String?) -> [String] {
                (text ?? "").split(separator: "\u{1F}").map(String.init)
            }
            return (
                row[0] ?? "",
                Reference(
                    columns: names(row[2]), target: row[1] ?? "", targetColumns: names(row[3]))
            )
        }
    }
}
