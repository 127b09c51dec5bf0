import Foundation
import GRDB
import Vocabulary

/// The one writer of a store: applies batches to the file and makes the next state.
///
/// A batch is worked on in a `WriteSession` against a copy of the state. When the file's
/// transaction is durable the copy becomes the state; when it fails, nothing has changed.
final class StoreWriter {
    struct Identity: Hashable {
        let origin: Int
        let key: RowKey

        /// The stable hash of the key.
        var hash: UInt64 { key.stableHash(origin: origin) }
    }

    let queue: DatabaseQueue
    /// Where rows of segments are read; a large commit reads its own segments, too.
    var chunks: ChunkReader
    let clock: WallClock
    /// Of how many rows of a table in quarantine more than the key is kept.
    let quarantineRows: Int
    /// The newest version of each row of the delta, by model.
    private var deltaKeys: [String: DeltaKeys] = [:]
    /// What look-ups of single rows read of segments.
    var readers: [Int64: SegmentReader] = [:]
    /// Bytes that this may take from one transaction to the next.
    var lookUpLimit = StoreLimits.lookUpBytes
    /// In which column of each model a row has differed last from the version before it.
    var tellingColumns: [String: Int] = [:]
    /// The keys of each model's segments, once they are of use.
    private var knownKeys: [String: KnownKeys] = [:]
    /// Dense indices looked up or given out lately.
    let references = ReferenceMemory()
    /// Bytes that these may take.
    var referenceLimit = StoreLimits.referenceMemory
    /// Segments of unfinished loads, by source and model: not visible yet, but their rows can be
    /// referred to by later rows of the same load.
    var loading: [String: [String: [Segment]]] = [:]
    /// Loads that may still write; an erasure ends them all, because they may hold what it erases.
    var loads: Set<Int> = []
    var nextLoad = 0
    /// Segments that were replaced since the store was opened.
    ///
    /// A snapshot holds the segments it reads, so one that has gone from memory has no reader here.
    var retired: [Int64: WeakSegment] = [:]
    /// Columns with history of which the file does not say yet since when it is kept.
    var unmarkedHistory: [Int]

    init(
        queue: DatabaseQueue, chunks: ChunkReader, clock: WallClock, state: StoreState,
        quarantineRows: Int
    ) throws {
        self.quarantineRows = quarantineRows
        self.queue = queue
        self.chunks = chunks
        self.clock = clock
        unmarkedHistory = try StoreFile.advising {
            let marked = try queue.read {
                try Int.fetchSet($0, sql: "SELECT column_id FROM history")
            }
            return state.models.values.flatMap(\.layout.historyColumns).filter {
                !marked.contains($0)
            }
        }
        rebuildDeltaKeys(of: state)
    }

    func rebuildDeltaKeys(of state: StoreState) {
        deltaKeys = [:]
        for name in state.models.keys { rebuildDeltaKeys(of: name, in: state) }
    }

    func rebuildDeltaKeys(of model: String, in state: StoreState) {
        let keys = DeltaKeys()
        if let rows = state.models[model] {
            for position in 0..<rows.deltaRows {
                let identity = rows.deltaIdentity(position)
                keys.set(position, of: identity.hash) { rows.deltaIdentity($0) == identity }
            }
        }
        deltaKeys[model] = keys
    }

    /// Where the rows of a model's delta are.
    func keys(ofModel model: String) -> DeltaKeys {
        if let known = deltaKeys[model] { return known }
        let made = DeltaKeys()
        deltaKeys[model] = made
        return made
    }

    /// The keys of a model's segments.
    func knownKeys(ofModel model: String) -> KnownKeys {
        if let known = knownKeys[model] { return known }
        let made = KnownKeys()
        knownKeys[model] = made
        return made
    }

    /// What look-ups read of a segment.
    func reader(of segment: Segment) -> SegmentReader {
        if let known = readers[segment.id] { return known }
        let made = SegmentReader(segment)
        readers[segment.id] = made
        return made
    }

    /// Lets go of what look-ups have read where that takes too much: of the segments in which they have
    /// found least since the last time.
    private func boundReaders() {
        var memory = readers.values.reduce(0) { $0 + $1.memory }
        guard memory > lookUpLimit else { return }
        for (id, reader) in readers.sorted(by: { $0.value.uses < $1.value.uses })
        where memory > lookUpLimit / 4 * 3 {
            memory -= reader.memory
            readers[id] = nil
        }
        for reader in readers.values { reader.uses = 0 }
    }

    /// The dense index of a row that an unfinished load has written already.
    func loadingReference(
        _ identity: Identity, model: String, company: Int
    ) throws -> Int64? {
        let hash = identity.key.stableHash(origin: identity.origin)
        for segments in loading.values {
            for segment in segments[model] ?? [] {
                if let row = try rows(of: identity, hash: hash, in: segment).first,
                    segment.runs.first(where: { $0.rows.contains(row) })?.company == company
                {
                    return try chunks.numbers(segment, .reference)[row]
                }
            }
        }
        return nil
    }

    /// Rows of a segment with a key.
    func rows(of identity: Identity, hash: UInt64, in segment: Segment) throws -> [Int] {
        var found: [Int] = []
        _ = try reader(of: segment).row(
            of: identity, hash: hash, in: segment, chunks, among: .all
        ) { row in
            found.append(row)
            return false
        }
        return found
    }

    /// Runs work in one durable transaction and returns the state it left.
    func transaction(
        from state: StoreState, schema: Schema,
        _ work: (WriteSession) throws -> Void
    ) throws -> StoreState {
        boundReaders()
        let hadUnsaved = references.hasUnsaved
        do {
            return try StoreFile.advising {
                try queue.writeWithoutTransaction { db in
                    let session = WriteSession(writer: self, schema: schema, state: state, db: db)
                    try db.inTransaction(.immediate) {
                        try work(session)
                        session.putBack()
                        Failpoint.hit("store-write")
                        return .commit
                    }
                    Failpoint.hit("store-written")
                    if session.state.commit > state.commit { unmarkedHistory = [] }
                    return session.state
                }
            }
        } catch {
            // The session may have entered rows and references that now do not exist.
            rebuildDeltaKeys(of: state)
            // The number of a segment that was not written may be that of another one later.
            knownKeys = [:]
            references.forget(isLoss: hadUnsaved)
            throw error
        }
    }
}

/// A segment that is held by its readers only.
struct WeakSegment {
    weak var segment: Segment?
}
