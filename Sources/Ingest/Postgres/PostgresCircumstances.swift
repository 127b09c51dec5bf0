import Vocabulary

/// What on the server and on the way to it can keep a source from being read, apart from its tables.
///
/// Read for `reportd doctor` only: much of it does not stop us, and a person should know it.
struct PostgresCircumstances: Sendable {
    /// A replication slot of the server, ours or another's.
    struct Slot: Sendable, Hashable {
        let name: String
        let isActive: Bool
        /// `reserved`, `extended`, `unreserved` or `lost`.
        let state: String
        /// How much of the log the server keeps for it, in bytes.
        let kept: Int64
        /// How much may still be written before it is lost; nil without a limit.
        let room: Int64?
        let isForeign: Bool
    }

    /// A transaction that has written something and not ended.
    struct Writer: Sendable, Hashable {
        let process: String
        let user: String
        let database: String
        /// For how long, as hours, minutes and seconds.
        let age: String

        /// The oldest there is, if it is at least so many seconds old.
        init?(olderThan seconds: Int, through connection: PostgresConnection) throws {
            let row = try connection.query(
                """
                SELECT pid, usename, datname,
                       coalesce(date_trunc('second', clock_timestamp() - xact_start)::text, '?')
                FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
                    AND xact_start <= clock_timestamp() - make_interval(secs => \(seconds))
                ORDER BY age(backend_xid) DESC LIMIT 1
                """
            ).first
            guard let row else { return nil }
            process = row[0] ?? "?"
            user = row[1] ?? "?"
            database = row[2] ?? "?"
            age = row[3] ?? "?"
        }

        /// Who it is, for a sentence.
        var description: String {
            "process \(process) of ‘\(user)’ in database ‘\(database)’, \(age)"
        }
    }

    /// A column that the server's own clock fills with a time without zone.
    struct LocalTime: Sendable, Hashable {
        let table: String
        let column: String
    }

    let role: String
    let database: String
    /// The session's defaults, as they are for this role in this database.
    let settings: [String: String]
    let slots: [Slot]
    let ownSlot: String
    /// How many streams the server is serving.
    let streams: Int
    /// How many connections the role may have; -1 without a limit.
    let connectionLimit: Int
    /// Transactions of the whole server that are prepared for two-phase commit and not ended, with
    /// their databases.
    let prepared: [(name: String, database: String)]
    /// The transaction of the whole server that has been writing for longest, if that is long.
    let writer: Writer?
    /// Tables of our publication of which it leaves rows out.
    let filtered: [String]
    let localTimes: [LocalTime]
    /// The server's clock less ours, in seconds.
    let clockAhead: Double
    /// Whether something between us and the server answers in its name.
    let isPooled: Bool

    private static let names = [
        "max_wal_senders", "max_replication_slots", "wal_sender_timeout", "statement_timeout",
        "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
        "transaction_timeout", "default_transaction_read_only", "server_encoding", "TimeZone",
        "max_slot_wal_keep_size",
    ]

    init(
        slot: String, tables: [String], clock: WallClock = .system,
        through connection: PostgresConnection
    ) throws {
        ownSlot = slot
        let before = clock.now().microseconds
        let about =
            try connection.query(
                """
                SELECT current_user, current_database(), pg_backend_pid(),
                       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
                       (SELECT count(*) FROM pg_stat_replication),
                       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)
                """
            ).first ?? []
        let after = clock.now().microseconds
        func number(_ place: Int) -> Int64 { about[place].flatMap { Int64($0) } ?? 0 }
        guard about.count == 6 else {
            throw PostgresFailure.broken("the server does not describe itself")
        }
        role = about[0] ?? ""
        database = about[1] ?? ""
        // A pool makes up the number with which a client could cancel its commands.
        isPooled = number(2) != Int64(connection.process)
        clockAhead = Double(number(3) - (before + (after - before) / 2)) / 1_000_000
        streams = Int(number(4))
        connectionLimit = Int(number(5))
        let list = Self.names.map(SQL.text).joined(separator: ", ")
        var settings: [String: String] = [:]
        for row in try connection.query(
            "SELECT name, reset_val FROM pg_settings WHERE name IN (\(list))")
        {
            if let name = row[0] { settings[name] = row[1] ?? "" }
        }
        self.settings = settings
        slots = try connection.query(
            """
            SELECT slot_name, active, coalesce(wal_status, ''), safe_wal_size,
                   coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()
                       THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0),
                   coalesce(plugin <> 'pgoutput' OR database <> current_database(), true)
            FROM pg_replication_slots ORDER BY slot_name
            """
        ).map { row in
            Slot(
                name: row[0] ?? "", isActive: row[1] == "t", state: row[2] ?? "",
                kept: row[4].flatMap { Int64($0) } ?? 0, room: row[3].flatMap { Int64($0) },
                isForeign: row[5] == "t")
        }
        prepared = try connection.query(
            "SELECT gid, database FROM pg_prepared_xacts ORDER BY prepared"
        ).map { ($0[0] ?? "", $0[1] ?? "") }
        writer = try Writer(olderThan: Self.longTransaction, through: connection)
        filtered = try connection.query(
            """
            SELECT n.nspname || '.' || c.relname FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE p.pubname = \(SQL.text(slot)) AND r.prqual IS NOT NULL ORDER BY 1
            """
        ).compactMap { $0[0] }
        let wanted = tables.map(SQL.text).joined(separator: ", ")
        localTimes = try connection.query(
            """
            SELECT n.nspname || '.' || c.relname, a.attname FROM pg_attribute a
                JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.atttypid = 'timestamp'::regtype AND n.nspname || '.' || c.relname IN (\(wanted))
              AND pg_get_expr(d.adbin, d.adrelid) ~* '^(now\\(\\)|current_timestamp|localtimestamp)'
            ORDER BY 1, a.attnum
            """
        ).map { LocalTime(table: $0[0] ?? "", column: $0[1] ?? "") }
    }

