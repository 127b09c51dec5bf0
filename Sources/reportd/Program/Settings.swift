import Foundation
import Ingest
import Store
import Vocabulary

/// What `reportd.yaml` says: where things are and how to reach the sources.
///
/// Paths are relative to the folder of the file. Secrets stand in files or environment variables
/// that it names, so that the file itself can be shown to anyone.
struct Settings: Sendable {
    /// How a source is reached.
    ///
    /// Its description, which a log may show, says nothing of passwords.
    enum Access: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
        CustomReflectable
    {
        /// A libpq connection string.
        case postgres(String)
        /// The address of a CouchDB server.
        case couch(String)
        /// A libpq connection string, and how often the database is polled.
        case polling(String, PollingIntervals)
        /// A folder of CouchDB export files or of an app's own backups.
        case folder(String)

        /// A connection by what it looks like: CouchDB is spoken to over HTTP.
        init(connection: String) {
            let isWeb = ["http://", "https://"].contains { connection.lowercased().hasPrefix($0) }
            self = isWeb ? .couch(connection) : .postgres(connection)
        }

        var description: String {
            switch self {
            case .postgres: "a Postgres database"
            case .couch: "a CouchDB server"
            case .polling: "a Postgres database that is polled"
            case .folder(let path): path
            }
        }

        var debugDescription: String { description }

        var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// The folder that relative paths begin at.
    let folder: String
    let definitions: String
    let store: String
    let state: String
    /// The definitions that are made through the pages.
    var ownDefinitions: OwnDefinitions { OwnDefinitions(besides: state) }
    let host: String
    let port: Int
    /// The files by which TLS is spoken; nil for plain HTTP.
    let certificate: ServerCertificate?
    /// The address that readers use, for links in mails.
    let publicAddress: String
    /// Where front ends of applications come from that may ask in their API's place:
    /// `https://sales.example.com`.
    let frontEnds: Set<String>
    let sources: [String: Access]
    /// Where mail is handed over; nil when the configuration has no section ‘mail’.
    let mail: MailServer?
    /// The file that holds the key which signs tokens and sessions.
    let secretFile: String
    /// What the store may take of the machine, and how long it keeps what.
    let storeSettings: StoreSettings
    /// How exports are made and kept.
    var exports: ExportSettings
    /// Whether the audit log keeps the addresses that people come from.
    let auditsAddresses: Bool
    /// Who may come in and how.
    let access: AccessSettings
    /// What the log says and in which form.
    let log: LogSettings
    /// Where unexpected errors are told; nil for nowhere.
    let errorReports: ErrorReportSettings?
    /// Seconds for which requests are still taken once the program is to stop.
    let drainSeconds: Int64
    /// Hash of the configuration file, by which a change is noticed.
    let fingerprint: String

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
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        try self.init(
            DefinitionNode(contentsOf: path), folder: folder, environment: environment,
            fingerprint: CloseArchive.sha256(bytes))
    }

