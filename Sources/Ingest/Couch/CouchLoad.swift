import Store
import Vocabulary

/// The first load of a source: all rows of all databases become visible in one commit.
///
/// A load takes each row once. Whatever concerns a row a second time — an edit made while the pages
/// were read, a sale that was sent again — waits in `patch`, which is committed right after. The
/// position of the load lies before the first of those, so that nothing is lost if the process dies
/// in between. Of a document only the first state is in the load: were a row of a later one there, and
/// the patch lost, nothing would tell whose it was once the document has left it again.
///
/// Used by one thread.
final class CouchLoad {
    private struct Name: Hashable {
        let model: String
        let key: RowKey
    }

    private let load: Load
    private let source: String
    private let definition: SourceDefinition
    private let limit: Int
    /// Hashes of the rows in the load; two rows with one hash cost a detour by `patch`, no more.
    private var loaded: Set<Int> = []
    /// The same of the rows in the patch.
    private var patched: Set<Int> = []
    private var asideInLoad: Set<[String]> = []
    private(set) var rows = 0
    private(set) var aside = 0
    private(set) var patch = ChangeBatch()
    /// Whether the patch became too large to keep: what it would hold is read again.
    private(set) var isPatchDropped = false

    init(_ load: Load, source: String, definition: SourceDefinition, limit: Int) {
        self.load = load
        self.source = source
        self.definition = definition
        self.limit = limit
    }

    /// Takes what has arrived of a database.
    func take(_ feed: CouchFeed) throws {
        defer { feed.dropChanges() }
        /// The row of a document that the load has met before; its upsert follows its note.
        var laterRow: CouchLedger.Claim?
        for change in feed.changes {
            switch change {
            case .upsert(let table, let row):
                let mapping = definition.tables[table]
                let isLate = laterRow == CouchLedger.Claim(table: table, key: row.key)
                laterRow = nil
                try add(
                    isLate: isLate, model: mapping.model.name, origin: mapping.origin,
                    company: row.company,
                    key: row.key, cells: row.cells, of: feed)
                rows += 1
            case .note(let document, let company, let entry):
                // A document that comes to a row already loaded is noted together with the row it
                // gives: were it known before, it would be passed over when it comes again.
                let mapping = definition.tables[entry.claim.table]
                let note = CouchLedger.key(database: feed.name, document: document)
                let isMet =
                    asideInLoad.contains([mapping.name, document])
                    || loaded.contains(Name(model: CouchLedger.model, key: note).hashValue)
                laterRow = isMet ? entry.claim : nil
                let isLate =
                    isMet
                    || loaded.contains(
                        Name(model: mapping.model.name, key: entry.claim.key).hashValue)
                try add(
                    isLate: isLate, model: CouchLedger.model, origin: source, company: company,
                    key: note,
                    cells: CouchLedger.cells(
                        source: source, database: feed.name, document: document, entry: entry),
                    of: feed)
            case .delete(let table, let key):
                let mapping = definition.tables[table]
                remove(model: mapping.model.name, origin: mapping.origin, key: key, of: feed)
            case .forget(let document):
                remove(
                    model: CouchLedger.model, origin: source,
                    key: CouchLedger.key(database: feed.name, document: document), of: feed)
            case .aside(let row):
                guard asideInLoad.insert([row.table, row.key]).inserted else {
                    later(feed) { $0.quarantine(row) }
                    continue
                }
                aside += 1
                try load.quarantine(row)
            case .release(let table, let document):
                guard asideInLoad.contains([table, document]) else { continue }
                later(feed) { $0.release(source: source, table: table, key: document) }
            }
        }
    }

    private func add(
        isLate: Bool = false, model: String, origin: String, company: String, key: RowKey,
        cells: [Cell],
        of feed: CouchFeed
    ) throws {
        let name = Name(model: model, key: key).hashValue
        if !isLate, loaded.insert(name).inserted {
            try load.append(
                model: model, origin: origin, company: company, key: key, cells: cells)
        } else {
            if !isPatchDropped { patched.insert(name) }
            later(feed) {
                $0.upsert(
                    model: model, origin: origin, company: company, key: key, cells: cells)
            }
        }
    }

    private func remove(model: String, origin: String, key: RowKey, of feed: CouchFeed) {
        let name = Name(model: model, key: key).hashValue
        guard loaded.contains(name) || patched.contains(name) else { return }
        later(feed) { $0.delete(model: model, origin: origin, key: key) }
    }

    private func later(_ feed: CouchFeed, _ change: (inout ChangeBatch) -> Void) {
        if feed.loadedFrom == nil { feed.loadedFrom = feed.place.since }
        guard !isPatchDropped else { return }
        change(&patch)
        if patch.count > limit {
            isPatchDropped = true
            patch = ChangeBatch()
            patched = []
        }
    }

    /// Makes all rows visible.
    func finish(position: SourcePosition) throws {
        _ = try load.finish(position: position)
    }

    /// Drops everything.
    func abandon() { try? load.abandon() }
}
