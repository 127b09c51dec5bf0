import Foundation
import Logging
import Vocabulary

/// Somebody else whose signed tokens are taken, as an entry of `access: tokens:` describes them.
///
///     - name: sales
///       jwks: https://id.example.com/jwks.json   # or key-file, secret-file, secret-env
///       issuer: https://id.example.com/
///       audience: reportd
struct TokenIssuer: Sendable {
    /// Seconds that clocks may disagree without a setting.
    private static let standardLeeway = 30

    /// The name of the issuer here.
    let name: String
    let keys: KeyRing.Origin
    /// What `iss` has to be; nil for tokens without one.
    let issuer: String?
    /// What has to be in `aud`; nil when it is not looked at.
    let audience: String?
    /// Seconds that the issuer's clock may be ahead or behind.
    let leeway: Int64
    let mapping: ClaimMapping

    /// Reads an entry.
    ///
    /// - Throws: `Advice` with file and line; never a secret.
    init(
        _ node: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws {
        let ways = ["jwks", "key-file", "secret-file", "secret-env"]
        let fields = try node.mapping(
            allowing: ["name", "issuer", "audience", "leeway", "key-id", "ca-file"] + ways
                + ClaimMapping.parts)
        name = try fields.required("name").identifier()
        issuer = try fields.optional("issuer")?.string()
        audience = try fields.optional("audience")?.string()
        leeway = Int64(
            try fields.optional("leeway")?.integer(in: 0...300) ?? Self.standardLeeway)
        mapping = try ClaimMapping(fields)
        guard ways.filter({ fields.optional($0) != nil }).count == 1 else {
            throw node.advice(
                "the issuer ‘\(name)’ has no key, or several",
                remedy: "write one of ‘jwks’, ‘key-file’, ‘secret-file’ and ‘secret-env’")
        }
        let id = try fields.optional("key-id")?.string()
        if let address = fields.optional("jwks") {
            // Whoever shares a provider with strangers must not take tokens that were made for them.
            guard issuer != nil, audience != nil else {
                throw address.advice(
                    "the keys of ‘\(name)’ may sign tokens for others as well",
                    remedy: "add ‘issuer’ and ‘audience’, as its tokens have them")
            }
            keys = .address(
                try address.reading(ProviderClient.address),
                ProviderClient(
                    authorities: try fields.optional("ca-file").map {
                        absolute(try $0.string())
                    }))
        } else if let file = fields.optional("key-file") {
            let path = absolute(try file.string())
            _ = try file.reading { _ in
                guard let bytes = FileManager.default.contents(atPath: path) else {
                    throw Advice(
                        .definition, "there is no file \(path)",
                        remedy: "write the issuer's public key or key set there")
                }
                return try VerificationKey.keys(in: bytes, id: id)
            }
            keys = .file(path, id: id)
        } else if let file = fields.optional("secret-file") {
            let path = absolute(try file.string())
            _ = try file.reading { _ in
                try VerificationKey(secret: BucketSettings.secret(path), id: id)
            }
            keys = .secret(path, id: id)
        } else {
            let variable = try fields.required("secret-env")
            let secret = try Settings.variable(variable, environment)
            keys = .fixed([
                try variable.reading { _ in try VerificationKey(secret: secret, id: id) }
            ])
        }
    }

    /// Checks what a token says of itself, once its signature was found good.
    ///
    /// - Returns: When it expires, the leeway included.
    /// - Throws: `Advice` of kind `unauthenticated`.
    func check(_ claims: [String: ClaimValue], now: Instant) throws -> Instant {
        if let issuer, claims["iss"]?.text != issuer {
            throw SignedToken.refusal("the token is of another issuer")
        }
        if let audience {
            guard claims["aud"]?.words.contains(audience) ?? false else {
                throw SignedToken.refusal("the token is for another audience")
            }
        }
        guard let expiry = try claims["exp"]?.moment("exp") else {
            throw SignedToken.refusal("the token never expires; such tokens are not taken")
        }
        let end = expiry.adding(seconds: leeway)
        guard now < end else { throw SignedToken.refusal("the token has expired") }
        for claim in ["nbf", "iat"] {
            if let begin = try claims[claim]?.moment(claim), now.adding(seconds: leeway) < begin {
                throw SignedToken.refusal("the token is not valid yet")
            }
        }
        return end
    }
}
