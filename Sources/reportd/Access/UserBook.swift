import Foundation
import GRDB
import Vocabulary

/// A local user, as the state file knows them: everything but the password.
struct User: Sendable, Hashable {
    let principal: Principal
    /// Where they get mail about their sign-in; nil when nobody said.
    let mail: String?
    /// The language and region of such mail; nil for that of their company.
    let locale: String?
    /// When they signed in last; nil when never, or before this was noted.
    let lastSignIn: Instant?

    var name: String { principal.name }
}

/// Local users: who may sign in with a password.
///
/// Invariants: whoever gets a new password by another way than changing it themselves is signed out
/// everywhere in the same transaction, and addresses at which a password could be chosen are void;
/// role and companies are read anew at every request, so a change is in force at once, in every
/// process.
struct UserBook: Sendable {
    /// The steps by which users come into the state file.
    static let migrations = [
        StateMigration(name: "users-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE user (
                        name TEXT PRIMARY KEY, role TEXT NOT NULL, companies TEXT NOT NULL,
                        user_key TEXT, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT
                    """)
        },
        StateMigration(name: "users-2") { db in
            try db.execute(
                sql: """
                    ALTER TABLE user ADD COLUMN mail TEXT;
                    ALTER TABLE user ADD COLUMN locale TEXT;
                    ALTER TABLE user ADD COLUMN last_sign_in INTEGER
                    """)
        },
        SessionBook.migration, InvitationBook.migration, ResetBook.migration,
    ]

    let state: StateFile

    /// Adds a user, or gives an existing one a new password, role and companies.
    ///
    /// Mail address and language stay as they are where none is given.
    ///
    /// - Throws: `Advice` when the password or the name may not be taken.
    func set(
        _ principal: Principal, password: String, mail: EnvelopeAddress? = nil,
        locale: String? = nil, now: Instant = WallClock.system.now(),
        by: String = NSUserName()
    ) throws {
        try GivenName.checkUser(principal.name)
        let password = try PasswordHash(password)
        try state.write { db in
            try Self.write(principal, password, mail: mail?.text, locale: locale, in: db)
            try InvitationBook.withdraw(principal.name, in: db)
            try AuditLog.enter(
                AuditEvent(
                    kind: .user, who: by, subject: principal.name,
                    details: Self.details("set", principal)), at: now, in: db)
        }
    }

    /// Enters a user with a new password, who is signed out everywhere, as part of a transaction.
    static func write(
        _ principal: Principal, _ password: PasswordHash, mail: String?, locale: String?,
        in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO user (name, role, companies, user_key, salt, hash, mail, locale)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    role = excluded.role, companies = excluded.companies,
                    user_key = excluded.user_key, salt = excluded.salt, hash = excluded.hash,
                    mail = coalesce(excluded.mail, mail),
                    locale = coalesce(excluded.locale, locale)
                """,
            arguments: [
                principal.name, principal.role.rawValue,
                principal.companies.sorted().joined(separator: " "), principal.userKey,
                password.salt, password.hash, mail, locale,
            ])
        try SessionBook.end(of: principal.name, in: db)
        try ResetBook.forget(of: principal.name, in: db)
    }

    /// What the audit log gets to know of a user's role and companies.
    static func details(_ change: String, _ principal: Principal) -> [String: String] {
        [
            "change": change, "role": principal.role.rawValue,
            "companies": principal.companies.sorted().joined(separator: " "),
        ]
    }

    /// Gives a user another password.
    ///
    /// `session` is the one that stays; nil to end all of them.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is no such user any more.
    static func give(
        _ password: PasswordHash, to name: String, keeping session: String?, in db: Database
    ) throws {
        try db.execute(
            sql: "UPDATE user SET salt = ?, hash = ? WHERE name = ?",
            arguments: [password.salt, password.hash, name])
        guard db.changesCount == 1 else { throw unknown(name, among: []) }
        try SessionBook.end(of: name, except: session, in: db)
        try ResetBook.forget(of: name, in: db)
    }

    /// Gives a user the password that they chose themselves; they stay signed in where they did.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is no such user any more.
    func change(
        _ password: PasswordHash, of name: String, keeping session: String?, now: Instant,
        address: String?
    ) async throws {
        try await state.write { db in
            try Self.give(password, to: name, keeping: session, in: db)
            try AuditLog.enter(
                AuditEvent(
                    kind: .user, who: name, address: address, subject: name,
                    details: ["change": "password"]), at: now, in: db)
        }
    }

    /// Removes a user, who is signed out everywhere with that.
    ///
    /// - Throws: `Advice` when there is no such user for whoever asks, they are not theirs to remove,
    ///   or a company would be left without an administrator.
    func remove(
        _ name: String, now: Instant = WallClock.system.now(),
        by administrator: Administrator = .machine
    ) throws {
        try state.write { db in
            let user = try Self.governed(name, by: administrator, in: db)
            try Self.keepingAdministrators(administrator, in: db, losing: user.principal) {
                try db.execute(sql: "DELETE FROM user WHERE name = ?", arguments: [name])
            }
            try AuditLog.enter(
                AuditEvent(
                    kind: .user, who: administrator.name, address: administrator.address,
                    subject: name, details: ["change": "removed"]), at: now, in: db)
        }
    }

