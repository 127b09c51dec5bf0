import GRDB
import Vocabulary

/// Pins: states that are kept beyond the horizon, as those at which the books of a period were closed.
///
/// A pinned state is told like any other, for as long as it is pinned. The file keeps the versions of
/// rows that it shows, and its commit in the log. Erasure does not look at pins.
extension Store {
    /// The pinned commits.
    public var pins: Set<UInt64> { Set(newestState.pins) }

    /// Sets the commits whose states are kept, in place of those before.
    ///
    /// - Throws: `Advice` of kind `unknown` when one of them can no longer be told; then nothing changes.
    public func setPins(_ commits: Set<UInt64>) throws {
        guard commits != pins else { return }
        try write { session in
            // A merge under way forgets up to its own horizon when it is published.
            let merging = try Int64.fetchOne(session.db, sql: "SELECT max(oldest) FROM compaction")
            let oldest = max(session.state.oldest, merging.map { UInt64(clamping: $0) } ?? 0)
            let known = Set(session.state.pins)
            for commit in commits.subtracting(known).sorted()
            where commit < oldest || commit > session.state.commit.number {
                throw Advice(
                    .unknown, "the state of commit \(commit) cannot be kept",
                    remedy: "the store tells states from commit \(oldest) to "
                        + "\(session.state.commit.number)")
            }
            session.state.pins = commits.sorted()
            let text = commits.sorted().map(String.init).joined(separator: " ")
            try StoreCatalog.set("pins", text, in: session.db)
        }
    }
}

extension [UInt64] {
    /// Whether one of these commits shows a version that began and ended with these.
    func holdVersion(from begin: UInt64, to end: UInt64) -> Bool {
        contains { begin <= $0 && $0 < end }
    }
}
