import Foundation
import GRDB
import Synchronization
import Vocabulary

/// A first load of a source in progress.
///
/// Rows go straight into sealed segments, which become visible together in one commit at
/// `finish`. A load that was abandoned or interrupted leaves nothing behind. Keys must not repeat
/// within a load, and the origin must not have rows yet.
public final class Load: Sendable {
    private let store: Store
    private let source: String
    private let segmentRows: Int
    private let number: Int
    /// Rows that must not come back; an erasure ends the loads in progress, so these are all.
    private let erased: ErasedRows
    /// What `ReferenceMemory.losses` was when the load began.
    private let losses: Int
    private let content: Mutex<Content>
    /// Held while a segment is written: what the next one refers to must be known by then.
    private let turn = Mutex(())

    private struct Content {
        var buffers: [String: LoadBuffer] = [:]
        var segments: [(model: String, segment: Segment)] = []
        var quarantined: [QuarantinedRow] = []
        /// How many of them are kept with their content, by table.
        var kept: [String: Int] = [:]
        var isOver = false
    }

    init(store: Store, source: String, segmentRows: Int, number: Int, losses: Int) {
        self.store = store
        self.number = number
        self.erased = store.newestState.erased
        self.losses = losses
        self.segmentRows = segmentRows
        self.source = source
        self.content = Mutex(Content())
    }

    /// Adds a row.
    ///
    /// Cells are given in the order of the model's columns.
    public func append(
        model: String, origin: String, company: String, key: RowKey, cells: [Cell]
    ) throws {
        // A row that was erased before must not come back with a new load.
        if erased.contains(model: model, origin: origin, key: key) { return }
        let declared = declared(model)
        let full = content.withLock { content -> LoadBuffer? in
            precondition(!content.isOver, "the load is over")
            content.buffers[model, default: LoadBuffer(model: declared)]
                .append(origin: origin, company: company, key: key, cells: cells)
            return takeFull(model, &content)
        }
        if let full { try write(full, of: model) }
    }

    /// Adds rows that are given column by column; they are stored as if each were added alone.
    ///
    /// While a full segment is written, other threads may add more.
    public func append(model: String, origin: String, rows batch: ColumnBatch) throws {
        let declared = declared(model)
        var start = 0
        while start < batch.count {
            // A row that was erased before must not come back with a new load.
            if !erased.isEmpty,
                erased.contains(model: model, origin: origin, key: batch.keys[start])
            {
                start += 1
                continue
            }
            let full = content.withLock { content -> LoadBuffer? in
                precondition(!content.isOver, "the load is over")
                let present = content.buffers[model]?.count ?? 0
                var end = min(batch.count, start + segmentRows - present)
                if !erased.isEmpty {
                    end =
                        (start..<end).first {
                            erased.contains(model: model, origin: origin, key: batch.keys[$0])
                        } ?? end
                }
                content.buffers[model, default: LoadBuffer(model: declared)]
                    .append(origin: origin, batch, start..<end)
                start = end
                return takeFull(model, &content)
            }
            if let full { try write(full, of: model) }
        }
    }

    private func declared(_ model: String) -> Model {
        guard let declared = store.schema.models[model] else {
            preconditionFailure("model \(model) is not in the schema; mappings check this")
        }
        return declared
    }

    /// Takes out the rows of a model that fill a segment.
    private func takeFull(_ model: String, _ content: inout Content) -> LoadBuffer? {
        guard content.buffers[model]?.count == segmentRows else { return nil }
        return content.buffers.removeValue(forKey: model)
    }

    /// Puts a row aside; it is stored at `finish`.
    public func quarantine(_ row: QuarantinedRow) throws {
        content.withLock { content in
            let isRoom = content.kept[row.table, default: 0] < store.settings.quarantineRows
            if isRoom { content.kept[row.table, default: 0] += 1 }
            content.quarantined.append(isRoom ? row : row.withoutContent)
        }
    }

