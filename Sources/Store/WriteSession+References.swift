import Foundation
import GRDB
import Vocabulary

extension WriteSession {
    /// The dense index of a row of a model, taking a new one at its first mention.
    ///
    /// With `isArriving` the row itself is being written, rather than mentioned.
    func reference(
        model name: String, company: Int, origin: Int, key: RowKey, isArriving: Bool
    ) throws -> Int64 {
        try reference(
            editor(of: name), company: company, origin: origin, key: key, isArriving: isArriving)
    }

    /// The dense index of a row of a model, as `reference` above.
    func reference(
        _ model: ModelEditor, company: Int, origin: Int, key: RowKey, isArriving: Bool
    ) throws -> Int64 {
        // A mention of a row that was erased would bring its key back.
        if !state.erased.isEmpty,
            isErased(key, model: model.layout.model.name, origin: origin)
        {
            return NumberVector.missing
        }
        let source = ReferenceMemory.Source(model: model.layout.id, origin: origin)
        let table = writer.references.table(source, company: company)
        if let known = table[key] {
            if isArriving, known.isPending, !known.isUnsaved {
                try deletePending(source, company: company, key: key)
            } else if !isArriving, known.isUnsaved {
                // The load that gave out the index may never be finished.
                try insertPending(source, company: company, key: key, dense: known.dense)
            }
            if isArriving && known.isPending || known.isUnsaved {
                table[key] = ReferenceTable.Entry(
                    dense: known.dense, isPending: known.isPending && !isArriving,
                    isUnsaved: false)
            }
            return known.dense
        }
        let name = model.layout.model.name
        if !writer.references.isComplete(source) {
            let misses = writer.references.countMiss(source)
            if misses == 1 + model.sealedRows / StoreLimits.lookUpShare {
                try complete(name, origin: origin, limit: StoreLimits.commitReferenceBytes)
                if writer.references.isComplete(source) {
                    return try reference(
                        model, company: company, origin: origin, key: key, isArriving: isArriving)
                }
            }
        }
        let identity = StoreWriter.Identity(origin: origin, key: key)
        var isPending = false
        let dense: Int64
        if writer.references.isComplete(source) {
            dense = try nextReference(model: source.model, company: company)
            isPending = !isArriving
            if isPending { try insertPending(source, company: company, key: key, dense: dense) }
        } else if let known = try model.reference(of: identity, company: company) {
            dense = known
        } else if let pending = try Int64.fetchOne(
            try db.cachedStatement(
                sql: "SELECT dense FROM pending_reference "
                    + "WHERE model = ? AND company = ? AND origin = ? AND key = ?"),
            arguments: [source.model, company, origin, Data(key.bytes)])
        {
            dense = pending
            isPending = !isArriving
            if isArriving { try deletePending(source, company: company, key: key) }
        } else if let known = try writer.loadingReference(
            identity, model: name, company: company)
        {
            dense = known
        } else {
            dense = try nextReference(model: source.model, company: company)
            isPending = !isArriving
            if isPending { try insertPending(source, company: company, key: key, dense: dense) }
        }
        try boundReferences()
        writer.references.table(source, company: company)[key] = ReferenceTable.Entry(
            dense: dense, isPending: isPending, isUnsaved: false)
        return dense
    }

    // MARK: Loads

    /// The dense indices of the rows of a load, whose origin had no rows before.
    func arrivingReferences(
        model name: String, _ loaded: LoadRows, keys: KeyColumn
    ) throws -> [Int64] {
        try loadReferences(
            model: name, loaded, isArriving: true,
            integers: keys.kind == .integers ? keys.integers : nil
        ) { keys[$0] }
    }

    /// The dense indices of rows that the rows of a load mention.
    func mentionedReferences(
        model name: String, _ loaded: LoadRows, mentions: LoadMentions
    ) throws -> [Int64] {
        var integers: [Int64]?
        if case .integers(let numbers) = mentions { integers = numbers }
        return try loadReferences(model: name, loaded, isArriving: false, integers: integers) {
            mentions[$0]
        }
    }

