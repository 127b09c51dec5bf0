import Foundation
import GRDB
import Reports
import Synchronization
import Vocabulary

/// The closed periods, in the state file: who closed what, when, at which commit, with which files.
///
/// A close is there entirely or not at all: its files are durable first, and one transaction enters it.
/// Nothing is ever removed from the book; a period that is opened again keeps its entry, with who did
/// it and why.
final class CloseBook: Sendable {
    /// The steps by which closes come into the state file.
    static let migrations = [
        StateMigration(name: "closes-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE period_close (
                        id INTEGER PRIMARY KEY, company TEXT NOT NULL, first_day TEXT NOT NULL,
                        last_day TEXT NOT NULL, commit_number INTEGER NOT NULL,
                        committed_at INTEGER NOT NULL, closed_at INTEGER NOT NULL,
                        closed_by TEXT NOT NULL, build TEXT NOT NULL, locale TEXT NOT NULL,
                        reopened_at INTEGER, reopened_by TEXT, reason TEXT) STRICT;
                    CREATE UNIQUE INDEX period_close_in_force
                        ON period_close (company, first_day, last_day) WHERE reopened_at IS NULL;
                    CREATE TABLE closed_file (
                        close INTEGER NOT NULL REFERENCES period_close (id), report TEXT NOT NULL,
                        format TEXT NOT NULL, definition TEXT NOT NULL, sha256 TEXT NOT NULL,
                        bytes INTEGER NOT NULL, replacement TEXT,
                        PRIMARY KEY (close, report, format)) STRICT, WITHOUT ROWID;
                    """)
        }
    ]

    /// The files.
    let archive: CloseArchive
    private let path: String
    private let opened = Mutex<StateFile?>(nil)
    private let cache = Mutex<(version: UInt32, closes: [PeriodClose])?>(nil)

    /// The book in a state file, which need not exist yet.
    init(state path: String) {
        self.path = path
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        archive = CloseArchive(folder: folder + "/closed")
    }

    /// All closes, also of periods that were opened again, in the order in which they were made.
    ///
    /// - Throws: `Advice` when the state file cannot be read.
    func all() throws -> [PeriodClose] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let state = try state()
        let version = state.changeCount
        if let known = cache.withLock({ $0 }), known.version == version { return known.closes }
        let closes = try state.read { try Self.closes(in: $0) }
        if let version, version == state.changeCount {
            cache.withLock { $0 = (version, closes) }
        }
        return closes
    }

    /// The state file, which is made if there is none.
    private func state() throws -> StateFile {
        try opened.withLock { opened in
            if let opened { return opened }
            let state = try StateFile(path: path)
            opened = state
            return state
        }
    }

    /// The closes in force of a company.
    func inForce(_ company: String) throws -> [PeriodClose] {
        try all().filter { $0.company == company && $0.isInForce }
    }

    /// The commits that the store has to keep.
    func commits() throws -> Set<UInt64> { Set(try all().filter(\.isInForce).map(\.commit)) }

    /// Enters a close; durable when this returns.
    ///
    /// - Throws: `Advice` of kind `busy` when the period is closed already.
    @discardableResult
    func enter(_ close: PeriodClose) throws -> PeriodClose {
        try state().write { db in
            let rival = try Self.closes(in: db).first {
                $0.isInForce && $0.company == close.company && $0.first == close.first
                    && $0.last == close.last
            }
            if let rival {
                throw Advice(
                    .busy, "\(close.period) of \(close.company) is closed already: \(rival.words)",
                    remedy: "open it again with ‘reportd reopen’ first")
            }
            try db.execute(
                sql: "INSERT INTO period_close (company, first_day, last_day, commit_number, "
                    + "committed_at, closed_at, closed_by, build, locale) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    close.company, "\(close.first)", "\(close.last)", Int64(close.commit),
                    close.committedAt.microseconds, close.closedAt.microseconds, close.closedBy,
                    close.build, close.locale,
                ])
            let id = db.lastInsertedRowID
            for file in close.files {
                try db.execute(
                    sql:
                        "INSERT INTO closed_file (close, report, format, definition, sha256, bytes) "
                        + "VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [
                        id, file.report, file.format.rawValue, file.definition, file.sha256,
                        file.bytes,
                    ])
            }
            try AuditLog.enter(
                AuditEvent(
                    kind: .closed, who: close.closedBy,
                    subject: "\(close.company) \(close.period)",
                    details: [
                        "commit": "\(close.commit)",
                        "reports": close.reports.joined(separator: " "),
                    ]), at: close.closedAt, in: db)
            Failpoint.hit("close-entered")
        }
        return close
    }

    /// Opens a period again.
    ///
    /// - Throws: `Advice` when it is not closed or no reason is given.
    func reopen(_ id: Int64, _ reopening: PeriodClose.Reopening) throws {
        guard !reopening.reason.isEmpty else {
            throw Advice(
                .request, "no reason is given", remedy: "say why the period is opened again")
        }
        try state().write { db in
            try db.execute(
                sql: "UPDATE period_close SET reopened_at = ?, reopened_by = ?, reason = ? "
                    + "WHERE id = ? AND reopened_at IS NULL",
                arguments: [
                    reopening.time.microseconds, reopening.by, reopening.reason, id,
                ])
            guard db.changesCount == 1 else {
                throw Advice(.unknown, "that period is not closed", remedy: "see ‘close --list’")
            }
            let close = try Self.closes(in: db).first { $0.id == id }
            try AuditLog.enter(
                AuditEvent(
                    kind: .reopened, who: reopening.by,
                    subject: close.map { "\($0.company) \($0.period)" } ?? "",
                    details: ["reason": reopening.reason]), at: reopening.time, in: db)
        }
    }

    /// Enters the file that stands for another from now on, and why.
    func replace(
        _ file: PeriodClose.File, of id: Int64, sha256: String, bytes: Int, because reason: String
    ) throws {
        try state().write { db in
            try db.execute(
                sql: "UPDATE closed_file SET sha256 = ?, bytes = ?, replacement = ? "
                    + "WHERE close = ? AND report = ? AND format = ?",
                arguments: [sha256, bytes, reason, id, file.report, file.format.rawValue])
        }
    }

    private static func closes(in db: Database) throws -> [PeriodClose] {
        let files = Dictionary(
            grouping: try Row.fetchAll(
                db, sql: "SELECT * FROM closed_file ORDER BY close, report, format"),
            by: { $0["close"] as Int64 })
        return try Row.fetchAll(db, sql: "SELECT * FROM period_close ORDER BY id").compactMap {
            row in
            guard let first = LocalDay(row["first_day"] as String),
                let last = LocalDay(row["last_day"] as String)
            else { return nil }
            let id: Int64 = row["id"]
            let reopenedAt: Int64? = row["reopened_at"]
            return PeriodClose(
                id: id, company: row["company"], first: first, last: last,
                commit: UInt64(row["commit_number"] as Int64),
                committedAt: Instant(microseconds: row["committed_at"]),
                closedAt: Instant(microseconds: row["closed_at"]), closedBy: row["closed_by"],
                build: row["build"], locale: row["locale"],
                files: (files[id] ?? []).compactMap(file),
                reopening: reopenedAt.map {
                    PeriodClose.Reopening(
                        time: Instant(microseconds: $0), by: row["reopened_by"] ?? "",
                        reason: row["reason"] ?? "")
                })
        }
    }

    private static func file(_ row: Row) -> PeriodClose.File? {
        ReportFormat(rawValue: row["format"]).map { format in
            PeriodClose.File(
                report: row["report"], definition: row["definition"], format: format,
                sha256: row["sha256"], bytes: row["bytes"], replacement: row["replacement"])
        }
    }
}
