import Store
import Vocabulary

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
/// What the rows of a message become is the matter of `RowTranslator`.
final class ChangeTranslator {
    /// Whole transactions that wait to be written.
    struct Group {
        var changes = GatheredChanges()
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

    /// What is translated again.
    private struct Replay {
        /// The one table that it concerns; nil for all.
        let table: Int?
        /// From where on.
        let from: LogPosition?
    }

    private let definition: SourceDefinition
    private let tenants: Tenants
    private let rows: RowTranslator
    private let folder: String
    private let largeChanges: Int
    private var tables: StreamedTables
    private var standings: [Standing]
    private var open: Open?
    private var replay: Replay?
    private var marks: [String] = []
    /// The values of the row at hand, kept for the next one.
    private var values: [SourceValue] = []
    /// The end of the changes of whole transactions among those that have collected.
    private var wholeChanges = GatheredChanges.Mark()
    /// Whole transactions that wait, without their changes until they are taken.
    private(set) var ready: Group?
    /// The marks (`pg_logical_emit_message`) of transactions that are ready or were taken.
    private(set) var passedMarks: Set<String> = []

    /// The prefix of marks that we put into the log ourselves.
    static let markPrefix = "reportd"
    /// How many changes are translated again at a time.
    private static let replayedChanges = 5000

    /// Begins with tables that take changes from given positions on.
    init(
        definition: SourceDefinition, placements: [RowPlacement], tenants: Tenants,
        parents: ParentCompanies, types: PostgresTypes, quarantine: Quarantine,
        folder: String = "/tmp", largeChanges: Int = 20_000, from: [LogPosition?] = [],
        ask: SourceQuestions
    ) {
        self.definition = definition
        self.tenants = tenants
        self.folder = folder
        self.largeChanges = largeChanges
        rows = RowTranslator(
            definition: definition, placements: placements, parents: parents,
            quarantine: quarantine, ask: ask)
        tables = StreamedTables(definition, types)
        standings = definition.tables.indices.map {
            .live(from: $0 < from.count ? from[$0] : nil)
        }
    }

    /// Rows put aside: table, key, content.
    var aside: Quarantine { rows.aside }

    /// Whether a transaction has begun and not ended.
    var isInTransaction: Bool { open != nil }

    /// How many changes whole transactions have made that wait.
    var readyChanges: Int { wholeChanges.count }

    /// Hands over the whole transactions that have arrived.
    func takeReady() -> Group? {
        guard var group = ready else { return nil }
        ready = nil
        group.changes = rows.takeChanges(upTo: wholeChanges)
        wholeChanges = GatheredChanges.Mark()
        return group
    }

    /// Takes one message of the stream.
    ///
    /// - Throws: `ProtocolMistake`, `SchemaChanged`, what asking the source throws, or `Advice`
    ///   when a file cannot be written.
    func take(_ bytes: Span<UInt8>, in range: Range<Int>) throws {
        if let rest = open?.rest, range.isEmpty || bytes[range.lowerBound] != UInt8(ascii: "C") {
            try rest.append(bytes, in: range)
            return
        }
        try translate(bytes, in: range)
        let changes = rows.changes.count - wholeChanges.count
        if open != nil, changes > 0 {
            Failpoint.hit("mid-transaction")
            if changes >= largeChanges { open?.rest = MessageSpool(in: folder) }
        }
    }

