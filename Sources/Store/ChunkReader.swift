import Foundation
import GRDB
import Synchronization
import Vocabulary

/// Reads chunks of the file, checks them, and keeps decoded ones within a budget of bytes.
///
/// The connection only reads: it never checkpoints the log, because Debian 12's SQLite has a race
/// between checkpoints of several processes. A chunk that is damaged is remembered, so that it is
/// read and reported once per process and does not slow down what still works.
final class ChunkReader: Sendable {
    enum Vector: Sendable {
        case numbers(NumberVector)
        case texts(TextVector)
        case keys(KeyVector)
        case filter(KeyFilter)

        var memory: Int {
            switch self {
            case .numbers(let vector): vector.memory
            case .texts(let vector): vector.memory
            case .keys(let vector): vector.memory
            case .filter(let filter): filter.memory
            }
        }
    }

    let queue: DatabaseQueue
    /// Whether it reads on the writer's connection, from within its transaction.
    private let isWithinTransaction: Bool
    private let cache: Mutex<ChunkCache>
    /// The last erasure of rows of each model, as a commit.
    private let erasures = Mutex<[String: UInt64]>([:])
    /// Held while a chunk is decoded, one of several by its name, so that two threads that want the
    /// same chunk do not both decode it.
    private let decoding = (0..<16).map { _ in NSLock() }

    init(queue: DatabaseQueue, limit: Int, isWithinTransaction: Bool = false) {
        self.queue = queue
        self.isWithinTransaction = isWithinTransaction
        cache = Mutex(ChunkCache(limit: limit))
    }

    // With `isKept` a decoded chunk stays in the cache; whoever holds on to it has no need of that.

    func numbers(
        _ segment: Segment, _ column: ChunkColumn, isKept: Bool = true
    ) throws -> NumberVector {
        try numbers(segment, column, isKept: isKept, depth: 0)
    }

    /// As above; `depth` columns that follow from this one, one from another, are being decoded.
    private func numbers(
        _ segment: Segment, _ column: ChunkColumn, isKept: Bool, depth: Int
    ) throws -> NumberVector {
        // A column that the model gained after the segment was written has no chunk: all missing.
        guard segment.summaries[column] != nil else {
            return NumberVector(constant: NumberVector.missing, count: segment.rows)
        }
        let vector = try vector(segment, column, isKept: isKept, isSource: depth > 0) { chunk in
            try numbers(of: chunk, segment, depth: depth).map(Vector.numbers)
        }
        guard case .numbers(let numbers) = vector else { throw damaged(segment, column) }
        return numbers
    }

    /// The numbers of a checked chunk; nil when its payload is not what its header says.
    ///
    /// - Throws: `Advice` of kind `damaged` when a column that it follows from is damaged.
    func numbers(of chunk: Chunk, _ segment: Segment, depth: Int = 0) throws -> NumberVector? {
        guard chunk.codec == .related else { return NumberVector(chunk) }
        guard depth + 1 < RelatedCodec.deepest, let link = RelatedCodec.link(of: chunk),
            let summary = segment.summaries[link.column]
        else { return nil }
        let source =
            link.column == .key
            ? try keys(segment, isKept: true, isSource: true).integers
            : try numbers(segment, link.column, isKept: true, depth: depth + 1)
        return source.flatMap { RelatedCodec.decode(chunk, link, source: $0, summary) }
    }

    func texts(
        _ segment: Segment, _ column: ChunkColumn, isKept: Bool = true
    ) throws -> TextVector {
        guard segment.summaries[column] != nil else { return TextVector(missing: segment.rows) }
        let vector = try vector(segment, column, isKept: isKept) {
            TextVector($0).map(Vector.texts)
        }
        guard case .texts(let texts) = vector else { throw damaged(segment, column) }
        return texts
    }

    func keys(_ segment: Segment, isKept: Bool = true) throws -> KeyVector {
        try keys(segment, isKept: isKept, isSource: false)
    }

    private func keys(_ segment: Segment, isKept: Bool, isSource: Bool) throws -> KeyVector {
        let vector = try vector(segment, .key, isKept: isKept, isSource: isSource) {
            KeyVector($0).map(Vector.keys)
        }
        guard case .keys(let keys) = vector else { throw damaged(segment, .key) }
        return keys
    }

    func filter(_ segment: Segment, isKept: Bool = true) throws -> KeyFilter {
        let vector = try vector(segment, .filter, isKept: isKept) {
            KeyFilter($0).map(Vector.filter)
        }
        guard case .filter(let filter) = vector else { throw damaged(segment, .filter) }
        return filter
    }

