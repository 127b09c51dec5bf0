import Store
import Vocabulary

/// Checks of everything that polling a source needs, each with the statement that mends it.
///
/// It asks for far less than replication: the right to read, and a key.
struct PollingPreflight {
    let definition: SourceDefinition
    let server: PostgresServer
    let catalog: PostgresCatalog
    let types: PostgresTypes
    let tables: PollingTables
    /// A replication slot that was made when the source was read by replication.
    let leftover: String?

    /// What to write where replication is not permitted, as the end of a sentence.
    static func instead(of source: String) -> String {
        "; where that cannot be had, write ‘read: polling’ beside the connection of ‘\(source)’ in "
            + "reportd.yaml"
    }

    /// The slot that replication of this source would have; nil when there is none.
    static func leftover(
        of definition: SourceDefinition, through connection: PostgresConnection
    ) throws -> String? {
        let name = "reportd_" + definition.name.replacing("-", with: "_")
        return try connection.query(
            """
            SELECT slot_name FROM pg_replication_slots
            WHERE slot_name = \(SQL.text(name)) AND NOT active AND database = current_database()
            """
        ).first?.first.flatMap(\.self)
    }

    /// All findings, problems first in the order in which they should be mended.
    func findings() -> [Finding] {
        var found: [Finding] = []
        let version = server.version / 10_000
        found.append(
            version >= 13
                ? Finding(.fine, "the server is Postgres \(version)")
                : Finding(
                    .problem, "the server is Postgres \(version); polling needs 13",
                    fix: "upgrade the server to Postgres 13 or later"))
        if server.isStandby {
            found.append(
                Finding(
                    .notice,
                    "the server is a standby, so changes are seen once it has replayed them",
                    fix: "connect to the primary if that is too late"))
        }
        if let leftover {
            found.append(
                Finding(
                    .notice,
                    "the replication slot ‘\(leftover)’ is left over and keeps the server's log "
                        + "for nobody",
                    fix: "run SELECT pg_drop_replication_slot(\(SQL.text(leftover)));"))
        }
        for mapping in definition.tables {
            found += findings(
                mapping.name, fields: mapping.fields, place: mapping.place,
                key: mapping.key.map { mapping.fields[$0] }, mapping: mapping)
        }
        if let lookup = definition.tenants?.table {
            found += findings(
                lookup.name, fields: [lookup.key, lookup.value], place: lookup.place, key: [],
                mapping: nil)
        }
        let order: [Finding.Severity] = [.problem, .notice, .fine]
        return order.flatMap { severity in found.filter { $0.severity == severity } }
    }

    private func findings(
        _ name: String, fields: [String], place: Place, key: [String], mapping: TableMapping?
    ) -> [Finding] {
        guard let table = catalog.tables[name] else {
            return [.noTable(name, in: catalog, at: place)]
        }
        var found: [Finding] = []
        for field in fields where table.column(field) == nil {
            found.append(.noColumn(field, in: table, at: place))
        }
        if let field = fields.first(where: { table.column($0)?.maySelect == false }) {
            found.append(.unreadable(field, among: fields, of: name, role: server.role))
        }
        if table.hidesRows {
            found.append(
                Finding(
                    .problem,
                    "row-level security hides rows of table ‘\(name)’ from role ‘\(server.role)’",
                    fix: "run ALTER ROLE \(SQL.name(server.role)) BYPASSRLS; as an administrator"))
        }
        if found.isEmpty, let mapping {
            found = keyFindings(name, key: key, place: place)
            if found.isEmpty { found = definition.misfits(of: mapping, in: table, types: types) }
        }
        return found.isEmpty ? [Finding(.fine, "table ‘\(name)’ is ready")] : found
    }

    private func keyFindings(_ name: String, key: [String], place: Place) -> [Finding] {
        let unique = tables.uniqueKeys[name] ?? []
        if unique.contains(where: { $0.columns.isSubset(of: key) }) { return [] }
        guard let other = unique.first else {
            return [
                Finding(
                    .problem, "rows of table ‘\(name)’ cannot be told apart",
                    fix: "give it a primary key: ALTER TABLE \(SQL.table(name)) ADD PRIMARY KEY "
                        + "(\(key.map(SQL.name).joined(separator: ", ")));")
            ]
        }
        return [
            Finding(
                .problem, "the key of ‘\(name)’ in the mapping is not unique in the table",
                fix: "use ‘key: [\(other.columns.sorted().joined(separator: ", "))]’", at: place)
        ]
    }
}
