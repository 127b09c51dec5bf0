import Store
import Vocabulary

/// What the server says about itself and about the role we use.
struct PostgresServer: Sendable {
    let version: Int
    let logLevel: String
    let isStandby: Bool
    let role: String
    let mayReplicate: Bool
    let isSuperuser: Bool
    let database: String
    let mayCreate: Bool
    let slotLimit: Int
    let slotCount: Int
    let keepSize: String

    init(through connection: PostgresConnection) throws {
        let row =
            try connection.query(
                """
                SELECT current_setting('wal_level'), pg_is_in_recovery(), r.rolname,
                       r.rolreplication OR r.rolsuper, r.rolsuper, current_database(),
                       has_database_privilege(current_database(), 'CREATE'),
                       current_setting('max_replication_slots'),
                       (SELECT count(*) FROM pg_replication_slots),
                       current_setting('max_slot_wal_keep_size', true)
                FROM pg_roles r WHERE r.rolname = current_user
                """
            ).first ?? []
        guard row.count == 10 else {
            throw PostgresFailure.broken("the server does not describe itself")
        }
        version = connection.serverVersion
        logLevel = row[0] ?? ""
        isStandby = row[1] == "t"
        role = row[2] ?? ""
        mayReplicate = row[3] == "t"
        isSuperuser = row[4] == "t"
        database = row[5] ?? ""
        mayCreate = row[6] == "t"
        slotLimit = row[7].flatMap { Int($0) } ?? 0
        slotCount = row[8].flatMap { Int($0) } ?? 0
        keepSize = row[9] ?? "-1"
    }
}

/// Checks of everything that reading a source needs, each with the statement that mends it.
struct PostgresPreflight {
    let definition: SourceDefinition
    let server: PostgresServer
    let catalog: PostgresCatalog
    let types: PostgresTypes
    let publication: PostgresPublication
    let hasSlot: Bool
    var obstacles = PostgresObstacles()

    /// All findings, problems first in the order in which they should be mended.
    func findings() -> [Finding] {
        var found = serverFindings()
        found += definition.absent.sentences.map { Finding(.notice, $0) }
        for table in definition.tables { found += tableFindings(table) }
        if let lookup = definition.tenants?.table {
            found += presence(
                lookup.name, fields: [lookup.key, lookup.value], key: [lookup.key],
                place: lookup.place)
        }
        if !found.contains(where: { $0.severity == .problem }) { found += publicationFindings() }
        let order: [Finding.Severity] = [.problem, .notice, .fine]
        return order.flatMap { severity in found.filter { $0.severity == severity } }
    }

    private func serverFindings() -> [Finding] {
        var found: [Finding] = []
        let instead = PollingPreflight.instead(of: definition.name)
        func check(_ holds: Bool, _ fine: String, _ wrong: String, _ fix: String) {
            found.append(holds ? Finding(.fine, fine) : Finding(.problem, wrong, fix: fix))
        }
        check(
            server.version >= 150_000, "the server is Postgres \(server.version / 10_000)",
            "the server is Postgres \(server.version / 10_000); column lists need 15",
            "upgrade the server to Postgres 15 or later")
        check(
            !server.isStandby, "the server is a primary", "the server is a read-only standby",
            "connect to the primary server" + instead)
        check(
            server.logLevel == "logical", "wal_level is logical",
            "wal_level of the server is ‘\(server.logLevel)’, and changes can only be followed "
                + "with ‘logical’",
            "run ALTER SYSTEM SET wal_level = 'logical'; and restart the server" + instead)
        let role = SQL.name(server.role)
        check(
            server.mayReplicate, "role ‘\(server.role)’ may replicate",
            "role ‘\(server.role)’ lacks the right to replicate",
            "run ALTER ROLE \(role) REPLICATION; as an administrator" + instead)
        if !hasSlot {
            check(
                server.slotCount < server.slotLimit, "a replication slot is free",
                "all \(server.slotLimit) replication slots of the server are taken",
                "drop one that is not used, or run ALTER SYSTEM SET max_replication_slots = "
                    + "\(server.slotLimit + 5); and restart the server")
        }
        if server.keepSize == "-1" {
            found.append(
                Finding(
                    .notice,
                    "the server keeps its log without limit while reportd does not read it",
                    fix: "run ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; and reload, so "
                        + "that a long pause cannot fill its disk"))
        }
        return found
    }

