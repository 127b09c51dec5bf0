import Foundation
import Store
import Synchronization
import Vocabulary

/// Where the rows of a copy come from: one state of the server, which several connections share.
struct ServerSnapshot: Sendable {
    /// The state holds just the transactions that were committed before this position.
    let position: LogPosition
    /// What other connections call it.
    let name: String

    /// Makes a replication slot, which exports a snapshot until the connection's next command.
    init(
        slot: String, isTemporary: Bool, waiting: Duration,
        through connection: PostgresConnection
    ) throws {
        // Making a slot waits for the transactions that are open: long enough for usual ones.
        try connection.execute("SET lock_timeout = '\(waiting.components.seconds)s'")
        let made = try connection.query(
            "CREATE_REPLICATION_SLOT \(SQL.name(slot)) \(isTemporary ? "TEMPORARY " : "")"
                + "LOGICAL pgoutput (SNAPSHOT 'export')")
        guard let row = made.first, row.count >= 3,
            let position = row[1].flatMap({ LogPosition($0) }), let name = row[2]
        else { throw PostgresFailure.broken("the server made no snapshot") }
        self.position = position
        self.name = name
    }
}

/// A table whose rows were read, and wait to become visible.
struct CopiedTable {
    enum Rows {
        /// In segments already, for a table of which no rows are here.
        case load(Load)
        /// As the server sent them; they are compared with the rows that are here.
        case messages(MessageSpool)
    }

    let table: Int
    let position: LogPosition
    let rows: Rows
    let count: Int
    /// Rows of a load that were put aside.
    let aside: [QuarantinedRow]
    let roundedAmounts: Int
}

/// Reads all rows of some tables in one state of the server, on threads of its own.
///
/// Several connections share the snapshot and the pages of one table at a time, those tables first
/// that others refer to. A table that has been read is handed over, and the next one begins when it
/// has become visible: so a crash or a stop costs the table at hand only.
final class SnapshotCopy: Sendable {
    /// All that does not change while it works.
    struct Plan: Sendable {
        let definition: SourceDefinition
        /// Numbers of the tables to be read, in their order.
        let tables: [Int]
        let fingerprints: [String: String]
        let types: PostgresTypes
        let parents: ParentCompanies
        let catalog: PostgresCatalog
        let publication: String
        let settings: ConnectionSettings
        let application: String
        let store: Store
        let timing: PostgresTiming
        let log: @Sendable (IngestEvent) -> Void
    }

    private struct State {
        var handedOver: Handover?
        var failure: (any Error)?
        /// How many tables are visible.
        var shown = 0
    }

    /// The table is used by the one thread that takes it.
    private struct Handover: @unchecked Sendable {
        let table: CopiedTable
    }