    init(
        _ file: DefinitionNode, folder: String, environment: [String: String],
        fingerprint: String = ""
    ) throws {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder + "/" + path
        }
        let root = try file.mapping(allowing: [
            "definitions", "store", "state", "listen", "public-address", "sources", "mail",
            "secret-file", "store-limits", "front-ends", "exports", "audit",
            "access", "log", "error-reports",
        ])
        self.folder = folder
        definitions = absolute(try root.optional("definitions")?.string() ?? "queries")
        store = absolute(try root.optional("store")?.string() ?? "data/store.sqlite")
        state = absolute(try root.optional("state")?.string() ?? "data/state.sqlite")
        secretFile = absolute(try root.optional("secret-file")?.string() ?? "data/secret.key")
        storeSettings = try StoreSettings(root.optional("store-limits"))
        exports = try ExportSettings(
            root.optional("exports"), besides: state, absolute: absolute, environment: environment)
        let audit = try root.optional("audit")?.mapping(allowing: ["addresses"])
        auditsAddresses = try audit?.optional("addresses")?.boolean() ?? true
        access = try AccessSettings(
            root.optional("access"), absolute: absolute, environment: environment)
        log = try LogSettings(root.optional("log"), environment: environment)
        errorReports = try root.optional("error-reports").map {
            try ErrorReportSettings($0, absolute: absolute, environment: environment)
        }
        self.fingerprint = fingerprint
        let listen = try root.optional("listen")?.mapping(allowing: [
            "host", "port", "certificate-file", "key-file", "drain-seconds",
        ])
        drainSeconds = Int64(try listen?.optional("drain-seconds")?.integer(in: 0...60) ?? 0)
        host = try listen?.optional("host")?.string() ?? "127.0.0.1"
        port = try listen?.optional("port")?.integer(in: 0...65_535) ?? 8080
        certificate = try listen.flatMap { try Self.certificate($0, absolute: absolute) }
        let scheme = certificate == nil ? "http" : "https"
        publicAddress =
            try root.optional("public-address")?.string() ?? "\(scheme)://\(host):\(port)"
        frontEnds = Set(try root.optional("front-ends")?.sequence().map(Self.origin) ?? [])
        var sources: [String: Access] = [:]
        for (key, value) in try root.optional("sources")?.entries() ?? [] {
            sources[try key.identifier()] = try Self.access(
                value, absolute: absolute, environment: environment)
        }
        self.sources = sources
        mail = try root.optional("mail").map { try MailServer($0) }
    }

    /// The files by which TLS is spoken.
    private static func certificate(
        _ listen: DefinitionMapping, absolute: (String) -> String
    ) throws -> ServerCertificate? {
        let (certificate, key) = (
            listen.optional("certificate-file"), listen.optional("key-file")
        )
        guard let one = certificate ?? key else { return nil }
        guard let certificate, let key else {
            throw one.advice(
                "a certificate and its key belong together",
                remedy: "write both ‘certificate-file’ and ‘key-file’, or neither")
        }
        return ServerCertificate(
            certificateFile: absolute(try certificate.string()),
            keyFile: absolute(try key.string()))
    }

    /// An origin as browsers send it (RFC 6454): scheme, host and port, nothing after them.
    static func origin(_ node: DefinitionNode) throws -> String {
        try node.reading(origin(named:))
    }

    /// The same, named on the command line.
    static func origin(named text: String) throws -> String {
        // It becomes part of headers, so nothing else may stand in it.
        let isPlain = text.utf8.allSatisfy { byte in
            (48...58).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || Array("-._/[]".utf8).contains(byte)
        }
        guard isPlain, let url = URL(string: text), let scheme = url.scheme, url.host != nil,
            ["http", "https"].contains(scheme), url.path.isEmpty, url.query == nil
        else {
            throw Advice(
                .request, "‘\(text)’ is not where a page could come from",
                remedy: "write scheme and host, as https://sales.example.com")
        }
        return text
    }

    private static func access(
        _ node: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws -> Access {
        let fields = try node.mapping(allowing: [
            "connection", "connection-env", "folder", "read", "every", "reconcile",
        ])
        let polling = try polling(fields)
        if let folder = fields.optional("folder") {
            return .folder(absolute(try folder.string()))
        }
        func server(_ connection: String) throws -> Access {
            let access = Access(connection: connection)
            guard let polling else { return access }
            guard case .postgres = access else {
                throw node.advice(
                    "only a Postgres database is polled",
                    remedy: "leave out ‘read: polling’; CouchDB tells of changes by itself")
            }
            return .polling(connection, polling)
        }
        if let name = fields.optional("connection-env") {
            return try server(variable(name, environment))
        }
        guard let connection = fields.optional("connection") else {
            throw node.advice(
                "this source says neither ‘connection’ nor ‘folder’",
                remedy: "add ‘connection: \"host=… dbname=… user=…\"’, ‘connection-env: NAME’ or, "
                    + "for export files, ‘folder: …’")
        }
        return try server(connection.string())
    }

    /// How a Postgres database is read.
    private enum Reading: String, CaseIterable {
        case replication, polling
    }

    /// How often a source is polled; nil when it is not.
    private static func polling(_ fields: DefinitionMapping) throws -> PollingIntervals? {
        let reading = try fields.optional("read")?.choice(Reading.self, naming: "way of reading")
        let given = ["read", "every", "reconcile"].compactMap(fields.optional)
        if let word = given.first, fields.optional("folder") != nil {
            throw word.advice(
                "a folder is read when it changes", remedy: "leave this out beside ‘folder’")
        }
        guard reading == .polling else {
            guard let word = fields.optional("every") ?? fields.optional("reconcile") else {
                return nil
            }
            throw word.advice(
                "only a source that is polled has an interval",
                remedy: "add ‘read: polling’, or leave this out")
        }
        return try PollingIntervals(
            every: fields.optional("every"), reconcile: fields.optional("reconcile"))
    }

    static func variable(
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

        # What the store may take of this machine; these are the defaults. Sizes in KB, MB or GB.
        # store-limits:
        #   horizon-days: 400           # superseded rows, and so older states, are kept so long
        #   scrub-days: 7               # every part of the store is checked once in so many; 0: never
        #   chunk-cache: 96 MB          # memory for columns that were read
        #   memo: 96 MB                 # memory for totals kept between questions; 0 MB: none
        #   result: 64 MB               # memory for the groups of one answer while it is computed
        #   pinned: 1 GB                # room in the file for readers of older states
        #   threads: 2                  # of one question; by default one per processor
        #   quarantine-rows: 10000      # rows of a table put aside with content; beyond: the key alone

        listen:
          host: 127.0.0.1               # behind a proxy with TLS; 0.0.0.0 to listen everywhere
          port: 8080
          # certificate-file: /etc/reportd/server.pem   # to speak TLS without a proxy
          # key-file: /etc/reportd/server-key.pem
          # drain-seconds: 5            # between /ready saying no and the end, for a load balancer
        # public-address: https://reports.example.com
        # Front ends of applications whose API is answered here (docs/ENDPOINTS.md):
        # front-ends: [https://sales.example.com]

        # One entry for each file in queries/sources.
        sources:
          tekup:
            # A role with REPLICATION and SELECT on the mapped tables; ‘reportd doctor’ checks.
            connection: "host=127.0.0.1 port=5432 dbname=tekup user=reportd"
            # connection-env: TEKUP_DATABASE_URL      # or take it from the environment
            # read: polling             # where replication is not permitted; needs SELECT only
            # every: 30s                # between two polls
            # reconcile: 15m            # until a deletion is seen at the latest
          # chikondi:
          #   connection-env: CHIKONDI_COUCHDB_URL    # http://user:password@host:5984, followed live
          #   folder: exports           # or CouchDB export files, read again when they change

        # Exports made in the background; these are the defaults.
        # exports:
        #   folder: data/exports        # where files are made, and kept without a bucket
        #   keep-days: 7                # then the file is removed
        #   at-once: 1                  # exports that one process makes at a time
        #   waiting: 5                  # exports of one user that wait or are being made
        #   kept: 2 GB                  # files of one user
        #   link-days: 30               # links for people without sign-in last no longer
        #   bucket:                     # any storage that speaks the S3 protocol
        #     endpoint: https://s3.eu-central-1.amazonaws.com
        #     name: my-reports
        #     region: eu-central-1
        #     prefix: reportd/          # names of our objects begin so
        #     key-id: AKIA…             # or key-id-env: NAME
        #     secret-file: /etc/reportd/bucket-secret   # or secret-env: NAME
        #     ca-file: /etc/reportd/ca.pem              # the system's authorities without it

        # The log, on standard error; it holds no names, addresses, figures or secrets.
        # log:
        #   format: text                # json: one object a line, for programs that collect logs
        #   level: info                 # debug says more, warning less
        #   requests: false             # a line for each request; with json it is true

        # Unexpected errors are told to a server that speaks Sentry's protocol; off without this.
        # error-reports:
        #   dsn-file: /etc/reportd/error-reports-dsn    # or dsn-env: NAME
        #   environment: production

        # The audit log keeps names and the addresses that people came from.
        # audit:
        #   addresses: true             # false: names only

        # Who may come in, beside local users and keys (docs/ACCESS.md); limits are the defaults.
        # access:
        #   limits:
        #     requests-per-hour: 1000           # of one user to /api; 0: any number
        #     address-requests-per-hour: 20000  # from one address, whoever asks
        #     sign-ins-per-hour: 20             # as one user from one address
        #   proxies: [127.0.0.1, 10.0.0.0/8]    # whose X-Forwarded-… headers are believed
        #   origins: [https://portal.example.com]   # pages that may ask /api/v1 with a token
        #   sign-in:
        #     local: true                       # false: only the provider lets people in
        #     provider:                         # OpenID Connect
        #       issuer: https://id.example.com
        #       client-id: reportd
        #       client-secret-file: /etc/reportd/provider-secret
        #       claims: {user: email, role: role, companies: companies}
        #   tokens:                             # of an application or identity provider
        #     - name: portal
        #       jwks: https://id.example.com/jwks.json
        #       issuer: https://id.example.com/
        #       audience: reportd
        #       claims: {user: email, role: role, companies: companies}

        # mail:
        #   host: smtp.example.com
        #   security: starttls          # starttls (587), tls (465) or plain (25)
        #   user: reports@example.com
        #   password-file: /etc/reportd/mail-password
        #   from: reports@example.com
        #   from-name: Reports
        #   operator: ops@example.com   # is told which deliveries are late, failed or unknown
        #   late-after: 1h
        #   keep-days: 400              # what was sent is kept beside the state file, in mail/
        #   link-days: 14               # files of more than 10 MB have a link for so long
        #   connections: 4              # to the server at a time, at the most

        """
}
