import Crypto
import Foundation
import Logging
import Vocabulary

/// An OpenID Connect provider with which people sign in: section ‘provider’ of ‘access: sign-in’.
///
///     name: office
///     title: Office login
///     issuer: https://id.example.com
///     client-id: reportd
///     client-secret-file: /etc/reportd/provider-secret   # or client-secret-env; none for a public client
struct ProviderSettings: Sendable {
    /// The name of the provider here, with which its principals' names begin.
    let name: String
    /// What the button says after “Sign in with”.
    let title: String
    /// The issuer, as its tokens and its discovery document name it.
    let issuer: String
    /// The address of the discovery document.
    let discovery: URL
    /// The name under which the provider knows us.
    let clientID: String
    /// The secret that goes with it; nil for a public client.
    let secret: HiddenText?
    /// What we ask to be told.
    let scopes: [String]
    /// A PEM file of authorities to trust instead of the system's; nil for the system's.
    let authorities: String?
    /// Hours until people are asked to sign in again, and their role and companies looked at anew.
    let hours: Int
    let mapping: ClaimMapping

    /// Hours that a session lasts without a setting.
    private static let standardHours = 8

    /// Reads the section.
    ///
    /// - Throws: `Advice` with file and line; never the secret.
    init(
        _ node: DefinitionNode, absolute: (String) -> String, environment: [String: String]
    ) throws {
        let fields = try node.mapping(
            allowing: [
                "name", "title", "issuer", "client-id", "client-secret-file",
                "client-secret-env", "scopes", "ca-file", "session-hours",
            ] + ClaimMapping.parts)
        name = try fields.optional("name")?.identifier() ?? "provider"
        title = try fields.optional("title")?.string() ?? name
        let issuerNode = try fields.required("issuer")
        let issuer = try issuerNode.string()
        self.issuer = issuer
        discovery = try issuerNode.reading { _ in
            let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
            return try ProviderClient.address(base + "/.well-known/openid-configuration")
        }
        clientID = try fields.required("client-id").string()
        if let variable = fields.optional("client-secret-env") {
            secret = HiddenText(secret: try Settings.variable(variable, environment))
        } else {
            secret = try fields.optional("client-secret-file")?.reading { path in
                HiddenText(secret: try BucketSettings.secret(absolute(path)))
            }
        }
        let scopes = try fields.optional("scopes")?.sequence().map { try $0.string() }
        self.scopes = scopes ?? ["openid", "profile", "email"]
        guard self.scopes.contains("openid") else {
            throw (fields.optional("scopes") ?? node).advice(
                "without the scope ‘openid’ a provider tells nobody who signed in",
                remedy: "add it: [openid, profile, email]")
        }
        authorities = try fields.optional("ca-file").map { absolute(try $0.string()) }
        hours = try fields.optional("session-hours")?.integer(in: 1...72) ?? Self.standardHours
        mapping = try ClaimMapping(fields)
    }
}

/// What a browser keeps between leaving for the provider and coming back; sealed, so that it can
/// neither be read nor made by anybody else.
struct SignInPassage: Codable, Sendable {
    /// Comes back in the address, and ties it to this browser.
    let state: String
    /// Comes back in the token, and ties it to this passage.
    let nonce: String
    /// What only who began the passage knows (PKCE, RFC 7636).
    let verifier: String
    /// The path to go on to.
    let next: String
    /// Seconds since 1970 after which it is too late.
    let expires: Int64

    /// Seconds that somebody may take at the provider.
    static let seconds = Int64(600)

    /// Begins a passage.
    init(next: String, now: Instant) {
        func random() -> String {
            var generator = SystemRandomNumberGenerator()
            return SignedToken.text(Data((0..<32).map { _ in generator.next() as UInt8 }))
        }
        (state, nonce, verifier) = (random(), random(), random())
        self.next = next
        expires = now.seconds + Self.seconds
    }

    /// What the provider is shown of the verifier.
    var challenge: String { SignedToken.text(Data(SHA256.hash(data: Data(verifier.utf8)))) }
}

