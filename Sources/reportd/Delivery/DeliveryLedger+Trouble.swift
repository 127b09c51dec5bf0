import GRDB
import Vocabulary

/// How deliveries stand, for health, measurements and the operator.
struct DeliveryStanding: Sendable, Hashable {
    /// Deliveries not sent long after their run was due.
    var late = 0
    /// Seconds since the earliest of those was due.
    var lateSeconds: Int64 = 0
    /// Runs that are held back until somebody releases them.
    var held = 0
    /// Deliveries of the last week of which nobody knows whether they were sent.
    var unknown = 0
    /// Deliveries of the last week that were given up.
    var failed = 0

    /// Days after which what went wrong is history.
    static let days: Int64 = 7

    /// Whether everything that was due is on its way.
    var isWell: Bool { late == 0 && held == 0 }

    /// For health.
    var json: String {
        "{\"late\":\(late),\"lateSeconds\":\(lateSeconds),\"held\":\(held),"
            + "\"unknown\":\(unknown),\"failed\":\(failed)}"
    }

    /// Adds it to measurements.
    func measure(into text: inout MeasurementText) {
        text.add(
            "reportd_deliveries_late", "Deliveries not sent long after their run was due.",
            Double(late))
        text.add(
            "reportd_deliveries_late_seconds", "Seconds since the earliest of those was due.",
            Double(lateSeconds))
        text.add(
            "reportd_runs_held", "Runs of schedules that wait to be released.", Double(held))
        text.add(
            "reportd_deliveries_unknown",
            "Deliveries of the last week that may have been sent or not.", Double(unknown))
        text.add(
            "reportd_deliveries_failed", "Deliveries of the last week that were given up.",
            Double(failed))
    }
}

extension DeliveryLedger {
    /// How deliveries stand.
    ///
    /// - Parameters:
    ///   - now: The time it is.
    ///   - lateSeconds: Seconds after which a delivery that is not sent is late.
    /// - Returns: The counts.
    /// - Throws: `Advice` when the state file cannot be read.
    func standing(at now: Instant, lateAfter lateSeconds: Int64) throws -> DeliveryStanding {
        try file.read { db in
            let limit = now.adding(seconds: -lateSeconds).microseconds
            let recent = now.adding(seconds: -DeliveryStanding.days * 86_400).microseconds
            var standing = DeliveryStanding()
            let late = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS late, min(due) AS first FROM delivery
                    WHERE state IN ('planned', 'sending') AND max(due, planned) < ?
                    """, arguments: [limit])
            standing.late = late?["late"] ?? 0
            if let first: Int64 = late?["first"] {
                standing.lateSeconds = now.seconds - Instant(microseconds: first).seconds
            }
            standing.held =
                try Int.fetchOne(db, sql: "SELECT count(*) FROM schedule_run WHERE state = 'held'")
                ?? 0
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT state, count(*) AS count FROM delivery
                    WHERE state IN ('unknown', 'failed') AND due > ? GROUP BY state
                    """, arguments: [recent])
            {
                if row["state"] == "unknown" {
                    standing.unknown = row["count"]
                } else {
                    standing.failed = row["count"]
                }
            }
            return standing
        }
    }

    /// What the operator has not been told of yet: late, failed and unknown deliveries.
    func untold(
        at now: Instant, lateAfter lateSeconds: Int64, limit: Int
    ) async throws -> [Delivery] {
        let late = now.adding(seconds: -lateSeconds).microseconds
        let recent = now.adding(seconds: -DeliveryStanding.days * 86_400).microseconds
        return try await file.read { db in
            try Self.fetch(
                db,
                """
                WHERE due > ?1 AND (state IN ('failed', 'unknown')
                        OR (state IN ('planned', 'sending') AND max(due, planned) < ?2))
                    AND NOT EXISTS (SELECT 1 FROM delivery_alarm a
                        WHERE a.delivery = delivery.id AND a.state = delivery.state)
                ORDER BY due, id LIMIT ?3
                """, [recent, late, limit])
        }
    }

    /// Notes that the operator was told of deliveries in the states that they were in.
    func noteTold(_ deliveries: [Delivery], now: Instant) async throws {
        try await file.write { db in
            for delivery in deliveries {
                try db.execute(
                    sql: "INSERT INTO delivery_alarm VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [delivery.id, delivery.state.rawValue, now.microseconds])
            }
        }
    }

    /// Sends a delivery again that was sent, failed or is not known to have been sent.
    ///
    /// - Parameters:
    ///   - id: The delivery's number.
    ///   - who: Who asks for it; empty for whoever has the command line.
    ///   - now: The time it is.
    /// - Returns: The delivery, planned.
    /// - Throws: `Advice` when there is none of the number, or it is not at its end.
    func resend(_ id: Int64, by who: String = "", now: Instant) async throws -> Delivery {
        try await file.write { db in
            guard let delivery = try Self.fetch(db, "WHERE id = ?", [id]).first else {
                throw Advice(
                    .unknown, "there is no delivery \(id)",
                    remedy: "‘reportd schedules deliveries’ lists them with their numbers")
            }
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'planned', next_try = ?, by_hand = 1,
                        claimant = NULL
                    WHERE id = ? AND state IN ('sent', 'failed', 'unknown', 'skipped')
                    """, arguments: [now.microseconds, id])
            guard db.changesCount == 1 else {
                throw Advice(
                    .request, "delivery \(id) is under way already",
                    remedy: "wait until its state is sent, failed or unknown")
            }
            // Whatever becomes of it now is news again.
            try db.execute(sql: "DELETE FROM delivery_alarm WHERE delivery = ?", arguments: [id])
            try AuditLog.enter(
                AuditEvent(
                    kind: .delivery, who: who, subject: delivery.schedule,
                    details: [
                        "delivery": "\(id)", "run": delivery.run.local.description,
                        "outcome": "resend",
                    ]), at: now, in: db)
            return try Self.fetch(db, "WHERE id = ?", [id])[0]
        }
    }
}
