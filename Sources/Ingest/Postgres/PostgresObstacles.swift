import Vocabulary

/// Mapped names that are no tables, or tables of a kind that is not followed.
struct PostgresObstacles: Sendable {
    private(set) var findings: [String: Finding] = [:]

    init() {}

    init(of definition: SourceDefinition, through connection: PostgresConnection) throws {
        var places = Dictionary(
            definition.tables.map { ($0.name, $0.place) }, uniquingKeysWith: { first, _ in first })
        if let lookup = definition.tenants?.table, places[lookup.name] == nil {
            places[lookup.name] = lookup.place
        }
        let wanted = places.keys.sorted().map(SQL.text).joined(separator: ", ")
        let rows = try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, c.relkind, c.relpersistence, c.relispartition,
                   (SELECT pn.nspname || '.' || p.relname FROM pg_inherits i
                    JOIN pg_class p ON p.oid = i.inhparent
                    JOIN pg_namespace pn ON pn.oid = p.relnamespace
                    WHERE i.inhrelid = c.oid LIMIT 1),
                   has_schema_privilege(n.oid, 'USAGE'), n.nspname, current_user
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname || '.' || c.relname IN (\(wanted))
            """)
        for row in rows {
            guard let name = row[0] else { continue }
            findings[name] = Self.finding(name, row, places[name])
        }
    }

    private static func finding(
        _ name: String, _ row: [String?], _ place: Place?
    ) -> Finding? {
        func kind(_ words: String, _ fix: String) -> Finding {
            Finding(
                .problem, "‘\(name)’ is \(words), and the server tells changes of tables only",
                fix: fix, at: place)
        }
        switch row[1] {
        case "v": return kind("a view", "map the tables that it is made of")
        case "m": return kind("a materialised view", "map the tables that it is made of")
        case "f": return kind("a foreign table", "make its own server a source, and map it there")
        case "r", "p": break
        default: return kind("no table", "map a table")
        }
        if row[3] == "t", let parent = row[4] {
            return Finding(
                .problem,
                "‘\(name)’ is a partition of ‘\(parent)’, and changes arrive under that name",
                fix: "map ‘\(parent)’", at: place)
        }
        if row[2] == "u" {
            return Finding(
                .problem, "table ‘\(name)’ is unlogged, and so its changes are not told",
                fix: "run ALTER TABLE \(SQL.table(name)) SET LOGGED;")
        }
        if row[5] != "t" {
            return Finding(
                .problem, "role ‘\(row[7] ?? "")’ may not look into schema ‘\(row[6] ?? "")’",
                fix: "run GRANT USAGE ON SCHEMA \(SQL.name(row[6] ?? "")) TO "
                    + "\(SQL.name(row[7] ?? ""));")
        }
        return nil
    }
}
