import Store
import Vocabulary

/// The publication of a source: the mapped tables only, each with the mapped columns only.
///
/// A table that sends whole old rows (`REPLICA IDENTITY FULL`) is published without a list of
/// columns, because the server refuses one there; the preflight lets it pass only if all its columns
/// are mapped. Where the server permits it, the mapping's `where` is the table's row filter.
struct PostgresPublication: Sendable {
    struct Table: Sendable, Hashable {
        let name: String
        /// The columns; nil for all.
        let columns: Set<String>?
        /// Tells one row filter from another; nil for none.
        let filter: String?
    }

    private static let operations = "insert, update, delete, truncate"

    let name: String
    let tables: [Table]
    /// The row filters, by table.
    private let filters: [String: String]
    /// Whether the server has it exactly so.
    let isAsWanted: Bool
    private let exists: Bool
    /// Whether it is of a kind that can be altered into what is wanted.
    private let isAlterable: Bool

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
        var filters: [String: String] = [:]
        for mapping in definition.tables where mapping.name != definition.tenants?.table?.name {
            guard let table = catalog.tables[mapping.name] else { continue }
            filters[mapping.name] = mapping.published(in: table)
        }
        self.filters = filters
        tables = fields.sorted { $0.key < $1.key }.map { name, columns in
            let filter = filters[name].map(Self.mark)
            guard let table = catalog.tables[name], table.identity != "f" else {
                return Table(
                    name: name, columns: catalog.tables[name] == nil ? columns : nil,
                    filter: filter)
            }
            // The server insists that what identifies a row is published.
            let identity = table.columns.filter(\.isIdentity).map(\.name)
            return Table(name: name, columns: columns.union(identity), filter: filter)
        }
        let flags = try connection.query(
            """
            SELECT NOT puballtables AND NOT EXISTS (
                       SELECT 1 FROM pg_publication_namespace WHERE pnpubid = p.oid),
                   pubinsert AND pubupdate AND pubdelete AND pubtruncate AND pubviaroot
            FROM pg_publication p WHERE pubname = \(SQL.text(name))
            """
        ).first
        exists = flags != nil
        isAlterable = flags?[0] == "t"
        let rows = try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, r.prattrs IS NULL,
                   pg_get_expr(r.prqual, r.prrelid),
                   (SELECT string_agg(a.attname, E'\\x1f') FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum = ANY(r.prattrs::int2[]))
            FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
                 JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE p.pubname = \(SQL.text(name))
            """)
        let present = rows.map { row in
            Table(
                name: row[0] ?? "",
                columns: row[1] == "t"
                    ? nil : Set((row[3] ?? "").split(separator: "\u{1F}").map(String.init)),
                filter: row[2].map { text in
                    let own = filters[row[0] ?? ""].map(Self.mark)
                    return own.flatMap { text.contains("'\($0)'") ? $0 : nil } ?? text
                })
        }
        isAsWanted =
            isAlterable && flags?[1] == "t" && Set(present) == Set(tables)
            && present.count == tables.count
    }

    /// A mark within a row filter that tells it from others.
    ///
    /// The server keeps a filter in a spelling of its own, which cannot be compared with ours.
    private static func mark(_ filter: String) -> String {
        var hash = ContentHash()
        hash.add(bytes: filter.utf8)
        return "reportd \(hash.short)"
    }

    private var list: String {
        tables.map { table in
            let columns = table.columns.map {
                " (" + $0.sorted().map(SQL.name).joined(separator: ", ") + ")"
            }
            // The mark holds for every row.
            let filter = filters[table.name].map {
                " WHERE (\($0) AND \(SQL.text(Self.mark($0))) IS NOT NULL)"
            }
            return "ONLY " + SQL.table(table.name) + (columns ?? "") + (filter ?? "")
        }.joined(separator: ", ")
    }

    /// The statement that makes it.
    ///
    /// One that exists is altered, so that tables which stay as they are do not leave it for a
    /// moment: what the server has of them stays the same, and they need not be read again.
    var statement: String {
        let options =
            "publish = '\(Self.operations)', publish_via_partition_root = true"
        if exists, isAlterable {
            return "ALTER PUBLICATION \(SQL.name(name)) SET TABLE \(list); "
                + "ALTER PUBLICATION \(SQL.name(name)) SET (\(options))"
        }
        let made = "CREATE PUBLICATION \(SQL.name(name)) FOR TABLE \(list) WITH (\(options))"
        return exists ? "DROP PUBLICATION \(SQL.name(name)); \(made)" : made
    }

    /// Makes the server have it so.
    ///
    /// - Returns: Whether anything had to be changed.
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
}

extension PostgresSlot {
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
    /// A slot is made and all tables are read under its snapshot, for this reason.
    case load(reason: String)
    /// Changes are followed from where we stopped; these tables are read again meanwhile.
    case resume(PostgresPosition, stale: Set<String>)

    /// What the server says of itself and of our slot.
    struct Server {
        let system: String
        let timeline: Int
        /// Where its log ends.
        let current: LogPosition
        let slot: PostgresSlot?
        /// Where each earlier timeline of the server ended.
        var history: [Int: LogPosition] = [:]
    }

    /// Decides from what we have and what the server has.
    ///
    /// `tables` are the fingerprints that the mapped tables have now.
    ///
    /// - Throws: `Advice` when changes may have been lost: then a person decides to read the source
    ///   again, since figures will change in a way that no change of the source explains.
    init(
        stored: PostgresPosition?, wantsReload: Bool, tables: [String: String], tenants: String,
        server: Server, source: String
    ) throws {
        guard let stored else {
            self = .load(reason: "it has not been read before")
            return
        }
        if wantsReload {
            self = .load(reason: "a re-load was asked for")
            return
        }
        func gap(_ happened: String) -> Advice { .gap(in: source, happened) }
        if stored.system != server.system { throw Advice.otherServer(than: source) }
        if stored.timeline != server.timeline {
            guard let end = server.history[stored.timeline], stored.log <= end else {
                throw gap(
                    "was failed over or restored, and lacks changes that were read before "
                        + "(timeline \(server.timeline) after \(stored.timeline))")
            }
        }
        guard let slot = server.slot else {
            throw gap("no longer has our replication slot, so changes may be missing")
        }
        if slot.isLost {
            throw gap("has discarded changes that were not read in time (max_slot_wal_keep_size)")
        }
        if let confirmed = slot.confirmed, confirmed > stored.log {
            throw gap("was told that changes up to \(confirmed) are safe, and ours end before")
        }
        if stored.log > server.current {
            throw gap("was set back to an earlier state (a restored backup?)")
        }
        // Of rows that were placed or put aside because of a tenant nothing tells which they are.
        let isMoved = stored.tenants != tenants
        self = .resume(
            stored,
            stale: Set(
                tables.filter { isMoved || stored.tables[$0]?.fingerprint != $1 }.map(\.key)))
    }
}

extension Advice {
    /// What is here may not be what the source has; a person decides to read all of it again.
    static func gap(in source: String, _ happened: String) -> Advice {
        Advice(
            .input, "source ‘\(source)’ \(happened)",
            remedy: "run reportd ingest --reload \(source) to read it again from the beginning")
    }

    /// A server answers that is not the one which was read so far.
    static func otherServer(than source: String) -> Advice {
        gap(
            in: source,
            "is another database server than the one that was read so far (moved, upgraded, or a "
                + "wrong connection?)")
    }
}

extension PostgresStart.Server {
    /// Asks a server, on a connection for replication.
    init(slot: PostgresSlot?, since timeline: Int?, through connection: PostgresConnection) throws {
        guard let system = try connection.query("IDENTIFY_SYSTEM").first, system.count >= 3,
            let identifier = system[0], let present = system[1].flatMap({ Int($0) }),
            let current = system[2].flatMap({ LogPosition($0) })
        else { throw PostgresFailure.broken("the server does not identify itself") }
        self.init(system: identifier, timeline: present, current: current, slot: slot)
        guard let timeline, timeline != present, present > 1 else { return }
        // A line for each earlier timeline: its number, where it ended, and why.
        let file = try connection.query("TIMELINE_HISTORY \(present)").first?.last ?? nil
        for line in Self.lines(ofHexadecimal: file ?? "") {
            let words = line.split(separator: "\t")
            guard words.count >= 2, let number = Int(words[0]), let end = LogPosition(words[1])
            else { continue }
            history[number] = end
        }
    }

    /// The file's content is sent as `bytea`, which has a hexadecimal form; older servers send text.
    private static func lines(ofHexadecimal text: String) -> [Substring] {
        guard text.hasPrefix("\\x") else { return text.split(separator: "\n") }
        let digits = Array(text.utf8.dropFirst(2))
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
