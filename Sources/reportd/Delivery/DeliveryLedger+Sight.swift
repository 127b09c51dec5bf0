import Foundation
import GRDB
import Vocabulary

/// Which deliveries somebody may know of: those whose messages show no company that is not theirs.
struct DeliverySight: Sendable, Hashable {
    /// The companies that they may see.
    let companies: Set<String>
    /// Whether those are all there are; then also what older versions planned, of which nobody knows
    /// the companies.
    let isWhole: Bool

    /// Whether a delivery exists for them.
    func covers(_ delivery: Delivery) -> Bool {
        delivery.companies.map { companies.isSuperset(of: $0) } ?? isWhole
    }
}

/// Which deliveries are asked for; what is nil is not asked about.
struct DeliveryQuestion: Sendable, Hashable {
    var schedule: String?
    /// The run's scheduled time.
    var run: LocalTime?
    /// The whole address, or a channel as `#name`.
    var recipient: String?
    var state: Delivery.State?
    /// Runs that were due from then on.
    var since: Instant?
    /// The last delivery of the page before.
    var after: Int64?
    /// At most so many.
    var limit = DeliveryQuestion.usual

    /// Deliveries of a page unless more are asked for.
    static let usual = 50
    /// The most of one page.
    static let most = 500
}

/// What became of a run, in numbers.
struct RunStanding: Sendable, Hashable {
    let run: Occurrence
    /// Deliveries by their state.
    let counts: [Delivery.State: Int]
}

/// Deliveries as far as somebody may know of them.
extension DeliveryLedger {
    /// The companies of each delivery.
    static let sightMigration = StateMigration(name: "deliveries-6") { db in
        try db.execute(sql: "ALTER TABLE delivery ADD COLUMN companies TEXT")
    }

    /// Companies as a JSON list, in order.
    static func list(_ companies: some Sequence<String>) -> String {
        "[" + companies.sorted().map(JSONText.quoted).joined(separator: ",") + "]"
    }

    /// The companies of a JSON list; nil for what is none.
    static func companies(_ text: String) -> [String]? {
        try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// Notes that a delivery's message shows further companies; part of the transaction that claims it.
    static func widen(_ delivery: Delivery, to companies: [String], _ db: Database) throws {
        guard let known = delivery.companies, !companies.isEmpty else { return }
        let all = Set(known).union(companies)
        guard all.count > known.count else { return }
        try db.execute(
            sql: "UPDATE delivery SET companies = ? WHERE id = ?",
            arguments: [list(all), delivery.id])
    }

    private static let isSeen = """
        CASE WHEN companies IS NULL THEN :whole ELSE NOT EXISTS (
            SELECT 1 FROM json_each(companies)
            WHERE value NOT IN (SELECT value FROM json_each(:seen))) END
        """

    private static func arguments(_ sight: DeliverySight) -> StatementArguments {
        ["whole": sight.isWhole, "seen": list(sight.companies)]
    }

    /// Deliveries, the latest run first.
    ///
    /// - Throws: `Advice` when the state file cannot be read.
    func deliveries(
        _ question: DeliveryQuestion, for sight: DeliverySight
    ) async throws -> [Delivery] {
        try await file.read { db in
            let asked: StatementArguments = [
                "schedule": question.schedule, "run": question.run?.description,
                "recipient": question.recipient, "state": question.state?.rawValue,
                "since": question.since?.microseconds, "after": question.after,
                "limit": min(question.limit, DeliveryQuestion.most),
            ]
            return try Self.fetch(
                db,
                """
                WHERE (:schedule IS NULL OR schedule = :schedule)
                    AND (:run IS NULL OR occurrence = :run)
                    AND (:recipient IS NULL OR recipient = :recipient)
                    AND (:state IS NULL OR state = :state) AND (:since IS NULL OR due >= :since)
                    AND (:after IS NULL
                        OR (due, id) < (SELECT d.due, d.id FROM delivery d WHERE d.id = :after))
                    AND \(Self.isSeen)
                ORDER BY due DESC, id DESC LIMIT :limit
                """, asked + Self.arguments(sight))
        }
    }

    /// What is late, failed or unknown of the last days, the earliest first.
    func troubled(
        at now: Instant, lateAfter lateSeconds: Int64, for sight: DeliverySight, limit: Int
    ) async throws -> [Delivery] {
        try await file.read { db in
            let asked: StatementArguments = [
                "late": now.adding(seconds: -lateSeconds).microseconds,
                "recent": now.adding(seconds: -DeliveryStanding.days * 86_400).microseconds,
                "limit": limit,
            ]
            return try Self.fetch(
                db,
                """
                WHERE ((due > :recent AND state IN ('failed', 'unknown'))
                        OR (state IN ('planned', 'sending') AND max(due, planned) < :late))
                    AND \(Self.isSeen)
                ORDER BY due, id LIMIT :limit
                """, asked + Self.arguments(sight))
        }
    }

    /// The latest runs of a schedule, the last one first.
    func runs(
        of schedule: String, for sight: DeliverySight, limit: Int
    ) async throws -> [RunStanding] {
        try await file.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT occurrence, due, state, count(*) AS count FROM delivery
                    WHERE schedule = :schedule AND \(Self.isSeen) AND occurrence IN (
                        SELECT occurrence FROM delivery WHERE schedule = :schedule
                        GROUP BY occurrence ORDER BY max(due) DESC LIMIT :limit)
                    GROUP BY occurrence, due, state ORDER BY due DESC
                    """,
                arguments: ["schedule": schedule, "limit": limit] + Self.arguments(sight))
            var runs: [RunStanding] = []
            for row in rows {
                guard let local = LocalTime(row["occurrence"] as String),
                    let state = Delivery.State(rawValue: row["state"])
                else { continue }
                let run = Occurrence(local: local, instant: Instant(microseconds: row["due"]))
                var counts: [Delivery.State: Int] = [:]
                if let last = runs.last, last.run == run { counts = runs.removeLast().counts }
                counts[state] = row["count"]
                runs.append(RunStanding(run: run, counts: counts))
            }
            return runs
        }
    }

    /// The delivery to the same recipient whose message was made of a report before this one's; nil
    /// when none is kept.
    func issue(before delivery: Delivery, for sight: DeliverySight) async throws -> Delivery? {
        try await file.read { db in
            let asked: StatementArguments = [
                "schedule": delivery.schedule, "recipient": delivery.recipient,
                "due": delivery.run.instant.microseconds,
            ]
            return try Self.fetch(
                db,
                """
                WHERE schedule = :schedule AND recipient = :recipient AND due < :due
                    AND EXISTS (SELECT 1 FROM delivery_attempt a WHERE a.delivery = delivery.id
                        AND a.archived = 1 AND a.report_hash IS NOT NULL)
                    AND \(Self.isSeen)
                ORDER BY due DESC, id DESC LIMIT 1
                """, asked + Self.arguments(sight)
            ).first
        }
    }
}
