import Foundation
import GRDB
import Vocabulary

/// One transaction of the writer: changes the file through `db` and `state` beside it.
final class WriteSession {
    let writer: StoreWriter
    let schema: Schema
    let db: Database
    var state: StoreState
    /// When the source made the changes at hand, if it tells.
    var sourceTime: Instant?
    /// Models and origins of which all rows are given by the batch at hand.
    var reloaded: Set<Reloaded> = []
    /// Those of them whose rows in damaged segments were ended without being read.
    var renewed: Set<Reloaded> = []

    init(writer: StoreWriter, schema: Schema, state: StoreState, db: Database) {
        self.writer = writer
        self.schema = schema
        self.state = state
        self.db = db
    }

    // MARK: Names

    /// The name of an origin.
    func originName(_ id: Int) -> String {
        state.origins.first { $0.value == id }?.key ?? ""
    }

    func origin(_ name: String) throws -> Int {
        if let known = state.origins[name] { return known }
        let id = state.origins.count
        try db.execute(sql: "INSERT INTO origin (id, name) VALUES (?, ?)", arguments: [id, name])
        state.origins[name] = id
        return id
    }

    func company(_ code: String) -> Int {
        guard let id = state.companies[code] else {
            preconditionFailure("company \(code) is not in the schema; mappings check this")
        }
        return id
    }

    func model(_ name: String) -> ModelState {
        guard let model = state.models[name] else {
            preconditionFailure("model \(name) is not in the schema; mappings check this")
        }
        return model
    }

    func code(of text: String, column: Int) throws -> Int64 {
        if let known = state.dictionaries[column]?.code(of: text) { return known }
        let code = state.dictionaries[column, default: TextDictionary()].append(text)
        try db.cachedStatement(
            sql: "INSERT INTO dictionary (column_id, code, text) VALUES (?, ?, ?)"
        ).execute(arguments: [column, code, text])
        return code
    }

    // MARK: Commits

    /// Begins the next commit: enters it into the log and returns it.
    func beginCommit() throws -> Commit {
        let commit = Commit(
            number: state.commit.number + 1, time: max(writer.clock.now(), state.commit.time))
        try db.cachedStatement(sql: "INSERT INTO commit_log (number, time) VALUES (?, ?)")
            .execute(arguments: [Int64(commit.number), commit.time.microseconds])
        state.commit = commit
        sourceTime = nil
        try markHistory()
        return commit
    }

    func touch(model: Int, company: Int) throws {
        let touch = Touch(model: model, company: company)
        if state.touches[touch] == state.commit.number { return }
        state.touches[touch] = state.commit.number
        try db.cachedStatement(
            sql: "INSERT INTO touch (model, company, commit_number) VALUES (?, ?, ?) "
                + "ON CONFLICT DO UPDATE SET commit_number = excluded.commit_number"
        ).execute(arguments: [model, company, Int64(state.commit.number)])
    }

    func setPosition(source: String, _ position: SourcePosition) throws {
        state.positions[source] = position
        try db.cachedStatement(
            sql: "INSERT INTO position (source, text, source_time, commit_number) "
                + "VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text, "
                + "source_time = excluded.source_time, commit_number = excluded.commit_number"
        ).execute(
            arguments: [
                source, position.text, position.sourceTime?.microseconds,
                Int64(state.commit.number),
            ])
    }

    func quarantine(_ row: QuarantinedRow) throws {
        let isNew = try !isQuarantined(source: row.source, table: row.table, key: row.key)
        try db.cachedStatement(
            sql: "INSERT INTO quarantine "
                + "(source, table_name, key, reason, content, commit_number) "
                + "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                + "reason = excluded.reason, content = excluded.content, "
                + "commit_number = excluded.commit_number"
        ).execute(
            arguments: [
                row.source, row.table, row.key, row.reason, row.content,
                Int64(state.commit.number),
            ])
        if isNew { state.quarantined[row.source, default: 0] += 1 }
    }

    func release(source: String, table: String, key: String) throws {
        // Most rows were never in quarantine; the count in memory spares them the look-up.
        guard state.quarantined[source, default: 0] > 0,
            try isQuarantined(source: source, table: table, key: key)
        else { return }
        try db.cachedStatement(
            sql: "DELETE FROM quarantine WHERE source = ? AND table_name = ? AND key = ?"
        ).execute(arguments: [source, table, key])
        state.quarantined[source, default: 1] -= 1
    }

    private func isQuarantined(source: String, table: String, key: String) throws -> Bool {
        try Int.fetchOne(
            try db.cachedStatement(
                sql: "SELECT 1 FROM quarantine WHERE source = ? AND table_name = ? AND key = ?"),
            arguments: [source, table, key]) != nil
    }

    // MARK: Rows

