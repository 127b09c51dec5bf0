import Foundation
import GRDB
import Vocabulary

/// Somebody who was invited and has not chosen a password yet.
struct Invitation: Sendable, Hashable {
    /// Who they will be.
    let principal: Principal
    /// Where the invitation went; nil when its address was handed over in another way.
    let mail: String?
    /// The language and region of mail to them; nil for that of their company.
    let locale: String?
    let made: Instant
    /// When its address opens nothing any more; the invitation stays, to be sent again.
    let expires: Instant

    var name: String { principal.name }
}

/// Invitations: each is a user that somebody may become by choosing a password at an address.
///
/// Invariants: no name is both a user's and an invitation's; one address is in force at a time, once,
/// for three days, and an invitation that is sent again has another one.
struct InvitationBook: Sendable {
    /// The step by which invitations come into the state file.
    static let migration = StateMigration(name: "invitations-1") { db in
        try db.execute(
            sql: """
                CREATE TABLE invitation (
                    name TEXT PRIMARY KEY, role TEXT NOT NULL, companies TEXT NOT NULL,
                    user_key TEXT, mail TEXT, locale TEXT, hash BLOB NOT NULL UNIQUE,
                    made INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT
                """)
    }

    /// How long an address is good, in seconds.
    static let seconds = Int64(3 * 86_400)

    let state: StateFile

    /// Invites somebody.
    ///
    /// - Returns: What the address has to hold.
    /// - Throws: `Advice` when the name is taken.
    func invite(
        _ principal: Principal, mail: EnvelopeAddress?, locale: String?, now: Instant,
        by administrator: Administrator
    ) throws -> Ticket {
        try GivenName.checkUser(principal.name)
        let ticket = Ticket()
        try state.write { db in
            let isTaken = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM user WHERE name = ?1 UNION ALL "
                    + "SELECT 1 FROM invitation WHERE name = ?1)", arguments: [principal.name])
            guard isTaken != true else {
                throw Advice(
                    .request, "the name ‘\(principal.name)’ is taken",
                    remedy: "choose another name, or send the invitation of that name again")
            }
            try db.execute(
                sql: "INSERT INTO invitation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    principal.name, principal.role.rawValue,
                    principal.companies.sorted().joined(separator: " "), principal.userKey,
                    mail?.text, locale, ticket.hash, now.microseconds,
                    now.adding(seconds: Self.seconds).microseconds,
                ])
            try AuditLog.enter(
                Self.event("invited", principal, administrator), at: now, in: db)
        }
        return ticket
    }

    /// Gives an invitation another address; the one before opens nothing any more.
    ///
    /// - Throws: `Advice` when there is no such invitation for whoever asks, or it is not theirs.
    func renew(
        _ name: String, now: Instant, by administrator: Administrator
    ) throws -> (invitation: Invitation, ticket: Ticket) {
        let ticket = Ticket()
        let invitation = try state.write { db in
            let known = try Self.governed(name, by: administrator, in: db)
            try db.execute(
                sql: "UPDATE invitation SET hash = ?, made = ?, expires = ? WHERE name = ?",
                arguments: [
                    ticket.hash, now.microseconds,
                    now.adding(seconds: Self.seconds).microseconds, name,
                ])
            try AuditLog.enter(
                Self.event("sent again", known.principal, administrator), at: now, in: db)
            return known
        }
        return (invitation, ticket)
    }

    /// Withdraws an invitation.
    ///
    /// - Throws: `Advice` as `renew`.
    func withdraw(_ name: String, now: Instant, by administrator: Administrator) throws {
        try state.write { db in
            let known = try Self.governed(name, by: administrator, in: db)
            try Self.withdraw(name, in: db)
            try AuditLog.enter(
                Self.event("withdrawn", known.principal, administrator), at: now, in: db)
        }
    }

    /// Withdraws the invitation of a name, if there is one, as part of a transaction.
    static func withdraw(_ name: String, in db: Database) throws {
        try db.execute(sql: "DELETE FROM invitation WHERE name = ?", arguments: [name])
    }

    /// All invitations, by name.
    func all() throws -> [Invitation] { try state.read { db in try Self.all(in: db) } }

    private static func all(in db: Database) throws -> [Invitation] {
        try Row.fetchAll(db, sql: "SELECT * FROM invitation ORDER BY name").map(invitation)
    }

    /// The invitation that an address opens.
    ///
    /// - Throws: `Advice` of kind `unknown` when it opens none: it is forged, used, expired, replaced
    ///   or withdrawn, which are not told apart.
    func invitation(of secret: String, now: Instant) async throws -> Invitation {
        try await state.read { db in try Self.invitation(of: secret, now: now, in: db) }
    }

    /// Makes a user of somebody who was invited, in one transaction with their first session.
    ///
    /// - Returns: The user, and the number of their session.
    /// - Throws: `Advice` of kind `unknown` as `invitation(of:)`.
    func accept(
        _ secret: String, password: PasswordHash, sessionSeconds: Int64, now: Instant,
        address: String?, agent: String
    ) async throws -> (principal: Principal, session: String) {
        try await state.write { db in
            let invitation = try Self.invitation(of: secret, now: now, in: db)
            let principal = invitation.principal
            try Self.withdraw(principal.name, in: db)
            try UserBook.write(
                principal, password, mail: invitation.mail, locale: invitation.locale, in: db)
            try AuditLog.enter(
                AuditEvent(
                    kind: .invitation, who: principal.name, address: address,
                    subject: principal.name, details: UserBook.details("accepted", principal)),
                at: now, in: db)
            let session = try SessionBook.begin(
                principal.name, .page, seconds: sessionSeconds, now: now, address: address,
                agent: agent, in: db)
            return (principal, session)
        }
    }

    private static func invitation(
        of secret: String, now: Instant, in db: Database
    ) throws -> Invitation {
        let found = try Ticket.hash(secret).flatMap { hash in
            try Row.fetchOne(
                db, sql: "SELECT * FROM invitation WHERE hash = ?", arguments: [hash]
            ).map(invitation)
        }
        guard let found, now < found.expires else {
            throw Advice(
                .unknown, "this invitation is not good any more, or was used already",
                remedy: "ask whoever invited you to send it again")
        }
        return found
    }

    private static func governed(
        _ name: String, by administrator: Administrator, in db: Database
    ) throws -> Invitation {
        let known = try all(in: db).filter { administrator.sees($0.principal.companies) }
        guard let invitation = known.first(where: { $0.name == name }) else {
            throw Advice(
                .unknown, "nobody of the name ‘\(name)’ is invited",
                remedy: Spelling.remedy(for: name, legal: known.map(\.name)))
        }
        try administrator.mustGovern(invitation.principal.companies, name)
        return invitation
    }

    private static func event(
        _ change: String, _ principal: Principal, _ administrator: Administrator
    ) -> AuditEvent {
        AuditEvent(
            kind: .invitation, who: administrator.name, address: administrator.address,
            subject: principal.name, details: UserBook.details(change, principal))
    }

    private static func invitation(_ row: Row) throws -> Invitation {
        Invitation(
            principal: try UserBook.principal(row), mail: row["mail"], locale: row["locale"],
            made: Instant(microseconds: row["made"]),
            expires: Instant(microseconds: row["expires"]))
    }
}
