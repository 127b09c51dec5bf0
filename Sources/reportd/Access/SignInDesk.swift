import Foundation
import HTTPTypes
import Hummingbird
import Vocabulary

/// Where names and passwords are compared, and sessions begin.
///
/// One comparison at a time and apart from figures, because each is dear by design; more than a few
/// at once are turned away. Attempts are counted for a name from an address, for the address, and for
/// the name, of which the first is the strictest: who forgets a password is not to keep the office
/// out, nor a stranger the owner of a name. An attempt that succeeds does not count.
struct SignInDesk: Sendable {
    private let bench = Workbench(workers: 1, waiting: 8)
    private let buckets = RequestBuckets()
    let users: UserBook
    let sessions: SessionBook
    let key: TokenKey
    let audit: AuditLog
    let limits: RequestLimits
    let clock: WallClock
    /// Whether passwords are taken at all.
    let isOpen: Bool

    /// How many times as many attempts an address has as a name from it.
    private static let perAddress = 5
    /// How many times as many attempts a name has as from one address.
    private static let perName = 10

    init(_ access: AccessDesk, audit: AuditLog, clock: WallClock) {
        isOpen = access.settings.hasLocalSignIn
        users = access.users
        sessions = access.sessions
        key = access.key
        self.audit = audit
        limits = access.settings.limits
        self.clock = clock
    }

    // MARK: Passwords

    /// Who a name and password belong to; nil when they do not fit.
    ///
    /// Either is in the audit log.
    ///
    /// - Throws: `TooManyRequests` after too many attempts, or `Advice` when too many are under way.
    func principal(
        name: String, password: String, _ context: ReportContext, subject: String
    ) async throws -> Principal? {
        let found = try await compare(name, password, context, subject: subject)
        await audit.enterSignIn(found, as: name, context, subject: subject)
        return found
    }

    /// Checks that somebody who is signed in knows their password; a wrong one is in the audit log.
    ///
    /// - Throws: `Advice` when it is not the one, or as `principal`.
    func confirm(name: String, password: String, _ context: ReportContext) async throws {
        let found = try await compare(name, password, context, subject: "account")
        guard found == nil else { return }
        await audit.enterSignIn(nil, as: name, context, subject: "account")
        throw Advice(
            .request, "the present password is not right", remedy: "try again")
    }

    private func compare(
        _ name: String, _ password: String, _ context: ReportContext, subject: String
    ) async throws -> Principal? {
        guard isOpen else {
            throw Advice(
                .denied, "nobody signs in with a password here",
                remedy: "sign in with the identity provider")
        }
        let counted = try await count("", name, context, subject: subject)
        let found = try await bench.run { [users] in
            try users.principal(name: name, password: password)
        }
        if found != nil { for bucket in counted { buckets.giveBack(to: bucket) } }
        return found
    }

    /// Counts that somebody says they forgot a password; it never comes back, and does not count for
    /// signing in.
    ///
    /// - Throws: `TooManyRequests`, for names that there are and names that there are not.
    func countForgotten(_ name: String, _ context: ReportContext) async throws {
        _ = try await count("forgotten ", name, context, subject: "forgotten password")
    }

    /// Takes an attempt from each of the buckets concerned.
    ///
    /// - Returns: Their names.
    /// - Throws: `TooManyRequests` when one is empty.
    private func count(
        _ kind: String, _ name: String, _ context: ReportContext, subject: String
    ) async throws -> [String] {
        let place = AddressRange.countingName(of: context.address ?? "")
        let counted = [
            ("\(kind)both \(place) \(name.lowercased())", limits.signIns),
            ("\(kind)address \(place)", limits.signIns * Self.perAddress),
            ("\(kind)name \(name.lowercased())", limits.signIns * Self.perName),
        ]
        for (bucket, perHour) in counted {
            // Half an hour's attempts at once, and no more.
            let ticket = buckets.take(
                for: bucket, perHour: perHour, capacity: perHour / 2, now: clock.now())
            guard ticket.isGranted else {
                await audit.enterRefusal(
                    AuditEvent(
                        kind: .signInRefused, who: String(name.prefix(100)),
                        address: context.address, subject: subject,
                        details: ["reason": "too many attempts"]), log: context.logger)
                throw TooManyRequests("too many attempts to sign in", retryAfter: ticket.wait)
            }
        }
        return counted.map(\.0)
    }

    /// Hashes a password, in the turn of those that are compared.
    ///
    /// - Throws: `Advice` when it may not be chosen, or too many are under way.
    func hash(_ password: String) async throws -> PasswordHash {
        try PasswordHash.check(password)
        return try await bench.run { try PasswordHash(password) }
    }

    // MARK: Sessions

    /// Begins a session of a local user.
    ///
    /// - Returns: The token that a browser keeps as a cookie, or a front end sends.
    func begin(
        _ principal: Principal, _ use: TokenClaims.Use, _ request: Request,
        _ context: ReportContext
    ) async throws -> String {
        let id = try await sessions.begin(
            principal.name, use == .login ? .program : .page, seconds: Recognition.sessionSeconds,
            now: clock.now(), address: address(context), agent: Self.agent(request))
        return try await token(principal, session: id, use)
    }

    /// Begins a session of somebody whom the identity provider let in.
    ///
    /// - Returns: The token that their browser keeps as a cookie.
    func begin(
        visitor: Principal, seconds: Int64, now: Instant, _ request: Request,
        _ context: ReportContext
    ) async throws -> String {
        let id = try await sessions.begin(
            visitor: visitor, seconds: seconds, now: now, address: address(context),
            agent: Self.agent(request))
        return try await key.token(
            for: visitor, use: .provider, now: now, seconds: seconds, id: id)
    }

    /// The token of a session that has begun.
    func token(
        _ principal: Principal, session id: String, _ use: TokenClaims.Use = .session
    ) async throws -> String {
        try await key.token(
            for: principal, use: use, now: clock.now(), seconds: Recognition.sessionSeconds,
            id: id)
    }

    /// The address that somebody comes from, where addresses are kept.
    func address(_ context: ReportContext) -> String? {
        audit.keepsAddresses ? context.address : nil
    }

    /// Browser and system that a request names.
    static func agent(_ request: Request) -> String {
        Session.agent(request.headers[.userAgent] ?? "")
    }
}
