import GRDB
import Logging
import Reports
import Synchronization
import Vocabulary

/// What was done and by whom, in the state file: who signed in, took files away, was refused.
///
/// Invariants: entries are numbered from 1 without gaps; the file itself refuses to change or delete
/// one, and to add one that is not the next; each holds the hash of the one before it, so that a
/// change made around the program is noticed. What else is written in the same transaction is there
/// together with its entry, or not at all. That the newest entries were cut off shows only to who
/// noted the last hash elsewhere.
struct AuditLog: Sendable {
    /// The steps by which the log comes into the state file.
    static let migrations = [
        StateMigration(name: "audit-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE audit (
                        number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL,
                        who TEXT NOT NULL, address TEXT, subject TEXT NOT NULL,
                        details TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
                    CREATE TRIGGER audit_update BEFORE UPDATE ON audit
                        BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
                    CREATE TRIGGER audit_delete BEFORE DELETE ON audit
                        BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
                    CREATE TRIGGER audit_insert BEFORE INSERT ON audit
                        WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)
                        BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
                    """)
        }
    ]

    /// Refusals of one process that are entered in a minute; of those beyond, only their number is.
    static let refusalsPerMinute = 60

    /// How many refusals were entered in the present minute, and how many were not.
    private final class Gate: Sendable {
        private let count = Mutex((minute: Int64(0), entered: 0, passedOver: 0))

        /// Nil when the refusal is not to be entered; else how many before it were not.
        func pass(at now: Instant) -> Int? {
            count.withLock { count in
                if count.minute != now.seconds / 60 {
                    (count.minute, count.entered) = (now.seconds / 60, 0)
                }
                guard count.entered < AuditLog.refusalsPerMinute else {
                    count.passedOver += 1
                    return nil
                }
                count.entered += 1
                defer { count.passedOver = 0 }
                return count.passedOver
            }
        }
    }

    let state: StateFile
    let clock: WallClock
    /// Whether the address that somebody came from is kept.
    let keepsAddresses: Bool
    private let gate = Gate()

    init(_ state: StateFile, clock: WallClock, keepsAddresses: Bool = true) {
        self.state = state
        self.clock = clock
        self.keepsAddresses = keepsAddresses
    }

    // MARK: Entering

    /// Enters an event as part of a transaction.
    static func enter(_ event: AuditEvent, at now: Instant, in db: Database) throws {
        let last = try Row.fetchOne(
            db, sql: "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
        let number = (last?["number"] ?? Int64(0)) + 1
        let details = event.detailsText
        let hash = AuditEntry.hash(
            after: last?["hash"] ?? AuditEntry.origin, number: number, time: now,
            kind: event.kind.rawValue, who: event.who, address: event.address,
            subject: event.subject, details: details)
        try db.execute(
            sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                number, now.microseconds, event.kind.rawValue, event.who, event.address,
                event.subject, details, hash,
            ])
    }

    /// The event as it is kept: perhaps without the address.
    func kept(_ event: AuditEvent) -> AuditEvent {
        var event = event
        if !keepsAddresses { event.address = nil }
        return event
    }

    /// Enters an event; durable when this returns.
    ///
    /// - Throws: `Advice` when the state file cannot be written; what is to be audited must not
    ///   happen then.
    func enter(_ event: AuditEvent) async throws {
        let (event, now) = (kept(event), clock.now())
        try await state.write { db in try Self.enter(event, at: now, in: db) }
    }

    /// Enters an event of a command.
    ///
    /// - Throws: `Advice` when the state file cannot be written.
    func enterNow(_ event: AuditEvent) throws {
        let (event, now) = (kept(event), clock.now())
        try state.write { db in try Self.enter(event, at: now, in: db) }
    }

    /// Enters a refusal, which stands whether it can be entered or not.
    ///
    /// Only so many are in a minute: nobody fills the disk by being refused.
    func enterRefusal(_ event: AuditEvent, log: Logger) async {
        guard let passedOver = gate.pass(at: clock.now()) else { return }
        var event = event
        if passedOver > 0 { event.details["not-entered-before"] = "\(passedOver)" }
        do {
            try await enter(event)
        } catch {
            log.error(
                "a refusal could not be entered in the audit log: \(Problem.advice(error))",
                error: error)
        }
    }

    // MARK: Reading

    /// Which entries are asked for.
    struct Question: Sendable, Hashable {
        /// Only entries of this kind.
        var kind: String?
        /// Only entries of this user.
        var who: String?
        /// Only entries from this moment on.
        var since: Instant?
        /// Only entries with greater numbers.
        var after: Int64 = 0
        /// At most so many, the newest ones.
        var limit = 100

        /// Checks the kind.
        ///
        /// - Throws: `Advice` that names the nearest kind.
        func checked() throws -> Question {
            guard let kind, AuditEvent.Kind(rawValue: kind) == nil else { return self }
            throw Advice(
                .request, "‘\(kind)’ is not a kind of entry",
                remedy: Spelling.remedy(
                    for: kind, legal: AuditEvent.Kind.allCases.map(\.rawValue)))
        }
    }

    /// Entries in their order, the newest ones where there are more than asked for.
    func entries(_ question: Question = Question()) async throws -> [AuditEntry] {
        try await state.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM (SELECT * FROM audit WHERE number > ?1
                        AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR who = ?3)
                        AND (?4 IS NULL OR time >= ?4) ORDER BY number DESC LIMIT ?5)
                    ORDER BY number
                    """,
                arguments: [
                    question.after, question.kind, question.who, question.since?.microseconds,
                    question.limit,
                ]
            ).map(Self.entry)
        }
    }

    private static func entry(_ row: Row) -> AuditEntry {
        AuditEntry(
            number: row["number"], time: Instant(microseconds: row["time"]), kind: row["kind"],
            who: row["who"], address: row["address"], subject: row["subject"],
            details: row["details"], hash: row["hash"])
    }

    /// What a look through the whole log showed.
    struct Verdict: Sendable, Hashable {
        /// How many entries there are.
        let entries: Int64
        /// The hash of the last one; to be noted elsewhere, so that a shortened log is noticed.
        let head: String
        /// The first entry that is not as it was entered; nil when all are.
        let broken: Int64?
    }

    /// Compares every entry with its hash and with the one before it.
    func verify() async throws -> Verdict {
        try await state.read { db in
            var (expected, head) = (Int64(1), AuditEntry.origin)
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM audit ORDER BY number")
            while let row = try rows.next() {
                let entry = Self.entry(row)
                guard entry.number == expected, entry.hash(after: head) == entry.hash else {
                    return Verdict(entries: expected - 1, head: head, broken: expected)
                }
                (expected, head) = (expected + 1, entry.hash)
            }
            return Verdict(entries: expected - 1, head: head, broken: nil)
        }
    }

    /// Whether an entry has a hash.
    func holds(hash: String) async throws -> Bool {
        try await state.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM audit WHERE hash = ?)", arguments: [hash])
                ?? false
        }
    }

    /// Entries as a table, for CSV.
    static func table(_ entries: [AuditEntry]) -> ResultTable {
        let columns = [
            ResultColumn(name: "number", label: "Number", kind: .integer),
            ResultColumn(name: "time", label: "Time", kind: .instant),
            ResultColumn(name: "kind", label: "Kind", kind: .text),
            ResultColumn(name: "who", label: "Who", kind: .text),
            ResultColumn(name: "address", label: "Address", kind: .text),
            ResultColumn(name: "subject", label: "Subject", kind: .text),
            ResultColumn(name: "details", label: "Details", kind: .text),
            ResultColumn(name: "hash", label: "Hash", kind: .identifier),
        ]
        let rows = entries.map { entry -> [Value] in
            [
                .integer(entry.number), .instant(entry.time), .text(entry.kind), .text(entry.who),
                entry.address.map(Value.text) ?? .missing, .text(entry.subject),
                .text(entry.details), .text(entry.hash),
            ]
        }
        return ResultTable(name: "audit", title: "Audit log", columns: columns, rows: rows)
    }

    /// Entries as CSV of profile `machine`.
    static func csv(_ entries: [AuditEntry]) throws -> [UInt8] {
        let table = table(entries)
        let text = CollectedText()
        try CSVWriter(profile: .machine, zone: .utc).write(table) { text.bytes += $0 }
        return text.bytes
    }
}

/// Bytes that a writer hands over, put together.
private final class CollectedText {
    var bytes: [UInt8] = []
}
