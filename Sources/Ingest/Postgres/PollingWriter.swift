import Store
import Vocabulary

/// Collects the changes of a poll and commits them, in parts where they are many.
struct PollingWriter {
    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    private let store: Store
    private let commitChanges: Int
    private let log: (IngestEvent) -> Void
    /// Rows put aside: table, key, content.
    private(set) var aside: Quarantine
    private var batch = ChangeBatch()
    private var changes = 0
    private var released = 0
    private var isReloading = false

    init(
        definition: SourceDefinition, placements: [RowPlacement], store: Store,
        quarantine: Quarantine, commitChanges: Int, log: @escaping (IngestEvent) -> Void
    ) {
        self.definition = definition
        self.placements = placements
        self.store = store
        self.aside = quarantine
        self.commitChanges = commitChanges
        self.log = log
    }

    /// Whether nothing has changed.
    var isEmpty: Bool { changes == 0 && batch.isEmpty }

    /// Takes a row as the source has it now.
    mutating func take(_ values: [SourceValue], table: Int) throws {
        let placement = placements[table]
        let mapping = placement.mapping
        switch placement.place(values) {
        case .row(let row):
            batch.upsert(
                model: mapping.model.name, origin: mapping.origin, company: row.company,
                key: row.key, cells: row.changedCells)
            release(placement.shownKey(of: values), table: table)
        case .deleted(let key):
            batch.delete(model: mapping.model.name, origin: mapping.origin, key: key)
            release(placement.shownKey(of: values), table: table)
        case .aside(let shown, let reason):
            let content = Quarantine.content(of: values, mapping: mapping)
            aside.keep(table: mapping.name, key: shown, content: content)
            batch.quarantine(
                QuarantinedRow(
                    source: definition.name, table: mapping.name, key: shown, reason: reason,
                    content: content))
            log(.quarantined(table: mapping.name, key: shown, reason: reason))
            // A row that does not fit is in no figure, whatever an earlier version of it was.
            if let key = try? placement.key(of: values) {
                batch.delete(model: mapping.model.name, origin: mapping.origin, key: key)
            }
        }
        try advance()
    }

    /// Deletes a row that the source no longer has.
    mutating func delete(_ key: RowKey, table: Int) throws {
        let mapping = definition.tables[table]
        batch.delete(model: mapping.model.name, origin: mapping.origin, key: key)
        try advance()
    }

    /// Lets a row go that was put aside, if it was.
    mutating func release(_ shownKey: String, table: Int) {
        let name = definition.tables[table].name
        guard aside.forget(table: name, key: shownKey) else { return }
        batch.release(source: definition.name, table: name, key: shownKey)
        released += 1
        changes += 1
    }

    /// Tries all rows that were put aside again; those that fit now leave the quarantine.
    mutating func placeAgain() throws {
        for (table, placement) in placements.enumerated() {
            let name = placement.mapping.name
            for key in aside.keys(of: name) {
                guard let values = aside.values(table: name, key: key, placement.mapping),
                    case .row = placement.place(values)
                else { continue }
                try take(values, table: table)
            }
        }
    }

    /// Says that all rows of a table follow, which stay in one commit until `endReload`.
    mutating func beginReload(of table: Int) throws {
        let mapping = definition.tables[table]
        batch.reload(model: mapping.model.name, origin: mapping.origin)
        isReloading = true
    }

    /// Ends what `beginReload` began.
    mutating func endReload() throws {
        isReloading = false
        if changes >= commitChanges { try commit() }
    }

    /// Commits what is left, with the position if there is one.
    mutating func finish(_ position: SourcePosition?) throws {
        if let position { batch.setPosition(source: definition.name, position) }
        guard !batch.isEmpty else { return }
        try commit()
    }

    private mutating func advance() throws {
        changes += 1
        if !isReloading, changes >= commitChanges { try commit() }
    }

    private mutating func commit() throws {
        Failpoint.hit("before-commit")
        try store.commit(batch)
        Failpoint.hit("after-commit")
        if released > 0 { log(.released(rows: released)) }
        if changes > 0 { log(.committed(transactions: 0, changes: changes)) }
        batch = ChangeBatch()
        (changes, released) = (0, 0)
    }
}
