import Foundation
import Synchronization
import Vocabulary

/// How often somebody may ask: section ‘limits’ of ‘access’.
struct RequestLimits: Sendable, Hashable {
    /// Requests of one user to the JSON interface in an hour; 0 for any number.
    var perUser = 1000
    /// Requests of strangers from one address in an hour; 0 for any number.
    ///
    /// Far above those of a user, since a whole office may come from one address.
    var perAddress = 20_000
    /// Attempts to sign in as one user from one address in an hour.
    var signIns = 20

    /// Limits as they are without a section.
    init() {}

    /// Reads the section; what it leaves out takes its default.
    ///
    /// - Throws: `Advice` with file and line.
    init(_ section: DefinitionNode?) throws {
        let names = ["requests-per-hour", "address-requests-per-hour", "sign-ins-per-hour"]
        guard let fields = try section?.mapping(allowing: names) else { return }
        func number(_ name: String, from least: Int, _ value: inout Int) throws {
            if let node = fields.optional(name) { value = try node.integer(in: least...10_000_000) }
        }
        try number(names[0], from: 0, &perUser)
        try number(names[1], from: 0, &perAddress)
        try number(names[2], from: 2, &signIns)
    }
}

/// Buckets of requests, one for each name: each request takes one, and they fill again by and by.
///
/// A full bucket holds as many as an hour brings, so that a page of many figures is answered at once
/// and the hour as a whole is what counts.
final class RequestBuckets: Sendable {
    /// What is left after a request.
    struct Ticket: Sendable, Hashable {
        let isGranted: Bool
        /// Whole requests that are left.
        let remaining: Int
        /// Seconds until the next one is granted; 0 when one would be now.
        let wait: Int64
    }

    /// Names that are remembered at a time; those that asked longest ago go first.
    static let most = 50_000

    private struct Bucket {
        var level: Double
        var at: Instant
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes a request from somebody's bucket.
    ///
    /// - Parameters:
    ///   - name: Whose bucket.
    ///   - perHour: How many an hour brings.
    ///   - capacity: How many a full bucket holds.
    ///   - now: The present moment.
    /// - Returns: Whether there was one, and what is left.
    func take(for name: String, perHour: Int, capacity: Int, now: Instant) -> Ticket {
        buckets.withLock { buckets in
            if buckets.count >= Self.most, buckets[name] == nil { Self.makeRoom(&buckets) }
            let perSecond = Double(perHour) / 3600
            var bucket = buckets[name] ?? Bucket(level: Double(capacity), at: now)
            let elapsed = Double(max(0, now.microseconds - bucket.at.microseconds)) / 1e6
            bucket.level = min(Double(capacity), bucket.level + elapsed * perSecond)
            bucket.at = now
            let isGranted = bucket.level >= 1
            if isGranted { bucket.level -= 1 }
            buckets[name] = bucket
            let wait = bucket.level >= 1 ? 0 : ((1 - bucket.level) / perSecond).rounded(.up)
            return Ticket(
                isGranted: isGranted, remaining: Int(bucket.level), wait: max(0, Int64(wait)))
        }
    }

    /// Gives a request back that should not have counted.
    func giveBack(to name: String) {
        buckets.withLock { $0[name]?.level += 1 }
    }

    private static func makeRoom(_ buckets: inout [String: Bucket]) {
        let moments = buckets.values.map(\.at).sorted()
        let middle = moments[moments.count / 2]
        let later = buckets.filter { $0.value.at > middle }
        // All may be of one moment; then whoever is forgotten has a full bucket again.
        buckets = later.isEmpty ? [:] : later
    }

    /// How many names are remembered.
    var count: Int { buckets.withLock { $0.count } }
}

/// Somebody asks too often.
struct TooManyRequests: Error {
    /// Seconds after which to try again.
    let retryAfter: Int64
    /// What to tell them.
    let advice: Advice

    /// Tells who asks too often when to come again.
    init(_ happened: String, retryAfter: Int64) {
        self.retryAfter = max(1, retryAfter)
        advice = Advice(
            .busy, happened, remedy: "try again in \(Self.words(self.retryAfter))")
    }

    private static func words(_ seconds: Int64) -> String {
        if seconds < 120 { return seconds == 1 ? "a second" : "\(seconds) seconds" }
        return "\((seconds + 59) / 60) minutes"
    }
}
