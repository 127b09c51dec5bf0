import Store
import Vocabulary

/// Collects the changes of a poll and commits them, in parts where they are many.
struct PollingWriter {
    private let definition: SourceDefinition
    private let rows: RowTranslator
    private let store: Store
    private let commitChanges: Int
    private let log: (IngestEvent) -> Void
    private var batch = ChangeBatch()
    private var changes = 0
    private var released = 0
    private var isReloading = false

    init(
        definition: SourceDefinition, rows: RowTranslator, store: Store, commitChanges: Int,
        log: @escaping (IngestEvent) -> Void
    ) {
        self.definition = definition
        self.rows = rows
        self.store = store
        self.commitChanges = commitChanges
        self.log = log
    }

    /// Whether nothing has changed.
    var isEmpty: Bool { changes == 0 && batch.isEmpty }

    /// Rows put aside: table, key, content.
    var aside: Quarantine { rows.aside }

    /// Takes a row as the source has it now.
    mutating func take(_ values: [SourceValue], table: Int) throws {
        try rows.upsert(table, values)
        try advance()
    }

    /// Takes the key, as values in the places of its fields, of a row that is none of ours any more.
    mutating func drop(_ values: [SourceValue], table: Int) throws {
        rows.delete(table, values)
        try advance()
    }

    /// Deletes a row that the source no longer has.
    mutating func delete(_ key: RowKey, table: Int) throws {
        rows.delete(table, key: key)
        try advance()
    }

    /// Lets a row go that was put aside, if it was.
    mutating func release(_ shownKey: String, table: Int) throws {
        rows.release(table, shownKey)
        try advance()
    }

    /// Tries all rows that were put aside again; those that fit now leave the quarantine.
    mutating func placeAgain() throws {
        try rows.placeAgain { _ in false }
        try advance()
    }

    /// Places the rows again that belong to rows which came, went, or went to another company.
    mutating func settle() throws {
        try rows.settle { _ in false }
        try advance()
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
        let more = rows.takeChanges()
        for row in more.aside {
            log(.quarantined(table: row.table, key: row.key, reason: row.reason))
        }
        batch.append(more.batch)
        released += more.released
        changes += more.count
        // A row that others belong to becomes visible together with them: whoever goes on after a
        // crash cannot tell that it has moved.
        if !isReloading, !rows.isUnsettled, changes >= commitChanges { try commit() }
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
