import Crypto
import GRDB
import Vocabulary

/// How far a schedule's runs have been dealt with.
struct ScheduleMark: Sendable, Hashable {
    /// What decided the runs (`Timing.description`).
    let timing: String
    /// Every run due up to this instant is in the ledger or was passed over.
    let handledThrough: Instant
}

/// The record of every delivery: planned, claimed, attempted, answered.
///
/// One row per (schedule, scheduled local time, recipient), unique in the file, so that no message
/// is planned twice. The rules by which rows move are drawn at `Delivery`.
///
/// Invariants: a run's rows and the schedule's mark are written in one transaction, so that a run
/// is planned for all recipients or for none; a claim compares state and number of attempts in the
/// same statement that takes the row, so that of two processes one gets it; an attempt's row exists
/// before the conversation begins.
struct DeliveryLedger: Sendable {
    /// The tables of the ledger.
    static let migrations = [
        StateMigration(name: "deliveries-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE schedule_mark (
                        schedule TEXT PRIMARY KEY, timing TEXT NOT NULL,
                        handled_through INTEGER NOT NULL) STRICT;
                    CREATE TABLE delivery (
                        id INTEGER PRIMARY KEY, schedule TEXT NOT NULL, occurrence TEXT NOT NULL,
                        recipient TEXT NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL
                            CHECK (state IN ('planned', 'sending', 'sent', 'failed', 'unknown')),
                        message_id TEXT NOT NULL UNIQUE, planned INTEGER NOT NULL,
                        next_try INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                        claimant TEXT, UNIQUE (schedule, occurrence, recipient)) STRICT;
                    CREATE INDEX delivery_open ON delivery (state, next_try)
                        WHERE state IN ('planned', 'sending');
                    CREATE TABLE delivery_attempt (
                        delivery INTEGER NOT NULL REFERENCES delivery (id), number INTEGER NOT NULL,
                        began INTEGER NOT NULL, ended INTEGER, outcome TEXT, code INTEGER,
                        reply TEXT NOT NULL, bytes_hash TEXT, byte_count INTEGER NOT NULL,
                        PRIMARY KEY (delivery, number)) STRICT, WITHOUT ROWID;
                    """)
        },
        runMigration, judgementMigration, suppressionMigration,
        archiveMigration, sightMigration, linkMigration,
    ]

    /// The right to send one delivery now, and the duty to record how it went.
    struct Claim: Sendable {
        /// The delivery's number.
        let delivery: Int64
        /// The attempt, counted from 1.
        let attempt: Int
    }

    let file: StateFile
    private let claimant: Claimant

    /// Opens the ledger of a state file on behalf of a process.
    init(_ state: StateFile, claimant: Claimant = .current) {
        file = state
        self.claimant = claimant
    }

    // MARK: Planning

    /// The marks of all schedules that have one, by schedule.
    func marks() async throws -> [String: ScheduleMark] {
        try await file.read { db in
            var marks: [String: ScheduleMark] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM schedule_mark") {
                marks[row["schedule"]] = ScheduleMark(
                    timing: row["timing"],
                    handledThrough: Instant(microseconds: row["handled_through"]))
            }
            return marks
        }
    }

    /// Begins a schedule's planning at an instant: nothing before it will be planned.
    func begin(_ schedule: Schedule, at instant: Instant) async throws {
        try await file.write { db in
            try Self.setMark(schedule, through: instant, "excluded.handled_through", db)
        }
    }

    /// Notes that all runs due up to an instant are dealt with.
    func passOver(_ schedule: Schedule, through instant: Instant) async throws {
        try await file.write { db in
            try Self.setMark(
                schedule, through: instant, "max(handled_through, excluded.handled_through)", db)
        }
    }

    /// Plans a run's deliveries; those that exist already stay as they are.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - schedule: Its schedule, whose recipients each get a delivery.
    ///   - found: The recipients that the data names.
    ///   - domain: The domain of Message-IDs.
    ///   - mark: Up to which instant the schedule's runs are dealt with thereby; nil for a run by
    ///     hand, which leaves the plan as it was.
    ///   - now: The time it is.
    /// - Throws: `Advice` when the state file cannot be written; nothing is planned then.
    func plan(
        _ run: Occurrence, of schedule: Schedule, to found: [String] = [], domain: String,
        mark: Instant?, now: Instant
    ) async throws {
        let addresses = schedule.recipients.map(\.address) + found
        try await file.write { db in
            for address in addresses {
                let messageID = Self.messageID(
                    schedule.name, run, address, domain: domain)
                try db.execute(
                    sql: """
                        INSERT INTO delivery (schedule, occurrence, recipient, due, state,
                            message_id, planned, next_try, companies)
                        VALUES (?, ?, ?, ?, 'planned', ?, ?, ?, ?)
                        ON CONFLICT (schedule, occurrence, recipient) DO NOTHING
                        """,
                    arguments: [
                        schedule.name, run.local.description, address,
                        run.instant.microseconds, messageID, now.microseconds,
                        now.microseconds, Self.list(schedule.companies),
                    ])
            }
            try Self.open(run, of: schedule.name, now: now, db)
            guard let mark else { return }
            try Self.setMark(
                schedule, through: mark, "max(handled_through, excluded.handled_through)", db)
        }
    }

    static func setMark(
        _ schedule: Schedule, through instant: Instant, _ rule: String, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO schedule_mark VALUES (?, ?, ?) ON CONFLICT (schedule)
                DO UPDATE SET timing = excluded.timing, handled_through = \(rule)
                """,
            arguments: [schedule.name, schedule.timing.description, instant.microseconds])
    }

    // MARK: Sending

    /// Takes a delivery for sending; nil when it is no longer as it was seen, or another process
    /// was quicker.
    func claim(
        _ delivery: Delivery, message: [UInt8], report: [UInt8]? = nil,
        finding: Judgement? = nil, isArchived: Bool = false, showing companies: [String] = [],
        link: DeliveryLink? = nil, now: Instant
    ) async throws -> Claim? {
        let (claimant, hash) = (claimant.text, Self.hash(message))
        let reportHash = report.map(Self.hash)
        return try await file.write { db in
            guard try Self.take(delivery, as: "sending", claimant: claimant, db) else { return nil }
            try Self.note(finding, of: delivery, db)
            try Self.widen(delivery, to: companies, db)
            let attempt = delivery.attempts.count + 1
            try db.execute(
                sql: """
                    INSERT INTO delivery_attempt (delivery, number, began, reply, bytes_hash,
                        byte_count, report_hash, archived) VALUES (?, ?, ?, '', ?, ?, ?, ?)
                    """,
                arguments: [
                    delivery.id, attempt, now.microseconds, hash, message.count, reportHash,
                    isArchived,
                ])
            if let link { try Self.enter(link, of: delivery, now: now, db) }
            return Claim(delivery: delivery.id, attempt: attempt)
        }
    }

    /// Records how a claimed attempt went.
    ///
    /// A delivery that meanwhile was decided by hand keeps its state; the answer is kept with the
    /// attempt all the same.
    func record(_ claim: Claim, _ outcome: MailOutcome, now: Instant) async throws {
        let retry = RetryPolicy.next(afterAttempt: claim.attempt, at: now)
        let (state, ending): (Delivery.State, Delivery.Attempt.Outcome) =
            switch outcome {
            case .accepted: (.sent, .accepted)
            case .refused: (.failed, .refused)
            case .lost: (.unknown, .lost)
            case .deferred: (retry == nil ? .failed : .planned, .deferred)
            case .unavailable: (retry == nil ? .failed : .planned, .unavailable)
            }
        let claimant = claimant.text
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE delivery SET state = ?, next_try = ?, claimant = NULL
                    WHERE id = ? AND claimant = ? AND attempts = ?
                        AND state IN ('sending', 'unknown')
                    """,
                arguments: [
                    state.rawValue, (retry ?? now).microseconds, claim.delivery, claimant,
                    claim.attempt,
                ])
            try db.execute(
                sql: """
                    UPDATE delivery_attempt SET ended = ?, outcome = ?, code = ?, reply = ?
                    WHERE delivery = ? AND number = ?
                    """,
                arguments: [
                    now.microseconds, ending.rawValue, outcome.reply?.code, outcome.description,
                    claim.delivery, claim.attempt,
                ])
            let delivery = try Self.fetch(db, "WHERE id = ?", [claim.delivery]).first
            if case .refused(let reply) = outcome, reply.saysNoSuchMailbox, let delivery {
                try Self.suppress(delivery.recipient, nil, .bounced, now: now, db)
            }
            try AuditLog.enter(
                AuditEvent(
                    kind: .delivery, subject: delivery?.schedule ?? "",
                    details: [
                        "delivery": "\(claim.delivery)", "attempt": "\(claim.attempt)",
                        "run": delivery?.run.local.description ?? "", "outcome": ending.rawValue,
                        "sha256": delivery?.attempts.last?.bytesHash ?? "",
                    ]), at: now, in: db)
        }
    }

    /// Records that a delivery's message could not be made; it is tried again as after a refusal.
    func recordUnrendered(_ delivery: Delivery, _ reason: Advice, now: Instant) async throws {
        let retry = RetryPolicy.next(afterAttempt: delivery.attempts.count + 1, at: now)
        try await end(
            delivery, as: retry == nil ? .failed : .planned, .unrendered, reason.description,
            nextTry: retry ?? now, now: now)
    }

    /// Records that a delivery is not to be sent, because its schedule's condition is not met.
    func leaveOut(_ delivery: Delivery, _ finding: Judgement, now: Instant) async throws {
        try await end(
            delivery, as: .skipped, .leftOut, finding.words, nextTry: now, finding: finding,
            now: now)
    }

    /// Records that a delivery's recipient gets nothing of its schedule.
    func suppress(
        _ delivery: Delivery, _ reason: Suppression.Reason, now: Instant
    ) async throws {
        try await end(
            delivery, as: .skipped, .suppressed, reason.words, nextTry: now, now: now)
    }

    /// Gives up a delivery that nobody is to receive any more.
    func withdraw(_ delivery: Delivery, _ reason: String, now: Instant) async throws {
        try await end(delivery, as: .failed, .withdrawn, reason, nextTry: now, now: now)
    }

    /// Puts a delivery off without counting an attempt.
    func postpone(_ delivery: Delivery, until instant: Instant) async throws {
        try await file.write { db in
            try db.execute(
                sql: "UPDATE delivery SET next_try = ? WHERE id = ? AND state = 'planned'",
                arguments: [instant.microseconds, delivery.id])
        }
    }

    private func end(
        _ delivery: Delivery, as state: Delivery.State, _ outcome: Delivery.Attempt.Outcome,
        _ reason: String, nextTry: Instant, finding: Judgement? = nil, now: Instant
    ) async throws {
        try await file.write { db in
            guard try Self.take(delivery, as: state.rawValue, claimant: nil, db) else { return }
            try Self.note(finding, of: delivery, db)
            try db.execute(
                sql: "UPDATE delivery SET next_try = ? WHERE id = ?",
                arguments: [nextTry.microseconds, delivery.id])
            try db.execute(
                sql: """
                    INSERT INTO delivery_attempt (delivery, number, began, ended, outcome, reply,
                        byte_count) VALUES (?, ?, ?, ?, ?, ?, 0)
                    """,
                arguments: [
                    delivery.id, delivery.attempts.count + 1, now.microseconds, now.microseconds,
                    outcome.rawValue, reason,
                ])
        }
    }

    /// Moves a planned delivery on and counts an attempt, if it is still as it was seen.
    private static func take(
        _ delivery: Delivery, as state: String, claimant: String?, _ db: Database
    ) throws -> Bool {
        try db.execute(
            sql: """
                UPDATE delivery SET state = ?, claimant = ?, attempts = attempts + 1
                WHERE id = ? AND state = 'planned' AND attempts = ?
                """,
            arguments: [state, claimant, delivery.id, delivery.attempts.count])
        return db.changesCount == 1
    }

    // MARK: Recovery

    /// Marks what dead processes were sending as `unknown`.
    ///
    /// - Returns: The deliveries in question, for the log.
    func recover() async throws -> [Delivery] {
        let open = try await file.read { db in
            try Row.fetchAll(db, sql: "SELECT id, claimant FROM delivery WHERE state = 'sending'")
                .map { row -> (id: Int64, owner: Claimant) in
                    (row["id"], Claimant(text: row["claimant"] ?? ""))
                }
        }
        let dead = open.filter { $0.owner != claimant && !$0.owner.isAlive }
        guard !dead.isEmpty else { return [] }
        return try await file.write { db in
            var abandoned: [Delivery] = []
            for (id, owner) in dead {
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'unknown'
                        WHERE id = ? AND state = 'sending' AND claimant = ?
                        """, arguments: [id, owner.text])
                guard db.changesCount == 1 else { continue }
                try db.execute(
                    sql: """
                        UPDATE delivery_attempt SET outcome = 'lost',
                            reply = 'the program ended before it knew the answer'
                        WHERE delivery = ? AND outcome IS NULL
                        """, arguments: [id])
                abandoned += try Self.fetch(db, "WHERE id = ?", [id])
            }
            return abandoned
        }
    }
}

extension DeliveryLedger {
    /// The form in which hashes of messages are kept: SHA-256 in hexadecimal.
    static func hash(_ message: [UInt8]) -> String { SHA256.hash(data: message).hexadecimal }

    /// The identifier of a delivery's message, without angle brackets: 128 bits of its key's hash.
    static func messageID(
        _ schedule: String, _ run: Occurrence, _ recipient: String, domain: String
    ) -> String {
        let key = "\(schedule) \(run.local) \(recipient)"
        return "\(hash(Array(key.utf8)).prefix(32))@\(domain)"
    }
}
