import Foundation
import GRDB
import Synchronization
public import Vocabulary

/// Which state of the store is read.
public enum Moment: Sendable, Hashable {
    /// The newest commit.
    case latest
    /// The state right after a commit.
    case commit(UInt64)
    /// The state as it was known at an instant.
    case time(Instant)
}

/// A columnar analytics store in one file.
///
/// One process opens it for reading and writing, any number only for reading. All methods may be
/// called from any thread; they block while they work, and `commit` and `Load.finish` return when
/// the change is durable. Readers work on snapshots and never wait for the writer.
public final class Store: Sendable {
    /// What a store is opened for.
    public enum Access: Sendable {
        /// The one process that writes.
        case readWrite
        /// Any other.
        case readOnly
    }

    /// The models and companies it was opened with.
    public let schema: Schema
    /// What it was opened for.
    public let access: Access
    /// What an operator may set.
    public let settings: StoreSettings
    let path: String
    let chunks: ChunkReader
    let memory: ScanMemory
    let readerQueue: DatabaseQueue
    /// Where a process that only reads looks whether the file has changed: a connection of its own, so
    /// that looking waits for no reading.
    private let watch: DatabaseQueue?
    let clock: WallClock
    private let lock: StoreLock?
    /// Held by the one maintenance step, or erasure, that is going on.
    let upkeep: Upkeep?
    /// The writer with its exclusive access; nil in a process that only reads.
    private let writing: ExclusiveWriter?
    private let published: Mutex<Published>
    /// Callers of `commit`.
    private let line = CommitLine()

    private struct Published {
        var state: StoreState
        /// SQLite's data version from before the state was read, as `watch` told it.
        var dataVersion: Int
        /// When it was last looked for another one.
        var looked = ContinuousClock.now
        var listeners: [Int: AsyncStream<Commit>.Continuation] = [:]
        var nextListener = 0
    }

    /// Opens a store, creating it when it is opened for writing and does not exist.
    ///
    /// - Throws: `Advice`: `busy` when another process writes it, `unknown` when there is none to
    ///   read, `definition` when a column changed its type, `damaged` or `storage` otherwise.
    public init(
        path: String, schema: Schema, access: Access = .readWrite, clock: WallClock = .system,
        settings: StoreSettings = StoreSettings()
    ) throws {
        self.path = path
        self.settings = settings
        memory = ScanMemory(settings)
        self.clock = clock
        self.schema = schema
        self.access = access
        switch access {
        case .readWrite:
            lock = try StoreFile.lock(path: path)
            let queue = try StoreFile.openWriter(path: path)
            try StoreFile.advising {
                try queue.write { db in
                    try StoreCatalog.discardUnfinishedLoads(in: db)
                    try StoreCatalog.register(schema, in: db)
                }
            }
            readerQueue = try StoreFile.openReader(path: path)
            watch = nil
            chunks = ChunkReader(queue: readerQueue, limit: settings.chunkBytes)
            upkeep = try Upkeep(path: path)
            let state = try StoreFile.advising {
                try queue.read { db in try StoreCatalog.state(of: schema, in: db) }
            }
            published = Mutex(Published(state: state, dataVersion: 0))
            writing = ExclusiveWriter(
                try StoreWriter(
                    queue: queue, chunks: chunks, clock: clock, state: state,
                    quarantineRows: settings.quarantineRows))
            try settleDamage()
        case .readOnly:
            lock = nil
            let reader = try StoreFile.openReader(path: path)
            readerQueue = reader
            chunks = ChunkReader(queue: reader, limit: settings.chunkBytes)
            upkeep = nil
            let watch = try StoreFile.openReader(path: path)
            self.watch = watch
            let version = try Self.version(watch)
            published = Mutex(
                Published(state: try Self.read(schema, reader), dataVersion: version))
            writing = nil
        }
    }

    private static func read(_ schema: Schema, _ queue: DatabaseQueue) throws -> StoreState {
        try StoreFile.advising {
            try queue.read { db in try StoreCatalog.state(of: schema, in: db) }
        }
    }

    /// SQLite's data version: another number than before when another connection has changed the file.
    private static func version(_ queue: DatabaseQueue) throws -> Int {
        try StoreFile.advising {
            try queue.unsafeRead { db in
                try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
            }
        }
    }

    // MARK: Writing

    /// Runs work in one durable transaction and publishes the state it leaves.
    @discardableResult
    func write(_ work: (WriteSession) throws -> Void) throws -> Commit {
        guard let writing else { throw Self.readingOnly }
        return try writing.lend { try write(with: $0, work) }
    }

    private func write(
        with writer: StoreWriter, _ work: (WriteSession) throws -> Void
    ) throws -> Commit {
        let before = published.withLock { $0.state }
        let after = try writer.transaction(from: before, schema: schema, work)
        published.withLock { published in
            published.state = after
            if after.commit.number > before.commit.number {
                for listener in published.listeners.values { listener.yield(after.commit) }
            }
        }
        return after.commit
    }

