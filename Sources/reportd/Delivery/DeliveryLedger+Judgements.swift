import GRDB
import Vocabulary

/// What was found of schedules' conditions, kept with the deliveries that it decided.
extension DeliveryLedger {
    /// Findings, and the state `skipped`, which the table's own check has to know.
    static let judgementMigration = StateMigration(name: "deliveries-3") { db in
        try db.execute(
            sql: """
                CREATE TABLE delivery_new (
                    id INTEGER PRIMARY KEY, schedule TEXT NOT NULL, occurrence TEXT NOT NULL,
                    recipient TEXT NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL
                        CHECK (state IN ('planned', 'sending', 'sent', 'failed', 'unknown',
                            'skipped')),
                    message_id TEXT NOT NULL UNIQUE, planned INTEGER NOT NULL,
                    next_try INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                    claimant TEXT, finding TEXT, digest TEXT NOT NULL DEFAULT '',
                    UNIQUE (schedule, occurrence, recipient)) STRICT;
                INSERT INTO delivery_new (id, schedule, occurrence, recipient, due, state,
                        message_id, planned, next_try, attempts, claimant)
                    SELECT id, schedule, occurrence, recipient, due, state, message_id, planned,
                        next_try, attempts, claimant FROM delivery;
                DROP TABLE delivery;
                ALTER TABLE delivery_new RENAME TO delivery;
                CREATE INDEX delivery_open ON delivery (state, next_try)
                    WHERE state IN ('planned', 'sending');
                CREATE INDEX delivery_past ON delivery (schedule, recipient, due);
                """)
    }

    /// How many earlier runs are looked at; a condition that lasts longer is told of again.
    private static let pastRuns = Telling.mostRuns

    /// How earlier runs of a schedule were found for a recipient, latest first.
    func pastJudgements(before delivery: Delivery) async throws -> [PastJudgement] {
        try await pastJudgements(
            of: delivery.schedule, for: delivery.recipient, before: delivery.run.instant)
    }

    /// How a schedule's runs before an instant were found for a recipient, latest first.
    func pastJudgements(
        of schedule: String, for recipient: String, before instant: Instant
    ) async throws -> [PastJudgement] {
        try await file.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT finding, digest, state FROM delivery
                    WHERE schedule = ? AND recipient = ? AND due < ? AND finding IS NOT NULL
                    ORDER BY due DESC LIMIT ?
                    """, arguments: [schedule, recipient, instant.microseconds, Self.pastRuns]
            ).compactMap { row in
                guard let kind = Judgement.Kind(rawValue: row["finding"]),
                    let state = Delivery.State(rawValue: row["state"])
                else { return nil }
                return PastJudgement(
                    kind: kind, digest: row["digest"],
                    wasTold: state != .skipped && state != .failed)
            }
        }
    }

    /// Keeps a finding with its delivery; part of the transaction that acts on it.
    static func note(_ finding: Judgement?, of delivery: Delivery, _ db: Database) throws {
        guard let finding else { return }
        try db.execute(
            sql: "UPDATE delivery SET finding = ?, digest = ? WHERE id = ?",
            arguments: [finding.kind.rawValue, finding.digest, delivery.id])
    }
}
