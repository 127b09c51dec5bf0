import Store
import Vocabulary

/// The publication of a source: the mapped tables only, each with the mapped columns only.
struct PostgresPublication: Sendable {
    struct Table: Sendable, Hashable {
        let name: String
        let columns: Set<String>
    }

    let name: String
    let tables: [Table]
    /// Whether the server has it exactly so.
    private(set) var isAsWanted = false
    private var exists = false

    /// Compares what the mapping needs with what the server has.
    init(
        name: String, definition: SourceDefinition, catalog: PostgresCatalog,
        through connection: PostgresConnection
    ) throws {
        self.name = name
        var fields: [String: Set<String>] = [:]
        for table in definition.tables { fields[table.name] = Set(table.fields) }
        if let lookup = definition.tenants?.table {
            fields[lookup.name, default: []].formUnion([lookup.key, lookup.value])
        }
        tables = fields.sorted { $0.key < $1.key }.map { name, columns in
            // The server insists that what identifies a row is published.
            let identity = (catalog.tables[name]?.columns ?? []).filter(\.isIdentity).map(\.name)
            return Table(name: name, columns: columns.union(identity))
        }
        let flags = try connection.query(
            """
            SELECT NOT puballtables AND pubinsert AND pubupdate AND pubdelete AND pubtruncate
                   AND pubviaroot
            FROM pg_publication WHERE pubname = \(SQL.text(name))
            """)
        exists = !flags.isEmpty
        guard flags.first?.first == "t" else { return }
        let rows = try connection.query(
            """
            SELECT schemaname || '.' || tablename, array_to_string(attnames, E'\\x1f'),
                   rowfilter IS NULL
            FROM pg_publication_tables WHERE pubname = \(SQL.text(name)) ORDER BY 1
            """)
        let present = rows.map { row in
            Table(
                name: row[0] ?? "",
                columns: Set((row[1] ?? "").split(separator: "\u{1F}").map(String.init)))
        }
        isAsWanted =
            Set(present) == Set(tables) && present.count == tables.count
            && rows.allSatisfy { $0[2] == "t" }
    }

    private var list: String {
        tables.map { table in
            SQL.table(table.name) + " ("
                + table.columns.sorted().map(SQL.name).joined(separator: ", ") + ")"
        }.joined(separator: ", ")
    }

    /// The statement that makes it.
    var statement: String {
        let made =
            "CREATE PUBLICATION \(SQL.name(name)) FOR TABLE \(list) "
            + "WITH (publish = 'insert, update, delete, truncate', "
            + "publish_via_partition_root = true)"
        return exists ? "DROP PUBLICATION \(SQL.name(name)); \(made)" : made
    }

    /// Makes the server have it so.
    ///
    /// - Returns: Whether anything had to be changed, so that changes may have been missed.
    func establish(through connection: PostgresConnection) throws -> Bool {
        guard !isAsWanted else { return false }
        try connection.execute("BEGIN; \(statement); COMMIT")
        return true
    }
}

/// A replication slot as the server lists it.
struct PostgresSlot: Sendable {
    let isActive: Bool
    /// Up to where the server may have discarded its log.
    let confirmed: LogPosition?
    /// Whether the log that it needs is gone.
    let isLost: Bool
    /// Whether it was made for another purpose.
    let isForeign: Bool

    /// Looks a slot up; nil when there is none.
    init?(_ name: String, through connection: PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT active, confirmed_flush_lsn, coalesce(wal_status, '') = 'lost',
                   coalesce(plugin <> 'pgoutput' OR database <> current_database(), true)
            FROM pg_replication_slots WHERE slot_name = \(SQL.text(name))
            """)
        guard let row = rows.first else { return nil }
        isActive = row[0] == "t"
        confirmed = row[1].flatMap { LogPosition($0) }
        isLost = row[2] == "t"
        isForeign = row[3] == "t"
    }
}

/// How a session begins.
enum PostgresStart: Equatable {
    /// All rows are read, for this reason; `isFirst` when none are here yet.
    case load(reason: String, isFirst: Bool)
    /// Changes are followed from where we stopped.
    case resume(PostgresPosition)

    /// Decides from what we have and what the server has.
    ///
    /// - Throws: `Advice` when changes may have been lost: then a person decides to read the source
    ///   again, since figures will change in a way that no change of the source explains.
    init(
        stored: PostgresPosition?, wantsReload: Bool, mapping: String, tenants: String,
        system: String, current: LogPosition, slot: PostgresSlot?, publicationChanged: Bool,
        source: String
    ) throws {
        guard let stored else {
            self = .load(reason: "it has not been read before", isFirst: true)
            return
        }
        if wantsReload {
            self = .load(reason: "a re-load was asked for", isFirst: false)
            return
        }
        let remedy = "run reportd ingest --reload \(source) to read it again from the beginning"
        func gap(_ happened: String) -> Advice {
            Advice(.input, "source ‘\(source)’ \(happened)", remedy: remedy)
        }
        if stored.system != system {
            throw gap("is another database server than the one that was read so far")
        }
        if stored.mapping != mapping {
            self = .load(reason: "its mapping has changed", isFirst: false)
            return
        }
        if publicationChanged {
            self = .load(reason: "its publication was not as we left it", isFirst: false)
            return
        }
        if stored.tenants != tenants {
            self = .load(
                reason: "tenants have come or moved to another company", isFirst: false)
            return
        }
        guard let slot else {
            throw gap("no longer has our replication slot, so changes may be missing")
        }
        if slot.isLost {
            throw gap("has discarded changes that were not read in time (max_slot_wal_keep_size)")
        }
        if let confirmed = slot.confirmed, confirmed > stored.log {
            throw gap("was told that changes up to \(confirmed) are safe, and ours end before")
        }
        if stored.log > current {
            throw gap("was set back to an earlier state (a restored backup?)")
        }
        self = .resume(stored)
    }
}
