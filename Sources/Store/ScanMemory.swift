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
    ///
    /// Its hash is worked out once: a question is long, and looked for once for each company.
    final class Question: Hashable, Sendable {
        enum Subject: Hashable, Sendable {
            /// A question, with the limits that the scope sets on its model.
            case request(ScanRequest, limits: [Filter])
            /// The first rows that a dimension of a question looks for.
            case firsts(Question, Int)
        }

        private let subject: Subject
        private let code: Int

        init(_ subject: Subject) {
            self.subject = subject
            code = subject.hashValue
        }

        static func == (left: Question, right: Question) -> Bool {
            left === right || left.code == right.code && left.subject == right.subject
        }

        func hash(into hasher: inout Hasher) { hasher.combine(code) }
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

    struct AnswerName: Hashable, Sendable {
        let question: Question
        let companies: [Int]
    }

    /// The totals of a question for several companies together at a commit.
    struct KeptAnswer: Sendable {
        let merged: MergedTotals
        let commit: UInt64
    }

    private let attributes: Mutex<ByteCache<AttributeName, NumberVector>>
    private let totals: Mutex<ByteCache<TotalsName, KeptTotals>>
    private let answers: Mutex<ByteCache<AnswerName, KeptAnswer>>
    private let buffers = Mutex<[ScanBuffers]>([])
    /// Whether totals are kept at all.
    let keepsTotals: Bool
    /// How many threads a scan may take.
    let threads: Int
    /// Bytes that one company's totals, and the answer made of all, may take.
    private let resultBytes: Int

    init(_ settings: StoreSettings) {
        resultBytes = settings.resultBytes
        threads = settings.threads
        attributes = Mutex(ByteCache(limit: settings.attributeBytes))
        // Answers have no more than one value per group and measure, and of some questions only.
        totals = Mutex(ByteCache(limit: settings.memoBytes / 16 * 15))
        answers = Mutex(ByteCache(limit: settings.memoBytes / 16))
        keepsTotals = settings.memoBytes > 0
    }

    /// Buffers for the scans of one thread; new ones when all are in use.
    func takeBuffers() -> ScanBuffers {
        buffers.withLock { $0.popLast() } ?? ScanBuffers()
    }

    /// Keeps buffers for the next scan.
    func giveBack(_ used: ScanBuffers) {
        buffers.withLock { if $0.count < threads { $0.append(used) } }
    }

    /// Bytes of totals, answers and columns by reference that are kept.
    var bytes: (totals: Int, answers: Int, attributes: Int) {
        (
            totals.withLock { $0.bytes }, answers.withLock { $0.bytes },
            attributes.withLock { $0.bytes }
        )
    }

    /// Fails when an answer, or its part of one company, takes more memory than it may.
    func checkResult(_ bytes: Int) throws {
        guard bytes > resultBytes else { return }
        throw Advice(
            .request,
            "the answer would take more than \(resultBytes >> 20) MB of memory while it is computed",
            remedy:
                "use fewer dimensions or distinct counts, or a shorter period; or raise ‘result’ "
                + "under ‘store-limits’ in the configuration")
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

    /// Notes that kept totals are those of another commit, too, unless they are from before the last
    /// change.
    func renewTotals(_ name: TotalsName, from change: UInt64, to commit: UInt64) {
        totals.withLock { totals in
            totals.update(name) { kept in
                guard kept.commit >= change, kept.commit < commit else { return kept }
                return KeptTotals(totals: kept.totals, commit: commit)
            }
        }
    }

    /// Takes an answer out; it comes back with `keepAnswer`.
    func takeAnswer(_ name: AnswerName) -> KeptAnswer? {
        answers.withLock { $0.remove(name) }
    }

    /// Keeps an answer until it is taken, or leaves for others that were used later.
    func keepAnswer(_ kept: KeptAnswer, as name: AnswerName) {
        let bytes = kept.merged.bytes + 1024
        answers.withLock { $0.insert(kept, for: name, bytes: bytes) }
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
