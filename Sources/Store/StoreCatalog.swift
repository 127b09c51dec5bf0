import Foundation
import GRDB
import Vocabulary

/// Reads the state of a store from its file, and enters the schema's names into it.
enum StoreCatalog {
    /// Gives every company, model and column of the schema its number.
    ///
    /// - Throws: `Advice` when a column changed its type, or a company its zone.
    static func register(_ schema: Schema, in db: Database) throws {
        for company in schema.companies.companies {
            try db.execute(
                sql: "INSERT INTO company (id, code, zone) VALUES "
                    + "((SELECT count(*) FROM company), ?, ?) ON CONFLICT DO NOTHING",
                arguments: [company.code, company.zone.name])
            let zone = try String.fetchOne(
                db, sql: "SELECT zone FROM company WHERE code = ?", arguments: [company.code])
            // The local day of every instant is stored beside it.
            guard zone == company.zone.name else {
                throw Advice(
                    .definition,
                    "company ‘\(company.code)’ was stored with days of \(zone ?? "") and is now "
                        + "declared in \(company.zone.name)",
                    remedy: "declare the old zone, or delete the store and run ingest again")
            }
        }
        for model in schema.models.values.sorted(by: { $0.name < $1.name }) {
            try db.execute(
                sql: "INSERT INTO model (name) VALUES (?) ON CONFLICT DO NOTHING",
                arguments: [model.name])
            let id = try Int.fetchOne(
                db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model.name])
            for column in model.columns {
                let stored = try String.fetchOne(
                    db, sql: "SELECT type FROM model_column WHERE model = ? AND name = ?",
                    arguments: [id, column.name])
                if let stored, stored != column.type.stored {
                    throw Advice(
                        .definition,
                        "column ‘\(column.name)’ of model ‘\(model.name)’ was stored as "
                            + "\(stored) and is now declared \(column.type.stored)",
                        remedy: "give the column a new name, or delete the store and run ingest "
                            + "again")
                }
                if stored == nil {
                    try db.execute(
                        sql: "INSERT INTO model_column (model, name, type) VALUES (?, ?, ?)",
                        arguments: [id, column.name, column.type.stored])
                }
            }
        }
    }

    /// Removes what a load left behind that was not finished.
    static func discardUnfinishedLoads(in db: Database, source: String? = nil) throws {
        let condition = source == nil ? "" : " AND source = :source"
        let arguments: StatementArguments = source.map { ["source": $0] } ?? [:]
        try db.execute(
            sql: "DELETE FROM chunk WHERE segment IN "
                + "(SELECT id FROM segment WHERE state = 0\(condition))", arguments: arguments)
        try db.execute(
            sql: "DELETE FROM segment WHERE state = 0\(condition)", arguments: arguments)
    }

    /// Reads the whole state: names, dictionaries, segments and delta.
    static func state(of schema: Schema, in db: Database) throws -> StoreState {
        var state = StoreState()
        if let row = try Row.fetchOne(
            db, sql: "SELECT number, time FROM commit_log ORDER BY number DESC LIMIT 1")
        {
            state.commit = Commit(
                number: UInt64(row[0] as Int64), time: Instant(microseconds: row[1]))
        }
        for row in try Row.fetchAll(db, sql: "SELECT code, id FROM company") {
            state.companies[row[0]] = row[1]
        }
        for company in schema.companies.companies {
            if let id = state.companies[company.code] { state.zones[id] = company.zone }
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, id FROM origin") {
            state.origins[row[0]] = row[1]
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT column_id, text FROM dictionary ORDER BY column_id, code")
        {
            _ = state.dictionaries[row[0], default: TextDictionary()].append(row[1])
        }
        for row in try Row.fetchAll(db, sql: "SELECT model, company, commit_number FROM touch") {
            state.touches[Touch(model: row[0], company: row[1])] = UInt64(row[2] as Int64)
        }
        for row in try Row.fetchAll(db, sql: "SELECT model, company, next FROM reference_count") {
            state.referenceCounts[Touch(model: row[0], company: row[1])] = row[2]
        }
        for row in try Row.fetchAll(db, sql: "SELECT source, text, source_time FROM position") {
            state.positions[row[0]] = SourcePosition(
                text: row[1],
                sourceTime: (row[2] as Int64?).map { Instant(microseconds: $0) })
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT source, count(*) FROM quarantine GROUP BY source")
        {
            state.quarantined[row[0]] = row[1]
        }
        for model in schema.models.values {
            if let found = try modelState(model, schema: schema, zones: state.zones, in: db) {
                state.models[model.name] = found
            }
        }
        return state
    }

    private static func modelState(
        _ model: Model, schema: Schema, zones: [Int: Zone], in db: Database
    ) throws -> ModelState? {
        guard
            let id = try Int.fetchOne(
                db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model.name])
        else { return nil }
        var columnIDs: [Int] = []
        for column in model.columns {
            // A reader may come before the writer that enters a new column: it is all missing.
            columnIDs.append(
                try Int.fetchOne(
                    db, sql: "SELECT id FROM model_column WHERE model = ? AND name = ?",
                    arguments: [id, column.name]) ?? -1000)
        }
        let isReferenced = schema.models.values.contains { other in
            other.columns.contains { $0.type == .reference(model: model.name) }
        }
        let layout = ModelLayout(
            id: id, model: model, columnIDs: columnIDs, isReferenced: isReferenced)
        var state = ModelState(layout: layout)
        for row in try Row.fetchAll(
            db,
            sql: "SELECT id, row_count, runs, begin_commit FROM segment "
                + "WHERE model = ? AND state = 1 ORDER BY id", arguments: [id])
        {
            state.segments.append(try segmentState(row, in: db))
        }
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT sequence, company, origin, key, reference, begin_commit, end_commit, "
                + "cells FROM delta WHERE model = ? ORDER BY sequence", arguments: [id])
        while let row = try rows.next() {
            guard let key = RowKey(bytes: [UInt8](row[3] as Data)),
                let cells = DeltaRow.decodeCells([UInt8](row[7] as Data), layout)
            else {
                throw Advice(
                    .damaged, "a recent row of model ‘\(model.name)’ is damaged",
                    remedy: "restore the latest backup, or delete the store and run ingest again")
            }
            let company: Int = row[1]
            state.append(
                DeltaRow(
                    sequence: row[0], company: company, origin: row[2], key: key,
                    reference: row[4], begin: UInt64(row[5] as Int64),
                    end: UInt64(row[6] as Int64), cells: cells),
                zone: zones[company])
        }
        return state
    }

    private static func segmentState(_ row: Row, in db: Database) throws -> SegmentState {
        let id: Int64 = row[0]
        var summaries: [ChunkColumn: ChunkSummary] = [:]
        for chunk in try Row.fetchAll(
            db,
            sql: "SELECT column_id, part, least, greatest, missing FROM chunk WHERE segment = ?",
            arguments: [id])
        {
            guard let part = ChunkColumn.Part(rawValue: chunk[1]) else { continue }
            summaries[ChunkColumn(chunk[0], part)] = ChunkSummary(
                least: chunk[2], greatest: chunk[3], missing: chunk[4])
        }
        var state = SegmentState(
            segment: Segment(
                id: id, rows: row[1], runs: CompanyRun.decode([UInt8](row[2] as Data)),
                summaries: summaries, begin: (row[3] as Int64?).map(UInt64.init)))
        for ended in try Row.fetchAll(
            db,
            sql: "SELECT row_number, commit_number FROM ended WHERE segment = ? "
                + "ORDER BY row_number", arguments: [id])
        {
            state.ends.insert(row: ended[0], commit: UInt64(ended[1] as Int64))
        }
        return state
    }
}

extension CompanyRun {
    /// Runs as bytes: company and number of rows, four bytes each.
    static func encode(_ runs: [CompanyRun]) -> [UInt8] {
        var bytes: [UInt8] = []
        for run in runs {
            bytes.append(littleEndian: UInt32(run.company))
            bytes.append(littleEndian: UInt32(run.rows.count))
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [CompanyRun] {
        var runs: [CompanyRun] = []
        var start = 0
        for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
            let count = Int(bytes.littleEndian32(at: offset + 4))
            runs.append(
                CompanyRun(
                    company: Int(bytes.littleEndian32(at: offset)), rows: start..<(start + count)))
            start += count
        }
        return runs
    }
}
