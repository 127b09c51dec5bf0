import Foundation
import GRDB
import Vocabulary

/// Which row is meant, whatever its state: its model, origin and key.
public struct RowIdentity: Sendable, Hashable {
    /// The model.
    public let model: String
    /// The source, or the identity that several feeds share.
    public let origin: String
    /// The key within the origin.
    public let key: RowKey

    /// Names a row.
    public init(model: String, origin: String, key: RowKey) {
        self.model = model
        self.origin = origin
        self.key = key
    }
}

/// What an erasure did.
public struct Erasure: Sendable, Hashable {
    /// The commit that made the newest state without the rows.
    public let commit: Commit
    /// How many rows were named.
    public let rows: Int
    /// How many versions of them, and of their history, were removed.
    public let versions: Int
    /// Whether the file and its log hold no byte of them any more; else maintenance sees to it.
    public let isClean: Bool
}

extension Store {
    /// Removes every version of a row, for good.
    ///
    /// See `erase(_:)`.
    @discardableResult
    public func erase(model: String, origin: String, key: RowKey) throws -> Erasure {
        try erase([RowIdentity(model: model, origin: origin, key: key)])
    }

    /// Removes every version of some rows, for good: the one operation that rewrites history.
    ///
    /// They leave the newest state and all older ones, their history, quarantine entries of the
    /// same source and key, and the file's free room and log. Snapshots that still need a segment
    /// they were in fail with advice of kind `busy`, and first loads in progress have to begin
    /// again. A keyed hash of each identity stays: the row is ignored when its source offers it
    /// again, and a row that refers to it refers to nothing. Words of category columns stay, because
    /// other rows share them.
    ///
    /// The rows are gone in one transaction; a process that is killed after it cleans the file when
    /// it maintains the store next.
    ///
    /// - Throws: `Advice` of kind `unknown` for a model that does not exist.
    public func erase(_ rows: [RowIdentity]) throws -> Erasure {
        for row in rows where try schema.model(row.model).historyOf != nil {
            throw Advice(
                .request, "‘\(row.model)’ holds the history of another model",
                remedy: "erase the row itself; its history goes with it")
        }
        guard let upkeep else { throw Self.readingOnly }
        var versions = 0
        let commit = try upkeep.perform {
            try setSecureDelete("ON")
            defer { try? setSecureDelete("FAST") }
            var removed: Set<Int64> = []
            let commit = try write { session in
                let commit = try session.beginCommit()
                var eraser = Eraser(session: session, rows: rows)
                try eraser.run(at: commit)
                (removed, versions) = (eraser.removedSegments, eraser.versions)
                Failpoint.hit("store-erase")
            }
            chunks.noteErasure(of: schema.erasedModels(rows), at: commit.number)
            chunks.forget(removed)
            upkeep.chunks.forget(removed)
            return commit
        }
        Failpoint.hit("store-erased")
        while try cleanErasures() {}
        let isClean = try !health().isCleaning
        return Erasure(commit: commit, rows: rows.count, versions: versions, isClean: isClean)
    }

    /// Whether a row was erased, so that what its source says of it is to be ignored.
    public func isErased(model: String, origin: String, key: RowKey) -> Bool {
        newestState.erased.contains(model: model, origin: origin, key: key)
    }

    private func setSecureDelete(_ mode: String) throws {
        try writerAccess { writer in
            try StoreFile.advising {
                try writer.queue.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA secure_delete = \(mode)")
                }
            }
        }
    }

    /// One step of cleaning the file of what was erased: free pages are given back, then the log is
    /// emptied.
    ///
    /// - Returns: Whether another step may be needed; false also when a reader is in the way.
    func cleanErasures() throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            let isUnclean = try StoreFile.advising {
                try upkeep.queue.read {
                    try Int.fetchOne($0, sql: "SELECT 1 FROM erasure WHERE is_clean = 0") != nil
                }
            }
            guard isUnclean else { return false }
            if try pages(upkeep.queue).free > 0 {
                _ = try vacuumStep()
                return true
            }
            guard try checkpoint("TRUNCATE") else { return false }
            try write { session in
                try session.db.execute(sql: "UPDATE erasure SET is_clean = 1")
            }
            return true
        }
    }
}

