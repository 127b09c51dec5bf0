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
                sql: "INSERT INTO model (name, time_column) VALUES (?, ?) "
                    + "ON CONFLICT DO NOTHING",
                arguments: [model.name, model.timeColumn])
            let id = try Int.fetchOne(
                db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model.name])
            try registerOrder(of: model, id: id ?? 0, in: db)
            let stored = try columns(ofModel: id ?? 0, in: db)
            for column in model.columns {
                guard let known = stored[column.name] else {
                    try db.cachedStatement(
                        sql: "INSERT INTO model_column (model, name, type) VALUES (?, ?, ?)"
                    ).execute(arguments: [id, column.name, column.type.stored])
                    continue
                }
                guard known.type == column.type.stored else {
                    throw Advice(
                        .definition,
                        "column ‘\(column.name)’ of model ‘\(model.name)’ was stored as "
                            + "\(known.type) and is now declared \(column.type.stored)",
                        remedy: "give the column a new name, or delete the store and run ingest "
                            + "again")
                }
                // Where history was given up for a while there is a gap: it begins anew.
                if !column.hasHistory {
                    try db.cachedStatement(sql: "DELETE FROM history WHERE column_id = ?")
                        .execute(arguments: [known.id])
                }
            }
        }
    }

    /// The columns that a model has had so far, by name.
    private static func columns(
        ofModel model: Int, in db: Database
    ) throws -> [String: (id: Int, type: String)] {
        var columns: [String: (id: Int, type: String)] = [:]
        let statement = try db.cachedStatement(
            sql: "SELECT name, id, type FROM model_column WHERE model = ?")
        for row in try Row.fetchAll(statement, arguments: [model]) {
            columns[row[0]] = (row[1], row[2])
        }
        return columns
    }

    /// Notes the column that a model's segments are sorted by.
    ///
    /// - Throws: `Advice` when it is another than that of rows which are already there.
    private static func registerOrder(of model: Model, id: Int, in db: Database) throws {
        let stored = try String.fetchOne(
            db, sql: "SELECT time_column FROM model WHERE id = ?", arguments: [id])
        guard stored != model.timeColumn else { return }
        // Rows of the delta are in no order yet.
        let isSorted = try Int.fetchOne(
            db, sql: "SELECT 1 FROM segment WHERE model = ? LIMIT 1", arguments: [id])
        guard isSorted == nil else {
            let was = stored.map { "by ‘\($0)’" } ?? "without a time column"
            let now = model.timeColumn.map { "‘time: \($0)’" } ?? "no ‘time’"
            throw Advice(
                .definition,
                "rows of model ‘\(model.name)’ were stored \(was), and it now declares \(now)",
                remedy: "declare the old time column, or delete the store and run ingest again")
        }
        try db.execute(
            sql: "UPDATE model SET time_column = ? WHERE id = ?",
            arguments: [model.timeColumn, id])
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

    /// The newest commit that is not after an instant, found by bisection: times never go back.
    static func commit(notAfter instant: Instant, in db: Database) throws -> Commit? {
        func commit(upTo number: Int64) throws -> Commit? {
            try Row.fetchOne(
                try db.cachedStatement(
                    sql: "SELECT number, time FROM commit_log WHERE number <= ? "
                        + "ORDER BY number DESC LIMIT 1"), arguments: [number]
            ).map { Commit(number: UInt64($0[0] as Int64), time: Instant(microseconds: $0[1])) }
        }
        var (low, high) = (
            try Int64.fetchOne(db, sql: "SELECT min(number) FROM commit_log") ?? 0,
            try Int64.fetchOne(db, sql: "SELECT max(number) FROM commit_log") ?? -1
        )
        var found: Commit?
        while low <= high {
            let middle = low + (high - low) / 2
            guard let commit = try commit(upTo: middle) else { return found }
            if commit.time <= instant {
                found = commit
                low = middle + 1
            } else {
                high = Int64(commit.number) - 1
            }
        }
        return found
    }

    /// A property that is a number; 0 when it was never set.
    static func number(_ property: String, in db: Database) throws -> Int64 {
        try String.fetchOne(
            db, sql: "SELECT value FROM property WHERE name = ?", arguments: [property]
        ).flatMap(Int64.init) ?? 0
    }

    static func set(_ property: String, _ value: String, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO property (name, value) VALUES (?, ?) "
                + "ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [property, value])
    }

    /// The commits that are kept though they are older than the oldest.
    private static func pins(in db: Database) throws -> [UInt64] {
        let text = try String.fetchOne(db, sql: "SELECT value FROM property WHERE name = 'pins'")
        return text?.split(separator: " ").compactMap { UInt64($0) } ?? []
    }

    private static func erasedRows(in db: Database) throws -> ErasedRows {
        guard
            let text = try String.fetchOne(
                db, sql: "SELECT value FROM property WHERE name = 'erasure_key'"),
            let key = Data(base64Encoded: text), key.count == 16
        else { return ErasedRows() }
        var erased = ErasedRows(key: [UInt8](key))
        for hash in try Data.fetchAll(db, sql: "SELECT hash FROM erased") {
            let bytes = [UInt8](hash)
            guard bytes.count == 16 else { continue }
            erased.insert(
                UInt128(bytes.littleEndian64(at: 8)) << 64 | UInt128(bytes.littleEndian64(at: 0)))
        }
        return erased
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
        let damagedWords = try readWords(&state, in: db)
        for row in try Row.fetchAll(db, sql: "SELECT model, company, commit_number FROM touch") {
            state.touches[Touch(model: row[0], company: row[1])] = UInt64(row[2] as Int64)
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT models, commit_number FROM erasure ORDER BY commit_number")
        {
            for model in (row[0] as String).split(separator: " ") {
                state.erasures[String(model)] = UInt64(row[1] as Int64)
            }
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT model, max(commit_number) FROM repair GROUP BY model")
        {
            let last = state.erasures[row[0]] ?? 0
            state.erasures[row[0]] = max(last, UInt64(row[1] as Int64))
        }
        for row in try Row.fetchAll(db, sql: "SELECT model, company, next FROM reference_count") {
            state.referenceCounts[Touch(model: row[0], company: row[1])] = row[2]
        }
        for row in try Row.fetchAll(db, sql: "SELECT model, origin FROM feed") {
            state.feeds[row[0], default: []].insert(row[1])
        }
        for row in try Row.fetchAll(db, sql: "SELECT source, text, source_time FROM position") {
            state.positions[row[0]] = SourcePosition(
                text: row[1],
                sourceTime: (row[2] as Int64?).map { Instant(microseconds: $0) })
        }
        state.quarantined = try quarantineCounts(in: db)
        state.quarantineCommit = state.commit.number
        state.oldest = UInt64(try number("oldest_commit", in: db))
        state.pins = try pins(in: db)
        state.erased = try erasedRows(in: db)
        for model in schema.models.values {
            guard var found = try modelState(model, schema: schema, in: db) else { continue }
            try replayDelta(onto: &found, &state, in: db)
            if !damagedWords.isDisjoint(with: found.layout.columnIDs) { found.isUnsettled = true }
            state.models[model.name] = found
        }
        return state
    }

    /// Reads the words of all columns; returns the columns of which some are damaged.
    ///
    /// In the place of a damaged word stands one that no source has.
    private static func readWords(
        _ state: inout StoreState, in db: Database
    ) throws -> Set<Int> {
        var words: [Int: [Int64: String]] = [:]
        var counts: [Int: Int64] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT column_id, code, text, checksum FROM dictionary")
        while let row = try rows.next() {
            let (column, code, text): (Int, Int64, String) = (row[0], row[1], row[2])
            counts[column, default: 0] += 1
            if Int64(checksum(ofWord: text, code: code, column: column)) == row[3] as Int64 {
                words[column, default: [:]][code] = text
            }
        }
        var damaged: Set<Int> = []
        for (column, count) in counts {
            var dictionary = TextDictionary()
            for code in 0..<count {
                if words[column]?[code] == nil { damaged.insert(column) }
                _ = dictionary.append(words[column]?[code] ?? "\u{FFFD} \(column)/\(code)")
            }
            state.dictionaries[column] = dictionary
        }
        return damaged
    }

    /// The checksum of a word: CRC-32C of its column, its code (8 bytes each) and its UTF-8.
    static func checksum(ofWord text: String, code: Int64, column: Int) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Int64(column))
        bytes.append(littleEndian: code)
        return Checksum.crc32c(bytes + Array(text.utf8))
    }

    /// The checksum of a segment's entry: CRC-32C of its id, its model, its number of rows, the commit
    /// that began them (0 where each row tells its own), 8 bytes each, and its runs.
    static func checksum(
        ofSegment id: Int64, model: Int, rows: Int, runs: [UInt8], begin: UInt64?
    ) -> UInt32 {
        var bytes: [UInt8] = []
        for number in [id, Int64(model), Int64(rows)] { bytes.append(littleEndian: number) }
        bytes.append(littleEndian: begin ?? 0)
        return Checksum.crc32c(bytes + runs)
    }

    /// Applies what commits did to a model since it was last sealed.
    private static func replayDelta(
        onto model: inout ModelState, _ state: inout StoreState, in db: Database
    ) throws {
        let id = model.layout.id
        let entries = try Row.fetchCursor(
            db, sql: "SELECT commit_number, data FROM delta WHERE model = ? ORDER BY id",
            arguments: [id])
        while let entry = try entries.next() {
            let commit = UInt64(entry[0] as Int64)
            let isWhole = DeltaEntry.replay(
                [UInt8](entry[1] as Data), commit: commit, onto: &model,
                touching: { company in
                    let touch = Touch(model: id, company: company)
                    state.touches[touch] = max(state.touches[touch] ?? 0, commit)
                }, zones: state.zones)
            // Later entries name rows by their position, which is no longer known.
            if !isWhole {
                model.isUnsettled = true
                return
            }
        }
    }

    /// Counts the recent changes of a model, and those that are damaged in the file; and names the
    /// segments whose lists of ended rows are.
    static func checkRecent(
        of model: ModelState, in db: Database
    ) throws -> (entries: Int, damaged: Int, segments: Set<Int64>) {
        var (count, damaged): (Int, Int) = (0, 0)
        let entries = try Row.fetchCursor(
            db, sql: "SELECT commit_number, data FROM delta WHERE model = ?",
            arguments: [model.layout.id])
        while let entry = try entries.next() {
            count += 1
            let isWhole = DeltaEntry.isWhole(
                [UInt8](entry[1] as Data), model: model.layout.id,
                commit: UInt64(entry[0] as Int64))
            if !isWhole { damaged += 1 }
        }
        var segments: Set<Int64> = []
        for segment in model.segments.map(\.segment) {
            let data = try Data.fetchOne(
                db, sql: "SELECT data FROM ended WHERE segment = ?", arguments: [segment.id])
            if let data, EndList(encoded: [UInt8](data), of: segment.id, rows: segment.rows) == nil
            {
                segments.insert(segment.id)
            }
        }
        return (count, damaged, segments)
    }

    /// Enters what is known of damage into the state of a model.
    private static func readDamage(_ state: inout ModelState, in db: Database) throws {
        for row in try Row.fetchAll(
            db,
            sql: "SELECT damage.segment, column_id, part FROM damage "
                + "JOIN segment ON segment.id = damage.segment "
                + "WHERE segment.model = ? AND segment.state = 1", arguments: [state.layout.id])
        {
            guard let part = ChunkColumn.Part(rawValue: row[2]) else { continue }
            state.damaged[row[0], default: []].insert(ChunkColumn(row[1], part))
        }
        for found in try segments(ofModel: state.layout.id, in: .lost, db) {
            let commit = try Int64.fetchOne(
                db, sql: "SELECT lost_at FROM segment WHERE id = ?", arguments: [found.segment.id])
            state.lost.append(LostSegment(state: found, commit: UInt64(commit ?? 0)))
        }
        state.awaited = try Set(
            Int.fetchAll(
                db, sql: "SELECT origin FROM awaited WHERE model = ?",
                arguments: [state.layout.id]))
        state.isUnsettled = (state.segments + state.lost.map(\.state)).contains(
            where: \.isUnreadable)
    }

    private static func modelState(
        _ model: Model, schema: Schema, in db: Database
    ) throws -> ModelState? {
        guard
            let id = try Int.fetchOne(
                db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model.name])
        else { return nil }
        // A reader may come before the writer that enters a new column: it is all missing.
        let stored = try columns(ofModel: id, in: db)
        let columnIDs = model.columns.map { stored[$0.name]?.id ?? -1000 }
        let isReferenced = schema.models.values.contains { other in
            other.columns.contains { $0.type == .reference(model: model.name) }
        }
        let layout = ModelLayout(
            id: id, model: model, columnIDs: columnIDs, isReferenced: isReferenced)
        var state = ModelState(layout: layout)
        for row in try Row.fetchAll(
            db,
            sql:
                "SELECT id, row_count, runs, begin_commit, run, level, model, checksum FROM segment "
                + "WHERE model = ? AND state = 1 ORDER BY id", arguments: [id])
        {
            state.segments.append(try segmentState(row, in: db))
        }
        try readDamage(&state, in: db)
        return state
    }

    /// The segments that a compaction has written so far, or whichever are in some phase.
    static func segments(
        ofModel model: Int, in phase: SegmentPhase, _ db: Database
    ) throws -> [SegmentState] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT id, row_count, runs, begin_commit, run, level, model, checksum FROM segment "
                + "WHERE model = ? AND state = ? ORDER BY id", arguments: [model, phase.rawValue]
        ).map { try segmentState($0, in: db) }
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
        let runs = [UInt8](row[2] as Data)
        let begin = (row[3] as Int64?).map { UInt64(bitPattern: $0) }
        guard
            checksum(ofSegment: id, model: row[6], rows: row[1], runs: runs, begin: begin)
                == row[7] as Int64
        else {
            // Nothing is known of its rows.
            var state = SegmentState(
                segment: Segment(
                    id: id, rows: 0, runs: [], summaries: [:], begin: nil, run: row[4],
                    level: row[5]))
            state.isUnreadable = true
            return state
        }
        var state = SegmentState(
            segment: Segment(
                id: id, rows: row[1], runs: CompanyRun.decode(runs), summaries: summaries,
                begin: begin, run: row[4], level: row[5]))
        if let data = try Data.fetchOne(
            db, sql: "SELECT data FROM ended WHERE segment = ?", arguments: [id])
        {
            let ends = EndList(encoded: [UInt8](data), of: id, rows: state.segment.rows)
            state.isUnreadable = ends == nil
            state.ends = ends ?? EndList()
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
