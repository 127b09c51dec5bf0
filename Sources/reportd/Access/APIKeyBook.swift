import Crypto
import Foundation
import GRDB
import Logging
import Synchronization
import Vocabulary

/// A key for a program, as the state file knows it: everything but the key itself.
struct APIKey: Sendable, Hashable {
    /// The part of the key that may be shown; it names the key.
    let id: String
    /// What the key is for, in words of whoever made it.
    let name: String
    let principal: Principal
    let made: Instant
    let expires: Instant
    /// When it was used last, to the minute; nil when never.
    let lastUsed: Instant?
    let revoked: Instant?

    /// Whether the key opens anything.
    func isValid(at now: Instant) -> Bool { revoked == nil && now < expires }
}

/// Keys for programs: `rk_`, eight characters that name the key, `_`, and 43 of a secret.
///
/// The secret is 256 bits made by chance and shown once. Kept is its SHA-256: unlike a password it
/// cannot be guessed, so a slow hash would protect nothing. Every use looks at the state file, so a
/// key that was revoked opens nothing from that moment on, in every process.
struct APIKeyBook: Sendable {
    /// The steps by which keys come into the state file.
    static let migrations = [
        StateMigration(name: "keys-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE api_key (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL,
                        role TEXT NOT NULL, companies TEXT NOT NULL, user_key TEXT,
                        scopes TEXT NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL,
                        last_used INTEGER, revoked INTEGER) STRICT
                    """)
        }
    ]

    /// What every key begins with, so that it is known for one wherever it turns up.
    static let beginning = "rk_"
    /// What the names of principals begin with who come with a key.
    static let nameBeginning = "key:"
    private static let idBytes = 6
    private static let secretBytes = 32
    /// Seconds between two notes of a key's use.
    private static let noteSeconds = Int64(60)

    let state: StateFile

    /// Makes a key, which cannot be had again, for what a principal may do and see.
    ///
    /// - Throws: `Advice` when a valid key has the name already, or a scope is no right of the role.
    func make(
        _ name: String, _ grant: Principal, seconds: Int64, now: Instant, by: String,
        from address: String? = nil
    ) throws -> (key: String, entry: APIKey) {
        let scopes = grant.scopes ?? grant.role.rights
        if let foreign = scopes.subtracting(grant.role.rights).map(\.rawValue).min() {
            throw Advice(
                .request, "the role \(grant.role.rawValue) has no right ‘\(foreign)’",
                remedy: "leave that scope out, or choose another role")
        }
        let id = Ticket.random(bytes: Self.idBytes)
        let secret = Ticket.random(bytes: Self.secretBytes)
        var principal = grant
        principal.scopes = scopes
        let entry = APIKey(
            id: id, name: name, principal: principal, made: now,
            expires: now.adding(seconds: seconds), lastUsed: nil, revoked: nil)
        try state.write { db in
            let isTaken = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM api_key WHERE name = ? AND revoked IS NULL "
                    + "AND expires > ?)", arguments: [name, now.microseconds])
            guard isTaken != true else {
                throw Advice(
                    .request, "there is a key ‘\(name)’ already",
                    remedy: "revoke it with ‘reportd key revoke’, or choose another name")
            }
            try db.execute(
                sql: "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                arguments: [
                    id, name, Self.hash(secret), grant.role.rawValue,
                    grant.companies.sorted().joined(separator: " "), grant.userKey,
                    scopes.map(\.rawValue).sorted().joined(separator: " "), now.microseconds,
                    entry.expires.microseconds,
                ])
            try AuditLog.enter(
                AuditEvent(
                    kind: .key, who: by, address: address, subject: name,
                    details: [
                        "change": "made", "id": id, "role": grant.role.rawValue,
                        "companies": grant.companies.sorted().joined(separator: " "),
                        "scopes": scopes.map(\.rawValue).sorted().joined(separator: " "),
                        "expires": "\(entry.expires)",
                    ]), at: now, in: db)
        }
        return ("\(Self.beginning)\(id)_\(secret)", entry)
    }

    /// Revokes a key, named by its id or by the name of a valid one.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is no such key in force.
    func revoke(
        _ name: String, now: Instant, by: String, from address: String? = nil
    ) throws {
        let valid = try all().filter { $0.revoked == nil }
        guard let key = valid.first(where: { $0.id == name || $0.name == name }) else {
            throw Advice(
                .unknown, "there is no key ‘\(name)’ that could be revoked",
                remedy: Spelling.remedy(for: name, legal: valid.map(\.name)))
        }
        try state.write { db in
            try db.execute(
                sql: "UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL",
                arguments: [now.microseconds, key.id])
            try AuditLog.enter(
                AuditEvent(
                    kind: .key, who: by, address: address, subject: key.name,
                    details: ["change": "revoked", "id": key.id]), at: now, in: db)
        }
    }

    /// All keys that were ever made, the oldest first.
    func all() throws -> [APIKey] {
        try state.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM api_key ORDER BY made, id").map(Self.key)
        }
    }

    /// Whom a key speaks for.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when it is unknown, expired or revoked.
    func principal(of text: String, now: Instant) async throws -> Principal {
        // The secret may hold the sign that parts it from the id; the id has a fixed length.
        let rest = text.dropFirst(Self.beginning.count)
        let id = String(rest.prefix(Self.idBytes * 4 / 3))
        let tail = rest.dropFirst(id.count)
        guard text.utf8.count <= 80, tail.first == "_" else { throw Self.refusal() }
        let found = try await state.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM api_key WHERE id = ?", arguments: [id]).map {
                (hash: $0["hash"] as Data, key: try Self.key($0))
            }
        }
        let hash = Self.hash(String(tail.dropFirst()))
        guard let (stored, key) = found else { throw Self.refusal() }
        let difference = zip(hash, stored).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
        guard stored.count == hash.count, difference == 0 else { throw Self.refusal() }
        guard key.revoked == nil else { throw Self.refusal("the key was revoked") }
        guard now < key.expires else { throw Self.refusal("the key has expired") }
        if key.lastUsed.map({ $0.adding(seconds: Self.noteSeconds) <= now }) ?? true {
            try await state.write { db in
                try db.execute(
                    sql: "UPDATE api_key SET last_used = ? WHERE id = ?",
                    arguments: [now.microseconds, id])
            }
        }
        return key.principal
    }

    private static func refusal(_ happened: String = "there is no such key") -> Advice {
        Advice(
            .unauthenticated, happened,
            remedy: "ask an administrator to make one with ‘reportd key make’")
    }

    private static func key(_ row: Row) throws -> APIKey {
        let (role, scopes): (String, String) = (row["role"], row["scopes"])
        let rights = scopes.split(separator: " ").map { Right(rawValue: String($0)) }
        guard let known = Role(rawValue: role), !rights.contains(nil) else {
            throw Advice(
                .damaged, "the state file gives a key a role or scope that is not known",
                remedy: "revoke it with ‘reportd key revoke’ and make another one")
        }
        let companies: String = row["companies"]
        let (name, used, revoked): (String, Int64?, Int64?) = (
            row["name"], row["last_used"], row["revoked"]
        )
        return APIKey(
            id: row["id"], name: name,
            principal: Principal(
                name: nameBeginning + name, role: known,
                companies: Set(companies.split(separator: " ").map(String.init)),
                userKey: row["user_key"], scopes: Set(rights.compactMap { $0 })),
            made: Instant(microseconds: row["made"]),
            expires: Instant(microseconds: row["expires"]),
            lastUsed: used.map(Instant.init(microseconds:)),
            revoked: revoked.map(Instant.init(microseconds:)))
    }

    private static func hash(_ secret: String) -> Data {
        Data(SHA256.hash(data: Data(secret.utf8)))
    }
}
