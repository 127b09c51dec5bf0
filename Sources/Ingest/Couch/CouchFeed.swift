import Store
import Vocabulary

/// What is known of a database when a session begins.
struct CouchDatabase: Sendable, Equatable {
    let name: String
    /// When it was made; empty or `0` where the server does not tell.
    let started: String
    /// The server's own identity.
    let server: String
    let purged: String
    /// The server's newest sequence.
    let newest: String

    /// Why a stored place is not one of this database; nil when it is.
    func mismatch(with place: CouchPosition.Place) -> String? {
        let tellsStart = !started.isEmpty && started != "0" && !place.started.isEmpty
        if tellsStart ? started != place.started : server != place.server {
            return "database ‘\(name)’ was made anew"
        }
        if CouchPosition.count(of: newest) < place.count {
            return "database ‘\(name)’ has gone back to an earlier state"
        }
        if purged != place.purged { return "documents of database ‘\(name)’ were purged" }
        return nil
    }

    /// A place at the beginning of this database.
    var beginning: CouchPosition.Place {
        var place = CouchPosition.Place()
        (place.started, place.server, place.purged) = (started, server, purged)
        return place
    }
}

/// The reading of one database: where it is, and what has arrived and is not yet written.
///
/// Used by one thread.
final class CouchFeed {
    /// What a database is read for.
    enum Purpose: Sendable, Equatable {
        /// Its first load, together with the others of its source.
        case load
        /// A reading from the beginning that commits differences.
        case resync
        /// New changes.
        case follow
    }

    let name: String
    var translator: CouchTranslator
    var purpose: Purpose
    var place: CouchPosition.Place
    /// Where a first load has to be followed from, if not from `place`: changes of rows already
    /// loaded came after it.
    var loadedFrom: String?
    /// What a reading from the beginning has met: rows of tables named by `_id`, and documents.
    var metKeys: [Int: Set<RowKey>] = [:]
    var metDocuments: Set<String> = []
    /// Whether rows of before were made without a ledger, so that all that were not met have to go.
    var adopts = false

    /// Changes that are not yet written.
    var changes: [CouchRowChange] = []
    /// About how many bytes of documents these come from.
    var changeBytes = 0
    /// The newest sequence among what has arrived.
    var arrived: String?
    private(set) var reader: CouchFeedReader
    /// How the answer ended; nil while it has not.
    private(set) var end: (sequence: String, pending: Int)?
    private(set) var answerRows = 0
    /// Rows taken since this reading began.
    var rows = 0
    private let longestRow: Int
    private var time: (server: Instant, here: ContinuousClock.Instant)?

    init(
        name: String, translator: CouchTranslator, purpose: Purpose, place: CouchPosition.Place,
        longestRow: Int
    ) {
        self.name = name
        self.translator = translator
        self.purpose = purpose
        self.place = place
        self.longestRow = longestRow
        reader = CouchFeedReader(longestRow: longestRow)
    }

    /// Begins an answer; what an earlier one left unwritten is dropped.
    func beginAnswer(time: Instant?) {
        reader = CouchFeedReader(longestRow: longestRow)
        self.time = time.map { ($0, .now) }
        (end, answerRows, arrived) = (nil, 0, nil)
    }

    /// The server's own time now, as far as it tells.
    var serverTime: Instant? {
        time.map { time in
            let passed = time.here.duration(to: .now).components
            return Instant(
                microseconds: time.server.microseconds + passed.seconds * 1_000_000
                    + passed.attoseconds / 1_000_000_000_000)
        }
    }

    /// Takes bytes of an answer and translates the rows that are complete with them.
    ///
    /// - Returns: How many rows they were.
    func take(_ chunk: some Collection<UInt8>) throws -> Int {
        reader.append(chunk)
        var count = 0
        let before = reader.waiting
        while let item = try reader.next() {
            switch item {
            case .end(let sequence, let pending): end = (sequence, pending)
            case .change(let change):
                guard end == nil else { throw CouchFailure.foreign("a row after the end") }
                if let sequence = change.sequence { arrived = sequence }
                take(change.document, isForced: purpose == .resync)
                count += 1
            }
        }
        changeBytes += max(0, before - reader.waiting)
        answerRows += count
        rows += count
        return count
    }

    func take(_ document: CouchDocument, isForced: Bool) {
        if purpose == .resync, !document.isDeleted { metDocuments.insert(document.id) }
        translator.take(document, isForced: isForced, into: &changes)
    }

    /// Adds what has not been written to a batch: of each row, the last that was made of it.
    func fill(_ batch: inout ChangeBatch, definition: SourceDefinition) {
        var last: [CouchLedger.Claim: Int] = [:]
        for (index, change) in changes.enumerated() {
            if let row = change.row { last[row] = index }
        }
        for (index, change) in changes.enumerated() {
            if let row = change.row, last[row] != index { continue }
            add(change, to: &batch, definition)
        }
        dropChanges()
    }

    func dropChanges() {
        changes.removeAll(keepingCapacity: true)
        changeBytes = 0
    }

    private func add(
        _ change: CouchRowChange, to batch: inout ChangeBatch, _ definition: SourceDefinition
    ) {
        let source = definition.name
        switch change {
        case .upsert(let table, let row):
            let mapping = definition.tables[table]
            if purpose == .resync, mapping.isNamedByDocument {
                metKeys[table, default: []].insert(row.key)
            }
            batch.upsert(
                model: mapping.model.name, origin: mapping.origin, company: row.company,
                key: row.key, cells: row.changedCells)
        case .delete(let table, let key):
            let mapping = definition.tables[table]
            metKeys[table]?.remove(key)
            batch.delete(model: mapping.model.name, origin: mapping.origin, key: key)
        case .aside(let row): batch.quarantine(row)
        case .release(let table, let document):
            batch.release(source: source, table: table, key: document)
        case .note(let document, let company, let entry):
            batch.upsert(
                model: CouchLedger.model, origin: source, company: company,
                key: CouchLedger.key(database: name, document: document),
                cells: CouchLedger.cells(
                    source: source, database: name, document: document, entry: entry))
        case .forget(let document):
            batch.delete(
                model: CouchLedger.model, origin: source,
                key: CouchLedger.key(database: name, document: document))
        }
    }
}
