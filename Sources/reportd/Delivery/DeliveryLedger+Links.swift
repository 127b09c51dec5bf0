import GRDB
import Vocabulary

/// Links to files that were too large for a mail.
extension DeliveryLedger {
    /// The links, one for each attempt that needed one.
    static let linkMigration = StateMigration(name: "deliveries-7") { db in
        try db.execute(
            sql: """
                CREATE TABLE delivery_link (
                    delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, file TEXT NOT NULL,
                    name TEXT NOT NULL, type TEXT NOT NULL, bytes INTEGER NOT NULL,
                    companies TEXT NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL,
                    revoked INTEGER, downloads INTEGER NOT NULL DEFAULT 0, last_download INTEGER,
                    kept INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (delivery, attempt),
                    FOREIGN KEY (delivery, attempt)
                        REFERENCES delivery_attempt (delivery, number)) STRICT, WITHOUT ROWID;
                CREATE INDEX delivery_link_kept ON delivery_link (file) WHERE kept = 1;
                """)
    }

    /// Enters a link; part of the transaction that begins its attempt.
    static func enter(
        _ link: DeliveryLink, of delivery: Delivery, now: Instant, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO delivery_link (delivery, attempt, file, name, type, bytes, companies,
                    made, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                link.place.delivery, link.place.attempt, link.file.sha256, link.file.name,
                link.contentType, link.file.bytes, list(link.companies), now.microseconds,
                link.expires.microseconds,
            ])
        try AuditLog.enter(
            event(.linkMade, link, of: delivery, ["expires": "\(link.expires)"]), at: now,
            in: db)
    }

    /// What the audit log says of a link: never its token, and no address of a recipient.
    static func event(
        _ kind: AuditEvent.Kind, _ link: DeliveryLink, of delivery: Delivery, who: String = "",
        from address: String? = nil, _ details: [String: String] = [:]
    ) -> AuditEvent {
        let own = [
            "delivery": "\(link.place.delivery)", "attempt": "\(link.place.attempt)",
            "sha256": link.file.sha256,
        ]
        return AuditEvent(
            kind: kind, who: who, address: address, subject: delivery.schedule,
            details: own.merging(details) { $1 })
    }

    /// A link with its delivery; nil when there is none of the place.
    func link(_ place: DeliveryLink.Place) async throws -> (DeliveryLink, Delivery)? {
        try await file.read { db in
            guard
                let link = try Self.links(
                    db, "WHERE delivery = ? AND attempt = ?", [place.delivery, place.attempt]
                ).first,
                let delivery = try Self.fetch(db, "WHERE id = ?", [place.delivery]).first
            else { return nil }
            return (link, delivery)
        }
    }

    /// The links of a delivery, one for each attempt that needed one.
    func links(of delivery: Delivery) async throws -> [DeliveryLink] {
        try await file.read { db in
            try Self.links(db, "WHERE delivery = ? ORDER BY attempt", [delivery.id])
        }
    }

    /// The latest links, with their deliveries.
    func links(limit: Int) async throws -> [(DeliveryLink, Delivery)] {
        try await file.read { db in
            try Self.links(db, "ORDER BY made DESC, delivery, attempt LIMIT ?", [limit])
                .compactMap { link in
                    try Self.fetch(db, "WHERE id = ?", [link.place.delivery]).first.map {
                        (link, $0)
                    }
                }
        }
    }

    /// Counts a download by a link, together with its entry in the audit log.
    func countDownload(
        by place: DeliveryLink.Place, now: Instant, _ event: AuditEvent
    ) async throws {
        try await file.write { db in
            try db.execute(
                sql: "UPDATE delivery_link SET downloads = downloads + 1, last_download = ? "
                    + "WHERE delivery = ? AND attempt = ?",
                arguments: [now.microseconds, place.delivery, place.attempt])
            try AuditLog.enter(event, at: now, in: db)
        }
    }

    /// Revokes the links of a delivery that are in force.
    ///
    /// - Returns: Hashes of files that nothing refers to any more.
    /// - Throws: `Advice` when there is no such delivery, or no link of it in force.
    func revokeLinks(of id: Int64, by who: String = "", now: Instant) async throws -> [String] {
        let delivery = try await delivery(id)
        return try await file.write { db in
            let links = try Self.links(db, "WHERE delivery = ?", [id]).filter {
                $0.isValid(at: now)
            }
            guard !links.isEmpty else {
                throw Advice(
                    .unknown, "no link of delivery \(id) is in force",
                    remedy: "look at the delivery: it tells when each of its links ended")
            }
            for link in links {
                try db.execute(
                    sql: "UPDATE delivery_link SET revoked = ? WHERE delivery = ? AND attempt = ?",
                    arguments: [now.microseconds, id, link.place.attempt])
                try AuditLog.enter(
                    Self.event(.linkRevoked, link, of: delivery, who: who), at: now, in: db)
            }
            return try Self.unreferenced(
                try Self.dropFiles("delivery = ? AND revoked IS NOT NULL", [id], db), db)
        }
    }

    /// Forgets the files of links that have expired.
    ///
    /// - Returns: Hashes of files that nothing refers to any more.
    func forgetLinks(at now: Instant) async throws -> [String] {
        try await file.write { db in
            try Self.unreferenced(
                try Self.dropFiles("expires <= ?", [now.microseconds], db), db)
        }
    }

    /// Notes that the files of some links are kept no longer.
    ///
    /// - Returns: Their hashes.
    static func dropFiles(
        _ condition: String, _ arguments: StatementArguments, _ db: Database
    ) throws -> [String] {
        let files = try String.fetchAll(
            db, sql: "SELECT DISTINCT file FROM delivery_link WHERE kept = 1 AND (\(condition))",
            arguments: arguments)
        guard !files.isEmpty else { return [] }
        try db.execute(
            sql: "UPDATE delivery_link SET kept = 0 WHERE kept = 1 AND (\(condition))",
            arguments: arguments)
        return files
    }

    /// Of some hashes, those that neither a message that is kept nor a link refers to.
    static func unreferenced(_ hashes: some Sequence<String>, _ db: Database) throws -> [String] {
        try Set(hashes).sorted().filter { hash in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM delivery_attempt WHERE archived = 1
                            AND (bytes_hash = ?1 OR report_hash = ?1))
                        OR EXISTS (SELECT 1 FROM delivery_link WHERE kept = 1 AND file = ?1)
                    """, arguments: [hash]) == false
        }
    }

    private static func links(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [DeliveryLink] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM delivery_link " + condition, arguments: arguments
        ).map { row in
            DeliveryLink(
                place: DeliveryLink.Place(delivery: row["delivery"], attempt: row["attempt"]),
                file: Export.File(name: row["name"], bytes: row["bytes"], sha256: row["file"]),
                contentType: row["type"], companies: companies(row["companies"]) ?? [],
                expires: Instant(microseconds: row["expires"]),
                revoked: (row["revoked"] as Int64?).map(Instant.init(microseconds:)),
                downloads: row["downloads"],
                lastDownload: (row["last_download"] as Int64?).map(Instant.init(microseconds:)),
                isKept: row["kept"])
        }
    }
}