    private let plan: Plan
    private let interrupt: Interrupt
    private let state = Mutex(State())
    private let changed = DispatchSemaphore(value: 0)
    private let taken = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Begins to read; without a given snapshot, under the one of a temporary slot.
    init(_ plan: Plan, snapshot: ServerSnapshot?) throws {
        self.plan = plan
        interrupt = try Interrupt()
        let thread = Thread { [self] in
            do {
                try run(snapshot)
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
            changed.signal()
            ended.signal()
        }
        thread.name = "copy \(plan.definition.name)"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Stops reading and waits until all threads are gone.
    func stop() {
        interrupt.fire()
        taken.signal()
        ended.wait()
        ended.signal()
    }

    /// Whether all tables are visible.
    var isOver: Bool { state.withLock { $0.shown == plan.tables.count } }

    /// The next table that has been read, if there is one; waits for it no longer than given.
    ///
    /// - Throws: What reading failed with.
    func next(milliseconds: Int = 0) throws -> CopiedTable? {
        if milliseconds > 0 { _ = changed.wait(timeout: .now() + .milliseconds(milliseconds)) }
        let (handover, failure) = state.withLock { state in
            defer { state.handedOver = nil }
            return (state.handedOver, state.failure)
        }
        if let failure { throw failure }
        return handover?.table
    }

    /// Says that the table which was taken is visible.
    func goOn() {
        state.withLock { $0.shown += 1 }
        taken.signal()
    }

    // MARK: On its own threads

    private func connect(replication: Bool) throws -> PostgresConnection {
        try PostgresConnection(
            plan.settings, replication: replication, application: plan.application,
            interrupt: interrupt, patience: plan.timing.silence)
    }

    private func run(_ given: ServerSnapshot?) throws {
        // The connection that exports a snapshot has to stay silent and open.
        let exporter = given == nil ? try connect(replication: true) : nil
        let snapshot: ServerSnapshot
        if let given {
            snapshot = given
        } else if let exporter {
            let name = "reportd_copy_\(UInt64.random(in: 0...UInt64.max))"
            snapshot = try ServerSnapshot(
                slot: name, isTemporary: true, waiting: plan.timing.slot, through: exporter)
        } else {
            preconditionFailure("there is a snapshot or a connection that makes one")
        }
        let workers = try (0..<max(1, plan.timing.copyConnections)).map { _ in
            let connection = try connect(replication: false)
            try connection.execute(
                """
                BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                SET TRANSACTION SNAPSHOT \(SQL.text(snapshot.name))
                """)
            return connection
        }
        try hold(tables: workers)
        for table in plan.tables {
            if interrupt.hasFired { throw CancellationError() }
            let reading = try TableReading(plan, table: table, snapshot.position)
            try run(reading, on: workers)
            let copied = try reading.finished()
            state.withLock { $0.handedOver = Handover(table: copied) }
            changed.signal()
            taken.wait()
        }
        for worker in workers { try worker.execute("COMMIT") }
        withExtendedLifetime(exporter) {}
    }

    /// Locks the tables against other definitions until they are read.
    ///
    /// A table that was rewritten after the snapshot looks empty in it, and no event of the stream
    /// tells of its rows. So the definitions are compared once nobody can change them any more.
    private func hold(tables workers: [PostgresConnection]) throws {
        for table in plan.tables {
            let mapping = plan.definition.tables[table]
            for leaf in plan.catalog.tables[mapping.name]?.leaves ?? [] {
                let columns = mapping.fields.map(SQL.name).joined(separator: ", ")
                do {
                    try workers[0].execute(
                        "SELECT \(columns) FROM ONLY \(SQL.table(leaf.name)) LIMIT 0")
                } catch let failure as PostgresFailure where failure.isOfDefinition {
                    throw SchemaChanged(table: mapping.name, what: failure.message)
                }
            }
        }
        let seen = try PostgresCatalog(
            of: plan.definition, publication: plan.publication,
            through: try connect(replication: false)
        ).fingerprints(plan.definition)
        for name in plan.tables.map({ plan.definition.tables[$0].name })
        where seen[name] != plan.fingerprints[name] {
            throw SchemaChanged(table: name, what: "its definition changed while it was read")
        }
    }

    /// Reads the parts of one table, on all connections at once.
    private func run(_ reading: TableReading, on connections: [PostgresConnection]) throws {
        struct Lent: @unchecked Sendable { let connection: PostgresConnection }
        let failure = Mutex<(any Error)?>(nil)
        let group = DispatchGroup()
        for connection in connections.dropFirst() where reading.hasParts {
            let lent = Lent(connection: connection)
            group.enter()
            let thread = Thread {
                do { try reading.work(through: lent.connection) } catch {
                    failure.withLock { $0 = $0 ?? error }
                    reading.giveUp()
                }
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        do { try reading.work(through: connections[0]) } catch {
            failure.withLock { $0 = $0 ?? error }
            reading.giveUp()
        }
        group.wait()
        if let error = failure.withLock({ $0 }) {
            reading.abandon()
            throw error
        }
    }
}

/// The reading of one table: its parts, which several threads take in turn, and what became of them.
private final class TableReading: Sendable {
    /// Pages of a part; the last one of a table has no end, because a table may have grown.
    ///
    /// 16 MB: so few that all connections have work to the end, so many that a statement for each
    /// costs nothing.
    private static let partPages = 2048
    /// How many rows lie between two reports of progress.
    private static let progressRows = 100_000
    /// How many rows are turned into columns at a time.
    private static let batchRows = 16_384

    private struct Part {
        let leaf: String
        let condition: String
    }

    private struct State: @unchecked Sendable {
        var parts: [Part]
        var count = 0
        var aside: [QuarantinedRow] = []
        var roundedAmounts = 0
        var isGivenUp = false
        /// Rows for comparison; touched under the lock only.
        let messages: MessageSpool?
    }

    private let plan: SnapshotCopy.Plan
    private let table: Int
    private let mapping: TableMapping
    private let position: LogPosition
    private let load: Load?
    private let state: Mutex<State>

    init(_ plan: SnapshotCopy.Plan, table: Int, _ position: LogPosition) throws {
        self.plan = plan
        self.table = table
        self.position = position
        mapping = plan.definition.tables[table]
        let isEmpty: Bool
        do {
            isEmpty =
                try plan.store.rowCount(model: mapping.model.name, origin: mapping.origin) == 0
        } catch let advice as Advice where advice.kind == .damaged {
            isEmpty = false
        }
        load = isEmpty ? try plan.store.beginLoad(source: plan.definition.name) : nil
        var parts: [Part] = []
        for leaf in plan.catalog.tables[mapping.name]?.leaves ?? [] {
            // Where a part ends need not be exact, if the last one is open.
            var start = 0
            while leaf.pages - start > Self.partPages {
                let end = start + Self.partPages
                parts.append(
                    Part(
                        leaf: leaf.name,
                        condition: " WHERE ctid >= '(\(start),0)' AND ctid < '(\(end),0)'"))
                start = end
            }
            parts.append(
                Part(
                    leaf: leaf.name,
                    condition: start == 0 ? "" : " WHERE ctid >= '(\(start),0)'"))
        }
        state = Mutex(
            State(
                parts: parts.reversed(),
                messages: isEmpty ? nil : MessageSpool(in: plan.store.folder)))
        plan.log(.loading(table: mapping.name))
    }

    var hasParts: Bool { state.withLock { !$0.parts.isEmpty } }

    func giveUp() { state.withLock { $0.isGivenUp = true } }

    func abandon() { try? load?.abandon() }

    func finished() throws -> CopiedTable {
        let copied = state.withLock { state in
            let rows =
                load.map { CopiedTable.Rows.load($0) }
                ?? state.messages.map {
                    CopiedTable.Rows.messages($0)
                }
            guard let rows else { preconditionFailure("a table is loaded or compared") }
            return CopiedTable(
                table: table, position: position, rows: rows, count: state.count,
                aside: state.aside, roundedAmounts: state.roundedAmounts)
        }
        plan.log(.loaded(table: mapping.name, rows: copied.count))
        Failpoint.hit("mid-copy")
        return copied
    }

    /// Reads parts until there is none left.
    func work(through connection: PostgresConnection) throws {
        let tenants = Tenants(plan.definition.tenants)
        if load != nil {
            try tenants.read(plan.definition.tenants, plan.types, through: connection)
        }
        let placement = RowPlacement(
            mapping, companies: plan.store.schema.companies, tenants: tenants,
            parents: plan.parents)
        let rows = CopiedRows(mapping, plan.types)
        // Of rows that others belong to, the company is kept one by one.
        let isDirect = load != nil && !plan.parents.isParent(table)
        let columns = isDirect ? CopiedColumns(placement, rows.types) : nil
        while let part = state.withLock({ $0.isGivenUp ? nil : $0.parts.popLast() }) {
            try read(part, placement, columns, through: connection)
        }
        state.withLock { $0.roundedAmounts += placement.roundedAmounts }
    }

    private func read(
        _ part: Part, _ placement: RowPlacement, _ direct: CopiedColumns?,
        through connection: PostgresConnection
    ) throws {
        let columns = plan.types.types(of: mapping).enumerated().map {
            mapping.selected($0, as: $1)
        }.joined(separator: ", ")
        let filter = mapping.condition.map { (part.condition.isEmpty ? " WHERE " : " AND ") + $0 }
        var rows = CopiedRows(mapping, plan.types)
        var raw = RawRows(columns: mapping.fields.count)
        var count = 0
        try connection.copyOut(
            "COPY (SELECT \(columns) FROM ONLY \(SQL.table(part.leaf))"
                + "\(part.condition)\(filter ?? "")) "
                + "TO STDOUT (FORMAT binary)"
        ) { bytes in
            guard let row = try rows.row(bytes) else { return }
            if let load, let direct {
                raw.append(bytes, row, rows.fields)
                if raw.count == Self.batchRows {
                    try append(raw, direct, &rows, placement, to: load)
                    raw.removeAll()
                }
            } else if let load {
                try append(try rows.values(bytes), placement, to: load)
            } else {
                try state.withLock { try $0.messages?.append(bytes, in: row) }
            }
            count += 1
            if count % Self.progressRows == 0 {
                let total = state.withLock { state in
                    state.count += Self.progressRows
                    return state.count
                }
                plan.log(.loaded(table: mapping.name, rows: total))
                Failpoint.hit("mid-copy")
            }
        }
        guard rows.hasEnded else {
            throw ProtocolMistake(problem: "the copy of \(mapping.name) has no end")
        }
        if let load, let direct { try append(raw, direct, &rows, placement, to: load) }
        state.withLock { $0.count += count % Self.progressRows }
    }

    private func append(
        _ raw: RawRows, _ direct: CopiedColumns, _ rows: inout CopiedRows,
        _ placement: RowPlacement, to load: Load
    ) throws {
        let (batch, odd) = try direct.batch(of: raw)
        try load.append(model: mapping.model.name, origin: mapping.origin, rows: batch)
        let bytes = raw.bytes
        for row in odd {
            try append(try rows.row(bytes.span, in: raw.range(row)), placement, to: load)
        }
    }

    private func append(
        _ values: [SourceValue], _ placement: RowPlacement, to load: Load
    ) throws {
        switch placement.place(values) {
        case .row(let row):
            try load.append(
                model: mapping.model.name, origin: mapping.origin, company: row.company,
                key: row.key, cells: row.cells)
            if plan.parents.isParent(table) {
                plan.parents.set(row.company, of: row.key, in: table)
            }
        case .deleted: break
        case .aside(let key, let reason):
            let row = QuarantinedRow(
                source: plan.definition.name, table: mapping.name, key: key, reason: reason,
                content: Quarantine.content(of: values, mapping: mapping))
            plan.log(.quarantined(table: mapping.name, key: key, reason: reason))
            try load.quarantine(row)
            let limit = plan.store.settings.quarantineRows
            state.withLock { $0.aside.append($0.aside.count < limit ? row : row.withoutContent) }
        }
    }
}

/// Reads the rows of a copy, one message after the other.
struct CopiedRows {
    let types: [PostgresType]
    private var format: CopyFormat
    /// Where the values of the row that was read last lie; nil for null.
    private(set) var fields: [Range<Int>?] = []

    init(_ mapping: TableMapping, _ types: PostgresTypes) {
        self.types = types.types(of: mapping).map { $0 == .foreign ? .text : $0 }
        format = CopyFormat(columnCount: mapping.fields.count)
    }

    /// Whether the closing mark has been seen.
    var hasEnded: Bool { format.hasEnded }

    /// Reads one message of a copy; gives the place of the row in it, or nil if it held none.
    mutating func row(_ bytes: Span<UInt8>) throws -> Range<Int>? {
        try format.row(bytes, into: &fields)
    }

    /// Reads a row that was kept aside.
    mutating func row(_ bytes: Span<UInt8>, in range: Range<Int>) throws -> [SourceValue] {
        try format.fields(bytes, in: range, into: &fields)
        return try values(bytes)
    }

    /// The values of the row that was read last.
    func values(_ bytes: Span<UInt8>) throws -> [SourceValue] {
        var values: [SourceValue] = []
        values.reserveCapacity(fields.count)
        for (field, type) in zip(fields, types) {
            values.append(try field.map { try type.value(binary: bytes, in: $0) } ?? .null)
        }
        return values
    }
}

extension Tenants {
    /// Reads the table of tenants anew.
    func read(
        _ lookup: TenantLookup?, _ types: PostgresTypes, through connection: PostgresConnection
    ) throws {
        guard let lookup = lookup?.table else { return }
        let rows = try connection.query(
            """
            SELECT \(SQL.name(lookup.key)), \(SQL.name(lookup.value)),
                   (SELECT a.atttypid FROM pg_attribute a
                    WHERE a.attrelid = \(SQL.text(SQL.table(lookup.name)))::regclass
                      AND a.attname = \(SQL.text(lookup.key)))
            FROM \(SQL.table(lookup.name))
            """)
        removeAll()
        for row in rows {
            guard let key = row[0], let type = row[2].flatMap({ UInt32($0) }) else { continue }
            _ = set((types[type] ?? .foreign).value(text: key), word: row[1])
        }
    }
}
