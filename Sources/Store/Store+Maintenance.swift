import Foundation
import GRDB
import Vocabulary

/// What one step of background maintenance did.
public enum MaintenanceStep: String, Sendable, Hashable, CaseIterable {
    /// Rows of a delta went into a segment.
    case sealed
    /// A merge of segments was begun, went on, or was published.
    case compacted
    /// A replaced segment was deleted, or old commits left the log.
    case reclaimed
    /// Free pages of the file were given back.
    case vacuumed
    /// The file was cleaned of what an erasure removed.
    case cleaned
    /// The write-ahead log was cut back.
    case checkpointed
    /// Damage that readers had come upon was written down.
    case noted
    /// A segment was written anew because what is derived from its rows was damaged.
    case repaired
    /// Chunks were read to see whether they are whole.
    case scrubbed
}

extension Store {
    /// Does the next most useful steps of maintenance, each bounded and in a transaction of its own.
    ///
    /// Call it again and again from one background task. A process that is killed loses at most the
    /// step it was in.
    ///
    /// - Parameter steps: How many steps it may do before it returns.
    /// - Returns: What it did; empty when there was nothing to do.
    /// - Throws: `Advice` when a step could not be stored; the store stays as it was.
    @discardableResult
    public func maintain(budget steps: Int = 1) throws -> [MaintenanceStep] {
        var done: [MaintenanceStep] = []
        while done.count < steps, let step = try nextStep() { done.append(step) }
        return done
    }

    private func nextStep() throws -> MaintenanceStep? {
        if try cleanErasures() { return .cleaned }
        if try noteDamage() { return .noted }
        if try rebuildDerived() { return .repaired }
        if try seal() { return .sealed }
        if try cutLog() { return .checkpointed }
        if try reclaimSegment() { return .reclaimed }
        if try compact() { return .compacted }
        if try thinCommits() { return .reclaimed }
        if try vacuum() { return .vacuumed }
        return try scrub() ? .scrubbed : nil
    }

    // MARK: Sealing

    /// Moves the rows of the fullest delta into a segment, if one is full; for a background task.
    ///
    /// A delta with fewer rows, and fewer ends of rows, than `minimum` is left alone. The answer is
    /// whether one was sealed, so that another call may find more to do.
    @discardableResult
    public func seal(minimum: Int = StoreDefaults.sealRows) throws -> Bool {
        let state = newestState
        guard
            let fullest = state.models.max(by: { $0.value.waiting < $1.value.waiting }),
            fullest.value.waiting >= max(1, minimum)
        else { return false }
        try write { try $0.seal(model: fullest.key) }
        return true
    }

    // MARK: Compaction

    /// Does one step of merging segments into fewer, longer runs sorted by company and time.
    ///
    /// A step writes at most one segment. Runs of one level are merged when there are eight, and a
    /// segment is written anew when a quarter of it is past the horizon.
    ///
    /// - Parameter isComplete: Whether to go on until each model is one run, which takes longer than
    ///   it is worth in daily use; for `reportd compact`.
    /// - Returns: Whether it did something, so that another call may find more to do.
    /// - Throws: `Advice` when the step could not be stored or an input is damaged.
    @discardableResult
    public func compact(isComplete: Bool = false) throws -> Bool {
        try compact(isComplete: isComplete, segmentRows: StoreLimits.segmentRows)
    }

    @discardableResult
    package func compact(isComplete: Bool, segmentRows: Int) throws -> Bool {
        do {
            return try compactionStep(isComplete: isComplete, segmentRows: segmentRows)
        } catch let advice as Advice where advice.kind == .damaged {
            // The merge was given up with it; another one leaves the segment out.
            guard try noteDamage() else { throw advice }
            return true
        }
    }

