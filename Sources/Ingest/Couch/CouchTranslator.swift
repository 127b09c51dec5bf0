import Store
import Vocabulary

/// What a document of a followed database does to our rows.
enum CouchRowChange {
    case upsert(table: Int, RowPlacement.PlacedRow)
    case delete(table: Int, RowKey)
    case aside(QuarantinedRow)
    /// The document is not in quarantine, whether it was or not.
    case release(table: String, document: String)
    case note(document: String, company: String, CouchLedger.Entry)
    case forget(document: String)

    /// The row that it makes or deletes.
    var row: CouchLedger.Claim? {
        switch self {
        case .upsert(let table, let row): CouchLedger.Claim(table: table, key: row.key)
        case .delete(let table, let key): CouchLedger.Claim(table: table, key: key)
        default: nil
        }
    }
}

/// Turns the documents of one database into changes of rows.
///
/// Any order and any repetition of documents ends in the same rows, as long as each document's
/// newest state comes at some time: a row depends only on the newest states of the documents that
/// claim it.
final class CouchTranslator {
    let database: String
    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    /// Tables by index, with what the ids of their documents begin with.
    private let routes: [(database: String, prefix: String)]
    /// Tables whose rows are named by `_id`: there a document is its row.
    private let isDirect: [Bool]
    private(set) var ledger: CouchLedger
    /// Documents that have to be asked for, because a row passes to them.
    private(set) var wanted: Set<String> = []
    /// Documents with leaves in conflict that were taken since the last look.
    private(set) var conflicted = 0
    private(set) var repeated = 0

    init(
        database: String, definition: SourceDefinition, placements: [RowPlacement],
        ledger: CouchLedger
    ) {
        self.database = database
        self.definition = definition
        self.placements = placements
        self.ledger = ledger
        routes = Self.routes(of: definition)
        isDirect = definition.tables.map { $0.isNamedByDocument }
    }

    static func routes(of definition: SourceDefinition) -> [(database: String, prefix: String)] {
        definition.tables.map { ($0.name, $0.idPrefix) }
    }

    /// How many amounts were rounded so far, by all databases of the source.
    var roundedAmounts: Int { placements.reduce(0) { $0 + $1.roundedAmounts } }

    func takeConflicted() -> Int {
        defer { conflicted = 0 }
        return conflicted
    }

    func takeWanted() -> [String] {
        defer { wanted = [] }
        return wanted.sorted()
    }

    /// Takes the state of a document; with `isForced` also when this revision was taken before,
    /// because its row has to be made anew.
    func take(
        _ document: CouchDocument, isForced: Bool, into changes: inout [CouchRowChange]
    ) {
        if document.id.hasPrefix("_design/") || document.id.hasPrefix("_local/") { return }
        guard let table = CouchLedger.table(for: document.id, of: database, among: routes) else {
            return takeForeign(document, into: &changes)
        }
        if !isForced, ledger.entries[document.id]?.revision == document.revision {
            repeated += 1
            return
        }
        if document.conflicts > 0 { conflicted += 1 }
        let mapping = placements[table].mapping
        guard !document.isDeleted else { return remove(document.id, table, into: &changes) }
        guard let body = document.body else {
            // The server sent no content: it may have gone meanwhile.
            wanted.insert(document.id)
            return
        }
        guard !isSkipped(body) else { return remove(document.id, table, into: &changes) }
        let values = mapping.fields.map { field in
            body[field].map { SourceValue($0) } ?? .null
        }
        switch placements[table].place(values) {
        case .row(let row):
            changes.append(.release(table: mapping.name, document: document.id))
            place(row, document, table, into: &changes)
        case .deleted: remove(document.id, table, into: &changes)
        case .aside(_, let reason):
            remove(document.id, table, into: &changes)
            changes.append(
                .aside(
                    QuarantinedRow(
                        source: definition.name, table: mapping.name, key: document.id,
                        reason: reason,
                        content: Quarantine.content(of: values, mapping: mapping))))
        }
    }

    private func place(
        _ row: RowPlacement.PlacedRow, _ document: CouchDocument, _ table: Int,
        into changes: inout [CouchRowChange]
    ) {
        if isDirect[table] { return changes.append(.upsert(table: table, row)) }
        let entry = CouchLedger.Entry(
            revision: document.revision, claim: CouchLedger.Claim(table: table, key: row.key))
        if let known = ledger.entries[document.id], known.claim != entry.claim {
            leave(document.id, into: &changes)
        }
        let owns = ledger.note(document.id, entry)
        changes.append(.note(document: document.id, company: row.company, entry))
        wanted.remove(document.id)
        if owns { changes.append(.upsert(table: table, row)) }
    }

    /// Removes what a document gave, if anything.
    private func remove(_ id: String, _ table: Int, into changes: inout [CouchRowChange]) {
        changes.append(.release(table: placements[table].mapping.name, document: id))
        wanted.remove(id)
        if isDirect[table] { return changes.append(.delete(table: table, .text(id))) }
        guard ledger.entries[id] != nil else { return }
        leave(id, into: &changes)
        changes.append(.forget(document: id))
    }

    private func leave(_ id: String, into changes: inout [CouchRowChange]) {
        switch ledger.remove(id) {
        case .none: break
        case .vacant(let claim): changes.append(.delete(table: claim.table, claim.key))
        case .passes(let next): wanted.insert(next)
        }
    }

    /// Documents known here that a complete reading did not meet: they are gone.
    func removeAll(except met: Set<String>, into changes: inout [CouchRowChange]) {
        let gone = ledger.entries.filter { !met.contains($0.key) }
        for (id, entry) in gone.sorted(by: { $0.key < $1.key })
        where placements[entry.claim.table].mapping.isComplete {
            remove(id, entry.claim.table, into: &changes)
        }
    }

    private func takeForeign(_ document: CouchDocument, into changes: inout [CouchRowChange]) {
        if document.isDeleted || document.body.map(isSkipped) == true {
            changes.append(.release(table: database, document: document.id))
            return
        }
        let kinds = definition.tables.filter { $0.name == database }.map { "\($0.idPrefix)…" }
        changes.append(
            .aside(
                .foreignDocument(
                    document.id, in: database, of: definition.name,
                    taken: kinds.joined(separator: ", "))))
    }

    private func isSkipped(_ body: JSONValue) -> Bool {
        definition.skipped.contains { field, value in
            body[field].map { SourceValue($0).text == value } ?? false
        }
    }
}

extension TableMapping {
    /// Whether a document is its row: the key is `_id`.
    var isNamedByDocument: Bool { key.map { fields[$0] } == ["_id"] }
}

extension QuarantinedRow {
    /// A document that no table takes; its content is unknown and therefore not kept.
    static func foreignDocument(
        _ id: String, in table: String, of source: String, taken: String
    ) -> QuarantinedRow {
        QuarantinedRow(
            source: source, table: table, key: id,
            reason: "no table of the mapping takes this document; they take \(taken)",
            content: #"{"_id":"# + JSONValue.text(id).serialized + "}")
    }
}