    /// Applies the operations of a batch in their order.
    func apply(_ batch: ChangeBatch) throws {
        for operation in batch.operations {
            switch operation {
            case .upsert(let model, let origin, let company, let key, let cells):
                if try refuses(model: model, origin: origin, key: key) { continue }
                try upsert(
                    model: model, origin: try self.origin(origin), company: self.company(company),
                    key: key, cells: cells)
            case .delete(let model, let origin, let key):
                try delete(model: model, origin: try self.origin(origin), key: key)
            case .retain(let model, let origin, let keys):
                try retain(model: model, origin: try self.origin(origin), keys: keys)
            case .position(let source, let position):
                try setPosition(source: source, position)
            case .quarantine(let row): try quarantine(row)
            case .release(let source, let table, let key):
                try release(source: source, table: table, key: key)
            case .sourceTime(let time): sourceTime = time
            case .reload(let model, let origin):
                try reload(model: model, origin: try self.origin(origin))
            }
        }
        try releaseDamage()
    }

    private func upsert(
        model name: String, origin: Int, company: Int, key: RowKey, cells: [Cell?]
    ) throws {
        let model = model(name)
        let layout = model.layout
        precondition(cells.count == layout.model.columns.count, "a row has one cell per column")
        let identity = StoreWriter.Identity(origin: origin, key: key)
        let location = try writer.locate(identity, in: model)
        let live = location.flatMap { writer.isLive($0, in: model) ? $0 : nil }
        let damaged = live.flatMap { model.damage(at: $0) }
        let present = try live.map { try writer.cells($0, in: model, without: damaged ?? []) }
        var stored: [StoredCell] = []
        stored.reserveCapacity(cells.count)
        for (position, cell) in cells.enumerated() {
            let column = layout.model.columns[position]
            if let cell {
                stored.append(
                    try storedCell(
                        cell, type: column.type, id: layout.id(ofColumn: position),
                        company: company, origin: origin))
            } else {
                try checkKept(position, of: layout, origin: origin, damaged, isNew: live == nil)
                stored.append(present?[position] ?? .missing(column.type))
            }
        }
        // What its source gives of a row in a damaged segment is written anew.
        if let live, let present, damaged == nil, present == stored,
            writer.company(live, in: model) == company
        {
            // A row from before anything referred to its model is written anew, with an index.
            let isReachable =
                try !layout.isReferenced
                || writer.reference(live, in: model) != NumberVector.missing
            if isReachable { return }
        }
        var reference = NumberVector.missing
        if layout.isReferenced {
            reference = try self.reference(
                model: name, company: company, origin: origin, key: key, isArriving: true)
        }
        let before = try live.map {
            RowValues(
                company: writer.company($0, in: model),
                reference: damaged?.contains(.reference) == true
                    ? reference : try writer.reference($0, in: model),
                cells: layout.known(present ?? [], otherwise: stored, damaged))
        }
        if let live { try end(live, model: name) }
        try insert(
            model: name, company: company, origin: origin, key: key, reference: reference,
            cells: stored)
        // What the rows of a lost segment held before is not known.
        if before == nil, isRenewed(layout, origin: origin) { return }
        try recordHistory(
            of: layout, origin: origin, from: before,
            to: RowValues(company: company, reference: reference, cells: stored))
    }

    /// Adds a row version to the delta, beginning with the present commit.
    func insert(
        model name: String, company: Int, origin: Int, key: RowKey, reference: Int64,
        cells: [StoredCell]
    ) throws {
        let layout = model(name).layout
        let row = DeltaRow(
            sequence: writer.nextSequence, company: company, origin: origin, key: key,
            reference: reference, begin: state.commit.number, end: 0, cells: cells)
        let encoded = row.encodedCells(layout)
        try db.cachedStatement(
            sql: "INSERT INTO delta (sequence, model, company, origin, key, reference, "
                + "begin_commit, end_commit, cells, checksum) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"
        ).execute(
            arguments: [
                row.sequence, layout.id, company, origin, Data(key.bytes), reference,
                Int64(row.begin), Data(encoded), Int64(row.checksum(layout, cells: encoded)),
            ])
        writer.nextSequence += 1
        let zone = state.zones[company]
        state.models[name]?.append(row, zone: zone)
        if let rows = state.models[name]?.deltaRows {
            let identity = StoreWriter.Identity(origin: origin, key: key)
            writer.deltaKeys[name, default: [:]][identity] = rows - 1
        }
        try touch(model: layout.id, company: company)
    }

    private func delete(model name: String, origin: Int, key: RowKey) throws {
        let model = model(name)
        let identity = StoreWriter.Identity(origin: origin, key: key)
        guard let location = try writer.locate(identity, in: model),
            writer.isLive(location, in: model)
        else { return }
        if !model.layout.historyColumns.isEmpty {
            let damaged = model.damage(at: location)
            let before = RowValues(
                company: writer.company(location, in: model),
                reference: try reference(at: location, in: model),
                cells: try writer.cells(location, in: model, without: damaged ?? []))
            try recordHistory(of: model.layout, origin: origin, from: before, to: nil)
        }
        try end(location, model: name)
    }

    private func retain(model name: String, origin: Int, keys: Set<RowKey>) throws {
        for key in try liveKeys(model: name, origin: origin) where !keys.contains(key) {
            try delete(model: name, origin: origin, key: key)
        }
    }

