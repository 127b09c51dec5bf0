import Foundation
import Vocabulary

/// Where a CouchDB server is and who asks: `https://user:password@host:6984/prefix?auth=basic`.
///
/// Name and password are percent-encoded, as everywhere in addresses. Neither ever appears in a
/// sentence: those name `target`. With `?ca=/path/of/ca.pem` only certificates that an authority of
/// that file has signed are taken, as with libpq's `sslrootcert`; else those of the system.
struct CouchAddress: Sendable, Equatable {
    /// How a name and a password are shown to the server.
    enum Login: String, CaseIterable {
        /// Once, for a cookie that expires after some minutes and is then asked for again.
        case cookie
        /// With each request.
        case basic
    }

    /// Scheme, host, port and path without a slash at the end.
    let root: String
    /// Host and port, for sentences.
    let target: String
    let user: String?
    let password: String?
    let login: Login
    /// A file of certificates in PEM form, whose authorities are trusted in place of the system's.
    let authorities: String?

    /// Reads an address.
    ///
    /// - Throws: `Advice` that does not repeat the address, which may hold a password.
    init(_ text: String, source: String) throws {
        guard let parts = URLComponents(string: text.trimmingBlank), let host = parts.host,
            !host.isEmpty, let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), parts.fragment == nil
        else {
            throw Self.advice(source, "cannot be read")
        }
        guard (parts.user == nil) == (parts.password == nil) else {
            throw Self.advice(source, "has a name without a password, or the other way round")
        }
        var login = Login.cookie
        var authorities: String?
        for item in parts.queryItems ?? [] {
            switch (item.name, item.value) {
            case ("auth", let word?) where Login(rawValue: word) != nil:
                login = Login(rawValue: word) ?? login
            case ("ca", let file?) where !file.isEmpty: authorities = file
            default:
                throw Self.advice(
                    source,
                    "ends in something other than ?auth=cookie, ?auth=basic or ?ca=FILE")
            }
        }
        guard authorities == nil || scheme == "https" else {
            throw Self.advice(source, "names a file of authorities (?ca=) without https")
        }
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        let port = parts.port.map { ":\($0)" } ?? ""
        root = "\(scheme)://\(parts.percentEncodedHost ?? host)\(port)\(path)"
        target = host + port
        user = parts.user
        password = parts.password
        self.login = login
        self.authorities = authorities
    }

    private static func advice(_ source: String, _ what: String) -> Advice {
        Advice(
            .definition, "the CouchDB address of source ‘\(source)’ \(what)",
            remedy: "write it as http://user:password@host:5984 or "
                + "https://user:password@host:6984, with name and password percent-encoded")
    }
}
