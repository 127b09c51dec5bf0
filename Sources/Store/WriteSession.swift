import Foundation
import GRDB
import Vocabulary

/// One transaction of the writer: changes the file through `db` and `state` beside it.
final class WriteSession {
    let writer: StoreWriter
    let schema: Schema
    let db: Database
    var state: StoreState

    init(writer: StoreWriter, schema: Schema, state: StoreState, db: Database) {
        self.writer = writer
        self.schema = schema
        self.state = state
        self.db = db
    }

    // MARK: Names

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

    // MARK: References

    /// The dense index of a row of a model, taking a new one at its first mention.
    ///
    /// With `isArriving` the row itself is being written, rather than mentioned.
    func reference(
        model name: String, company: Int, origin: Int, key: RowKey, isArriving: Bool
    ) throws -> Int64 {
        let model = model(name)
        let identity = StoreWriter.ReferenceIdentity(
            model: model.layout.id, company: company, origin: origin, key: key)
        if let known = writer.references[identity] {
            if isArriving { try arrive(identity) }
            return known
        }
        if writer.references.count > StoreLimits.referenceMemory { writer.references = [:] }
        let dense: Int64
        if let pending = try Int64.fetchOne(
            try db.cachedStatement(
                sql: "SELECT dense FROM pending_reference "
                    + "WHERE model = ? AND company = ? AND origin = ? AND key = ?"),
            arguments: [model.layout.id, company, origin, Data(key.bytes)])
        {
            dense = pending
            if isArriving { try arrive(identity) }
        } else if let location = try writer.locate(
            StoreWriter.Identity(origin: origin, key: key), in: model),
            writer.company(location, in: model) == company,
            case let known = try writer.reference(location, in: model),
            known != NumberVector.missing
        {
            dense = known
        } else if let known = try writer.loadingReference(
            StoreWriter.Identity(origin: origin, key: key), model: name, company: company)
        {
            dense = known
        } else {
            dense = try nextReference(model: model.layout.id, company: company)
            if !isArriving {
                try db.cachedStatement(
                    sql: "INSERT INTO pending_reference (model, company, origin, key, dense) "
                        + "VALUES (?, ?, ?, ?, ?)"
                ).execute(
                    arguments: [model.layout.id, company, origin, Data(key.bytes), dense])
            }
        }
        writer.references[identity] = dense
        return dense
    }