extension WriteSession {
    /// Whether a row was erased; then the attempt to write it is counted.
    func refuses(model: String, origin: String, key: RowKey) throws -> Bool {
        guard state.erased.contains(model: model, origin: origin, key: key) else { return false }
        let hash = state.erased.hash(model: model, origin: origin, key: key)
        try db.cachedStatement(sql: "UPDATE erased SET refused = refused + 1 WHERE hash = ?")
            .execute(arguments: [Data(hash.littleEndianBytes)])
        return true
    }
}

/// Removes rows within one transaction.
private struct Eraser {
    private struct Subject: Hashable {
        let company: Int
        let reference: Int64
    }

    let session: WriteSession
    let rows: [RowIdentity]
    private(set) var removedSegments: Set<Int64> = []
    private(set) var versions = 0

    init(session: WriteSession, rows: [RowIdentity]) {
        self.session = session
        self.rows = rows
    }

    mutating func run(at commit: Commit) throws {
        try discardWorkInProgress()
        for (model, named) in Dictionary(grouping: rows, by: \.model).sorted(by: {
            $0.key < $1.key
        }) {
            var identities: Set<StoreWriter.Identity> = []
            for row in named {
                identities.insert(
                    StoreWriter.Identity(origin: try session.origin(row.origin), key: row.key))
            }
            let subjects = try erase(identities, from: model)
            if let history = session.model(model).layout.model.historyName {
                try erase(historyOf: subjects, from: history)
            }
        }
        try enter(commit)
    }

    /// Unfinished loads and merges may hold the rows, and so may segments kept for old readers.
    private mutating func discardWorkInProgress() throws {
        try StoreCatalog.discardUnfinishedLoads(in: session.db)
        session.writer.loads = []
        session.writer.loading = [:]
        session.writer.references.forget(isLoss: session.writer.references.hasUnsaved)
        try session.abandonCompaction()
        let retired = try Int64.fetchAll(
            session.db, sql: "SELECT id FROM segment WHERE state = ?",
            arguments: [SegmentPhase.retired.rawValue])
        removedSegments.formUnion(retired)
        try session.remove(segments: retired)
        // What is left of damaged segments may hold them, too; states that need it are given up.
        for (name, model) in session.state.models where !model.lost.isEmpty {
            let lost = model.lost.map(\.state.segment.id)
            removedSegments.formUnion(lost)
            try session.remove(segments: lost)
            try session.forget(upTo: model.lost.map(\.commit).max() ?? 0)
            session.state.models[name]?.lost = []
        }
    }

    /// Removes rows of a model; returns what history knows them by.
    private mutating func erase(
        _ identities: Set<StoreWriter.Identity>, from name: String
    ) throws -> Set<Subject> {
        let model = session.model(name)
        let chunks = session.writer.chunks
        var subjects: Set<Subject> = []
        for state in model.segments {
            let segment = state.segment
            var found: Set<Int> = []
            for identity in identities {
                let hash = identity.key.stableHash(origin: identity.origin)
                found.formUnion(
                    try session.writer.rows(of: identity, hash: hash, in: segment))
            }
            for row in found {
                let company = segment.runs.first { $0.rows.contains(row) }?.company ?? -1
                subjects.insert(
                    Subject(
                        company: company,
                        reference: try chunks.numbers(segment, .reference)[row]))
            }
            try rewrite(state, of: name, without: found)
        }
        try eraseDelta(of: name) { block, row in
            let identity = StoreWriter.Identity(
                origin: Int(block.origins[row]), key: block.keys[row])
            guard identities.contains(identity) else { return false }
            subjects.insert(
                Subject(company: Int(block.companies[row]), reference: block.references[row]))
            return true
        }
        for subject in subjects {
            try session.touch(model: model.layout.id, company: subject.company)
        }
        for identity in identities {
            // Where no version is left, or none in some company, its index was kept here.
            for row in try Row.fetchAll(
                session.db,
                sql: "SELECT company, dense FROM pending_reference "
                    + "WHERE model = ? AND origin = ? AND key = ?",
                arguments: [model.layout.id, identity.origin, Data(identity.key.bytes)])
            {
                subjects.insert(Subject(company: row[0], reference: row[1]))
            }
            try session.db.execute(
                sql: "DELETE FROM pending_reference WHERE model = ? AND origin = ? AND key = ?",
                arguments: [model.layout.id, identity.origin, Data(identity.key.bytes)])
        }
        subjects = subjects.filter { $0.reference != NumberVector.missing }
        return subjects
    }

