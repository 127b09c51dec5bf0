import Glibc
import Store
import Vocabulary

/// Times and sizes of a session.
///
/// The relations between them matter: `status` stays well below the server's `wal_sender_timeout` (60 s), so that a silent stretch is
/// not taken for our death; `silence` stays far above the longest time that a server may decode
/// without sending (7 s per million unpublished rows were measured).
struct PostgresTiming: Sendable {
    /// How often the server hears how far we are.
    var status: Duration = .seconds(10)
    /// How often a position without changes is written down, so that the server can discard log.
    var idle: Duration = .seconds(10)
    /// After how long a silence the connection counts as broken.
    var silence: Duration = .seconds(300)
    /// How many changes are written in one commit at the most, apart from a larger transaction.
    var groupChanges = 20_000
    /// Above how many changes a commit may take so long that the server is told of us before it.
    var largeChanges = 5000
    /// How often the catalog is looked at, for changes that leave no trace in the stream.
    var catalog: Duration = .seconds(10)
    /// How long to wait for transactions that were open before a slot was made.
    var slot: Duration = .seconds(120)
    /// How many connections read a table together.
    var copyConnections = 2
    /// For how long nothing need be heard of a server that is well: its log is looked at
    /// as often as the catalog, and a silent one is asked with each status.
    var quiet: Duration { (status + catalog) * 1.5 }
    /// How long ending a stream may take.
    var endMilliseconds: Int32 = 3000

    init() {}
}

/// One connection's worth of reading a Postgres source.
///
/// Blocks; lives on a thread of its own.
///
/// ```
/// check → publication → (first time: slot with exported snapshot → copy all tables)
///       → stream: receive → commit → acknowledge → receive …
///         beside it: tables that came, changed or were not finished → copied under a temporary
///         slot's snapshot, their changes kept meanwhile → rows and changes in one commit
/// ```
/// Invariants: rows and position are one commit of the store. The server is told a position only
/// after that commit is durable. A commit holds whole transactions of the source. A table is listed
/// in the position if its rows here are those of the source at that position, or after it where its
/// mark says so.
final class PostgresSession {
    /// When the session ends by itself.
    enum Goal {
        /// Never; it is interrupted.
        case forever
        /// When all that was committed at the source before the session began is durable here.
        case caughtUp
    }

    /// The mapping as it is written.
    private let whole: SourceDefinition
    /// The mapping; once the catalog is read, without the optional parts that the database lacks.
    private var definition: SourceDefinition
    private let settings: ConnectionSettings
    private let slotName: String
    private let publicationName: String
    private let store: Store
    private let clock: WallClock
    private let timing: PostgresTiming
    private let interrupt: Interrupt
    private let log: @Sendable (IngestEvent) -> Void
    private let report: ((inout SourceStatus) -> Void) -> Void
    /// Whether the stream delivered anything, so that a later failure is a new one.
    private(set) var hasProgressed = false
    private let application: String

    init(
        definition: SourceDefinition, settings: ConnectionSettings, slotName: String,
        store: Store, clock: WallClock, timing: PostgresTiming, interrupt: Interrupt,
        log: @escaping @Sendable (IngestEvent) -> Void,
        report: @escaping ((inout SourceStatus) -> Void) -> Void
    ) {
        self.whole = definition
        self.definition = definition
        self.settings = settings
        self.slotName = slotName
        self.publicationName = slotName
        self.store = store
        self.clock = clock
        self.timing = timing
        self.interrupt = interrupt
        self.log = log
        self.report = report
        self.application = "reportd \(definition.name)"
    }

    private func connect(replication: Bool) throws -> PostgresConnection {
        try PostgresConnection(
            settings, replication: replication, application: application, interrupt: interrupt,
            patience: timing.silence)
    }

    // MARK: Checking

    /// Checks every requirement and changes nothing.
    func check() throws -> [Finding] {
        let connection = try connect(replication: false)
        let findings = try survey(connection).preflight.findings()
        let circumstances = try PostgresCircumstances(
            slot: slotName, tables: definition.tables.map(\.name), through: connection)
        let more =
            try findings + circumstances.findings(zones: definition.localZones)
            + wayFindings(connection, isPooled: circumstances.isPooled)
        let order: [Finding.Severity] = [.problem, .notice, .fine]
        return order.flatMap { severity in more.filter { $0.severity == severity } }
    }

