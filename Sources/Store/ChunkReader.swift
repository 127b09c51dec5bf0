import Foundation
import GRDB
import Synchronization
import Vocabulary

/// Reads chunks of the file, checks them, and keeps decoded ones within a budget of bytes.
///
/// The connection only reads: it never checkpoints the log, because Debian 12's SQLite has a race
/// between checkpoints of several processes.
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

    private struct Name: Hashable {
        let segment: Int64
        let column: ChunkColumn
    }

    private struct Cache {
        var vectors: [Name: (vector: Vector, used: UInt64)] = [:]
        var bytes = 0
        var clock = UInt64(0)
    }

    private let queue: DatabaseQueue
    private let cache = Mutex(Cache())
    private let limit: Int

    init(queue: DatabaseQueue, limit: Int = StoreLimits.chunkCacheBytes) {
        self.queue = queue
        self.limit = limit
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
        let name = Name(segment: segment.id, column: column)
        let known = cache.withLock { cache -> Vector? in
            cache.clock += 1
            cache.vectors[name]?.used = cache.clock
            return cache.vectors[name]?.vector
        }
        if let known { return known }
        guard let chunk = try read(segment, column), chunk.count == segment.rows,
            let vector = decode(chunk)
        else { throw damaged(segment, column) }
        cache.withLock { cache in
            if cache.vectors.updateValue((vector, cache.clock), forKey: name) == nil {
                cache.bytes += vector.memory
            }
            while cache.bytes > limit, cache.vectors.count > 1,
                let oldest = cache.vectors.min(by: { $0.value.used < $1.value.used })
            {
                cache.vectors[oldest.key] = nil
                cache.bytes -= oldest.value.vector.memory
            }
        }
        return vector
    }

    /// Reads and checks one chunk; nil when it is absent or its checksum is wrong.
    func read(_ segment: Segment, _ column: ChunkColumn) throws -> Chunk? {
        try StoreFile.advising {
            try queue.read { db in
                let statement = try db.cachedStatement(
                    sql: "SELECT data FROM chunk WHERE segment = ? AND column_id = ? AND part = ?")
                let data = try Data.fetchOne(
                    statement, arguments: [segment.id, column.id, column.part.rawValue])
                return data.flatMap { Chunk(encoded: [UInt8]($0)) }
            }
        }
    }

    func damaged(_ segment: Segment, _ column: ChunkColumn) -> Advice {
        Advice(
            .damaged,
            "the store is damaged: segment \(segment.id), column \(column.id) does not match its "
                + "checksum",
            remedy: "restore the latest backup, or delete the store and run ingest again")
    }
}
