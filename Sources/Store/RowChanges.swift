import Synchronization

/// The changes that the questions asked of one snapshot have looked for.
///
/// They hold on to segments, as the snapshot does, and so live no longer than it.
final class SnapshotChanges: Sendable {
    private struct Name: Hashable {
        let model: Int
        let after: UInt64
    }

    private let known = Mutex<[Name: RowChanges]>([:])

    /// The rows of a model that began or ended after a commit, up to that of the snapshot.
    func changes(
        of model: ModelState, after commit: UInt64, in snapshot: Snapshot
    ) throws -> RowChanges {
        let name = Name(model: model.layout.id, after: commit)
        if let known = known.withLock({ $0[name] }) { return known }
        let made = try RowChanges(model, after: commit, in: snapshot)
        known.withLock { $0[name] = made }
        return made
    }
}

/// The rows of a model that began or ended between two commits, by company.
///
/// A row that began and ended in between is none of them. Whether rows lie in the delta or in
/// segments, and whether they were moved meanwhile, makes no difference.
struct RowChanges: Sendable {
    private(set) var added: [Int: [Piece]] = [:]
    private(set) var removed: [Int: [Piece]] = [:]

    init(_ model: ModelState, after first: UInt64, in snapshot: Snapshot) throws {
        let last = snapshot.commit.number
        for block in model.delta { collect(block, first, last) }
        for state in model.segments {
            try collect(state, first, last, chunks: snapshot.chunks)
        }
    }

    private mutating func collect(_ block: DeltaBlock, _ first: UInt64, _ last: UInt64) {
        var began: [Int: [Int32]] = [:]
        var ended: [Int: [Int32]] = [:]
        for row in 0..<block.count {
            let (begin, end) = (block.begins[row], block.ends[row])
            let (isOld, isGone) = (begin <= first, end != 0 && end <= last)
            guard begin <= last, isOld == isGone, !isOld || end > first else { continue }
            let company = Int(block.companies[row])
            if isOld {
                ended[company, default: []].append(Int32(row))
            } else {
                began[company, default: []].append(Int32(row))
            }
        }
        for (company, rows) in began {
            added[company, default: []].append(.delta(block, rows: rows))
        }
        for (company, rows) in ended {
            removed[company, default: []].append(.delta(block, rows: rows))
        }
    }

    private mutating func collect(
        _ state: SegmentState, _ first: UInt64, _ last: UInt64, chunks: ChunkReader
    ) throws {
        let segment = state.segment
        let hasNew = segment.lastBegin > first
        let hasEnded = state.ends.commits.contains { $0 > first && $0 <= last }
        guard hasNew || hasEnded else { return }
        let begins = try segment.begin == nil ? chunks.numbers(segment, .begin) : nil
        func begin(_ row: Int) -> UInt64 {
            segment.begin ?? UInt64(clamping: begins?[row] ?? 0)
        }
        for run in segment.runs {
            var began: [Int32] = []
            var ended: [Int32] = []
            if hasNew {
                for row in run.rows where begin(row) > first && begin(row) <= last {
                    let end = state.ends.commit(of: row) ?? 0
                    if end == 0 || end > last { began.append(Int32(row)) }
                }
            }
            if hasEnded {
                var place = state.ends.firstPosition(from: run.rows.lowerBound)
                while place < state.ends.rows.count,
                    state.ends.rows[place] < run.rows.upperBound
                {
                    let (row, end) = (Int(state.ends.rows[place]), state.ends.commits[place])
                    if end > first, end <= last, begin(row) <= first { ended.append(Int32(row)) }
                    place += 1
                }
            }
            if !began.isEmpty {
                added[run.company, default: []].append(.picked(state, rows: began))
            }
            if !ended.isEmpty {
                removed[run.company, default: []].append(.picked(state, rows: ended))
            }
        }
    }
}
