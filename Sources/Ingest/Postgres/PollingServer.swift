import Vocabulary

/// What a server says of itself and of the mapped tables, within one transaction of ours.
struct PollingServer {
    /// How the transaction begins in which all of a poll is read.
    ///
    /// Settings hold for the transaction only: behind a pool another client has the same session next.
    static let begin = """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
        SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
        SET LOCAL idle_in_transaction_session_timeout = 0; \
        SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; \
        SET LOCAL extra_float_digits = 3; SET LOCAL intervalstyle = 'postgres'; \
        SET LOCAL bytea_output = 'hex'
        """

    /// The oldest transaction that is not finished in the state we see.
    let oldest: UInt64
    /// The first transaction that had not begun.
    let upcoming: UInt64
    let system: String
    let timeline: Int
    let isStandby: Bool
    /// All that was committed before it is in the state we see; on a standby, when its primary
    /// committed the last transaction that is.
    let time: Instant

    init(
        oldest: UInt64, upcoming: UInt64, system: String, timeline: Int, isStandby: Bool,
        time: Instant
    ) {
        self.oldest = oldest
        self.upcoming = upcoming
        self.system = system
        self.timeline = timeline
        self.isStandby = isStandby
        self.time = time
    }

    /// Asks; the first question of the transaction, so that its state is the one described.
    init(through connection: PostgresConnection) throws {
        // The checkpoint of a server that has just been promoted is still of the former timeline.
        let rows = try connection.query(
            """
            SELECT pg_snapshot_xmin(s), pg_snapshot_xmax(s),
                   (SELECT system_identifier FROM pg_control_system()),
                   CASE WHEN pg_is_in_recovery()
                        THEN (SELECT timeline_id FROM pg_control_checkpoint())
                        ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
                   END, pg_is_in_recovery(),
                   (extract(epoch FROM CASE WHEN pg_is_in_recovery()
                        THEN coalesce(pg_last_xact_replay_timestamp(), now()) ELSE now() END)
                    * 1000000)::bigint
            FROM pg_current_snapshot() s
            """)
        guard let row = rows.first, row.count == 6, let oldest = row[0].flatMap({ UInt64($0) }),
            let upcoming = row[1].flatMap({ UInt64($0) }), let system = row[2],
            let timeline = row[3].flatMap({ Int($0) }), let time = row[5].flatMap({ Int64($0) })
        else { throw PostgresFailure.broken("the server does not identify itself") }
        self.init(
            oldest: oldest, upcoming: upcoming, system: system, timeline: timeline,
            isStandby: row[4] == "t", time: Instant(microseconds: time))
    }

    /// How old a transaction is that is not finished or finished since: `age(xmin)` up to this number
    /// is what a row has that was written by it or by a later one.
    static func age(
        of transaction: UInt64, through connection: PostgresConnection
    ) throws -> Int {
        let short = transaction & 0xFFFF_FFFF
        guard
            let age = try connection.query("SELECT age('\(short)'::xid)").first?.first.flatMap({
                $0.flatMap { Int($0) }
            })
        else { throw PostgresFailure.broken("the server does not tell the age of a transaction") }
        return age
    }
}

/// What polling has to know of the mapped tables beyond `PostgresCatalog`.
struct PollingTables {
    struct UniqueKey: Hashable {
        let isPrimary: Bool
        let columns: Set<String>
    }

    /// By table: the tables that hold its rows, and their files.
    private(set) var leaves: [String: [UInt32: UInt32]] = [:]
    /// By table: the columns' numbers and types, which tell a column from one made anew.
    private(set) var columns: [String: [String: String]] = [:]
    /// By table: the sets of columns that no two rows share, and that are never null.
    private(set) var uniqueKeys: [String: [UniqueKey]] = [:]
    /// Whether a table was rewritten after the state we see, so that it looks empty in it.
    private(set) var isRewritten = false

    init(of definition: SourceDefinition, through connection: PostgresConnection) throws {
        let names = definition.tables.map { SQL.text($0.name) }.joined(separator: ", ")
        let wanted = """
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 AND n.nspname || '.' || c.relname IN (\(names))
            """
        for row in try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, l.oid, l.relfilenode,
                   l.relfilenode IS DISTINCT FROM pg_relation_filenode(l.oid)
            \(wanted)
            CROSS JOIN LATERAL (SELECT c.oid AS relid
                                UNION SELECT relid FROM pg_partition_tree(c.oid)) t
            JOIN pg_class l ON l.oid = t.relid
            WHERE l.relkind = 'r'
            """)
        {
            guard let name = row[0], let leaf = row[1].flatMap({ UInt32($0) }),
                let file = row[2].flatMap({ UInt32($0) })
            else { continue }
            leaves[name, default: [:]][leaf] = file
            if row[3] == "t" { isRewritten = true }
        }
        for row in try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, a.attname, a.attnum || '/' || a.atttypid
            \(wanted)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            """)
        {
            guard let name = row[0], let column = row[1] else { continue }
            columns[name, default: [:]][column] = row[2] ?? ""
        }
        for row in try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, i.indisprimary,
                   string_agg(a.attname, E'\\x1f' ORDER BY a.attnum)
            \(wanted)
            JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique AND i.indisvalid
                 AND i.indpred IS NULL AND i.indexprs IS NULL
            JOIN pg_attribute a ON a.attrelid = c.oid
                 AND a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1])
            GROUP BY 1, 2, i.indexrelid HAVING bool_and(a.attnotnull) ORDER BY 2 DESC, 3
            """)
        {
            guard let name = row[0] else { continue }
            uniqueKeys[name, default: []].append(
                UniqueKey(
                    isPrimary: row[1] == "t",
                    columns: Set((row[2] ?? "").split(separator: "\u{1F}").map(String.init))))
        }
    }

    /// A table as it is now.
    func table(_ mapping: TableMapping, of definition: SourceDefinition) -> PolledTable {
        var parts = [definition.fingerprint(of: mapping)]
        parts += mapping.fields.map { "\($0) \(columns[mapping.name]?[$0] ?? "")" }
        var hash = ContentHash()
        hash.add(bytes: parts.joined(separator: "\u{1E}").utf8)
        return PolledTable(
            fingerprint: hash.short, leaves: leaves[mapping.name] ?? [:])
    }
}