    private mutating func erase(historyOf subjects: Set<Subject>, from name: String) throws {
        guard !subjects.isEmpty, let model = session.state.models[name],
            let position = model.layout.model.index(of: "row")
        else { return }
        let column = ChunkColumn(model.layout.id(ofColumn: position))
        for state in model.segments {
            let segment = state.segment
            let numbers = try session.writer.chunks.numbers(segment, column)
            var found: Set<Int> = []
            for run in segment.runs {
                for row in run.rows
                where subjects.contains(Subject(company: run.company, reference: numbers[row])) {
                    found.insert(row)
                }
            }
            try rewrite(state, of: name, without: found)
        }
        try eraseDelta(of: name) { block, row in
            subjects.contains(
                Subject(
                    company: Int(block.companies[row]), reference: block.numbers[position][row]))
        }
        for subject in subjects {
            try session.touch(model: model.layout.id, company: subject.company)
        }
    }

    /// Replaces a segment by one without some rows, at once.
    private mutating func rewrite(
        _ state: SegmentState, of name: String, without rows: Set<Int>
    ) throws {
        if rows.isEmpty { return }
        versions += rows.count
        try session.rewrite(
            state, of: name, chunks: session.writer.chunks, without: rows, isRemoved: true)
        removedSegments.insert(state.segment.id)
    }

    /// Removes the rows of a delta that a condition names.
    private mutating func eraseDelta(
        of name: String, where condition: (DeltaBlock, Int) -> Bool
    ) throws {
        let model = session.model(name)
        var kept = ModelState(layout: model.layout)
        (kept.segments, kept.unsealedEnds) = (model.segments, model.unsealedEnds)
        (kept.damaged, kept.lost, kept.awaited) = (model.damaged, model.lost, model.awaited)
        var count = 0
        for block in model.delta {
            for row in 0..<block.count {
                if condition(block, row) {
                    count += 1
                } else {
                    let company = Int(block.companies[row])
                    kept.append(block.row(row), zone: session.state.zones[company])
                }
            }
        }
        if count == 0 { return }
        versions += count
        session.state.models[name] = kept
        try session.rewriteDelta(of: name)
    }

    /// Writes the log of the erasure and the hashes that keep the rows away.
    private func enter(_ commit: Commit) throws {
        let db = session.db
        if try String.fetchOne(db, sql: "SELECT value FROM property WHERE name = 'erasure_key'")
            == nil
        {
            var random = SystemRandomNumberGenerator()
            let key = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            try StoreCatalog.set("erasure_key", Data(key).base64EncodedString(), in: db)
            session.state.erased = ErasedRows(key: key)
        }
        let names = session.schema.erasedModels(rows).sorted()
        for name in names { session.state.erasures[name] = commit.number }
        let models = names.joined(separator: " ")
        try db.execute(
            sql: "INSERT INTO erasure (time, commit_number, models, row_count, versions, is_clean) "
                + "VALUES (?, ?, ?, ?, ?, 0)",
            arguments: [
                commit.time.microseconds, Int64(commit.number), models, rows.count, versions,
            ])
        let erasure = db.lastInsertedRowID
        var isAnyAside = false
        for row in rows {
            let hash = session.state.erased.hash(
                model: row.model, origin: row.origin, key: row.key)
            session.state.erased.insert(hash)
            try db.execute(
                sql: "INSERT INTO erased (hash, erasure, refused) VALUES (?, ?, 0) "
                    + "ON CONFLICT DO NOTHING",
                arguments: [Data(hash.littleEndianBytes), erasure])
            try db.execute(
                sql: "DELETE FROM quarantine WHERE source = ? AND key = ?",
                arguments: [row.origin, row.key.description])
            isAnyAside = isAnyAside || db.changesCount > 0
        }
        if isAnyAside {
            session.state.quarantined = try StoreCatalog.quarantineCounts(in: db)
        }
    }
}

extension Schema {
    /// The models that lose rows when some rows are erased: their own and those of their history.
    fileprivate func erasedModels(_ rows: [RowIdentity]) -> Set<String> {
        Set(
            rows.flatMap { row in
                [row.model] + (models[row.model]?.historyName.map { [$0] } ?? [])
            })
    }
}
