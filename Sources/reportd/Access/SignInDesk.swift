import Foundation
import Hummingbird
import Vocabulary

/// Where names and passwords are compared.
///
/// One comparison at a time and apart from figures, because each is dear by design; more than a few
/// at once are turned away. Attempts are counted for a name from an address, for the address, and for
/// the name, of which the first is the strictest: who forgets a password is not to keep the office
/// out, nor a stranger the owner of a name. An attempt that succeeds does not count.
struct SignInDesk: Sendable {
    private let bench = Workbench(workers: 1, waiting: 8)
    private let buckets = RequestBuckets()
    let users: UserBook
    let audit: AuditLog
    let limits: RequestLimits
    let clock: WallClock
    /// Whether passwords are taken at all.
    let isOpen: Bool

    /// How many times as many attempts an address has as a name from it.
    private static let perAddress = 5
    /// How many times as many attempts a name has as from one address.
    private static let perName = 10

    init(users: UserBook, audit: AuditLog, limits: RequestLimits, clock: WallClock, isOpen: Bool) {
        self.isOpen = isOpen
        self.users = users
        self.audit = audit
        self.limits = limits
        self.clock = clock
    }

    /// Who a name and password belong to; nil when they do not fit.
    ///
    /// Either is in the audit log.
    ///
    /// - Throws: `TooManyRequests` after too many attempts, or `Advice` when too many are under way.
    func principal(
        name: String, password: String, _ context: ReportContext, subject: String
    ) async throws -> Principal? {
        guard isOpen else {
            throw Advice(
                .denied, "nobody signs in with a password here",
                remedy: "sign in with the identity provider")
        }
        let place = AddressRange.countingName(of: context.address ?? "")
        let counted = [
            ("both \(place) \(name.lowercased())", limits.signIns),
            ("address \(place)", limits.signIns * Self.perAddress),
            ("name \(name.lowercased())", limits.signIns * Self.perName),
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
        let found = try await bench.run { [users] in
            try users.principal(name: name, password: password)
        }
        if found != nil { for (bucket, _) in counted { buckets.giveBack(to: bucket) } }
        await audit.enterSignIn(found, as: name, context, subject: subject)
        return found
    }
}
