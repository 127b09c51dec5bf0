import GRDB
import Vocabulary

extension WriteSession {
    /// Enters a merge into the file; nothing is written yet.
    func begin(_ plan: Compaction.Plan, oldest: UInt64) throws {
        try db.execute(
            sql: "INSERT INTO compaction (id, model, level, run, place, oldest, dropped) "
                + "VALUES (1, ?, ?, ?, ?, ?, 0)",
            arguments: [
                plan.model.layout.id, plan.level, plan.run, plan.place, Int64(oldest),
            ])
        for (lane, segments) in plan.inputs.enumerated() {
            for (place, segment) in segments.enumerated() {
                try db.execute(
                    sql: "INSERT INTO compaction_input (segment, lane, place, done) "
                        + "VALUES (?, ?, ?, 0)", arguments: [segment, lane, place])
            }
        }
        Failpoint.hit("store-compact-begin")
    }

    /// Writes the next segment of a merge and notes how far it has come.
    func write(
        _ product: SegmentMerge.Product, _ encoded: EncodedSegment?, of job: Compaction,
        seen: UInt64
    ) throws {
        let layout = model(job.model).layout
        if let encoded {
            let id = try insert(
                encoded, layout: layout, begin: product.begin, phase: .compacted, source: nil,
                run: job.run, level: job.level, place: job.place)
            var ends = EndList()
            for (row, given) in encoded.order.enumerated() where product.ends[Int(given)] != 0 {
                ends.insert(row: row, commit: product.ends[Int(given)])
            }
            try writeEnds(ends, of: id)
            try db.execute(
                sql: "INSERT INTO compaction_output (segment, seen) VALUES (?, ?)",
                arguments: [id, Int64(seen)])
        }
        for row in product.dropped {
            try keepReference(
                model: layout.id, company: row.company, origin: row.origin, key: row.key,
                dense: row.reference)
        }
        for (before, after) in zip(job.lanes.joined(), product.lanes.joined())
        where before.done != after.done {
            try db.execute(
                sql: "UPDATE compaction_input SET done = ? WHERE segment = ?",
                arguments: [after.done, after.state.segment.id])
        }
        try db.execute(
            sql: "UPDATE compaction SET place = place + ?, dropped = dropped + ?",
            arguments: [encoded == nil ? 0 : 1, product.forgotten])
        Failpoint.hit("store-compact-step")
    }

    /// Makes what a merge wrote visible in place of its inputs.
    func publish(_ job: Compaction) throws {
        let layout = model(job.model).layout
        let inputs = Set(job.lanes.joined().map(\.state.segment.id))
        var outputs = try StoreCatalog.segments(ofModel: layout.id, in: .compacted, db)
        let seen = try UInt64(
            Int64.fetchOne(db, sql: "SELECT min(seen) FROM compaction_output") ?? .max)
        for input in model(job.model).segments where inputs.contains(input.segment.id) {
            try carryEnds(of: input, after: seen, to: &outputs)
        }
        for output in outputs where output.ends.latest > seen {
            try writeEnds(output.ends, of: output.segment.id)
        }
        let now = writer.clock.now().microseconds
        for output in outputs {
            try db.execute(
                sql: "UPDATE segment SET state = ? WHERE id = ?",
                arguments: [SegmentPhase.live.rawValue, output.segment.id])
        }
        var segments: [SegmentState] = []
        for input in model(job.model).segments {
            guard inputs.contains(input.segment.id) else {
                segments.append(input)
                continue
            }
            try db.execute(
                sql: "UPDATE segment SET state = ?, retired_at = ? WHERE id = ?",
                arguments: [SegmentPhase.retired.rawValue, now, input.segment.id])
            writer.readers[input.segment.id] = nil
            writer.retired[input.segment.id] = WeakSegment(segment: input.segment)
        }
        state.models[job.model]?.segments = (segments + outputs).sorted {
            $0.segment.id < $1.segment.id
        }
        if job.forgotten > 0 { try forget(upTo: job.oldest) }
        try forgetCompaction()
        Failpoint.hit("store-compact-publish")
    }

    /// Gives up the merge in progress and what it wrote.
    func abandonCompaction() throws {
        try remove(
            segments: try Int64.fetchAll(
                db, sql: "SELECT id FROM segment WHERE state = ?",
                arguments: [SegmentPhase.compacted.rawValue]))
        try forgetCompaction()
    }

    private func forgetCompaction() throws {
        for table in ["compaction", "compaction_input", "compaction_output"] {
            try db.execute(sql: "DELETE FROM \(table)")
        }
    }

    /// States before a commit can no longer be told.
    func forget(upTo commit: UInt64) throws {
        guard commit > state.oldest else { return }
        state.oldest = commit
        try StoreCatalog.set("oldest_commit", String(commit), in: db)
    }

    /// Ends, in what a merge wrote, the rows that ended in its input since they were merged.
    ///
    /// A row version is found by its origin, key and first commit: of the versions with equal ones
    /// at most one was alive when it was merged.
    private func carryEnds(
        of input: SegmentState, after seen: UInt64, to outputs: inout [SegmentState]
    ) throws {
        try input.ends.forEach { row, commit in
            guard commit > seen else { return }
            let segment = input.segment
            let identity = StoreWriter.Identity(
                origin: Int(try writer.chunks.numbers(segment, .origin)[row]),
                key: try writer.chunks.keys(segment)[row])
            let begin = try version(row, of: segment)
            let company = segment.runs.first { $0.rows.contains(row) }?.company
            let hash = identity.key.stableHash(origin: identity.origin)
            search: for number in outputs.indices
            where outputs[number].segment.runs.contains(where: { $0.company == company }) {
                let output = outputs[number]
                for found in try writer.rows(of: identity, hash: hash, in: output.segment)
                where try version(found, of: output.segment) == begin
                    && output.ends.commit(of: found) == nil
                {
                    outputs[number].ends.insert(row: found, commit: commit)
                    break search
                }
            }
        }
    }

    private func version(_ row: Int, of segment: Segment) throws -> UInt64 {
        if let begin = segment.begin { return begin }
        return UInt64(clamping: try writer.chunks.numbers(segment, .begin)[row])
    }
}
