import Crypto
import Foundation
import GRDB
import Vocabulary

/// An address under which somebody without sign-in may take one file away.
struct ExportLink: Sendable, Hashable, Identifiable {
    /// 128 random bits in hexadecimal digits.
    let id: String
    let export: String
    /// Who made it.
    let maker: String
    /// Whether the maker is a local user, whose grants can be looked up when the link is used.
    let isLocal: Bool
    let made: Instant
    let expires: Instant
    let revoked: Instant?
    let downloads: Int
    let lastDownload: Instant?
    /// The address; nil where nobody is to see it again.
    var address: String?

    /// Whether it may be used at a moment.
    func isValid(at now: Instant) -> Bool { revoked == nil && now < expires }

    /// The link as one JSON object.
    func json() -> String {
        "{\"id\":\"\(id)\",\"made\":\"\(made)\",\"maker\":\(JSONText.quoted(maker)),"
            + "\"expires\":\"\(expires)\","
            + "\"revoked\":\(revoked.map { "\"\($0)\"" } ?? "null"),\"downloads\":\(downloads),"
            + "\"lastDownload\":\(lastDownload.map { "\"\($0)\"" } ?? "null"),"
            + "\"address\":\(address.map(JSONText.quoted) ?? "null")}"
    }
}

/// The key that signs links, in a file beside the state file.
///
/// A token is `payload.code`, both base64url without padding: the payload is `link export expiry`, the
/// code its HMAC-SHA256. Whoever has no key can neither make one nor lengthen one; another key ends
/// all of them at once, in every process, because the file is read for each.
struct LinkKey: Sendable {
    private static let keyBytes = 32
    let path: String

    /// The key of a state file, which need not exist yet.
    init(besides state: String, name: String = "links.key") {
        let folder = URL(fileURLWithPath: state).deletingLastPathComponent().path
        path = folder + "/" + name
    }

    /// What a token says, once its code is right.
    struct Claim: Sendable, Hashable {
        let link: String
        let export: String
        let expires: Instant
    }

    /// The token of a link.
    ///
    /// - Throws: `Advice` when the key cannot be read or made.
    func token(_ claim: Claim) throws -> String {
        let payload = "\(claim.link) \(claim.export) \(claim.expires.seconds)"
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(payload.utf8), using: try key(making: true))
        return Self.text(Data(payload.utf8)) + "." + Self.text(Data(code))
    }

    /// What a token says; nil when we did not sign it with the present key.
    ///
    /// The code is compared in constant time, and before anything of the payload is looked at.
    func claim(of token: String) throws -> Claim? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, token.utf8.count <= 512, let payload = Self.data(parts[0]),
            let code = Self.data(parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: payload, using: try key(making: false))
        else { return nil }
        let words = String(decoding: payload, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let seconds = Int64(words[2]) else { return nil }
        return Claim(
            link: String(words[0]), export: String(words[1]), expires: Instant(seconds: seconds))
    }

    /// Makes another key; all links that were made before are void.
    ///
    /// - Throws: `Advice` when it cannot be written.
    func rotate() throws {
        guard SecretFile.replace(path) else { throw unwritable }
    }

    private func key(making isMaking: Bool) throws -> SymmetricKey {
        if isMaking, !FileManager.default.fileExists(atPath: path), !SecretFile.make(path) {
            throw unwritable
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let data = Data(base64Encoded: text), data.count >= Self.keyBytes
        else {
            // Nobody can hold a link before there is a key; a random one fits none.
            if !isMaking, !FileManager.default.fileExists(atPath: path) {
                return SymmetricKey(size: .bits256)
            }
            throw Advice(
                .storage, "cannot read the key of links in \(path)",
                remedy: "let the user who runs reportd read it, or make another with "
                    + "‘reportd export rotate-key’")
        }
        return SymmetricKey(data: data)
    }

    private var unwritable: Advice {
        Advice(
            .storage, "cannot write the key of links in \(path)",
            remedy: "let the user who runs reportd write there")
    }

    private static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    private static func data(_ text: Substring) -> Data? {
        guard text.utf8.allSatisfy({ $0 != 43 && $0 != 47 && $0 != 61 }) else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        // The last letter has bits that mean nothing; only one spelling of a token is ours.
        return Data(base64Encoded: plain + padding).flatMap { Self.text($0) == text ? $0 : nil }
    }
}

extension ExportLedger {
    /// Enters a link.
    func enter(_ link: ExportLink, _ event: AuditEvent) async throws {
        try await file.write { db in
            try db.execute(
                sql: """
                    INSERT INTO export_link (id, export, maker, is_local, made, expires)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    link.id, link.export, link.maker, link.isLocal, link.made.microseconds,
                    link.expires.microseconds,
                ])
            try AuditLog.enter(event, at: link.made, in: db)
        }
    }

    /// The links to exports, the latest first, by export.
    func links(to exports: [String]) async throws -> [String: [ExportLink]] {
        let wanted = Set(exports)
        return try await file.read { db in
            let all = try Row.fetchAll(db, sql: "SELECT * FROM export_link ORDER BY made DESC, id")
                .map(Self.link)
            return Dictionary(grouping: all.filter { wanted.contains($0.export) }, by: \.export)
        }
    }

    /// Marks a link as revoked.
    ///
    /// - Returns: Whether there was such a link, not revoked yet.
    func revoke(_ id: String, of export: String, now: Instant, _ event: AuditEvent) async throws
        -> Bool
    {
        try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE export_link SET revoked = ?
                    WHERE id = ? AND export = ? AND revoked IS NULL
                    """, arguments: [now.microseconds, id, export])
            guard db.changesCount == 1 else { return false }
            try AuditLog.enter(event, at: now, in: db)
            return true
        }
    }

    /// Counts a download by a link, together with its entry in the audit log.
    func countDownload(by link: String, now: Instant, _ event: AuditEvent) async throws {
        try await file.write { db in
            try db.execute(
                sql: "UPDATE export_link SET downloads = downloads + 1, last_download = ? "
                    + "WHERE id = ?", arguments: [now.microseconds, link])
            try AuditLog.enter(event, at: now, in: db)
        }
    }

    private static func link(_ row: Row) -> ExportLink {
        ExportLink(
            id: row["id"], export: row["export"], maker: row["maker"], isLocal: row["is_local"],
            made: Instant(microseconds: row["made"]),
            expires: Instant(microseconds: row["expires"]),
            revoked: (row["revoked"] as Int64?).map(Instant.init(microseconds:)),
            downloads: row["downloads"],
            lastDownload: (row["last_download"] as Int64?).map(Instant.init(microseconds:)))
    }
}