    /// All that was found; what is as it should be is not mentioned.
    ///
    /// `zones` are those in which the mapping reads columns of a table, by table and column.
    func findings(zones: [LocalTime: String]) -> [Finding] {
        roomFindings() + slotFindings() + limitFindings() + clockFindings(zones: zones)
            + publicationFindings()
    }

    private var own: Slot? { slots.first { $0.name == ownSlot } }

    private func setting(_ name: String) -> Int? { settings[name].flatMap { Int($0) } }

    // MARK: Room on the server

    private func roomFindings() -> [Finding] {
        var found: [Finding] = []
        if let limit = setting("max_wal_senders"), own?.isActive != true {
            let fix =
                "run ALTER SYSTEM SET max_wal_senders = \(limit + 5); and restart the server"
            if limit <= streams {
                found.append(
                    Finding(
                        .problem, "all \(limit) senders of the server (max_wal_senders) are taken",
                        fix: fix))
            } else if limit - streams == 1 {
                found.append(
                    Finding(
                        .notice,
                        "one sender of the server is free; reading a table anew beside the stream "
                            + "takes a second one", fix: fix))
            }
        }
        if let limit = setting("max_replication_slots"),
            slots.count + (own == nil ? 1 : 0) == limit
        {
            found.append(
                Finding(
                    .notice,
                    "no replication slot is left beside our own; reading a table anew takes one for "
                        + "a while",
                    fix: "run ALTER SYSTEM SET max_replication_slots = \(limit + 5); and restart "
                        + "the server"))
        }
        if (0...3).contains(connectionLimit) {
            found.append(
                Finding(
                    .problem,
                    "role ‘\(role)’ may have \(connectionLimit) connections, and reading takes four",
                    fix: "run ALTER ROLE \(SQL.name(role)) CONNECTION LIMIT 10;"))
        }
        if let keep = setting("max_slot_wal_keep_size"), (0..<1024).contains(keep) {
            found.append(
                Finding(
                    .notice,
                    "the server keeps at most \(keep) MB of its log for a reader "
                        + "(max_slot_wal_keep_size), so a short pause loses changes",
                    fix: "run ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; and SELECT "
                        + "pg_reload_conf();"))
        }
        return found
    }

    private func slotFindings() -> [Finding] {
        var found: [Finding] = []
        for slot in slots {
            let drop = "SELECT pg_drop_replication_slot(\(SQL.text(slot.name)));"
            let size = Self.size(slot.kept)
            if slot.name == ownSlot {
                if slot.isForeign {
                    found.append(
                        Finding(
                            .problem,
                            "the replication slot ‘\(slot.name)’ belongs to another database or "
                                + "plugin", fix: "if nobody uses it, run \(drop)"))
                } else if slot.state == "lost" {
                    found.append(
                        Finding(
                            .problem,
                            "the server has discarded changes that were not read in time "
                                + "(max_slot_wal_keep_size)",
                            fix: "run reportd ingest --reload to read the source again"))
                } else if slot.state == "unreserved" {
                    found.append(
                        Finding(
                            .notice,
                            "the server is about to discard changes that were not read: it keeps "
                                + size,
                            fix: "start reportd ingest now; then run ALTER SYSTEM SET "
                                + "max_slot_wal_keep_size = '20GB'; and SELECT pg_reload_conf();"))
                } else if !slot.isActive, slot.kept > Self.muchLog {
                    found.append(
                        Finding(
                            .notice, "the server keeps \(size) of its log for us, and nobody reads",
                            fix: "start reportd ingest, or run \(drop) if the source is not to be "
                                + "read any more"))
                }
            } else if slot.state == "lost" || (!slot.isActive && slot.kept > Self.muchLog) {
                found.append(
                    Finding(
                        .notice,
                        slot.state == "lost"
                            ? "replication slot ‘\(slot.name)’ has lost its changes and takes a place"
                            : "nobody reads replication slot ‘\(slot.name)’, and the server keeps "
                                + "\(size) of its log for it",
                        fix: "if nobody needs it, run \(drop)"))
            }
        }
        if let first = prepared.first, own == nil {
            found.append(
                Finding(
                    .problem,
                    "a prepared transaction is open (‘\(first.name)’ in database "
                        + "‘\(first.database)’), and a slot can only be made when it has ended",
                    fix: "run ROLLBACK PREPARED \(SQL.text(first.name)); or COMMIT PREPARED "
                        + "\(SQL.text(first.name)); there, after asking whose it is"))
        }
        if let writer, own == nil {
            found.append(
                Finding(
                    .notice,
                    "a transaction is open (\(writer.description)), and a slot can only be made when "
                        + "it has ended",
                    fix:
                        "wait for it, or run SELECT pg_terminate_backend(\(writer.process)); after "
                        + "asking whose it is"))
        }
        return found
    }