    /// Whether a connection for replication reaches the server that the others reach.
    private func wayFindings(
        _ plain: PostgresConnection, isPooled: Bool
    ) throws -> [Finding] {
        do {
            let replication = try connect(replication: true)
            let other = try replication.query("IDENTIFY_SYSTEM").first?.first.flatMap(\.self)
            let own = try plain.query("SELECT system_identifier FROM pg_control_system()")
            if let other, other != own.first?.first.flatMap(\.self) {
                return [
                    Finding(
                        .problem, "two connections reached two database servers",
                        fix: "name the address of the primary server itself, not one that spreads "
                            + "connections")
                ]
            }
            guard isPooled else { return [] }
            return [
                Finding(
                    .notice,
                    "a pool stands between us and the server, and lets replication through",
                    fix: "name the server's own address, so that the pool cannot end the stream")
            ]
        } catch let failure as PostgresFailure {
            // Told already, as a right or as room that is lacking.
            let known = ["replication role", "max_wal_senders", "REPLICATION"]
            if known.contains(where: failure.message.contains) { return [] }
            let isRefusedByPool = isPooled || failure.isOfPool
            return [
                Finding(
                    .problem,
                    isRefusedByPool
                        ? "the address leads to a pool of connections (such as PgBouncer), which "
                            + "cannot replicate: \(failure.message)"
                        : "no connection for replication can be made: \(failure.message)",
                    fix: isRefusedByPool
                        ? PostgresFailure.pastPool + PollingPreflight.instead(of: definition.name)
                        : "let this role in with a line in pg_hba.conf: host "
                            + "\(settings["dbname"] ?? "all") \(settings["user"] ?? "all") "
                            + "ADDRESS scram-sha-256")
            ]
        }
    }

    private struct Survey {
        let preflight: PostgresPreflight
        let types: PostgresTypes
        let catalog: PostgresCatalog
        let slot: PostgresSlot?
    }

    private func survey(_ connection: PostgresConnection) throws -> Survey {
        let server = try PostgresServer(through: connection)
        let catalog = try PostgresCatalog(
            of: whole, publication: publicationName, through: connection)
        definition = try whole.adapted(to: catalog)
        let types = try PostgresTypes(of: definition, catalog: catalog, through: connection)
        // The publication's catalog has this form from Postgres 15 on.
        guard server.version >= 150_000 else {
            throw Advice(
                .input,
                "source ‘\(definition.name)’ is Postgres \(server.version / 10_000), and reading "
                    + "needs column lists",
                remedy: "upgrade the server to Postgres 15 or later")
        }
        let publication = try PostgresPublication(
            name: publicationName, definition: definition, catalog: catalog, through: connection)
        let slot = try PostgresSlot(slotName, through: connection)
        return Survey(
            preflight: PostgresPreflight(
                definition: definition, server: server, catalog: catalog, types: types,
                publication: publication, hasSlot: slot != nil,
                obstacles: try PostgresObstacles(of: definition, through: connection)),
            types: types, catalog: catalog, slot: slot)
    }

    /// Removes the slot and the publication, so that the server keeps nothing for us.
    func retire() throws {
        let connection = try connect(replication: false)
        if try PostgresSlot(slotName, through: connection) != nil {
            try connection.execute("SELECT pg_drop_replication_slot(\(SQL.text(slotName)))")
        }
        try connection.execute("DROP PUBLICATION IF EXISTS \(SQL.name(publicationName))")
    }

    // MARK: Running

    /// Loads if needed, then follows the changes.
    func run(_ goal: Goal, reloading: Bool) throws {
        report { $0.state = .checking }
        let plain = try connect(replication: false)
        var survey = try survey(plain)
        let findings = survey.preflight.findings()
        if let problem = findings.first(where: { $0.severity == .problem }) {
            throw problem.advice
        }
        // What was altered has another fingerprint.
        if try survey.preflight.publication.establish(through: plain) {
            survey = try self.survey(plain)
        }
        let replication = try connect(replication: true)
        let stored = try storedPosition()
        let server = try PostgresStart.Server(
            slot: survey.slot, since: stored?.timeline, through: replication)
        guard
            try plain.query("SELECT system_identifier FROM pg_control_system()")[0][0]
                == server.system
        else {
            throw Advice(
                .denied,
                "two connections to source ‘\(definition.name)’ reached two database servers",
                remedy: "name the address of the primary server itself, not one that spreads "
                    + "connections")
        }
        let tenants = Tenants(definition.tenants)
        try tenants.read(definition.tenants, survey.types, through: plain)
        let fingerprints = survey.catalog.fingerprints(definition)
        let start = try PostgresStart(
            stored: stored, wantsReload: reloading, tables: fingerprints,
            tenants: tenants.fingerprint, server: server, source: definition.name)
        let parents = ParentCompanies(definition, store.schema.companies)
        let placements = definition.tables.map {
            RowPlacement(
                $0, companies: store.schema.companies, tenants: tenants, parents: parents)
        }
        var position: PostgresPosition
        var snapshot: ServerSnapshot?
        let stale: Set<String>
        switch start {
        case .resume(let stored, let found):
            // Where rows are read anew, the company of those that belong to them is found anew.
            (position, stale) = (stored, definition.withChildren(found))
            position.timeline = server.timeline
        case .load(let reason):
            if stored != nil { log(.reloading(reason: reason)) }
            report { $0.state = .loading }
            let made = try makeSlot(
                survey.slot, tenants, survey.types, plain: plain, replication: replication)
            snapshot = made
            stale = Set(fingerprints.keys)
            position = PostgresPosition(
                log: made.position, system: server.system, timeline: server.timeline,
                tenants: tenants.fingerprint)
        }
        for (index, table) in definition.tables.enumerated() where !stale.contains(table.name) {
            try parents.read(index, of: definition, from: store)
        }
        do {
            try follow(
                goal, from: &position, stale: stale, snapshot: snapshot, survey: survey,
                isFirst: stored == nil, placements: placements, parents: parents,
                tenants: tenants, plain: plain, replication: replication)
        } catch {
            // A slot that nobody reads would make the server keep its log for ever; but once a table
            // has become visible, the slot holds what comes after it.
            if stored == nil, store.position(of: definition.name) == nil { dropSlotQuietly() }
            throw error
        }
    }

