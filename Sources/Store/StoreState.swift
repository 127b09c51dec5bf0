import Vocabulary

/// One state of the store: a value that readers keep while the writer makes the next.
///
/// Invariant: everything a reader needs is either in here or in immutable segments of the file, so
/// a later commit, seal or compaction cannot change what a reader sees.
struct StoreState: Sendable {
    var commit = Commit(number: 0, time: Instant(microseconds: 0))
    var models: [String: ModelState] = [:]
    /// Category dictionaries by column number.
    var dictionaries: [Int: TextDictionary] = [:]
    /// The last commit per model and company.
    var touches: [Touch: UInt64] = [:]
    /// How many dense indices of a model are taken per company: references are less than this.
    var referenceCounts: [Touch: Int64] = [:]
    /// The last commit at which rows of each model left without a trace that kept totals could
    /// follow: they were erased, or brought back after damage.
    var erasures: [String: UInt64] = [:]
    /// The origins that give rows of each model, by its number.
    var feeds: [Int: Set<Int>] = [:]
    var positions: [String: SourcePosition] = [:]
    /// Companies and origins by name; numbers count up from 0.
    var companies: [String: Int] = [:]
    var origins: [String: Int] = [:]
    /// The zone of each company, by its number.
    var zones: [Int: Zone] = [:]
    /// How many rows are in quarantine, per source and table.
    var quarantined: [String: [String: QuarantineCount]] = [:]
    /// The last commit that put rows aside or took some back, or at which the file was opened.
    var quarantineCommit = UInt64(0)
    /// The oldest commit whose state can be told; versions that ended before it may be gone.
    var oldest = UInt64(0)
    /// Commits whose states are kept though they are older, ascending.
    var pins: [UInt64] = []
    /// Rows that must not come back.
    var erased = ErasedRows()
}

struct Touch: Sendable, Hashable {
    let model: Int
    let company: Int
}

/// The rows of one model in a state.
struct ModelState: Sendable {
    let layout: ModelLayout
    var segments: [SegmentState] = []
    var delta: [DeltaBlock] = []
    /// Chunks that are known to be damaged, of segments in use.
    var damaged: [Int64: Set<ChunkColumn>] = [:]
    /// Damaged segments that only states before a commit still need.
    var lost: [LostSegment] = []
    /// Origins that must give all their rows again, because recent changes were damaged.
    var awaited: Set<Int> = []
    /// Whether the file has changes that cannot be read and were not given up yet: those of an entry
    /// of the delta and all after it, or the ends of a segment's rows.
    var isUnsettled = false

    /// Rows of segments whose ends only the delta tells.
    var unsealedEnds = 0

    var deltaRows: Int {
        (delta.count - 1) * StoreLimits.deltaBlockRows
            + (delta.last?.count ?? StoreLimits.deltaBlockRows)
    }

    /// The origin and key of a row of the delta.
    func deltaIdentity(_ position: Int) -> StoreWriter.Identity {
        let block = delta[position / StoreLimits.deltaBlockRows]
        let row = position % StoreLimits.deltaBlockRows
        return StoreWriter.Identity(origin: Int(block.origins[row]), key: block.keys[row])
    }

    mutating func append(_ row: DeltaRow, zone: Zone?) {
        if delta.last.map({ $0.count == StoreLimits.deltaBlockRows }) ?? true {
            delta.append(DeltaBlock(layout: layout))
        }
        delta[delta.count - 1].append(row, zone: zone)
    }

    mutating func end(deltaPosition position: Int, commit: UInt64) {
        delta[position / StoreLimits.deltaBlockRows]
            .end(row: position % StoreLimits.deltaBlockRows, commit: commit)
    }

    /// Ends a row of a segment, which the delta tells until it is sealed.
    mutating func end(segment number: Int, row: Int, commit: UInt64) {
        segments[number].ends.insert(row: row, commit: commit)
        segments[number].hasUnsealedEnds = true
        unsealedEnds += 1
    }

    /// What waits to be sealed.
    var waiting: Int { max(deltaRows, unsealedEnds) }
}

/// A damaged segment whose rows were brought back by a commit.
struct LostSegment: Sendable {
    let state: SegmentState
    let commit: UInt64
}

extension StoreState {
    /// The state with the segments that its models had at a commit, where they are not the same.
    func asOf(_ commit: UInt64) -> StoreState {
        var state = self
        for (name, model) in models {
            let needed = model.lost.filter { $0.commit > commit }
            if !needed.isEmpty { state.models[name]?.segments += needed.map(\.state) }
        }
        return state
    }
}

/// A segment and which of its rows have ended.
struct SegmentState: Sendable {
    let segment: Segment
    var ends = EndList()
    /// Whether some of them are told by the delta only, and not by table `ended`.
    var hasUnsealedEnds = false
    /// Whether it is not known which rows it has, or which of them have ended: the file is damaged
    /// there.
    var isUnreadable = false

    /// Whether no row of it lives.
    var isEnded: Bool { ends.count == segment.rows }
}
