import Foundation
import Ingest
import Logging
import Vocabulary

/// Tells who somebody is, by what they bring: a token of ours, of an issuer, or an API key.
final class AccessDesk: Sendable {
    let settings: AccessSettings
    let users: UserBook
    let key: TokenKey
    let keys: APIKeyBook
    let tokens: TokenBook
    let sessions: SessionBook
    let memory: TokenMemory
    /// The provider with which people sign in; nil for none.
    let provider: IdentityProvider?
    private let issuers: [(issuer: TokenIssuer, ring: KeyRing, directory: ClaimMapping.Directory)]

    /// The name of our own tokens among issuers.
    private static let own = "reportd"

    /// Opens the desk.
    ///
    /// - Throws: `Advice` with file and line when the settings name a company or source that does not
    ///   exist.
    init(
        _ settings: AccessSettings, state: StateFile, key: TokenKey, companies: CompanyDirectory,
        sources: [SourceDefinition], logger: Logger
    ) throws {
        self.settings = settings
        self.key = key
        users = UserBook(state: state)
        keys = APIKeyBook(state: state)
        tokens = TokenBook(state: state)
        sessions = SessionBook(state: state)
        provider = try settings.provider.map {
            IdentityProvider(
                $0, directory: try $0.mapping.directory(companies, sources: sources),
                logger: logger)
        }
        let memory = TokenMemory()
        self.memory = memory
        issuers = try settings.issuers.map { issuer in
            (
                issuer,
                KeyRing(issuer.keys, logger: logger) { memory.forget(issuer: issuer.name) },
                try issuer.mapping.directory(companies, sources: sources)
            )
        }
    }

    /// Who a bearer token or key speaks for.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when it is not taken, or `unreachable` when that
    ///   cannot be told, because an issuer's keys cannot be read.
    func principal(bearer text: String, now: Instant) async throws -> Principal {
        if text.hasPrefix(APIKeyBook.beginning) {
            return try await keys.principal(of: text, now: now)
        }
        if let known = memory.principal(of: text, now: now) { return known }
        let token = try SignedToken(text)
        // Only to know whom to ask; nothing is believed before the signature was checked.
        let named = try token.claims()["iss"]?.text
        let asked = issuers.filter { $0.issuer.issuer == named }
        var refusal: (any Error)?
        if named == nil {
            do {
                return try await ownPrincipal(token, text, now)
            } catch {
                refusal = error
            }
        }
        for (issuer, ring, directory) in asked {
            do {
                try await ring.check(token, now: now)
                let claims = try token.claims()
                let expiry = try issuer.check(claims, now: now)
                let principal = try issuer.mapping.principal(
                    claims, of: issuer.name, in: directory)
                memory.remember(text, of: issuer.name, as: principal, until: expiry, now: now)
                return principal
            } catch {
                refusal = error
            }
        }
        throw refusal ?? SignedToken.refusal("the token is of an issuer that is not known here")
    }

    /// Who has signed in, by the session that their browser has; nil when it has ended.
    ///
    /// Local users are those of the state file as it is now; whoever came from the provider is who
    /// they were when they came, and both only while that way of signing in is open.
    ///
    /// - Returns: Who it is, and the number of the session.
    func principal(
        session: String, now: Instant
    ) async throws -> (principal: Principal, session: String)? {
        guard
            let claims = try? await key.claims(
                of: session, uses: [.session, .provider], now: now), let id = claims.jti
        else { return nil }
        let isOpen =
            claims.use == .session
            ? settings.hasLocalSignIn
            : settings.provider.map { claims.principal.name.hasPrefix($0.name + ":") } ?? false
        guard isOpen else { return nil }
        let kind: Session.Kind = claims.use == .session ? .page : .provider
        return try await sessions.principal(of: id, kind, now: now).map { ($0, id) }
    }

    private func ownPrincipal(
        _ token: SignedToken, _ text: String, _ now: Instant
    ) async throws -> Principal {
        guard token.algorithm == "HS256", token.keyID == nil else { throw SignedToken.refusal() }
        let claims = try await key.claims(of: text, uses: [.api, .login], now: now)
        if claims.use == .login {
            // Whoever signed in with a password is who they are now, and only while they are in.
            guard settings.hasLocalSignIn, let id = claims.jti,
                let principal = try await sessions.principal(of: id, .program, now: now)
            else { throw SignedToken.refusal("the session has ended") }
            return principal
        }
        if let id = claims.jti {
            try await tokens.check(id, now: now)
        } else if let expiry = try token.claims()["exp"]?.moment("exp") {
            memory.remember(text, of: Self.own, as: claims.principal, until: expiry, now: now)
        }
        return claims.principal
    }
}