    /// Follows the changes, and reads tables whose rows are not here or not right.
    private func follow(
        _ goal: Goal, from position: inout PostgresPosition, stale: Set<String>,
        snapshot: ServerSnapshot?, survey: Survey, isFirst: Bool, placements: [RowPlacement],
        parents: ParentCompanies, tenants: Tenants, plain: PostgresConnection,
        replication: PostgresConnection
    ) throws {
        if !stale.isEmpty {
            for table in stale { position.tables[table] = nil }
            position.tenants = tenants.fingerprint
            // Whatever happens now, the next start knows what has to be read again. Before anything
            // is here, a start from nothing is as good.
            if !isFirst { try keep(position) }
            if snapshot == nil {
                log(
                    .reloading(
                        reason:
                            "\(stale.sorted().joined(separator: ", ")) changed, or was not read "
                            + "to the end"))
            }
        }
        let fingerprints = survey.catalog.fingerprints(definition)
        // A statement may wait for the table that is being copied, and a look at a row would wait
        // behind it; but the copy ends only when this thread takes it.
        try plain.execute("SET lock_timeout = '10s'")
        let translator = ChangeTranslator(
            definition: definition, placements: placements, tenants: tenants, parents: parents,
            types: survey.types, quarantine: try Quarantine(of: definition, in: store),
            folder: store.folder,
            largeChanges: timing.groupChanges,
            from: definition.tables.map { position.tables[$0.name]?.from },
            ask: SourceQuestions(
                row: { mapping, values in
                    try Self.fetch(mapping, values, survey.types, through: plain)
                },
                children: { [definition] mapping, belonging, body in
                    try SourceQuestions.children(
                        of: mapping, belonging, definition, survey.types, survey.catalog,
                        through: plain, body)
                }))
        let order = definition.ordered(stale)
        for table in order { try translator.wait(for: table) }
        let copy =
            order.isEmpty
            ? nil
            : try SnapshotCopy(
                SnapshotCopy.Plan(
                    definition: definition, tables: order, fingerprints: fingerprints,
                    types: survey.types, parents: parents, catalog: survey.catalog,
                    publication: publicationName, settings: settings, application: application,
                    store: store, timing: timing, log: log), snapshot: snapshot)
        defer { copy?.stop() }
        let stream = PostgresStream(
            connection: replication, translator: translator, placements: placements,
            parents: parents, tenants: tenants, definition: definition, position: position,
            store: store, clock: clock, timing: timing, types: survey.types,
            fingerprints: fingerprints,
            copy: copy, interrupt: interrupt, log: log, report: report,
            progressed: { self.hasProgressed = true },
            catalog: { [whole, definition, publicationName] in
                let catalog = try PostgresCatalog(
                    of: whole, publication: publicationName, through: plain)
                let absent = try whole.adapted(to: catalog).absent
                if let name = absent.firstDifference(from: definition.absent) {
                    throw SchemaChanged(table: name, what: "optional parts have come or gone")
                }
                return catalog.fingerprints(definition)
            },
            logEnd: {
                let end = try plain.query("SELECT pg_current_wal_flush_lsn()").first?[0]
                guard let end = end.flatMap({ LogPosition($0) }) else {
                    throw PostgresFailure.broken("the server does not tell how far its log goes")
                }
                return end
            })
        if snapshot != nil {
            // Nothing is live yet, so there is no reason to keep changes here.
            try stream.finishCopies()
            report { $0.state = .checking }
        }
        var mark: String?
        if goal == .caughtUp {
            let word = "mark \(UInt64.random(in: 0...UInt64.max))"
            try plain.execute(
                """
                SELECT pg_logical_emit_message(true, \(SQL.text(ChangeTranslator.markPrefix)), \
                \(SQL.text(word)))
                """)
            mark = word
        }
        try stream.placeAgain()
        try stream.run(
            slot: slotName, publication: publicationName, binary: survey.types.allBinary,
            until: mark)
    }

