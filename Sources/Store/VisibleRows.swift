/// Which rows of a segment exist at a commit.
struct VisibleRows {
    private let state: SegmentState
    private let commit: UInt64

    init(_ state: SegmentState, at commit: UInt64) {
        self.state = state
        self.commit = commit
    }

    /// Whether the whole segment came later.
    var isEmpty: Bool { (state.segment.begin ?? 0) > commit }

    /// Clears the mask of rows of a batch that do not exist.
    func apply(_ batch: Range<Int>, to mask: KernelBuffer<UInt8>, chunks: ChunkReader) throws {
        if state.segment.begin == nil, state.segment.lastBegin > commit {
            let begins = try chunks.numbers(state.segment, .begin)
            for (at, row) in batch.enumerated() where begins[row] > Int64(clamping: commit) {
                mask[at] = 0
            }
        }
        state.ends.forEach(in: batch) { row, end in
            if end <= commit { mask[row - batch.lowerBound] = 0 }
        }
    }
}