    /// The number of one row, which lies in a run.
    ///
    /// For rows here and there: a whole column of each of their segments may be more than the cache
    /// holds. So the column is kept in windows, which are smaller by far than their part of it, because
    /// numbers near each other are alike. What changes is recent for the most part, and the recent rows
    /// of a company stand together at the end of its run: with a window those around it are kept, too,
    /// more of those after it, and those at the ends of other companies' runs, since one of their rows
    /// may be the next to change.
    func number(
        _ segment: Segment, _ column: ChunkColumn, row: Int, of run: CompanyRun
    ) throws -> Int64 {
        guard let summary = segment.summaries[column] else { return NumberVector.missing }
        if summary.missing == 0, summary.least == summary.greatest { return summary.least }
        let rows = StoreLimits.windowRows
        let wanted = ChunkCache.Name(segment: segment.id, column: column, window: row / rows)
        let whole = ChunkCache.Name(segment: segment.id, column: column)
        let (known, all) = cache.withLock { cache -> (ChunkReader.Vector?, ChunkReader.Vector?) in
            if let known = cache.vectors.value(wanted) { return (known, nil) }
            return (nil, cache.vectors.value(whole))
        }
        if case .numbers(let numbers)? = known { return numbers[row % rows] }
        if case .numbers(let numbers)? = all { return numbers[row] }
        let numbers = try numbers(segment, column, isKept: false)
        for window in Self.windows(with: row, of: run, in: segment) {
            let name = ChunkCache.Name(segment: segment.id, column: column, window: window)
            if cache.withLock({ $0.vectors.value(name) }) != nil { continue }
            let part = numbers.narrowed(
                (window * rows)..<min((window + 1) * rows, numbers.count))
            cache.withLock { $0.vectors.insert(.numbers(part), for: name, bytes: part.memory) }
        }
        return numbers[row]
    }

    /// The windows that are kept when one row of a run is looked for.
    private static func windows(
        with row: Int, of run: CompanyRun, in segment: Segment
    ) -> [Int] {
        let (rows, wanted) = (StoreLimits.windowRows, row / StoreLimits.windowRows)
        let last = min((run.rows.upperBound - 1) / rows, wanted + StoreLimits.windowsAhead)
        let first = max(run.rows.lowerBound / rows, wanted - StoreLimits.windowsBehind)
        var windows = Set(first...last)
        // The last company's rows may go on in the next segment.
        for other in segment.runs.dropLast() where !other.rows.isEmpty {
            let end = (other.rows.upperBound - 1) / rows
            let start = max(other.rows.lowerBound / rows, end + 1 - StoreLimits.windowsOfOthers)
            windows.formUnion(start...end)
        }
        return windows.sorted()
    }

    /// The vector of a chunk, read now unless it is kept.
    ///
    /// While a chunk that follows from this one is being decoded (`isSource`) a lock is held already;
    /// waiting for a second one could be for ever.
    private func vector(
        _ segment: Segment, _ column: ChunkColumn, isKept: Bool, isSource: Bool = false,
        decode: (Chunk) throws -> Vector?
    ) throws -> Vector {
        let name = ChunkCache.Name(segment: segment.id, column: column)
        if let known = try known(name, segment) { return known }
        let lock = decoding[Int(UInt(bitPattern: name.hashValue) % UInt(decoding.count))]
        if !isSource { lock.lock() }
        defer { if !isSource { lock.unlock() } }
        if !isSource, let known = try known(name, segment) { return known }
        // Scans size their tables by what the summaries say.
        guard let chunk = try read(segment, column), chunk.count == segment.rows,
            segment.summaries[column] == chunk.summary, let vector = try decode(chunk)
        else {
            let advice = damaged(segment, column)
            // What was reclaimed is not damaged, and its reader is told to ask again.
            if advice.kind == .damaged { cache.withLock { _ = $0.damaged.insert(name) } }
            throw advice
        }
        if isKept {
            cache.withLock { $0.vectors.insert(vector, for: name, bytes: vector.memory) }
        }
        return vector
    }

