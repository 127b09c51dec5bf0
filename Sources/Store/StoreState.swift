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
    var positions: [String: SourcePosition] = [:]
    /// Companies and origins by name; numbers count up from 0.
    var companies: [String: Int] = [:]
    var origins: [String: Int] = [:]
    /// The zone of each company, by its number.
    var zones: [Int: Zone] = [:]
    /// How many rows are in quarantine, per source.
    var quarantined: [String: Int] = [:]
    /// The oldest commit whose state can be told; versions that ended before it may be gone.
    var oldest = UInt64(0)
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
    /// Rows of the delta that do not match their checksum, by their sequence; they are in no block.
    var damagedRows: [Int64] = []

    var deltaRows: Int {
        (delta.count - 1) * StoreLimits.deltaBlockRows
            + (delta.last?.count ?? StoreLimits.deltaBlockRows)
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

    /// Whether no row of it lives.
    var isEnded: Bool { ends.rows.count == segment.rows }
}
