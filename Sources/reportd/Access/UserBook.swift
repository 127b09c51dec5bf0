import Crypto
import CryptoExtras
import Foundation
import GRDB
import Vocabulary

/// Local users: who may sign in with a password.
///
/// A password is kept as its scrypt hash (RFC 7914, N = 2^15, r = 8, p = 1: 32 MiB and some tens of
/// milliseconds a guess) with a salt of its own.
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
        }
    ]

    /// Characters of the shortest password that is taken.
    static let shortestPassword = 10
    private static let rounds = 1 << 15
    private static let hashBytes = 32

    let state: StateFile

    /// Adds a user, or gives an existing one a new password, role and companies.
    ///
    /// - Throws: `Advice` when the password is too short.
    func set(
        _ principal: Principal, password: String, now: Instant = WallClock.system.now(),
        by: String = NSUserName()
    ) throws {
        guard password.count >= Self.shortestPassword else {
            throw Advice(
                .request, "the password has fewer than \(Self.shortestPassword) characters",
                remedy: "choose a longer one")
        }
        let salt = unsafe SymmetricKey(size: .bits128).withUnsafeBytes { unsafe Data($0) }
        let hash = try Self.hash(password, salt: salt)
        try state.write { db in
            try db.execute(
                sql: "INSERT INTO user (name, role, companies, user_key, salt, hash) "
                    + "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role, "
                    + "companies = excluded.companies, user_key = excluded.user_key, "
                    + "salt = excluded.salt, hash = excluded.hash",
                arguments: [
                    principal.name, principal.role.rawValue,
                    principal.companies.sorted().joined(separator: " "), principal.userKey, salt,
                    hash,
                ])
            try AuditLog.enter(
                AuditEvent(
                    kind: .user, who: by, subject: principal.name,
                    details: [
                        "change": "set", "role": principal.role.rawValue,
                        "companies": principal.companies.sorted().joined(separator: " "),
                    ]), at: now, in: db)
        }
    }

    /// Removes a user.
    ///
    /// - Throws: `Advice` when there is no such user.
    func remove(
        _ name: String, now: Instant = WallClock.system.now(), by: String = NSUserName()
    ) throws {
        let names = try all().map(\.name)
        guard names.contains(name) else {
            throw Advice(
                .unknown, "there is no user ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: names))
        }
        try state.write { db in
            try db.execute(sql: "DELETE FROM user WHERE name = ?", arguments: [name])
            try AuditLog.enter(
                AuditEvent(kind: .user, who: by, subject: name, details: ["change": "removed"]),
                at: now, in: db)
        }
    }

    /// Everyone who may sign in, by name.
    func all() throws -> [Principal] {
        try state.read { db in
            try Row.fetchAll(
                db, sql: "SELECT name, role, companies, user_key FROM user ORDER BY name"
            ).map(Self.principal)
        }
    }

    /// Who a name and password belong to; nil when they do not fit.
    ///
    /// An unknown name takes as long as a wrong password, so that nobody learns which names exist.
    func principal(name: String, password: String) throws -> Principal? {
        let row = try state.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM user WHERE name = ?", arguments: [name])
        }
        let salt: Data = row?["salt"] ?? Data(repeating: 0, count: 16)
        let stored: Data = row?["hash"] ?? Data(repeating: 0, count: Self.hashBytes)
        let hash = try Self.hash(password, salt: salt)
        let difference = zip(hash, stored).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
        guard let row, difference == 0, stored.count == hash.count else { return nil }
        return try Self.principal(row)
    }

    private static func principal(_ row: Row) throws -> Principal {
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

    private static func hash(_ password: String, salt: Data) throws -> Data {
        unsafe try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: hashBytes, rounds: rounds,
            blockSize: 8, parallelism: 1
        ).withUnsafeBytes { unsafe Data($0) }
    }
}
