import Crypto
import Foundation
import JWTKit
import Vocabulary

/// What a token says.
struct TokenClaims: JWTPayload {
    /// What a token is good for.
    enum Use: String, Codable, Sendable {
        /// Programs that call the API.
        case api
        /// A browser that signed in with a password.
        case session
        /// The front end of an application whose user signed in at its own address.
        case login
        /// A browser that signed in with the identity provider.
        case provider
    }

    var sub: SubjectClaim
    var exp: ExpirationClaim
    var iat: IssuedAtClaim
    var use: Use
    var role: Role
    var companies: [String]
    var user: String?
    /// The number of its session, or of the token; the state file knows whether that has ended.
    var jti: String?

    /// Whom it speaks for.
    var principal: Principal {
        Principal(
            name: sub.value, role: role, companies: Set(companies), userKey: user)
    }

    /// Called by the library once the signature is right; time is checked against our clock.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}

/// The key that signs tokens and sessions (HS256), and the checks of what it signed.
struct TokenKey: Sendable {
    private let keys: JWTKeyCollection
    private let secret: String
    /// Bytes of a new key: as many as the hash has.
    private static let keyBytes = 32

    /// Reads the key file, making one if there is none.
    ///
    /// - Throws: `Advice` when it cannot be read or made, or is too short to be safe.
    init(file path: String) async throws {
        if !FileManager.default.fileExists(atPath: path) { try Self.make(path) }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Advice(
                .storage, "cannot read the key file \(path)",
                remedy: "let the user who runs reportd read it")
        }
        try await self.init(secret: text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Takes a key at hand.
    init(secret: String) async throws {
        guard secret.utf8.count >= Self.keyBytes else {
            throw Advice(
                .definition, "the key that signs tokens is shorter than \(Self.keyBytes) bytes",
                remedy: "delete the key file; a new one is made at the next start")
        }
        self.secret = secret
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    private static func make(_ path: String) throws {
        try Workplace.makeFolder(of: path)
        guard SecretFile.make(path) else {
            throw Advice(
                .storage, "cannot write the key file \(path)",
                remedy: "let the user who runs reportd write there")
        }
    }

    /// What a form of a session must send back, so that no other site can submit it.
    func formToken(_ session: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("form \(session)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return Data(code).base64EncodedString().filter { $0.isLetter || $0.isNumber }
    }

    /// What the address of a guest link has to hold besides its id.
    func guestMark(_ id: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("guest \(id)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return SignedToken.text(Data(code))
    }

    /// The key of what a browser keeps for us and may not read.
    private var sealingKey: SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(secret.utf8)),
            info: Data("reportd sealed".utf8), outputByteCount: Self.keyBytes)
    }

    /// Bytes in a form that only this key can open (AES-GCM).
    ///
    /// - Throws: When there is no such form, which does not happen with keys of this length.
    func sealed(_ bytes: Data) throws -> String {
        SignedToken.text(try AES.GCM.seal(bytes, using: sealingKey).combined ?? Data())
    }

    /// What was sealed; nil for anything else.
    func opened(_ text: String) -> Data? {
        guard text.utf8.count <= SignedToken.largest, let bytes = SignedToken.bytes(text),
            let box = try? AES.GCM.SealedBox(combined: bytes)
        else { return nil }
        return try? AES.GCM.open(box, using: sealingKey)
    }

    /// Signs a token for someone.
    func token(
        for principal: Principal, use: TokenClaims.Use, now: Instant, seconds: Int64,
        id: String? = nil
    ) async throws -> String {
        func date(_ instant: Instant) -> Date {
            Date(timeIntervalSince1970: Double(instant.seconds))
        }
        return try await keys.sign(
            TokenClaims(
                sub: SubjectClaim(value: principal.name),
                exp: ExpirationClaim(value: date(now.adding(seconds: seconds))),
                iat: IssuedAtClaim(value: date(now)), use: use, role: principal.role,
                companies: principal.companies.sorted(), user: principal.userKey,
                jti: id))
    }

    /// What a token says that we signed.
    ///
    /// Whether its session goes on, or the token was revoked, is not asked here.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when it is forged, expired or for another use.
    func claims(
        of token: String, uses: Set<TokenClaims.Use>, now: Instant
    ) async throws -> TokenClaims {
        guard let claims = try? await keys.verify(token, as: TokenClaims.self) else {
            throw Advice(
                .unauthenticated, "the token is not valid here",
                remedy: "ask for a new one with ‘reportd token’")
        }
        let seconds = Double(now.seconds)
        guard claims.exp.value.timeIntervalSince1970 > seconds else {
            throw Advice(
                .unauthenticated, "the token has expired",
                remedy: uses.contains(.api)
                    ? "make a new one with ‘reportd token’" : "sign in again")
        }
        // Half a minute of grace for clocks that disagree.
        guard claims.iat.value.timeIntervalSince1970 <= seconds + 30, uses.contains(claims.use)
        else {
            throw Advice(
                .unauthenticated, "the token is not valid here",
                remedy: "ask for a new one with ‘reportd token’")
        }
        return claims
    }
}
