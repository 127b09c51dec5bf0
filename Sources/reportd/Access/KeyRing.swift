import Foundation
import Logging
import Vocabulary

/// The keys of an issuer, as they are now.
///
/// Keys from a file or an address are read when they are first needed, again when they are old, and
/// when a token names a key that is not among them or does not fit: an issuer that changes its keys
/// is followed. However many such tokens come, there is one attempt a minute at the most. Keys that
/// cannot be read again stay in force.
actor KeyRing {
    /// Where keys come from.
    enum Origin: Sendable {
        case fixed([VerificationKey])
        /// A file whose first line is a secret shared with the issuer, and the name that tokens give it.
        case secret(String, id: String?)
        /// A file of public keys, and the name that tokens give them.
        case file(String, id: String?)
        /// The address of a JSON Web Key Set.
        case address(URL, ProviderClient)
    }

    /// Seconds between two attempts to read keys.
    static let pauseSeconds = Int64(60)
    /// Seconds after which keys are read again; a key that was withdrawn is good no longer.
    static let freshSeconds = Int64(300)

    private let origin: Origin
    private let logger: Logger
    private let whenChanged: @Sendable () -> Void
    private var keys: [VerificationKey]?
    private var attempted: Instant?
    private var reading: Task<[VerificationKey], any Error>?

    /// Makes a ring; `whenChanged` is called when its keys are others than before.
    init(_ origin: Origin, logger: Logger, whenChanged: @escaping @Sendable () -> Void) {
        self.origin = origin
        self.logger = logger
        self.whenChanged = whenChanged
        if case .fixed(let keys) = origin { self.keys = keys }
    }

    /// Checks who signed a token.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when none of the keys did, or `unreachable` when
    ///   there are no keys yet and none can be had.
    func check(_ token: SignedToken, now: Instant) async throws {
        let isOld = attempted.map { $0.adding(seconds: Self.freshSeconds) <= now } ?? true
        if keys == nil || isOld { try await read(now) }
        if holdsSigner(of: token) { return }
        // Whoever comes while keys are being read waits for them.
        if reading != nil || mayRead(now) {
            try await read(now)
            if holdsSigner(of: token) { return }
        }
        let isKnown = keys?.contains { $0.fits(token) } ?? false
        throw SignedToken.refusal(
            isKnown
                ? "the token is not valid here"
                : "the token is signed in another way or with a key that is not known here")
    }

    private func holdsSigner(of token: SignedToken) -> Bool {
        keys?.contains { $0.fits(token) && $0.hasSigned(token) } ?? false
    }

    private func mayRead(_ now: Instant) -> Bool {
        if case .fixed = origin { return false }
        return attempted.map { $0.adding(seconds: Self.pauseSeconds) <= now } ?? true
    }

    /// Reads the keys; all who ask at the same time wait for one reading.
    private func read(_ now: Instant) async throws {
        if case .fixed = origin { return }
        if reading == nil, !mayRead(now) {
            guard keys == nil else { return }
            throw Advice(
                .unreachable, "the keys of the issuer of this token could not be read",
                remedy: "try again in a minute; the operator finds the reason in the log")
        }
        let task: Task<[VerificationKey], any Error>
        if let reading {
            task = reading
        } else {
            attempted = now
            task = Task { [origin] in try await Self.keys(of: origin) }
            reading = task
        }
        do {
            let found = try await task.value
            if reading == task {
                reading = nil
                if let keys, keys.map(\.identity) != found.map(\.identity) { whenChanged() }
                keys = found
            }
        } catch {
            if reading == task {
                reading = nil
                logger.error(
                    "keys of an issuer of tokens could not be read",
                    metadata: ["problem": "\(Problem.advice(error).debugDescription)"])
            }
            if keys == nil { throw error }
        }
    }

    private static func keys(of origin: Origin) async throws -> [VerificationKey] {
        switch origin {
        case .fixed(let keys): return keys
        case .secret(let path, let id):
            return [try VerificationKey(secret: BucketSettings.secret(path), id: id)]
        case .file(let path, let id):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw Advice(
                    .unreachable, "the keys of the issuer of this token could not be read",
                    remedy: "the operator finds the file in section ‘access’ of the configuration",
                    cause: path)
            }
            return try VerificationKey.keys(in: bytes, id: id)
        case .address(let url, let client):
            return try VerificationKey.keys(in: try await client.document(at: url), id: nil)
        }
    }
}
