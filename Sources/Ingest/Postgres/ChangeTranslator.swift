import Store
import Vocabulary

/// One change of our rows, as a source's transaction made it.
enum RowChange {
    case upsert(table: Int, company: String, key: RowKey, cells: [Cell?])
    case delete(table: Int, key: RowKey)
    /// All rows of the table.
    case clear(table: Int)
    case aside(QuarantinedRow)
    case release(table: String, key: String)
}

/// The columns of a table stand in another order, have other types, or are gone: the catalog has to
/// be read again.
struct SchemaChanged: Error, Equatable {
    let table: String
    let what: String
}

/// A tenant now belongs to another company: the source has to be read again, so that the rows that
/// were placed with the former one move too.
struct TenantMoved: Error {}

/// Turns the messages of a replication stream into changes of our rows.
///
/// State: outside a transaction `open` is nil; between Begin and Commit it collects that
/// transaction's changes; Commit moves them to `ready`. Only `ready` is ever written to the store,
/// so a commit of ours always holds whole transactions of the source. Nothing here does I/O except
/// `fetch`, which asks the source for large values that the stream left out where they cannot be
/// kept from the row before: when the key changed, or the row is put aside. It may answer with a
/// later state of the row; then the stream brings that change too, and the end is the same.
final class ChangeTranslator {
    /// Whole transactions that wait to be written.
    struct Group {
        var changes: [RowChange] = []
        var transactions = 0
        /// The end of the last transaction in the source's log.
        var end: LogPosition
        /// When the source committed it.
        var time: Instant
    }

    /// A table as the stream describes it.
    private struct Relation {
        enum Role {
            case mapped(Int)
            case tenants
            case ignored
        }
        let role: Role
        /// For each field that we read: its position in a tuple, and its type.
        let fields: [(position: Int, type: PostgresType)]
    }

    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    private let tenants: Tenants
    private let types: PostgresTypes
    private let fetch: (TableMapping, [SourceValue]) throws -> [SourceValue]?
    private var relations: [UInt32: Relation] = [:]
    private var open: [RowChange]?
    private var marks: [String] = []
    private(set) var ready: Group?
    /// The marks (`pg_logical_emit_message`) of transactions that are ready or were taken.
    private(set) var passedMarks: Set<String> = []
    /// Rows put aside: table, key, content.
    private(set) var aside: Quarantine

    /// The prefix of marks that we put into the log ourselves.
    static let markPrefix = "reportd"

    init(
        definition: SourceDefinition, placements: [RowPlacement], tenants: Tenants,
        types: PostgresTypes, quarantine: Quarantine,
        fetch: @escaping (TableMapping, [SourceValue]) throws -> [SourceValue]?
    ) {
        self.definition = definition
        self.placements = placements
        self.tenants = tenants
        self.types = types
        self.aside = quarantine
        self.fetch = fetch
    }

    /// Whether a transaction has begun and not ended.
    var isInTransaction: Bool { open != nil }

    /// Hands over the whole transactions that have arrived.
    func takeReady() -> Group? {
        defer { ready = nil }
        return ready
    }

    /// Takes one message of the stream.
    ///
    /// - Throws: `ProtocolMistake`, `SchemaChanged`, or what `fetch` throws.
    func take(_ bytes: Span<UInt8>, in range: Range<Int>) throws {
        switch try ReplicationMessage(bytes, in: range) {
        case .begin: open = []
        case .commit(let end, let time): try commit(end: end, time: time)
        case .origin, .type: break
        case .relation(let id, let table, let columns):
            relations[id] = try relation(table: table, columns: columns)
        case .insert(let id, let new):
            let relation = try known(id)
            switch relation.role {
            case .ignored: break
            case .tenants: try setTenant(values(new, of: relation, in: bytes))
            case .mapped(let table): try upsert(table, values(new, of: relation, in: bytes))
            }
        case .update(let id, let old, let new):
            let relation = try known(id)
            let newValues = try values(new, of: relation, in: bytes)
            let oldValues = try old.map { try values($0, of: relation, in: bytes) }
            switch relation.role {
            case .ignored: break
            case .tenants:
                if let oldValues { _ = tenants.set(oldValues[0], word: nil) }
                try setTenant(newValues)
            case .mapped(let table): try update(table, old: oldValues, new: newValues)
            }
        case .delete(let id, let old):
            let relation = try known(id)
            let values = try values(old, of: relation, in: bytes)
            switch relation.role {
            case .ignored: break
            case .tenants: _ = tenants.set(values[0], word: nil)
            case .mapped(let table): try delete(table, values)
            }
        case .truncate(let ids):
            for id in ids {
                switch try known(id).role {
                case .ignored: break
                case .tenants: tenants.removeAll()
                case .mapped(let table): clear(table)
                }
            }
        case .logical(let prefix, let content):
            if prefix == Self.markPrefix { marks.append(content) }
        }
        if open?.count ?? 0 > 0 { Failpoint.hit("mid-transaction") }
    }

    private func commit(end: LogPosition, time: Instant) throws {
        guard let changes = open else {
            throw ProtocolMistake(problem: "a commit without a beginning")
        }
        open = nil
        passedMarks.formUnion(marks)
        marks = []
        var group = ready ?? Group(end: end, time: time)
        group.changes += changes
        group.transactions += 1
        group.end = end
        group.time = time
        ready = group
    }

    // MARK: Tables

    private func known(_ id: UInt32) throws -> Relation {
        guard let relation = relations[id] else {
            throw ProtocolMistake(problem: "a change of relation \(id), which was not described")
        }
        return relation
    }