    /// Writes a position without any rows.
    private func keep(_ position: PostgresPosition) throws {
        var batch = ChangeBatch()
        batch.setPosition(
            source: definition.name,
            SourcePosition(
                text: position.description,
                sourceTime: store.position(of: definition.name)?.sourceTime))
        try store.commit(batch)
    }

    /// Asks the source for a row by its key.
    private static func fetch(
        _ mapping: TableMapping, _ values: [SourceValue], _ types: PostgresTypes,
        through connection: PostgresConnection
    ) throws -> [SourceValue]? {
        let conditions = mapping.key.map { index in
            SQL.name(mapping.fields[index]) + " = " + SQL.text(values[index].text ?? "")
        }
        let rows = try connection.query(
            "SELECT \(mapping.fields.map(SQL.output).joined(separator: ", ")) "
                + "FROM \(SQL.table(mapping.name)) "
                + "WHERE \(conditions.joined(separator: " AND "))")
        return rows.first.map { row in
            zip(row, types.types(of: mapping)).map { text, type in
                text.map { type.value(text: $0) } ?? .null
            }
        }
    }

    private func storedPosition() throws -> PostgresPosition? {
        guard let stored = store.position(of: definition.name) else { return nil }
        // Rows that were polled are compared with all that a load reads.
        if PollingPosition.isOne(stored.text) { return nil }
        guard let position = PostgresPosition(stored.text) else {
            throw Advice(
                .damaged,
                "the position kept for source ‘\(definition.name)’ is not one of Postgres",
                remedy: "give the source another name, or load it into a new store",
                cause: stored.text)
        }
        return position
    }

    // MARK: Loading

    /// Makes the slot, and reads the tenants as they were at its position.
    ///
    /// From here on the replication connection stays silent: its next command would end the snapshot
    /// that it exports.
    private func makeSlot(
        _ present: PostgresSlot?, _ tenants: Tenants, _ types: PostgresTypes,
        plain: PostgresConnection, replication: PostgresConnection
    ) throws -> ServerSnapshot {
        if let slot = present {
            guard !slot.isForeign else {
                throw Advice(
                    .busy,
                    "the replication slot ‘\(slotName)’ of source ‘\(definition.name)’ "
                        + "belongs to something else",
                    remedy: "configure another slot name for this source")
            }
            guard !slot.isActive else {
                throw PostgresFailure(
                    state: "55006", message: "slot \(slotName) is active", detail: "")
            }
            try plain.execute("SELECT pg_drop_replication_slot(\(SQL.text(slotName)))")
        }
        let snapshot: ServerSnapshot
        do {
            snapshot = try ServerSnapshot(
                slot: slotName, isTemporary: false, waiting: timing.slot, through: replication)
        } catch let failure as PostgresFailure where failure.state == "55P03" {
            throw try openTransaction(plain)
        }
        Failpoint.hit("after-slot")
        try plain.execute(
            """
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
            SET TRANSACTION SNAPSHOT \(SQL.text(snapshot.name))
            """)
        try tenants.read(definition.tenants, types, through: plain)
        try plain.execute("COMMIT")
        return snapshot
    }

    /// What keeps the server from making a slot.
    private func openTransaction(_ connection: PostgresConnection) throws -> Advice {
        let writer = try PostgresCircumstances.Writer(olderThan: 0, through: connection)
        let process = writer?.process ?? "?"
        return Advice(
            .busy,
            "a transaction on the server of source ‘\(definition.name)’ has been open for too long "
                + "(\(writer?.description ?? "unknown")), and a slot can only be made when those that "
                + "were open have ended",
            remedy: "it is tried again by itself; to end that transaction, run SELECT "
                + "pg_terminate_backend(\(process));")
    }

    private func dropSlotQuietly() {
        guard let interrupt = try? Interrupt(),
            let connection = try? PostgresConnection(
                settings, replication: false, application: application, interrupt: interrupt)
        else { return }
        _ = try? connection.query(
            """
            SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
            WHERE slot_name = \(SQL.text(slotName)) AND NOT active
            """)
    }
}
