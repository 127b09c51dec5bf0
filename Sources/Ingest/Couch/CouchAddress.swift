import Foundation
import Vocabulary

/// Where a CouchDB server is and who asks: `https://user:password@host:6984/prefix?auth=basic`.
///
/// Name and password are percent-encoded, as everywhere in addresses. Neither ever appears in a
/// sentence: those name `target`.
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
        for item in parts.queryItems ?? [] {
            guard item.name == "auth", let wanted = item.value.flatMap(Login.init) else {
                throw Self.advice(
                    source, "ends in something other than ?auth=cookie or ?auth=basic")
            }
            login = wanted
        }
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        let port = parts.port.map { ":\($0)" } ?? ""
        root = "\(scheme)://\(parts.percentEncodedHost ?? host)\(port)\(path)"
        target = host + port
        user = parts.user
        password = parts.password
        self.login = login
    }

    private static func advice(_ source: String, _ what: String) -> Advice {
        Advice(
            .definition, "the CouchDB address of source ‘\(source)’ \(what)",
            remedy: "write it as http://user:password@host:5984, with name and password "
                + "percent-encoded")
    }
}
