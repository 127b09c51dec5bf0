import Foundation
import Vocabulary

/// Where unexpected errors are told: section ‘error-reports’ of the configuration.
struct ErrorReportSettings: Sendable {
    /// Where envelopes go.
    let address: String
    /// What the server knows us by.
    let key: HiddenText
    /// What the server calls this installation; nil for its own default.
    let environment: String?
    /// A PEM file of authorities to trust instead of the system's; nil for the system's.
    let authorities: String?

    /// Describes a server by its DSN: `https://KEY@HOST/PROJECT`, perhaps with a path before the
    /// project.
    ///
    /// - Throws: `Advice` that does not repeat it, because it is a secret.
    init(dsn: String, environment: String? = nil, authorities: String? = nil) throws {
        guard let url = URLComponents(string: dsn), let scheme = url.scheme,
            ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty,
            let user = url.user, !user.isEmpty,
            case let parts = url.path.split(separator: "/"), let project = parts.last
        else {
            throw Advice(
                .definition, "the address for error reports is not one",
                remedy: "write the DSN that the server shows, as https://KEY@errors.example.com/1")
        }
        let port = url.port.map { ":\($0)" } ?? ""
        let prefix = parts.dropLast().map { "/\($0)" }.joined()
        address = "\(scheme)://\(host)\(port)\(prefix)/api/\(project)/envelope/"
        key = HiddenText(secret: user)
        self.environment = environment
        self.authorities = authorities
    }

    /// Reads the section.
    ///
    /// - Throws: `Advice` with file and line; never the address.
    init(
        _ section: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws {
        let fields = try section.mapping(allowing: [
            "dsn-env", "dsn-file", "environment", "ca-file",
        ])
        let (variable, file) = (fields.optional("dsn-env"), fields.optional("dsn-file"))
        guard let node = variable ?? file, variable == nil || file == nil else {
            throw section.advice(
                "it is not said where error reports go",
                remedy: "write ‘dsn-env: NAME’ or ‘dsn-file: PATH’; the DSN itself is a secret")
        }
        let dsn =
            try variable.map { try Settings.variable($0, environment) }
            ?? BucketSettings.secret(absolute(try node.string()))
        do {
            try self.init(
                dsn: dsn, environment: try fields.optional("environment")?.string(),
                authorities: try fields.optional("ca-file").map { absolute(try $0.string()) })
        } catch let error as Advice where error.place == nil {
            throw node.advice(error.happened, remedy: error.remedy)
        }
    }
}
