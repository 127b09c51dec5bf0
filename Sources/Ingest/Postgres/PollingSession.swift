import Store
import Vocabulary

/// How much a poll does at once.
struct PollingLimits: Sendable {
    /// How many changes one commit holds; a larger poll becomes visible in several, and its position
    /// with the last, so that an interrupted one is read again.
    var commitChanges = 50_000
    /// How many keys one pass of a comparison holds in memory, in 9 bytes each.
    var passKeys = 4_000_000
    /// After how long every key is looked at, even if the counts agree.
    var fully = Duration.seconds(86_400)
    /// How long the server may stay silent within an answer before the connection counts as broken.
    var silence = Duration.seconds(300)
}

/// What a source that is polled keeps between two polls of one process.
struct PollingMemory: Sendable {
    /// The tenants of the poll before; nil before the first.
    var tenants: [SourceValue: String]?
    /// When the keys were compared last; nil before the first time.
    var compared: ContinuousClock.Instant?
    /// When each key was looked at last, whatever the counts say.
    var comparedFully: ContinuousClock.Instant?
    /// By table: keys of the source whose rows are in no model and were not put aside either, such as
    /// rows that were erased here; as hashes.
    var absent: [String: Set<UInt64>] = [:]
    /// The companies of rows that others belong to; nil when they have to be read from the store.
    var parents: ParentCompanies?
    var isFollowing = false
}

/// The state of a poll is gone, because a table was rewritten while it was read.
///
/// The next poll sees all of it.
struct RewrittenMeanwhile: Error {}

/// One poll of a Postgres source: what changed since the one before, and what was deleted.
///
/// Blocks; lives on a thread of its own. All is read in one REPEATABLE READ transaction, so that it
/// is one state of the server, over a connection that needs nothing of its session (a pool may give
/// each transaction another one).
///
/// ```
/// begin → oldest unfinished transaction X, tables → rows with xmin ≥ the X of the poll before
///       → commit rows and X → from time to time: compare keys → commit deletions
/// ```
/// Invariants: a transaction that was not visible in a poll has a number not below that poll's X,
/// nor has any of its subtransactions, so no row is missed, however late it was committed. X is
/// stored with the rows, in one commit. Deletions leave no trace that a query can find; the keys do.
final class PollingSession {
    var definition: SourceDefinition
    private let settings: ConnectionSettings
    let store: Store
    private let clock: WallClock
    private let intervals: PollingIntervals
    let limits: PollingLimits
    private let interrupt: Interrupt
    let log: @Sendable (IngestEvent) -> Void
    let report: ((inout SourceStatus) -> Void) -> Void

    init(
        definition: SourceDefinition, settings: ConnectionSettings, store: Store,
        clock: WallClock, intervals: PollingIntervals, limits: PollingLimits, interrupt: Interrupt,
        log: @escaping @Sendable (IngestEvent) -> Void,
        report: @escaping ((inout SourceStatus) -> Void) -> Void
    ) {
        self.definition = definition
        self.settings = settings
        self.store = store
        self.clock = clock
        self.intervals = intervals
        self.limits = limits
        self.interrupt = interrupt
        self.log = log
        self.report = report
    }

    /// One state of the server, and what it says of what we read.
    struct View {
        let connection: PostgresConnection
        let server: PollingServer
        let preflight: PollingPreflight
        let words: [SourceValue: String]

        var catalog: PostgresCatalog { preflight.catalog }
        var types: PostgresTypes { preflight.types }
        var tables: PollingTables { preflight.tables }
    }

    private func begin() throws -> (PostgresConnection, PollingServer, PollingPreflight) {
        let connection = try PostgresConnection(
            settings, replication: false, application: "reportd \(definition.name)",
            interrupt: interrupt, patience: limits.silence, settingSession: false)
        try connection.execute(PollingServer.begin)
        let server = try PollingServer(through: connection)
        let about = try PostgresServer(through: connection)
        let catalog = try PostgresCatalog(of: definition, publication: "", through: connection)
        definition = try definition.adapted(to: catalog)
        let types = try PostgresTypes(of: definition, catalog: catalog, through: connection)
        let preflight = PollingPreflight(
            definition: definition, server: about, catalog: catalog, types: types,
            tables: try PollingTables(of: definition, through: connection),
            leftover: try PollingPreflight.leftover(of: definition, through: connection))
        return (connection, server, preflight)
    }

    /// Checks every requirement and changes nothing.
    func check() throws -> [Finding] { try begin().2.findings() }

    // MARK: One poll

