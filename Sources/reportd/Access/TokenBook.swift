import Foundation
import GRDB
import Vocabulary

/// A token that `reportd token` made, as the state file knows it.
struct IssuedToken: Sendable, Hashable {
    /// The number that the token carries.
    let id: String
    let principal: Principal
    let made: Instant
    let expires: Instant
    /// When it was used last, to the minute; nil when never.
    let lastUsed: Instant?
    let revoked: Instant?

    var name: String { principal.name }

    /// Whether it opens anything.
    func isValid(at now: Instant) -> Bool { revoked == nil && now < expires }
}

/// The tokens that `reportd token` made.
///
/// A token says itself whom it speaks for, and carries a number; every use looks it up here, so one that
/// was revoked opens nothing from that moment on, in every process. Tokens without a number are of
/// before tokens had one: they are good until they expire, or until the key file is another.
struct TokenBook: Sendable {
    /// The steps by which tokens come into the state file.
    static let migrations = [
        StateMigration(name: "tokens-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE issued_token (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
                        companies TEXT NOT NULL, user_key TEXT, made INTEGER NOT NULL,
                        expires INTEGER NOT NULL, last_used INTEGER, revoked INTEGER) STRICT
                    """)
        }
    ]

    /// Days that a token lasts at the most.
    static let mostDays = 3660
    /// Seconds between two notes of a token's use.
    private static let noteSeconds = Int64(60)

    let state: StateFile

    /// Enters a token that is to be signed.
    ///
    /// - Returns: The number that it has to carry.
    func enter(
        _ principal: Principal, seconds: Int64, now: Instant, by: String
    ) throws -> String {
        let id = Ticket.random(bytes: 9)
        try state.write { db in
            try db.execute(
                sql: "INSERT INTO issued_token VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                arguments: [
                    id, principal.name, principal.role.rawValue,
                    principal.companies.sorted().joined(separator: " "), principal.userKey,
                    now.microseconds, now.adding(seconds: seconds).microseconds,
                ])
            var details = UserBook.details("made", principal)
            details["id"] = id
            details["days"] = "\(seconds / 86_400)"
            try AuditLog.enter(
                AuditEvent(kind: .token, who: by, subject: principal.name, details: details),
                at: now, in: db)
        }
        return id
    }

    /// Refuses a token whose number was revoked or is not known.
    ///
    /// - Throws: `Advice` of kind `unauthenticated`.
    func check(_ id: String, now: Instant) async throws {
        let found = try await state.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM issued_token WHERE id = ?", arguments: [id]
            ).map(Self.token)
        }
        guard let found else { throw SignedToken.refusal() }
        guard found.revoked == nil else { throw SignedToken.refusal("the token was revoked") }
        guard found.lastUsed.map({ $0.adding(seconds: Self.noteSeconds) <= now }) ?? true else {
            return
        }
        try await state.write { db in
            try db.execute(
                sql: "UPDATE issued_token SET last_used = ? WHERE id = ?",
                arguments: [now.microseconds, id])
        }
    }

    /// All tokens that were ever made, the oldest first.
    func all() throws -> [IssuedToken] {
        try state.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM issued_token ORDER BY made, rowid")
                .map(Self.token)
        }
    }

    /// Revokes a token by its id, or all tokens of a name.
    ///
    /// - Returns: How many were revoked.
    /// - Throws: `Advice` of kind `unknown` when there is none in force for whoever asks.
    func revoke(_ name: String, now: Instant, by administrator: Administrator) throws -> Int {
        let valid = try all().filter {
            $0.isValid(at: now) && administrator.sees($0.principal.companies)
        }
        let meant = valid.filter { $0.id == name || $0.name == name }
        guard !meant.isEmpty else {
            throw Advice(
                .unknown, "there is no token ‘\(name)’ that could be revoked",
                remedy: Spelling.remedy(for: name, legal: Set(valid.map(\.name))))
        }
        for token in meant { try administrator.mustGovern(token.principal.companies, name) }
        try state.write { db in
            for token in meant {
                try db.execute(
                    sql: "UPDATE issued_token SET revoked = ? WHERE id = ? AND revoked IS NULL",
                    arguments: [now.microseconds, token.id])
                try AuditLog.enter(
                    AuditEvent(
                        kind: .token, who: administrator.name, address: administrator.address,
                        subject: token.name, details: ["change": "revoked", "id": token.id]),
                    at: now, in: db)
            }
        }
        return meant.count
    }

    private static func token(_ row: Row) throws -> IssuedToken {
        let (used, revoked): (Int64?, Int64?) = (row["last_used"], row["revoked"])
        return IssuedToken(
            id: row["id"], principal: try UserBook.principal(row),
            made: Instant(microseconds: row["made"]),
            expires: Instant(microseconds: row["expires"]),
            lastUsed: used.map(Instant.init(microseconds:)),
            revoked: revoked.map(Instant.init(microseconds:)))
    }
}
