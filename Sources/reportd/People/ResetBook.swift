import Foundation
import GRDB
import Vocabulary

/// Addresses at which users who forgot their password choose another.
///
/// Each is good for an hour and once. Several may be in force, so that nobody makes a stranger's void
/// by asking for another; using one, or getting a new password in any other way, ends them all.
struct ResetBook: Sendable {
    /// The step by which they come into the state file; they go with their user.
    static let migration = StateMigration(name: "resets-1") { db in
        try db.execute(
            sql: """
                CREATE TABLE password_reset (
                    hash BLOB PRIMARY KEY,
                    user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
                    made INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT
                """)
    }

    /// How long an address is good, in seconds.
    static let seconds = Int64(3600)
    /// Seconds after which somebody is sent another one; before, the first is on its way.
    static let pauseSeconds = Int64(120)

    let state: StateFile

    /// A user, and what the address that goes to them has to hold.
    typealias Letter = (user: User, ticket: Ticket)

    /// Makes addresses for all users whom somebody may mean who forgot their password.
    ///
    /// They are meant by name, or by mail address in any letter case. Who has no mail address, or was
    /// sent one just now, gets none.
    func ask(_ nameOrMail: String, now: Instant, _ event: AuditEvent) async throws -> [Letter] {
        try await state.write { db in
            let text = nameOrMail.lowercased()
            let users = try Row.fetchAll(db, sql: "SELECT * FROM user ORDER BY name")
                .map(UserBook.user)
                .filter { $0.mail != nil }
                .filter { $0.name == nameOrMail || $0.mail?.lowercased() == text }
            let since = now.adding(seconds: -Self.pauseSeconds).microseconds
            return try users.compactMap { user in
                let wasSent = try Bool.fetchOne(
                    db,
                    sql: "SELECT EXISTS (SELECT 1 FROM password_reset WHERE user = ? "
                        + "AND made > ?)", arguments: [user.name, since])
                guard wasSent != true else { return nil }
                return (user, try Self.make(for: user, now: now, event, in: db))
            }
        }
    }

    /// Makes an address for a user whom an administrator names.
    ///
    /// - Throws: `Advice` when they do not exist for who asks, or are not theirs.
    func make(
        for name: String, now: Instant, by administrator: Administrator
    ) throws -> Letter {
        try state.write { db in
            let user = try UserBook.governed(name, by: administrator, in: db)
            let event = AuditEvent(
                kind: .passwordReset, who: administrator.name, address: administrator.address)
            return (user, try Self.make(for: user, now: now, event, in: db))
        }
    }

    private static func make(
        for user: User, now: Instant, _ event: AuditEvent, in db: Database
    ) throws -> Ticket {
        let ticket = Ticket()
        try db.execute(
            sql: "DELETE FROM password_reset WHERE expires <= ?", arguments: [now.microseconds])
        try db.execute(
            sql: "INSERT INTO password_reset VALUES (?, ?, ?, ?)",
            arguments: [
                ticket.hash, user.name, now.microseconds,
                now.adding(seconds: seconds).microseconds,
            ])
        var event = event
        event.subject = user.name
        event.details["change"] = "asked"
        try AuditLog.enter(event, at: now, in: db)
        return ticket
    }

    /// The name of the user whose password an address changes.
    ///
    /// - Throws: `Advice` of kind `unknown` when it is forged, used, expired or void, which are not told
    ///   apart.
    func user(of secret: String, now: Instant) async throws -> String {
        try await state.read { db in try Self.user(of: secret, now: now, in: db) }
    }

    /// Gives the user of an address a new password, and a first session after all others have ended.
    ///
    /// - Throws: `Advice` of kind `unknown` as `user(of:)`.
    func use(
        _ secret: String, password: PasswordHash, sessionSeconds: Int64, now: Instant,
        address: String?, agent: String
    ) async throws -> (principal: Principal, session: String) {
        try await state.write { db in
            let name = try Self.user(of: secret, now: now, in: db)
            try UserBook.give(password, to: name, keeping: nil, in: db)
            try AuditLog.enter(
                AuditEvent(
                    kind: .passwordReset, who: name, address: address, subject: name,
                    details: ["change": "done"]), at: now, in: db)
            let session = try SessionBook.begin(
                name, .page, seconds: sessionSeconds, now: now, address: address, agent: agent,
                in: db)
            guard let user = try UserBook.user(name, in: db) else {
                throw UserBook.unknown(name, among: [])
            }
            return (user.principal, session)
        }
    }

    private static func user(of secret: String, now: Instant, in db: Database) throws -> String {
        let found = try Ticket.hash(secret).flatMap { hash in
            try String.fetchOne(
                db, sql: "SELECT user FROM password_reset WHERE hash = ? AND expires > ?",
                arguments: [hash, now.microseconds])
        }
        guard let found else {
            throw Advice(
                .unknown, "this address is not good any more, or was used already",
                remedy: "ask for another one on the sign-in page")
        }
        return found
    }

    /// Makes all addresses of a user void, as part of a transaction.
    static func forget(of user: String, in db: Database) throws {
        try db.execute(sql: "DELETE FROM password_reset WHERE user = ?", arguments: [user])
    }
}