    /// Reads what changed, and compares keys if that is due or asked for.
    ///
    /// - Throws: `RewrittenMeanwhile` when it has to be done again; else what reading or storing did.
    func poll(
        _ memory: inout PollingMemory, reloading: Bool, comparing: Bool
    ) throws {
        let (connection, server, preflight) = try begin()
        let findings = preflight.findings()
        if let problem = findings.first(where: { $0.severity == .problem }) {
            throw problem.advice
        }
        let view = View(
            connection: connection, server: server, preflight: preflight,
            words: try definition.tenants?.words(preflight.types, through: connection) ?? [:])
        Failpoint.hit("after-snapshot")
        let tenants = Tenants(definition.tenants)
        for (tenant, word) in view.words { _ = tenants.set(tenant, word: word) }
        let position = PollingPosition(
            oldest: server.oldest, system: server.system, timeline: server.timeline,
            tenants: tenants.fingerprint,
            tables: Dictionary(
                uniqueKeysWithValues: definition.tables.map {
                    ($0.name, view.tables.table($0, of: definition))
                }))
        let start = try self.start(position, view, memory, reloading: reloading)
        let parents = try self.parents(memory, reloading: reloading)
        let placements = definition.tables.map {
            RowPlacement(
                $0, companies: store.schema.companies, tenants: tenants, parents: parents)
        }
        func writer() throws -> PollingWriter {
            PollingWriter(
                definition: definition,
                rows: RowTranslator(
                    definition: definition, placements: placements, parents: parents,
                    quarantine: try Quarantine(of: definition, in: store),
                    ask: SourceQuestions(
                        row: { _, _ in nil },
                        children: { [definition] in
                            try SourceQuestions.children(
                                of: $0, $1, definition, view.types, view.catalog,
                                through: connection, $2)
                        })), store: store, commitChanges: limits.commitChanges, log: log)
        }
        switch start {
        case .behind:
            throw Advice(
                .busy,
                "source ‘\(definition.name)’ is a standby that has not yet replayed what was read "
                    + "before",
                remedy: "it is tried again by itself; connect to the primary if this goes on")
        case .load:
            for finding in findings where finding.severity == .notice {
                log(.warning(finding.advice))
            }
            report { $0.state = .loading }
            try load(placements, parents, position, view)
            memory.compared = .now
        case .poll(let readings, let reason, let compares):
            if let reason {
                log(.reloading(reason: reason))
                report { $0.state = .loading }
            }
            // With new tenants, rows that were put aside because of them have a place.
            let placesAgain =
                view.words.contains { memory.tenants?[$0] != $1 }
                || memory.tenants == nil
            try readChanges(
                readings, placements, position, view, try writer(), placesAgain: placesAgain)
            let isDue = memory.compared.map { $0.duration(to: .now) >= intervals.reconcile } ?? true
            if isDue || compares || comparing {
                do {
                    try compareKeys(placements, view, try writer(), &memory)
                } catch let advice as Advice where advice.kind == .damaged {
                    // Once that is known, the rows are read again; keys are compared after that.
                    memory.compared = nil
                    try store.noteDamage()
                    log(.warning(advice))
                }
            }
        }
        // One that has gone may come back as another company's.
        memory.tenants = (memory.tenants ?? [:]).merging(view.words) { $1 }
        memory.parents = parents
        try connection.execute("COMMIT")
        tell(position, server, placements, &memory)
    }

    private func start(
        _ now: PollingPosition, _ view: View, _ memory: PollingMemory, reloading: Bool
    ) throws -> PollingStart {
        let text = store.position(of: definition.name)?.text
        var stored = text.flatMap { PollingPosition($0) }
        var reload = reloading ? "a re-load was asked for" : nil
        if stored == nil, try !isEmpty() {
            reload = reload ?? "it was read in another way before"
        }
        if let before = memory.tenants {
            // Whoever watched knows whether a tenant moved, or only came or went.
            let companies = definition.tenants?.companies ?? [:]
            let isMoved = before.contains { tenant, word in
                guard let company = companies[word], let present = view.words[tenant] else {
                    return false
                }
                return companies[present] != company
            }
            if !isMoved { stored?.tenants = now.tenants }
        }
        return try PollingStart(
            stored: stored, reload: reload, now: now, order: definition.tables.map(\.name),
            server: view.server, source: definition.name)
    }

    private func parents(
        _ memory: PollingMemory, reloading: Bool
    ) throws -> ParentCompanies {
        if let known = memory.parents, known.fits(definition) { return known }
        let parents = ParentCompanies(definition, store.schema.companies)
        // Where all rows are read again, those of damaged segments among them, they tell it themselves.
        for index in definition.tables.indices where !reloading {
            try parents.read(index, of: definition, from: store)
        }
        return parents
    }

    /// Whether nothing of the source is here.
    private func isEmpty() throws -> Bool {
        try store.quarantineCounts()[definition.name] == nil
            && definition.tables.allSatisfy {
                try store.rowCount(model: $0.model.name, origin: $0.origin) == 0
            }
    }

    private func tell(
        _ position: PollingPosition, _ server: PollingServer, _ placements: [RowPlacement],
        _ memory: inout PollingMemory
    ) {
        let rounded = placements.reduce(0) { $0 + $1.roundedAmounts }
        if rounded > 0 { log(.rounded(amounts: rounded)) }
        if !memory.isFollowing { log(.following(position: position.shown)) }
        memory.isFollowing = true
        let aside = (try? store.quarantineCounts()[definition.name]) ?? 0
        report {
            $0.state = .following
            $0.position = position.shown
            $0.sourceTime = server.time
            $0.measureLag(0, at: server.time)
            $0.quarantined = aside
            $0.roundedAmounts += rounded
            $0.lastError = nil
        }
    }

    func sourcePosition(_ position: PollingPosition, _ view: View) -> SourcePosition {
        SourcePosition(text: position.description, sourceTime: view.server.time)
    }

    /// Refuses what was read if a table was rewritten before we came to it: then it looked empty.
    ///
    /// What we have read stays locked until the transaction ends, so later rewriting waits.
    func checkIsWhole(_ view: View) throws {
        if try PollingTables(of: definition, through: view.connection).isRewritten {
            throw RewrittenMeanwhile()
        }
    }
}
