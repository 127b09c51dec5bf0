import Crypto
import Foundation
import Synchronization
import Vocabulary

/// Tokens that were found good, by their SHA-256, so that a signature is checked once.
///
/// A token is remembered until it expires, until the keys of its issuer change, and five minutes at
/// the most, after which keys are looked at again. What is remembered is a hash: the memory of this
/// process holds no token that could be taken from it.
final class TokenMemory: Sendable {
    /// Tokens that are remembered at a time.
    static let most = 8192
    /// Seconds for which a token is remembered at the most.
    static let seconds = KeyRing.freshSeconds

    private struct Entry {
        let principal: Principal
        let issuer: String
        let since: Instant
        let until: Instant
    }

    private let entries = Mutex<[SHA256Digest: Entry]>([:])
    private let forgettings = Atomic(0)

    /// Who a token speaks for; nil when it is not remembered.
    func principal(of token: String, now: Instant) -> Principal? {
        let hash = SHA256.hash(data: Data(token.utf8))
        return entries.withLock { entries in
            guard let entry = entries[hash] else { return nil }
            guard entry.since <= now, now < entry.until else {
                entries[hash] = nil
                return nil
            }
            return entry.principal
        }
    }

    /// Remembers a token of an issuer that was found good.
    func remember(
        _ token: String, of issuer: String, as principal: Principal, until expiry: Instant,
        now: Instant
    ) {
        let entry = Entry(
            principal: principal, issuer: issuer, since: now,
            until: min(expiry, now.adding(seconds: Self.seconds)))
        let hash = SHA256.hash(data: Data(token.utf8))
        entries.withLock { entries in
            if entries.count >= Self.most {
                entries = entries.filter { now < $0.value.until }
                // Checking again costs little; keeping an order for this would cost more.
                if entries.count >= Self.most { entries = [:] }
            }
            entries[hash] = entry
        }
    }

    /// Another number each time that tokens were forgotten which may be good no more.
    var edition: Int { forgettings.load(ordering: .acquiring) }

    /// Forgets all tokens of an issuer.
    func forget(issuer: String) {
        entries.withLock { entries in entries = entries.filter { $0.value.issuer != issuer } }
        forgettings.add(1, ordering: .acquiringAndReleasing)
    }

    /// How many tokens are remembered.
    var count: Int { entries.withLock { $0.count } }
}