    private func reading<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try isWithinTransaction ? queue.unsafeReentrantRead(body) : queue.read(body)
    }

    private func known(_ name: ChunkCache.Name, _ segment: Segment) throws -> Vector? {
        let (vector, isDamaged) = cache.withLock {
            ($0.vectors.value(name), $0.damaged.contains(name))
        }
        if isDamaged { throw damaged(segment, name.column) }
        return vector
    }

    /// Bytes of decoded chunks that are kept.
    var memory: Int { cache.withLock { $0.vectors.bytes } }

    /// Chunks that this reader has found damaged, by segment.
    var damage: [Int64: Set<ChunkColumn>] {
        cache.withLock { cache in
            Dictionary(grouping: cache.damaged, by: \.segment).mapValues { Set($0.map(\.column)) }
        }
    }

    /// Columns of a segment that are told by others of them, directly or by way of further ones.
    func followers(of columns: Set<ChunkColumn>, in segment: Segment) throws -> Set<ChunkColumn> {
        var sources: [ChunkColumn: ChunkColumn] = [:]
        for column in segment.summaries.keys {
            guard let chunk = try read(segment, column), chunk.codec == .related else { continue }
            sources[column] = RelatedCodec.link(of: chunk)?.column
        }
        var found = columns
        for _ in 0..<RelatedCodec.deepest {
            for (column, source) in sources where found.contains(source) { found.insert(column) }
        }
        return found.subtracting(columns)
    }

    /// Reads and checks one chunk; nil when it is absent or its checksum is wrong.
    func read(_ segment: Segment, _ column: ChunkColumn) throws -> Chunk? {
        let bytes: [UInt8]? = try StoreFile.advising {
            try reading { db in
                do {
                    let statement = try db.cachedStatement(
                        sql:
                            "SELECT data FROM chunk WHERE segment = ? AND column_id = ? AND part = ?"
                    )
                    let rows = try Row.fetchCursor(
                        statement, arguments: [segment.id, column.id, column.part.rawValue])
                    // The row's own memory is copied once, rather than to Data and then to an array.
                    return try rows.next()?.withUnsafeData(atIndex: 0) { $0.map { [UInt8]($0) } }
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                    // The pages of this chunk; others may be well.
                    return nil
                }
            }
        }
        let place = Chunk.Place(segment: segment.id, column: column)
        return bytes.flatMap { Chunk(encoded: $0, at: place) }
    }

    /// Refuses further reading of a model in states before a commit: its rows were erased.
    func noteErasure(of models: some Sequence<String>, at commit: UInt64) {
        erasures.withLock { erasures in
            for model in models { erasures[model] = commit }
        }
    }

    /// Fails when rows of a model were erased after a commit.
    func checkErasures(of model: String, after commit: UInt64) throws {
        guard let last = erasures.withLock({ $0[model] }), last > commit else { return }
        throw Self.outdated
    }

    private static var outdated: Advice {
        Advice(
            .busy, "this view of the data is older than what the store keeps for readers",
            remedy: "ask again; the answer will be of the newest state")
    }

    /// Drops what is kept of segments that no reader may see any more.
    func forget(_ segments: Set<Int64>) {
        cache.withLock { cache in
            cache.vectors.removeAll { segments.contains($0.segment) }
            cache.damaged = cache.damaged.filter { !segments.contains($0.segment) }
        }
    }

    /// What to say of a chunk that cannot be read: its segment was reclaimed, or it is damaged.
    func damaged(_ segment: Segment, _ column: ChunkColumn) -> Advice {
        let isKept = try? reading { db in
            try Int.fetchOne(db, sql: "SELECT 1 FROM segment WHERE id = ?", arguments: [segment.id])
                != nil
        }
        if isKept == false { return Self.outdated }
        let names = try? queue.read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT model.name, (SELECT name FROM model_column WHERE id = ?) "
                    + "FROM segment JOIN model ON model.id = segment.model WHERE segment.id = ?",
                arguments: [column.id, segment.id])
        }
        let model: String? = names?[0]
        let place = column.storeName ?? (names?[1] as String?) ?? "number \(column.id)"
        return Advice(
            .damaged,
            "the store is damaged: model ‘\(model ?? "?")’, segment \(segment.id), column "
                + "‘\(place)’\(column.part == .days ? " (local days)" : "") does not match its "
                + "checksum; all else can be read",
            remedy: Damage.remedy)
    }
}

/// Decoded chunks and windows of them, and the names of damaged ones.
private struct ChunkCache {
    struct Name: Hashable {
        let segment: Int64
        let column: ChunkColumn
        /// Which window of the column; -1 for all of it.
        var window = -1

        // At once, since a name is looked up for each row that has changed.
        func hash(into hasher: inout Hasher) {
            hasher.combine(
                (segment &<< 24) ^ (Int64(column.id) &<< 8) ^ (Int64(column.part.rawValue) &<< 6)
                    ^ Int64(window))
        }
    }

    /// Chunks that do not match their checksum.
    var damaged: Set<Name> = []
    var vectors: ByteCache<Name, ChunkReader.Vector>

    init(limit: Int) { vectors = ByteCache(limit: limit) }
}

extension ChunkColumn {
    /// The name of a column of the store's own; nil for a column of the model.
    var storeName: String? {
        switch self {
        case .origin: "origin"
        case .key: "key"
        case .begin: "begin"
        case .reference: "reference"
        case .index: "key index"
        case .filter: "key filter"
        default: nil
        }
    }
}
