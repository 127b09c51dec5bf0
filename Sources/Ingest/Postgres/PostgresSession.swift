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
    /// How long ending a stream may take.
    var endMilliseconds: Int32 = 3000

    init() {}
}

/// One connection's worth of reading a Postgres source.
///
/// Blocks; lives on a thread of its own.
///
/// ```
/// check → publication → (first time: slot with exported snapshot → copy all tables → commit)
///       → stream: receive → commit → acknowledge → receive …
/// ```
/// Invariants: rows and position are one commit of the store. The server is told a position only
/// after that commit is durable. A commit holds whole transactions of the source.
final class PostgresSession {
    /// When the session ends by itself.
    enum Goal {
        /// Never; it is interrupted.
        case forever
        /// When all that was committed at the source before the session began is durable here.
        case caughtUp
    }

    private let definition: SourceDefinition
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
            settings, replication: replication, application: application, interrupt: interrupt)
    }

    // MARK: Checking

    /// Checks every requirement and changes nothing.
    func check() throws -> [Finding] {
        let connection = try connect(replication: false)
        return try survey(connection).preflight.findings()
    }

    private struct Survey {
        let preflight: PostgresPreflight
        let types: PostgresTypes
        let catalog: PostgresCatalog
        let slot: PostgresSlot?
    }

    private func survey(_ connection: PostgresConnection) throws -> Survey {
        let server = try PostgresServer(through: connection)
        let catalog = try PostgresCatalog(of: definition, through: connection)
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
                publication: publication, hasSlot: slot != nil),
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
        let survey = try survey(plain)
        let findings = survey.preflight.findings()
        if let problem = findings.first(where: { $0.severity == .problem }) {
            throw problem.advice
        }
        let changed = try survey.preflight.publication.establish(through: plain)
        let replication = try connect(replication: true)
        guard let system = try replication.query("IDENTIFY_SYSTEM").first, system.count >= 3,
            let identifier = system[0], let current = system[2].flatMap({ LogPosition($0) })
        else { throw PostgresFailure.broken("the server does not identify itself") }
        let stored = try storedPosition()
        let tenants = Tenants(definition.tenants)
        try readTenants(tenants, survey.types, through: plain)
        let start = try PostgresStart(
            stored: stored, wantsReload: reloading, mapping: definition.fingerprint,
            tenants: tenants.fingerprint, system: identifier, current: current, slot: survey.slot,
            publicationChanged: changed,
            source: definition.name)
        let placements = definition.tables.map {
            RowPlacement($0, companies: store.schema.companies, tenants: tenants)
        }
        let position: PostgresPosition
        switch start {
        case .resume(let stored): position = stored
        case .load(let reason, let isFirst):
            if !isFirst { log(.reloading(reason: reason)) }
            position = try load(
                survey, placements: placements, tenants: tenants, system: identifier,
                isFirst: isFirst, plain: plain, replication: replication)
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
        let translator = ChangeTranslator(
            definition: definition, placements: placements, tenants: tenants,
            types: survey.types, quarantine: Quarantine(try quarantined()),
            fetch: { mapping, values in
                try Self.fetch(mapping, values, survey.types, through: plain)
            })
        try translator.placeAgain(at: position.log, time: clock.now())
        let stream = PostgresStream(
            connection: replication, translator: translator, placements: placements,
            tenants: tenants,
            definition: definition, position: position, store: store, clock: clock,
            timing: timing, log: log, report: report, progressed: { self.hasProgressed = true })
        try stream.run(
            slot: slotName, publication: publicationName, binary: survey.types.allBinary,
            until: mark)
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
            "SELECT \(mapping.fields.map { SQL.name($0) + "::text" }.joined(separator: ", ")) "
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

    private func quarantined() throws -> [QuarantinedRow] {
        try store.quarantined().filter { $0.source == definition.name }
    }

    private func readTenants(
        _ tenants: Tenants, _ types: PostgresTypes, through connection: PostgresConnection
    ) throws {
        guard let lookup = definition.tenants?.table else { return }
        let (schema, table) = SQL.parts(of: lookup.name)
        let rows = try connection.query(
            """
            SELECT \(SQL.name(lookup.key)), \(SQL.name(lookup.value)),
                   (SELECT a.atttypid FROM pg_attribute a
                    WHERE a.attrelid = '\(SQL.table(lookup.name).replacing("'", with: "''"))'::regclass
                      AND a.attname = \(SQL.text(lookup.key)))
            FROM \(SQL.name(schema)).\(SQL.name(table))
            """)
        tenants.removeAll()
        for row in rows {
            guard let key = row[0], let type = row[2].flatMap({ UInt32($0) }) else { continue }
            _ = tenants.set((types[type] ?? .foreign).value(text: key), word: row[1])
        }
    }

    // MARK: Loading

    private func load(
        _ survey: Survey, placements: [RowPlacement], tenants: Tenants, system: String,
        isFirst: Bool, plain: PostgresConnection, replication: PostgresConnection
    ) throws -> PostgresPosition {
        report { $0.state = .loading }
        if let slot = survey.slot {
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
        // From here on the replication connection stays silent: its next command would end the
        // snapshot that it exports.
        let made = try replication.query(
            "CREATE_REPLICATION_SLOT \(SQL.name(slotName)) LOGICAL pgoutput (SNAPSHOT 'export')")
        guard let row = made.first, row.count >= 3,
            let consistent = row[1].flatMap({ LogPosition($0) }), let snapshot = row[2]
        else { throw PostgresFailure.broken("the server made no snapshot") }
        Failpoint.hit("after-slot")
        var position = PostgresPosition(
            log: consistent, system: system, mapping: definition.fingerprint, tenants: "")
        do {
            try plain.execute(
                """
                BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                SET TRANSACTION SNAPSHOT \(SQL.text(snapshot))
                """)
            try readTenants(tenants, survey.types, through: plain)
            position.tenants = tenants.fingerprint
            let loader = try PostgresLoader(
                definition: definition, placements: placements, types: survey.types,
                catalog: survey.catalog, store: store, isFirst: isFirst, log: log)
            try loader.run(
                through: plain,
                position: SourcePosition(text: position.description, sourceTime: clock.now()),
                earlier: try quarantined())
            try plain.execute("COMMIT")
        } catch {
            // A slot that nobody reads would make the server keep its log for ever. Where the store has
            // not changed, the next attempt begins with a new one; but the load may have been stored
            // before a stop interrupted the end of the reading transaction, and then the slot holds
            // what comes after it.
            if isFirst, store.position(of: definition.name) == nil { dropSlotQuietly() }
            throw error
        }
        let aside = try quarantined().count
        let now = clock.now()
        let known = position.shown
        report {
            $0.position = known
            $0.sourceTime = now
            $0.quarantined = aside
        }
        return position
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
