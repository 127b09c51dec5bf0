import Vocabulary

/// A mail address as SMTP commands carry it.
///
/// Invariant: plain ASCII without spaces, brackets or control characters, so that it cannot end the
/// command it stands in or begin another.
struct EnvelopeAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address with its domain in lower case, which makes equal addresses equal.
    let text: String

    /// Longest address that fits into a path of 256 characters (RFC 5321 §4.5.3.1.3).
    static let longest = 254

    /// Reads `local@domain`.
    ///
    /// - Throws: `Advice` when it is not of that form.
    init(_ text: String) throws {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isLegal =
            parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.count <= Self.longest
            && text.utf8.allSatisfy { byte in
                byte > 32 && byte < 127 && !Array("<>()[],;:\\\"".utf8).contains(byte)
            }
        guard isLegal else {
            let shown = String(text.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
            throw Advice(
                .request, "‘\(shown)’ is not a mail address",
                remedy: "write it as name@domain, in letters of plain ASCII")
        }
        self.text = parts[0] + "@" + parts[1].lowercased()
    }

    /// What follows the `@`.
    var domain: String { String(text.split(separator: "@")[1]) }

    /// The address.
    var description: String { text }
}
