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
/// so a commit of ours always holds whole transactions of the source.
///
/// What does not fit into memory is kept as messages and translated when it is written: the rest of a
/// transaction of more than `largeChanges` changes, and all changes of a table that is being read
/// anew meanwhile.
///
/// Nothing here does I/O except such files and `fetch`, which asks the source for large values that
/// the stream left out where they cannot be kept from the row before: when the key changed, or the
/// row is put aside. It may answer with a later state of the row; then the stream brings that change
/// too, and the end is the same.
final class ChangeTranslator {
    /// Whole transactions that wait to be written.
    struct Group {
        var changes: [RowChange] = []
        /// When the source committed the changes from a number on, ascending.
        var times: [(change: Int, time: Instant)] = []
        /// The rest of the last transaction, if that is a large one, and where its commit begins.
        var rest: (messages: MessageSpool, commit: LogPosition)?
        var transactions = 0
        /// The end of the last transaction in the source's log.
        var end: LogPosition
        /// When the source committed it.
        var time: Instant
    }

    /// A transaction that has begun and not ended.
    private struct Open {
        /// Where its commit begins in the source's log.
        let commit: LogPosition
        var changes: [RowChange] = []
        var rest: MessageSpool?
        /// Tables that wait and were already told of this transaction.
        var told: Set<Int> = []
    }

    /// How a table takes changes.
    private enum Standing {
        /// At once, if they were committed from a position on.
        case live(from: LogPosition?)
        /// When its rows have been read.
        case waiting(MessageSpool)
    }

    /// A table as the stream describes it.
    private struct Relation {
        enum Role {
            case mapped(Int)
            case tenants
            case ignored
        }
        let role: Role
        /// For each field that we read: its position in a tuple, and its type; or why its rows
        /// cannot be read.
        let fields: Result<[(position: Int, type: PostgresType)], SchemaChanged>
    }

    /// What is translated again.
    private struct Replay {
        /// The one table that it concerns; nil for all.
        let table: Int?
        /// From where on.
        let from: LogPosition?
    }

    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    private let tenants: Tenants
    private let types: PostgresTypes
    private let folder: String
    private let largeChanges: Int
    private let fetch: (TableMapping, [SourceValue]) throws -> [SourceValue]?
    private var relations: [UInt32: Relation] = [:]
    /// Descriptions of mapped tables as they were sent.
    private var descriptions: [UInt32: [UInt8]] = [:]
    private var standings: [Standing]
    private var open: Open?
    private var replay: Replay?
    private var marks: [String] = []
    private(set) var ready: Group?
    /// The marks (`pg_logical_emit_message`) of transactions that are ready or were taken.
    private(set) var passedMarks: Set<String> = []
    /// Rows put aside: table, key, content.
    private(set) var aside: Quarantine

    /// The prefix of marks that we put into the log ourselves.
    static let markPrefix = "reportd"
    /// How many changes are translated again at a time.
    private static let replayedChanges = 5000

