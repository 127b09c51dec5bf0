/// Where a segment is in its life, as column `state` of table `segment` keeps it.
enum SegmentPhase: Int, Sendable {
    /// Written by a load that is not finished; discarded when the store is opened.
    case loading = 0
    /// Part of the newest state.
    case live = 1
    /// Replaced by others; kept for readers of older states.
    case retired = 2
    /// Written by a compaction that is not finished.
    case compacted = 3
    /// Damaged, and replaced by rows that its source gave anew: only states from before that commit
    /// (column `lost_at`) still read what is left of it.
    case lost = 4
}
