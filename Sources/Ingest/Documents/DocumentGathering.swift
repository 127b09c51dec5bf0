import Store
import Vocabulary

/// Sorts the documents of an export into rows, repeats, deletions and misfits.
struct DocumentGathering {
    private struct Row {
        let id: String
        let placed: RowPlacement.PlacedRow
    }

    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    /// What the ids of each table's documents begin with.
    private let prefixes: [[String]]
    private var rows: [[RowKey: Row]]
    private var deletions: [(table: Int, key: RowKey)] = []
    private var tablesSeen: Set<Int> = []
    private var leftOut = 0
    /// The documents that fit nowhere.
    private(set) var aside: [QuarantinedRow] = []

    init(definition: SourceDefinition, schema: Schema) {
        self.definition = definition
        prefixes = definition.tables.map {
            definition.kind == .jsonBackup
                ? $0.lists.map { RecordReader.prefix(of: $0) } : [$0.idPrefix]
        }
        let tenants = Tenants(definition.tenants)
        placements = definition.tables.map {
            RowPlacement($0, companies: schema.companies, tenants: tenants)
        }
        rows = definition.tables.map { _ in [:] }
    }

    mutating func take(_ documents: [ExportedDocument]) {
        for document in winners(among: documents) { take(document) }
    }

    /// One document per `_id`, in the order of ids.
    private mutating func winners(among documents: [ExportedDocument]) -> [ExportedDocument] {
        var best: [String: ExportedDocument] = [:]
        for document in documents {
            guard let other = best[document.id] else {
                best[document.id] = document
                continue
            }
            leftOut += 1
            if Self.wins(document, over: other) { best[document.id] = document }
        }
        return best.values.sorted { $0.id < $1.id }
    }

    private static func wins(_ left: ExportedDocument, over right: ExportedDocument) -> Bool {
        // With `_revisions` both stand in one tree. An older state of the same branch, read before an
        // edit made meanwhile, is no leaf; among leaves, the deletion of one branch is not the end.
        if let leftPath = left.ancestry, let rightPath = right.ancestry {
            if leftPath.contains(right.revision) { return true }
            if rightPath.contains(left.revision) { return false }
            if left.isDeleted != right.isDeleted { return right.isDeleted }
        }
        if left.generation != right.generation { return left.generation > right.generation }
        if left.isDeleted != right.isDeleted { return right.isDeleted }
        return left.revision > right.revision
    }

    private mutating func take(_ document: ExportedDocument) {
        if document.id.hasPrefix("_design/") || isSkipped(document) {
            leftOut += 1
            return
        }
        // The most specific table that takes this id.
        let table = definition.tables.indices
            .compactMap { table in
                prefixes[table].filter(document.id.hasPrefix).map(\.count).max()
                    .map { (table: table, length: $0) }
            }
            .max { $0.length < $1.length }?.table
        guard let table else {
            if document.isDeleted {
                leftOut += 1
                return
            }
            let kinds = definition.tables.map { "\($0.idPrefix)…" }.joined(separator: ", ")
            aside.append(
                .foreignDocument(
                    document.id, in: Quarantine.noTable, of: definition.name, taken: kinds))
            return
        }
        tablesSeen.insert(table)
        if document.isDeleted {
            leftOut += 1
            let mapping = definition.tables[table]
            if mapping.key.map({ mapping.fields[$0] }) == ["_id"] {
                deletions.append((table, .text(document.id)))
            }
            return
        }
        place(document, in: table)
    }

    private mutating func place(_ document: ExportedDocument, in table: Int) {
        let placement = placements[table]
        let mapping = placement.mapping
        let values = mapping.fields.map { field in
            document.body[field].map { SourceValue($0) } ?? .null
        }
        switch placement.place(values) {
        case .row(let placed):
            let row = Row(id: document.id, placed: placed)
            guard let other = rows[table][placed.key] else {
                rows[table][placed.key] = row
                return
            }
            leftOut += 1
            if (row.id.count, row.id) > (other.id.count, other.id) {
                rows[table][placed.key] = row
            }
        case .deleted: leftOut += 1
        case .aside(_, let reason):
            aside.append(
                QuarantinedRow(
                    source: definition.name, table: mapping.name, key: document.id, reason: reason,
                    content: Quarantine.content(of: values, mapping: mapping)))
        }
    }

    private func isSkipped(_ document: ExportedDocument) -> Bool {
        definition.skipped.contains { field, value in
            document.body[field].map { SourceValue($0).text == value } ?? false
        }
    }

    /// All of it as one commit, without the position.
    func batch(
        releasing earlier: [QuarantinedRow]
    ) -> (ChangeBatch, CouchExport.Outcome) {
        var batch = ChangeBatch()
        var outcome = CouchExport.Outcome()
        for (table, mapping) in definition.tables.enumerated() {
            if mapping.isComplete, tablesSeen.contains(table) {
                batch.reload(model: mapping.model.name, origin: mapping.origin)
            }
            // In the order of ids, so that the same files always make the same store.
            for (key, row) in rows[table].sorted(by: { $0.value.id < $1.value.id }) {
                batch.upsert(
                    model: mapping.model.name, origin: mapping.origin, company: row.placed.company,
                    key: key, cells: row.placed.changedCells)
            }
            if mapping.isComplete, tablesSeen.contains(table) {
                batch.retain(
                    model: mapping.model.name, origin: mapping.origin, keys: Set(rows[table].keys))
            }
            outcome.rows += rows[table].count
        }
        for (table, key) in deletions {
            let mapping = definition.tables[table]
            batch.delete(model: mapping.model.name, origin: mapping.origin, key: key)
        }
        for row in aside { batch.quarantine(row) }
        let present = Set(aside.map { [$0.table, $0.key] })
        for row in earlier where !present.contains([row.table, row.key]) {
            batch.release(source: row.source, table: row.table, key: row.key)
        }
        outcome.leftOut = leftOut
        outcome.quarantined = aside.count
        outcome.roundedAmounts = placements.reduce(0) { $0 + $1.roundedAmounts }
        return (batch, outcome)
    }
}