    /// Begins with tables that take changes from given positions on.
    init(
        definition: SourceDefinition, placements: [RowPlacement], tenants: Tenants,
        types: PostgresTypes, quarantine: Quarantine, folder: String = "/tmp",
        largeChanges: Int = 20_000, from: [LogPosition?] = [],
        fetch: @escaping (TableMapping, [SourceValue]) throws -> [SourceValue]?
    ) {
        self.definition = definition
        self.placements = placements
        self.tenants = tenants
        self.types = types
        self.aside = quarantine
        self.folder = folder
        self.largeChanges = largeChanges
        self.fetch = fetch
        standings = definition.tables.indices.map {
            .live(from: $0 < from.count ? from[$0] : nil)
        }
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
    /// - Throws: `ProtocolMistake`, `SchemaChanged`, what `fetch` throws, or `Advice` when a file
    ///   cannot be written.
    func take(_ bytes: Span<UInt8>, in range: Range<Int>) throws {
        if let rest = open?.rest, range.isEmpty || bytes[range.lowerBound] != UInt8(ascii: "C") {
            try rest.append(bytes, in: range)
            return
        }
        try translate(bytes, in: range)
        if let changes = open?.changes.count, changes > 0 {
            Failpoint.hit("mid-transaction")
            if changes >= largeChanges { open?.rest = MessageSpool(in: folder) }
        }
    }

    private func translate(_ bytes: Span<UInt8>, in range: Range<Int>) throws {
        switch try ReplicationMessage(bytes, in: range) {
        case .begin(let commit): open = Open(commit: commit)
        case .commit(let end, let time): try commit(end: end, time: time)
        case .origin, .type: break
        case .relation(let id, let table, let columns):
            let relation = relation(table: table, columns: columns)
            relations[id] = relation
            guard case .mapped(let index) = relation.role else { break }
            descriptions[id] = range.map { bytes[$0] }
            if replay?.table == nil, case .waiting(let spool) = standings[index] {
                try spool.append(bytes, in: range)
            }
        case .insert(let id, let new):
            let relation = try known(id)
            switch relation.role {
            case .ignored: break
            case .tenants: try setTenant(values(new, of: relation, in: bytes))
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try upsert(table, values(new, of: relation, in: bytes))
            }
        case .update(let id, let old, let new):
            let relation = try known(id)
            switch relation.role {
            case .ignored: break
            case .tenants:
                if let old {
                    _ = tenants.set(try values(old, of: relation, in: bytes)[0], word: nil)
                }
                try setTenant(values(new, of: relation, in: bytes))
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try update(
                    table, old: old.map { try values($0, of: relation, in: bytes) },
                    new: values(new, of: relation, in: bytes))
            }
        case .delete(let id, let old):
            let relation = try known(id)
            switch relation.role {
            case .ignored: break
            case .tenants: _ = tenants.set(try values(old, of: relation, in: bytes)[0], word: nil)
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try delete(table, values(old, of: relation, in: bytes))
            }
        case .truncate(let ids):
            for id in ids {
                switch try known(id).role {
                case .ignored: break
                case .tenants: if replay?.table == nil { tenants.removeAll() }
                case .mapped(let table):
                    if try takesNow(table, bytes, in: range) { try clear(table) }
                }
            }
        case .logical(let prefix, let content):
            if prefix == Self.markPrefix { marks.append(content) }
        }
    }

    private func commit(end: LogPosition, time: Instant) throws {
        guard let open else {
            throw ProtocolMistake(problem: "a commit without a beginning")
        }
        self.open = nil
        if open.rest == nil { pass() }
        var group = ready ?? Group(end: end, time: time)
        // Only one may hold the changes, or they are copied for each transaction.
        ready = nil
        group.times.append((group.changes.count, time))
        if group.changes.isEmpty {
            group.changes = open.changes
        } else {
            group.changes += open.changes
        }
        group.rest = open.rest.map { ($0, open.commit) }
        group.transactions += 1
        group.end = end
        group.time = time
        ready = group
    }

    private func pass() {
        passedMarks.formUnion(marks)
        marks = []
    }

    // MARK: Tables that are read anew

    /// Whether a change of a table is to be translated now; if the table waits, it is kept.
    private func takesNow(_ table: Int, _ bytes: Span<UInt8>, in range: Range<Int>) throws -> Bool {
        guard let open else { throw ProtocolMistake(problem: "a change outside a transaction") }
        if let replay, let wanted = replay.table {
            return wanted == table && open.commit >= replay.from ?? open.commit
        }
        switch standings[table] {
        case .live(let from): return from.map { open.commit >= $0 } ?? true
        case .waiting(let spool):
            if self.open?.told.insert(table).inserted == true {
                let begin = Self.begin(commit: open.commit)
                try spool.append(begin.span, in: 0..<begin.count)
            }
            try spool.append(bytes, in: range)
            return false
        }
    }

    private static func begin(commit: LogPosition) -> [UInt8] {
        [UInt8(ascii: "B")]
            + stride(from: UInt64(56), through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: commit.offset >> $0)
            } + [UInt8](repeating: 0, count: 12)
    }

    /// From now on keeps the changes of a table, because its rows are being read.
    func wait(for table: Int) throws {
        let spool = MessageSpool(in: folder)
        for (id, relation) in relations {
            guard case .mapped(table) = relation.role, let bytes = descriptions[id] else {
                continue
            }
            try spool.append(bytes.span, in: 0..<bytes.count)
        }
        standings[table] = .waiting(spool)
    }

    /// Ends the waiting of a table whose rows are those of a position.
    ///
    /// - Returns: Its changes since then, to be written together with the rows: some thousands at a
    ///   time, and nil at the end; or nothing if there were none.
    func endWaiting(
        for table: Int, readAt position: LogPosition, rows: [QuarantinedRow]
    ) throws -> (() throws -> [RowChange]?)? {
        guard case .waiting(let spool) = standings[table] else {
            preconditionFailure("only a table that waits is handed over")
        }
        precondition(open == nil && ready == nil, "a table is handed over between transactions")
        standings[table] = .live(from: position)
        let name = definition.tables[table].name
        for key in aside.keys(of: name) { _ = aside.forget(table: name, key: key) }
        for row in rows { aside.keep(table: name, key: row.key, content: row.content) }
        guard spool.count > 0 else { return nil }
        return try changes(of: spool, Replay(table: table, from: position), in: nil)
    }