    private func compactionStep(isComplete: Bool, segmentRows: Int) throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            let state = newestState
            let isRunning = try StoreFile.advising {
                try upkeep.queue.read {
                    try Int.fetchOne($0, sql: "SELECT 1 FROM compaction") != nil
                }
            }
            guard isRunning else { return try beginCompaction(state, isComplete, upkeep) }
            let job = try StoreFile.advising {
                try upkeep.queue.read { try Compaction(in: $0, state: state) }
            }
            guard let job else {
                try write { try $0.abandonCompaction() }
                return true
            }
            if job.isWritten {
                try write { try $0.publish(job) }
                upkeep.chunks.forget(Set(job.lanes.joined().map(\.state.segment.id)))
                Failpoint.hit("store-compacted")
                return true
            }
            let merge = SegmentMerge(
                layout: state.layout(of: job.model), chunks: upkeep.chunks, oldest: job.oldest,
                pins: state.pins)
            let product = try merge.run(job.lanes, limit: segmentRows)
            let encoded =
                product.ends.isEmpty
                ? nil
                : EncodedSegment(product.rows, layout: merge.layout, zones: state.zones)
            try write {
                try $0.write(product, encoded, of: job, seen: state.commit.number)
            }
            return true
        }
    }

    private func beginCompaction(
        _ state: StoreState, _ isComplete: Bool, _ upkeep: Upkeep
    ) throws -> Bool {
        let horizon = try horizon(upkeep)
        let plan = try StoreFile.advising {
            try upkeep.queue.read {
                try Compaction.Plan(state, horizon: horizon, isComplete: isComplete, in: $0)
            }
        }
        guard let plan else { return false }
        try write { try $0.begin(plan, oldest: max(horizon, $0.state.oldest)) }
        return true
    }

    /// The newest commit that lies behind the horizon; 0 when none does.
    private func horizon(_ upkeep: Upkeep) throws -> UInt64 {
        let day = Int64(86_400_000_000)
        let instant = Instant(
            microseconds: clock.now().microseconds - Int64(settings.horizonDays) * day)
        return try StoreFile.advising {
            try upkeep.queue.read { try StoreCatalog.commit(notAfter: instant, in: $0)?.number }
                ?? 0
        }
    }

    // MARK: Reclaiming

    /// Gives back room in one bounded step: a replaced segment that nobody reads, commits behind the
    /// horizon, or free pages of the file.
    ///
    /// - Returns: Whether it did something.
    @discardableResult
    public func reclaim() throws -> Bool {
        if try reclaimSegment() { return true }
        if try thinCommits() { return true }
        return try vacuum()
    }

    /// Deletes one replaced segment that no reader needs, or the oldest one beyond the cap.
    private func reclaimSegment() throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            let retired = try StoreFile.advising {
                try upkeep.queue.read { db in
                    try Row.fetchAll(
                        db,
                        sql: "SELECT id, bytes, retired_at FROM segment WHERE state = ? "
                            + "ORDER BY retired_at, id",
                        arguments: [SegmentPhase.retired.rawValue]
                    ).map { (id: $0[0] as Int64, bytes: $0[1] as Int, at: $0[2] as Int64) }
                }
            }
            if retired.isEmpty { return false }
            let isOverCap = retired.reduce(0) { $0 + $1.bytes } > settings.pinnedBytes
            let due = clock.now().microseconds - Int64(StoreLimits.retiredSeconds) * 1_000_000
            let inUse = try writerAccess { writer in
                Set(writer.retired.filter { $0.value.segment != nil }.keys)
            }
            let unused = retired.first { $0.at <= due && !inUse.contains($0.id) }
            guard let chosen = unused ?? (isOverCap ? retired.first : nil) else { return false }
            try write { session in
                try session.remove(segments: [chosen.id])
                if unused == nil {
                    let before = try StoreCatalog.number("broken_pins", in: session.db)
                    try StoreCatalog.set("broken_pins", String(before + 1), in: session.db)
                }
                Failpoint.hit("store-retire")
            }
            return true
        }
    }

    /// Takes commits behind the horizon out of the log, when there are many.
    private func thinCommits() throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            let horizon = try horizon(upkeep)
            if try reclaimLost(horizon: horizon) { return true }
            let pinned = newestState.pins.map(String.init).joined(separator: ", ")
            let first = try StoreFile.advising {
                try upkeep.queue.read {
                    try Int64.fetchOne(
                        $0,
                        sql: "SELECT min(number) FROM commit_log WHERE number NOT IN (\(pinned))")
                }
            }
            guard let first = first.map(UInt64.init) else { return false }
            // States that a merge has already forgotten need no log; others are given up for its
            // sake only once they are many.
            let oldest = newestState.oldest
            let isLong = horizon > first + UInt64(StoreLimits.thinnedCommits)
            let end = max(oldest, isLong ? horizon : 0)
            guard first < end else { return false }
            try write { session in
                try session.forget(upTo: end)
                try session.db.execute(
                    sql: "DELETE FROM commit_log WHERE number < ? AND number NOT IN (\(pinned))",
                    arguments: [
                        Int64(min(end, first + UInt64(StoreLimits.thinnedCommits)))
                    ])
            }
            return true
        }
    }

    /// Gives back some free pages of the file, when it has more than it soon needs again.
    private func vacuum() throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            let (free, all) = try pages(upkeep.queue)
            guard free > max(StoreLimits.freePages, all / StoreLimits.freeShare) else {
                return false
            }
            let left = try vacuumStep()
            if left <= all / StoreLimits.freeShare { try checkpoint("PASSIVE") }
            return true
        }
    }

    /// Gives back up to a step's worth of free pages; returns how many are left.
    func vacuumStep() throws -> Int {
        try writerAccess { writer in
            try StoreFile.advising {
                try writer.queue.write { db in
                    try db.execute(
                        sql: "PRAGMA incremental_vacuum(\(StoreLimits.vacuumedPages))")
                    Failpoint.hit("store-vacuum")
                    return try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
                }
            }
        }
    }

    func pages(_ queue: DatabaseQueue) throws -> (free: Int, all: Int) {
        try StoreFile.advising {
            try queue.read { db in
                (
                    try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0,
                    try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                )
            }
        }
    }

    // MARK: The log

    /// Cuts the write-ahead log back when it has grown beyond its size.
    ///
    /// SQLite begins the log anew when no reader is in it; with readers coming and going all the
    /// time that may never happen by itself.
    private func cutLog() throws -> Bool {
        guard logBytes > StoreLimits.logBytes else { return false }
        return try checkpoint("TRUNCATE")
    }

    /// Bytes of the write-ahead log.
    var logBytes: Int { Self.bytes(path + "-wal") }

    static func bytes(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// Moves the log into the file; returns whether all of it went.
    @discardableResult
    func checkpoint(_ mode: String) throws -> Bool {
        try writerAccess { writer in
            try StoreFile.advising {
                try writer.queue.writeWithoutTransaction { db in
                    let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(\(mode))")
                    return row.map { $0[0] as Int == 0 } ?? false
                }
            }
        }
    }
}

extension StoreState {
    func layout(of model: String) -> ModelLayout {
        guard let state = models[model] else {
            preconditionFailure("model \(model) is not in the schema")
        }
        return state.layout
    }
}
