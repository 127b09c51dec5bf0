import HTTPTypes
import Synchronization
import Vocabulary

/// The name of one request: what its answer, its line in the log and what a reader quotes have in common.
enum RequestName {
    static let header = HTTPField.Name("X-Request-ID")
    /// Characters of a name that we make: 60 random bits, short enough to be read out.
    private static let length = 12
    private static let bitsEach = 5
    /// Characters of a name that a proxy may give.
    private static let longest = 128
    /// 32 digits and letters, without those that look like others.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new name, which no other request has.
    static func new() -> String {
        var bits = UInt64.random(in: .min ... .max)
        var letters: [UInt8] = []
        letters.reserveCapacity(length)
        for _ in 0..<length {
            letters.append(alphabet[Int(bits & UInt64(alphabet.count - 1))])
            bits >>= bitsEach
        }
        return String(decoding: letters, as: UTF8.self)
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

/// What is known of a request besides its answer.
struct RequestFacts: Sendable, Hashable {
    /// What kind of proof of who they are came with a request.
    enum Proof: String, Sendable {
        case nobody, session, token, key
    }

    var proof = Proof.nobody
    /// Who asks; nil while nobody was recognised.
    var principal: Principal?
    /// The route of an address that is not the router's own.
    var route: String?
    /// Whether it came by a proxy of ours, which may have named it.
    var isProxied = false
}

/// What becomes known of a request while it is answered, for whoever is concerned with it afterwards.
final class RequestNote: Sendable {
    private struct Content {
        var facts = RequestFacts()
        var given: (answer: CachedAnswer, contentType: String)?
    }

    private let content = Mutex(Content())

    /// Notes who was recognised.
    func recognise(_ principal: Principal, by proof: RequestFacts.Proof) {
        content.withLock { content in
            content.facts.proof = principal.scopes == nil ? proof : .key
            content.facts.principal = principal
        }
    }

    /// Notes the route of an address that is not the router's own.
    func take(route: String) { content.withLock { $0.facts.route = route } }

    /// Notes that a proxy of ours has passed it on.
    func arriveByProxy() { content.withLock { $0.facts.isProxied = true } }

    /// Notes the answer that the response holds, whole or only by its tag.
    func give(_ answer: CachedAnswer, contentType: String) {
        content.withLock { $0.given = (answer, contentType) }
    }

    var facts: RequestFacts { content.withLock { $0.facts } }
    var given: (answer: CachedAnswer, contentType: String)? { content.withLock { $0.given } }
}
