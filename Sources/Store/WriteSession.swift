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
    /// The models that are being changed, or looked at row by row.
    private var editors: [String: ModelEditor] = [:]
    private var lastEditor: ModelEditor?
    private var lastOrigin: (name: String, id: Int)?
    /// The cells of the row at hand, kept for the next one.
    private var stored: [StoredCell] = []
    /// Whether the delta is written by `writeDeferred` rather than with each commit.
    var isDeferring = false
    private var deferred: Set<String> = []
    /// Models and origins of which all rows are given by the batch at hand.
    var reloaded: Set<Reloaded> = []

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
        if let lastOrigin, lastOrigin.name == name { return lastOrigin.id }
        let id = try knownOrigin(name)
        lastOrigin = (name, id)
        return id
    }

    private func knownOrigin(_ name: String) throws -> Int {
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
        if let editor = editors[name] { return editor.model }
        guard let model = state.models[name] else {
            preconditionFailure("model \(name) is not in the schema; mappings check this")
        }
        return model
    }

    func code(of text: String, column: Int) throws -> Int64 {
        if let known = state.dictionaries[column]?.code(of: text) { return known }
        let code = state.dictionaries[column, default: TextDictionary()].append(text)
        try write(word: text, code: code, column: column)
        return code
    }

    func write(word text: String, code: Int64, column: Int) throws {
        try db.cachedStatement(
            sql: "INSERT INTO dictionary (column_id, code, text, checksum) VALUES (?, ?, ?, ?)"
        ).execute(
            arguments: [
                column, code, text,
                Int64(StoreCatalog.checksum(ofWord: text, code: code, column: column)),
            ])
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

    /// Writes what the present commit did to the rows of each model.
    func endCommit() throws {
        for editor in editors.values where !editor.entry.isEmpty {
            for company in editor.entry.companies {
                state.touches[Touch(model: editor.layout.id, company: company)] =
                    state.commit.number
            }
            if isDeferring {
                deferred.insert(editor.layout.model.name)
                editor.beginEntry()
                continue
            }
            try insert(editor.entry, of: editor.layout, commit: state.commit.number)
            editor.beginEntry()
        }
        if hasDamage {
            putBack()
            try releaseDamage()
        }
    }

    /// Writes the deltas of all models that were changed while this was put off.
    func writeDeferred() throws {
        putBack()
        isDeferring = false
        for name in deferred.sorted() { try rewriteDelta(of: name) }
        deferred = []
    }

    /// Makes what was edited part of the state.
    func putBack() {
        for (name, editor) in editors {
            precondition(editor.entry.isEmpty, "changes belong to a commit that is ended")
            if editor.isChanged { state.models[name] = editor.model }
        }
        (editors, lastEditor) = ([:], nil)
    }

    /// The rows of a model, to be changed in the present commit.
    func editor(of name: String) -> ModelEditor {
        if let lastEditor, lastEditor.layout.model.name == name { return lastEditor }
        let editor =
            editors[name] ?? ModelEditor(model(name), writer: writer, isDeferred: isDeferring)
        editors[name] = editor
        lastEditor = editor
        return editor
    }

    func insert(_ entry: DeltaEntry, of layout: ModelLayout, commit: UInt64) throws {
        try db.cachedStatement(
            sql: "INSERT INTO delta (model, commit_number, data) VALUES (?, ?, ?)"
        ).execute(
            arguments: [layout.id, Int64(commit), Data(entry.encoded(layout, commit: commit))])
    }

    /// Notes that rows of a company changed other than by an entry of the delta.
    func touch(model: Int, company: Int) throws {
        let touch = Touch(model: model, company: company)
        if state.touches[touch] == state.commit.number { return }
        state.touches[touch] = state.commit.number
        try writeTouch(touch, commit: state.commit.number)
    }

    func writeTouch(_ touch: Touch, commit: UInt64) throws {
        try db.cachedStatement(
            sql: "INSERT INTO touch (model, company, commit_number) VALUES (?, ?, ?) "
                + "ON CONFLICT DO UPDATE SET commit_number = excluded.commit_number"
        ).execute(arguments: [touch.model, touch.company, Int64(commit)])
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

    /// Puts a row aside; one that is aside already stays there since the commit that put it there.
    ///
    /// Beyond so many rows of a table only the key is kept, so that a mistake in a mapping does not
    /// fill the disk and the count is still exact.
    func quarantine(_ row: QuarantinedRow) throws {
        var count = state.quarantined[row.source]?[row.table] ?? QuarantineCount()
        let before = try isKept(source: row.source, table: row.table, key: row.key)
        let isRoom = before == true || count.kept < writer.quarantineRows
        let stored = isRoom ? row : row.withoutContent
        try db.cachedStatement(
            sql: "INSERT INTO quarantine "
                + "(source, table_name, key, reason, content, commit_number) "
                + "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                + "reason = excluded.reason, content = excluded.content"
        ).execute(
            arguments: [
                stored.source, stored.table, stored.key, stored.reason, stored.content,
                Int64(state.commit.number),
            ])
        if before == nil { count.rows += 1 }
        count.kept += (stored.isKept ? 1 : 0) - (before == true ? 1 : 0)
        state.quarantined[row.source, default: [:]][row.table] = count
        state.quarantineCommit = state.commit.number
    }

    func release(source: String, table: String, key: String) throws {
        // Most rows were never in quarantine; the count in memory spares them the look-up.
        guard var count = state.quarantined[source]?[table], count.rows > 0,
            let isKept = try isKept(source: source, table: table, key: key)
        else { return }
        try db.cachedStatement(
            sql: "DELETE FROM quarantine WHERE source = ? AND table_name = ? AND key = ?"
        ).execute(arguments: [source, table, key])
        count.rows -= 1
        if isKept { count.kept -= 1 }
        state.quarantined[source]?[table] = count
        state.quarantineCommit = state.commit.number
    }

    /// Whether more than the key of a row is in quarantine; nil when it is not there.
    private func isKept(source: String, table: String, key: String) throws -> Bool? {
        try Bool.fetchOne(
            try db.cachedStatement(
                sql: "SELECT content <> '' FROM quarantine "
                    + "WHERE source = ? AND table_name = ? AND key = ?"),
            arguments: [source, table, key])
    }

    // MARK: Rows

    /// Applies the operations of a batch in their order.
    func apply(_ batch: ChangeBatch) throws {
        for operation in batch.operations {
            switch operation {
            case .upsert(let model, let origin, let company, let key, let start, let count):
                if try refuses(model: model, origin: origin, key: key) { continue }
                try upsert(
                    model: model, origin: try self.origin(origin), company: self.company(company),
                    key: key, cells: batch.cells[start..<start + count])
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
            case .beginReload(let model, let origin):
                try beginReload(model: model, origin: try self.origin(origin))
            case .endReload(let model, let origin):
                reloaded.insert(Reloaded(model: model, origin: try self.origin(origin)))
            }
        }
    }

    private func upsert(
        model name: String, origin: Int, company: Int, key: RowKey, cells: ArraySlice<Cell?>
    ) throws {
        let editor = editor(of: name)
        precondition(cells.count == editor.kinds.count, "a row has one cell per column")
        try editor.enterFeed(origin, in: self)
        let identity = StoreWriter.Identity(origin: origin, key: key)
        let hash = identity.hash
        let live = try editor.live(identity, hash: hash, company: company)
        let damaged = live.flatMap { editor.model.damage(at: $0) }
        stored.removeAll(keepingCapacity: true)
        for (position, place) in cells.indices.enumerated() {
            if let cell = cells[place] {
                stored.append(
                    try storedCell(cell, editor, position, company: company, origin: origin))
            } else {
                try checkKept(
                    position, of: editor.layout, origin: origin, damaged, isNew: live == nil)
                stored.append(
                    try live.map { try editor.cell(position, $0) }
                        ?? .missing(editor.kinds[position]))
            }
        }
        // What its source gives of a row in a damaged segment is written anew.
        if let live, damaged == nil, editor.company(live) == company,
            try editor.holds(stored, live)
        {
            // A row from before anything referred to its model is written anew, with an index.
            let isReachable =
                try !editor.isReferenced || editor.reference(live) != NumberVector.missing
            if isReachable { return }
        }
        var reference = NumberVector.missing
        if editor.isReferenced {
            reference = try self.reference(
                editor, company: company, origin: origin, key: key, isArriving: true)
        }
        let before =
            try editor.hasHistory
            ? live.map {
                RowValues(
                    company: editor.company($0),
                    reference: damaged?.contains(.reference) == true
                        ? reference : try editor.reference($0),
                    cells: try editor.historyCells($0, given: stored))
            } : nil
        if let live { editor.end(live, commit: state.commit.number) }
        editor.insert(
            DeltaRow(
                company: company, origin: origin, key: key, reference: reference,
                begin: state.commit.number, end: 0, cells: stored), hash: hash,
            zones: state.zones)
        // What the rows of a lost segment held before is not known.
        if editor.hasHistory, before != nil || !isRenewed(editor.layout, origin: origin) {
            try recordHistory(
                of: editor.layout, origin: origin, from: before,
                to: RowValues(company: company, reference: reference, cells: stored))
        }
    }

    private func delete(model name: String, origin: Int, key: RowKey) throws {
        let editor = editor(of: name)
        let identity = StoreWriter.Identity(origin: origin, key: key)
        guard let live = try editor.live(identity, hash: identity.hash, company: nil) else {
            return
        }
        if editor.hasHistory {
            let before = RowValues(
                company: editor.company(live), reference: try editor.reference(live),
                cells: try editor.historyCells(live))
            try recordHistory(of: editor.layout, origin: origin, from: before, to: nil)
        }
        editor.end(live, commit: state.commit.number)
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

    private func storedCell(
        _ cell: Cell, _ editor: ModelEditor, _ position: Int, company: Int, origin: Int
    ) throws -> StoredCell {
        let kind = editor.kinds[position]
        switch (cell, kind) {
        case (.number(let number), .number), (.number(let number), .instant):
            precondition(number != NumberVector.missing, "mappings refuse this number")
            precondition(
                !editor.areBooleans[position] || number == 0 || number == 1,
                "a boolean is 0 or 1")
            return .number(number)
        case (.missing, _): return .missing(kind)
        case (.text(let text), .category):
            return .number(try editor.code(of: text, at: position, in: self))
        case (.text(let text), .text): return .text(text)
        case (.key(let key), .reference):
            return .number(
                try reference(
                    editor.target(at: position, in: self), company: company, origin: origin,
                    key: key, isArriving: false))
        default: preconditionFailure("a \(kind) column takes no \(cell)")
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
        let runs = CompanyRun.encode(encoded.runs)
        try db.cachedStatement(
            sql: "INSERT INTO segment (model, row_count, runs, begin_commit, state, source, run, "
                + "level, place, bytes, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"
        ).execute(
            arguments: [
                layout.id, encoded.rows, Data(runs), begin.map(Int64.init), phase.rawValue, source,
                run ?? 0, level, place,
            ])
        let id = db.lastInsertedRowID
        let statement = try db.cachedStatement(
            sql: "INSERT INTO chunk (segment, column_id, part, least, greatest, missing, data) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?)")
        var bytes = 0
        for (column, chunk) in encoded.chunks {
            let place = Chunk.Place(segment: id, column: column)
            let data = Data(chunk.encoded(at: place))
            bytes += data.count
            try statement.execute(
                arguments: [
                    id, column.id, column.part.rawValue, chunk.least, chunk.greatest,
                    chunk.missing, data,
                ])
        }
        let checksum = StoreCatalog.checksum(
            ofSegment: id, model: layout.id, rows: encoded.rows, runs: runs, begin: begin)
        try db.cachedStatement(
            sql: "UPDATE segment SET bytes = ?, run = ?, checksum = ? WHERE id = ?"
        ).execute(arguments: [bytes, run ?? id, Int64(checksum), id])
        return id
    }

    /// Writes which rows of a segment have ended, all of them.
    func writeEnds(_ ends: EndList, of segment: Int64) throws {
        if ends.isEmpty { return }
        try db.cachedStatement(
            sql: "INSERT INTO ended (segment, data) VALUES (?, ?) "
                + "ON CONFLICT DO UPDATE SET data = excluded.data"
        ).execute(arguments: [segment, Data(ends.encoded(of: segment))])
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
            writer.readers[id] = nil
            try db.cachedStatement(sql: "DELETE FROM damage WHERE segment = ?")
                .execute(arguments: [id])
        }
    }
}
