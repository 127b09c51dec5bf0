import Foundation
import Vocabulary

/// Where and how messages are handed over.
struct MailServer: Sendable {
    /// How the connection is protected.
    enum Security: String, Sendable, Hashable, CaseIterable {
        /// Not at all: for a relay on this machine or a network one trusts.
        case plain
        /// By STARTTLS, without which nothing is sent.
        case starttls
        /// By TLS from the first byte.
        case tls

        /// The usual port.
        var port: Int {
            switch self {
            case .plain: 25
            case .starttls: 587
            case .tls: 465
            }
        }
    }

    /// The name or address of the server.
    let host: String
    /// The port.
    let port: Int
    /// How the connection is protected.
    let security: Security
    /// Whom to sign in as; nil for no sign-in.
    let user: String?
    /// The password that goes with `user`.
    let password: HiddenText?
    /// A file of certificates to trust instead of the system's; nil for the system's.
    let authorities: String?
    /// Who sends: the envelope's sender, to whom bounces go, and the domain of Message-IDs.
    let sender: EnvelopeAddress
    /// The name of the sender that readers see; empty for none.
    let senderName: String
    /// Who is told of deliveries that are late, failed or unknown; nil for nobody.
    var operatorAddress: EnvelopeAddress?
    /// Seconds after which a delivery that is due and not sent is late.
    var lateSeconds: Int64 = Self.usualLateSeconds
    /// Days that messages are kept.
    var keepDays = MailArchive.usualDays
    /// Days that the link to a file lasts that is too large for a mail.
    var linkDays = DeliveryLink.usualDays
    /// Connections at a time at the most.
    var connections = Self.usualConnections
    /// How long to wait for a connection, in seconds.
    let connectSeconds: Int
    /// How long one message may take altogether, in seconds.
    ///
    /// Generous, because a server may scan a message before it answers (RFC 5321 §4.5.3.2.6), and
    /// giving up then leaves the delivery `unknown`.
    let messageSeconds: Int

    /// Connections at a time unless the configuration says otherwise: few servers permit fewer.
    static let usualConnections = 4
    /// Seconds after which a delivery is late unless the configuration says otherwise.
    static let usualLateSeconds: Int64 = 3600

    /// Describes a server.
    ///
    /// - Throws: `Advice` when a part is missing or the password would go over the network in clear.
    init(
        host: String, port: Int? = nil, security: Security, user: String? = nil,
        password: HiddenText? = nil, authorities: String? = nil, sender: EnvelopeAddress,
        senderName: String = "", connectSeconds: Int = 30, messageSeconds: Int = 300
    ) throws {
        let isName =
            !host.isEmpty
            && host.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || Array(".-_:[]".utf8).contains(byte)
            }
        guard isName else {
            throw Advice(
                .definition, "‘\(host)’ is not the name of a mail server",
                remedy: "write its name alone, as mail.example.com; the port has its own setting")
        }
        guard (user == nil) == (password == nil) else {
            throw Advice(
                .definition, "a mail user without a password, or a password without a user",
                remedy: "set both ‘mail.user’ and ‘mail.password-file’, or neither")
        }
        let isLocal = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
        guard password == nil || security != .plain || isLocal else {
            throw Advice(
                .definition, "the mail password would go to \(host) in clear",
                remedy: "set ‘mail.security’ to starttls or tls")
        }
        self.host = host
        self.port = port ?? security.port
        self.security = security
        self.user = user
        self.password = password
        self.authorities = authorities
        self.sender = sender
        self.senderName = senderName
        self.connectSeconds = connectSeconds
        self.messageSeconds = messageSeconds
    }

    /// Reads the section `mail:` of the configuration.
    ///
    ///     host: mail.example.com
    ///     port: 587                      # the usual one of the security when left out
    ///     security: starttls             # plain, starttls or tls
    ///     user: reports                  # may be left out, with password-file
    ///     password-file: /etc/reportd/mail-password
    ///     ca-file: /etc/reportd/ca.pem   # the system's authorities when left out
    ///     from: reports@example.com
    ///     from-name: Reports             # may be left out
    ///     operator: ops@example.com      # is told what is late or failed; may be left out
    ///     late-after: 1h                 # may be left out
    ///     keep-days: 400                 # messages are kept so long; may be left out
    ///     link-days: 14                  # links to large files last so long; may be left out
    ///     connections: 4                 # at a time at the most; may be left out
    ///
    /// - Throws: `Advice` with file and line; never the password.
    init(_ section: DefinitionNode) throws {
        let fields = try section.mapping(allowing: [
            "host", "port", "security", "user", "password-file", "ca-file", "from", "from-name",
            "operator", "late-after", "keep-days", "link-days", "connections",
        ])
        let hostNode = try fields.required("host")
        let host = try hostNode.string()
        let port = try fields.optional("port")?.integer(in: 1...65_535)
        let security = try fields.required("security").choice(
            Security.self, naming: "kind of mail security")
        let user = try fields.optional("user")?.string()
        let password = try fields.optional("password-file")?.reading(Self.password)
        let authorities = try fields.optional("ca-file")?.reading { path in
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw Advice(
                    .definition, "cannot read the certificates in \(path)",
                    remedy: "check that the file exists and is readable")
            }
            return path
        }
        let sender = try fields.required("from").reading { try EnvelopeAddress($0) }
        let senderName = try fields.optional("from-name")?.string() ?? ""
        let operatorAddress = try fields.optional("operator")?.reading {
            try EnvelopeAddress($0)
        }
        let keepDays = try fields.optional("keep-days")?.integer(in: 1...3660)
        let linkDays = try fields.optional("link-days")?.integer(in: 1...365)
        let connections = try fields.optional("connections")?.integer(in: 1...20)
        let late = try fields.optional("late-after")?.span(upTo: 7)
        do {
            try self.init(
                host: host, port: port, security: security, user: user, password: password,
                authorities: authorities, sender: sender, senderName: senderName)
        } catch let error as Advice where error.place == nil {
            throw hostNode.advice(error.happened, remedy: error.remedy)
        }
        self.operatorAddress = operatorAddress
        if let late { lateSeconds = late }
        if let keepDays { self.keepDays = keepDays }
        if let linkDays { self.linkDays = linkDays }
        if let connections { self.connections = connections }
    }

    /// The first line of a file; the rest of it is not ours.
    private static func password(_ path: String) throws -> HiddenText {
        guard let data = FileManager.default.contents(atPath: path),
            let line = String(data: data, encoding: .utf8)?.split(
                separator: "\n", omittingEmptySubsequences: false
            ).first, !line.isEmpty
        else {
            throw Advice(
                .definition, "there is no password in \(path)",
                remedy: "write it into that file, readable by this user only")
        }
        return HiddenText(secret: String(line.hasSuffix("\r") ? line.dropLast() : line))
    }
}
