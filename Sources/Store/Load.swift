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
    private let content: Mutex<Content>

    private struct Content {
        var buffers: [String: LoadBuffer] = [:]
        var segments: [(model: String, segment: Segment)] = []
        var quarantined: [QuarantinedRow] = []
        var isOver = false
    }

    init(store: Store, source: String, segmentRows: Int) {
        self.store = store
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
        try content.withLock { content in
            precondition(!content.isOver, "the load is over")
            guard let declared = store.schema.models[model] else {
                preconditionFailure("model \(model) is not in the schema; mappings check this")
            }
            content.buffers[model, default: LoadBuffer(model: declared)]
                .append(origin: origin, company: company, key: key, cells: cells)
            if content.buffers[model]?.count == segmentRows {
                try flush(model, &content)
            }
        }
    }

    /// Puts a row aside; it is stored at `finish`.
    public func quarantine(_ row: QuarantinedRow) throws {
        content.withLock { $0.quarantined.append(row) }
    }

    /// Makes all rows visible in one commit, together with the source's position.
    public func finish(position: SourcePosition) throws -> Commit {
        try content.withLock { content in
            precondition(!content.isOver, "the load is over")
            for model in content.buffers.keys.sorted() { try flush(model, &content) }
            let (segments, quarantined) = (content.segments, content.quarantined)
            let commit = try store.write { session in
                _ = try session.beginCommit()
                for (model, segment) in segments {
                    try session.publish(segment, model: model)
                }
                try session.db.execute(
                    sql: "UPDATE segment SET state = 1, begin_commit = ? "
                        + "WHERE state = 0 AND source = ?",
                    arguments: [Int64(session.state.commit.number), self.source])
                for row in quarantined { try session.quarantine(row) }
                try session.setPosition(source: self.source, position)
                session.writer.loading[self.source] = nil
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
                session.writer.forgetLoad(of: self.source)
                try StoreCatalog.discardUnfinishedLoads(in: session.db, source: self.source)
            }
        }
    }

    private func flush(_ model: String, _ content: inout Content) throws {
        guard let buffer = content.buffers.removeValue(forKey: model), buffer.count > 0 else {
            return
        }
        var written: Segment?
        try store.write { session in
            let layout = session.model(model).layout
            let rows = try buffer.resolved(layout, session: session)
            let encoded = EncodedSegment(rows, layout: layout, zones: session.state.zones)
            let id = try session.insert(
                encoded, layout: layout, begin: nil, isLive: false, source: self.source)
            written = encoded.segment(id: id, begin: nil)
        }
        if let written {
            content.segments.append((model, written))
            store.writerAccess {
                $0.loading[source, default: [:]][model, default: []].append(written)
            }
        }
    }
}

/// Rows of one model on their way into a segment, column by column.
private struct LoadBuffer {
    private let model: Model
    private var origins: [String] = []
    private var companies: [String] = []
    private var keys: [RowKey] = []
    /// For each column its numbers; of a category column, indices of `words`.
    private var numbers: [[Int64]]
    private var texts: [[String?]]
    private var mentions: [[RowKey?]]
    private var words: [TextDictionary]

    init(model: Model) {
        self.model = model
        numbers = model.columns.map { _ in [] }
        texts = model.columns.map { _ in [] }
        mentions = model.columns.map { _ in [] }
        words = model.columns.map { _ in TextDictionary() }
    }

    var count: Int { keys.count }

    mutating func append(origin: String, company: String, key: RowKey, cells: [Cell]) {
        precondition(cells.count == model.columns.count, "a row has one cell per column")
        origins.append(origin)
        companies.append(company)
        keys.append(key)
        for (position, cell) in cells.enumerated() {
            switch (model.columns[position].type, cell) {
            case (.text, .missing): texts[position].append(nil)
            case (.text, .text(let text)): texts[position].append(text)
            case (.reference, .missing): mentions[position].append(nil)
            case (.reference, .key(let key)): mentions[position].append(key)
            case (_, .missing): numbers[position].append(NumberVector.missing)
            case (.category, .text(let text)):
                numbers[position].append(
                    words[position].code(of: text) ?? words[position].append(text))
            case (let type, .number(let number)) where type != .category:
                precondition(number != NumberVector.missing, "mappings refuse this number")
                numbers[position].append(number)
            case (let type, _): preconditionFailure("a \(type.stored) column takes no \(cell)")
            }
        }
    }

    /// The rows with names, words and keys turned into the store's numbers.
    func resolved(_ layout: ModelLayout, session: WriteSession) throws -> SegmentRows {
        var companyIDs: [String: Int] = [:]
        var originIDs: [String: Int] = [:]
        for name in Set(companies) { companyIDs[name] = session.company(name) }
        for name in Set(origins) { originIDs[name] = try session.origin(name) }
        var rows = SegmentRows(columns: [])
        rows.companies = companies.map { companyIDs[$0] ?? -1 }
        let rowOrigins = origins.map { originIDs[$0] ?? -1 }
        rows.origins = rowOrigins.map(Int64.init)
        rows.keys = KeyColumn(keys)
        if layout.isReferenced {
            rows.references = try session.arrivingReferences(
                model: model.name, companies: rows.companies, origins: rowOrigins, keys: keys)
        }
        for (position, column) in model.columns.enumerated() {
            switch column.type {
            case .text: rows.columns.append(.texts(texts[position]))
            case .category:
                let id = layout.id(ofColumn: position)
                let known = try words[position].texts.map { try session.code(of: $0, column: id) }
                rows.columns.append(
                    .numbers(
                        numbers[position].map { $0 == NumberVector.missing ? $0 : known[Int($0)] }))
            case .reference(let target):
                var numbers: [Int64] = []
                numbers.reserveCapacity(count)
                for (row, key) in mentions[position].enumerated() {
                    guard let key else {
                        numbers.append(NumberVector.missing)
                        continue
                    }
                    numbers.append(
                        try session.reference(
                            model: target, company: rows.companies[row], origin: rowOrigins[row],
                            key: key, isArriving: false))
                }
                rows.columns.append(.numbers(numbers))
            default: rows.columns.append(.numbers(numbers[position]))
            }
        }
        return rows
    }
}

extension WriteSession {
    /// Makes a segment of a load part of the state, beginning with the present commit.
    func publish(_ segment: Segment, model name: String) throws {
        let layout = model(name).layout
        let visible = Segment(
            id: segment.id, rows: segment.rows, runs: segment.runs, summaries: segment.summaries,
            begin: state.commit.number)
        state.models[name]?.segments.append(SegmentState(segment: visible))
        for run in segment.runs { try touch(model: layout.id, company: run.company) }
    }
}