    private func presence(
        _ name: String, fields: [String], key: [String], place: Place
    ) -> [Finding] {
        if let obstacle = obstacles.findings[name] { return [obstacle] }
        guard let table = catalog.tables[name] else {
            return [.noTable(name, in: catalog, at: place)]
        }
        var found: [Finding] = []
        for field in fields {
            guard let column = table.column(field) else {
                found.append(.noColumn(field, in: table, at: place))
                continue
            }
            if column.isGenerated {
                found.append(
                    Finding(
                        .problem,
                        "column ‘\(field)’ of ‘\(name)’ is generated, and the server does "
                            + "not send generated columns",
                        fix: "map the columns that it is computed from", at: place))
            }
            if !column.maySelect {
                found.append(.unreadable(field, among: fields, of: name, role: server.role))
                break
            }
        }
        if !found.isEmpty { return found }
        return identity(table, fields: fields, key: key, place: place)
    }

    private func identity(
        _ table: PostgresCatalog.Table, fields: [String], key: [String], place: Place
    ) -> [Finding] {
        var identity = Set(table.columns.filter(\.isIdentity).map(\.name))
        let primary = table.uniqueKeys.first(where: \.isPrimary)
        if table.identity == "f" {
            let fields = Set(fields)
            if table.columns.contains(where: { !$0.isGenerated && !fields.contains($0.name) }) {
                return [
                    Finding(
                        .problem,
                        "table ‘\(table.name)’ sends whole old rows (REPLICA IDENTITY FULL), "
                            + "which excludes leaving columns out",
                        fix: identityFix(table, primary, key: key))
                ]
            }
            // Any key will do, since all of them are sent.
            if table.uniqueKeys.contains(where: { $0.columns == Set(key) }) { identity = Set(key) }
        }
        if identity.isEmpty {
            return [
                Finding(
                    .problem, "rows of table ‘\(table.name)’ cannot be told apart in the stream",
                    fix: identityFix(table, primary, key: key))
            ]
        }
        if Set(key) != identity {
            return [
                Finding(
                    .problem,
                    "the key of ‘\(table.name)’ in the mapping is not what identifies its "
                        + "rows in the stream",
                    fix: "use ‘key: [\(identity.sorted().joined(separator: ", "))]’", at: place)
            ]
        }
        if table.hidesRows {
            return [
                Finding(
                    .problem,
                    "row-level security hides rows of table ‘\(table.name)’ from role "
                        + "‘\(server.role)’",
                    fix: "run ALTER ROLE \(SQL.name(server.role)) BYPASSRLS; as an administrator")
            ]
        }
        return [Finding(.fine, "table ‘\(table.name)’ is ready")]
    }

    /// How a table gets an identity: by what it has, or else by a primary key.
    private func identityFix(
        _ table: PostgresCatalog.Table, _ primary: PostgresCatalog.UniqueKey?, key: [String]
    ) -> String {
        let quoted = SQL.table(table.name)
        if primary != nil { return "run ALTER TABLE \(quoted) REPLICA IDENTITY DEFAULT;" }
        if let unique = table.uniqueKeys.first {
            return "run ALTER TABLE \(quoted) REPLICA IDENTITY USING INDEX "
                + "\(SQL.name(unique.index));"
        }
        return "give it a primary key: ALTER TABLE \(quoted) ADD PRIMARY KEY "
            + "(\(key.map(SQL.name).joined(separator: ", ")));"
    }

    private func tableFindings(_ mapping: TableMapping) -> [Finding] {
        let key = mapping.key.map { mapping.fields[$0] }
        let found = presence(
            mapping.name, fields: mapping.fields, key: key, place: mapping.place)
        guard !found.contains(where: { $0.severity == .problem }),
            let table = catalog.tables[mapping.name]
        else { return found }
        let wrong = definition.misfits(of: mapping, in: table, types: types)
        return wrong.isEmpty ? found : wrong
    }

    private func publicationFindings() -> [Finding] {
        if publication.isAsWanted { return [Finding(.fine, "the publication is in place")] }
        let foreign = publication.tables.map(\.name).filter {
            catalog.tables[$0]?.isOwned != true
        }
        if server.isSuperuser || (server.mayCreate && foreign.isEmpty) {
            return [Finding(.notice, "the publication will be made", fix: publication.statement)]
        }
        return [
            Finding(
                .problem,
                foreign.isEmpty
                    ? "role ‘\(server.role)’ may not create a publication in database "
                        + "‘\(server.database)’"
                    : "role ‘\(server.role)’ does not own table ‘\(foreign[0])’ and so cannot "
                        + "publish it",
                fix: "run this as the owner: \(publication.statement);")
        ]
    }
}
