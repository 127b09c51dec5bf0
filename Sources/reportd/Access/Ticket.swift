import Crypto
import Foundation

/// A secret that opens one thing once: 256 bits made by chance, of which the state file keeps the
/// SHA-256.
///
/// Unlike a password it cannot be guessed, so a slow hash would protect nothing; and it is looked up by
/// its hash, so that the time of a comparison tells nothing about it.
struct Ticket: Sendable {
    private static let bytes = 32
    /// Characters of a ticket's text.
    static let length = 43

    /// What goes into an address; shown to its owner only.
    let secret: String

    /// Makes one.
    init() { secret = Self.random(bytes: Self.bytes) }

    /// What is kept of it.
    var hash: Data { Self.hash(secret) ?? Data() }

    /// What would be kept of a text; nil when it is not of the form.
    static func hash(_ text: String) -> Data? {
        guard text.utf8.count == length else { return nil }
        return Data(SHA256.hash(data: Data(text.utf8)))
    }

    /// Bytes made by chance, in base64url.
    static func random(bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return SignedToken.text(Data((0..<bytes).map { _ in generator.next() as UInt8 }))
    }
}
