import Foundation
import Vocabulary

/// What `reportd.yaml` says: where things are and how to reach the sources.
///
/// Paths are relative to the folder of the file. Secrets stand in files or environment variables
/// that it names, so that the file itself can be shown to anyone.
struct Settings: Sendable {
    /// How a source is reached.
    enum Access: Sendable, Hashable {
        /// A libpq connection string.
        case postgres(String)
        /// A folder of CouchDB export files.
        case folder(String)
    }

    /// How mail is sent.
    struct Mail: Sendable, Hashable {
        enum Security: String, Sendable, Hashable, CaseIterable {
            case none, starttls, tls
        }

        let host: String
        let port: Int
        let security: Security
        let user: String?
        let password: String?
        let authorityFile: String?
        let from: String
        let fromName: String
    }

    /// The folder that relative paths begin at.
    let folder: String
    let definitions: String
    let store: String
    let state: String
    let host: String
    let port: Int
    /// The address that readers use, for links in mails.
    let publicAddress: String
    let sources: [String: Access]
    let mail: Mail?
    /// The file that holds the key which signs tokens and sessions.
    let secretFile: String

    /// Reads a configuration file.
    ///
    /// - Throws: `Advice` with file and line.
    init(
        contentsOf path: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Advice(
                .definition, "there is no configuration file \(path)",
                remedy: "write one with ‘reportd init’, or name another with --config")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try self.init(
            DefinitionNode(contentsOf: path), folder: folder, environment: environment)
    }

    init(_ file: DefinitionNode, folder: String, environment: [String: String]) throws {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder + "/" + path
        }
        let root = try file.mapping(allowing: [
            "definitions", "store", "state", "listen", "public-address", "sources", "mail",
            "secret-file",
        ])
        self.folder = folder
        definitions = absolute(try root.optional("definitions")?.string() ?? "queries")
        store = absolute(try root.optional("store")?.string() ?? "data/store.sqlite")
        state = absolute(try root.optional("state")?.string() ?? "data/state.sqlite")
        secretFile = absolute(try root.optional("secret-file")?.string() ?? "data/secret.key")
        let listen = try root.optional("listen")?.mapping(allowing: ["host", "port"])
        host = try listen?.optional("host")?.string() ?? "127.0.0.1"
        port = try listen?.optional("port")?.integer(in: 0...65_535) ?? 8080
        publicAddress =
            try root.optional("public-address")?.string() ?? "http://\(host):\(port)"
        var sources: [String: Access] = [:]
        for (key, value) in try root.optional("sources")?.entries() ?? [] {
            sources[try key.identifier()] = try Self.access(
                value, absolute: absolute, environment: environment)
        }
        self.sources = sources
        mail = try root.optional("mail").map {
            try Self.mail($0, absolute: absolute, environment: environment)
        }
    }

    private static func access(
        _ node: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws -> Access {
        let fields = try node.mapping(allowing: ["connection", "connection-env", "folder"])
        if let folder = fields.optional("folder") {
            return .folder(absolute(try folder.string()))
        }
        if let name = fields.optional("connection-env") {
            return .postgres(try variable(name, environment))
        }
        guard let connection = fields.optional("connection") else {
            throw node.advice(
                "this source says neither ‘connection’ nor ‘folder’",
                remedy: "add ‘connection: \"host=… dbname=… user=…\"’, ‘connection-env: NAME’ or, "
                    + "for export files, ‘folder: …’")
        }
        return .postgres(try connection.string())
    }

    private static func mail(
        _ node: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws -> Mail {
        let fields = try node.mapping(allowing: [
            "host", "port", "security", "user", "password-env", "ca-file", "from", "from-name",
        ])
        let security =
            try fields.optional("security")?.choice(Mail.Security.self, naming: "mail security")
            ?? .starttls
        let standardPort = security == .tls ? 465 : security == .starttls ? 587 : 25
        return Mail(
            host: try fields.required("host").string(),
            port: try fields.optional("port")?.integer(in: 1...65_535) ?? standardPort,
            security: security, user: try fields.optional("user")?.string(),
            password: try fields.optional("password-env").map { try variable($0, environment) },
            authorityFile: try fields.optional("ca-file").map { absolute(try $0.string()) },
            from: try fields.required("from").string(),
            fromName: try fields.optional("from-name")?.string() ?? "reportd")
    }

    private static func variable(
        _ node: DefinitionNode, _ environment: [String: String]
    ) throws -> String {
        let name = try node.string()
        guard let value = environment[name], !value.isEmpty else {
            throw node.advice(
                "the environment variable \(name) is not set",
                remedy: "set it where reportd is started, for example in its systemd unit")
        }
        return value
    }

    /// What `reportd init` writes.
    static let template = """
        # Configuration of reportd. Paths are relative to this file.

        definitions: queries            # models, sources, metrics, dashboards, reports, schedules
        store: data/store.sqlite        # the analytics store; can always be loaded again
        state: data/state.sqlite        # users, schedules, deliveries: back this up
        secret-file: data/secret.key    # signs tokens and sessions; made at the first start

        listen:
          host: 127.0.0.1               # behind a proxy with TLS; 0.0.0.0 to listen everywhere
          port: 8080
        # public-address: https://reports.example.com

        # One entry for each file in queries/sources.
        sources:
          tekup:
            # A role with REPLICATION and SELECT on the mapped tables; ‘reportd doctor’ checks.
            connection: "host=127.0.0.1 port=5432 dbname=tekup user=reportd"
            # connection-env: TEKUP_DATABASE_URL      # or take it from the environment
          # chikondi:
          #   folder: exports           # CouchDB export files, read again when they change

        # mail:
        #   host: smtp.example.com
        #   security: starttls          # starttls (587), tls (465) or none (25)
        #   user: reports@example.com
        #   password-env: REPORTD_SMTP_PASSWORD
        #   from: reports@example.com
        #   from-name: Reports

        """
}
