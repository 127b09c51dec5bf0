import GRDB
import Vocabulary

/// Why somebody gets no more messages.
struct Suppression: Sendable, Hashable {
    /// The reasons.
    enum Reason: String, Sendable, Hashable, CaseIterable {
        /// They said so themselves, about one schedule.
        case unsubscribed
        /// The mail server said that there is no such mailbox; no schedule sends there.
        case bounced

        /// For the ledger and for lists.
        var words: String {
            switch self {
            case .unsubscribed: "the recipient has unsubscribed"
            case .bounced: "the mailbox does not exist, as its server said"
            }
        }
    }

    /// The schedule; nil for all.
    let schedule: String?
    let recipient: String
    let reason: Reason
    let since: Instant
}

extension MailReply {
    /// Whether the answer says for good that the address itself does not exist or takes no mail.
    ///
    /// By the enhanced code of RFC 3463, where there is one: 5.1.x is about the address, 5.2.1 means
    /// a mailbox that is switched off. Without one, 550, 551 and 553 are about the mailbox
    /// (RFC 5321 §4.2.3).
    var saysNoSuchMailbox: Bool {
        // Of HTTP: the address of a channel is gone for good.
        if code == 410 { return true }
        guard code >= 500 else { return false }
        let word = text.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ Int($0) != nil }) else {
            return [550, 551, 553].contains(code)
        }
        return word.hasPrefix("5.1.") || word == "5.2.1"
    }
}

/// Who gets no more messages.
extension DeliveryLedger {
    /// The table of suppressions, what was told to the operator, and what was sent again by hand.
    static let suppressionMigration = StateMigration(name: "deliveries-4") { db in
        try db.execute(
            sql: """
                CREATE TABLE delivery_suppression (
                    schedule TEXT NOT NULL, recipient TEXT NOT NULL, reason TEXT NOT NULL,
                    since INTEGER NOT NULL, PRIMARY KEY (schedule, recipient)) STRICT,
                    WITHOUT ROWID;
                CREATE TABLE delivery_alarm (
                    delivery INTEGER NOT NULL REFERENCES delivery (id), state TEXT NOT NULL,
                    told INTEGER NOT NULL, PRIMARY KEY (delivery, state)) STRICT, WITHOUT ROWID;
                ALTER TABLE delivery ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX delivery_recent ON delivery (due);
                """)
    }

    /// Why a delivery's recipient gets nothing of its schedule; nil when they do.
    func suppression(of delivery: Delivery) async throws -> Suppression? {
        try await file.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM delivery_suppression
                    WHERE recipient = ? AND schedule IN ('', ?) ORDER BY schedule
                    """, arguments: [delivery.recipient, delivery.schedule]
            ).flatMap(Self.suppression)
        }
    }

    /// All suppressions, by recipient.
    func suppressions() async throws -> [Suppression] {
        try await file.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM delivery_suppression ORDER BY recipient, schedule"
            ).compactMap(Self.suppression)
        }
    }

    /// Sends somebody no more of a schedule, as they asked; without effect when it is so already.
    func unsubscribe(_ recipient: String, from schedule: String, now: Instant) async throws {
        try await file.write { db in
            try Self.suppress(recipient, schedule, .unsubscribed, now: now, db)
        }
    }

    /// Sends to an address again.
    ///
    /// - Parameters:
    ///   - recipient: The address.
    ///   - schedule: The one schedule that is meant; nil for all, after a bounce too.
    ///   - who: Who asks for it; empty for whoever has the command line.
    ///   - now: The time it is.
    /// - Returns: Whether anything had kept messages from it.
    /// - Throws: `Advice` when the state file cannot be written.
    func allow(
        _ recipient: String, schedule: String?, by who: String = "", now: Instant
    ) async throws -> Bool {
        try await file.write { db in
            try db.execute(
                sql: """
                    DELETE FROM delivery_suppression
                    WHERE recipient = ?1 AND (?2 IS NULL OR schedule = ?2)
                    """, arguments: [recipient, schedule])
            guard db.changesCount > 0 else { return false }
            try AuditLog.enter(
                AuditEvent(
                    kind: .subscription, who: who, subject: schedule ?? "",
                    details: ["change": "allowed"]),
                at: now, in: db)
            return true
        }
    }

    /// Notes a suppression; part of the transaction that has the reason.
    static func suppress(
        _ recipient: String, _ schedule: String?, _ reason: Suppression.Reason, now: Instant,
        _ db: Database
    ) throws {
        try db.execute(
            sql: "INSERT INTO delivery_suppression VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [schedule ?? "", recipient, reason.rawValue, now.microseconds])
        guard db.changesCount == 1 else { return }
        // Addresses stay out of the audit log.
        try AuditLog.enter(
            AuditEvent(
                kind: .subscription, subject: schedule ?? "",
                details: ["change": reason.rawValue]), at: now, in: db)
    }

    private static func suppression(_ row: Row) -> Suppression? {
        Suppression.Reason(rawValue: row["reason"]).map { reason in
            let schedule: String = row["schedule"]
            return Suppression(
                schedule: schedule.isEmpty ? nil : schedule, recipient: row["recipient"],
                reason: reason, since: Instant(microseconds: row["since"]))
        }
    }
}
