import Foundation
import Vocabulary

/// Where reports go that is no mailbox: a program that takes signed requests, or a chat.
///
/// Defined in `queries/channels.yaml`, which holds no secrets but names the files that do:
///
///     channels:
///       warehouse: {kind: webhook, url: https://erp.example.com/hooks/reports,
///         secret-file: /etc/reportd/warehouse.secret}
///       managers: {kind: slack, url-file: /etc/reportd/managers.url}
struct Channel: Sendable, Hashable {
    /// What is spoken there.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Requests signed after Standard Webhooks, with the report as JSON.
        case webhook
        /// The incoming webhooks of Slack and of what speaks like it.
        case slack
    }

    /// Where the address is written.
    enum Address: Sendable, Hashable {
        case url(String)
        /// A file whose first line it is: a chat's address lets everybody write who knows it.
        case file(String)
    }

    /// Its name, by which schedules mean it.
    let name: String
    let kind: Kind
    let address: Address
    /// The file with the secret that signs requests; for `webhook` only.
    let secretFile: String?

    /// How the ledger names it; no mail address looks like this.
    var recipient: String { "#" + name }

    /// Reads the channels of a folder of definitions; none when there is no file.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal word.
    static func all(definitions folder: String) throws -> [Channel] {
        let path = folder + "/channels.yaml"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try all(DefinitionNode(contentsOf: path, relativeTo: folder))
    }

    /// Reads the channels of a file.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal word.
    static func all(_ file: DefinitionNode) throws -> [Channel] {
        let root = try file.mapping(allowing: ["channels"])
        return try root.required("channels").entries().map { key, value in
            try Channel(name: key.identifier(), value)
        }
    }

    private init(name: String, _ node: DefinitionNode) throws {
        self.name = name
        let fields = try node.mapping(allowing: ["kind", "url", "url-file", "secret-file"])
        kind = try fields.required("kind").choice(Kind.self, naming: "kind of channel")
        switch (fields.optional("url"), fields.optional("url-file")) {
        case (let url?, nil): address = .url(try url.reading { try Self.checked($0) })
        case (nil, let file?): address = .file(try file.string())
        default:
            throw node.advice(
                "the channel needs one address", remedy: "write one of ‘url: …’ and ‘url-file: …’")
        }
        secretFile = try fields.optional("secret-file")?.string()
        if kind == .webhook, secretFile == nil {
            throw node.advice(
                "‘secret-file’ is missing here, so nobody could tell our requests from others'",
                remedy: "name a file that holds what ‘openssl rand -base64 32’ prints")
        }
        if kind == .slack, let secret = fields.optional("secret-file") {
            throw secret.advice("a chat checks no signature", remedy: "leave this out")
        }
    }

    /// An address that requests may go to.
    ///
    /// - Throws: `Advice` for one that is none, or that would carry a report in clear.
    static func checked(_ text: String) throws -> String {
        let isLocal = ["localhost", "127.0.0.1", "::1"]
        guard let url = URL(string: text), let host = url.host, url.user == nil,
            url.scheme == "https" || (url.scheme == "http" && isLocal.contains(host))
        else {
            throw Advice(
                .definition, "this is not an address that begins with https://",
                remedy: "write it whole; plain http is for this machine only")
        }
        return text
    }
}
