import Store
import Vocabulary

/// Reads all rows of all mapped tables, within one snapshot of the server, into one commit.
///
/// A first load goes through `Load`, straight into segments. A load over rows that are already here
/// becomes one batch of upserts, and of deletions of what is no longer there: rows that have not
/// changed make no new version, so only differences are committed.
final class PostgresLoader {
    /// How many rows lie between two reports of progress.
    private static let progressRows = 100_000

    private enum Target {
        case load(Load)
        case batch
    }

    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    private let types: PostgresTypes
    private let catalog: PostgresCatalog
    private let store: Store
    private let log: @Sendable (IngestEvent) -> Void
    private let target: Target
    private var batch = ChangeBatch()
    private var keys: Set<RowKey> = []
    private var aside: Set<[String]> = []
    private var rows = 0

    init(
        definition: SourceDefinition, placements: [RowPlacement], types: PostgresTypes,
        catalog: PostgresCatalog, store: Store, isFirst: Bool,
        log: @escaping @Sendable (IngestEvent) -> Void
    ) throws {
        self.definition = definition
        self.placements = placements
        self.types = types
        self.catalog = catalog
        self.store = store
        self.log = log
        let isEmpty =
            try isFirst
            && definition.tables.allSatisfy {
                try store.rowCount(model: $0.model.name, origin: $0.origin) == 0
            }
        target = isEmpty ? .load(try store.beginLoad(source: definition.name)) : .batch
    }

    /// Copies every table and commits.
    ///
    /// `earlier` are the rows that are in quarantine; those that fit now leave it.
    func run(
        through connection: PostgresConnection, position: SourcePosition,
        earlier: [QuarantinedRow]
    ) throws {
        do {
            for placement in placements { try copy(placement, through: connection) }
            Failpoint.hit("before-load-finish")
            var released = ChangeBatch()
            for row in earlier where !aside.contains([row.table, row.key]) {
                released.release(source: row.source, table: row.table, key: row.key)
            }
            switch target {
            case .load(let load):
                _ = try load.finish(position: position)
                if !released.isEmpty { try store.commit(released) }
            case .batch:
                for row in earlier where !aside.contains([row.table, row.key]) {
                    batch.release(source: row.source, table: row.table, key: row.key)
                }
                batch.setPosition(source: definition.name, position)
                try store.commit(batch)
            }
            Failpoint.hit("after-load-finish")
        } catch {
            if case .load(let load) = target { try? load.abandon() }
            throw error
        }
        log(.loadFinished(rows: rows, quarantined: aside.count))
        let rounded = placements.reduce(0) { $0 + $1.roundedAmounts }
        if rounded > 0 { log(.rounded(amounts: rounded)) }
    }

    private func copy(_ placement: RowPlacement, through connection: PostgresConnection) throws {
        let mapping = placement.mapping
        log(.loading(table: mapping.name))
        // Types that we read as text only are sent as text, which has a binary form.
        let kinds = types.types(of: mapping).map { $0 == .foreign ? PostgresType.text : $0 }
        let columns = zip(mapping.fields, types.types(of: mapping)).map { field, type in
            SQL.name(field) + (type == .foreign ? "::text" : "")
        }.joined(separator: ", ")
        let isPlain =
            catalog.tables[mapping.name]?.isPartitioned == false
            && !types.types(of: mapping).contains(.foreign)
        let table = SQL.table(mapping.name)
        let from = isPlain ? "\(table) (\(columns))" : "(SELECT \(columns) FROM \(table))"
        var format = CopyFormat(columnCount: mapping.fields.count)
        var fields: [Range<Int>?] = []
        var values = [SourceValue](repeating: .null, count: mapping.fields.count)
        var count = 0
        keys = []
        if case .batch = target {
            batch.reload(model: mapping.model.name, origin: mapping.origin)
        }
        try connection.copyOut("COPY \(from) TO STDOUT (FORMAT binary)") { bytes in
            guard try format.row(bytes, into: &fields) else { return }
            for index in fields.indices {
                if let range = fields[index] {
                    values[index] = try kinds[index].value(binary: bytes, in: range)
                } else {
                    values[index] = .null
                }
            }
            try append(values, placement)
            count += 1
            if count % Self.progressRows == 0 {
                log(.loaded(table: mapping.name, rows: count))
                Failpoint.hit("mid-copy")
            }
        }
        guard format.hasEnded else {
            throw ProtocolMistake(problem: "the copy of \(mapping.name) has no end")
        }
        if case .batch = target {
            batch.retain(model: mapping.model.name, origin: mapping.origin, keys: keys)
        }
        rows += count
        log(.loaded(table: mapping.name, rows: count))
        Failpoint.hit("mid-copy")
    }

    private func append(_ values: [SourceValue], _ placement: RowPlacement) throws {
        let mapping = placement.mapping
        switch placement.place(values) {
        case .row(let row):
            switch target {
            case .load(let load):
                try load.append(
                    model: mapping.model.name, origin: mapping.origin, company: row.company,
                    key: row.key, cells: row.cells)
            case .batch:
                batch.upsert(
                    model: mapping.model.name, origin: mapping.origin, company: row.company,
                    key: row.key, cells: row.changedCells)
                keys.insert(row.key)
            }
        case .deleted: break
        case .aside(let key, let reason):
            let row = QuarantinedRow(
                source: definition.name, table: mapping.name, key: key, reason: reason,
                content: Quarantine.content(of: values, mapping: mapping))
            aside.insert([mapping.name, key])
            log(.quarantined(table: mapping.name, key: key, reason: reason))
            switch target {
            case .load(let load): try load.quarantine(row)
            case .batch: batch.quarantine(row)
            }
        }
    }
}
