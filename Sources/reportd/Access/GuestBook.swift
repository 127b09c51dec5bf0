import Crypto
import Foundation
import GRDB
import Vocabulary

/// A link by which anybody may look at one dashboard, as the state file knows it.
struct GuestLink: Sendable, Hashable {
    /// The part of the address that names the link.
    let id: String
    /// Whom it is for, in words of whoever made it.
    let name: String
    let dashboard: String
    /// Codes of the companies whose figures are shown.
    let companies: Set<String>
    /// Where pages come from that may show the dashboard in a frame: `https://portal.example`.
    let frames: [String]
    let made: Instant
    let expires: Instant
    /// When it was looked at last, to the minute; nil when never.
    let lastUsed: Instant?
    let revoked: Instant?

    /// Whether it shows anything.
    func isValid(at now: Instant) -> Bool { revoked == nil && now < expires }

    /// Who looks: a viewer of these companies who may see dashboards and nothing else.
    var principal: Principal {
        Principal(
            name: "guest:\(name)", role: .viewer, companies: companies, userKey: nil,
            scopes: [.dashboards])
    }
}

/// Links for guests, whose addresses hold an id and a signature of ours over it.
///
/// Every look at it looks at the state file, so a link that was revoked shows nothing from that moment
/// on, in every process; another key of tokens ends them all.
struct GuestBook: Sendable {
    /// The steps by which links come into the state file.
    static let migrations = [
        StateMigration(name: "guests-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE guest_link (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, dashboard TEXT NOT NULL,
                        companies TEXT NOT NULL, frames TEXT NOT NULL, made INTEGER NOT NULL,
                        expires INTEGER NOT NULL, last_used INTEGER, revoked INTEGER) STRICT
                    """)
        }
    ]

    private static let idBytes = 12
    /// Seconds between two notes of a link's use.
    private static let noteSeconds = Int64(60)

    let state: StateFile
    let key: TokenKey

    /// The path of a link.
    func path(of link: GuestLink) -> String { "/guest/\(link.id).\(key.guestMark(link.id))" }

    /// Makes a link.
    ///
    /// - Throws: `Advice` when a valid link has the name already.
    func make(
        _ name: String, dashboard: String, companies: Set<String>, frames: [String],
        seconds: Int64, now: Instant, by: String, from address: String? = nil
    ) throws -> GuestLink {
        let id = Ticket.random(bytes: Self.idBytes)
        let link = GuestLink(
            id: id, name: name, dashboard: dashboard, companies: companies, frames: frames,
            made: now, expires: now.adding(seconds: seconds), lastUsed: nil, revoked: nil)
        try state.write { db in
            let isTaken = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM guest_link WHERE name = ? AND revoked IS NULL "
                    + "AND expires > ?)", arguments: [name, now.microseconds])
            guard isTaken != true else {
                throw Advice(
                    .request, "there is a guest link ‘\(name)’ already",
                    remedy: "revoke it with ‘reportd guest revoke’, or choose another name")
            }
            try db.execute(
                sql: "INSERT INTO guest_link VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                arguments: [
                    id, name, dashboard, companies.sorted().joined(separator: " "),
                    frames.joined(separator: " "), now.microseconds, link.expires.microseconds,
                ])
            try AuditLog.enter(
                AuditEvent(
                    kind: .guest, who: by, address: address, subject: name,
                    details: [
                        "change": "made", "id": id, "dashboard": dashboard,
                        "companies": companies.sorted().joined(separator: " "),
                        "frames": frames.joined(separator: " "), "expires": "\(link.expires)",
                    ]), at: now, in: db)
        }
        return link
    }

    /// Revokes a link, named by its id or by the name of one in force.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is none.
    func revoke(
        _ name: String, now: Instant, by: String, from address: String? = nil
    ) throws {
        let valid = try all().filter { $0.revoked == nil }
        guard let link = valid.last(where: { $0.id == name || $0.name == name }) else {
            throw Advice(
                .unknown, "there is no guest link ‘\(name)’ that could be revoked",
                remedy: Spelling.remedy(for: name, legal: valid.map(\.name)))
        }
        try state.write { db in
            try db.execute(
                sql: "UPDATE guest_link SET revoked = ? WHERE id = ? AND revoked IS NULL",
                arguments: [now.microseconds, link.id])
            try AuditLog.enter(
                AuditEvent(
                    kind: .guest, who: by, address: address, subject: link.name,
                    details: ["change": "revoked", "id": link.id]), at: now, in: db)
        }
    }

    /// All links that were ever made, the oldest first.
    func all() throws -> [GuestLink] {
        try state.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM guest_link ORDER BY made, id").map(Self.link)
        }
    }

    /// The link of an address.
    ///
    /// - Throws: `Advice` of kind `unknown` when it is forged, expired or revoked, which are not told
    ///   apart.
    func link(of token: String, now: Instant) async throws -> GuestLink {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard token.utf8.count <= 120, parts.count == 2 else { throw Self.noLink }
        let (mark, expected) = (Array(parts[1].utf8), Array(key.guestMark(parts[0]).utf8))
        guard mark.count == expected.count,
            zip(mark, expected).reduce(UInt8(0), { $0 | $1.0 ^ $1.1 }) == 0
        else { throw Self.noLink }
        let id = parts[0]
        let found = try await state.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM guest_link WHERE id = ?", arguments: [id])
                .map(Self.link)
        }
        guard let found, found.isValid(at: now) else { throw Self.noLink }
        if found.lastUsed.map({ $0.adding(seconds: Self.noteSeconds) <= now }) ?? true {
            try await state.write { db in
                try db.execute(
                    sql: "UPDATE guest_link SET last_used = ? WHERE id = ?",
                    arguments: [now.microseconds, id])
            }
        }
        return found
    }

    private static let noLink = Advice(
        .unknown, "this link shows nothing, or nothing any more",
        remedy: "ask whoever gave it to you for a new one")

    private static func link(_ row: Row) -> GuestLink {
        let (companies, frames): (String, String) = (row["companies"], row["frames"])
        let (used, revoked): (Int64?, Int64?) = (row["last_used"], row["revoked"])
        return GuestLink(
            id: row["id"], name: row["name"], dashboard: row["dashboard"],
            companies: Set(companies.split(separator: " ").map(String.init)),
            frames: frames.split(separator: " ").map(String.init),
            made: Instant(microseconds: row["made"]),
            expires: Instant(microseconds: row["expires"]),
            lastUsed: used.map(Instant.init(microseconds:)),
            revoked: revoked.map(Instant.init(microseconds:)))
    }
}
