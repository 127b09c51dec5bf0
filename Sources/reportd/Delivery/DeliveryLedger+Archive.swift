import GRDB
import Vocabulary

/// Which messages are kept.
extension DeliveryLedger {
    /// What an attempt's message was made of, and whether both are kept.
    static let archiveMigration = StateMigration(name: "deliveries-5") { db in
        try db.execute(
            sql: """
                ALTER TABLE delivery_attempt ADD COLUMN report_hash TEXT;
                ALTER TABLE delivery_attempt ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX delivery_attempt_kept ON delivery_attempt (began) WHERE archived = 1;
                """)
    }

    /// One delivery with its attempts.
    ///
    /// - Throws: `Advice` when there is none of the number.
    func delivery(_ id: Int64) async throws -> Delivery {
        let found = try await file.read { db in try Self.fetch(db, "WHERE id = ?", [id]).first }
        guard let found else {
            throw Advice(
                .unknown, "there is no delivery \(id)",
                remedy: "‘reportd schedules deliveries’ lists them with their numbers")
        }
        return found
    }

    /// Forgets what was kept of attempts that began before an instant.
    ///
    /// - Returns: Hashes of files that nothing refers to any more.
    func forgetMessages(before instant: Instant) async throws -> [String] {
        try await forget("began < ?", [instant.microseconds])
    }

    /// Forgets what was kept of all schedules but some, because rows were erased.
    ///
    /// - Returns: Hashes of files that nothing refers to any more.
    func forgetMessages(keeping schedules: Set<String>) async throws -> [String] {
        let list = "[" + schedules.sorted().map(JSONText.quoted).joined(separator: ",") + "]"
        return try await forget(
            """
            delivery IN (SELECT id FROM delivery
                WHERE schedule NOT IN (SELECT value FROM json_each(?)))
            """, [list])
    }

    private func forget(
        _ condition: String, _ arguments: StatementArguments
    ) async throws -> [String] {
        try await file.write { db in
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT bytes_hash, report_hash FROM delivery_attempt "
                    + "WHERE archived = 1 AND (\(condition))", arguments: arguments)
            guard !rows.isEmpty else { return [] }
            try db.execute(
                sql: "UPDATE delivery_attempt SET archived = 0 "
                    + "WHERE archived = 1 AND (\(condition))", arguments: arguments)
            // A link ends with the message that holds it.
            let files = try Self.dropFiles(
                """
                EXISTS (SELECT 1 FROM delivery_attempt a WHERE a.delivery = delivery_link.delivery
                    AND a.number = delivery_link.attempt AND a.archived = 0)
                """, [], db)
            return try Self.unreferenced(
                rows.flatMap { [$0["bytes_hash"] as String?, $0["report_hash"]] }
                    .compactMap(\.self) + files, db)
        }
    }
}