    /// The changes of the rest of a large transaction: some thousands at a time, and nil at the end.
    func changes(
        of rest: (messages: MessageSpool, commit: LogPosition)
    ) throws -> () throws -> [RowChange]? {
        try changes(
            of: rest.messages, Replay(table: nil, from: nil), in: Open(commit: rest.commit))
    }

    private func changes(
        of spool: MessageSpool, _ replay: Replay, in transaction: Open?
    ) throws -> () throws -> [RowChange]? {
        let reader = try spool.reader()
        var carried = transaction
        return { [self] in
            precondition(open == nil, "changes are translated again between transactions")
            self.replay = replay
            open = carried
            defer { (self.replay, open) = (nil, nil) }
            var found: [RowChange] = []
            while try reader.next({ try self.translate($0, in: $1) }) {
                found += open?.changes ?? []
                open?.changes = []
                if found.count >= Self.replayedChanges { break }
            }
            carried = open
            if found.isEmpty { pass() }
            return found.isEmpty ? nil : found
        }
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
    ) -> Relation {
        let role: Relation.Role
        let wanted: [String]
        if let index = definition.tables.firstIndex(where: { $0.name == table }) {
            role = .mapped(index)
            wanted = definition.tables[index].fields
        } else if let lookup = definition.tenants?.table, lookup.name == table {
            role = .tenants
            wanted = [lookup.key, lookup.value]
        } else {
            return Relation(role: .ignored, fields: .success([]))
        }
        // A description from before a table was read anew is of no use and does no harm: only a row
        // that has to be read by it does.
        var fields: [(position: Int, type: PostgresType)] = []
        for name in wanted {
            guard let position = columns.firstIndex(where: { $0.name == name }) else {
                let what = "column ‘\(name)’ is gone"
                return Relation(
                    role: role, fields: .failure(SchemaChanged(table: table, what: what)))
            }
            guard let type = types[columns[position].type] else {
                let what = "column ‘\(name)’ has a new type"
                return Relation(
                    role: role, fields: .failure(SchemaChanged(table: table, what: what)))
            }
            fields.append((position: position, type: type))
        }
        return Relation(role: role, fields: .success(fields))
    }

    private func values(
        _ tuple: [ReplicationMessage.Field], of relation: Relation, in bytes: Span<UInt8>
    ) throws -> [SourceValue] {
        var values: [SourceValue] = []
        let fields = try relation.fields.get()
        values.reserveCapacity(fields.count)
        for (position, type) in fields {
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
        open?.changes.append(change)
    }

    private func upsert(_ table: Int, _ values: [SourceValue]) throws {
        let placement = placements[table]
        switch placement.place(values) {
        case .row(let row):
            try add(
                .upsert(
                    table: table, company: row.company, key: row.key, cells: row.changedCells))
            try release(table, values)
        case .deleted(let key):
            try add(.delete(table: table, key: key))
            try release(table, values)
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
        try release(table, old)
    }

    /// Takes a row out of the quarantine; most were never in it.
    private func release(_ table: Int, _ values: [SourceValue]) throws {
        if aside.count == 0 { return }
        try release(table, placements[table].shownKey(of: values))
    }

    private func release(_ table: Int, _ shownKey: String) throws {
        let name = placements[table].mapping.name
        if aside.forget(table: name, key: shownKey) {
            try add(.release(table: name, key: shownKey))
        }
    }

    private func clear(_ table: Int) throws {
        let name = placements[table].mapping.name
        try add(.clear(table: table))
        for key in aside.keys(of: name) where aside.forget(table: name, key: key) {
            try add(.release(table: name, key: key))
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
            // Rows of a table that waits are placed when they have been read.
            if case .waiting = standings[table] { continue }
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
        precondition(ready == nil, "rows are placed again between transactions")
        open = Open(commit: position)
        try placeAgain()
        let changes = open?.changes ?? []
        open = nil
        guard !changes.isEmpty else { return }
        ready = Group(changes: changes, transactions: 0, end: position, time: time)
    }
}
