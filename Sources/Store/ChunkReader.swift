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

    private let queue: DatabaseQueue
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

    func numbers(_ segment: Segment, _ column: ChunkColumn) throws -> NumberVector {
        // A column that the model gained after the segment was written has no chunk: all missing.
        guard segment.summaries[column] != nil else {
            return NumberVector(constant: NumberVector.missing, count: segment.rows)
        }
        let vector = try vector(segment, column) { NumberVector($0).map(Vector.numbers) }
        guard case .numbers(let numbers) = vector else { throw damaged(segment, column) }
        return numbers
    }

    func texts(_ segment: Segment, _ column: ChunkColumn) throws -> TextVector {
        guard segment.summaries[column] != nil else { return TextVector(missing: segment.rows) }
        let vector = try vector(segment, column) { TextVector($0).map(Vector.texts) }
        guard case .texts(let texts) = vector else { throw damaged(segment, column) }
        return texts
    }

    func keys(_ segment: Segment) throws -> KeyVector {
        let vector = try vector(segment, .key) { KeyVector($0).map(Vector.keys) }
        guard case .keys(let keys) = vector else { throw damaged(segment, .key) }
        return keys
    }

    func filter(_ segment: Segment) throws -> KeyFilter {
        let vector = try vector(segment, .filter) { KeyFilter($0).map(Vector.filter) }
        guard case .filter(let filter) = vector else { throw damaged(segment, .filter) }
        return filter
    }

    private func vector(
        _ segment: Segment, _ column: ChunkColumn, decode: (Chunk) -> Vector?
    ) throws -> Vector {
        let name = ChunkCache.Name(segment: segment.id, column: column)
        if let known = try known(name, segment) { return known }
        let lock = decoding[Int(UInt(bitPattern: name.hashValue) % UInt(decoding.count))]
        lock.lock()
        defer { lock.unlock() }
        if let known = try known(name, segment) { return known }
        guard let chunk = try read(segment, column), chunk.count == segment.rows,
            let vector = decode(chunk)
        else {
            let advice = damaged(segment, column)
            // What was reclaimed is not damaged, and its reader is told to ask again.
            if advice.kind == .damaged { cache.withLock { _ = $0.damaged.insert(name) } }
            throw advice
        }
        cache.withLock { $0.vectors.insert(vector, for: name, bytes: vector.memory) }
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

    /// Reads and checks one chunk; nil when it is absent or its checksum is wrong.
    func read(_ segment: Segment, _ column: ChunkColumn) throws -> Chunk? {
        let bytes = try StoreFile.advising {
            try reading { db in
                let statement = try db.cachedStatement(
                    sql: "SELECT data FROM chunk WHERE segment = ? AND column_id = ? AND part = ?")
                let rows = try Row.fetchCursor(
                    statement, arguments: [segment.id, column.id, column.part.rawValue])
                // The row's own memory is copied once, rather than to Data and then to an array.
                return try rows.next()?.withUnsafeData(atIndex: 0) { $0.map { [UInt8]($0) } }
            }
        }
        return bytes.flatMap { Chunk(encoded: $0) }
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
            remedy: "restore the latest backup, or delete the store and run ingest again")
    }
}

/// Decoded chunks, and the names of damaged ones.
private struct ChunkCache {
    struct Name: Hashable {
        let segment: Int64
        let column: ChunkColumn
    }

    /// Chunks that do not match their checksum.
    var damaged: Set<Name> = []
    var vectors: ByteCache<Name, ChunkReader.Vector>

    init(limit: Int) { vectors = ByteCache(limit: limit) }
}

extension ChunkColumn {
    /// The name of a column of the store's own; nil for a column of the model.
    fileprivate var storeName: String? {
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