    private func relation(
        table: String, columns: [ReplicationMessage.RelationColumn]
    ) throws -> Relation {
        let role: Relation.Role
        let wanted: [String]
        if let index = definition.tables.firstIndex(where: { $0.name == table }) {
            role = .mapped(index)
            wanted = definition.tables[index].fields
        } else if let lookup = definition.tenants?.table, lookup.name == table {
            role = .tenants
            wanted = [lookup.key, lookup.value]
        } else {
            return Relation(role: .ignored, fields: [])
        }
        let fields = try wanted.map { name in
            guard let position = columns.firstIndex(where: { $0.name == name }) else {
                throw SchemaChanged(table: table, what: "column ‘\(name)’ is gone")
            }
            guard let type = types[columns[position].type] else {
                throw SchemaChanged(table: table, what: "column ‘\(name)’ has a new type")
            }
            return (position: position, type: type)
        }
        return Relation(role: role, fields: fields)
    }

    private func values(
        _ tuple: [ReplicationMessage.Field], of relation: Relation, in bytes: Span<UInt8>
    ) throws -> [SourceValue] {
        var values: [SourceValue] = []
        values.reserveCapacity(relation.fields.count)
        for (position, type) in relation.fields {
            guard position < tuple.count else {
                throw ProtocolMistake(problem: "a row is shorter than its description")
            }
            switch tuple[position] {
            case .null: values.append(.null)
            case .unchanged: values.append(.unchanged)
            case .text(let range): values.append(type.value(text: bytes.text(in: range)))
            case .binary(let range): values.append(try type.value(binary: bytes, in: range))
            }
        }
        return values
    }

    // MARK: Rows

    private func add(_ change: RowChange) throws {
        guard open != nil else {
            throw ProtocolMistake(problem: "a change outside a transaction")
        }
        open?.append(change)
    }

    private func upsert(_ table: Int, _ values: [SourceValue]) throws {
        let placement = placements[table]
        switch placement.place(values) {
        case .row(let row):
            try add(
                .upsert(
                    table: table, company: row.company, key: row.key, cells: row.changedCells))
            try release(table, placement.shownKey(of: values))
        case .deleted(let key):
            try add(.delete(table: table, key: key))
            try release(table, placement.shownKey(of: values))
        case .aside(let shown, let reason):
            let mapping = placement.mapping
            let whole = try completed(values, mapping)
            let content = Quarantine.content(of: whole, mapping: mapping)
            aside.keep(table: mapping.name, key: shown, content: content)
            try add(
                .aside(
                    QuarantinedRow(
                        source: definition.name, table: mapping.name, key: shown, reason: reason,
                        content: content)))
            // A row that does not fit is in no figure, whatever an earlier version of it was.
            if let key = try? placement.key(of: values) {
                try add(.delete(table: table, key: key))
            }
        }
    }

    private func update(_ table: Int, old: [SourceValue]?, new: [SourceValue]) throws {
        let placement = placements[table]
        guard let old, let oldKey = try? placement.key(of: old),
            oldKey != (try? placement.key(of: new))
        else { return try upsert(table, new) }
        try delete(table, old)
        try upsert(table, try completed(new, placement.mapping))
    }

    /// The row with the values that the stream left out; null if the row is gone by now, since then
    /// its deletion follows.
    private func completed(
        _ values: [SourceValue], _ mapping: TableMapping
    ) throws -> [SourceValue] {
        guard values.contains(.unchanged) else { return values }
        let fetched = try fetch(mapping, values)
        return values.indices.map { index in
            values[index] == .unchanged ? fetched?[index] ?? .null : values[index]
        }
    }

    private func delete(_ table: Int, _ old: [SourceValue]) throws {
        let placement = placements[table]
        // A row without a key that we can read was put aside and is in no figure.
        if let key = try? placement.key(of: old) { try add(.delete(table: table, key: key)) }
        try release(table, placement.shownKey(of: old))
    }

    private func release(_ table: Int, _ shownKey: String) throws {
        let name = placements[table].mapping.name
        if aside.forget(table: name, key: shownKey) {
            try add(.release(table: name, key: shownKey))
        }
    }

    private func clear(_ table: Int) {
        let name = placements[table].mapping.name
        open?.append(.clear(table: table))
        for key in aside.keys(of: name) where aside.forget(table: name, key: key) {
            open?.append(.release(table: name, key: key))
        }
    }

    // MARK: Tenants

    private func setTenant(_ values: [SourceValue]) throws {
        if tenants.set(values[0], word: values[1].text) {
            throw TenantMoved()
        }
        try placeAgain()
    }

    /// Tries all rows that were put aside again; those that fit now leave the quarantine.
    private func placeAgain() throws {
        for (table, placement) in placements.enumerated() {
            let name = placement.mapping.name
            for key in aside.keys(of: name) {
                guard let values = aside.values(table: name, key: key, placement.mapping),
                    case .row(let row) = placement.place(values)
                else { continue }
                try add(
                    .upsert(
                        table: table, company: row.company, key: row.key, cells: row.changedCells))
                try release(table, key)
            }
        }
    }

    /// Tries all rows put aside again, outside any transaction of the source.
    func placeAgain(at position: LogPosition, time: Instant) throws {
        open = []
        try placeAgain()
        let changes = open ?? []
        open = nil
        guard !changes.isEmpty else { return }
        ready = Group(changes: changes, transactions: 0, end: position, time: time)
    }
}