    private func translate(_ bytes: Span<UInt8>, in range: Range<Int>) throws {
        switch try ReplicationMessage(bytes, in: range) {
        case .begin(let commit, let time):
            open = Open(commit: commit)
            // What is translated again has its time, or is the store's own.
            if replay == nil { rows.setTime(time) }
        case .commit(let end, let time): try commit(end: end, time: time)
        case .origin, .type: break
        case .relation(let id, let table, let columns):
            guard
                let index = tables.describe(
                    id, as: table, columns: columns, message: range.map { bytes[$0] })
            else { break }
            if replay?.table == nil, case .waiting(let spool) = standings[index] {
                try spool.append(bytes, in: range)
            }
        case .insert(let id, let new):
            let described = try tables.described(id)
            switch described.role {
            case .ignored: break
            case .tenants: try setTenant(tables.values(new, of: described, in: bytes))
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try tables.read(new, of: described, in: bytes, into: &values)
                try rows.upsert(table, values)
            }
        case .update(let id, let old, let new):
            let described = try tables.described(id)
            switch described.role {
            case .ignored: break
            case .tenants:
                if let old {
                    _ = tenants.set(try tables.values(old, of: described, in: bytes)[0], word: nil)
                }
                try setTenant(tables.values(new, of: described, in: bytes))
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try tables.read(new, of: described, in: bytes, into: &values)
                try rows.update(
                    table, old: try old.map { try tables.values($0, of: described, in: bytes) },
                    new: values)
            }
        case .delete(let id, let old):
            let described = try tables.described(id)
            switch described.role {
            case .ignored: break
            case .tenants:
                _ = tenants.set(try tables.values(old, of: described, in: bytes)[0], word: nil)
            case .mapped(let table):
                guard try takesNow(table, bytes, in: range) else { break }
                try tables.read(old, of: described, in: bytes, into: &values)
                rows.delete(table, values)
            }
        case .truncate(let ids):
            for id in ids {
                switch try tables.described(id).role {
                case .ignored: break
                case .tenants: if replay?.table == nil { tenants.removeAll() }
                case .mapped(let table):
                    if try takesNow(table, bytes, in: range) { rows.clear(table) }
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
        // What follows from a large transaction is settled when its rest is translated.
        if open.rest == nil {
            try rows.settle(except: waits)
            pass()
        }
        self.open = nil
        rows.setTime(nil)
        wholeChanges = rows.changes.mark
        var group = ready ?? Group(end: end, time: time)
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

    private func waits(_ table: Int) -> Bool {
        if case .waiting = standings[table] { true } else { false }
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
        for bytes in tables.messages(of: table) {
            try spool.append(bytes.span, in: 0..<bytes.count)
        }
        standings[table] = .waiting(spool)
    }

    /// Ends the waiting of a table whose rows are those of a position.
    ///
    /// - Returns: Its changes since then, to be written together with the rows: some thousands at a
    ///   time, and nil at the end; or nothing if there were none.
    func endWaiting(
        for table: Int, readAt position: LogPosition, aside: [QuarantinedRow]
    ) throws -> (() throws -> GatheredChanges?)? {
        guard case .waiting(let spool) = standings[table] else {
            preconditionFailure("only a table that waits is handed over")
        }
        precondition(open == nil && ready == nil, "a table is handed over between transactions")
        standings[table] = .live(from: position)
        rows.setAside(aside, of: table)
        guard spool.count > 0 || rows.isPostponed(table) else { return nil }
        return try changes(of: spool, Replay(table: table, from: position), in: nil)
    }

    /// The changes of the rest of a large transaction: some thousands at a time, and nil at the end.
    func changes(
        of rest: (messages: MessageSpool, commit: LogPosition)
    ) throws -> () throws -> GatheredChanges? {
        try changes(
            of: rest.messages, Replay(table: nil, from: nil), in: Open(commit: rest.commit))
    }

    private func changes(
        of spool: MessageSpool, _ replay: Replay, in transaction: Open?
    ) throws -> () throws -> GatheredChanges? {
        let reader = try spool.reader()
        var carried = transaction
        var isOver = false
        return { [self] in
            precondition(open == nil, "changes are translated again between transactions")
            self.replay = replay
            open = carried
            defer { (self.replay, open) = (nil, nil) }
            while !isOver, rows.changes.count < Self.replayedChanges {
                if try reader.next({ try self.translate($0, in: $1) }) { continue }
                isOver = true
                try rows.settle(except: waits)
            }
            carried = open
            if rows.changes.isEmpty { pass() }
            return rows.changes.isEmpty ? nil : rows.takeChanges()
        }
    }

    // MARK: Tenants

    private func setTenant(_ values: [SourceValue]) throws {
        if tenants.set(values[0], word: values[1].text) {
            throw TenantMoved()
        }
        guard open != nil else { throw ProtocolMistake(problem: "a change outside a transaction") }
        // Rows of a table that waits are placed when they have been read.
        try rows.placeAgain(except: waits)
    }

    /// Tries all rows put aside again, outside any transaction of the source.
    func placeAgain(at position: LogPosition, time: Instant) throws {
        precondition(ready == nil, "rows are placed again between transactions")
        try rows.placeAgain(except: waits)
        guard !rows.changes.isEmpty else { return }
        wholeChanges = rows.changes.mark
        ready = Group(transactions: 0, end: position, time: time)
    }
}
