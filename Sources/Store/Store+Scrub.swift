import Foundation
import GRDB
import Vocabulary

/// The background check: every chunk in use is read from the file once in a period, a few at a time.
///
/// Table `scrub` keeps the round that is going on, so that it goes on after a restart. Steps are
/// spread over the period by the share of bytes that were read, and pass all caches by.
extension Store {
    private struct Round {
        var start: Int64
        /// The row of table `chunk` that was read last.
        var position: Int64
        var bytes: Int64
        var end: Int64?
    }

    /// Reads the next chunks if it is time for them.
    ///
    /// - Returns: Whether any were read.
    func scrub() throws -> Bool {
        guard let upkeep, settings.scrubDays > 0 else { return false }
        return try upkeep.perform {
            let now = clock.now().microseconds
            let period = Int64(settings.scrubDays) * 86_400_000_000
            let (stored, total) = try StoreFile.advising {
                try upkeep.queue.read { db in
                    (
                        try Row.fetchOne(
                            db, sql: "SELECT started_at, position, bytes, finished_at FROM scrub"
                        ).map { Round(start: $0[0], position: $0[1], bytes: $0[2], end: $0[3]) },
                        try Int64.fetchOne(
                            db, sql: "SELECT coalesce(sum(bytes), 0) FROM segment WHERE state = 1")
                            ?? 0
                    )
                }
            }
            if total == 0 { return false }
            var round = stored ?? Round(start: now, position: 0, bytes: 0, end: nil)
            if round.end != nil {
                guard now >= round.start + period else { return false }
                round = Round(start: now, position: 0, bytes: 0, end: nil)
            }
            let share = min(1, Double(round.bytes) / Double(total))
            guard now >= round.start + Int64(Double(period) * share) else { return false }
            let damage = try step(&round, upkeep)
            if round.end != nil { round.end = now }
            try write { session in
                _ = try session.note(damage)
                try session.db.execute(
                    sql: "INSERT INTO scrub (id, started_at, position, bytes, finished_at) "
                        + "VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                        + "started_at = excluded.started_at, position = excluded.position, "
                        + "bytes = excluded.bytes, finished_at = excluded.finished_at",
                    arguments: [round.start, round.position, round.bytes, round.end])
                Failpoint.hit("store-scrub")
            }
            return true
        }
    }

    /// Reads the chunks that follow, up to a step's worth; sets `end` when there are no more.
    private func step(
        _ round: inout Round, _ upkeep: Upkeep
    ) throws -> [String: [Int64: Set<ChunkColumn>]] {
        var found: [String: [Int64: Set<ChunkColumn>]] = [:]
        var read = 0
        let state = newestState
        while read < StoreLimits.scrubbedBytes {
            let next = try StoreFile.advising {
                try upkeep.queue.read { db in
                    try Row.fetchOne(
                        db,
                        sql: "SELECT chunk.rowid, segment, column_id, part, length(data) "
                            + "FROM chunk JOIN segment ON segment.id = segment "
                            + "WHERE chunk.rowid > ? AND state = 1 ORDER BY chunk.rowid LIMIT 1",
                        arguments: [round.position])
                }
            }
            guard let next else {
                round.end = round.start
                return found
            }
            round.position = next[0]
            read += next[4] as Int
            round.bytes += next[4] as Int64
            let id: Int64 = next[1]
            guard let part = ChunkColumn.Part(rawValue: next[3]),
                let (name, segment) = state.segment(id)
            else { continue }
            let column = ChunkColumn(next[2], part)
            let chunk = try upkeep.chunks.read(segment, column)
            if chunk?.count != segment.rows || chunk?.summary != segment.summaries[column] {
                found[name, default: [:]][id, default: []].insert(column)
            }
        }
        return found
    }

    /// When the last round of the background check ended, and what share of the present one is done.
    func scrubProgress(in db: Database) throws -> (last: Instant?, share: Double) {
        guard
            let row = try Row.fetchOne(
                db,
                sql: "SELECT finished_at, bytes, "
                    + "(SELECT coalesce(sum(bytes), 0) FROM segment WHERE state = 1) FROM scrub")
        else { return (nil, 0) }
        let (bytes, total): (Int64, Int64) = (row[1], row[2])
        let end: Int64? = row[0]
        let share = end != nil || total == 0 ? 1 : min(1, Double(bytes) / Double(total))
        return (end.map { Instant(microseconds: $0) }, share)
    }
}

extension StoreState {
    /// A segment in use and its model.
    fileprivate func segment(_ id: Int64) -> (model: String, Segment)? {
        for (name, model) in models {
            if let found = model.segments.first(where: { $0.segment.id == id }) {
                return (name, found.segment)
            }
        }
        return nil
    }
}
