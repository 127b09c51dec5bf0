import Dispatch
import Glibc
import Store
import Vocabulary

/// Follows the changes of a source: receive, commit, acknowledge.
///
/// While a commit is being made durable, the changes that follow are received and translated; they
/// are the next commit. So the server never waits for our disk, and the more changes come, the more
/// of them share a commit.
final class PostgresStream {
    /// How long changes gather before they are fetched, in microseconds.
    private static let gathering: UInt32 = 200

    private let connection: PostgresConnection
    let translator: ChangeTranslator
    let placements: [RowPlacement]
    let parents: ParentCompanies
    private let tenants: Tenants
    let definition: SourceDefinition
    let store: Store
    let clock: WallClock
    private let timing: PostgresTiming
    let types: PostgresTypes
    let fingerprints: [String: String]
    let copy: SnapshotCopy?
    let interrupt: Interrupt
    let log: @Sendable (IngestEvent) -> Void
    let report: ((inout SourceStatus) -> Void) -> Void
    private let progressed: () -> Void
    private let catalog: () throws -> [String: String]
    /// Asks how far the server's log goes.
    private let logEnd: () throws -> LogPosition
    private var pulse: StreamPulse?
    /// The commit that is being made.
    private var flight: CommitFlight?
    private let committing = DispatchQueue(label: "commit")

    /// What is durable in our store; only this is ever told to the server.
    var position: PostgresPosition
    /// Rows that were read again, those that were put aside by that, and amounts that were rounded.
    var copied = (rows: 0, aside: 0, roundedAmounts: 0)
    /// How far the server says that it has sent.
    private var received: LogPosition
    private var roundedBefore: Int
    private var statusSent = ContinuousClock.now
    private var idleWritten = ContinuousClock.now
    private var lastHeard = ContinuousClock.now
    private var catalogSeen = ContinuousClock.now
    /// Up to where the server's log went at a moment, until all of that is durable here.
    private var ahead: (log: LogPosition, at: Instant)?

    init(
        connection: PostgresConnection, translator: ChangeTranslator,
        placements: [RowPlacement], parents: ParentCompanies, tenants: Tenants,
        definition: SourceDefinition,
        position: PostgresPosition, store: Store, clock: WallClock, timing: PostgresTiming,
        types: PostgresTypes, fingerprints: [String: String], copy: SnapshotCopy?,
        interrupt: Interrupt, log: @escaping @Sendable (IngestEvent) -> Void,
        report: @escaping ((inout SourceStatus) -> Void) -> Void,
        progressed: @escaping () -> Void, catalog: @escaping () throws -> [String: String],
        logEnd: @escaping () throws -> LogPosition
    ) {
        self.logEnd = logEnd
        self.types = types
        self.fingerprints = fingerprints
        self.copy = copy
        self.interrupt = interrupt
        self.catalog = catalog
        self.connection = connection
        self.translator = translator
        self.placements = placements
        self.parents = parents
        self.tenants = tenants
        self.definition = definition
        self.position = position
        self.received = position.log
        self.roundedBefore = placements.reduce(0) { $0 + $1.roundedAmounts }
        self.store = store
        self.clock = clock
        self.timing = timing
        self.log = log
        self.report = report
        self.progressed = progressed
    }

    /// Streams until the mark has passed and all before it is durable; without one, until
    /// interrupted.
    func run(slot: String, publication: String, binary: Bool, until mark: String?) throws {
        try lookAhead()
        try connection.startStreaming(
            "START_REPLICATION SLOT \(SQL.name(slot)) LOGICAL \(position.log) "
                + "(proto_version '1', publication_names \(SQL.text(SQL.name(publication))), "
                + "messages 'true', binary '\(binary)')")
        log(.following(position: position.log.description))
        let aside = translator.aside.count
        let known = position.shown
        report {
            $0.state = .following
            $0.position = known
            $0.quarantined = aside
            $0.lastError = nil
        }
        try sendStatus(asking: true)
        lastHeard = .now
        let pulse = StreamPulse(every: timing.status) { [self] in try sendStatus() }
        self.pulse = pulse
        defer { self.pulse = nil }
        do {
            try follow(until: mark)
            pulse.stop()
        } catch {
            pulse.stop()
            // Whether it succeeds, the store knows.
            flight?.wait()
            flight = nil
            // Unless the connection itself broke, the server is to release the slot now.
            if !(error is PostgresFailure || error is StreamEnded) {
                connection.endStreaming(milliseconds: timing.endMilliseconds)
            }
            throw error
        }
        connection.endStreaming(milliseconds: timing.endMilliseconds)
    }

