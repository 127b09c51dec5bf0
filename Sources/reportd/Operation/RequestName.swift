import HTTPTypes
import Synchronization
import Vocabulary

/// The name of one request: what its answer, its line in the log and what a reader quotes have in common.
enum RequestName {
    static let header = HTTPField.Name("X-Request-ID")
    /// Characters of a name that we make: 60 random bits, short enough to be read out.
    private static let length = 12
    /// Characters of a name that a proxy may give.
    private static let longest = 128
    /// Digits and letters without those that look like others.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// A new name, which no other request has.
    static func new() -> String {
        String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }

    /// Whether a name can stand in a log and on a page as it is.
    static func isSane(_ text: String) -> Bool {
        (8...longest).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || Array("-_.".utf8).contains(byte)
            }
    }
}

/// What becomes known of a request while it is answered, for whoever records it afterwards.
final class RequestNote: Sendable {
    /// What kind of proof of who they are came with a request.
    enum Proof: String, Sendable {
        case nobody, session, token, key
    }

    private struct Content {
        var proof = Proof.nobody
        var role: Role?
        var route: String?
    }

    private let content = Mutex(Content())

    /// Notes who was recognised; their kind, not their name.
    func recognise(_ principal: Principal, by proof: Proof) {
        content.withLock { content in
            content.proof = principal.scopes == nil ? proof : .key
            content.role = principal.role
        }
    }

    /// Notes the route of an address that is not the router's own.
    func take(route: String) { content.withLock { $0.route = route } }

    var proof: Proof { content.withLock { $0.proof } }
    var role: Role? { content.withLock { $0.role } }
    var route: String? { content.withLock { $0.route } }
}