    /// Lends the writer for what needs no transaction.
    func writerAccess<Result>(_ work: (StoreWriter) throws -> Result) throws -> Result {
        guard let writing else { throw Self.readingOnly }
        return try writing.lend(work)
    }

    /// The state that the newest transaction of this process left.
    var newestState: StoreState { published.withLock { $0.state } }

    /// Applies a batch: all of it becomes visible at once and is durable on return.
    ///
    /// Batches that callers bring while the disk is busy with others become durable together, each
    /// as a commit of its own, in the order in which they came.
    ///
    /// - Throws: `Advice` when it could not be stored; then nothing of it was.
    @discardableResult
    public func commit(_ batch: ChangeBatch) throws -> Commit {
        guard let writing else { throw Self.readingOnly }
        while true {
            do {
                return try line.commit(batch) { takeWaiting in
                    writing.lend { writer in
                        takeWaiting { try commit($0, with: writer) }
                    }
                }
            } catch let advice as Advice where advice.kind == .damaged {
                // Rows of segments that are known to be damaged are not read, and what is derived
                // from rows can be made again.
                guard try noteDamage() else { throw advice }
                while try rebuildDerived() {}
            }
        }
    }

    /// Applies batches in one transaction.
    private func commit(
        _ batches: [ChangeBatch], with writer: StoreWriter
    ) throws -> [Commit] {
        var commits: [Commit] = []
        _ = try write(with: writer) { session in
            for batch in batches {
                commits.append(try session.beginCommit())
                try session.apply(batch)
                try session.endCommit()
            }
        }
        return commits
    }

    /// Begins the first load of a source; what an earlier, unfinished one left is dropped.
    public func beginLoad(source: String) throws -> Load {
        try beginLoad(source: source, segmentRows: StoreLimits.segmentRows)
    }

    package func beginLoad(source: String, segmentRows: Int) throws -> Load {
        var (number, losses) = (0, 0)
        try write { session in
            try session.forgetLoad(of: source)
            try StoreCatalog.discardUnfinishedLoads(in: session.db, source: source)
            session.writer.nextLoad += 1
            number = session.writer.nextLoad
            session.writer.loads.insert(number)
            losses = session.writer.references.losses
        }
        return Load(
            store: self, source: source, segmentRows: segmentRows, number: number, losses: losses)
    }

    // MARK: Reading

    func current() throws -> StoreState {
        try catchUp()
        return published.withLock { $0.state }
    }

    /// Reads the state that another process has left, if it has changed anything.
    private func catchUp() throws {
        guard let watch else { return }
        let version = try Self.version(watch)
        guard published.withLock({ $0.dataVersion }) != version else { return }
        let state = try Self.read(schema, readerQueue)
        published.withLock { published in
            // Another caller may have read a newer state meanwhile, which nobody may go behind.
            guard state.commit.number >= published.state.commit.number else { return }
            published.state = state
            published.dataVersion = version
        }
    }

    /// The number of the newest commit that a snapshot would show now; 0 in an empty store.
    ///
    /// Unlike `latest`, it knows in a process that only reads of what another commits, as it was a
    /// millisecond ago at the latest.
    public func newestCommit() throws -> UInt64 {
        let number = published.withLock { published in
            let number = atHand(published)
            if number == nil { published.looked = .now }
            return number
        }
        if let number { return number }
        try catchUp()
        return latest.number
    }

    /// The same without waiting for anything; nil where the file has to be looked at for it.
    public var commitAtHand: UInt64? { published.withLock { atHand($0) } }

    private func atHand(_ published: Published) -> UInt64? {
        writing != nil || .now < published.looked + .milliseconds(1)
            ? published.state.commit.number : nil
    }

    /// A consistent state within a scope.
    ///
    /// - Throws: `Advice` of kind `unknown` when the scope names a company that does not exist, or
    ///   the moment lies before the first commit.
    public func snapshot(_ scope: Scope, at moment: Moment = .latest) throws -> Snapshot {
        for code in scope.companies.sorted() { _ = try schema.companies.company(code) }
        let state = try current()
        let commit: Commit
        switch moment {
        case .latest: commit = state.commit
        case .commit(0): commit = Commit(number: 0, time: Instant(microseconds: 0))
        case .commit(let number):
            guard number >= state.oldest || state.pins.contains(number) else {
                throw try forgotten(state)
            }
            let found = try StoreFile.advising {
                try readerQueue.read { db in
                    try Int64.fetchOne(
                        db, sql: "SELECT time FROM commit_log WHERE number = ?",
                        arguments: [Int64(clamping: number)])
                }
            }.map { Commit(number: number, time: Instant(microseconds: $0)) }
            guard let found, found <= state.commit else {
                throw Advice(
                    .unknown, "the store has no commit \(number)",
                    remedy: "the newest is \(state.commit.number)")
            }
            commit = found
        case .time(let instant):
            let found = try StoreFile.advising {
                try readerQueue.read { try StoreCatalog.commit(notAfter: instant, in: $0) }
            }
            guard let found, found.number >= state.oldest else { throw try forgotten(state) }
            // The file may already be ahead of the state at hand.
            commit = min(found, state.commit)
        }
        return Snapshot(
            schema: schema, scope: scope, commit: commit, state: state.asOf(commit.number),
            chunks: chunks, memory: memory)
    }

