import GRDB
import Vocabulary

/// Runs that wait, and schedules that rest.
extension DeliveryLedger {
    /// The tables of runs and of pauses by command.
    static let runMigration = StateMigration(name: "deliveries-2") { db in
        try db.execute(
            sql: """
                CREATE TABLE schedule_run (
                    schedule TEXT NOT NULL, occurrence TEXT NOT NULL, due INTEGER NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'open')),
                    next_look INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '',
                    PRIMARY KEY (schedule, occurrence)) STRICT, WITHOUT ROWID;
                CREATE INDEX schedule_run_waiting ON schedule_run (state, next_look)
                    WHERE state IN ('waiting', 'held');
                CREATE TABLE schedule_pause (
                    schedule TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT;
                """)
    }

    // MARK: Waiting

    /// Notes a run that waits for data; one that is known already stays as it is.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - schedule: Its schedule.
    ///   - mark: Up to which instant the schedule's runs are dealt with thereby.
    ///   - now: The time it is.
    /// - Throws: `Advice` when the state file cannot be written; nothing is noted then.
    func wait(
        for run: Occurrence, of schedule: Schedule, mark: Instant, now: Instant
    ) async throws {
        try await file.write { db in
            try db.execute(
                sql: """
                    INSERT INTO schedule_run (schedule, occurrence, due, state, next_look)
                    VALUES (?, ?, ?, 'waiting', ?) ON CONFLICT (schedule, occurrence) DO NOTHING
                    """,
                arguments: [
                    schedule.name, run.local.description, run.instant.microseconds,
                    now.microseconds,
                ])
            try Self.setMark(
                schedule, through: mark, "max(handled_through, excluded.handled_through)", db)
        }
    }

    /// Notes why a run still waits, and when to look again.
    func lookAgain(at run: WaitingRun, _ next: Instant, because reason: String) async throws {
        try await set(run, .waiting, next: next, reason)
    }

    /// Keeps a run back until somebody releases it.
    func hold(_ run: WaitingRun, because reason: String) async throws {
        try await set(run, .held, next: run.nextLook, reason)
    }

    /// Lets go of a run that nobody is to receive any more.
    func abandon(_ run: WaitingRun) async throws {
        try await set(run, .open, next: run.nextLook, "the schedule is no longer defined")
    }

    private func set(
        _ run: WaitingRun, _ state: WaitingRun.State, next: Instant, _ reason: String
    ) async throws {
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE schedule_run SET state = ?, next_look = ?, reason = ?
                    WHERE schedule = ? AND occurrence = ? AND state = 'waiting'
                    """,
                arguments: [
                    state.rawValue, next.microseconds, reason, run.schedule,
                    run.run.local.description,
                ])
        }
    }

    /// Notes that a run's deliveries are planned; part of the transaction that plans them.
    static func open(_ run: Occurrence, of schedule: String, now: Instant, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO schedule_run (schedule, occurrence, due, state, next_look)
                VALUES (?, ?, ?, 'open', ?) ON CONFLICT (schedule, occurrence)
                DO UPDATE SET state = 'open'
                """,
            arguments: [
                schedule, run.local.description, run.instant.microseconds, now.microseconds,
            ])
    }

    /// Runs that wait or are held back, the earliest first.
    func waitingRuns() async throws -> [WaitingRun] {
        try await file.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM schedule_run WHERE state IN ('waiting', 'held')
                    ORDER BY due, schedule
                    """
            ).compactMap { row in
                guard let local = LocalTime(row["occurrence"] as String),
                    let state = WaitingRun.State(rawValue: row["state"])
                else { return nil }
                return WaitingRun(
                    schedule: row["schedule"],
                    run: Occurrence(local: local, instant: Instant(microseconds: row["due"])),
                    state: state, nextLook: Instant(microseconds: row["next_look"]),
                    reason: row["reason"])
            }
        }
    }

    // MARK: Pausing

    /// The schedules that a command has paused.
    func paused() async throws -> Set<String> {
        try await file.read { db in
            Set(try String.fetchAll(db, sql: "SELECT schedule FROM schedule_pause"))
        }
    }

    /// Pauses a schedule, or ends its pause; without effect when it is so already.
    func setPaused(
        _ schedule: String, _ isPaused: Bool, by who: String = "", now: Instant
    ) async throws {
        try await file.write { db in
            try db.execute(
                sql: isPaused
                    ? "INSERT INTO schedule_pause VALUES (?1, ?2) ON CONFLICT DO NOTHING"
                    : "DELETE FROM schedule_pause WHERE schedule = ?1 AND ?2 IS NOT NULL",
                arguments: [schedule, now.microseconds])
            guard db.changesCount > 0 else { return }
            try AuditLog.enter(
                AuditEvent(
                    kind: .schedule, who: who, subject: schedule,
                    details: ["change": isPaused ? "paused" : "resumed"]), at: now, in: db)
        }
    }
}
