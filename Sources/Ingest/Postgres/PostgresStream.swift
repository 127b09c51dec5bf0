import Store
import Vocabulary

/// Follows the changes of a source: receive, commit, acknowledge.
final class PostgresStream {
    private let connection: PostgresConnection
    private let translator: ChangeTranslator
    private let placements: [RowPlacement]
    private let tenants: Tenants
    private let definition: SourceDefinition
    private let store: Store
    private let clock: WallClock
    private let timing: PostgresTiming
    private let log: @Sendable (IngestEvent) -> Void
    private let report: ((inout SourceStatus) -> Void) -> Void
    private let progressed: () -> Void

    /// What is durable in our store; only this is ever told to the server.
    private var position: PostgresPosition
    /// How far the server says that it has sent.
    private var received: LogPosition
    private var roundedBefore: Int
    private var statusSent = ContinuousClock.now
    private var idleWritten = ContinuousClock.now
    private var lastHeard = ContinuousClock.now

    init(
        connection: PostgresConnection, translator: ChangeTranslator,
        placements: [RowPlacement], tenants: Tenants, definition: SourceDefinition,
        position: PostgresPosition,
        store: Store, clock: WallClock, timing: PostgresTiming,
        log: @escaping @Sendable (IngestEvent) -> Void,
        report: @escaping ((inout SourceStatus) -> Void) -> Void, progressed: @escaping () -> Void
    ) {
        self.connection = connection
        self.translator = translator
        self.placements = placements
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
        try writeReady()
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
        lastHeard = .now
        do {
            try follow(until: mark)
        } catch is CancellationError {
            connection.endStreaming(milliseconds: timing.endMilliseconds)
            throw CancellationError()
        }
        connection.endStreaming(milliseconds: timing.endMilliseconds)
    }

    private func follow(until mark: String?) throws {
        var hasMore = false
        while true {
            let arrived = try hasMore || connection.waitForMessages(milliseconds: pause())
            var wantsReply = false
            hasMore = false
            if arrived {
                lastHeard = .now
                let goesOn = try connection.drainMessages { bytes in
                    switch try ReplicationFrame(bytes) {
                    case .message(let range): try translator.take(bytes, in: range)
                    case .keepalive(let end, let asks):
                        received = max(received, end)
                        wantsReply = wantsReply || asks
                    }
                    hasMore = translator.ready?.changes.count ?? 0 >= timing.groupChanges
                    return !hasMore
                }
                Failpoint.hit("after-receive")
                guard goesOn else { throw PostgresFailure.broken("the server ended the stream") }
                progressed()
            } else if lastHeard.duration(to: .now) > timing.silence {
                throw PostgresFailure.broken("the server has been silent for too long")
            }
            if translator.ready?.changes.count ?? 0 > timing.largeChanges { try sendStatus() }
            let wrote = try writeReady()
            let wroteIdle = try writeIdle()
            if wrote || wroteIdle || wantsReply || statusSent.duration(to: .now) >= timing.status {
                Failpoint.hit("before-ack")
                try sendStatus()
            }
            if let mark, translator.passedMarks.contains(mark) { return }
        }
    }

    /// Tells the server that we are there, and what is durable.
    private func sendStatus() throws {
        try connection.sendMessage(
            ReplicationFrame.status(received: received, durable: position.log, now: clock.now()))
        statusSent = .now
    }

    /// How long to wait for the next message, in milliseconds.
    private func pause() -> Int32 {
        let status = timing.status - statusSent.duration(to: .now)
        let idle =
            received > position.log && !translator.isInTransaction
            ? timing.idle - idleWritten.duration(to: .now) : status
        let (seconds, fraction) = max(.zero, min(status, idle)).components
        return Int32(clamping: seconds * 1000 + fraction / 1_000_000_000_000_000 + 1)
    }

    /// Writes the whole transactions that have arrived, in one commit with their end.
    @discardableResult
    private func writeReady() throws -> Bool {
        guard let group = translator.takeReady() else { return false }
        var next = position
        next.log = max(position.log, group.end)
        next.tenants = tenants.fingerprint
        var batch = ChangeBatch()
        for change in group.changes { batch.add(change, definition: definition) }
        batch.setPosition(
            source: definition.name,
            SourcePosition(text: next.description, sourceTime: group.time))
        Failpoint.hit("before-commit")
        try store.commit(batch)
        Failpoint.hit("after-commit")
        position = next
        received = max(received, next.log)
        idleWritten = .now
        tell(group)
        return true
    }

    private func tell(_ group: ChangeTranslator.Group) {
        var released = 0
        for change in group.changes {
            switch change {
            case .aside(let row):
                log(.quarantined(table: row.table, key: row.key, reason: row.reason))
            case .release: released += 1
            default: break
            }
        }
        if released > 0 { log(.released(rows: released)) }
        let rounded = placements.reduce(0) { $0 + $1.roundedAmounts }
        if rounded > roundedBefore { log(.rounded(amounts: rounded - roundedBefore)) }
        roundedBefore = rounded
        log(.committed(transactions: group.transactions, changes: group.changes.count))
        let now = clock.now()
        let aside = translator.aside.count
        let known = position.shown
        report {
            $0.position = known
            $0.sourceTime = group.time
            $0.lagSeconds = Double(max(0, now.microseconds - group.time.microseconds)) / 1e6
            $0.quarantined = aside
            $0.roundedAmounts = rounded
        }
    }

    /// Writes down how far a source has come that had no changes for us.
    ///
    /// So its server need not keep the log. Only between transactions: then all that was sent is
    /// durable here.
    private func writeIdle() throws -> Bool {
        guard !translator.isInTransaction, translator.ready == nil, received > position.log,
            idleWritten.duration(to: .now) >= timing.idle
        else { return false }
        var next = position
        next.log = received
        var batch = ChangeBatch()
        batch.setPosition(
            source: definition.name,
            SourcePosition(
                text: next.description,
                sourceTime: store.position(of: definition.name)?.sourceTime))
        try store.commit(batch)
        position = next
        idleWritten = .now
        let known = position.shown
        report {
            $0.position = known
            $0.lagSeconds = 0
        }
        return true
    }
}

extension ChangeBatch {
    /// Adds one change of a source's row.
    mutating func add(_ change: RowChange, definition: SourceDefinition) {
        switch change {
        case .upsert(let table, let company, let key, let cells):
            let mapping = definition.tables[table]
            upsert(
                model: mapping.model.name, origin: mapping.origin, company: company, key: key,
                cells: cells)
        case .delete(let table, let key):
            let mapping = definition.tables[table]
            delete(model: mapping.model.name, origin: mapping.origin, key: key)
        case .clear(let table):
            let mapping = definition.tables[table]
            retain(model: mapping.model.name, origin: mapping.origin, keys: [])
        case .aside(let row): quarantine(row)
        case .release(let table, let key):
            release(source: definition.name, table: table, key: key)
        }
    }
}