    /// Gives a user another role, companies and mail address; in force at once.
    ///
    /// - Throws: `Advice` as `remove`.
    func change(
        to principal: Principal, mail: EnvelopeAddress?, now: Instant,
        by administrator: Administrator
    ) throws {
        try state.write { db in
            let user = try Self.governed(principal.name, by: administrator, in: db)
            try Self.keepingAdministrators(administrator, in: db, losing: user.principal) {
                try db.execute(
                    sql: """
                        UPDATE user SET role = ?, companies = ?, user_key = ?, mail = ?
                        WHERE name = ?
                        """,
                    arguments: [
                        principal.role.rawValue,
                        principal.companies.sorted().joined(separator: " "), principal.userKey,
                        mail?.text, principal.name,
                    ])
            }
            // An address that went to the old mailbox must not be good for the new one's owner.
            if user.mail != mail?.text { try ResetBook.forget(of: principal.name, in: db) }
            try AuditLog.enter(
                AuditEvent(
                    kind: .user, who: administrator.name, address: administrator.address,
                    subject: principal.name, details: Self.details("changed", principal)),
                at: now, in: db)
        }
    }

    // MARK: Looking

    /// Everyone who may sign in, by name.
    func all() throws -> [Principal] { try users().map(\.principal) }

    /// Everyone who may sign in with what is known of them, by name.
    func users() throws -> [User] {
        try state.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM user ORDER BY name").map(Self.user)
        }
    }

    /// The user of a name; nil when there is none.
    static func user(_ name: String, in db: Database) throws -> User? {
        try Row.fetchOne(db, sql: "SELECT * FROM user WHERE name = ?", arguments: [name])
            .map(Self.user)
    }

    /// Who a name and password belong to; nil when they do not fit.
    ///
    /// An unknown name takes as long as a wrong password, so that nobody learns which names exist.
    func principal(name: String, password: String) throws -> Principal? {
        let row = try state.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM user WHERE name = ?", arguments: [name])
        }
        let kept = row.map { PasswordHash(salt: $0["salt"], hash: $0["hash"]) } ?? .nobody
        guard try kept.fits(password), let row else { return nil }
        return try Self.user(row).principal
    }

    static func user(_ row: Row) throws -> User {
        let (mail, locale): (String?, String?) = (row["mail"], row["locale"])
        let last: Int64? = row["last_sign_in"]
        return User(
            principal: try principal(row), mail: mail, locale: locale,
            lastSignIn: last.map(Instant.init(microseconds:)))
    }

    /// The role and companies of a row that has them: a user's or an invitation's.
    static func principal(_ row: Row) throws -> Principal {
        let role: String = row["role"]
        guard let known = Role(rawValue: role) else {
            throw Advice(
                .damaged, "the state file gives a user the unknown role ‘\(role)’",
                remedy: "set the user again with ‘reportd user set’")
        }
        let companies: String = row["companies"]
        return Principal(
            name: row["name"], role: known,
            companies: Set(companies.split(separator: " ").map(String.init)),
            userKey: row["user_key"])
    }

    // MARK: Governing

    static func unknown(_ name: String, among names: [String]) -> Advice {
        Advice(
            .unknown, "there is no user ‘\(name)’",
            remedy: Spelling.remedy(for: name, legal: names))
    }

    /// A user whom somebody may change.
    ///
    /// - Throws: `Advice`: `unknown` when nobody of that name exists for them, `denied` when they are
    ///   not theirs alone.
    static func governed(
        _ name: String, by administrator: Administrator, in db: Database
    ) throws -> User {
        let users = try Row.fetchAll(db, sql: "SELECT * FROM user").map(Self.user)
            .filter { administrator.sees($0.principal.companies) }
        guard let user = users.first(where: { $0.name == name }) else {
            throw unknown(name, among: users.map(\.name))
        }
        try administrator.mustGovern(user.principal.companies, name)
        return user
    }

    /// Makes a change that must leave an administrator to every company that has one.
    ///
    /// Whoever operates the machine may do without: they can make another.
    private static func keepingAdministrators(
        _ administrator: Administrator, in db: Database, losing principal: Principal,
        _ change: () throws -> Void
    ) throws {
        try change()
        guard administrator.companies != nil, principal.role == .admin else { return }
        let left = try Row.fetchAll(
            db, sql: "SELECT * FROM user WHERE role = ?", arguments: [Role.admin.rawValue]
        ).map(Self.principal).reduce(into: Set<String>()) { $0.formUnion($1.companies) }
        let bereft = principal.companies.subtracting(left).sorted()
        guard bereft.isEmpty else {
            throw Advice(
                .request,
                "‘\(principal.name)’ is the last administrator of "
                    + bereft.joined(separator: ", "),
                remedy: "make somebody else an ADMIN there first")
        }
    }
}
