import Foundation
import GRDB
import Vocabulary

/// One place where somebody is signed in.
struct Session: Sendable, Hashable {
    /// Where somebody signed in.
    enum Kind: String, Sendable, Hashable {
        /// On our pages, with a browser.
        case page
        /// At an application's own address, whose front end keeps a token.
        case program
        /// On our pages, through the identity provider.
        case provider
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
    /// Who somebody was at the identity provider when they signed in; nil for a local user, who is who
    /// they are now.
    var visitor: Principal?
}

/// Where people are signed in.
///
/// A browser holds a token that we signed and that names its session; every request looks the session
/// up, with its user as they are now. So what ends a session, or changes its user, is in force with
/// the next request in every process, at the price of one look into the state file by primary key.
/// Whoever came through the identity provider is no user of ours: who they are stands in the session
/// itself, as it was when they came.
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

    /// The step by which sessions of the identity provider come to them: `local` is the user of ours,
    /// with whom a session goes; without one, role and companies are those of its visitor.
    static let visitors = StateMigration(name: "sessions-2") { db in
        try db.execute(
            sql: """
                CREATE TABLE session_2 (
                    id TEXT PRIMARY KEY, user TEXT NOT NULL,
                    local TEXT REFERENCES user(name) ON DELETE CASCADE,
                    role TEXT, companies TEXT, user_key TEXT,
                    kind TEXT NOT NULL, begun INTEGER NOT NULL, expires INTEGER NOT NULL,
                    last_used INTEGER NOT NULL, address TEXT, agent TEXT NOT NULL,
                    CHECK ((local IS NULL) = (role IS NOT NULL AND companies IS NOT NULL))) STRICT;
                INSERT INTO session_2
                    SELECT id, user, user, NULL, NULL, NULL, kind, begun, expires, last_used,
                        address, agent FROM session;
                DROP TABLE session;
                ALTER TABLE session_2 RENAME TO session;
                CREATE INDEX session_user ON session (user);
                CREATE INDEX session_local ON session (local)
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
        try db.execute(
            sql: "UPDATE user SET last_sign_in = ? WHERE name = ?",
            arguments: [now.microseconds, user])
        guard db.changesCount == 1 else {
            throw Advice(
                .unauthenticated, "this user is not there any more",
                remedy: "ask an administrator for an invitation")
        }
        let session = Session(
            id: Ticket.random(bytes: 16), user: user, kind: kind, begun: now,
            expires: now.adding(seconds: seconds), lastUsed: now, address: address, agent: agent)
        try enter(session, now: now, in: db)
        return session.id
    }

    /// Begins a session of somebody whom the identity provider let in.
    ///
    /// - Returns: Its number.
    func begin(
        visitor: Principal, seconds: Int64, now: Instant, address: String?, agent: String
    ) async throws -> String {
        let session = Session(
            id: Ticket.random(bytes: 16), user: visitor.name, kind: .provider, begun: now,
            expires: now.adding(seconds: seconds), lastUsed: now, address: address, agent: agent,
            visitor: visitor)
        try await state.write { db in try Self.enter(session, now: now, in: db) }
        return session.id
    }

    private static func enter(_ session: Session, now: Instant, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM session WHERE expires <= ?", arguments: [now.microseconds])
        try db.execute(
            sql: """
                DELETE FROM session WHERE id IN (SELECT id FROM session WHERE user = ?
                    ORDER BY begun DESC, id LIMIT -1 OFFSET ?)
                """, arguments: [session.user, most - 1])
        let visitor = session.visitor
        try db.execute(
            sql: """
                INSERT INTO session (id, user, local, role, companies, user_key, kind, begun,
                    expires, last_used, address, agent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                session.id, session.user, visitor == nil ? session.user : nil,
                visitor?.role.rawValue,
                visitor.map { $0.companies.sorted().joined(separator: " ") }, visitor?.userKey,
                session.kind.rawValue, session.begun.microseconds, session.expires.microseconds,
                session.lastUsed.microseconds, session.address, session.agent,
            ])
    }

    /// Who is signed in with a session, a local user as they are now; nil when it has ended.
    func principal(of id: String, _ kind: Session.Kind, now: Instant) async throws -> Principal? {
        let who =
            kind == .provider
            ? "SELECT user AS name, role, companies, user_key, last_used FROM session"
            : "SELECT user.*, session.last_used FROM session JOIN user ON name = local"
        let found = try await state.read { db in
            try Row.fetchOne(
                db, sql: who + " WHERE id = ? AND kind = ? AND expires > ?",
                arguments: [id, kind.rawValue, now.microseconds]
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
            ).map(Self.session)
        }
    }

    /// Where people are signed in through the identity provider, the oldest first.
    func visits(now: Instant) throws -> [Session] {
        try state.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT *, user AS name FROM session WHERE local IS NULL AND expires > ?
                    ORDER BY begun, id
                    """, arguments: [now.microseconds]
            ).map { row in
                var session = Self.session(row)
                session.visitor = try UserBook.principal(row)
                return session
            }
        }
    }

    private static func session(_ row: Row) -> Session {
        Session(
            id: row["id"], user: row["user"],
            kind: Session.Kind(rawValue: row["kind"]) ?? .page,
            begun: Instant(microseconds: row["begun"]),
            expires: Instant(microseconds: row["expires"]),
            lastUsed: Instant(microseconds: row["last_used"]), address: row["address"],
            agent: row["agent"])
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
            try Self.end(of: user, id, keeping: kept, now: now, event, in: db)
        }
    }

    /// Ends a session of somebody else, for the audit log as well.
    ///
    /// - Throws: `Advice` when that cannot be entered; it has not ended then.
    func end(_ id: String, of user: String, now: Instant, by administrator: Administrator) throws {
        let event = AuditEvent(
            kind: .sessionEnded, who: administrator.name, address: administrator.address,
            subject: user)
        _ = try state.write { db in
            try Self.end(of: user, id, keeping: nil, now: now, event, in: db)
        }
    }

    private static func end(
        of user: String, _ id: String?, keeping kept: String?, now: Instant, _ event: AuditEvent,
        in db: Database
    ) throws -> Int {
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
