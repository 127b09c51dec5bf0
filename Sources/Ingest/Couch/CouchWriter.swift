import Dispatch
import NIOCore
import Store
import Vocabulary

/// Turns what a CouchDB server sends into commits.
///
/// Rows and the sequence up to which they are durable are one commit. Parsing and writing block, so
/// the actor runs on a thread queue of its own. It outlives broken connections: a first load goes on
/// from the page it had reached.
actor CouchWriter {
    private nonisolated let executor = CouchQueue()
    private let definition: SourceDefinition
    private let store: Store
    private let clock: WallClock
    private let timing: CouchTiming
    private let log: @Sendable (IngestEvent) -> Void
    private let report: @Sendable ((inout SourceStatus) -> Void) -> Void
    private let placements: [RowPlacement]
    private let hasLedger: Bool
    private var feeds: [String: CouchFeed] = [:]
    private var position: CouchPosition
    private var load: CouchLoad?
    private var quarantined: Set<[String]> = []
    /// Databases whose stored sequence the server refused.
    private var distrusted: Set<String> = []
    private var roundedBefore = 0
    /// When each database that is followed gave its last sign of life; empty before all are.
    private var heard: [String: Instant] = [:]

    init(
        definition: SourceDefinition, store: Store, clock: WallClock, timing: CouchTiming,
        log: @escaping @Sendable (IngestEvent) -> Void,
        report: @escaping @Sendable ((inout SourceStatus) -> Void) -> Void
    ) {
        self.definition = definition
        self.store = store
        self.clock = clock
        self.timing = timing
        self.log = log
        self.report = report
        let tenants = Tenants(definition.tenants)
        placements = definition.tables.map {
            RowPlacement($0, companies: store.schema.companies, tenants: tenants)
        }
        hasLedger = !definition.tables.allSatisfy(\.isNamedByDocument)
        position = CouchPosition(mapping: definition.fingerprint)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    // MARK: Deciding

    /// Decides what each database is read for, by what the store holds and what the server tells.
    ///
    /// - Throws: `Advice` when the store cannot be read.
    func begin(
        _ databases: [CouchDatabase], reloading: Bool
    ) throws -> [String: CouchFeed.Purpose] {
        heard = [:]
        if load != nil, !reloading, distrusted.isEmpty,
            databases.allSatisfy({ one in
                feeds[one.name].map { one.mismatch(with: $0.place) == nil } ?? false
            })
        {
            // A broken connection: what was complete stays, the present page is asked for again.
            return feeds.mapValues(\.purpose)
        }
        abandon()
        quarantined = Set(
            try store.quarantined().filter { $0.source == definition.name }
                .map { [$0.table, $0.key] })
        let stored = store.position(of: definition.name)
        let known = stored.flatMap { CouchPosition($0.text) }
        position = CouchPosition(mapping: definition.fingerprint)
        var ledgers: [String: CouchLedger] = [:]
        var isLedgerLost = false
        do {
            ledgers = try storedLedgers()
        } catch let advice as Advice where advice.kind == .damaged {
            isLedgerLost = true
        }
        if stored == nil, try isEmpty(), ledgers.isEmpty {
            try beginLoad(databases)
            return feeds.mapValues(\.purpose)
        }
        var reason: String?
        if reloading {
            reason = "it was asked for"
        } else if let known, known.mapping != definition.fingerprint {
            reason = "the mapping has changed"
        } else if known == nil {
            reason = "rows of it are there from elsewhere"
        } else if isLedgerLost {
            reason = "what the store knew of its documents is damaged"
        }
        for database in databases {
            let place = known?.places[database.name]
            let cause =
                reason ?? distrust(of: database.name)
                ?? place.map { database.mismatch(with: $0) ?? Self.unfinished($0) }
                ?? "database ‘\(database.name)’ is new"
            let feed = feed(
                of: database.name, ledgers.removeValue(forKey: database.name), .follow,
                place ?? database.beginning)
            if let cause {
                feed.purpose = .resync
                feed.adopts = stored != nil && known == nil
                feed.place = database.beginning
                feed.place.isPartial = true
                log(.reloading(reason: cause))
            }
            feeds[database.name] = feed
            position.places[database.name] = feed.place
        }
        return feeds.mapValues(\.purpose)
    }

    /// What the store knows of each database's documents.
    private func storedLedgers() throws -> [String: CouchLedger] {
        guard hasLedger else { return [:] }
        return try CouchLedger.stored(
            in: store, source: definition.name, tables: CouchTranslator.routes(of: definition))
    }

    /// The models and origins that databases give rows of.
    private func models(of databases: Set<String>) -> Set<[String]> {
        var models = Set(
            definition.tables.filter { databases.contains($0.name) }
                .map { [$0.model.name, $0.origin] })
        if hasLedger, !databases.isEmpty { models.insert([CouchLedger.model, definition.name]) }
        return models
    }

    /// Notes that a database's server does not take the sequence that we have for it.
    func distrust(_ name: String) { distrusted.insert(name) }

    private func distrust(of name: String) -> String? {
        guard distrusted.remove(name) != nil else { return nil }
        return "the server no longer takes the sequence of database ‘\(name)’"
    }

    private static func unfinished(_ place: CouchPosition.Place) -> String? {
        place.isPartial ? "an earlier reading from the beginning did not end" : nil
    }

    private func isEmpty() throws -> Bool {
        try definition.tables.allSatisfy {
            try store.rowCount(model: $0.model.name, origin: $0.origin) == 0
        }
    }

    private func feed(
        of name: String, _ ledger: CouchLedger?, _ purpose: CouchFeed.Purpose,
        _ place: CouchPosition.Place
    ) -> CouchFeed {
        CouchFeed(
            name: name,
            translator: CouchTranslator(
                database: name, definition: definition, placements: placements,
                ledger: ledger ?? CouchLedger()),
            purpose: purpose, place: place, longestRow: timing.rowBytes)
    }

    private func beginLoad(_ databases: [CouchDatabase]) throws {
        distrusted = []
        load = CouchLoad(
            try store.beginLoad(source: definition.name), source: definition.name,
            definition: definition, limit: timing.patchRows)
        for database in databases {
            feeds[database.name] = feed(of: database.name, nil, .load, database.beginning)
            position.places[database.name] = database.beginning
        }
    }

    /// Drops a load that is under way, if any.
    func abandon() {
        load?.abandon()
        load = nil
        feeds = [:]
    }

    // MARK: Reading

    /// The sequence from which a database is to be read on.
    func since(_ name: String) -> String { feed(name).place.since }

    /// Begins an answer to a request for changes.
    func beginAnswer(_ name: String, time: Instant?) {
        let feed = feed(name)
        // Rows of a broken answer that were taken and not written are part of what comes again, but
        // the ledger knows them already; so they stay.
        feed.beginAnswer(time: time)
    }

    /// Takes bytes of an answer.
    ///
    /// - Returns: How many rows are complete with them, and whether it is time to write.
    func take(_ chunk: ByteBuffer, _ name: String) throws -> (rows: Int, isEnough: Bool) {
        let feed = feed(name)
        let rows = try feed.take(chunk.readableBytesView)
        if rows > 0 { Failpoint.hit("after-receive") }
        let limit = load == nil ? timing.batchBytes : min(timing.loadBytes, timing.batchBytes)
        return (rows, feed.changeBytes >= limit)
    }

    /// How the answer ended.
    ///
    /// - Throws: `CouchFailure` when it broke off.
    func endAnswer(_ name: String) throws -> (rows: Int, pending: Int, sequence: String) {
        let feed = feed(name)
        guard let end = feed.end else {
            throw CouchFailure.broken(cause: "an answer broke off")
        }
        feed.arrived = end.sequence
        return (feed.answerRows, end.pending, end.sequence)
    }

    /// Documents that have to be asked for before what has arrived can be written.
    func takeWanted(_ name: String) -> [String] { feed(name).translator.takeWanted() }

    /// Takes documents that were asked for.
    func take(_ documents: [CouchDocument], _ name: String) {
        for document in documents { feed(name).take(document, isForced: true) }
    }

    // MARK: Writing

    /// Writes what has arrived of a database, with the sequence it goes up to.
    ///
    /// - Throws: `Advice` when the store cannot write; what has arrived stays and is written with
    ///   the next.
    func write(_ name: String) throws {
        let feed = feed(name)
        if let load {
            tell(feed)
            try load.take(feed)
            if let arrived = feed.arrived { feed.place.since = arrived }
            position.places[name] = feed.place
            log(.loaded(table: name, rows: feed.rows))
            Failpoint.hit("mid-copy")
            return
        }
        let isNew = feed.arrived.map { $0 != feed.place.since } ?? false
        guard !feed.changes.isEmpty || isNew else { return }
        try commit(feed)
        if feed.purpose == .resync {
            log(.loaded(table: name, rows: feed.rows))
            Failpoint.hit("mid-copy")
        }
    }

    private func commit(_ feed: CouchFeed, ending: (inout ChangeBatch) -> Void = { _ in }) throws {
        let (kept, bytes) = (feed.changes, feed.changeBytes)
        var batch = ChangeBatch()
        // What damage took away comes back between the first and the last commit of a reading.
        if feed.purpose == .resync, !feed.hasBegun {
            for pair in models(of: [feed.name]).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                batch.beginReload(model: pair[0], origin: pair[1])
            }
        }
        feed.fill(&batch, definition: definition)
        ending(&batch)
        var place = feed.place
        if let arrived = feed.arrived { place.since = arrived }
        var next = position
        next.places[feed.name] = place
        batch.setPosition(
            source: definition.name,
            SourcePosition(text: next.text, sourceTime: feed.serverTime ?? sourceTime))
        Failpoint.hit("before-commit")
        do {
            try store.commit(batch)
        } catch {
            (feed.changes, feed.changeBytes) = (kept, bytes)
            throw error
        }
        Failpoint.hit("after-commit")
        feed.place = place
        feed.hasBegun = true
        position = next
        tell(kept, of: feed)
        log(.committed(transactions: 1, changes: kept.count))
        reportPosition(feed)
    }

    private var sourceTime: Instant? { store.position(of: definition.name)?.sourceTime }

    /// Ends the reading of all databases for the first time: everything becomes visible.
    func finishLoad() throws {
        guard let load else { return }
        let overlap = feeds.values.contains { $0.loadedFrom != nil }
        var first = position
        for feed in feeds.values {
            if let since = feed.loadedFrom { first.places[feed.name]?.since = since }
        }
        let time = feeds.values.compactMap(\.serverTime).min()
        Failpoint.hit("before-load-finish")
        try load.finish(position: SourcePosition(text: first.text, sourceTime: time))
        self.load = nil
        Failpoint.hit("after-load-finish")
        if overlap, !load.isPatchDropped {
            var patch = load.patch
            patch.setPosition(
                source: definition.name, SourcePosition(text: position.text, sourceTime: time))
            try store.commit(patch)
        } else if overlap {
            // Read again from the first change that did not fit; the ledger is as stored.
            position = first
            var ledgers = try storedLedgers()
            for (name, feed) in feeds {
                guard let place = first.places[name] else { continue }
                feed.place = place
                feed.translator = CouchTranslator(
                    database: name, definition: definition, placements: placements,
                    ledger: ledgers.removeValue(forKey: name) ?? CouchLedger())
            }
        }
        for feed in feeds.values {
            feed.purpose = .follow
            feed.loadedFrom = nil
        }
        log(.loadFinished(rows: load.rows, quarantined: load.aside))
        report { $0.position = self.position.shown }
    }

    /// Takes away what a reading from the beginning has not met; documents may be wanted after it.
    func removeUnmet(_ name: String) {
        let feed = feed(name)
        feed.translator.removeAll(except: feed.metDocuments, into: &feed.changes)
    }

    /// Ends a reading from the beginning, after `removeUnmet`.
    func finishResync(_ name: String) throws {
        let feed = feed(name)
        let gone = quarantined.filter { pair in
            (pair[0] == name && !feed.metDocuments.contains(pair[1]))
                || (pair[0] == Quarantine.noTable && feed.adopts)
        }
        feed.place.isPartial = false
        try commit(feed) { batch in
            for (table, mapping) in definition.tables.enumerated()
            where mapping.name == name && mapping.isComplete {
                guard mapping.isNamedByDocument || feed.adopts else { continue }
                batch.retain(
                    model: mapping.model.name, origin: mapping.origin,
                    keys: mapping.isNamedByDocument
                        ? feed.metKeys[table] ?? [] : feed.translator.ledger.keys(of: table))
            }
            for pair in gone.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                batch.release(source: definition.name, table: pair[0], key: pair[1])
            }
            // Several databases may give rows of one model.
            let others = feeds.values.filter { $0.name != name && $0.purpose == .resync }
            let given = models(of: [name]).subtracting(models(of: Set(others.map(\.name))))
            for pair in given.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                batch.endReload(model: pair[0], origin: pair[1])
            }
        }
        quarantined.subtract(gone)
        feed.purpose = .follow
        (feed.metKeys, feed.metDocuments, feed.adopts) = ([:], [], false)
        log(.loadFinished(rows: feed.rows, quarantined: quarantined.count))
    }

    // MARK: Telling

    private func tell(_ feed: CouchFeed) { tell(feed.changes, of: feed) }

    private func tell(_ changes: [CouchRowChange], of feed: CouchFeed) {
        var released = 0
        for change in changes {
            switch change {
            case .aside(let row):
                quarantined.insert([row.table, row.key])
                log(.quarantined(table: row.table, key: row.key, reason: row.reason))
            case .release(let table, let document):
                if quarantined.remove([table, document]) != nil { released += 1 }
            default: break
            }
        }
        if released > 0 { log(.released(rows: released)) }
        let conflicted = feed.translator.takeConflicted()
        if conflicted > 0 {
            log(
                .warning(
                    Advice(
                        .input,
                        "\(conflicted) documents of database ‘\(feed.name)’ have revisions in "
                            + "conflict; the one that CouchDB lets win was taken",
                        remedy: "see them with ?conflicts=true and delete the revisions that "
                            + "should lose")))
        }
        let rounded = feed.translator.roundedAmounts
        if rounded > roundedBefore { log(.rounded(amounts: rounded - roundedBefore)) }
        roundedBefore = rounded
    }

    private func reportPosition(_ feed: CouchFeed) {
        let time = feed.serverTime
        report {
            $0.position = self.position.shown
            $0.quarantined = self.quarantined.count
            $0.roundedAmounts = self.roundedBefore
            if let time { $0.sourceTime = time }
        }
        hear(feed.name)
    }

    /// Notes that a database that is followed gave a sign of life, and that all it told is written.
    func hear(_ name: String) {
        guard heard[name] != nil else { return }
        let now = clock.now()
        heard[name] = now
        // A source is as current as the database of it that has been silent for longest.
        let oldest = heard.values.min() ?? now
        report { $0.measureLag(0, at: oldest) }
    }

    /// Tells that all databases are followed.
    func tellFollowing() {
        log(.following(position: position.shown))
        report {
            $0.state = .following
            $0.position = self.position.shown
            $0.quarantined = self.quarantined.count
            $0.lastError = nil
        }
        let now = clock.now()
        heard = feeds.mapValues { _ in now }
        for name in feeds.keys { hear(name) }
    }

    /// Why a database is no longer the one that is followed; nil when it is.
    func mismatch(_ database: CouchDatabase) -> String? {
        guard let feed = feeds[database.name] else { return "it is not followed" }
        return database.mismatch(with: feed.place)
    }

    private func feed(_ name: String) -> CouchFeed {
        guard let feed = feeds[name] else {
            preconditionFailure("database \(name) is read without having been begun")
        }
        return feed
    }
}

/// The thread queue that documents are read and written on.
private final class CouchQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "couchdb")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
