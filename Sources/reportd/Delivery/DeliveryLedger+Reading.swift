import GRDB
import Vocabulary

extension DeliveryLedger {
    /// Deliveries, the latest run first.
    ///
    /// - Parameters:
    ///   - schedule: Only those of this schedule.
    ///   - run: Only those of the run at this scheduled time.
    ///   - state: Only those in this state.
    ///   - limit: At most so many.
    /// - Returns: The deliveries with their attempts.
    /// - Throws: `Advice` when the state file cannot be read.
    func list(
        schedule: String? = nil, run: LocalTime? = nil, state: Delivery.State? = nil,
        limit: Int = 100
    ) async throws -> [Delivery] {
        try await file.read { db in
            try Self.fetch(
                db,
                """
                WHERE (?1 IS NULL OR schedule = ?1) AND (?2 IS NULL OR occurrence = ?2)
                    AND (?3 IS NULL OR state = ?3) ORDER BY due DESC, id LIMIT ?4
                """, [schedule, run?.description, state?.rawValue, limit])
        }
    }

    /// What waits to be sent.
    ///
    /// - Parameters:
    ///   - now: The time it is.
    ///   - limit: At most so many.
    /// - Returns: The planned deliveries whose attempt is due, longest due first, and the time of
    ///   the first attempt that is not due yet.
    /// - Throws: `Advice` when the state file cannot be read.
    func waiting(
        at now: Instant, limit: Int
    ) async throws -> (due: [Delivery], next: Instant?) {
        try await file.read { db in
            let due = try Self.fetch(
                db, "WHERE state = 'planned' AND next_try <= ? ORDER BY next_try, id LIMIT ?",
                [now.microseconds, limit])
            let next = try Int64.fetchOne(
                db,
                sql: "SELECT min(next_try) FROM delivery WHERE state = 'planned' AND next_try > ?",
                arguments: [now.microseconds])
            return (due, next.map(Instant.init(microseconds:)))
        }
    }

    static func fetch(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [Delivery] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM delivery " + condition, arguments: arguments)
        return try rows.map { row in
            let id: Int64 = row["id"]
            let attempts = try Row.fetchAll(
                db, sql: "SELECT * FROM delivery_attempt WHERE delivery = ? ORDER BY number",
                arguments: [id])
            guard let state = Delivery.State(rawValue: row["state"]),
                let local = LocalTime(row["occurrence"] as String)
            else {
                throw Advice(
                    .damaged, "delivery \(id) of the state file cannot be read",
                    remedy: "restore the latest backup of the state file")
            }
            return Delivery(
                id: id, schedule: row["schedule"],
                run: Occurrence(local: local, instant: Instant(microseconds: row["due"])),
                recipient: row["recipient"], state: state, messageID: row["message_id"],
                planned: Instant(microseconds: row["planned"]),
                nextTry: Instant(microseconds: row["next_try"]),
                attempts: attempts.map(attempt), isByHand: row["by_hand"],
                companies: (row["companies"] as String?).flatMap(Self.companies))
        }
    }

    private static func attempt(_ row: Row) -> Delivery.Attempt {
        let ended: Int64? = row["ended"]
        let outcome: String? = row["outcome"]
        return Delivery.Attempt(
            number: row["number"], began: Instant(microseconds: row["began"]),
            ended: ended.map(Instant.init(microseconds:)),
            outcome: outcome.flatMap(Delivery.Attempt.Outcome.init), code: row["code"],
            reply: row["reply"], bytesHash: row["bytes_hash"], byteCount: row["byte_count"],
            reportHash: row["report_hash"], isArchived: row["archived"])
    }
}