    /// The dense indices of the rows of a load, whose origin had no rows before.
    ///
    /// What `reference` does row by row, for many: the rows mentioned before are read at once, and
    /// the others take consecutive indices of their company.
    func arrivingReferences(
        model name: String, companies: [Int], origins: [Int], keys: [RowKey]
    ) throws -> [Int64] {
        let model = model(name).layout.id
        if writer.references.count > StoreLimits.referenceMemory { writer.references = [:] }
        var mentioned: [StoreWriter.ReferenceIdentity: Int64] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT company, origin, key, dense FROM pending_reference WHERE model = ?",
            arguments: [model])
        while let row = try rows.next() {
            guard let key = RowKey(bytes: [UInt8](row[2] as Data)) else { continue }
            mentioned[
                StoreWriter.ReferenceIdentity(
                    model: model, company: row[0], origin: row[1], key: key)] = row[3]
        }
        var next: [Int: Int64] = [:]
        for company in Set(companies) {
            next[company] =
                try Int64.fetchOne(
                    db, sql: "SELECT next FROM reference_count WHERE model = ? AND company = ?",
                    arguments: [model, company]) ?? 0
        }
        let found = try keys.indices.map { row in
            let identity = StoreWriter.ReferenceIdentity(
                model: model, company: companies[row], origin: origins[row], key: keys[row])
            let dense: Int64
            if let known = mentioned[identity] {
                dense = known
                try arrive(identity)
            } else {
                dense = next[companies[row], default: 0]
                next[companies[row]] = dense + 1
            }
            writer.references[identity] = dense
            return dense
        }
        for (company, next) in next {
            try db.execute(
                sql: "INSERT INTO reference_count (model, company, next) VALUES (?, ?, ?) "
                    + "ON CONFLICT DO UPDATE SET next = excluded.next",
                arguments: [model, company, next])
            state.referenceCounts[Touch(model: model, company: company)] = next
        }
        return found
    }

    private func arrive(_ identity: StoreWriter.ReferenceIdentity) throws {
        try db.cachedStatement(
            sql: "DELETE FROM pending_reference "
                + "WHERE model = ? AND company = ? AND origin = ? AND key = ?"
        ).execute(
            arguments: [
                identity.model, identity.company, identity.origin, Data(identity.key.bytes),
            ])
    }

    private func nextReference(model: Int, company: Int) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO reference_count (model, company, next) VALUES (?, ?, 1) "
                + "ON CONFLICT DO UPDATE SET next = next + 1 RETURNING next - 1")
        guard let dense = try Int64.fetchOne(statement, arguments: [model, company]) else {
            preconditionFailure("RETURNING gives a row")
        }
        state.referenceCounts[Touch(model: model, company: company)] = dense + 1
        return dense
    }

    // MARK: Commits

    /// Begins the next commit: enters it into the log and returns it.
    func beginCommit() throws -> Commit {
        let commit = Commit(
            number: state.commit.number + 1, time: max(writer.clock.now(), state.commit.time))
        try db.cachedStatement(sql: "INSERT INTO commit_log (number, time) VALUES (?, ?)")
            .execute(arguments: [Int64(commit.number), commit.time.microseconds])
        state.commit = commit
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
            }
        }
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
        let present = try live.map { try writer.cells($0, in: model) }
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
                stored.append(present?[position] ?? .missing(column.type))
            }
        }
        if let live, let present, present == stored, writer.company(live, in: model) == company {
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
        if let live { try end(live, model: name) }
        let row = DeltaRow(
            sequence: writer.nextSequence, company: company, origin: origin, key: key,
            reference: reference, begin: state.commit.number, end: 0, cells: stored)
        try db.cachedStatement(
            sql: "INSERT INTO delta (sequence, model, company, origin, key, reference, "
                + "begin_commit, end_commit, cells) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)"
        ).execute(
            arguments: [
                row.sequence, layout.id, company, origin, Data(key.bytes), reference,
                Int64(row.begin), Data(row.encodedCells(layout)),
            ])
        writer.nextSequence += 1
        let zone = state.zones[company]
        state.models[name]?.append(row, zone: zone)
        if let rows = state.models[name]?.deltaRows {
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
        for state in model.segments {
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

    private func end(_ location: StoreWriter.Location, model name: String) throws {
        let model = model(name)
        let commit = state.commit.number
        try touch(model: model.layout.id, company: writer.company(location, in: model))
        switch location {
        case .delta(let position):
            let block = model.delta[position / StoreLimits.deltaBlockRows]
            try db.cachedStatement(sql: "UPDATE delta SET end_commit = ? WHERE sequence = ?")
                .execute(
                    arguments: [
                        Int64(commit), block.sequences[position % StoreLimits.deltaBlockRows],
                    ])
            state.models[name]?.end(deltaPosition: position, commit: commit)
        case .segment(let number, let row):
            try db.cachedStatement(
                sql: "INSERT INTO ended (segment, row_number, commit_number) VALUES (?, ?, ?)"
            ).execute(arguments: [model.segments[number].segment.id, row, Int64(commit)])
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
    func insert(
        _ encoded: EncodedSegment, layout: ModelLayout, begin: UInt64?, isLive: Bool,
        source: String?
    ) throws -> Int64 {
        try db.cachedStatement(
            sql: "INSERT INTO segment (model, row_count, runs, begin_commit, state, source) "
                + "VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(
            arguments: [
                layout.id, encoded.rows, Data(CompanyRun.encode(encoded.runs)),
                begin.map(Int64.init), isLive ? 1 : 0, source,
            ])
        let id = db.lastInsertedRowID
        let statement = try db.cachedStatement(
            sql: "INSERT INTO chunk (segment, column_id, part, least, greatest, missing, data) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?)")
        for (column, chunk) in encoded.chunks {
            try statement.execute(
                arguments: [
                    id, column.id, column.part.rawValue, chunk.least, chunk.greatest,
                    chunk.missing, Data(chunk.encoded()),
                ])
        }
        return id
    }
}