    private func liveKeys(model name: String, origin: Int) throws -> [RowKey] {
        let model = model(name)
        var found: [RowKey] = []
        for state in model.segments where !state.isEnded {
            let origins = try writer.chunks.numbers(state.segment, .origin)
            let keys = try writer.chunks.keys(state.segment)
            for row in 0..<state.segment.rows
            where origins[row] == Int64(origin) && state.ends.commit(of: row) == nil {
                found.append(keys[row])
            }
        }
        for block in model.delta {
            for row in 0..<block.count
            where block.origins[row] == Int64(origin) && block.ends[row] == 0 {
                found.append(block.keys[row])
            }
        }
        return found
    }

    func end(_ location: StoreWriter.Location, model name: String) throws {
        let model = model(name)
        let commit = state.commit.number
        try touch(model: model.layout.id, company: writer.company(location, in: model))
        switch location {
        case .delta(let position):
            let block = model.delta[position / StoreLimits.deltaBlockRows]
            var row = block.row(position % StoreLimits.deltaBlockRows)
            row.end = commit
            // The file may have cells of columns that the model no longer has.
            let cells = try Data.fetchOne(
                try db.cachedStatement(sql: "SELECT cells FROM delta WHERE sequence = ?"),
                arguments: [row.sequence])
            let checksum = row.checksum(model.layout, cells: [UInt8](cells ?? Data()))
            try db.cachedStatement(
                sql: "UPDATE delta SET end_commit = ?, checksum = ? WHERE sequence = ?"
            ).execute(arguments: [Int64(commit), Int64(checksum), row.sequence])
            state.models[name]?.end(deltaPosition: position, commit: commit)
        case .segment(let number, let row):
            try insertEnd(
                segment: model.segments[number].segment.id, row: row, commit: commit)
            state.models[name]?.segments[number].ends.insert(row: row, commit: commit)
        }
    }

    func storedCell(
        _ cell: Cell, type: ColumnType, id: Int, company: Int, origin: Int
    ) throws -> StoredCell {
        switch (cell, type) {
        case (.missing, _): return .missing(type)
        case (.text(let text), .category): return .number(try code(of: text, column: id))
        case (.text(let text), .text): return .text(text)
        case (.key(let key), .reference(let target)):
            return .number(
                try reference(
                    model: target, company: company, origin: origin, key: key, isArriving: false))
        case (.number(let number), .boolean), (.number(let number), .integer),
            (.number(let number), .decimal), (.number(let number), .money),
            (.number(let number), .instant), (.number(let number), .day):
            precondition(number != NumberVector.missing, "mappings refuse this number")
            return .number(number)
        default: preconditionFailure("a \(type.stored) column takes no \(cell)")
        }
    }

    // MARK: Segments

    /// Writes a segment and returns its number.
    ///
    /// A segment of no given run begins a run of its own at level 0.
    func insert(
        _ encoded: EncodedSegment, layout: ModelLayout, begin: UInt64?, phase: SegmentPhase,
        source: String?, run: Int64? = nil, level: Int = 0, place: Int = 0
    ) throws -> Int64 {
        try db.cachedStatement(
            sql: "INSERT INTO segment (model, row_count, runs, begin_commit, state, source, run, "
                + "level, place, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
        ).execute(
            arguments: [
                layout.id, encoded.rows, Data(CompanyRun.encode(encoded.runs)),
                begin.map(Int64.init), phase.rawValue, source, run ?? 0, level, place,
            ])
        let id = db.lastInsertedRowID
        let statement = try db.cachedStatement(
            sql: "INSERT INTO chunk (segment, column_id, part, least, greatest, missing, data) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?)")
        var bytes = 0
        for (column, chunk) in encoded.chunks {
            let data = Data(chunk.encoded())
            bytes += data.count
            try statement.execute(
                arguments: [
                    id, column.id, column.part.rawValue, chunk.least, chunk.greatest,
                    chunk.missing, data,
                ])
        }
        try db.cachedStatement(sql: "UPDATE segment SET bytes = ?, run = ? WHERE id = ?")
            .execute(arguments: [bytes, run ?? id, id])
        return id
    }

    /// Enters the end of a segment's row.
    func insertEnd(segment: Int64, row: Int, commit: UInt64) throws {
        try db.cachedStatement(
            sql: "INSERT INTO ended (segment, row_number, commit_number) VALUES (?, ?, ?)"
        ).execute(arguments: [segment, row, Int64(commit)])
    }

    /// Removes segments and all that belongs to them.
    func remove(segments: some Sequence<Int64>) throws {
        for id in segments {
            for table in ["chunk", "ended", "compaction_input", "compaction_output"] {
                try db.cachedStatement(sql: "DELETE FROM \(table) WHERE segment = ?")
                    .execute(arguments: [id])
            }
            try db.cachedStatement(sql: "DELETE FROM segment WHERE id = ?")
                .execute(arguments: [id])
            writer.retired[id] = nil
            try db.cachedStatement(sql: "DELETE FROM damage WHERE segment = ?")
                .execute(arguments: [id])
        }
    }
}