/// Signs people in with an OpenID Connect provider: authorization code with PKCE, state and nonce.
///
/// What the provider says of its addresses is read when it is first needed and again after an hour;
/// its keys are followed as those of any issuer of tokens. Believed is only a token that it signed
/// for us, in answer to this passage of this browser.
actor IdentityProvider {
    nonisolated let settings: ProviderSettings
    private let directory: ClaimMapping.Directory
    private let logger: Logger
    private let client: ProviderClient
    private var known: (place: Place, ring: KeyRing, since: Instant)?

    /// Seconds after which addresses are read again.
    private static let freshSeconds = Int64(3600)
    /// Seconds that the provider's clock may be ahead or behind.
    private static let leeway = Int64(60)

    /// The provider's addresses.
    private struct Place: Sendable {
        let authorization: URL
        let token: URL
        let keys: URL
        /// Whether the secret is sent in the form because the provider takes it in no other way.
        let takesSecretInForm: Bool
    }

    /// Makes a client, which asks with the first sign-in.
    init(_ settings: ProviderSettings, directory: ClaimMapping.Directory, logger: Logger) {
        self.settings = settings
        self.directory = directory
        self.logger = logger
        client = ProviderClient(authorities: settings.authorities)
    }

    /// Where somebody has to go to sign in.
    ///
    /// - Throws: `Advice` of kind `unreachable` when the provider does not tell.
    func address(
        for passage: SignInPassage, returningTo path: String, now: Instant
    ) async throws -> String {
        let (place, _) = try await found(now)
        let query = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", path),
            ("scope", settings.scopes.joined(separator: " ")), ("state", passage.state),
            ("nonce", passage.nonce), ("code_challenge", passage.challenge),
            ("code_challenge_method", "S256"),
        ]
        let text = query.map { "\($0.0)=\(RequestSignature.encoded($0.1))" }
            .joined(separator: "&")
        let base = place.authorization.absoluteString
        return base + (base.contains("?") ? "&" : "?") + text
    }

    /// Who came back with a code.
    ///
    /// - Throws: `Advice`: `unauthenticated` for who is not let in, `unreachable` when the provider
    ///   cannot be asked.
    func principal(
        code: String, of passage: SignInPassage, returningTo path: String, now: Instant
    ) async throws -> Principal {
        let (place, ring) = try await found(now)
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", path),
            ("code_verifier", passage.verifier),
        ]
        var headers: [(String, String)] = []
        switch settings.secret {
        case .some(let secret) where !place.takesSecretInForm:
            // RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
            let pair = [settings.clientID, secret.secret].map(RequestSignature.encoded)
                .joined(separator: ":")
            headers.append(("authorization", "Basic " + Data(pair.utf8).base64EncodedString()))
        case .some(let secret):
            fields += [("client_id", settings.clientID), ("client_secret", secret.secret)]
        case .none: fields.append(("client_id", settings.clientID))
        }
        let answer = try await client.post(fields, to: place.token, headers: headers)
        guard answer.status == 200 else {
            // The code was used, is too old, or our secret is wrong: the operator has to know which.
            logger.error(
                "the identity provider gave no token",
                metadata: [
                    "provider": "\(settings.name)", "status": "\(answer.status)",
                    "error": "\(Self.error(in: answer.body))",
                ])
            throw Self.refusal("the identity provider gave no token for this sign-in")
        }
        let body = try? JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
        guard let text = body?["id_token"] as? String else {
            throw Self.refusal("the identity provider did not say who signed in")
        }
        let token = try SignedToken(text)
        try await ring.check(token, now: now)
        let claims = try token.claims()
        try check(claims, nonce: passage.nonce, now: now)
        return try settings.mapping.principal(claims, of: settings.name, in: directory)
    }

    /// Checks what the token says of itself (OpenID Connect Core 1.0, 3.1.3.7).
    private func check(_ claims: [String: ClaimValue], nonce: String, now: Instant) throws {
        guard claims["iss"]?.text == settings.issuer else {
            throw Self.refusal("the token is of another issuer")
        }
        let audiences = claims["aud"]?.words ?? []
        let party = claims["azp"]?.text
        guard audiences.contains(settings.clientID),
            party.map({ $0 == settings.clientID }) ?? (audiences.count == 1)
        else { throw Self.refusal("the token is for another audience") }
        guard claims["nonce"]?.text == nonce else {
            throw Self.refusal("the token is of another sign-in")
        }
        guard let expiry = try claims["exp"]?.moment("exp"),
            now < expiry.adding(seconds: Self.leeway)
        else { throw Self.refusal("the token has expired") }
        guard let issued = try claims["iat"]?.moment("iat"),
            issued < now.adding(seconds: Self.leeway)
        else { throw Self.refusal("the token is not valid yet") }
    }

    private func found(_ now: Instant) async throws -> (Place, KeyRing) {
        if let known, now < known.since.adding(seconds: Self.freshSeconds) {
            return (known.place, known.ring)
        }
        do {
            let document = try await client.document(at: settings.discovery)
            let place = try read(document)
            // The ring goes on while the address of the keys is the same.
            var ring = KeyRing(.address(place.keys, client), logger: logger) {}
            if let known, known.place.keys == place.keys { ring = known.ring }
            known = (place, ring, now)
            return (place, ring)
        } catch {
            logger.error(
                "the identity provider cannot be used",
                metadata: [
                    "provider": "\(settings.name)",
                    "problem": "\(Problem.advice(error).debugDescription)",
                ])
            guard let known else { throw error }
            return (known.place, known.ring)
        }
    }

    private func read(_ document: Data) throws -> Place {
        let fields = try? JSONSerialization.jsonObject(with: document) as? [String: Any]
        func address(_ name: String) throws -> URL {
            guard let text = fields?[name] as? String else {
                throw Advice(
                    .unreachable, "the identity provider does not tell its ‘\(name)’",
                    remedy: "check ‘issuer’ in section ‘access’ of the configuration")
            }
            return try ProviderClient.address(text)
        }
        guard fields?["issuer"] as? String == settings.issuer else {
            throw Advice(
                .unreachable, "the identity provider says that it is another issuer",
                remedy: "write ‘issuer’ in section ‘access’ exactly as its discovery document does",
                cause: fields?["issuer"] as? String)
        }
        let ways = fields?["token_endpoint_auth_methods_supported"] as? [String]
        return Place(
            authorization: try address("authorization_endpoint"),
            token: try address("token_endpoint"), keys: try address("jwks_uri"),
            takesSecretInForm: ways.map {
                !$0.contains("client_secret_basic") && $0.contains("client_secret_post")
            } ?? false)
    }

    /// The word by which a provider tells what is wrong; nothing else of its answer is kept.
    private static func error(in body: Data) -> String {
        let fields = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
        let word = fields?["error"] as? String ?? "unknown"
        return String(word.filter { $0.isASCII && ($0.isLetter || $0 == "_") }.prefix(60))
    }

    static func refusal(_ happened: String) -> Advice {
        Advice(.unauthenticated, happened, remedy: "sign in again, or ask an administrator")
    }
}
