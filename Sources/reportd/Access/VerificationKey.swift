import Crypto
import CryptoExtras
import Foundation
import Vocabulary

/// A key that tells whether a token was signed by its issuer.
///
/// Each key is for one algorithm, which follows from what the key is. A token that names another one
/// finds no key: that is how neither `none` nor a public key taken for a shared secret gets through.
struct VerificationKey: Sendable {
    private enum Material: Sendable {
        case shared(SymmetricKey)
        case rsa(_RSA.Signing.PublicKey)
        case curve(P256.Signing.PublicKey)
    }

    /// Bytes of the shortest shared secret: as many as the hash has (RFC 7518, 3.2).
    static let secretBytes = 32
    /// Bits of the longest RSA key; checking with longer ones would be a way to keep us busy.
    private static let mostBits = 8192

    private let material: Material
    /// The name by which tokens mention the key; nil when they do not.
    let id: String?

    /// The algorithm that the key is for (RFC 7518, 3.1).
    var algorithm: String {
        switch material {
        case .shared: "HS256"
        case .rsa: "RS256"
        case .curve: "ES256"
        }
    }

    /// A secret that the issuer shares with us.
    ///
    /// - Throws: `Advice` when it is too short to be safe.
    init(secret: String, id: String? = nil) throws {
        guard secret.utf8.count >= Self.secretBytes else {
            throw Advice(
                .definition, "the secret is shorter than \(Self.secretBytes) bytes",
                remedy: "have the issuer use a longer one, made by chance")
        }
        material = .shared(SymmetricKey(data: Data(secret.utf8)))
        self.id = id
    }

    /// A public key in PEM: RSA of 2048 bits or more, or on the curve P-256.
    ///
    /// - Throws: `Advice` when it is none of them.
    init(pem: String, id: String? = nil) throws {
        guard !pem.contains("PRIVATE KEY") else {
            throw Advice(
                .definition, "this is the private key",
                remedy: "keep it with the issuer; ‘openssl pkey -pubout’ writes the public one")
        }
        if let key = try? P256.Signing.PublicKey(pemRepresentation: pem) {
            material = .curve(key)
        } else if let key = try? _RSA.Signing.PublicKey(pemRepresentation: pem),
            key.keySizeInBits <= Self.mostBits
        {
            material = .rsa(key)
        } else {
            throw Advice(
                .definition, "this is no public key of RSA (2048 bits or more) or P-256 in PEM",
                remedy: "write it with ‘openssl pkey -pubout’, or from a certificate with ‘openssl "
                    + "x509 -pubkey -noout’")
        }
        self.id = id
    }

    /// A public key of a set (RFC 7517); nil for a key that is not for checking these signatures.
    init?(member: [String: Any]) {
        func number(_ name: String) -> Data? {
            (member[name] as? String).flatMap { SignedToken.bytes($0) }
        }
        if let use = member["use"] as? String, use != "sig" { return nil }
        if let uses = member["key_ops"] as? [String], !uses.contains("verify") { return nil }
        switch member["kty"] as? String {
        case "RSA":
            guard let modulus = number("n"), let exponent = number("e"),
                modulus.count * 8 <= Self.mostBits, exponent.count <= 4,
                let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
            else { return nil }
            material = .rsa(key)
        case "EC":
            guard member["crv"] as? String == "P-256", let x = number("x"), let y = number("y"),
                x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            material = .curve(key)
        default:
            // A shared secret in a document that anybody can read would be no secret.
            return nil
        }
        id = member["kid"] as? String
        if let named = member["alg"] as? String, named != algorithm { return nil }
    }

    /// Whether a token may have been signed with this key, as far as its header tells.
    func fits(_ token: SignedToken) -> Bool {
        token.algorithm == algorithm && (token.keyID == nil || token.keyID == id)
    }

    /// Whether a token was signed with this key.
    func hasSigned(_ token: SignedToken) -> Bool {
        switch material {
        case .shared(let key):
            HMAC<SHA256>.isValidAuthenticationCode(
                token.signature, authenticating: token.signed, using: key)
        case .rsa(let key):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: token.signature),
                for: SHA256.hash(data: token.signed), padding: .insecurePKCS1v1_5)
        case .curve(let key):
            if let signature = try? P256.Signing.ECDSASignature(
                rawRepresentation: token.signature)
            {
                key.isValidSignature(signature, for: SHA256.hash(data: token.signed))
            } else {
                false
            }
        }
    }

    /// What tells one key from another, to notice a change.
    var identity: Data {
        switch material {
        case .shared(let key):
            Data(HMAC<SHA256>.authenticationCode(for: Data((id ?? "").utf8), using: key))
        case .rsa(let key): key.derRepresentation + Data((id ?? "").utf8)
        case .curve(let key): key.derRepresentation + Data((id ?? "").utf8)
        }
    }

    // MARK: Several keys

    /// Keys of one set at the most.
    private static let most = 64

    /// The usable keys of a document: a JSON Web Key Set, or public keys in PEM one after another.
    ///
    /// A key in PEM has no name of its own; `id` is the one that tokens give it.
    ///
    /// - Throws: `Advice` when there is none.
    static func keys(in document: Data, id: String?) throws -> [VerificationKey] {
        let text = String(decoding: document, as: UTF8.self)
        if text.contains("-----BEGIN") {
            return try text.components(separatedBy: "-----BEGIN").dropFirst().prefix(most).map {
                try VerificationKey(pem: "-----BEGIN" + $0, id: id)
            }
        }
        let set = try? JSONSerialization.jsonObject(with: document) as? [String: Any]
        let members = set?["keys"] as? [[String: Any]] ?? []
        let keys = members.prefix(most).compactMap { VerificationKey(member: $0) }
        guard !keys.isEmpty else {
            throw Advice(
                .input, "there is no key for RS256 or ES256",
                remedy: "name a JSON Web Key Set, or public keys in PEM")
        }
        return keys
    }
}