    private func follow(until mark: String?) throws {
        // What came together with the server's consent is in libpq's memory already, of which a look at
        // the socket tells nothing.
        var hasMore = true
        while true {
            // The server sends each change by itself, and to fetch it costs more than to take it. What
            // cannot be written at once may as well arrive together; its buffer holds longer than this.
            if !hasMore, flight != nil || translator.isInTransaction { usleep(Self.gathering) }
            let arrived = try hasMore || connection.waitForMessages(milliseconds: pause())
            var wantsReply = false
            hasMore = false
            if arrived {
                lastHeard = .now
                var isAny = false
                try connection.drainMessages { bytes in
                    isAny = true
                    switch try ReplicationFrame(bytes) {
                    case .message(let range): try translator.take(bytes, in: range)
                    case .keepalive(let end, let asks):
                        received = max(received, end)
                        wantsReply = wantsReply || asks
                    }
                    hasMore =
                        translator.ready.map {
                            $0.rest != nil || translator.readyChanges >= timing.groupChanges
                        } ?? false
                    return !hasMore
                }
                if isAny {
                    Failpoint.hit("after-receive")
                    progressed()
                }
            } else if lastHeard.duration(to: .now) > timing.silence {
                throw PostgresFailure.broken("the server has been silent for too long")
            }
            let wrote = try writeBeside(isFull: hasMore)
            noteLevel()
            try takeCopied()
            try lookAtCatalog()
            let wroteIdle = try writeIdle()
            if wrote || wroteIdle || wantsReply || statusSent.duration(to: .now) >= timing.status {
                Failpoint.hit("before-ack")
                try sendStatus()
            }
            if let mark, translator.passedMarks.contains(mark), copy?.isOver ?? true {
                if try writeReady() {
                    Failpoint.hit("before-ack")
                    try sendStatus()
                }
                return
            }
        }
    }

    /// Whether all that has arrived is durable.
    private var isLevel: Bool {
        !translator.isInTransaction && translator.ready == nil && flight == nil
    }

    /// Looks how far the server's log goes; once we have all of it, we were level at this moment.
    private func lookAhead() throws {
        let now = clock.now()
        if ahead == nil { ahead = (try logEnd(), now) }
    }

    /// Notes that we have all that the server had when it was looked at.
    private func noteLevel() {
        guard let ahead, isLevel, received >= ahead.log else { return }
        self.ahead = nil
        report { $0.measureLag(0, at: max(ahead.at, $0.lagMeasured ?? ahead.at)) }
    }

    /// Tells the server that we are there, and what is durable.
    ///
    /// A server that has nothing to say is asked for a word: so its silence means something.
    private func sendStatus(asking: Bool = false) throws {
        let isQuiet = lastHeard.duration(to: .now) >= timing.status / 2
        try connection.sendMessage(
            ReplicationFrame.status(
                received: received, durable: position.log, now: clock.now(),
                asking: asking || isQuiet))
        statusSent = .now
        let behind = Int(clamping: received.offset - min(received, position.log).offset)
        report { $0.lagBytes = behind }
    }

    /// How long to wait for the next message, in milliseconds.
    private func pause() -> Int32 {
        let status = timing.status - statusSent.duration(to: .now)
        let idle =
            received > position.log && !translator.isInTransaction
            ? timing.idle - idleWritten.duration(to: .now) : status
        let looking = timing.catalog - catalogSeen.duration(to: .now)
        let copying = copy?.isOver ?? true ? status : Duration.milliseconds(20)
        // The end of a commit is looked for soon, so that the server hears of it.
        let committing = flight == nil ? status : Duration.milliseconds(2)
        let (seconds, fraction) = max(.zero, min(status, idle, looking, copying, committing))
            .components
        return Int32(clamping: seconds * 1000 + fraction / 1_000_000_000_000_000 + 1)
    }

    /// Compares the catalog with what the tables were read under.
    ///
    /// - Throws: `SchemaChanged` when a table is another one; the next session reads it anew.
    private func lookAtCatalog() throws {
        guard catalogSeen.duration(to: .now) >= timing.catalog else { return }
        catalogSeen = .now
        try lookAhead()
        let present = try catalog()
        for (table, fingerprint) in fingerprints where present[table] != fingerprint {
            throw SchemaChanged(table: table, what: "its definition is another one")
        }
    }

    /// Writes rows put aside that have found their place meanwhile.
    func placeAgain() throws {
        try translator.placeAgain(at: position.log, time: clock.now())
        try writeReady()
    }

    /// Begins to write the whole transactions that have arrived, unless a commit is being made; if
    /// no more may wait in memory, then after it.
    ///
    /// - Returns: Whether more is durable than before.
    private func writeBeside(isFull: Bool) throws -> Bool {
        if let flight, !isFull, !flight.isOver { return false }
        let settled = try settle()
        guard let ready = translator.ready else { return settled }
        if ready.rest != nil { return try writeReady() || settled }
        guard let group = translator.takeReady() else { return settled }
        let next = next(after: group)
        flight = CommitFlight(group, at: next, definition, store, on: committing)
        return settled
    }