    /// Makes all rows visible in one commit, together with the source's position.
    ///
    /// Whatever adds rows must have returned.
    public func finish(position: SourcePosition) throws -> Commit {
        let rest = content.withLock { content in
            precondition(!content.isOver, "the load is over")
            defer { content.buffers = [:] }
            return content.buffers.sorted { $0.key < $1.key }
        }
        for (model, buffer) in rest { try write(buffer, of: model) }
        return try content.withLock { content in
            let (segments, quarantined) = (content.segments, content.quarantined)
            let commit = try store.write { session in
                try self.checkIsOpen(session)
                try session.saveReferences()
                _ = try session.beginCommit()
                for (model, segment) in segments {
                    try session.publish(segment, model: model)
                }
                for row in quarantined { try session.quarantine(row) }
                try session.setPosition(source: self.source, position)
                session.writer.loading[self.source] = nil
                session.writer.loads.remove(self.number)
            }
            content.isOver = true
            return commit
        }
    }

    /// Drops everything that was added.
    public func abandon() throws {
        try content.withLock { content in
            content.isOver = true
            content.buffers = [:]
            try store.write { session in
                try session.forgetLoad(of: self.source)
                try StoreCatalog.discardUnfinishedLoads(in: session.db, source: self.source)
            }
        }
    }

    /// Refuses to go on after an erasure, because rows that are waiting here may be of what was
    /// erased, and when the indices that its rows refer to were lost with a failed write.
    private func checkIsOpen(_ session: WriteSession) throws {
        guard session.writer.loads.contains(number) else {
            throw Advice(
                .busy, "rows were erased while ‘\(source)’ was being loaded",
                remedy: "begin the load again; the erased rows will be left out")
        }
        guard session.writer.references.losses == losses else {
            throw Advice(
                .storage, "a write failed while ‘\(source)’ was being loaded",
                remedy: "begin the load again")
        }
    }

    /// Writes rows as a segment that nobody sees yet.
    private func write(_ buffer: LoadBuffer, of model: String) throws {
        guard buffer.count > 0 else { return }
        try turn.withLock { _ in try writeAlone(buffer, of: model) }
    }

    private func writeAlone(_ buffer: LoadBuffer, of model: String) throws {
        var written: Segment?
        try store.write { session in
            try checkIsOpen(session)
            // From here on the indices of its rows must survive the beginning of another load.
            session.writer.loading[source, default: [:]][model, default: []] += []
            let layout = session.model(model).layout
            let rows = try buffer.resolved(layout, session: session)
            let encoded = EncodedSegment(rows, layout: layout, zones: session.state.zones)
            let id = try session.insert(
                encoded, layout: layout, begin: nil, phase: .loading, source: self.source)
            written = encoded.segment(id: id, begin: nil)
        }
        guard let written else { return }
        content.withLock { $0.segments.append((model, written)) }
        try store.writerAccess {
            $0.loading[source, default: [:]][model, default: []].append(written)
        }
    }
}

extension WriteSession {
    /// Makes a segment of a load part of the state, beginning with the present commit.
    func publish(_ segment: Segment, model name: String) throws {
        let layout = model(name).layout
        let checksum = StoreCatalog.checksum(
            ofSegment: segment.id, model: layout.id, rows: segment.rows,
            runs: CompanyRun.encode(segment.runs), begin: state.commit.number)
        try db.execute(
            sql: "UPDATE segment SET state = ?, begin_commit = ?, checksum = ? WHERE id = ?",
            arguments: [
                SegmentPhase.live.rawValue, Int64(state.commit.number), Int64(checksum), segment.id,
            ])
        let visible = Segment(
            id: segment.id, rows: segment.rows, runs: segment.runs, summaries: segment.summaries,
            begin: state.commit.number, run: segment.run, level: segment.level)
        state.models[name]?.segments.append(SegmentState(segment: visible))
        for origin in model(name).origins(of: segment) {
            try enterFeed(model: layout.id, origin: Int(origin))
        }
        for run in segment.runs { try touch(model: layout.id, company: run.company) }
    }
}
