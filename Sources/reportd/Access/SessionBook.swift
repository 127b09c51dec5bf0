import Foundation
import GRDB
import Vocabulary

/// One place where a local user is signed in.
struct Session: Sendable, Hashable {
    /// Where somebody signed in.
    enum Kind: String, Sendable, Hashable {
        /// On our pages, with a browser.
        case page
        /// At an application's own address, whose front end keeps a token.
        case program
    }

    /// The number that the signed token carries; it opens nothing by itself.
    let id: String
    let user: String
    let kind: Kind
    let begun: Instant
    let expires: Instant
    /// When it was used last, to five minutes.
    let lastUsed: Instant
    /// The address that they signed in from; nil where addresses are not kept.
    let address: String?
    /// Browser and system in two words; empty when they are not known.
    let agent: String
}

/// Where local users are signed in.
///
/// A browser holds a token that we signed and that names its session; every request looks the session
/// up, with its user as they are now. So what ends a session, or changes its user, is in force with
/// the next request in every process, at the price of one look into the state file by primary key.
struct SessionBook: Sendable {
    /// The step by which sessions come into the state file; they go with their user.
    static let migration = StateMigration(name: "sessions-1") { db in
        try db.execute(
            sql: """
                CREATE TABLE session (
                    id TEXT PRIMARY KEY,
                    user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
                    kind TEXT NOT NULL, begun INTEGER NOT NULL, expires INTEGER NOT NULL,
                    last_used INTEGER NOT NULL, address TEXT, agent TEXT NOT NULL) STRICT;
                CREATE INDEX session_user ON session (user)
                """)
    }

    /// Sessions that one user has at the most; the oldest end for new ones.
    static let most = 100
    /// Seconds between two notes of a session's use.
    private static let noteSeconds = Int64(300)

    let state: StateFile

    /// Begins a session.
    ///
    /// - Returns: Its number.
    /// - Throws: `Advice` of kind `unauthenticated` when the user is gone meanwhile.
    func begin(
        _ user: String, _ kind: Session.Kind, seconds: Int64, now: Instant, address: String?,
        agent: String
    ) async throws -> String {
        try await state.write { db in
            try Self.begin(
                user, kind, seconds: seconds, now: now, address: address, agent: agent, in: db)
        }
    }

    /// Begins a session as part of a transaction.
    static func begin(
        _ user: String, _ kind: Session.Kind, seconds: Int64, now: Instant, address: String?,
        agent: String, in db: Database
    ) throws -> String {
        let id = Ticket.random(bytes: 16)
        try db.execute(
            sql: "UPDATE user SET last_sign_in = ? WHERE name = ?",
            arguments: [now.microseconds, user])
        guard db.changesCount == 1 else {
            throw Advice(
                .unauthenticated, "this user is not there any more",
                remedy: "ask an administrator for an invitation")
        }
        try db.execute(
            sql: "DELETE FROM session WHERE expires <= ?", arguments: [now.microseconds])
        try db.execute(
            sql: """
                DELETE FROM session WHERE id IN (SELECT id FROM session WHERE user = ?
                    ORDER BY begun DESC, id LIMIT -1 OFFSET ?)
                """, arguments: [user, most - 1])
        try db.execute(
            sql: "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, user, kind.rawValue, now.microseconds,
                now.adding(seconds: seconds).microseconds, now.microseconds, address, agent,
            ])
        return id
    }

    /// Who is signed in with a session, as they are now; nil when it has ended.
    func principal(of id: String, _ kind: Session.Kind, now: Instant) async throws -> Principal? {
        let found = try await state.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT user.*, session.last_used FROM session JOIN user ON name = user
                    WHERE id = ? AND kind = ? AND expires > ?
                    """, arguments: [id, kind.rawValue, now.microseconds]
            ).map { (principal: try UserBook.principal($0), used: $0["last_used"] as Int64) }
        }
        guard let (principal, used) = found else { return nil }
        if Instant(microseconds: used).adding(seconds: Self.noteSeconds) <= now {
            try await state.write { db in
                try db.execute(
                    sql: "UPDATE session SET last_used = ? WHERE id = ?",
                    arguments: [now.microseconds, id])
            }
        }
        return principal
    }

    /// Where a user is signed in, the latest first.
    func all(of user: String, now: Instant) async throws -> [Session] {
        try await state.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM session WHERE user = ? AND expires > ?
                    ORDER BY begun DESC, id
                    """, arguments: [user, now.microseconds]
            ).map { row in
                Session(
                    id: row["id"], user: row["user"],
                    kind: Session.Kind(rawValue: row["kind"]) ?? .page,
                    begun: Instant(microseconds: row["begun"]),
                    expires: Instant(microseconds: row["expires"]),
                    lastUsed: Instant(microseconds: row["last_used"]), address: row["address"],
                    agent: row["agent"])
            }
        }
    }

    /// Ends a session that its own user leaves.
    func leave(_ id: String) async throws {
        try await state.write { db in
            try db.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [id])
        }
    }

    /// Ends sessions of a user, for the audit log as well.
    ///
    /// `id` is the one that ends, nil for all others than `kept`, which may be nil as well.
    ///
    /// - Returns: How many ended.
    /// - Throws: `Advice` when that cannot be entered; none has ended then.
    func end(
        of user: String, _ id: String?, keeping kept: String?, now: Instant, _ event: AuditEvent
    ) async throws -> Int {
        try await state.write { db in
            try db.execute(
                sql: """
                    DELETE FROM session WHERE user = ?1 AND (?2 IS NULL OR id = ?2)
                        AND (?2 IS NOT NULL OR ?3 IS NULL OR id <> ?3)
                    """, arguments: [user, id, kept])
            let count = db.changesCount
            guard count > 0 else { return 0 }
            var event = event
            event.details["sessions"] = "\(count)"
            try AuditLog.enter(event, at: now, in: db)
            return count
        }
    }

    /// Ends sessions of a user as part of a transaction.
    static func end(of user: String, except id: String? = nil, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM session WHERE user = ?1 AND (?2 IS NULL OR id <> ?2)",
            arguments: [user, id])
    }
}

extension Session {
    /// Browser and system that a `User-Agent` header names; empty when none is known.
    ///
    /// Only these words are kept, not the header, which can tell people apart.
    static func agent(_ header: String) -> String {
        // Browsers name those that they descend from, so the youngest is looked for first.
        let browsers = [
            ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"), ("Chrom", "Chrome"), ("CriOS/", "Chrome"),
            ("Safari/", "Safari"), ("curl/", "curl"),
        ]
        let systems = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
            ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
        ]
        return [browsers, systems].compactMap { list in
            list.first { header.contains($0.0) }?.1
        }.joined(separator: ", ")
    }
}
