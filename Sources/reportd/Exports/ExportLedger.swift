import Foundation
import GRDB
import Vocabulary

/// The exports in the state file: asked for, claimed, made, removed.
///
/// The rules by which rows move are drawn at `Export`. Invariants: a claim compares the state in the
/// statement that takes the row, so that of two workers one gets it; what a worker writes later
/// compares its claim, so that a row which was cancelled, or begun again by another process, is not
/// touched by whoever had it before; a row whose `is_kept` is set may have a file or an object, and
/// one whose is not has none.
struct ExportLedger: Sendable {
    /// The tables of the ledger.
    static let migrations = [
        StateMigration(name: "exports-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE export (
                        id TEXT PRIMARY KEY, owner TEXT NOT NULL, role TEXT NOT NULL,
                        companies TEXT NOT NULL, user_key TEXT, request TEXT NOT NULL,
                        pin TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN
                            ('waiting', 'running', 'done', 'failed', 'cancelled', 'removed')),
                        asked INTEGER NOT NULL, began INTEGER, ended INTEGER, expires INTEGER,
                        attempts INTEGER NOT NULL DEFAULT 0, claimant TEXT,
                        rows INTEGER NOT NULL DEFAULT 0, rows_in_all INTEGER, file_name TEXT,
                        bytes INTEGER, sha256 TEXT, reason TEXT,
                        is_kept INTEGER NOT NULL DEFAULT 0) STRICT;
                    CREATE INDEX export_open ON export (state, asked)
                        WHERE state IN ('waiting', 'running');
                    CREATE INDEX export_owner ON export (owner, asked);
                    CREATE TABLE export_link (
                        id TEXT PRIMARY KEY, export TEXT NOT NULL REFERENCES export (id),
                        maker TEXT NOT NULL, is_local INTEGER NOT NULL, made INTEGER NOT NULL,
                        expires INTEGER NOT NULL, revoked INTEGER,
                        downloads INTEGER NOT NULL DEFAULT 0, last_download INTEGER) STRICT;
                    CREATE INDEX export_link_export ON export_link (export);
                    """)
        }
    ]

    /// How often work on an export begins before it is given up: a file that ends the program each
    /// time must not do so for ever.
    static let attempts = 3

    /// The right to make one file now.
    struct Claim: Sendable {
        let export: Export
        let claimant: String

        /// What a statement compares so that it touches only the row that was claimed.
        fileprivate var arguments: StatementArguments {
            [export.id, claimant, export.attempts]
        }

        fileprivate static let condition =
            "WHERE id = ? AND claimant = ? AND attempts = ? AND state = 'running'"
    }

    let file: StateFile
    let claimant: Claimant

    /// Opens the ledger of a state file on behalf of a process.
    init(_ state: StateFile, claimant: Claimant = .current) {
        file = state
        self.claimant = claimant
    }

    // MARK: Asking

    /// Enters an export, if its owner has room for one more.
    ///
    /// - Throws: `Advice` of kind `busy` when they have not; nothing is entered then.
    func ask(_ export: Export, _ settings: ExportSettings, _ event: AuditEvent) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let request = String(decoding: try encoder.encode(export.request), as: UTF8.self)
        let pin = String(decoding: try encoder.encode(export.pin), as: UTF8.self)
        try await file.write { db in
            let (open, kept) = try Self.load(of: export.owner.name, db)
            guard open < settings.waiting else { throw settings.tooMany(waiting: open) }
            guard kept < settings.keptBytes else { throw settings.tooMuch() }
            try db.execute(
                sql: """
                    INSERT INTO export (id, owner, role, companies, user_key, request, pin, state,
                        asked) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)
                    """,
                arguments: [
                    export.id, export.owner.name, export.owner.role.rawValue,
                    export.owner.companies.sorted().joined(separator: " "), export.owner.userKey,
                    request, pin, export.asked.microseconds,
                ])
            try AuditLog.enter(event, at: export.asked, in: db)
        }
    }

    /// How many exports of an owner are not done, and how many bytes their files take.
    private static func load(of owner: String, _ db: Database) throws -> (open: Int, kept: Int) {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*) FILTER (WHERE state IN ('waiting', 'running')) AS open,
                    coalesce(sum(bytes) FILTER (WHERE state = 'done'), 0) AS kept
                FROM export WHERE owner = ?
                """, arguments: [owner])
        return (row?["open"] ?? 0, row?["kept"] ?? 0)
    }

    /// Bytes of the files that an owner keeps.
    func keptBytes(of owner: String) async throws -> Int {
        try await file.read { db in try Self.load(of: owner, db).kept }
    }

    // MARK: Working

    /// Claims the export whose turn it is, or the one that is named; nil when there is none.
    ///
    /// Whoever has fewest being made comes first, so that nobody waits behind somebody's ten.
    func claim(_ id: String? = nil, now: Instant) async throws -> Claim? {
        let claimant = claimant.text
        // A look first: the file is not locked every second for nothing.
        let isWaiting = try await file.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM export WHERE state = 'waiting')")
        }
        guard isWaiting == true else { return nil }
        return try await file.write { db in
            let next = try String.fetchOne(
                db,
                sql: """
                    SELECT id FROM export AS e WHERE state = 'waiting' AND (?1 IS NULL OR id = ?1)
                    ORDER BY (SELECT count(*) FROM export AS r
                        WHERE r.owner = e.owner AND r.state = 'running'), asked, rowid LIMIT 1
                    """, arguments: [id])
            guard let next else { return nil }
            try db.execute(
                sql: """
                    UPDATE export SET state = 'running', claimant = ?, began = ?, rows = 0,
                        attempts = attempts + 1, is_kept = 1 WHERE id = ? AND state = 'waiting'
                    """, arguments: [claimant, now.microseconds, next])
            return try Self.fetch(db, "WHERE id = ?", [next]).first.map {
                Claim(export: $0, claimant: claimant)
            }
        }
    }

    /// Writes down how far a claimed export is.
    ///
    /// - Returns: Whether it is still to be made; false when it was cancelled.
    func tell(_ claim: Claim, rows: Int, rowsInAll: Int) throws -> Bool {
        try file.write { db in
            try db.execute(
                sql: "UPDATE export SET rows = ?, rows_in_all = ? " + Claim.condition,
                arguments: [rows, rowsInAll] + claim.arguments)
            return db.changesCount == 1
        }
    }

    /// Records that the file is in its place.
    ///
    /// - Returns: Whether it was still wanted.
    func finish(
        _ claim: Claim, _ made: Export.File, rows: Int, expires: Instant, now: Instant,
        _ event: AuditEvent
    ) async throws -> Bool {
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE export SET state = 'done', claimant = NULL, ended = ?, expires = ?,
                        rows = ?, rows_in_all = ?, file_name = ?, bytes = ?, sha256 = ?
                    """ + " " + Claim.condition,
                arguments: [
                    now.microseconds, expires.microseconds, rows, rows, made.name, made.bytes,
                    made.sha256,
                ] + claim.arguments)
            guard db.changesCount == 1 else { return false }
            try AuditLog.enter(event, at: now, in: db)
            return true
        }
    }

    /// Records that the file cannot be made.
    func fail(_ claim: Claim, _ reason: Advice, now: Instant, _ event: AuditEvent) async throws {
        try await file.write { db in
            try db.execute(
                sql: "UPDATE export SET state = 'failed', claimant = NULL, ended = ?, reason = ? "
                    + Claim.condition,
                arguments: [now.microseconds, reason.description] + claim.arguments)
            if db.changesCount == 1 { try AuditLog.enter(event, at: now, in: db) }
        }
    }

    /// Gives a claimed export back, for whoever comes next; the attempt does not count.
    func giveBack(_ claim: Claim) async throws {
        try await file.write { db in
            try db.execute(
                sql: "UPDATE export SET state = 'waiting', claimant = NULL, rows = 0, "
                    + "attempts = attempts - 1 " + Claim.condition, arguments: claim.arguments)
        }
    }

    /// Puts back what dead processes were making, and gives up what has ended too many of them.
    ///
    /// - Returns: Identifiers of the exports that were put back or given up.
    @discardableResult
    func recover(now: Instant) async throws -> [String] {
        let running = try await file.read { db in
            try Row.fetchAll(db, sql: "SELECT id, claimant FROM export WHERE state = 'running'")
                .map { row -> (id: String, owner: Claimant) in
                    (row["id"], Claimant(text: row["claimant"] ?? ""))
                }
        }
        let dead = running.filter { $0.owner != claimant && !$0.owner.isAlive }
        guard !dead.isEmpty else { return [] }
        return try await file.write { db in
            var recovered: [String] = []
            for (id, owner) in dead {
                try db.execute(
                    sql: """
                        UPDATE export SET claimant = NULL,
                            state = CASE WHEN attempts < ?1 THEN 'waiting' ELSE 'failed' END,
                            ended = CASE WHEN attempts < ?1 THEN NULL ELSE ?2 END,
                            reason = CASE WHEN attempts < ?1 THEN NULL ELSE ?3 END
                        WHERE id = ?4 AND state = 'running' AND claimant = ?5
                        """,
                    arguments: [
                        Self.attempts, now.microseconds,
                        "the program ended \(Self.attempts) times while it made this file; ask "
                            + "for less at once, or tell the operator", id, owner.text,
                    ])
                if db.changesCount == 1 { recovered.append(id) }
            }
            return recovered
        }
    }

    // MARK: Removing

    /// Cancels an export that is not done, or marks the file of one that is as removed.
    ///
    /// - Returns: Whether something changed.
    func remove(
        _ id: String, reason: String, now: Instant, _ event: AuditEvent
    ) async throws -> Bool {
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE export SET claimant = NULL, ended = ?, reason = ?, expires = NULL,
                        state = CASE state WHEN 'done' THEN 'removed' ELSE 'cancelled' END
                    WHERE id = ? AND state IN ('waiting', 'running', 'done')
                    """, arguments: [now.microseconds, reason, id])
            guard db.changesCount == 1 else { return false }
            try AuditLog.enter(event, at: now, in: db)
            return true
        }
    }

    /// Marks files whose time is over as removed.
    ///
    /// - Returns: Their exports, as they were.
    func expire(now: Instant, reason: String) async throws -> [Export] {
        try await file.write { db in
            let over = try Self.fetch(
                db, "WHERE state = 'done' AND expires <= ?", [now.microseconds])
            for export in over {
                try db.execute(
                    sql: "UPDATE export SET state = 'removed', ended = ?, reason = ? WHERE id = ?",
                    arguments: [now.microseconds, reason, export.id])
                try AuditLog.enter(
                    AuditEvent(
                        kind: .exportRemoved, subject: export.request.report,
                        details: ["export": export.id, "reason": reason]), at: now, in: db)
            }
            return over
        }
    }

    /// Exports that are over and may still have a file.
    func leftovers() async throws -> [Export] {
        try await file.read { db in
            try Self.fetch(
                db, "WHERE is_kept = 1 AND state IN ('failed', 'cancelled', 'removed')", [])
        }
    }

    /// Notes that an export that is over has no file any more.
    func cleared(_ id: String) async throws {
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE export SET is_kept = 0
                    WHERE id = ? AND state IN ('failed', 'cancelled', 'removed')
                    """, arguments: [id])
        }
    }

    /// Forgets exports that ended before an instant and have no file; the audit log still tells of them.
    func forget(before instant: Instant) async throws {
        try await file.write { db in
            let condition =
                "is_kept = 0 AND ended < ? AND state IN ('failed', 'cancelled', 'removed')"
            try db.execute(
                sql: "DELETE FROM export_link WHERE export IN "
                    + "(SELECT id FROM export WHERE \(condition))",
                arguments: [instant.microseconds])
            try db.execute(
                sql: "DELETE FROM export WHERE \(condition)", arguments: [instant.microseconds])
        }
    }
}
