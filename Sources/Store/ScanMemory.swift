import Synchronization
import Vocabulary

/// What the scans of one store remember between questions, within budgets of bytes.
final class ScanMemory: Sendable {
    /// A column of a company's rows in the order of their dense indices.
    struct AttributeName: Hashable, Sendable {
        let model: Int
        let column: ChunkColumn
        let company: Int
        /// The last commit that changed the company's rows of the model.
        let touch: UInt64
    }

    /// What totals are the answer to.
    indirect enum Question: Hashable, Sendable {
        /// A question, with the limits that the scope sets on its model.
        case request(ScanRequest, limits: [Filter])
        /// The first rows that a dimension of a question looks for.
        case firsts(Question, Int)
    }

    struct TotalsName: Hashable, Sendable {
        let question: Question
        let company: Int
    }

    /// The totals of a question for one company at a commit.
    ///
    /// Unchecked because totals change: whoever took them from the memory has them alone.
    struct KeptTotals: @unchecked Sendable {
        let totals: Totals
        let commit: UInt64
    }

    private struct ChangesName: Hashable, Sendable {
        let model: Int
        let after: UInt64
        let upTo: UInt64
    }

    private let attributes: Mutex<ByteCache<AttributeName, NumberVector>>
    private let totals: Mutex<ByteCache<TotalsName, KeptTotals>>
    private let changes: Mutex<[ChangesName: RowChanges]>
    /// Whether totals are kept at all.
    let keepsTotals: Bool
    /// How many threads a scan may take.
    let threads: Int

    init(
        attributeBytes: Int = StoreLimits.attributeCacheBytes,
        totalsBytes: Int = StoreLimits.totalsCacheBytes, threads: Int = 1
    ) {
        self.threads = threads
        attributes = Mutex(ByteCache(limit: attributeBytes))
        totals = Mutex(ByteCache(limit: totalsBytes))
        changes = Mutex([:])
        keepsTotals = totalsBytes > 0
    }

    /// Takes totals out; they come back with `keepTotals`.
    func takeTotals(_ name: TotalsName) -> KeptTotals? {
        totals.withLock { $0.remove(name) }
    }

    /// Keeps totals until they are taken, or leave for others that were used later.
    func keepTotals(_ kept: KeptTotals, as name: TotalsName) {
        // The name and the tables of the cache take some, too.
        let bytes = kept.totals.bytes + 1024
        totals.withLock { $0.insert(kept, for: name, bytes: bytes) }
    }

    /// The rows of a model that began or ended after a commit, up to that of a snapshot.
    ///
    /// The questions of one page ask for the same changes.
    func changes(
        of model: ModelState, after commit: UInt64, in snapshot: Snapshot
    ) throws -> RowChanges {
        let name = ChangesName(
            model: model.layout.id, after: commit, upTo: snapshot.commit.number)
        if let known = changes.withLock({ $0[name] }) { return known }
        let made = try RowChanges(model, after: commit, in: snapshot)
        changes.withLock { changes in
            if changes.count >= 8 { changes = [:] }
            changes[name] = made
        }
        return made
    }

    /// A column by dense index: the one kept, or one made now.
    func attribute(
        _ name: AttributeName, make: () throws -> NumberVector
    ) rethrows -> NumberVector {
        if let known = attributes.withLock({ $0.value(name) }) { return known }
        let made = try make()
        attributes.withLock { $0.insert(made, for: name, bytes: made.memory) }
        return made
    }
}