    private func loadReferences(
        model name: String, _ loaded: LoadRows, isArriving: Bool, integers: [Int64]?,
        key: (Int) -> RowKey?
    ) throws -> [Int64] {
        let model = model(name).layout.id
        // What was erased is looked for key by key.
        let integers = state.erased.isEmpty && loaded.origins.isEmpty ? integers : nil
        var dense = [Int64](repeating: NumberVector.missing, count: loaded.count)
        var counts = ReferenceCounts(model: model)
        for origin in loaded.distinctOrigins {
            try complete(name, origin: origin)
            let source = ReferenceMemory.Source(model: model, origin: origin)
            let isComplete = writer.references.isComplete(source)
            if isComplete { writer.references.setUnsaved() } else { try counts.write(self) }
            for run in loaded.runs {
                guard isComplete else {
                    for row in run.rows
                    where loaded.origins.isEmpty || loaded.origins[row] == Int64(origin) {
                        guard let key = key(row) else { continue }
                        dense[row] = try reference(
                            model: name, company: run.company, origin: origin, key: key,
                            isArriving: isArriving)
                    }
                    continue
                }
                let table = writer.references.table(source, company: run.company)
                let rows: [Int]
                if let integers {
                    if isArriving {
                        var next = try counts.peek(of: run.company, db)
                        rows = table.arrive(integers, run.rows, next: &next, into: &dense)
                        counts.set(next, of: run.company)
                    } else {
                        rows = table.lookUp(integers, run.rows, into: &dense)
                    }
                } else {
                    rows = run.rows.filter {
                        loaded.origins.isEmpty || loaded.origins[$0] == Int64(origin)
                    }
                }
                for row in rows {
                    guard let key = key(row),
                        isArriving || !isErased(key, model: name, origin: origin)
                    else { continue }
                    let known = table[key]
                    dense[row] = try known?.dense ?? counts.next(of: run.company, db)
                    if isArriving {
                        // What the file tells of a row that was mentioned before stays: the load
                        // may never be finished, and then only the file knows its index.
                        if let known, !known.isPending { continue }
                    } else if known != nil {
                        continue
                    }
                    table[key] = ReferenceTable.Entry(
                        dense: dense[row], isPending: !isArriving, isUnsaved: true)
                }
            }
        }
        try counts.write(self)
        return dense
    }

    /// Writes what unfinished loads keep in memory of rows that have not arrived.
    func saveReferences() throws {
        try writer.references.saveAll { source, company, key, entry in
            guard entry.isPending else { return }
            try insertPending(source, company: company, key: key, dense: entry.dense)
        }
    }

    /// Forgets what a load that was not finished had looked up: its rows do not exist.
    func forgetLoad(of source: String) throws {
        writer.loading[source] = nil
        // Rows of other loads have their indices already.
        if !writer.loading.isEmpty { try saveReferences() } else { writer.references.drop() }
        writer.references.forget()
    }

    /// Keeps the memory within its limit.
    private func boundReferences() throws {
        guard writer.references.isOver(writer.referenceLimit) else { return }
        try saveReferences()
        writer.references.forget()
    }

    /// Reads all there is of an origin's rows of a model into memory, unless it is too much.
    private func complete(
        _ name: String, origin: Int, limit: Int = StoreLimits.referenceMemory
    ) throws {
        let model = model(name)
        let source = ReferenceMemory.Source(model: model.layout.id, origin: origin)
        try boundReferences()
        if writer.references.isComplete(source) { return }
        let loading = writer.loading.values.flatMap { $0[name] ?? [] }
        let segments = (model.segments.map(\.segment) + loading).filter { segment in
            segment.summaries[.origin].map {
                ($0.least...$0.greatest).contains(Int64(origin))
            } ?? true
        }
        let bytes = segments.reduce(model.deltaRows * StoreLimits.referenceBytes) {
            // Without an index the keys are integers, which mostly lie close together.
            $0 + $1.rows * ($1.summaries[.index] == nil ? 8 : StoreLimits.referenceBytes)
        }
        guard bytes <= limit else { return }
        // With a segment that cannot tell them, indices are looked up one by one.
        let isReadable = segments.allSatisfy { segment in
            model.damaged[segment.id]?.isDisjoint(with: [.origin, .key, .reference]) ?? true
        }
        guard isReadable else { return }
        func enter(_ key: RowKey, company: Int, _ dense: Int64, isPending: Bool) {
            let table = writer.references.table(source, company: company)
            if dense == NumberVector.missing || table[key] != nil { return }
            table[key] = ReferenceTable.Entry(
                dense: dense, isPending: isPending, isUnsaved: false)
        }
        let pending = try Row.fetchCursor(
            db,
            sql: "SELECT company, key, dense FROM pending_reference WHERE model = ? "
                + "AND origin = ?", arguments: [source.model, origin])
        while let row = try pending.next() {
            guard let key = RowKey(bytes: [UInt8](row[1] as Data)) else { continue }
            enter(key, company: row[0], row[2], isPending: true)
        }
        for segment in segments {
            let origins = try writer.chunks.numbers(segment, .origin)
            let keys = try writer.chunks.keys(segment)
            let references = try writer.chunks.numbers(segment, .reference)
            let integers = origins.isConstant(Int64(origin)) ? keys.integers?.all : nil
            let indices = integers == nil ? [] : references.all
            for run in segment.runs {
                var rows = Array(run.rows)
                if let integers {
                    rows = writer.references.table(source, company: run.company)
                        .enter(integers, indices, run.rows)
                }
                for row in rows where origins[row] == Int64(origin) {
                    enter(keys[row], company: run.company, references[row], isPending: false)
                }
            }
        }
        for block in model.delta {
            for row in 0..<block.count where block.origins[row] == Int64(origin) {
                enter(
                    block.keys[row], company: Int(block.companies[row]), block.references[row],
                    isPending: false)
            }
        }
        writer.references.setComplete(source)
    }