    /// What to say of a state before the first one that can be told.
    private func forgotten(_ state: StoreState) throws -> Advice {
        let first = try StoreFile.advising {
            try readerQueue.read { db in
                try Row.fetchOne(
                    db,
                    sql: "SELECT number, time FROM commit_log WHERE number >= ? "
                        + "ORDER BY number LIMIT 1", arguments: [Int64(clamping: state.oldest)]
                ).map {
                    Commit(
                        number: UInt64($0[0] as Int64), time: Instant(microseconds: $0[1]))
                }
            }
        }
        guard let first else {
            return Advice(
                .unknown, "the store is empty, so nothing is known of that moment",
                remedy: "run ‘reportd ingest’ first")
        }
        let isForgotten = state.oldest > 0
        return Advice(
            .unknown,
            isForgotten
                ? "the store no longer knows that state" : "the store knew nothing at that moment",
            remedy: "the earliest moment that can be asked for is \(first.time), commit "
                + "\(first.number)"
                + (isForgotten ? "; ‘horizon-days’ decides how long states are kept" : ""))
    }

    /// The newest commit; number 0 in an empty store.
    public var latest: Commit { published.withLock { $0.state.commit } }

    /// Commits as they become visible; a slow listener is told only the newest.
    public func commits() -> AsyncStream<Commit> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Commit.self, bufferingPolicy: .bufferingNewest(1))
        let number = published.withLock { published in
            published.nextListener += 1
            published.listeners[published.nextListener] = continuation
            return published.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.published.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// How far a source has been read; nil when it never was.
    public func position(of source: String) -> SourcePosition? {
        published.withLock { $0.state.positions[source] }
    }

    /// How far each source has been read.
    public var positions: [String: SourcePosition] { published.withLock { $0.state.positions } }

    /// How many rows of an origin live in a model.
    public func rowCount(model: String, origin: String) throws -> Int {
        let state = try current()
        guard let rows = state.models[model], let origin = state.origins[origin] else { return 0 }
        var count = 0
        for state in rows.segments {
            if state.isEnded { continue }
            let origins = try chunks.numbers(state.segment, .origin)
            for row in 0..<state.segment.rows
            where origins[row] == Int64(origin) && state.ends.commit(of: row) == nil {
                count += 1
            }
        }
        for block in rows.delta {
            for row in 0..<block.count
            where block.origins[row] == Int64(origin) && block.ends[row] == 0 {
                count += 1
            }
        }
        return count
    }

    static var readingOnly: Advice {
        Advice(
            .busy, "the store was opened for reading only",
            remedy: "write through the process that runs ‘reportd run’ or ‘ingest’")
    }

    /// The rows in quarantine, by source, table and key.
    public func quarantined() throws -> [QuarantinedRow] {
        try StoreFile.advising {
            try readerQueue.read { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT source, table_name, key, reason, content FROM quarantine "
                        + "ORDER BY source, table_name, key"
                ).map {
                    QuarantinedRow(
                        source: $0[0], table: $0[1], key: $0[2], reason: $0[3], content: $0[4])
                }
            }
        }
    }

    /// Closes the file; later calls fail.
    public func close() throws {
        defer { lock?.release() }
        // The last connection to close folds the log into the file; it must be the one that may.
        try upkeep?.close()
        try StoreFile.advising { try readerQueue.close() }
        if let watch { try StoreFile.advising { try watch.close() } }
        try writing?.lend { writer in try StoreFile.advising { try writer.queue.close() } }
        published.withLock { published in
            for listener in published.listeners.values { listener.finish() }
            published.listeners = [:]
        }
    }
}

/// The writer, lent to one caller at a time.
///
/// Unchecked because the compiler cannot see the lock: `writer` is private and touched only by the
/// work that `lend` runs while it holds `mutex`.
final class ExclusiveWriter: @unchecked Sendable {
    private let mutex = NSLock()
    private let writer: StoreWriter

    init(_ writer: StoreWriter) { self.writer = writer }

    func lend<Result>(_ work: (StoreWriter) throws -> Result) rethrows -> Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try work(writer)
    }
}

/// Limits that callers may want to know or change.
public enum StoreDefaults {
    /// Rows that wait in a model's delta before they are sealed into a segment.
    public static let sealRows = StoreLimits.deltaRows
}
