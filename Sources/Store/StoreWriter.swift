import Foundation
import GRDB
import Vocabulary

/// The one writer of a store: applies batches to the file and makes the next state.
///
/// A batch is worked on in a `WriteSession` against a copy of the state. When the file's
/// transaction is durable the copy becomes the state; when it fails, nothing has changed.
final class StoreWriter {
    /// Where the newest version of a row is.
    enum Location {
        case delta(Int)
        case segment(Int, row: Int)
    }

    struct Identity: Hashable {
        let origin: Int
        let key: RowKey
    }

    let queue: DatabaseQueue
    let chunks: ChunkReader
    let clock: WallClock
    /// The newest version of each row of the delta, by model; live or ended.
    var deltaKeys: [String: [Identity: Int]] = [:]
    /// Dense indices looked up or given out lately.
    let references = ReferenceMemory()
    var nextSequence = Int64(1)
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

    init(queue: DatabaseQueue, chunks: ChunkReader, clock: WallClock, state: StoreState) throws {
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
        nextSequence = try StoreFile.advising {
            try queue.read { db in
                (try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM delta") ?? 0) + 1
            }
        }
    }

    func rebuildDeltaKeys(of state: StoreState) {
        deltaKeys = [:]
        for name in state.models.keys { rebuildDeltaKeys(of: name, in: state) }
    }

    func rebuildDeltaKeys(of model: String, in state: StoreState) {
        var keys: [Identity: Int] = [:]
        for (number, block) in (state.models[model]?.delta ?? []).enumerated() {
            for row in 0..<block.count {
                keys[Identity(origin: Int(block.origins[row]), key: block.keys[row])] =
                    number * StoreLimits.deltaBlockRows + row
            }
        }
        deltaKeys[model] = keys
    }

    /// The newest version of a row; for the same row a live version before an ended one.
    func locate(_ identity: Identity, in model: ModelState) throws -> Location? {
        if let position = deltaKeys[model.layout.model.name]?[identity] { return .delta(position) }
        let hash = identity.key.stableHash(origin: identity.origin)
        var ended: Location?
        for number in model.segments.indices.reversed() {
            let state = model.segments[number]
            if state.isEnded, !model.isFindable(state.segment) { continue }
            for row in try rows(of: identity, hash: hash, in: state.segment) {
                if state.ends.commit(of: row) == nil { return .segment(number, row: row) }
                ended = ended ?? .segment(number, row: row)
            }
        }
        return ended
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
    ///
    /// Where the segment has an index: its filter, then a binary search over its rows in the order
    /// of hashes. Else its keys are integers that ascend within each company's rows.
    func rows(of identity: Identity, hash wanted: UInt64, in segment: Segment) throws -> [Int] {
        let origins = segment.summaries[.origin]
        if let origins, !(origins.least...origins.greatest).contains(Int64(identity.origin)) {
            return []
        }
        var found: [Int] = []
        if segment.summaries[.index] == nil {
            guard case .integer(let wanted) = identity.key, let range = segment.summaries[.key],
                (range.least...range.greatest).contains(wanted)
            else { return [] }
            let keys = try chunks.keys(segment)
            guard let integers = keys.integers else { throw chunks.damaged(segment, .key) }
            for run in segment.runs {
                var row = Self.firstPosition(in: run.rows) { integers[$0] < wanted }
                while row < run.rows.upperBound, integers[row] == wanted {
                    found.append(row)
                    row += 1
                }
            }
        } else {
            guard try chunks.filter(segment).mayContain(wanted) else { return [] }
            let index = try chunks.numbers(segment, .index)
            let keys = try chunks.keys(segment)
            let numbers = try chunks.numbers(segment, .origin)
            func hash(at position: Int) -> UInt64 {
                let row = Int(index[position])
                return keys[row].stableHash(origin: Int(numbers[row]))
            }
            var position = Self.firstPosition(in: 0..<segment.rows) { hash(at: $0) < wanted }
            while position < segment.rows, hash(at: position) == wanted {
                let row = Int(index[position])
                if keys[row] == identity.key { found.append(row) }
                position += 1
            }
        }
        if let origins, origins.least == origins.greatest { return found }
        let numbers = try chunks.numbers(segment, .origin)
        return found.filter { numbers[$0] == Int64(identity.origin) }
    }

    /// The first position of a range of which a condition is false that holds up to there.
    private static func firstPosition(
        in range: Range<Int>, after isBefore: (Int) -> Bool
    ) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func isLive(_ location: Location, in model: ModelState) -> Bool {
        switch location {
        case .delta(let position):
            model.delta[position / StoreLimits.deltaBlockRows]
                .ends[position % StoreLimits.deltaBlockRows] == 0
        case .segment(let number, let row): model.segments[number].ends.commit(of: row) == nil
        }
    }

    /// The cells of a row; those of damaged columns come out as missing.
    func cells(
        _ location: Location, in model: ModelState, without damaged: Set<ChunkColumn> = []
    ) throws -> [StoredCell] {
        let layout = model.layout
        switch location {
        case .delta(let position):
            let block = model.delta[position / StoreLimits.deltaBlockRows]
            return layout.model.columns.indices.map {
                block.cell($0, row: position % StoreLimits.deltaBlockRows)
            }
        case .segment(let number, let row):
            let segment = model.segments[number].segment
            return try layout.model.columns.enumerated().map { position, column in
                let chunk = ChunkColumn(layout.id(ofColumn: position))
                if damaged.contains(chunk) { return .missing(column.type) }
                return column.type.holdsText
                    ? .text(try chunks.texts(segment, chunk)[row])
                    : .number(try chunks.numbers(segment, chunk)[row])
            }
        }
    }

    func company(_ location: Location, in model: ModelState) -> Int {
        switch location {
        case .delta(let position):
            return Int(
                model.delta[position / StoreLimits.deltaBlockRows]
                    .companies[position % StoreLimits.deltaBlockRows])
        case .segment(let number, let row):
            let runs = model.segments[number].segment.runs
            return runs.first { $0.rows.contains(row) }?.company ?? -1
        }
    }

    func reference(_ location: Location, in model: ModelState) throws -> Int64 {
        switch location {
        case .delta(let position):
            return model.delta[position / StoreLimits.deltaBlockRows]
                .references[position % StoreLimits.deltaBlockRows]
        case .segment(let number, let row):
            return try chunks.numbers(model.segments[number].segment, .reference)[row]
        }
    }

    /// Runs work in one durable transaction and returns the state it left.
    func transaction(
        from state: StoreState, schema: Schema,
        _ work: (WriteSession) throws -> Void
    ) throws -> StoreState {
        let hadUnsaved = references.hasUnsaved
        do {
            return try StoreFile.advising {
                try queue.writeWithoutTransaction { db in
                    let session = WriteSession(writer: self, schema: schema, state: state, db: db)
                    try db.inTransaction(.immediate) {
                        try work(session)
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
            references.forget(isLoss: hadUnsaved)
            throw error
        }
    }
}

/// A segment that is held by its readers only.
struct WeakSegment {
    weak var segment: Segment?
}