    /// From how many seconds on a transaction that writes is worth a word.
    static let longTransaction = 5

    /// From where on log that nobody reads is worth a word: 1 GB.
    static let muchLog: Int64 = 1 << 30

    private static func size(_ bytes: Int64) -> String {
        bytes >= 1 << 30 ? "\(bytes >> 30) GB" : "\(bytes >> 20) MB"
    }

    // MARK: Limits of sessions

    private func limitFindings() -> [Finding] {
        var found: [Finding] = []
        let name = SQL.name(role)
        for limit in [
            "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
            "idle_session_timeout",
        ] {
            guard let value = setting(limit), value > 0 else { continue }
            found.append(
                Finding(
                    .notice,
                    "\(limit) is \(value) ms for role ‘\(role)’; reportd lifts it for its own "
                        + "connections, but a pool or a proxy may set it again",
                    fix: "run ALTER ROLE \(name) SET \(limit) = 0;"))
        }
        if let value = setting("transaction_timeout"), value > 0 {
            found.append(
                Finding(
                    .problem,
                    "transaction_timeout is \(value) ms for role ‘\(role)’, and a load takes longer",
                    fix: "run ALTER ROLE \(name) SET transaction_timeout = 0;"))
        }
        if let value = setting("wal_sender_timeout"), value < 10_000 {
            found.append(
                Finding(
                    .notice,
                    value == 0
                        ? "wal_sender_timeout is off, so the server does not notice when a reader is "
                            + "gone, and keeps its slot taken"
                        : "wal_sender_timeout is \(value) ms, so a short disturbance ends the stream",
                    fix: "run ALTER ROLE \(name) SET wal_sender_timeout = '60s';"))
        }
        if settings["default_transaction_read_only"] == "on" {
            found.append(
                Finding(
                    .problem,
                    "role ‘\(role)’ may only read (default_transaction_read_only), and so cannot make "
                        + "the publication",
                    fix: "run ALTER ROLE \(name) IN DATABASE \(SQL.name(database)) SET "
                        + "default_transaction_read_only = off;"))
        }
        return found
    }

    // MARK: Clock, zone, encoding

    private func clockFindings(zones: [LocalTime: String]) -> [Finding] {
        var found: [Finding] = []
        if abs(clockAhead) > 5 {
            let seconds = Int(abs(clockAhead).rounded())
            found.append(
                Finding(
                    .notice,
                    "the server's clock is \(seconds) s \(clockAhead > 0 ? "ahead of" : "behind") "
                        + "ours, which shifts what is shown as delay",
                    fix: "run timedatectl set-ntp true on both machines"))
        }
        let server = settings["TimeZone"] ?? "UTC"
        for local in localTimes {
            guard let zone = zones[local], Self.plain(zone) != Self.plain(server) else { continue }
            found.append(
                Finding(
                    .notice,
                    "the server fills ‘\(local.column)’ of ‘\(local.table)’ by its clock in \(server), "
                        + "and the mapping reads it as \(zone); right if the application sets its "
                        + "sessions to \(zone)",
                    fix: "else write ‘zone: \(server)’ for this column"))
        }
        if settings["server_encoding"] == "SQL_ASCII" {
            found.append(
                Finding(
                    .notice,
                    "the database says nothing of its encoding (SQL_ASCII); text that is not UTF-8 "
                        + "arrives damaged",
                    fix:
                        "dump it and restore it into CREATE DATABASE \(SQL.name(database + "_utf8")) "
                        + "ENCODING 'UTF8' TEMPLATE template0;"))
        }
        return found
    }

    /// One name for the zones that are UTC.
    private static func plain(_ zone: String) -> String {
        ["Etc/UTC", "Etc/UCT", "UCT", "GMT", "Etc/GMT", "Universal", "Zulu"].contains(zone)
            ? "UTC" : zone
    }

    private func publicationFindings() -> [Finding] {
        filtered.map { table in
            Finding(
                .notice,
                "the publication ‘\(ownSlot)’ leaves out rows of ‘\(table)’; it is put right at the "
                    + "next start, and the table read again",
                fix: "do not give it a WHERE; leave rows out by ‘deleted:’ in the mapping")
        }
    }
}
