import CLibpq
import Vocabulary

/// A connection string, taken apart.
///
/// The password never leaves this type except into libpq.
struct ConnectionSettings: Sendable {
    /// Keywords and values for libpq.
    let values: [(keyword: String, value: String)]
    private let secrets: [String]

    /// Reads `postgresql://user@host:port/database` or `host=… dbname=…`.
    ///
    /// - Throws: `Advice` that does not repeat the string, since it may hold a password.
    init(_ text: String, source: String) throws {
        guard let parsed = Self.parse(text), !text.trimmingBlank.isEmpty else {
            throw Advice(
                .request, "the connection string of source ‘\(source)’ cannot be read",
                remedy: "write it as postgresql://user@host:5432/database or as "
                    + "host=… port=… dbname=… user=…")
        }
        values = parsed
        secrets = parsed.filter { $0.keyword.contains("password") && $0.value.count > 2 }
            .map(\.value)
    }

    private static func parse(_ text: String) -> [(keyword: String, value: String)]? {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &message) else {
            unsafe PQfreemem(message)
            return nil
        }
        defer { unsafe PQconninfoFree(options) }
        var found: [(String, String)] = []
        var index = 0
        // The list ends with an entry without keyword.
        while let keyword = unsafe options[index].keyword {
            if let value = unsafe options[index].val {
                found.append((unsafe String(cString: keyword), unsafe String(cString: value)))
            }
            index += 1
        }
        return found
    }

    /// The value of a keyword.
    subscript(keyword: String) -> String? {
        values.first { $0.keyword == keyword }?.value
    }

    /// Where it leads, for messages: `user@host:port/database`.
    var target: String {
        let host = self["host"] ?? self["hostaddr"] ?? "(default host)"
        let port = self["port"].map { ":\($0)" } ?? ""
        let user = self["user"].map { "\($0)@" } ?? ""
        return "\(user)\(host)\(port)/\(self["dbname"] ?? "(default database)")"
    }

    /// Text without any password of this connection.
    func withoutSecrets(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "•••") }
    }
}
