import Foundation
import Vocabulary

/// A token as it came: three parts in base64url with a point between them (RFC 7515, compact form).
///
/// Nothing of it is believed yet. Reading is strict, so that one token has one form: no padding, no
/// other alphabet, no stray bits, no header that demands what is not understood.
struct SignedToken: Sendable {
    /// Bytes of the longest token that is looked at.
    static let largest = 16 << 10

    /// The algorithm that the header names; it chooses no key, the key has to be for it.
    let algorithm: String
    /// The key that the header names; nil when it names none.
    let keyID: String?
    /// What is signed: the first two parts as they came.
    let signed: [UInt8]
    /// The claims as JSON.
    let payload: Data
    let signature: Data

    /// Takes a token apart.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when it is none.
    init(_ text: String) throws {
        guard text.utf8.count <= Self.largest else {
            throw Self.refusal("the token is longer than \(Self.largest >> 10) KB")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.bytes(parts[0]),
            let payload = Self.bytes(parts[1]), let signature = Self.bytes(parts[2]),
            let fields = try? JSONDecoder().decode(Header.self, from: header)
        else { throw Self.refusal() }
        // RFC 7515, 4.1.11: who does not understand what is critical has to refuse.
        guard fields.crit == nil, fields.b64 == nil, fields.zip == nil else {
            throw Self.refusal("the token's header asks for what is not understood here")
        }
        if let type = fields.typ {
            let name = type.lowercased().replacing("application/", with: "")
            guard ["jwt", "at+jwt"].contains(name) else {
                throw Self.refusal("the token is for something else: its type is not JWT")
            }
        }
        algorithm = fields.alg
        keyID = fields.kid
        signed = Array("\(parts[0]).\(parts[1])".utf8)
        self.payload = payload
        self.signature = signature
    }

    /// The claims; to be believed only once the signature was found good.
    ///
    /// - Throws: `Advice` when they are no JSON object.
    func claims() throws -> [String: ClaimValue] {
        guard let claims = try? JSONDecoder().decode([String: ClaimValue].self, from: payload)
        else { throw Self.refusal() }
        return claims
    }

    private struct Header: Decodable {
        /// Present, whatever it holds.
        struct Anything: Decodable {
            init(from decoder: any Decoder) throws {}
        }

        let alg: String
        let kid: String?
        let typ: String?
        let crit: Anything?
        let b64: Anything?
        let zip: Anything?
    }

    /// The advice for whoever sent a token that is not taken.
    static func refusal(_ happened: String = "the token is not valid here") -> Advice {
        Advice(
            .unauthenticated, happened,
            remedy: "ask whoever issues your tokens for a new one, or make one with ‘reportd token’"
        )
    }

    /// Decodes base64url without padding (RFC 7515, appendix C); nil for anything else.
    static func bytes(_ text: some StringProtocol) -> Data? {
        var plain = ""
        plain.reserveCapacity(text.utf8.count + 3)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): plain.append("+")
            case UInt8(ascii: "_"): plain.append("/")
            case 48...57, 65...90, 97...122: plain.unicodeScalars.append(Unicode.Scalar(byte))
            default: return nil
            }
        }
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain), Self.text(data) == text else { return nil }
        return data
    }

    /// Bytes in base64url without padding.
    static func text(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
