import Foundation
import GRDB
import Vocabulary

/// The means of background maintenance: its own connection and cache, used by one step at a time.
///
/// Readers keep their cached chunks, and wait for nothing.
final class Upkeep: Sendable {
    let chunks: ChunkReader
    let queue: DatabaseQueue
    private let mutex = NSLock()

    init(path: String) throws {
        queue = try StoreFile.openReader(path: path)
        chunks = ChunkReader(queue: queue, limit: StoreLimits.maintenanceCacheBytes)
    }

    /// Runs a step while no other one runs.
    func perform<Result>(_ step: () throws -> Result) rethrows -> Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try step()
    }

    func close() throws {
        try StoreFile.advising { try queue.close() }
    }
}