    // MARK: The file

    private func insertPending(
        _ source: ReferenceMemory.Source, company: Int, key: RowKey, dense: Int64
    ) throws {
        try db.cachedStatement(
            sql: "INSERT INTO pending_reference (model, company, origin, key, dense) "
                + "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(
            arguments: [source.model, company, source.origin, Data(key.bytes), dense])
    }

    private func deletePending(
        _ source: ReferenceMemory.Source, company: Int, key: RowKey
    ) throws {
        try db.cachedStatement(
            sql: "DELETE FROM pending_reference "
                + "WHERE model = ? AND company = ? AND origin = ? AND key = ?"
        ).execute(arguments: [source.model, company, source.origin, Data(key.bytes)])
    }

    /// Takes the next dense index of a company's rows of a model.
    func nextReference(model: Int, company: Int) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO reference_count (model, company, next) VALUES (?, ?, 1) "
                + "ON CONFLICT DO UPDATE SET next = next + 1 RETURNING next - 1")
        guard let dense = try Int64.fetchOne(statement, arguments: [model, company]) else {
            preconditionFailure("RETURNING gives a row")
        }
        state.referenceCounts[Touch(model: model, company: company)] = dense + 1
        return dense
    }

    /// Keeps the dense index of a row of which every version may go, so that a row which refers to
    /// it finds it when it comes back.
    func keepReference(model: Int, company: Int, origin: Int, key: RowKey, dense: Int64) throws {
        if dense == NumberVector.missing { return }
        try insertPending(
            ReferenceMemory.Source(model: model, origin: origin), company: company, key: key,
            dense: dense)
    }

    private func isErased(_ key: RowKey, model: String, origin: Int) -> Bool {
        !state.erased.isEmpty
            && state.erased.contains(model: model, origin: originName(origin), key: key)
    }
}

/// How many dense indices of a model are taken, counted on in memory and written back at once.
private struct ReferenceCounts {
    let model: Int
    private var counts: [Int64] = []

    init(model: Int) { self.model = model }

    /// Takes the next free index of a company.
    mutating func next(of company: Int, _ db: Database) throws -> Int64 {
        let next = try peek(of: company, db)
        counts[company] = next + 1
        return next
    }

    mutating func set(_ next: Int64, of company: Int) { counts[company] = next }

    /// The next free index of a company.
    mutating func peek(of company: Int, _ db: Database) throws -> Int64 {
        while counts.count <= company { counts.append(-1) }
        if counts[company] < 0 {
            counts[company] =
                try Int64.fetchOne(
                    db, sql: "SELECT next FROM reference_count WHERE model = ? AND company = ?",
                    arguments: [model, company]) ?? 0
        }
        return counts[company]
    }

    mutating func write(_ session: WriteSession) throws {
        for (company, next) in counts.enumerated() where next >= 0 {
            try session.db.execute(
                sql: "INSERT INTO reference_count (model, company, next) VALUES (?, ?, ?) "
                    + "ON CONFLICT DO UPDATE SET next = excluded.next",
                arguments: [model, company, next])
            session.state.referenceCounts[Touch(model: model, company: company)] = next
        }
        counts = []
    }
}