    /// Waits for the commit that is being made.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    private func settle() throws -> Bool {
        guard let flight else { return false }
        self.flight = nil
        try whilePulsing { flight.wait() }
        try flight.outcome()
        wrote(flight.group, upTo: flight.position)
        return true
    }

    /// The position after some transactions.
    private func next(after group: ChangeTranslator.Group) -> PostgresPosition {
        var next = position
        next.advance(to: group.end)
        next.tenants = tenants.fingerprint
        return next
    }

    /// Writes the whole transactions that have arrived, in one commit with their end, and waits for
    /// it.
    @discardableResult
    func writeReady() throws -> Bool {
        let settled = try settle()
        guard var group = translator.takeReady() else { return settled }
        var next = next(after: group)
        guard let rest = group.rest else {
            flight = CommitFlight(group, at: next, definition, store, on: committing)
            return try settle()
        }
        Failpoint.hit("before-commit")
        let changes = try translator.changes(of: rest)
        var first: ChangeBatch? = group.changes.batch
        var isOver = false
        try commit {
            if let batch = first {
                first = nil
                return batch
            }
            if isOver { return nil }
            if let more = try changes() {
                group.changes.count(more)
                return more.batch
            }
            isOver = true
            return at(&next, group.time)
        }
        Failpoint.hit("after-commit")
        wrote(group, upTo: next)
        return true
    }

    /// Notes that some transactions are durable.
    private func wrote(_ group: ChangeTranslator.Group, upTo next: PostgresPosition) {
        position = next
        received = max(received, next.log)
        idleWritten = .now
        tell(group)
    }

    /// The batch that ends a large commit: nothing but the position.
    func at(_ next: inout PostgresPosition, _ time: Instant?) -> ChangeBatch {
        next.tenants = tenants.fingerprint
        var batch = ChangeBatch()
        batch.setPosition(
            source: definition.name, SourcePosition(text: next.description, sourceTime: time))
        return batch
    }

    /// Commits any number of batches at once.
    func commit(parts next: () throws -> ChangeBatch?) throws {
        try whilePulsing { _ = try store.commit(parts: next) }
    }

    /// Does something that may take long, while the server is told that we are there.
    func whilePulsing(_ body: () throws -> Void) throws {
        guard let pulse else { return try body() }
        try pulse.beating(body)
        if let sent = pulse.lastBeat { statusSent = max(statusSent, sent) }
    }

    /// Says how many amounts were rounded since it was last said; returns how many were in all.
    func tellRounded() -> Int {
        let rounded = placements.reduce(copied.roundedAmounts) { $0 + $1.roundedAmounts }
        if rounded > roundedBefore { log(.rounded(amounts: rounded - roundedBefore)) }
        roundedBefore = rounded
        return rounded
    }

    private func tell(_ group: ChangeTranslator.Group) {
        let changes = group.changes
        for row in changes.aside {
            log(.quarantined(table: row.table, key: row.key, reason: row.reason))
        }
        if changes.released > 0 { log(.released(rows: changes.released)) }
        let rounded = tellRounded()
        log(.committed(transactions: group.transactions, changes: changes.count))
        let now = clock.now()
        let aside = translator.aside.count
        let known = position.shown
        report {
            $0.position = known
            $0.sourceTime = group.time
            $0.measureLag(
                Double(max(0, now.microseconds - group.time.microseconds)) / 1e6, at: now)
            $0.quarantined = aside
            $0.roundedAmounts = rounded
        }
    }

    /// Writes down how far a source has come that had no changes for us.
    ///
    /// So its server need not keep the log. Only between transactions: then all that was sent is
    /// durable here.
    private func writeIdle() throws -> Bool {
        guard isLevel, received > position.log,
            idleWritten.duration(to: .now) >= timing.idle
        else { return false }
        var next = position
        next.advance(to: received)
        var batch = ChangeBatch()
        batch.setPosition(
            source: definition.name,
            SourcePosition(
                text: next.description,
                sourceTime: store.position(of: definition.name)?.sourceTime))
        try whilePulsing { try store.commit(batch) }
        position = next
        idleWritten = .now
        let known = position.shown
        report { $0.position = known }
        return true
    }
}

/// A commit that is being made on a thread of its own.
///
/// Unchecked because `result` is written before `ended` is signalled, and read only after that.
private final class CommitFlight: @unchecked Sendable {
    /// What is written.
    let group: ChangeTranslator.Group
    /// The position that is written with it.
    let position: PostgresPosition
    private let ended = DispatchSemaphore(value: 0)
    private var result: Result<Void, any Error>?

    init(
        _ group: consuming ChangeTranslator.Group, at position: PostgresPosition,
        _ definition: SourceDefinition, _ store: Store, on queue: DispatchQueue
    ) {
        group.changes.setPosition(
            source: definition.name,
            SourcePosition(text: position.description, sourceTime: group.time))
        self.group = group
        self.position = position
        queue.async { [self] in
            result = Result { try write(to: store) }
            ended.signal()
        }
    }

    private func write(to store: Store) throws {
        Failpoint.hit("before-commit")
        try store.commit(group.changes.batch)
        Failpoint.hit("after-commit")
    }

    /// Whether it has ended.
    var isOver: Bool {
        guard ended.wait(timeout: .now()) == .success else { return false }
        ended.signal()
        return true
    }

    func wait() {
        ended.wait()
        ended.signal()
    }

    /// Throws what kept it from being written, once it has ended.
    func outcome() throws {
        guard let result else { preconditionFailure("a commit is waited for") }
        try result.get()
    }
}
