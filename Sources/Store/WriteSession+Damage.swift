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
///
/// Where changes themselves are damaged, or the words of a column, nobody knows of which rows. They are given up when the store
/// is opened for writing, the states before with them, and the model *awaits* every origin that feeds
/// it: no question about it is answered until each has given all its rows again.
extension WriteSession {
    /// Enters damaged chunks of segments in use; returns whether any was new.
    func note(_ found: [String: [Int64: Set<ChunkColumn>]]) throws -> Bool {
        var isNew = false
        let now = writer.clock.now().microseconds
        for (name, segments) in found {
            for (segment, damaged) in segments {
                let known = model(name).damaged[segment] ?? []
                var columns = damaged
                // What is told by a damaged column is not known either.
                if let found = model(name).segments.first(where: { $0.segment.id == segment }) {
                    columns.formUnion(
                        try writer.chunks.followers(of: damaged, in: found.segment))
                }
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

    /// Ends the rows of an origin in damaged segments that cannot be searched; the rest of the batch,
    /// or later ones, give them anew.
    func beginReload(model name: String, origin: Int) throws {
        let editor = editor(of: name)
        let model = editor.model
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
            for row in rows {
                editor.end(.segment(number, row: row), commit: state.commit.number)
            }
            try enterAwaited(model.layout.id, origin: origin, isLost: false)
            editor.await(origin)
        }
    }

    private func enterAwaited(_ model: Int, origin: Int, isLost: Bool) throws {
        try db.execute(
            sql: "INSERT INTO awaited (model, origin, found_at, is_lost) VALUES (?, ?, ?, ?) "
                + "ON CONFLICT DO NOTHING",
            arguments: [model, origin, writer.clock.now().microseconds, isLost])
    }

    /// Whether anything is damaged that the rows of a commit may replace.
    var hasDamage: Bool {
        state.models.values.contains { !$0.damaged.isEmpty || !$0.awaited.isEmpty }
    }

    /// Takes damaged segments whose rows have all ended out of the state, and ends the wait for
    /// origins that have given all their rows.
    func releaseDamage() throws {
        for (name, model) in state.models {
            for found in model.segments
            where model.damaged[found.segment.id] != nil && found.isEnded {
                try lose(found, of: model)
            }
            if !model.awaited.isEmpty { try receive(name) }
        }
        reloaded = []
    }

    private func lose(_ found: SegmentState, of model: ModelState) throws {
        let (id, commit) = (found.segment.id, state.commit.number)
        let name = model.layout.model.name
        let columns = model.damaged[id] ?? []
        let earlier = (0..<found.segment.rows).filter { row in
            found.ends.commit(of: row).map { $0 < commit } ?? false
        }
        try keepReferences(of: earlier, in: found.segment, of: model)
        try writeEnds(found.ends, of: id)
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

    /// Gives up the changes of a model that cannot be read, in a commit that changes nothing else.
    ///
    /// Later states begin with this one: which rows the changes concerned is not known.
    func settle(_ name: String) throws {
        let model = model(name)
        try forget(upTo: state.commit.number)
        for lost in model.lost { try remove(segments: [lost.state.segment.id]) }
        for found in model.segments where found.isUnreadable {
            let segment = found.segment
            try keepReferences(of: Array(0..<segment.rows), in: segment, of: model)
            try remove(segments: [segment.id])
            state.models[name]?.damaged[segment.id] = nil
        }
        state.models[name]?.lost = []
        state.models[name]?.segments.removeAll(where: \.isUnreadable)
        state.models[name]?.isUnsettled = false
        try abandonCompaction()
        for column in model.layout.columnIDs {
            guard let words = state.dictionaries[column]?.texts else { continue }
            try db.execute(sql: "DELETE FROM dictionary WHERE column_id = ?", arguments: [column])
            for (code, word) in words.enumerated() {
                try write(word: word, code: Int64(code), column: column)
            }
        }
        let origins = state.feeds[model.layout.id] ?? []
        for origin in origins {
            try enterAwaited(model.layout.id, origin: origin, isLost: true)
        }
        state.models[name]?.awaited.formUnion(origins)
        for company in state.companies.values {
            try touch(model: model.layout.id, company: company)
        }
        try rewriteDelta(of: name)
        if origins.isEmpty { try receive(name) }
    }

    /// Notes that some of the origins which a model awaits gave all their rows in this commit.
    private func receive(_ name: String) throws {
        let model = model(name)
        let given = Set(reloaded.filter { $0.model == name }.map(\.origin))
        let isLost = try Int.fetchOne(
            db, sql: "SELECT 1 FROM awaited WHERE model = ? AND is_lost = 1",
            arguments: [model.layout.id])
        for origin in given {
            try db.execute(
                sql: "DELETE FROM awaited WHERE model = ? AND origin = ?",
                arguments: [model.layout.id, origin])
        }
        state.models[name]?.awaited.subtract(given)
        guard model.awaited.isSubset(of: given), model.awaited.isEmpty || isLost != nil else {
            return
        }
        // Nothing gives what a history had: it begins anew.
        if let subject = schema.models.values.first(where: { $0.historyName == name }) {
            try db.execute(
                sql: "DELETE FROM history WHERE column_id IN "
                    + "(SELECT id FROM model_column WHERE model = "
                    + "(SELECT id FROM model WHERE name = ?))", arguments: [subject.name])
        }
        try enterRepair(name, segment: nil, columns: [], rows: 0)
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
        model(layout.model.name).awaited.contains(origin)
    }

    /// Notes that an origin gives rows of a model.
    func enterFeed(model: Int, origin: Int) throws {
        guard state.feeds[model, default: []].insert(origin).inserted else { return }
        try db.execute(
            sql: "INSERT INTO feed (model, origin) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [model, origin])
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
