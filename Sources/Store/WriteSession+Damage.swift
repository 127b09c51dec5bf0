import Foundation
import GRDB
import Vocabulary

/// Rows of a model that come from one origin.
struct Reloaded: Hashable {
    let model: String
    let origin: Int
}

/// How rows come back into the store after damage.
///
/// A row of a segment that is known to be damaged counts as changed whenever its source gives it: its
/// version there ends, and a new one begins. Where the segment cannot tell which rows it has, those
/// of an origin end together when the source begins to give all of them, in the commit that brings
/// them back. A damaged segment without living rows is *lost*: the newest state no longer has it,
/// and states before that commit read what is left of it.
extension WriteSession {
    /// Enters damaged chunks of segments in use; returns whether any was new.
    func note(_ found: [String: [Int64: Set<ChunkColumn>]]) throws -> Bool {
        var isNew = false
        let now = writer.clock.now().microseconds
        for (name, segments) in found {
            for (segment, columns) in segments {
                let known = model(name).damaged[segment] ?? []
                for column in columns.subtracting(known) {
                    try db.execute(
                        sql: "INSERT INTO damage (segment, column_id, part, found_at) "
                            + "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        arguments: [segment, column.id, column.part.rawValue, now])
                    isNew = true
                }
                state.models[name]?.damaged[segment] = known.union(columns)
                let isMerged = try Int.fetchOne(
                    db, sql: "SELECT 1 FROM compaction_input WHERE segment = ?",
                    arguments: [segment])
                if isMerged != nil { try abandonCompaction() }
            }
        }
        return isNew
    }

    /// Ends the rows of an origin in damaged segments that cannot be searched; the rest of the batch
    /// gives them anew.
    func reload(model name: String, origin: Int) throws {
        reloaded.insert(Reloaded(model: name, origin: origin))
        let model = model(name)
        for number in model.segments.indices {
            let (segment, ends) = (model.segments[number].segment, model.segments[number].ends)
            let range = model.origins(of: segment)
            guard let damaged = model.damaged[segment.id], !model.isFindable(segment),
                !model.segments[number].isEnded, range.contains(Int64(origin))
            else { continue }
            var origins: NumberVector?
            if !damaged.contains(.origin) {
                origins = try writer.chunks.numbers(segment, .origin)
            } else if range.lowerBound != range.upperBound {
                throw Advice(
                    .damaged,
                    "segment \(segment.id) of model ‘\(name)’ has lost which of several sources its "
                        + "rows are from",
                    remedy: "restore the latest backup, or delete the store and run ingest again")
            }
            let rows = (0..<segment.rows).filter { row in
                (origins?[row] ?? Int64(origin)) == Int64(origin) && ends.commit(of: row) == nil
            }
            try keepReferences(of: rows, in: segment, of: model)
            let commit = state.commit.number
            for row in rows {
                try insertEnd(segment: segment.id, row: row, commit: commit)
                state.models[name]?.segments[number].ends.insert(row: row, commit: commit)
            }
            for run in segment.runs { try touch(model: model.layout.id, company: run.company) }
            renewed.insert(Reloaded(model: name, origin: origin))
        }
    }

    /// Takes damaged segments whose rows have all ended out of the state, and removes damaged rows
    /// of a delta that the batch gave anew.
    func releaseDamage() throws {
        for (name, model) in state.models {
            for found in model.segments
            where model.damaged[found.segment.id] != nil && found.isEnded {
                try lose(found, of: model)
            }
            if !model.damagedRows.isEmpty { try removeDamagedRows(name) }
        }
    }

    private func lose(_ found: SegmentState, of model: ModelState) throws {
        let (id, commit) = (found.segment.id, state.commit.number)
        let name = model.layout.model.name
        let columns = model.damaged[id] ?? []
        let earlier = (0..<found.segment.rows).filter { row in
            found.ends.commit(of: row).map { $0 < commit } ?? false
        }
        try keepReferences(of: earlier, in: found.segment, of: model)
        try db.execute(
            sql: "UPDATE segment SET state = ?, lost_at = ? WHERE id = ?",
            arguments: [SegmentPhase.lost.rawValue, Int64(commit), id])
        try db.execute(sql: "DELETE FROM damage WHERE segment = ?", arguments: [id])
        try enterRepair(
            name, segment: id, columns: columns.map { $0.name(in: model.layout) }.sorted(),
            rows: found.segment.rows)
        state.models[name]?.segments.removeAll { $0.segment.id == id }
        state.models[name]?.damaged[id] = nil
        state.models[name]?.lost.append(LostSegment(state: found, commit: commit))
    }

    /// Removes what is damaged of a delta, once all rows of the model have been given again.
    private func removeDamagedRows(_ name: String) throws {
        let model = model(name)
        var origins: Set<Int64> = []
        for state in model.segments + model.lost.map(\.state) {
            origins.formUnion(model.origins(of: state.segment))
        }
        for block in model.delta { origins.formUnion(block.origins) }
        let given = reloaded.filter { $0.model == name }.map { Int64($0.origin) }
        guard !given.isEmpty, origins.isSubset(of: given) else { return }
        for sequence in model.damagedRows {
            try db.execute(sql: "DELETE FROM delta WHERE sequence = ?", arguments: [sequence])
        }
        // A version is gone, and nobody knows whose: earlier states can no longer be told.
        try forget(upTo: state.commit.number)
        for company in state.companies.values {
            try touch(model: model.layout.id, company: company)
        }
        try enterRepair(name, segment: nil, columns: ["cells"], rows: model.damagedRows.count)
        state.models[name]?.damagedRows = []
    }

    private func enterRepair(
        _ model: String, segment: Int64?, columns: [String], rows: Int
    ) throws {
        try db.execute(
            sql: "INSERT INTO repair (time, commit_number, model, segment, columns, row_count) "
                + "VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                state.commit.time.microseconds, Int64(state.commit.number), model, segment ?? 0,
                columns.joined(separator: ", "), rows,
            ])
        state.erasures[model] = state.commit.number
    }

    /// Keeps the dense indices of rows that are leaving, where they can still be read, so that rows
    /// which refer to them find them again.
    private func keepReferences(
        of rows: [Int], in segment: Segment, of model: ModelState
    ) throws {
        let damaged = model.damaged[segment.id] ?? []
        guard model.layout.isReferenced, damaged.isDisjoint(with: [.origin, .key, .reference]),
            !rows.isEmpty
        else { return }
        let keys = try writer.chunks.keys(segment)
        let origins = try writer.chunks.numbers(segment, .origin)
        let references = try writer.chunks.numbers(segment, .reference)
        var run = 0
        for row in rows {
            while segment.runs[run].rows.upperBound <= row { run += 1 }
            try keepReference(
                model: model.layout.id, company: segment.runs[run].company,
                origin: Int(origins[row]), key: keys[row], dense: references[row])
        }
    }

    /// Whether the rows of an origin were ended without being read.
    func isRenewed(_ layout: ModelLayout, origin: Int) -> Bool {
        !renewed.isEmpty
            && renewed.contains(Reloaded(model: layout.model.name, origin: origin))
    }

    /// The dense index of a row; missing where it is damaged.
    func reference(at location: StoreWriter.Location, in model: ModelState) throws -> Int64 {
        if model.damage(at: location)?.contains(.reference) == true { return NumberVector.missing }
        return try writer.reference(location, in: model)
    }

    /// Fails when a cell is to stay as it is and cannot be read.
    func checkKept(
        _ position: Int, of layout: ModelLayout, origin: Int, _ damaged: Set<ChunkColumn>?,
        isNew: Bool
    ) throws {
        let isDamaged = damaged?.contains(ChunkColumn(layout.id(ofColumn: position))) == true
        guard isDamaged || isNew && isRenewed(layout, origin: origin) else { return }
        throw Advice(
            .damaged,
            "column ‘\(layout.model.columns[position].name)’ of a row of model "
                + "‘\(layout.model.name)’ is damaged, and its source does not give it with this "
                + "change", remedy: Damage.remedy)
    }
}
